"""`FileField` and `ImageField`: a column that holds the name of a stored file."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, cast

from typing_extensions import TypeVar, Unpack

from manoir import timezone
from manoir.bridge import run_sync
from manoir.checks import CheckMessage, Error
from manoir.db import ColumnType
from manoir.exceptions import FieldError, FieldTypeError, nearest
from manoir.i18n import gettext_lazy as _
from manoir.models._fields._base import Field, builtin
from manoir.models._fields._checks import check_max_length
from manoir.models._fields._file_values import (
    FieldFile,
    FileDescriptor,
    ImageFieldFile,
    ImageFileDescriptor,
    dimensions,
)
from manoir.models._fields._options import OPTION_DEFAULTS, FieldOptions
from manoir.storage import AliasedStorage, File, Storage, default_storage
from manoir.uploads import checked_policy

if TYPE_CHECKING:
    from manoir.models._model import Model
    from manoir.uploads import Policy

V = TypeVar("V", bound=FieldFile, default=FieldFile)

UploadTo = str | PathLike[str] | Callable[[Any, str], str]
StorageChoice = Storage | Callable[[], Storage] | None


class FileOptions(FieldOptions, total=False):
    """Keyword options of file fields."""

    max_length: int | None
    null: bool


def is_default(storage: Any) -> bool:
    """Whether a storage is the default one by its alias."""
    return issubclass(type(storage), AliasedStorage) and storage == default_storage


@builtin
class FileField(Field[V, "File | str | None"]):
    """A file, kept by a storage; the column holds its name there.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        upload_to: folder below the storage's root, in which `strftime` codes stand for the day (`"photos/%Y/"`); or a
            function `(instance, filename)` that returns the whole name.
        storage: a storage, or a function that returns one, called once when the field is made; None is the policy's,
            and without a policy the default storage.
        policy: what is let in, for example `Images(max="5MB")`; None lets everything in.
        **options: the options of every field; `max_length` is 100 unless told.

    Raises:
        TypeError: `storage` is no storage, or `policy` no policy.

    Example:
        >>> class Note(Model):  # doctest: +SKIP
        ...     file = FileField(upload_to="notes/%Y/%m/")
    """

    description: ClassVar[Any] = _("File")
    expected: ClassVar[str] = "a file, or the name of one"
    default_max_length: ClassVar[int | None] = 100
    option_defaults: ClassVar[Mapping[str, Any]] = {**OPTION_DEFAULTS, "max_length": 100}
    attr_class: ClassVar[type[FieldFile]] = FieldFile
    descriptor: ClassVar[type[Any] | None] = FileDescriptor

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        upload_to: UploadTo = "",
        storage: StorageChoice = None,
        *,
        policy: Policy | None = None,
        **options: Unpack[FileOptions],
    ) -> None:
        super().__init__(verbose_name, name, **cast(Any, options))
        self.upload_to = upload_to
        self.policy = checked_policy(policy)
        self._storage_given = storage
        self.storage: Storage = self._chosen_storage(storage)

    def _chosen_storage(self, storage: StorageChoice) -> Storage:
        if storage is None:
            return default_storage if self.policy is None else self.policy.storage
        found: Any = storage
        if callable(found) and not isinstance(found, Storage):
            found = found()
        if not isinstance(found, Storage):
            raise TypeError(
                f"{type(self).__name__}.storage must be a Storage, or a function that returns one, not {found!r}."
            )
        return found

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("char", length=self.max_length)

    # -- values ---------------------------------------------------------------------------------------------------

    def get_prep_value(self, value: Any) -> Any:
        if value is None or type(value) is str:
            return value
        if isinstance(value, FieldFile):
            return str(value)
        if isinstance(value, File):
            raise FieldTypeError(
                f"{self} expects the name of a stored file here, not {value!r}: update() and lookups store nothing. "
                f"Assign the file to {self.name!r} of an instance and save that."
            )
        if isinstance(value, (bytes, bytearray, memoryview)):
            raise self.wrong_type(value)  # its text would become the name
        value = self.prepared(value)
        return value if value is None else str(value)

    def generate_filename(self, instance: Any, filename: str) -> str:
        """Return the name to store a file under that was sent as `filename`: below `upload_to`, made valid.

        Raises:
            SuspiciousFileOperation: the name leads out of the storage.
        """
        if callable(self.upload_to):
            return self.storage.generate_filename(self.upload_to(instance, filename))
        now = timezone.now()
        folder = (timezone.localtime(now) if timezone.is_aware(now) else now).strftime(str(self.upload_to)).strip()
        base = filename.replace("\\", "/").rpartition("/")[2]
        return self.storage.generate_filename(f"{folder.rstrip('/')}/{base}" if folder else base)

    async def apre_save(self, instance: Any, add: bool) -> None:
        """Store a file that was assigned, before its row is written."""
        if type(self).pre_save is not FileField.pre_save:
            await run_sync(self.pre_save, instance, add)
            return
        file = getattr(instance, self.attname)
        if isinstance(file, FieldFile) and not file._committed:
            await file.asave(self.name_of(file), file.file, save=False)

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """Store a file that was assigned, and return the FieldFile; `Model.save()` calls it in a thread if overridden."""
        file = super().pre_save(model_instance, add)
        if isinstance(file, FieldFile) and not file._committed:
            file.save(self.name_of(file), file.file, save=False)
        return file

    def name_of(self, file: FieldFile) -> str:
        """Return the name of a file that was assigned.

        Raises:
            FieldError: it has none; it would be lost without a word.
        """
        if not file.name:
            raise FieldError(
                f"The file that was assigned to {self} has no name, so it cannot be stored. Give it one: "
                "ContentFile(data, name='a.txt'), File(opened, name='a.txt'), or file.name = 'a.txt'."
            )
        return file.name

    async def aadmit(self, file: Any) -> None:
        """Ask the policy about a file that is not stored yet; what it keeps takes the file's place.

        `full_clean()` calls it, so that a form whose own field has no policy shows the error, too. Saving asks nothing
        twice.

        Raises:
            ValidationError: the policy refuses the file.
        """
        if self.policy is not None and isinstance(file, FieldFile) and file.name and not file._committed:
            admitted = await self.policy.aadmit(file.file, file.name)
            file.file, file.name = admitted, admitted.name

    def save_form_data(self, instance: Model, data: Any) -> None:
        """Take a file that a form has cleaned: None changes nothing, False removes the name of the one that is there."""
        if data is not None:
            setattr(instance, self.name, data or "")

    def value_to_string(self, obj: Model) -> str:
        """The name of the file."""
        return str(self.value_from_object(obj))

    # -- description ----------------------------------------------------------------------------------------------

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """System checks of this field."""
        found = [*super().check(**kwargs), *check_max_length(self, required=True)]
        if self.primary_key:
            found.append(
                Error("A file cannot be a primary key.", obj=self, id="manoir.models.E140", hint="Remove primary_key.")
            )
        if not callable(self.upload_to) and str(self.upload_to).startswith("/"):
            found.append(
                Error(
                    f"'upload_to' is {str(self.upload_to)!r}, an absolute path.",
                    obj=self,
                    id="manoir.models.E141",
                    hint="Give a folder below the root of the storage: remove the first slash.",
                )
            )
        return found

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs["upload_to"] = self.upload_to
        # Compared from this side: an equal storage of the project's own is written as what it is.
        if self._storage_given is not None and not is_default(self._storage_given):
            kwargs["storage"] = self._storage_given
        if self.policy is not None:
            kwargs["policy"] = self.policy
        return name, path, args, kwargs


@builtin
class ImageField(FileField[ImageFieldFile]):
    """A picture, with its size in other columns if you like.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        width_field: name of the field that is kept at the width in pixels.
        height_field: the same for the height.
        **options: those of FileField.
    """

    description: ClassVar[Any] = _("Image")
    attr_class: ClassVar[type[FieldFile]] = ImageFieldFile
    descriptor: ClassVar[type[Any] | None] = ImageFileDescriptor

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        width_field: str | None = None,
        height_field: str | None = None,
        **options: Any,
    ) -> None:
        self.width_field = width_field
        self.height_field = height_field
        super().__init__(verbose_name, name, **options)

    @property
    def has_dimension_fields(self) -> bool:
        """Whether other fields are kept at the size of the picture."""
        return bool(self.width_field or self.height_field)

    def take_dimensions(self, instance: Any, size: tuple[int | None, int | None]) -> None:
        """Write a size into the fields that hold it."""
        for name, value in zip((self.width_field, self.height_field), size, strict=True):
            if name:
                setattr(instance, name, value)

    def note_assigned(self, instance: Any, value: Any) -> None:
        """Keep the fields of the size at what was assigned; a name alone tells it when the row is saved."""
        if value is None or isinstance(value, str) or (isinstance(value, FieldFile) and not value.name):
            self.take_dimensions(instance, (None, None))
        elif isinstance(value, FieldFile) and value._committed:
            return
        elif hasattr(value, "read"):
            self.take_dimensions(instance, dimensions(value))

    async def apre_save(self, instance: Any, add: bool) -> None:
        """Store a picture that was assigned; look at one that was assigned by its name."""
        await super().apre_save(instance, add)
        file = getattr(instance, self.attname)
        if self.has_dimension_fields and isinstance(file, ImageFieldFile) and file and self._size_unknown(instance):
            self.take_dimensions(instance, await file.adimensions())

    def _size_unknown(self, instance: Any) -> bool:
        return any(name and getattr(instance, name) is None for name in (self.width_field, self.height_field))

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """System checks of this field."""
        found = super().check(**kwargs)
        if importlib.util.find_spec("PIL") is None:
            found.append(
                Error(
                    "Pictures need Pillow, which is not installed.",
                    obj=self,
                    id="manoir.models.E142",
                    hint="pip install 'manoir[images]'",
                )
            )
        known = {field.name for field in self.model._meta.fields} if hasattr(self, "model") else set[str]()
        for option in ("width_field", "height_field"):
            name: str | None = getattr(self, option)
            if name and known and name not in known:
                found.append(
                    Error(
                        f"{option!r} is {name!r}, which is no field of {self.model.__name__}.{nearest(name, known)}",
                        obj=self,
                        id="manoir.models.E143",
                    )
                )
        return found

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.width_field:
            kwargs["width_field"] = self.width_field
        if self.height_field:
            kwargs["height_field"] = self.height_field
        return name, path, args, kwargs

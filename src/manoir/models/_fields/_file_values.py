"""What a file field gives for a row: `FieldFile`, the name in the column with the file behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Self

from manoir.bridge import TwoColours, blocking, hook, to_thread, twin, wait
from manoir.storage import File, Storage
from manoir.uploads import ImageFile, picture_header

METHODS = frozenset(
    {
        "encoding", "fileno", "flush", "isatty", "newlines", "readable", "readinto", "readline", "readlines", "tell",
        "truncate", "writable", "writelines",
    }
)  # fmt: skip
"""What a FieldFile has of its open file beside the methods of `File`."""


class FieldFile(File, TwoColours):
    """The file of one field of one row. It is false while there is none.

    What waits (`save`, `delete`, `open`, `size`, reading) has an `a…` twin for coroutines. A file that was assigned is
    stored when its row is saved; deleting the row leaves the file where it is.

    Attributes:
        instance: the row.
        field: the model's field.
        storage: where the file lies.
        name: its name there; None or "" for no file.

    Example:
        >>> await photo.image.asave("map.png", ContentFile(data))  # doctest: +SKIP
        >>> photo.image.name, photo.image.url  # doctest: +SKIP
        ('photos/map.png', '/media/photos/map.png')
    """

    def __init__(self, instance: Any, field: Any, name: str | None) -> None:
        super().__init__(None, name)
        self.instance = instance
        self.field = field
        self.storage: Storage = field.storage
        self._committed = True

    # -- what it is -----------------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if isinstance(other, File):
            return self.name == other.name
        return self.name == other

    def __hash__(self) -> int:
        return hash(self.name)

    def _require_file(self) -> str:
        if not self.name:
            raise ValueError(
                f"{self.field} of the row with the key {self.instance.pk!r} has no file. "
                f"Ask first: `if instance.{self.field.name}:`"
            )
        return self.name

    @property
    def path(self) -> str:
        """Where the file lies on this machine.

        Raises:
            ValueError: there is no file.
            NotImplementedError: its storage keeps none on this machine.
        """
        return self.storage.path(self._require_file())

    @property
    def url(self) -> str:
        """The URL under which a visitor gets the file.

        Raises:
            ValueError: there is no file.
        """
        return self.storage.url(self._require_file())

    async def asize(self) -> int:
        """Return the length in bytes, asked of the storage for a stored file."""
        name = self._require_file()
        if self._committed:
            return await self.storage.asize(name)
        return self.file.size

    def _find_size(self) -> int:
        return wait(self.asize())

    # -- the open file --------------------------------------------------------------------------------------------

    @property
    def file(self) -> Any:
        """The open file; a stored one is opened at the first need. In a coroutine: `await file.aopen()` first."""
        found = self.__dict__.get("_file")
        if found is None:
            self._require_file()
            found = self.__dict__["_file"] = self.storage.open(self._require_file(), "rb")
        return found

    @file.setter
    def file(self, value: Any) -> None:
        self.__dict__["_file"] = value

    @file.deleter
    def file(self) -> None:
        self.__dict__.pop("_file", None)

    @property
    def closed(self) -> bool:
        """Whether no file is open."""
        found = self.__dict__.get("_file")
        return found is None or found.closed

    async def aopen(self, mode: str | None = None) -> Self:
        """Open the file, or go back to its beginning.

        Args:
            mode: as for Python's `open`; None is `"rb"`.

        Returns:
            This object, which a `with` or `async with` block closes.

        Raises:
            ValueError: there is no file.
        """
        name = self._require_file()
        found = self.__dict__.get("_file")
        if found is not None and not self._committed:
            await to_thread(found.open, mode or "rb")
        elif found is not None and not found.closed and mode in (None, getattr(found, "mode", "rb")):
            await to_thread(found.seek, 0)
        else:
            await self.aclose()
            self.__dict__["_file"] = await self.storage.aopen(name, mode or "rb")
        return self

    open = blocking(aopen)  # type: ignore[assignment]

    @property
    def _is_shut(self) -> bool:
        """Whether nobody has opened the stored file, so that whoever reads all of it now may close it again."""
        return self._committed and self.__dict__.get("_file") is None

    def _shut(self) -> None:
        self.close()
        del self.file

    def read(self, size: int | None = -1) -> Any:
        """Read `size` bytes, or all that is left. A file that nobody opened is closed again once it was read whole."""
        shut = self._is_shut and (size is None or size < 0)
        data = self.file.read(size)
        if shut:
            self._shut()
        return data

    async def aread(self, size: int | None = -1) -> Any:
        """Do `read` without blocking the event loop."""
        shut = self._is_shut and (size is None or size < 0)
        if self.__dict__.get("_file") is None:
            await self.aopen()
        data = await to_thread(self.file.read, size)
        if shut:
            await to_thread(self._shut)
        return data

    def chunks(self, chunk_size: int | None = None) -> Iterator[Any]:
        """Read the file from its beginning, at most `chunk_size` (64 KiB) at a time; closed again as by `read`."""
        shut = self._is_shut
        try:
            yield from super().chunks(chunk_size)
        finally:
            if shut:
                self._shut()

    async def achunks(self, chunk_size: int | None = None) -> AsyncIterator[Any]:
        """Do `chunks` without blocking the event loop."""
        shut = self._is_shut
        await self.aopen()
        try:
            while data := await to_thread(self.file.read, chunk_size or self.DEFAULT_CHUNK_SIZE):
                yield data
        finally:
            if shut:
                await to_thread(self._shut)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.file)

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return getattr(self.file, name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")

    def seekable(self) -> bool:
        """Tell whether `seek` works; opens the file."""
        return self.file.seekable()

    def close(self) -> None:
        """Close the file, if it was opened."""
        found = self.__dict__.get("_file")
        if found is not None:
            found.close()

    async def aclose(self) -> None:
        """Do `close` without blocking the event loop."""
        if self.__dict__.get("_file") is not None:
            await to_thread(self.close)

    # -- storing and removing -------------------------------------------------------------------------------------

    @hook
    async def asave(self, name: str, content: Any, save: bool = True) -> None:
        """Store content as the file of this field.

        The policy of the field looks at the content first, whoever calls.

        Args:
            name: wished name; `upload_to` and the storage make the one that is used.
            content: a `File`, an upload, or an open Python file.
            save: save the row, too.

        Raises:
            ValidationError: the policy refuses the content.
            SuspiciousFileOperation: the name leads out of the storage, or none fits into the column.
        """
        if self.field.policy is not None:
            content = await self.field.policy.aadmit(content, name)
            name = content.name
        wished = self.field.generate_filename(self.instance, name)
        self.name = await self.storage.asave(wished, content, max_length=self.field.max_length)
        self._committed = True
        await self._aremember(content)
        if save:
            await self.instance.asave()

    save = twin(asave)

    async def _aremember(self, content: Any) -> None:
        """Stand in the row as its stored file; what was sent is read no more."""
        del self.file
        self.instance.__dict__[self.field.attname] = self

    @hook
    async def adelete(self, save: bool = True) -> None:
        """Remove the file from its storage, and its name from the row. Without a file nothing happens.

        Args:
            save: save the row, too.
        """
        if not self.name:
            return
        if self._committed:
            await self.aclose()
            await self.storage.adelete(self.name)
        del self.file
        self.name = None
        self._committed = True
        setattr(self.instance, self.field.attname, self)
        if save:
            await self.instance.asave()

    delete = twin(adelete)

    # -- copies ---------------------------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        """What pickle keeps: the name, never an open file."""
        return {"name": self.name, "instance": self.instance, "field": self.field, "_committed": True}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["instance"], state["field"], state["name"])


class ImageFieldFile(FieldFile, ImageFile):
    """The picture of one field of one row: a FieldFile that knows how large the picture is."""

    async def adimensions(self) -> tuple[int, int] | tuple[None, None]:
        """Return width and height in pixels; Nones for what is no picture. Read once."""
        known = self.__dict__.get("_dimensions")
        if known is None:
            opened = self.closed
            await self.aopen()
            known = self.__dict__["_dimensions"] = await to_thread(dimensions, self.file)
            if opened and self._committed:
                await self.aclose()
        return known

    dimensions = blocking(adimensions)

    @property
    def width(self) -> int | None:
        """Width in pixels. In a coroutine: `await image.adimensions()`."""
        return self.dimensions()[0]

    @property
    def height(self) -> int | None:
        """Height in pixels. In a coroutine: `await image.adimensions()`."""
        return self.dimensions()[1]

    async def _aremember(self, content: Any) -> None:
        self.__dict__["_dimensions"] = await to_thread(dimensions, content)
        await super()._aremember(content)
        self.field.take_dimensions(self.instance, self.__dict__["_dimensions"])


def dimensions(file: Any) -> tuple[int, int] | tuple[None, None]:
    """Width and height of a picture; Nones for what is none."""
    header = picture_header(file)
    return (None, None) if header is None else (header.width, header.height)


class FileDescriptor:
    """`photo.image`: gives the FieldFile of a row, and takes files, names and None.

    The column's text stays text until somebody reads the attribute, so reading rows costs nothing more.
    """

    def __init__(self, field: Any) -> None:
        self.field = field

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        field = self.field
        if instance is None:
            # The metaclass serves the class side, as it does for plain columns.
            raise AttributeError(f"type object {owner.__name__!r} has no attribute {field.attname!r}")
        values = instance.__dict__
        if field.attname not in values:
            raise AttributeError(f"{type(instance).__name__} has no value for {field.attname!r}.")
        value = values[field.attname]
        if isinstance(value, FieldFile):
            if value.instance is instance and value.field is field:
                return value
            made = field.attr_class(instance, field, value.name)
            made._committed = value._committed
            if not value._committed:
                made.file = value.file
        elif value is None or isinstance(value, str):
            made = field.attr_class(instance, field, value)
        elif isinstance(value, File) or hasattr(value, "read"):
            made = field.attr_class(instance, field, getattr(value, "name", None))
            made.file = value if isinstance(value, File) else File(value)
            made._committed = False
        else:
            return value  # an expression, or the database's default
        values[field.attname] = made
        return made

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class ImageFileDescriptor(FileDescriptor):
    """The same for pictures: what is assigned tells `width_field` and `height_field` at once, where it is at hand."""

    def __set__(self, instance: Any, value: Any) -> None:
        super().__set__(instance, value)
        if self.field.has_dimension_fields:
            self.field.note_assigned(instance, value)

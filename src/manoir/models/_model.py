"""`Model`: the base of all models, and the methods of their instances.

The bodies of what writes live in `_saving` and `_deletion`, of validation in `_validation`, of construction in
`_initial`; here stands what is documented: names, arguments, hooks.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from typing_extensions import dataclass_transform

from manoir import __version__
from manoir.apps import apps
from manoir.bridge import atwin, blocking, hook, twin
from manoir.checks import CheckMessage
from manoir.exceptions import (
    FieldDoesNotExist,
    MultipleObjectsReturned,
    NotUpdated,
    ObjectDoesNotExist,
    ValidationError,
)
from manoir.models import _deletion, _prefetch, _saving, _validation, signals
from manoir.models._checks import check_model
from manoir.models._deferred import deferred_class
from manoir.models._descriptors import PrimaryKeyDescriptor
from manoir.models._initial import fill
from manoir.models._meta import ModelBase
from manoir.models._state import DEFERRED, ModelState

if TYPE_CHECKING:
    from manoir.models._options import Options


class Model(metaclass=ModelBase):
    """A table as a class, its rows as instances.

    Declare fields in the class body; see the README of this room for an example.

    Attributes:
        pk: value of the primary key, whatever its name; `Book.pk` on the class is an expression.
        objects: the default manager, unless the class declares others.
        DoesNotExist: raised by `get()` of this model when nothing matches.
        MultipleObjectsReturned: raised by `get()` when several match.
        NotUpdated: raised by forced updates that meet no row.
    """

    pk = PrimaryKeyDescriptor()
    _has_custom_from_db: ClassVar[bool] = False

    if TYPE_CHECKING:
        _meta: ClassVar[Options]
        DoesNotExist: ClassVar[type[ObjectDoesNotExist]]
        MultipleObjectsReturned: ClassVar[type[MultipleObjectsReturned]]
        NotUpdated: ClassVar[type[NotUpdated]]

        # A checker asks these only about names that the class does not declare: the key that the metaclass adds.
        def __getattr__(self, name: Literal["id"]) -> int: ...
        def __setattr__(self, name: Literal["id"], value: int) -> None: ...  # pyright: ignore[reportIncompatibleMethodOverride]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = self._meta
        if options.abstract:
            raise TypeError(f"{options.object_name} is abstract and has no instances; make one of a subclass.")
        if options.swappable and options.swapped:
            raise TypeError(f"{options.label} was swapped for {options.swapped!r}; make an instance of that model.")
        sender = options.model
        if signals.pre_init.receivers:
            signals.pre_init.send(sender=sender, args=args, kwargs=kwargs)
        fill(self, args, kwargs)
        if signals.post_init.receivers:
            signals.post_init.send(sender=sender, instance=self)

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Sequence[Any]) -> Self:
        """Make an instance of a row; override it to do more with what was read.

        Args:
            db: alias of the database.
            field_names: names of the attributes that were read.
            values: their values, in the order of `_meta.concrete_fields`.
        """
        attnames = cls._meta.attnames
        if len(values) != len(attnames):
            rest = iter(values)
            values = [next(rest) if attname in field_names else DEFERRED for attname in attnames]
        instance = cls(*values)
        instance._state.adding = False
        instance._state.db = db
        return instance

    @property
    def _state(self) -> ModelState:
        values = vars(self)
        state = values.get("_state")
        if state is None:
            origin = values.get("_origin")
            state = values["_state"] = ModelState() if origin is None else ModelState(origin.db, adding=False)
        return state

    @_state.setter
    def _state(self, state: ModelState) -> None:
        vars(self)["_state"] = state

    # -- being compared, shown and copied ------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Model):
            return NotImplemented
        if self._meta.concrete_model is not other._meta.concrete_model:
            return False
        key = self.pk
        return key is not None and key == other.pk

    def __hash__(self) -> int:
        key = self.pk
        if key is None:
            raise TypeError(
                f"This {self._meta.object_name} has no key to hash yet: save it before it goes into a set or becomes the key of a dict."
            )
        return hash(key)

    def __str__(self) -> str:
        return f"{self._meta.object_name} object ({self.pk})"

    def __repr__(self) -> str:
        return f"<{self._meta.object_name}: {self}>"

    def __getstate__(self) -> dict[str, Any]:
        state = self._state
        values = {name: value for name, value in vars(self).items() if name not in ("_origin", "_shared")}
        return {**values, "_state": ModelState(state.db, state.adding)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def __reduce__(self) -> Any:
        options = self._meta
        reference: Any = options.label if apps_know(options) else options.model
        return _unpickled, (reference, frozenset(self.get_deferred_fields()), __version__), self.__getstate__()

    # -- values --------------------------------------------------------------------------------------------------

    def get_deferred_fields(self) -> set[str]:
        """Names of the attributes that were not read from the database."""
        return {attname for attname in self._meta.attnames if attname not in vars(self)}

    def serializable_value(self, field_name: str) -> Any:
        """The value of a field's column (`author_id` for `author`), or of any other attribute."""
        try:
            field = self._meta.get_field(field_name)
        except FieldDoesNotExist:
            return getattr(self, field_name)
        return getattr(self, getattr(field, "attname", field_name))

    async def aload(self, *names: str) -> Self:
        """Load relations or deferred fields, for all instances of the same query at once.

        Args:
            *names: names of relations or fields; `author__publisher` loads along the way.

        Returns:
            The instance itself.

        Raises:
            FieldDoesNotExist: a name is unknown.

        Example:
            >>> await book.aload("author", "tags")  # doctest: +SKIP
        """
        for path in names:
            await _prefetch.aload_path(self, path, loadable)
        return self

    load = blocking(aload)

    # -- writing -------------------------------------------------------------------------------------------------

    @hook
    async def asave(
        self,
        *,
        force_insert: bool | tuple[type[Model], ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write the instance: INSERT a new one, UPDATE one that is in the database.

        Args:
            force_insert: INSERT, whatever the key.
            force_update: UPDATE, and raise `NotUpdated` when there is no row.
            using: alias of the database; None is the one the instance came from.
            update_fields: names of the fields to write; None writes all that were read.

        Raises:
            ValueError: the arguments contradict each other, a field is unknown, or a related instance is not saved.
            NotUpdated: a forced update met no row.
            IntegrityError: the database refused the values.
        """
        await _saving.asave(
            self, force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields
        )

    save = twin(asave)

    async def asave_base(
        self,
        raw: bool = False,
        force_insert: bool | tuple[type[Model], ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write the instance with its signals, but without the overridable parts of `save()`; `raw` is for fixtures."""
        await _saving.asave_base(
            self,
            raw=raw,
            force_insert=force_insert,
            force_update=force_update,
            using=using,
            update_fields=update_fields,
        )

    save_base = blocking(asave_base)

    @hook
    async def adelete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete the row and what depends on it, as each relation's `on_delete` says.

        Args:
            using: alias of the database; None is the one the instance came from.
            keep_parents: accepted as documented; without inheritance over tables it changes nothing.

        Returns:
            How many rows were deleted, and how many of each model (by label).

        Raises:
            ValueError: the instance has no key.
            ProtectedError: a row points to it with PROTECT.
            RestrictedError: a row points to it with RESTRICT.
        """
        return await _deletion.adelete(self, using=using, keep_parents=keep_parents)

    delete = twin(adelete)

    @hook
    async def arefresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """Read the values again.

        Args:
            using: alias of the database; None is the one the instance came from.
            fields: names of the fields to read; None reads all that were read before.
            from_queryset: the queryset to read from, such as `Book.objects.select_for_update()`.

        Raises:
            DoesNotExist: the row is gone.
        """
        await _saving.arefresh_from_db(self, using=using, fields=fields, from_queryset=from_queryset)

    refresh_from_db = twin(arefresh_from_db)

    # -- validation ----------------------------------------------------------------------------------------------

    @hook
    def clean(self) -> None:
        """Hook: check (and change) the instance as a whole; raise ValidationError. Called by `full_clean()`."""

    aclean = atwin(clean)

    @hook
    async def afull_clean(
        self,
        exclude: Collection[str] | None = None,
        validate_unique: bool = True,
        validate_constraints: bool = True,
    ) -> None:
        """Run all validation: `clean_fields()`, `clean()`, `validate_unique()`, `validate_constraints()`.

        Args:
            exclude: names of fields to leave out.
            validate_unique: whether uniqueness is checked.
            validate_constraints: whether `Meta.constraints` are checked.

        Raises:
            ValidationError: all errors, by field.
        """
        await _validation.afull_clean(self, exclude, validate_unique, validate_constraints)

    full_clean = twin(afull_clean)

    @hook
    async def aclean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Convert and validate each field's value, and that foreign keys point to rows.

        Raises:
            ValidationError: all errors, by field.
        """
        await _validation.aclean_fields(self, exclude)

    clean_fields = twin(aclean_fields)

    @hook
    async def avalidate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Check `unique`, `unique_together` and `unique_for_date` and its kin against the database.

        Raises:
            ValidationError: all errors, by field.
        """
        await _validation.avalidate_unique(self, exclude)

    validate_unique = twin(avalidate_unique)

    @hook
    async def avalidate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Check `Meta.constraints`.

        Raises:
            ValidationError: all violations.
        """
        await _validation.avalidate_constraints(self, exclude)

    validate_constraints = twin(avalidate_constraints)

    def unique_error_message(self, model_class: type[Model], unique_check: Sequence[str]) -> ValidationError:
        """Hook: the error for values that another row has; `unique_check` names the fields."""
        return _validation.unique_error_message(self, model_class, tuple(unique_check))

    def date_error_message(self, lookup_type: str, field_name: str, unique_for: str) -> ValidationError:
        """Hook: the error for a value that another row of the same day, month or year has."""
        return _validation.date_error_message(self, lookup_type, field_name, unique_for)

    @classmethod
    def check(cls, **kwargs: Any) -> list[CheckMessage]:
        """System checks of this model; override it to add your own (and call `super().check()`)."""
        return check_model(cls)


@dataclass_transform(kw_only_default=True)
class TypedModel(Model):
    """A model whose constructor type checkers check: declare each field with its annotation.

    Example:
        >>> class Item(TypedModel):  # doctest: +SKIP
        ...     title: CharField = CharField(max_length=3)
        ...     subtitle: CharField[str | None] = CharField(max_length=3, null=True)
    """

    class Meta:
        abstract = True


def loadable(options: Options, name: str) -> Any:
    """The field or relation that `aload()` should load, by its name or the name of its attribute."""
    for rel in options.related_objects:
        if rel.accessor_name == name:
            return rel
    return options.get_field(name)


def apps_know(options: Options) -> bool:
    """Whether the process's registry leads back to the model, so that a pickle need not name its class."""
    return apps.all_models[options.app_label].get(options.model_name) is options.model


def _unpickled(reference: Any, missing: frozenset[str], version: str) -> Model:
    """Make the empty instance that a pickle fills."""
    if version != __version__:
        warnings.warn(
            f"An instance pickled by manoir {version} is read by manoir {__version__}.", RuntimeWarning, stacklevel=2
        )
    model = apps.get_registered_model(*reference.split(".")) if isinstance(reference, str) else reference
    cls = deferred_class(model, missing)
    return cls.__new__(cls)

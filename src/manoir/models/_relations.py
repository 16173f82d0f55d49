"""ForeignKey and OneToOneField, and what all relations have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast, overload

from typing_extensions import TypeVar, Unpack

from manoir.checks import CheckMessage
from manoir.db import ColumnType
from manoir.exceptions import ValidationError
from manoir.i18n import gettext_lazy as _
from manoir.models._choices import ChoicePair
from manoir.models._descriptors import ForwardDescriptor, ReverseManyDescriptor, ReverseOneDescriptor
from manoir.models._fields import Field, FieldOptions, pointing
from manoir.models._fields._base import BLANK_CHOICE
from manoir.models._fields._options import OPTION_DEFAULTS
from manoir.models._on_delete import OnDelete
from manoir.models._options import swappable_setting_of
from manoir.models._relation_checks import check_foreign_key, check_relation
from manoir.models._rels import ManyToOneRel, OneToOneRel
from manoir.models._resolving import resolve_waiting, when_found
from manoir.models._state import is_model, is_model_class

if TYPE_CHECKING:
    from manoir.models._model import Model

N = TypeVar("N", default=Any)
"""What reading a foreign key gives: a model, or a model or None."""
T = TypeVar("T", bound="Model")
V = TypeVar("V")
Key = TypeVar("Key", default=int)

RELATION_DEFAULTS: dict[str, Any] = {**OPTION_DEFAULTS, "related_name": None, "related_query_name": None}


class RelatedField(Field[Any, Any]):
    """Common ground of all relations: the model pointed to, its name there and its choices."""

    is_relation: ClassVar[bool] = True
    empty_strings_allowed = False
    remote_field: Any

    def __init__(self, to: Any, verbose_name: Any = None, name: str | None = None, **options: Any) -> None:
        if not (isinstance(to, str) or callable(to)):
            raise TypeError(
                f"{type(self).__name__} got {to!r} for the model it points to; give a model class, 'app.Model', "
                "'self' or a function that answers the class."
            )
        if isinstance(to, type) and not is_model_class(to):
            raise TypeError(f"{type(self).__name__} points to models; {to.__name__} is none.")
        self.to: Any = to
        self._related_model: Any = None
        super().__init__(verbose_name, name, **options)

    @property
    def related_model(self) -> Any:
        """The model pointed to.

        Raises:
            ValueError: the model does not exist (yet).
        """
        if self._related_model is None:
            resolve_waiting()
            if self._related_model is None:
                raise ValueError(f"{self} points to {self.to!r}, which is not defined yet.")
        return self._related_model

    @property
    def is_resolved(self) -> bool:
        """Whether the model pointed to is known."""
        return self._related_model is not None

    @property
    def target_field(self) -> Field[Any, Any]:
        """The field of the other model that this one refers to."""
        return self.related_model._meta.pk

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            self._name_the_far_side(cls)
            cls._meta.when_prepared(lambda: when_found(self.to, cls, self.resolved))

    def _name_the_far_side(self, cls: type[Model]) -> None:
        options = cls._meta
        words = {"class": cls.__name__.lower(), "model_name": options.model_name, "app_label": options.app_label}
        rel = self.remote_field
        related_name = rel.related_name or options.default_related_name
        rel.related_name = related_name % words if related_name else None
        rel.related_query_name = rel.related_query_name % words if rel.related_query_name else None

    def resolved(self, model: type[Model]) -> None:
        """Take the model pointed to, now that it exists."""
        if not is_model_class(model):
            raise TypeError(f"{self} points to models; its function answered {model!r}.")
        self._related_model = self.remote_field.model = model
        self.model._meta.expire_caches()
        # A swapped model has no table, so nobody has a view of its relations either.
        if not model._meta.swapped and not self.model._meta.swapped:
            self.contribute_to_related_class(model)

    def contribute_to_related_class(self, model: type[Model]) -> None:
        """Give the other model its view of this relation; a model of another registry is left as it is.

        Historical models of migrations and isolated models of tests live in registries of their own: the project's
        models must not see them, or deleting a row would look for tables that are not there.
        """
        rel = self.remote_field
        if self.model._meta.apps is not model._meta.apps:
            return
        model._meta.add_rel(rel)
        accessor = rel.accessor_name
        if accessor is not None and accessor not in model._meta.columns_by_name:  # a field of that name stays readable
            setattr(model, accessor, self.reverse_descriptor(rel))

    def reverse_descriptor(self, rel: Any) -> Any:
        """The attribute that the model pointed to gets."""
        return ReverseManyDescriptor(rel)

    def related_query_name(self) -> str:
        """Name of the far side in queries."""
        return self.remote_field.name

    def get_limit_choices_to(self) -> Any:
        """The option `limit_choices_to`, called when it is callable."""
        limit = self.remote_field.limit_choices_to
        return limit() if callable(limit) else limit

    @property
    def swappable_setting(self) -> str | None:
        """Name of the setting that swaps the model pointed to; None when it is an ordinary model."""
        if not getattr(self, "swappable", False):
            return None
        label = self.to if isinstance(self.to, str) else self.to._meta.label if is_model_class(self.to) else None
        return swappable_setting_of(label) if label and "." in label else None

    def option_value(self, option: str) -> Any:
        if option in ("related_name", "related_query_name"):
            return getattr(self, f"_{option}")
        return super().option_value(option)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs["to"] = self.target_label
        limit = self.remote_field.limit_choices_to
        if limit:
            kwargs["limit_choices_to"] = limit
        return name, path, args, kwargs

    @property
    def target_label(self) -> str:
        """`app.Model` of the model pointed to, as migrations write it; `"self"` becomes the model's own label."""
        if isinstance(self.to, str) and "." in self.to:
            return self.to
        if self.is_resolved:
            return self._related_model._meta.label
        if is_model_class(self.to):
            return cast(Any, self.to)._meta.label
        return f"{self.model._meta.app_label}.{self.to}" if hasattr(self, "model") and self.to != "self" else self.to

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *check_relation(self)]

    def get_choices(
        self, include_blank: bool = True, blank_choice: list[ChoicePair] = BLANK_CHOICE, **filters: Any
    ) -> list[ChoicePair]:
        """The rows that may be chosen, as pairs; reads them from the database."""
        rows = self.related_model._default_manager.complex_filter(self.get_limit_choices_to())
        pairs = [(getattr(row, self.target_field.attname), str(row)) for row in rows]
        return [*blank_choice, *pairs] if include_blank else pairs


class ForeignKey(RelatedField, Field[N, N]):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Many rows of this model point to one of another.

    Args:
        to: the model: the class, `lambda: Late` for one further down, `"Model"`, `"app.Model"` or `"self"`.
        on_delete: what happens to these rows when that one is deleted: `CASCADE`, `PROTECT`, `RESTRICT`,
            `SET_NULL`, `SET_DEFAULT`, `SET(…)`, `DO_NOTHING`, `DB_CASCADE`, `DB_SET_NULL`, `DB_SET_DEFAULT`.
        related_name: name of the attribute on the other model; `"+"` makes none.
        related_query_name: name of the relation in queries; None takes `related_name` or the model's name.
        limit_choices_to: which rows forms offer: a dict or Q, or a callable that answers one.
        parent_link: this key links a child to its parent's row.
        to_field: name of the unique field pointed to; None is the primary key.
        db_constraint: whether the database guards the relation.
        swappable: follow the setting that swaps the model, in migrations.
        null: the relation may be missing.
        **options: the options of every field. The column has an index unless `db_index=False`.

    Example:
        >>> ForeignKey("shop.Author", CASCADE, related_name="books")  # doctest: +SKIP
    """

    description: ClassVar[Any] = _("Foreign Key (type determined by related field)")
    many_to_one: ClassVar[bool] = True
    descriptor: ClassVar[Any] = None
    rel_class: ClassVar[type[ManyToOneRel]] = ManyToOneRel
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("%(model)s instance with %(field)s %(value)r does not exist."),
    }
    option_defaults: ClassVar[Mapping[str, Any]] = {
        **RELATION_DEFAULTS,
        "db_index": True,
        "parent_link": False,
        "to_field": None,
        "db_constraint": True,
    }
    remote_field: ManyToOneRel

    @overload
    def __init__(
        self: ForeignKey[T],
        to: type[T] | Callable[[], type[T]],
        on_delete: OnDelete,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        parent_link: bool = False,
        to_field: str | None = None,
        db_constraint: bool = True,
        *,
        null: Literal[False] = False,
        verbose_name: str | None = None,
        name: str | None = None,
        swappable: bool = True,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: ForeignKey[T | None],
        to: type[T] | Callable[[], type[T]],
        on_delete: OnDelete,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        parent_link: bool = False,
        to_field: str | None = None,
        db_constraint: bool = True,
        *,
        null: Literal[True],
        verbose_name: str | None = None,
        name: str | None = None,
        swappable: bool = True,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    @overload
    def __init__(
        self,
        to: str,
        on_delete: OnDelete,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        parent_link: bool = False,
        to_field: str | None = None,
        db_constraint: bool = True,
        *,
        null: bool = False,
        verbose_name: str | None = None,
        name: str | None = None,
        swappable: bool = True,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    def __init__(
        self,
        to: Any,
        on_delete: OnDelete,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        parent_link: bool = False,
        to_field: str | None = None,
        db_constraint: bool = True,
        *,
        verbose_name: Any = None,
        name: str | None = None,
        swappable: bool = True,
        **options: Any,
    ) -> None:
        if not isinstance(on_delete, OnDelete):
            raise TypeError(f"on_delete={on_delete!r} is no policy; use models.CASCADE, models.PROTECT or another one.")
        options.setdefault("db_index", True)
        super().__init__(to, verbose_name, name, **options)
        self._related_name = related_name
        self._related_query_name = related_query_name
        self.parent_link = parent_link
        self.to_field = to_field
        self.db_constraint = db_constraint
        self.swappable = swappable
        self._target: Field[Any, Any] | None = None
        self.target_attname = ""
        self.remote_field = self.rel_class(
            self,
            field_name=to_field,
            on_delete=on_delete,
            related_name=related_name,
            related_query_name=related_query_name,
            limit_choices_to=limit_choices_to,
            parent_link=parent_link,
        )

    if TYPE_CHECKING:

        @overload  # type: ignore[override]
        def __get__(self: ForeignKey[T | None], instance: None, owner: type[Model]) -> type[T]: ...
        @overload
        def __get__(self: ForeignKey[T], instance: None, owner: type[Model]) -> type[T]: ...
        @overload
        def __get__(self, instance: Model, owner: type[Model]) -> N: ...
        def __get__(self, instance: Model | None, owner: type[Model]) -> Any: ...  # pyright: ignore[reportIncompatibleMethodOverride]
        def __set__(self, instance: Model, value: N) -> None: ...

    @property
    def on_delete(self) -> OnDelete:
        """What happens to these rows when the other is deleted."""
        return cast(OnDelete, self.remote_field.on_delete)

    @property
    def target_field(self) -> Field[Any, Any]:
        """The field pointed to: the primary key, or `to_field`."""
        if self._target is None:
            options = self.related_model._meta
            self._target = options.get_field(self.to_field) if self.to_field else options.pk
        return cast("Field[Any, Any]", self._target)

    @property
    def column_type(self) -> ColumnType | None:
        target = self.target_field.column_type
        return None if target is None else pointing(target)

    @property
    def value_range(self) -> tuple[int, int] | None:
        return self.target_field.value_range

    def get_attname(self) -> str:
        return f"{self.name}_id"

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.name, ForwardDescriptor(self))

    def resolved(self, model: type[Model]) -> None:
        self._target = None
        super().resolved(model)
        if model._meta.swapped or (self.to_field and self.to_field not in model._meta.names):
            return  # checks say so
        self.from_db_value = self.target_field.from_db_value
        self.target_attname = self.target_field.attname

    def to_python(self, value: Any) -> Any:
        return self.target_field.to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        target = self.target_field
        return target.get_prep_value(getattr(value, target.attname) if is_model(value) else value)

    def get_lookup_value(self, value: Any) -> Any:
        target = self.target_field
        return target.get_lookup_value(getattr(value, target.attname) if is_model(value) else value)

    def get_default(self) -> Any:
        default = super().get_default()
        return getattr(default, self.target_field.attname) if is_model(default) else default

    def save_form_data(self, instance: Model, data: Any) -> None:
        setattr(instance, self.name if data is None or is_model(data) else self.attname, data)

    async def avalidate_exists(self, value: Any, model_instance: Model) -> None:
        """Refuse a key that points to no row, or to one that `limit_choices_to` leaves out.

        Raises:
            ValidationError: with the code `invalid`.
        """
        if value is None or self.parent_link:
            return
        state = model_instance._state
        rows = self.related_model._base_manager.using(state.db) if state.db else self.related_model._base_manager.all()
        target = self.target_field
        if not await rows.filter(**{target.attname: value}).complex_filter(self.get_limit_choices_to()).aexists():
            raise ValidationError(
                self.error_messages["invalid"],
                code="invalid",
                params={
                    "model": self.related_model._meta.verbose_name,
                    "pk": value,
                    "field": target.name,
                    "value": value,
                },
            )

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs["on_delete"] = self.on_delete
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *check_foreign_key(self)]


class OneToOneField(ForeignKey[N]):
    """A foreign key that is unique, so that the other side has one row or none.

    The arguments are those of ForeignKey. The attribute on the other model is named after this model.
    """

    description: ClassVar[Any] = _("One-to-one relationship")
    many_to_one: ClassVar[bool] = False
    one_to_one: ClassVar[bool] = True
    rel_class: ClassVar[type[ManyToOneRel]] = OneToOneRel
    option_defaults: ClassVar[Mapping[str, Any]] = {**ForeignKey.option_defaults, "unique": True}

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: OneToOneField[T],
            to: type[T] | Callable[[], type[T]],
            on_delete: OnDelete,
            related_name: str | None = None,
            related_query_name: str | None = None,
            limit_choices_to: Any = None,
            parent_link: bool = False,
            to_field: str | None = None,
            db_constraint: bool = True,
            *,
            null: Literal[False] = False,
            verbose_name: str | None = None,
            name: str | None = None,
            swappable: bool = True,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: OneToOneField[T | None],
            to: type[T] | Callable[[], type[T]],
            on_delete: OnDelete,
            related_name: str | None = None,
            related_query_name: str | None = None,
            limit_choices_to: Any = None,
            parent_link: bool = False,
            to_field: str | None = None,
            db_constraint: bool = True,
            *,
            null: Literal[True],
            verbose_name: str | None = None,
            name: str | None = None,
            swappable: bool = True,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self,
            to: str,
            on_delete: OnDelete,
            related_name: str | None = None,
            related_query_name: str | None = None,
            limit_choices_to: Any = None,
            parent_link: bool = False,
            to_field: str | None = None,
            db_constraint: bool = True,
            *,
            null: bool = False,
            verbose_name: str | None = None,
            name: str | None = None,
            swappable: bool = True,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        def __init__(self, *args: Any, **options: Any) -> None: ...

    @property
    def unique(self) -> bool:
        """Always: that is what makes it one to one."""
        return True

    def option_value(self, option: str) -> Any:
        return True if option == "unique" else super().option_value(option)

    def reverse_descriptor(self, rel: Any) -> Any:
        return ReverseOneDescriptor(rel)

"""ManyToManyField, and the model it makes for the table between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Never, TypeVar, cast, overload

from typing_extensions import Unpack

from manoir.checks import CheckMessage
from manoir.db import ColumnType
from manoir.i18n import gettext_lazy as _
from manoir.models._descriptors import ManyDescriptor
from manoir.models._fields import Field, FieldOptions
from manoir.models._identifiers import Identifier, shortened
from manoir.models._on_delete import CASCADE
from manoir.models._relation_checks import check_many_to_many
from manoir.models._relations import RELATION_DEFAULTS, ForeignKey, RelatedField
from manoir.models._rels import ManyToManyRel
from manoir.models._resolving import when_found
from manoir.models._state import is_model_class

if TYPE_CHECKING:
    from manoir.models._model import Model
    from manoir.models._related_managers import ManyRelatedManager

T = TypeVar("T", bound="Model")


class ManyToManyField(RelatedField, Generic[T]):
    """Rows of this model and of another belong together, many to many, through a table between.

    Args:
        to: the model: the class, `lambda: Late`, `"Model"`, `"app.Model"` or `"self"`.
        related_name: name of the attribute on the other model; `"+"` makes none.
        related_query_name: name of the relation in queries.
        limit_choices_to: which rows forms offer.
        symmetrical: for a relation to the model itself: whether it holds both ways; None: it does.
        through: the model of the table between, when it carries more than the two keys.
        through_fields: names of its two foreign keys, the one to this model first, when it has several.
        db_constraint: whether the database guards the relation.
        db_table: name of the table made for it.
        swappable: follow the setting that swaps the model, in migrations.
        **options: the options of every field.

    Example:
        >>> class Book(Model):  # doctest: +SKIP
        ...     tags = ManyToManyField("Tag", related_name="books")
    """

    description: ClassVar[Any] = _("Many-to-many relationship")
    many_to_many: ClassVar[bool] = True
    option_defaults: ClassVar[Mapping[str, Any]] = {
        **RELATION_DEFAULTS,
        "symmetrical": None,
        "through_fields": None,
        "db_constraint": True,
        "db_table": None,
    }
    remote_field: ManyToManyRel

    @overload
    def __init__(
        self,
        to: type[T] | Callable[[], type[T]],
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        symmetrical: bool | None = None,
        through: type[Model] | Callable[[], type[Model]] | str | None = None,
        through_fields: tuple[str, ...] | None = None,
        db_constraint: bool = True,
        db_table: str | None = None,
        swappable: bool = True,
        *,
        verbose_name: str | None = None,
        name: str | None = None,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    @overload
    def __init__(
        self,
        to: str,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        symmetrical: bool | None = None,
        through: type[Model] | Callable[[], type[Model]] | str | None = None,
        through_fields: tuple[str, ...] | None = None,
        db_constraint: bool = True,
        db_table: str | None = None,
        swappable: bool = True,
        *,
        verbose_name: str | None = None,
        name: str | None = None,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    def __init__(
        self,
        to: Any,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        symmetrical: bool | None = None,
        through: Any = None,
        through_fields: tuple[str, ...] | None = None,
        db_constraint: bool = True,
        db_table: str | None = None,
        swappable: bool = True,
        *,
        verbose_name: Any = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        if through is not None and db_table is not None:
            raise ValueError("db_table names the table that is made; with 'through' the other model names it.")
        super().__init__(to, verbose_name, name, **options)
        self._related_name = related_name
        self._related_query_name = related_query_name
        self.symmetrical = symmetrical
        self.through = through
        self.through_fields = through_fields
        self.db_constraint = db_constraint
        self.db_table = db_table
        self.swappable = swappable
        self.remote_field = ManyToManyRel(
            self,
            related_name=related_name,
            related_query_name=related_query_name,
            limit_choices_to=limit_choices_to,
            through=None,
            through_fields=through_fields,
            symmetrical=to == "self" if symmetrical is None else symmetrical,
            db_constraint=db_constraint,
        )

    if TYPE_CHECKING:

        @overload  # type: ignore[override]
        def __get__(self, instance: None, owner: type[Model]) -> type[T]: ...
        @overload
        def __get__(self, instance: Model, owner: type[Model]) -> ManyRelatedManager[T]: ...
        def __get__(self, instance: Model | None, owner: type[Model]) -> Any: ...  # pyright: ignore[reportIncompatibleMethodOverride]
        def __set__(self, instance: Model, value: Never) -> None: ...

    @property
    def column_type(self) -> ColumnType | None:
        return None

    def get_column(self) -> Identifier | None:
        return None

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        if self.remote_field.symmetrical and self.remote_field.related_name is None:
            self.remote_field.related_name = f"{name}_rel_+"
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            setattr(cls, self.name, ManyDescriptor(self, self.name))

    def resolved(self, model: type[Model]) -> None:
        if model is self.model and self.symmetrical is None:
            self.remote_field.symmetrical = True
        super().resolved(model)
        if self.through is not None:
            when_found(self.through, self.model, self._through_found)
        elif not self.model._meta.swapped:
            self._through_found(made_through(self, model))

    def _through_found(self, through: type[Model]) -> None:
        self.remote_field.through = through
        for options in (self.model._meta, through._meta, self.related_model._meta):
            options.expire_caches()

    def reverse_descriptor(self, rel: Any) -> Any:
        return ManyDescriptor(rel, rel.accessor_name)

    def m2m_db_table(self) -> str:
        """Name of the table between."""
        if self.remote_field.through is not None:
            return self.remote_field.through._meta.db_table
        return self.db_table or shortened(f"{self.model._meta.db_table}_{self.name}")

    @property
    def source_key(self) -> ForeignKey[Any]:
        """The foreign key of the table between that points to this model."""
        return self._key(0, self.model)

    @property
    def target_key(self) -> ForeignKey[Any]:
        """The foreign key of the table between that points to the other model."""
        return self._key(1, self.related_model)

    def _key(self, position: int, model: type[Model]) -> ForeignKey[Any]:
        through = self.remote_field.through
        if through is None:
            raise ValueError(f"{self} goes through {self.through!r}, which is not defined yet.")
        if self.through_fields:
            return cast("ForeignKey[Any]", through._meta.get_field(self.through_fields[position]))
        keys = foreign_keys_to(through, model)
        if self.model._meta.concrete_model is self.related_model._meta.concrete_model:
            keys = keys[position:]  # to itself: the first key is the source, the second the target
        if not keys:
            raise ValueError(f"{through._meta.label} has no foreign key to {model._meta.label}, which {self} needs.")
        return keys[0]

    def m2m_field_name(self) -> str:
        """Name of the key to this model in the table between."""
        return self.source_key.name

    def m2m_reverse_field_name(self) -> str:
        """Name of the key to the other model in the table between."""
        return self.target_key.name

    def m2m_column_name(self) -> str | None:
        """Column of the key to this model in the table between."""
        return self.source_key.column

    def m2m_reverse_name(self) -> str | None:
        """Column of the key to the other model in the table between."""
        return self.target_key.column

    def value_from_object(self, obj: Model) -> Any:
        """The related instances as a list; none for an instance that is not saved."""
        return [] if obj.pk is None else list(getattr(obj, self.name).all())

    def save_form_data(self, instance: Model, data: Any) -> None:
        getattr(instance, self.name).set(data)

    def get_default(self) -> Any:
        return [] if not self.has_default() else super().get_default()

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.through is not None:
            through = self.remote_field.through or self.through
            kwargs["through"] = through._meta.label if is_model_class(through) else through
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *check_many_to_many(self)]


def foreign_keys_to(through: type[Model], model: type[Model]) -> list[ForeignKey[Any]]:
    """The foreign keys of `through` that point to `model`, in order."""
    return [
        field
        for field in through._meta.fields
        if isinstance(field, ForeignKey)
        and field.is_resolved
        and field.related_model._meta.concrete_model is model._meta.concrete_model
    ]


def made_through(field: ManyToManyField[Any], other: type[Model]) -> type[Model]:
    """Make the model of the table between: two foreign keys, unique together."""
    owner = field.model
    options = owner._meta
    if other._meta.concrete_model is options.concrete_model:
        source, target = f"from_{options.model_name}", f"to_{options.model_name}"
    else:
        source, target = options.model_name, other._meta.model_name
    name = f"{options.object_name}_{field.name}"
    meta = type(
        "Meta",
        (),
        {
            "app_label": options.app_label,
            "apps": options.apps,
            "auto_created": owner,
            "db_table": shortened(field.m2m_db_table()),
            "db_tablespace": field.db_tablespace,
            "managed": options.managed and other._meta.managed,
            "unique_together": [(source, target)],
            "verbose_name": f"{source}-{target} relationship",
            "verbose_name_plural": f"{source}-{target} relationships",
        },
    )

    def key(to: type[Model]) -> Field[Any, Any]:
        return ForeignKey(
            to, on_delete=CASCADE, related_name=f"{name}+", db_constraint=field.db_constraint, db_index=True
        )

    namespace = {"Meta": meta, "__module__": owner.__module__, "__doc__": f"Rows of {field}."}
    metaclass: Any = type(owner)
    return metaclass(name, (options.base_class,), {**namespace, source: key(owner), target: key(other)})

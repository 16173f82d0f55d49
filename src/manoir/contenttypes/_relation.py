"""`GenericRelation`: the way back from a model to the rows that point to it by a `GenericForeignKey`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Never, TypeVar, overload

from manoir import models
from manoir.contenttypes._foreign_key import GenericForeignKey
from manoir.contenttypes._managers import GenericRelatedManager
from manoir.contenttypes.models import ContentType
from manoir.models.relations import (
    Column,
    Hop,
    ManySide,
    OfType,
    RelationDescriptor,
    TypedBy,
    class_attribute,
    made_manager,
    when_found,
)

T = TypeVar("T", bound=models.Model)


class PrivateRelation:
    """What both directions answer to whoever looks through the relations of a model."""

    auto_created: ClassVar[bool] = False
    column: ClassVar[None] = None
    column_type: ClassVar[None] = None
    concrete: ClassVar[bool] = False
    editable: ClassVar[bool] = False
    is_relation: ClassVar[bool] = True
    many_to_many: ClassVar[bool] = False
    many_to_one: ClassVar[bool] = False
    null: ClassVar[bool] = True
    one_to_many: ClassVar[bool] = False
    one_to_one: ClassVar[bool] = False

    name: str
    model: Any
    related_model: Any

    @property
    def attname(self) -> str:
        """Its name: it has no column of its own."""
        return self.name


class GenericRelation(PrivateRelation, Generic[T]):
    """The rows that point to an instance by a generic foreign key: `bookmark.tags`.

    They can be read, added, prefetched and used in queries as those of a foreign key, and go when the instance is
    deleted.

    Args:
        to: the model with the generic foreign key: the class, `lambda: Late`, `"Model"` or `"app.Model"`.
        object_id_field: name of its field with the key.
        content_type_field: name of its foreign key to ContentType.
        for_concrete_model: as the generic foreign key says it.
        related_query_name: name under which queries of the other model lead back to this one; None: there is none.

    Example:
        >>> class Bookmark(models.Model):  # doctest: +SKIP
        ...     tags = GenericRelation("Tag", related_query_name="bookmark")
    """

    hidden: ClassVar[bool] = False
    one_to_many: ClassVar[bool] = True

    def __init__(
        self,
        to: type[T] | Callable[[], type[T]] | str,
        object_id_field: str = "object_id",
        content_type_field: str = "content_type",
        for_concrete_model: bool = True,
        related_query_name: str | None = None,
    ) -> None:
        self.to: Any = to
        self.object_id_field_name = object_id_field
        self.content_type_field_name = content_type_field
        self.for_concrete_model = for_concrete_model
        self._related_query_name = related_query_name
        self.related_model: Any = None
        self._typed: dict[bool, TypedBy] = {}

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[models.Model]) -> type[T]: ...
        @overload
        def __get__(self, instance: models.Model, owner: type[models.Model]) -> GenericRelatedManager[T]: ...
        def __get__(self, instance: Any, owner: type[models.Model]) -> Any: ...
        def __set__(self, instance: models.Model, value: Never) -> None: ...

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def __repr__(self) -> str:
        return f"<GenericRelation: {self.name}>"

    @property
    def accessor_name(self) -> str:
        """The attribute of instances."""
        return self.name

    def related_query_name(self) -> str | None:
        """Name under which the other model's queries lead back."""
        return self._related_query_name

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        """Join a model."""
        self.name, self.model = name, cls
        cls._meta.add_private_field(self)
        setattr(cls, name, GenericManyDescriptor(self, name))
        if not cls._meta.abstract:
            cls._meta.when_prepared(lambda: when_found(self.to, cls, self.resolved))

    def resolved(self, model: Any) -> None:
        """Take the other model, now that it exists."""
        self.related_model = model
        self.model._meta.add_query_name(self.name, self)
        if self._related_query_name and model._meta.apps is self.model._meta.apps:
            model._meta.add_query_name(self._related_query_name, GenericWayBack(self, self._related_query_name))

    # -- how rows are found ---------------------------------------------------------------------------------------

    @property
    def object_id_field(self) -> Any:
        """The other model's field with the key."""
        return self.related_model._meta.get_field(self.object_id_field_name)

    @property
    def generic_key(self) -> GenericForeignKey | None:
        """The generic foreign key over the same two fields, if the other model has one."""
        names = (self.content_type_field_name, self.object_id_field_name)
        for field in self.related_model._meta.concrete_model._meta.private_fields:
            if isinstance(field, GenericForeignKey) and (field.ct_field, field.fk_field) == names:
                return field
        return None

    def typed(self, *, far: bool) -> TypedBy:
        """Return the condition that a row points to this model; one object, because it is part of queries' shapes."""
        found = self._typed.get(far)
        if found is None:
            options = ContentType.objects.options_of(self.model, self.for_concrete_model)
            app_label, name = ContentType._meta.get_field("app_label"), ContentType._meta.get_field("model")
            values = ((app_label, options.app_label), (name, options.model_name))
            key = self.related_model._meta.get_field(self.content_type_field_name)
            found = self._typed[far] = TypedBy(key, far=far, model=ContentType, values=values)
        return found

    def make_hops(self) -> tuple[Hop, ...]:
        """Return the step from this model to the rows, for queries."""
        return (
            Hop(
                self.name,
                self,
                self.model,
                self.related_model,
                self.model._meta.pk,
                self.object_id_field,
                many=True,
                nullable=True,
                typed=self.typed(far=True),
            ),
        )

    def make_side(self) -> ManySide:
        """Return how the rows of one instance, and of many, are read."""
        return GenericSide(self)

    def rows_of(self, instances: Sequence[Any], alias: str) -> Any:
        """Return the rows that go when these instances go."""
        side = GenericSide(self)
        keys = [key for one in instances if (key := side.key_of(one)) is not None]
        return side.among(self.related_model._meta.base_manager.using(alias), keys).order_by()


class GenericWayBack(PrivateRelation):
    """The step from a row with a generic foreign key to a row of one model that it may point to, in queries only."""

    accessor_name: ClassVar[None] = None
    hidden: ClassVar[bool] = True
    many_to_one: ClassVar[bool] = True

    def __init__(self, relation: GenericRelation[Any], name: str) -> None:
        self.relation = relation
        self.name = name
        self.model = relation.related_model
        self.related_model = relation.model

    def make_hops(self) -> tuple[Hop, ...]:
        """Return the step, for queries."""
        relation = self.relation
        near, far = relation.object_id_field, relation.model._meta.pk
        typed = relation.typed(far=False)
        return (
            Hop(self.name, self, self.model, self.related_model, near, far, many=False, nullable=True, typed=typed),
        )


class GenericSide(ManySide):
    """The many-side of a generic relation: rows by key and type."""

    def __init__(self, relation: GenericRelation[Any]) -> None:
        self.relation = relation
        self.hop = None
        self.through = None
        self.name = relation.name
        self.model = relation.related_model
        self.column_field = relation.object_id_field
        self.back_name = None
        self.key_attname = relation.model._meta.pk.attname
        self.first_column = Column(self.column_field)
        self.counters = [vars(self.model._meta.concrete_model._meta)]
        self.of_type = OfType(relation.typed(far=True))

    def key_of(self, instance: Any) -> Any:
        """The value by which rows refer to an instance, as their column holds it."""
        key = getattr(instance, self.key_attname)
        return None if key is None else self.column_field.to_python(key)

    def of(self, queryset: Any, key: Any) -> Any:
        """The rows of `queryset` that belong to the instance with `key`."""
        return self.only(super().of(queryset, key))

    def among(self, queryset: Any, keys: Sequence[Any]) -> Any:
        """The rows of `queryset` that belong to any of the instances with `keys`."""
        return self.only(super().among(queryset, keys))

    def only(self, queryset: Any) -> Any:
        """The rows of this type."""
        return queryset._with(queryset._query.filtered(self.of_type))

    def split(self, rows: Iterable[Any], instances: Iterable[Any]) -> dict[Any, list[Any]]:
        """Sort rows by the key of the instance that they belong to."""
        owners = {self.key_of(instance): instance for instance in instances}
        found: dict[Any, list[Any]] = {}
        for row in rows:
            key = row.__dict__[self.column_field.attname]
            if key in owners:
                self.link([row], owners[key])
            found.setdefault(key, []).append(row)
        return found

    def link(self, rows: Iterable[Any], instance: Any) -> None:
        """Let rows know the instance that they point to."""
        generic = self.relation.generic_key
        if generic is None:
            return
        needed = {self.column_field.attname, self.relation.typed(far=True).field.attname}
        key = self.key_of(instance)
        for row in rows:
            if needed <= row.__dict__.keys() and row.__dict__[self.column_field.attname] == key:
                generic.remember(row, instance)


class GenericManyDescriptor(RelationDescriptor):
    """`bookmark.tags`: a manager of the rows that point here."""

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return class_attribute(owner, self.query_name)
        return made_manager(GenericRelatedManager, instance, self.relation)

    def __set__(self, instance: Any, value: Any) -> None:
        raise TypeError(f"{self.name!r} is a set of objects and cannot be assigned to; use {self.name}.set(…).")

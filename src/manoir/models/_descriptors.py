"""The attributes that relations and managers put into a model class.

Plain columns need none: their values live in an instance's `__dict__`, and the metaclass serves the class side. A
relation needs code on both sides: setting `book.author` sets `book.author_id` too, and reading it may have to load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir.db import router
from manoir.models._class_columns import class_attribute
from manoir.models._peers import load
from manoir.models._related_managers import many_related_manager, related_manager
from manoir.models._state import is_model

if TYPE_CHECKING:
    from manoir.models._model import Model

_MISSING: Any = object()


class RelationDescriptor:
    """Common ground: a name in the class, `Expr` paths on the class side, an exception for relations without row."""

    name: str

    def __init__(self, relation: Any, name: str) -> None:
        self.relation = relation
        self.name = name
        self._exception: type[Exception] | None = None

    @property
    def query_name(self) -> str:
        """Name of the relation in queries."""
        return self.relation.name

    @property
    def RelatedObjectDoesNotExist(self) -> type[Exception]:  # documented spelling
        """Raised when there is no row; both `<other model>.DoesNotExist` and AttributeError."""
        if self._exception is None:
            other: Any = self.other_model
            self._exception = type(
                "RelatedObjectDoesNotExist",
                (other.DoesNotExist, AttributeError),
                {"__module__": other.__module__, "__qualname__": f"{other.__qualname__}.RelatedObjectDoesNotExist"},
            )
        return self._exception

    @property
    def other_model(self) -> type[Model]:
        """The model that reading the attribute leads to."""
        return self.relation.related_model

    def missing(self, instance: Any) -> Exception:
        """The error for a relation without row."""
        return self.RelatedObjectDoesNotExist(
            f"This {type(instance).__name__} has nothing in {self.name!r}: no row is related to it there."
        )

    def refuse_other_models(self, instance: Any, value: Any) -> None:
        """Raise ValueError unless `value` is an instance of the other model."""
        other: Any = self.other_model
        if not is_model(value) or not isinstance(value, other._meta.concrete_model):
            raise ValueError(
                f"{type(instance).__name__}.{self.name} takes an instance of {other.__name__}, not {value!r:.80}."
            )


class ForwardDescriptor(RelationDescriptor):
    """`book.author`: the instance that a foreign key points to, cached in `__dict__["author"]`."""

    def __init__(self, field: Any) -> None:
        super().__init__(field, field.name)
        self.attname: str = field.attname

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return class_attribute(owner, self.name)
        values = instance.__dict__
        other = values.get(self.name, _MISSING)
        if other is _MISSING:
            return self._load(instance)
        key = values.get(self.attname, _MISSING)
        if other is not None and (key is _MISSING or other.__dict__.get(self.relation.target_attname) == key):
            return other
        return self._recheck(instance, other, key)

    def _recheck(self, instance: Any, other: Any, key: Any) -> Any:
        """Decide about a cached instance whose key is no longer the one in `author_id`."""
        values = instance.__dict__
        if key is None and (other is None or self.name in values.get("_pending", ())):
            return other  # it was assigned before it was saved
        del values[self.name]
        return self._load(instance)

    def _load(self, instance: Any) -> Any:
        if getattr(instance, self.attname) is None:
            if self.relation.null:
                return None
            raise self.missing(instance)
        other = load(instance, self.relation)
        if other is None:
            raise self.missing(instance)
        return other

    def __set__(self, instance: Any, value: Any) -> None:
        values = instance.__dict__
        if value is None:
            values.pop(self.name, None)
            values[self.attname] = None
            return
        self.refuse_other_models(instance, value)
        field = self.relation
        if not router.is_single:
            check_databases(instance, value, f"{type(instance).__name__}.{self.name}")
        values[self.attname] = key = getattr(value, field.target_field.attname)
        values[self.name] = value
        if key is None:
            values["_pending"] = {*values.get("_pending", ()), self.name}
        accessor = field.remote_field.accessor_name
        if field.one_to_one and accessor is not None:
            value.__dict__[accessor] = instance


def check_databases(instance: Any, value: Any, what: str) -> None:
    """Refuse a relation between databases; an object that is not saved yet joins the other one's.

    Raises:
        ValueError: no router allows it.
    """
    if instance._state.db is None:
        instance._state.db = router.db_for_write(instance._meta.model, instance=value)
    if value._state.db is None:
        value._state.db = router.db_for_write(value._meta.model, instance=instance)
    if not router.allow_relation(value, instance):
        raise ValueError(
            f"{what} cannot be {value!r:.80}: that row is of the database {value._state.db!r}, this one of"
            f" {instance._state.db!r}. Use rows of one database, or allow it in a router's allow_relation()."
        )


class ReverseOneDescriptor(RelationDescriptor):
    """`author.profile`: the one instance that points here, cached in `__dict__["profile"]` (None: there is none)."""

    def __init__(self, rel: Any) -> None:
        super().__init__(rel, rel.accessor_name)

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return class_attribute(owner, self.query_name)
        other = instance.__dict__.get(self.name, _MISSING)
        if other is _MISSING:
            other = None if instance.pk is None else load(instance, self.relation)
        if other is None:
            raise self.missing(instance)
        return other

    def __set__(self, instance: Any, value: Any) -> None:
        field = self.relation.field
        if value is None:
            other = instance.__dict__.pop(self.name, None)
            if other is not None:
                setattr(other, field.name, None)
            return
        self.refuse_other_models(instance, value)
        setattr(value, field.name, instance)
        instance.__dict__[self.name] = value


class ReverseManyDescriptor(RelationDescriptor):
    """`author.books`: a manager of the instances that point here."""

    def __init__(self, rel: Any) -> None:
        super().__init__(rel, rel.accessor_name)

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return class_attribute(owner, self.query_name)
        return related_manager(instance, self.relation)

    def __set__(self, instance: Any, value: Any) -> None:
        raise TypeError(f"{self.name!r} is a set of objects and cannot be assigned to; use {self.name}.set(…).")


class ManyDescriptor(RelationDescriptor):
    """`book.tags` and `tag.books`: a manager of either side of a many-to-many relation."""

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return class_attribute(owner, self.query_name)
        return many_related_manager(instance, self.relation)

    def __set__(self, instance: Any, value: Any) -> None:
        raise TypeError(f"{self.name!r} is a set of objects and cannot be assigned to; use {self.name}.set(…).")

    @property
    def through(self) -> Any:
        """The model of the table between."""
        field = self.relation if hasattr(self.relation, "source_key") else self.relation.field
        return field.remote_field.through


class ManagerDescriptor:
    """`Book.objects`: the manager of the class that is asked; instances have none."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is not None:
            raise AttributeError(
                f"A manager belongs to the class: use {type(instance).__name__}.{self.name}, not an instance's."
            )
        options = owner._meta
        if options.abstract or options.swappable:
            self.refuse_without_rows(owner)
        return options.managers_map[self.name]

    def refuse_without_rows(self, owner: type[Any]) -> None:
        """Raise AttributeError for abstract and swapped models.

        The metaclass asks again: Python calls its `__getattr__` after an AttributeError and forgets the first one.
        """
        options = owner._meta
        if options.abstract:
            raise AttributeError(f"{owner.__name__} is abstract and has no rows; use {self.name!r} of a subclass.")
        if options.swapped:
            raise AttributeError(
                f"{options.label} was swapped for {options.swapped!r} (setting {options.swappable}); use that model."
            )


class PrimaryKeyDescriptor:
    """`instance.pk`: the value of the primary key, whatever its name."""

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return class_attribute(owner, "pk") if hasattr(owner, "_meta") else self
        return getattr(instance, instance._meta.pk.attname)

    def __set__(self, instance: Any, value: Any) -> None:
        setattr(instance, instance._meta.pk.attname, value)

"""What the managers of both kinds of relations share, and how one is made for an instance.

At run time each relation gets a class made of one of ours and of the class of the other model's default manager, so
that methods of a project's own managers are there too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from manoir.db import router
from manoir.models import _peers as peers
from manoir.models._manager import Manager
from manoir.models._many_side import ManySide, side_of

M = TypeVar("M", bound=Any)


class BoundManager(Manager[M]):
    """What the managers of both kinds of relations share.

    Attributes:
        instance: the instance whose relation it is.
    """

    do_not_call_in_templates = True
    instance: Any
    _side: ManySide
    _relation: Any
    _lazy: type[Any] | None
    """The class of querysets whose rows are there already; None where the project's own `get_queryset` has to be asked."""

    def __call__(self, *, manager: str) -> Any:
        """The same relation by another manager of the other model: `author.books(manager="published")`."""
        return made_manager(type(self).base, self.instance, self._relation, self.model._meta.managers_map[manager])

    def base_queryset(self) -> Any:
        """The rows of the other model as its manager gives them, whomever they belong to."""
        return super().get_queryset()

    def get_queryset(self) -> Any:
        """The rows that belong to the instance.

        Raises:
            ValueError: the instance is not saved.
        """
        # hot path: benchmarks/orm_write.py
        instance, side = self.instance, self._side
        rows = peers.kept_rows(instance, side)
        if rows is not None and self._lazy is not None:
            queryset: Any = object.__new__(self._lazy)
            own = queryset.__dict__
            own["model"], own["_result"] = self.model, rows
            if self._db is None and router.routers:
                own["_hints"] = {"instance": instance}
            else:
                own["_db"] = self._db or peers.alias_of(instance)
            own["_related"] = peers.RelatedRows(instance, side, None, self)
            return queryset
        queryset = self.chosen()
        origin = instance.__dict__.get("_origin")
        if origin is not None and origin.mode is not None:
            queryset = queryset.fetch_mode(origin.mode)
        if queryset._db is None:
            if router.routers:  # they are asked with the instance: what is written need not go where it is read from
                queryset._hints = {"instance": instance}
            else:
                queryset._db = peers.alias_of(instance)
        queryset._related = peers.RelatedRows(instance, side, queryset._query, self)
        if rows is not None:
            queryset._result = rows
        return queryset

    def chosen(self) -> Any:
        """A new queryset of the rows that belong to the instance."""
        key = self._side.key_of(self.instance)
        if key is None:
            if self.instance.pk is None:
                raise self._unsaved()
            return self.base_queryset().none()  # a row whose `to_field` is NULL is pointed to by none
        return self._side.of(self.base_queryset(), key)

    def _unsaved(self) -> ValueError:
        raise TypeError(f"{type(self).__name__} has no instances of its own.")

    def _write_alias(self) -> str:
        return self._db or router.db_for_write(self.model, instance=self.instance)

    def _forget(self) -> None:
        """What was loaded before is not trusted after a write."""
        peers.forget_relations(self.instance, self._side.name)

    if TYPE_CHECKING:
        _db: str | None
        base: Any


def made_manager(base: type[Any], instance: Any, relation: Any, default: Any = None) -> Any:
    """A manager for one instance; its class and attributes are prepared once for each relation."""
    # hot path: benchmarks/orm_write.py
    default = default or relation.related_model._meta.default_manager
    prepared = relation.__dict__.get("_manager")
    if prepared is None or prepared[0] is not default:
        prepared = relation.__dict__["_manager"] = (
            default,
            manager_class(base, type(default)),
            attributes(default, relation),
        )
    manager = object.__new__(prepared[1])
    own = manager.__dict__
    own.update(prepared[2])
    own["instance"] = instance
    return manager


def manager_class(base: type[Any], default_class: type[Any]) -> type[Any]:
    bases = (base,) if issubclass(base, default_class) else (base, default_class)
    return type(base.__name__, bases, {"__module__": base.__module__, "__qualname__": base.__qualname__, "base": base})


def attributes(default: Any, relation: Any) -> dict[str, Any]:
    side = side_of(relation)
    own = {**default.__dict__, "_side": side, "_relation": relation, "model": side.model, "_lazy": lazy_class(default)}
    if relation.many_to_many:
        forward = hasattr(relation, "source_key")
        rel = relation.remote_field if forward else relation
        own |= {"through": side.through, "_reverse": not forward, "_symmetrical": rel.symmetrical}
    return own


class LazyQuery:
    """`_query` of a queryset whose rows are there already: described when somebody filters on, which is rare."""

    def __get__(self, queryset: Any, owner: type[Any]) -> Any:
        if queryset is None:
            return self
        related = queryset._related
        if related.query is None:
            related.query = related.manager.chosen()._query
        queryset.__dict__["_query"] = related.query
        return related.query


_lazy_classes: dict[type[Any], type[Any]] = {}


def lazy_class(default: Any) -> type[Any] | None:
    """The class of querysets of a manager, with a `LazyQuery`; None for managers with a `get_queryset` of their own."""
    if type(default).get_queryset is not Manager.get_queryset:
        return None
    plain = default._queryset_class
    made = _lazy_classes.get(plain)
    if made is None:
        names = {"__module__": plain.__module__, "__qualname__": plain.__qualname__, "__doc__": plain.__doc__}
        made = _lazy_classes[plain] = type(
            plain.__name__, (plain,), {**names, "_query": LazyQuery(), "__reduce__": reduced}
        )
    return made


def reduced(queryset: Any) -> Any:
    """Pickled as a queryset of the plain class."""
    plain = queryset.all()
    plain.__class__ = type(queryset).__mro__[1]
    plain._query = queryset._query
    plain._result = queryset._result
    return plain.__reduce__()


async def rows_of(objs: Iterable[Any]) -> list[Any]:
    """Return what an argument of `set()` holds; a queryset that was not read yet is read, which a coroutine may."""
    fetch = getattr(objs, "_afetch", None)
    return list(objs) if fetch is None else list(await fetch())

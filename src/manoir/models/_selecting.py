"""Which columns are read: relations read along (`select_related`), and columns left for later (`only`, `defer`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manoir.exceptions import FieldError, nearest
from manoir.models._joining import NamedJoin
from manoir.models._names import hops_of
from manoir.models._query import Query, Related
from manoir.models._shape import Hops

MAX_DEPTH = 20
AUTOMATIC_DEPTH = 5
"""How far `select_related()` without names follows relations that cannot be NULL."""


def with_related(query: Query, names: list[str]) -> Query:
    """The query with further relations read along."""
    related = query.related
    if not names:
        names = automatic(query.model, AUTOMATIC_DEPTH)
    for name in names:
        parts = name.split("__")
        if len(parts) > MAX_DEPTH:
            raise FieldError(f"select_related() follows {len(parts)} relations; {MAX_DEPTH} are the most.")
        join = query.annotations.get(parts[0])
        related = added(query.model, related, parts, (), join if isinstance(join, NamedJoin) else None)
    return query.copy(related=related)


def automatic(model: Any, depth: int) -> list[str]:
    """All relations that cannot be NULL, and those behind them."""
    names: list[str] = []
    for field in model._meta.concrete_fields:
        if not field.is_relation or field.null:
            continue
        names.append(field.name)
        if depth > 1 and field.related_model is not model:
            names.extend([f"{field.name}__{name}" for name in automatic(field.related_model, depth - 1)])
    return names


def added(
    model: Any, related: tuple[Related, ...], parts: list[str], before: Hops, join: NamedJoin | None = None
) -> tuple[Related, ...]:
    """Relations with one more, and what is read on from there; `join` is what the first name means, if it is a join's."""
    relation = None if join is not None else single_valued(model, parts[0])
    key = parts[0] if relation is None else accessor(relation)
    found = next((one for one in related if one.name == key), None)
    if found is None:
        hops = join.way if join is not None else (*before, *[(hop, 0) for hop in hops_of(relation)])
        to_model = hops[-1][0].to_model
        fields = tuple(to_model._meta.concrete_fields)
        found = Related(key, hops, to_model, fields, None if relation is None else backward(relation))
        related = (*related, found)
    if len(parts) == 1:
        return related
    below = added(found.model, found.below, parts[1:], found.hops)
    deeper = Related(found.name, found.hops, found.model, found.fields, found.backward, below)
    return tuple([deeper if one is found else one for one in related])


def single_valued(model: Any, name: str) -> Any:
    """The relation of that name, which leads to one row at most."""
    relation = model._meta.names.get(name)
    if relation is not None and is_single(relation) and name == relation.name:
        return relation
    choices = [
        known
        for known, member in model._meta.names.items()
        if known != "pk" and is_single(member) and known == member.name
    ]
    raise FieldError(
        f"select_related() cannot follow {name[:80]!r}: {model._meta.object_name} has no relation to one row of that name."
        f"{nearest(name[:80], choices)} Such relations: {', '.join(choices) or 'none'}."
    )


def is_single(member: Any) -> bool:
    return member.is_relation and not member.many_to_many and (member.concrete or member.one_to_one)


def accessor(relation: Any) -> str:
    """The key of the related instance in `__dict__`."""
    return relation.name if relation.concrete else relation.accessor_name or relation.name


def backward(relation: Any) -> str | None:
    """The key under which the related instance knows the first one: both sides of a one-to-one relation."""
    if not relation.one_to_one:
        return None
    return relation.remote_field.accessor_name if relation.concrete else relation.field.name


# -- only and defer ---------------------------------------------------------------------------------------------------


def restricted(query: Query, method: str = "select_related()") -> Query:
    """The query with the columns that `only()` and `defer()` leave."""
    load = query.load
    if load is None:
        return (
            query if query.only is None else query.copy(only=None, related=tuple([whole(one) for one in query.related]))
        )
    mode, names = load
    by_prefix: dict[str, set[str]] = {}
    for name in names:
        check_name(query.model, name, method)
        prefix, _, last = name.rpartition("__")
        by_prefix.setdefault(prefix, set()).add(last)
        while mode == "only" and prefix:
            prefix, _, relation = prefix.rpartition("__")
            by_prefix.setdefault(prefix, set()).add(relation)
    needed = {one.hops[0][0].from_field for one in query.related if one.hops[0][0].relation.concrete}
    only = chosen(query.model, mode, by_prefix.get(""), needed)
    related = tuple([restricted_related(one, mode, one.name, by_prefix) for one in query.related])
    return query.copy(only=only, related=related)


def chosen(model: Any, mode: str, names: set[str] | None, needed: Iterable[Any]) -> tuple[Any, ...] | None:
    """The fields that are read; None when all are."""
    if names is None:
        return None
    fields = model._meta.concrete_fields
    named = {
        field
        for field in fields
        if field.name in names or field.attname in names or (field.primary_key and "pk" in names)
    }
    kept = named if mode == "only" else set(fields) - named
    kept |= {field for field in fields if field.primary_key or field in needed}
    return None if len(kept) == len(fields) else tuple([field for field in fields if field in kept])


def restricted_related(related: Related, mode: str, prefix: str, by_prefix: dict[str, set[str]]) -> Related:
    needed = {one.hops[-1][0].from_field for one in related.below if one.hops[-1][0].relation.concrete}
    if not related.hops[-1][0].relation.concrete:
        needed.add(related.hops[-1][0].to_field)
    fields = chosen(related.model, mode, by_prefix.get(prefix), needed) or tuple(related.model._meta.concrete_fields)
    below = tuple([restricted_related(one, mode, f"{prefix}__{one.name}", by_prefix) for one in related.below])
    return Related(related.name, related.hops, related.model, fields, related.backward, below)


def whole(related: Related) -> Related:
    fields = tuple(related.model._meta.concrete_fields)
    return Related(
        related.name,
        related.hops,
        related.model,
        fields,
        related.backward,
        tuple([whole(one) for one in related.below]),
    )


def check_name(model: Any, name: str, method: str) -> None:
    """Refuse names that are no columns."""
    for part in name.split("__"):
        member = None if model is None else model._meta.names.get(part)
        if member is None:
            known = [] if model is None else [known for known in model._meta.names if known != "pk"]
            owner = "A column" if model is None else model.__name__
            raise FieldError(
                f"{owner} has no field {part[:60]!r} (in {method}).{nearest(part[:60], known)} Fields: {', '.join(known)}."
            )
        model = member.related_model if member.is_relation else None

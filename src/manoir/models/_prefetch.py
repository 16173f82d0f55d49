"""`prefetch_related()`: relations that are loaded with the query's rows, in one further query for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from manoir.bridge import blocking_function
from manoir.exceptions import FieldDoesNotExist, nearest
from manoir.models import _hooks
from manoir.models import _peers as peers
from manoir.models._many_side import side_of
from manoir.models._state import is_model, is_reserved

MAX_DEPTH = 20
"""Most relations that one lookup may cross."""


class Prefetch:
    """A lookup of `prefetch_related()` with a queryset or an attribute of its own.

    Args:
        lookup: names of relations, joined by `__`.
        queryset: the rows that are loaded; None loads all.
        to_attr: the instance attribute that gets the rows as a list; None puts them where the relation is read.

    Raises:
        ValueError: the queryset yields values instead of instances.

    Example:
        >>> Prefetch("books", queryset=Book.objects.filter(on_sale=True), to_attr="offers")  # doctest: +SKIP
    """

    def __init__(self, lookup: str, queryset: Any = None, to_attr: str | None = None) -> None:
        self.prefetch_through = lookup
        self.prefetch_to = lookup
        if to_attr is not None and (not to_attr.isidentifier() or len(to_attr) > 100):
            raise ValueError(f"to_attr={to_attr!r:.120} cannot name an attribute.")
        if queryset is not None and queryset._query.output.form != "models":
            raise ValueError(
                f"Prefetch({lookup!r:.80}): its queryset has to give instances; take values() or values_list() off it."
            )
        if to_attr:
            self.prefetch_to = "__".join([*lookup.split("__")[:-1], to_attr])
        self.queryset = queryset
        self.to_attr = to_attr

    def __repr__(self) -> str:
        return f"<Prefetch {self.prefetch_through!r} to {self.prefetch_to!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prefetch) and self.prefetch_to == other.prefetch_to

    def __hash__(self) -> int:
        return hash((Prefetch, self.prefetch_to))


async def aprefetch_related_objects(model_instances: Iterable[Any], *related_lookups: str | Prefetch) -> None:
    """Load relations into instances that are there already.

    Args:
        model_instances: instances of one model.
        *related_lookups: what `prefetch_related()` takes.

    Raises:
        AttributeError: a name is no attribute of the model.
        ValueError: a name is no relation, or two lookups contradict each other.
    """
    instances = list(model_instances)
    if not instances:
        return
    done: dict[str, Prefetch] = {}
    for lookup in [as_prefetch(lookup) for lookup in related_lookups]:
        known = done.get(lookup.prefetch_to)
        if known is not None:
            if lookup.queryset is not None:
                raise ValueError(
                    f"prefetch_related() loads {lookup.prefetch_to!r} already, by an earlier lookup. Put the Prefetch with a "
                    "queryset before the lookups that pass through it, or give it a to_attr."
                )
            continue
        done[lookup.prefetch_to] = lookup
        await afollow(instances, lookup, done)


prefetch_related_objects = blocking_function(aprefetch_related_objects)


def as_prefetch(lookup: Any) -> Prefetch:
    if isinstance(lookup, Prefetch):
        return lookup
    if not isinstance(lookup, str):
        raise TypeError(f"prefetch_related() takes names and Prefetch objects, not {lookup!r:.80}.")
    return Prefetch(lookup)


async def afollow(instances: list[Any], lookup: Prefetch, done: dict[str, Prefetch]) -> None:
    """Load one lookup, relation by relation."""
    names = lookup.prefetch_through.split("__")
    targets = lookup.prefetch_to.split("__")
    if len(names) > MAX_DEPTH:
        raise ValueError(
            f"The lookup {lookup.prefetch_through[:60]!r}… crosses {len(names)} relations; {MAX_DEPTH} are the most."
        )
    level: list[Any] = instances
    for depth, name in enumerate(names):
        if not level:
            return
        last = depth == len(names) - 1
        before = done.get("__".join(targets[: depth + 1])) if not last else lookup
        attribute = before.to_attr if before is not None else None
        if not last and before is not None and before is not lookup:
            name = before.prefetch_through.split("__")[-1]
            level = flattened([value_of(one, name, attribute) for one in level])
            continue
        if not last and all(is_plain_attribute(one, name) for one in level):
            level = flattened([one.__dict__[name] for one in level])
            continue
        level = await astep_mixed(level, name, lookup if last else None)


async def astep_mixed(instances: list[Any], name: str, lookup: Prefetch | None) -> list[Any]:
    """Load one relation of instances that may be of several models, as they are behind a generic foreign key.

    Models without a relation of that name are passed over, unless none has it.
    """
    by_model: dict[Any, list[Any]] = {}
    for one in instances:
        by_model.setdefault(one._meta.model, []).append(one)
    if len(by_model) == 1:
        return await astep(instances, name, lookup)
    having = [some for model, some in by_model.items() if relation_named(model._meta, name) is not None]
    found: list[Any] = []
    for some in having or list(by_model.values()):
        found += await astep(some, name, lookup)
    return found


def is_plain_attribute(instance: Any, name: str) -> bool:
    """Whether a name is an attribute that an earlier lookup filled by `to_attr`."""
    return name in instance.__dict__ and relation_named(instance._meta, name) is None


def value_of(instance: Any, name: str, to_attr: str | None) -> Any:
    if to_attr is not None:
        return instance.__dict__.get(to_attr)
    own = instance.__dict__
    prefetched = own.get("_prefetched", {})
    return prefetched[name] if name in prefetched else own.get(name)


def flattened(values: Iterable[Any]) -> list[Any]:
    """The instances in lists and single values, each once."""
    found: dict[int, Any] = {}
    for value in values:
        for one in value if isinstance(value, list) else [value]:
            if is_model(one):
                found[id(one)] = one
    return list(found.values())


def relation_named(options: Any, name: str) -> Any:
    """The relation that an attribute of instances reads, or None."""
    for rel in options.related_objects:
        if rel.accessor_name == name:
            return rel
    try:
        found = options.get_field(name)
    except FieldDoesNotExist:
        return None
    if found in options.concrete_model._meta.private_fields:
        return found
    return (
        found if found.is_relation and found.name == name and (found.concrete or hasattr(found, "source_key")) else None
    )


def relation_of(instance: Any, name: str, lookup: str) -> Any:
    """The relation of that name.

    Raises:
        AttributeError: the model has no such attribute.
        ValueError: it is no relation.
    """
    options = instance._meta
    relation = relation_named(options, name)
    if relation is not None:
        return relation
    known = [rel.accessor_name for rel in options.related_objects if rel.accessor_name]
    known += [
        field.name
        for field in (*options.fields, *options.many_to_many, *options.concrete_model._meta.private_fields)
        if field.is_relation
    ]
    if name not in options.names and not hasattr(type(instance), name):
        raise AttributeError(
            f"prefetch_related({lookup!r:.80}): {options.object_name} has no relation {name!r:.80}.{nearest(name, known)}"
        )
    raise ValueError(
        f"prefetch_related({lookup!r:.80}): {name!r:.80} of {options.object_name} is no relation, so there is nothing to load. "
        f"Its relations are: {', '.join(known) or 'none'}."
    )


async def astep(instances: list[Any], name: str, lookup: Prefetch | None) -> list[Any]:
    """Load one relation of instances; answer the instances that it leads to."""
    queryset = lookup.queryset if lookup is not None else None
    to_attr = lookup.to_attr if lookup is not None else None
    relation = relation_of(instances[0], name, lookup.prefetch_through if lookup is not None else name)
    if hasattr(relation, "aload_for"):
        if queryset is not None:
            raise ValueError(
                f"Prefetch({name!r:.80}): what a generic foreign key leads to is of several models, so it takes a "
                "GenericPrefetch with a queryset for each."
            )
        querysets = getattr(lookup, "querysets", None)
        return flattened(await relation.aload_for(instances, querysets=querysets, to_attr=to_attr))
    if to_attr is not None and is_reserved(type(instances[0]), to_attr):
        raise ValueError(f"to_attr={to_attr!r}: every model has an attribute of that name; choose another one.")
    if to_attr is not None and to_attr in instances[0]._meta.names:
        raise ValueError(
            f"to_attr={to_attr!r}: {instances[0]._meta.object_name} has a field of that name; choose another one."
        )
    is_many = relation.many_to_many or relation.one_to_many
    if queryset is None and to_attr is None:
        return await (aload_sides(instances, relation) if is_many else aload_singles(instances, relation, name))
    if is_many:
        return await achosen_many(instances, relation, queryset, to_attr)
    return await achosen_singles(instances, relation, name, queryset, to_attr)


async def aload_sides(instances: Sequence[Any], relation: Any) -> list[Any]:
    side = side_of(relation)
    for one in instances:
        if one.pk is not None and side.name not in one.__dict__.get("_prefetched", ()):
            await peers.aload_many(one, side, instances)
    return flattened([one.__dict__.get("_prefetched", {}).get(side.name) for one in instances])


async def aload_singles(instances: Sequence[Any], relation: Any, name: str) -> list[Any]:
    for one in instances:
        if relation.concrete and relation.attname not in one.__dict__:
            await peers.aload(one, relation)  # the key itself was deferred
        if name not in one.__dict__ and (not relation.concrete or one.__dict__[relation.attname] is not None):
            await peers.aload(one, relation, instances)
    return flattened([one.__dict__.get(name) for one in instances])


async def aload_path(instance: Any, path: str, find: Callable[[Any, str], Any]) -> None:
    """The body of `Model.aload` for one name.

    Args:
        instance: the instance that was asked.
        path: names of relations joined by `__`, or of a field.
        find: answers the field or relation of a model's `_meta` by its name.
    """
    level: list[Any] = [instance]
    for name in path.split("__"):
        if not level:
            return
        relation = find(level[0]._meta, name)
        if not relation.is_relation:
            for one in level:
                if relation.attname not in one.__dict__:
                    await peers.aload(one, relation)
            return
        if relation.many_to_many or relation.one_to_many:
            level = await aload_sides(level, relation)
        else:
            level = await aload_singles(level, relation, relation.name if relation.concrete else relation.accessor_name)


async def achosen_many(instances: Sequence[Any], relation: Any, queryset: Any, to_attr: str | None) -> list[Any]:
    """A many-relation by a queryset of its own, or into an attribute of its own."""
    side = side_of(relation)
    chosen = side.model._meta.default_manager.all() if queryset is None else queryset
    if queryset is None or queryset._db is None:
        chosen = chosen.using(peers.related_alias(instances[0], side.model))
    rows = await peers.aread_many(instances, side, chosen)
    for one in instances:
        found = rows.get(side.key_of(one), [])
        if to_attr is not None:
            one.__dict__[to_attr] = found
        else:
            one.__dict__.setdefault("_prefetched", {})[side.name] = found
    return flattened(rows.values())


async def achosen_singles(
    instances: Sequence[Any], relation: Any, name: str, queryset: Any, to_attr: str | None
) -> list[Any]:
    """A single-valued relation by a queryset of its own, or into an attribute of its own."""
    near, far = (
        (relation.attname, relation.target_field.attname)
        if relation.concrete
        else (relation.field.target_field.attname, relation.field.attname)
    )
    chosen = relation.related_model._meta.base_manager.all() if queryset is None else queryset
    if queryset is None or queryset._db is None:
        chosen = chosen.using(peers.related_alias(instances[0], relation.related_model))
    found: dict[Any, Any] = {}
    for keys in peers.chunks([key for one in instances if (key := getattr(one, near)) is not None]):
        for other in await peers.afetched(instances[0], chosen.filter(**{f"{far}__in": keys})):
            found[getattr(other, far)] = other
    for one in instances:
        one.__dict__[to_attr or name] = other = found.get(getattr(one, near))
        if other is not None and not relation.concrete:
            other.__dict__[relation.field.name] = one
    return list(found.values())


async def prefetch(queryset: Any, rows: list[Any]) -> None:
    """Load what `prefetch_related()` of a queryset asked for into its rows."""
    await aprefetch_related_objects([row for row in rows if is_model(row)], *queryset._prefetch)


_hooks.prefetch = prefetch

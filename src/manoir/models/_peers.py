"""Relations and deferred fields load for all instances of one query at once.

Instances that came from one query share an `Origin`, which refers to them weakly: whoever still is alive takes part. So
a result costs no reference cycles, one instance never keeps a thousand others in memory, and
`for book in list(Book.objects.all())` still loads in batches when the queryset is gone.

What was loaded for peers through `author.books.all()` is served until manoir writes to the tables concerned; an
instance that came alone (`get()`) asks the database each time.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from manoir.bridge import can_wait, wait
from manoir.db import connections, router
from manoir.exceptions import FieldFetchBlocked, RelationNotLoaded
from manoir.models._fetch_modes import FetchMode
from manoir.models._many_side import ManySide, side_of
from manoir.models._outputs import BIGINT
from manoir.models._query import Output
from manoir.models._reading import read
from manoir.models._shape import Aggregated

BATCH = 5_000
"""Keys in one query; more are read in several."""

_MISSING: Any = object()


# -- who belongs together ---------------------------------------------------------------------------------------------


def peers_of(instance: Any, also: Iterable[Any] = ()) -> list[Any]:
    """The instance, the living ones that came from the same query, and others that the caller knows."""
    origin = instance.__dict__.get("_origin")
    found = {id(instance): instance}
    if origin is not None:
        peers = origin.peers
        for reference in peers:
            one = reference()
            if one is not None:
                found[id(one)] = one
        if len(found) * 2 < len(peers):
            origin.peers = [reference for reference in peers if reference() is not None]
    for one in also:
        found[id(one)] = one
    return list(found.values())


def alias_of(instance: Any) -> str:
    """Alias of the database that an instance came from."""
    origin = instance.__dict__.get("_origin")
    if origin is not None and "_state" not in instance.__dict__:
        return origin.db
    return instance._state.db or router.db_for_read(instance._meta.model, instance=instance)


def related_alias(instance: Any, model: Any) -> str:
    """Alias of the database that rows of `model` are read from, when they belong to an instance."""
    return router.db_for_read(model, instance=instance) if router.routers else alias_of(instance)


def reading(instance: Any, alias: str) -> AbstractContextManager[None]:
    """While a stream that the instance came from is open, its peers read on the stream's own connection."""
    origin = instance.__dict__.get("_origin")
    level = None if origin is None else origin.level
    connection = connections[alias]
    if level is None or not level.is_open or connection.level is not None:
        return nullcontext()
    return connection.within(level)


async def afetched(instance: Any, queryset: Any) -> list[Any]:
    """Read a queryset on the connection that suits the instance, whose fetch mode goes on to what is read."""
    origin = instance.__dict__.get("_origin")
    if origin is not None and origin.mode is not None and queryset._query.fetch is None:
        queryset = queryset.fetch_mode(origin.mode)
    with reading(instance, queryset.db):
        return await queryset._afetch()


def chunks(keys: Iterable[Any]) -> Iterable[list[Any]]:
    every = list(dict.fromkeys(keys))
    for start in range(0, len(every), BATCH):
        yield every[start : start + BATCH]


# -- one value --------------------------------------------------------------------------------------------------------


async def aload(instance: Any, relation: Any, also: Iterable[Any] = ()) -> Any:
    """Load a relation or a deferred field for an instance and its peers.

    Args:
        instance: the instance that was asked.
        relation: a field whose column was deferred, a foreign key, or the far side of a relation.
        also: further instances that take part.

    Returns:
        The instance's value; None when there is no related row, a list for the many-side of a relation.
    """
    if hasattr(relation, "aload_for"):
        await relation.aload_for(peers_of(instance, also))
        return instance.__dict__.get(relation.name)
    if getattr(relation, "concrete", False):
        if relation.attname not in instance.__dict__:
            return await _aload_column(instance, relation)
        return await _aload_forward(instance, relation, also)
    if relation.many_to_many or relation.one_to_many:
        return await aload_many(instance, side_of(relation), also)
    return await _aload_reverse(instance, relation, also)


def load(instance: Any, relation: Any) -> Any:
    """`aload` for sync code.

    Raises:
        FieldFetchBlocked: the instance came from a query with FETCH_RAISE.
        RelationNotLoaded: called directly in a coroutine.
    """
    origin = instance.__dict__.get("_origin")
    if origin is not None and origin.mode is FetchMode.RAISE:
        raise blocked(instance, relation)
    if not can_wait():
        raise not_loaded(instance, relation)
    return wait(aload(instance, relation))


def blocked(instance: Any, relation: Any) -> FieldFetchBlocked:
    """The error for a relation or field touched although its query forbids to read it then."""
    model = type(instance).__name__
    if getattr(relation, "concrete", True) and relation.attname not in instance.__dict__:
        name, cure = relation.name, f"do not defer it, or name it in only({relation.name!r}, …)"
    else:
        name = getattr(relation, "accessor_name", None) or relation.name
        way = "prefetch_related" if hasattr(relation, "aload_for") else "select_related"
        cure = f"read it along by {way}({name!r})"
    return FieldFetchBlocked(
        f"{model}.{name} was not read, and its query came with fetch_mode(FETCH_RAISE): {cure}, or await aload({name!r})."
    )


def not_loaded(instance: Any, relation: Any) -> RelationNotLoaded:
    """The error for a relation or field touched in a coroutine; it names the cures."""
    model = type(instance).__name__
    if getattr(relation, "concrete", False) and relation.attname not in instance.__dict__:
        name, first = relation.name, f'do not defer it, or `only("{relation.name}", …)`'
    elif getattr(relation, "many_to_many", False) or getattr(relation, "one_to_many", False):
        name = side_of(relation).name
        first = f'`prefetch_related("{name}")` in the query'
    elif hasattr(relation, "aload_for"):
        name, first = relation.name, f'`prefetch_related("{relation.name}")` in the query'
    else:
        name = relation.name if relation.concrete else relation.accessor_name
        first = f'`select_related("{name}")` in the query'
    word = model.lower()
    return RelationNotLoaded(
        f"{model}.{name} is not loaded, and an attribute cannot wait for the database inside a coroutine. "
        f'Use {first}, or `await {word}.aload("{name}")` before.'
    )


async def _aload_column(instance: Any, field: Any) -> Any:
    attname = field.attname
    batch = [one for one in peers_of(instance) if attname not in one.__dict__ and one.pk is not None]
    by_key: dict[Any, Any] = {}
    queryset = instance._meta.base_manager.using(alias_of(instance))
    for keys in chunks([one.pk for one in batch]):
        rows = queryset.filter(pk__in=keys) if len(keys) > 1 else queryset.filter(pk=keys[0])
        by_key.update(await afetched(instance, rows.order_by().values_list("pk", attname)))
    for one in batch:
        value = by_key.get(one.pk, _MISSING)
        if value is not _MISSING:
            one.__dict__[attname] = value
    if attname not in instance.__dict__:
        raise instance._meta.model.DoesNotExist(f"The row of {instance._meta.object_name} {instance.pk!r} is gone.")
    return instance.__dict__[attname]


async def _aload_forward(instance: Any, field: Any, also: Iterable[Any]) -> Any:
    name, attname = field.name, field.attname
    batch = [
        one for one in peers_of(instance, also) if name not in one.__dict__ and one.__dict__.get(attname) is not None
    ]
    if not batch:
        return instance.__dict__.get(name)
    target = field.target_field.attname
    queryset = field.related_model._meta.base_manager.using(related_alias(instance, field.related_model))
    found: dict[Any, Any] = {}
    for keys in chunks([one.__dict__[attname] for one in batch]):
        rows = queryset.filter(**{f"{target}__in": keys} if len(keys) > 1 else {target: keys[0]})
        for other in await afetched(instance, rows.order_by()):
            found[other.__dict__[target]] = other
    if len(found) == 1 and len(batch) > 1:
        mark_shared(*found.values())
    accessor = field.remote_field.accessor_name if field.one_to_one else None
    for one in batch:
        other = found.get(one.__dict__[attname])
        if other is not None:
            one.__dict__[name] = other
            if accessor is not None:
                other.__dict__.setdefault(accessor, one)
    return instance.__dict__.get(name)


def mark_shared(instance: Any) -> None:
    """The one row that many point to is asked as often as there are of them: what it loads is kept, too."""
    instance.__dict__["_origin"].peers = (weakref.ref(instance),)


async def _aload_reverse(instance: Any, rel: Any, also: Iterable[Any]) -> Any:
    name, field = rel.accessor_name, rel.field
    key_attname = field.target_field.attname
    batch = {
        key: one
        for one in peers_of(instance, also)
        if name not in one.__dict__ and (key := one.__dict__.get(key_attname)) is not None
    }
    queryset = rel.related_model._meta.base_manager.using(related_alias(instance, rel.related_model))
    found: dict[Any, Any] = {}
    for keys in chunks(batch):
        condition = {f"{field.attname}__in": keys} if len(keys) > 1 else {field.attname: keys[0]}
        for other in await afetched(instance, queryset.filter(**condition).order_by()):
            key = other.__dict__[field.attname]
            found[key] = other
            other.__dict__.setdefault(field.name, batch[key])
    for key, one in batch.items():
        one.__dict__[name] = found.get(key)
    return instance.__dict__.get(name)


# -- many rows --------------------------------------------------------------------------------------------------------


class Batch:
    """One loading of a many-relation for peers.

    Attributes:
        version: the tables' state then; see `ManySide.version`.
        size: how many instances took part.
        touches: how many of them were asked since.
        level: the transaction or savepoint inside which it was; what it saw may be rolled back with that.
    """

    __slots__ = ("level", "size", "touches", "version")

    def __init__(self, version: int, size: int, level: Any) -> None:
        self.version = version
        self.size = size
        self.touches = 1
        self.level = level

    def is_fresh(self, side: ManySide) -> bool:
        """Whether nothing was written since, and the transaction goes on."""
        return self.version == side.version() and (self.level is None or self.level.is_open)


async def aload_many(instance: Any, side: ManySide, also: Iterable[Any] = ()) -> list[Any]:
    """Load the many-side of a relation for an instance and its peers, as `prefetch_related()` does.

    Returns:
        The instance's rows.
    """
    name = side.name
    every = peers_of(instance, also)
    batch = [one for one in every if side.key_of(one) is not None and name not in one.__dict__.get("_prefetched", ())]
    if batch:
        rows = await aread_many(
            batch, side, side.model._meta.default_manager.using(related_alias(instance, side.model))
        )
        for one in batch:
            one.__dict__.setdefault("_prefetched", {})[name] = rows.get(side.key_of(one), [])
    return instance.__dict__.get("_prefetched", {}).get(name, [])


async def aread_many(instances: Sequence[Any], side: ManySide, queryset: Any) -> dict[Any, list[Any]]:
    """The rows of many instances, by the instances' keys."""
    found: dict[Any, list[Any]] = {}
    for keys in chunks([key for one in instances if (key := side.key_of(one)) is not None]):
        rows = await afetched(instances[0], side.among(queryset, keys))
        for key, some in side.split(rows, instances).items():
            found.setdefault(key, []).extend(some)
    return found


def kept_rows(instance: Any, side: ManySide) -> list[Any] | None:
    """The rows that were prefetched, or loaded for peers and are not stale; None: they have to be read."""
    # hot path: benchmarks/orm_write.py
    own = instance.__dict__
    prefetched = own.get("_prefetched")
    if prefetched is not None and side.name in prefetched:
        return prefetched[side.name]
    return kept(own, side, side.name)


def kept(own: dict[str, Any], side: ManySide, what: str) -> Any:
    shared = own.get("_shared")
    if shared is None or what not in shared:
        return None
    batch, value = shared[what]
    batch.touches += 1
    return value if batch.is_fresh(side) else None


def batch_for(instance: Any, what: str) -> list[Any]:
    """The instances that are loaded together with this one; none when it is read for itself and nothing is kept.

    After a write all loaded rows are stale. A loop that writes in each round would load everything again in each, so
    instances load together again only once half of them were asked.
    """
    shared = instance.__dict__.get("_shared")
    if shared is not None and what in shared:
        batch: Batch = shared[what][0]
        if batch.touches * 2 < batch.size:
            return []
        batch.touches = 0
    origin = instance.__dict__.get("_origin")
    return peers_of(instance) if origin is not None and origin.peers else []


def share(instances: Sequence[Any], side: ManySide, what: str, values: dict[Any, Any], empty: Any) -> None:
    """Keep what was loaded."""
    batch = Batch(side.version(), len(instances), connections[alias_of(instances[0])].level)
    for one in instances:
        value = values.get(side.key_of(one), _MISSING)
        one.__dict__.setdefault("_shared", {})[what] = (batch, empty() if value is _MISSING else value)


class RelatedRows:
    """What a queryset of a related manager remembers about where it came from.

    Attributes:
        instance: the instance that the manager belongs to.
        side: the relation.
        query: the query of all rows; a queryset that was filtered since has another one. None: nobody needed it yet.
        manager: the related manager.
    """

    __slots__ = ("instance", "manager", "query", "side")

    def __init__(self, instance: Any, side: ManySide, query: Any, manager: Any) -> None:
        # hot path: benchmarks/orm_write.py
        self.instance = instance
        self.side = side
        self.query = query
        self.manager = manager

    def not_loaded(self) -> RelationNotLoaded:
        return not_loaded(self.instance, self.side.relation)

    async def aread(self, queryset: Any) -> list[Any]:
        """The rows of a queryset: for all peers when nothing was filtered."""
        if queryset._query is not self.query:
            return self.linked(await read(queryset._query, queryset.db), queryset)
        side, name = self.side, self.side.name
        rows = kept_rows(self.instance, side)
        if rows is not None:
            return rows
        batch = batch_for(self.instance, name)
        if not batch or queryset._query.is_sliced:
            with reading(self.instance, queryset.db):
                return self.linked(await read(queryset._query, queryset.db), queryset)
        base = self.manager.base_queryset().using(queryset.db)
        values = await aread_many(batch, side, base)
        share(batch, side, name, values, list)
        return values.get(side.key_of(self.instance), [])

    def linked(self, rows: list[Any], queryset: Any) -> list[Any]:
        """Let rows know the instance that their foreign key points to."""
        if queryset._query.output.form == "models":
            self.side.link(rows, self.instance)
        return rows

    async def acount(self, queryset: Any) -> int | None:
        """The number of rows, counted for all peers at once; None when the queryset has to count for itself."""
        if queryset._query is not self.query:
            return None
        side = self.side
        rows = kept_rows(self.instance, side)
        if rows is not None:
            return len(rows)
        what = f"{side.name} count"
        known = kept(self.instance.__dict__, side, what)
        if known is not None:
            return known
        batch = batch_for(self.instance, what)
        if not batch:
            return None
        base = self.manager.base_queryset().using(queryset.db)
        if base._query.grouping is not None or base._query.is_sliced or base._query.distinct:
            return None
        counts: dict[Any, int] = {}
        for keys in chunks([key for one in batch if (key := side.key_of(one)) is not None]):
            with reading(self.instance, queryset.db):
                counts.update(await acounts(side, base, keys))
        share(batch, side, what, counts, int)
        return counts.get(side.key_of(self.instance), 0)


async def acounts(side: ManySide, queryset: Any, keys: list[Any]) -> list[tuple[Any, int]]:
    """Numbers of rows by key."""
    return await read(count_query(side, queryset, keys), queryset.db)


def count_query(side: ManySide, queryset: Any, keys: list[Any]) -> Any:
    among = side.among(queryset, keys)._query
    _placed, column = side.placed(queryset._query)
    count = Aggregated("count", (), BIGINT, distinct=False, condition=None)
    output = Output("tuples", ("key", "count"), (column, count))
    return among.copy(output=output, grouping=(column,), annotations={}, related=(), only=None, order=())


def forget_relations(instance: Any, name: str | None = None) -> None:
    """Drop what was loaded for relations, or for one of them, so that it is read anew."""
    own = instance.__dict__
    if name is None:
        own.pop("_prefetched", None)
        own.pop("_shared", None)
        for rel in instance._meta.related_objects:
            if rel.one_to_one:
                own.pop(rel.accessor_name, None)
        for field in instance._meta.concrete_model._meta.private_fields:
            own.pop(field.name, None)
        return
    own.get("_prefetched", {}).pop(name, None)
    shared = own.get("_shared", {})
    shared.pop(name, None)
    shared.pop(f"{name} count", None)
    if name not in {field.name for field in instance._meta.concrete_fields}:
        own.pop(name, None)

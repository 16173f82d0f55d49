"""`delete()`: what goes with a row is collected first, then deleted in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from manoir.bridge import spawn
from manoir.db import connections, router, transaction
from manoir.exceptions import ProtectedError, RestrictedError
from manoir.models import signals
from manoir.models._on_delete import CASCADE, DO_NOTHING, PROTECT, RESTRICT, SET_DEFAULT, SET_NULL
from manoir.models._query import Query
from manoir.models._writes import aexecute_delete, note_write

BATCH = 1_000
"""Keys in one statement."""


async def adelete(instance: Any, *, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
    """The body of `Model.adelete`."""
    options = instance._meta
    if instance.pk is None:
        raise ValueError(
            f"This {options.object_name} has no {options.pk.attname}: it was never saved, or is deleted already."
        )
    alias = using or router.db_for_write(options.model, instance=instance)
    collector = Collector(alias, instance)
    await collector.acollect(options.model, [instance])
    return await collector.adelete()


async def adelete_rows(queryset: Any, alias: str) -> tuple[int, dict[str, int]]:
    """The body of `QuerySet.adelete`."""
    rows = queryset.using(alias).order_by().select_related(None).prefetch_related(None)
    collector = Collector(alias, queryset)
    if collector.is_fast(queryset.model):
        if rows._query.is_empty:
            return 0, {}
        collector.fast.append(rows)
        return await collector.adelete()
    await collector.acollect(queryset.model, await rows._afetch())
    return await collector.adelete()


async def raw_delete(query: Query, alias: str) -> int:
    """DELETE of a query's rows, whatever points to them."""
    if query.is_empty:
        return 0
    count = await aexecute_delete(query, connections[alias])
    note_write(query.model)
    return count


class Collector:
    """Collects what a deletion takes along.

    Args:
        alias: the database.
        origin: the instance or queryset whose `delete()` was called; signals say so.

    Attributes:
        rows: instances to delete by model and key, in the order in which they were found.
        fast: querysets whose rows go by one statement each: nothing depends on them and nobody listens.
        updates: querysets whose foreign key takes another value first: (rows, field, value).
        restricted: rows that forbid the deletion unless they are deleted as well, by foreign key.
        after: for each model the models whose rows have to go before its own.
    """

    def __init__(self, alias: str, origin: Any) -> None:
        self.alias = alias
        self.origin = origin
        self.rows: dict[Any, dict[Any, Any]] = {}
        self.fast: list[Any] = []
        self.updates: list[tuple[Any, Any, Any]] = []
        self.restricted: dict[Any, dict[Any, Any]] = {}
        self.after: dict[Any, set[Any]] = {}

    # -- collecting --------------------------------------------------------------------------------------------------

    def is_fast(self, model: Any) -> bool:
        """Whether rows of a model can go unseen: no signals, and no relation that Python has to look after."""
        if not model._meta.auto_created and has_listeners(model):
            return False
        if model._meta.concrete_model._meta.private_fields and cascading(model):
            return False
        return all(is_left_to_database(rel) for rel in pointing_to(model))

    async def acollect(self, model: Any, instances: Sequence[Any]) -> None:
        """Take instances of one model, and what depends on them.

        Raises:
            ProtectedError: a row points to one of them with PROTECT.
            RestrictedError: a row points to one of them with RESTRICT, and is not deleted itself.
        """
        await self._acollect(model, instances)
        await self._acheck_restricted(model)

    async def _acollect(self, model: Any, instances: Sequence[Any]) -> None:
        known = self.rows.setdefault(model._meta.concrete_model, {})
        new = [one for one in instances if one.pk not in known]
        known.update({one.pk: one for one in new})
        if not new:
            return
        protected: dict[Any, list[Any]] = {}
        for rel in pointing_to(model):
            if is_left_to_database(rel):
                continue
            for batch in batches(new):
                await self._afollow(rel, batch, protected)
        for field in cascading(model):
            for batch in batches(new):
                await self._atake(field.related_model, field.rows_of(batch, self.alias))
        if protected:
            names = ", ".join([f"'{field.model.__name__}.{field.name}'" for field in protected])
            rows = {row for found in protected.values() for row in found}
            raise ProtectedError(
                f"Rows of {model.__name__} stay, because others refer to them by protected foreign keys: {names}.",
                rows,
            )

    async def _afollow(self, rel: Any, batch: list[Any], protected: dict[Any, list[Any]]) -> None:
        """What one relation asks for when the rows of `batch` go."""
        field, policy = rel.field, rel.on_delete
        model = field.model
        keys = [getattr(one, field.target_field.attname) for one in batch]
        rows = model._meta.base_manager.using(self.alias).filter(**{f"{field.attname}__in": keys}).order_by()
        if policy is CASCADE:
            if not self.is_fast(model):
                self.after.setdefault(field.related_model._meta.concrete_model, set()).add(model._meta.concrete_model)
            await self._atake(model, rows)
        elif policy is PROTECT:
            found = await rows._afetch()
            if found:
                protected.setdefault(field, []).extend(found)
        elif policy is RESTRICT:
            for row in await rows._afetch():
                self.restricted.setdefault(field, {})[row.pk] = row
        else:
            # A callable of SET() may ask the database; in an island it can wait.
            self.updates.append((rows, field, await spawn(replacement, field, policy)))

    async def _atake(self, model: Any, rows: Any) -> None:
        """Rows that go as well."""
        if self.is_fast(model):
            self.fast.append(rows)
        else:
            await self._acollect(model, await self.reduced(rows, model)._afetch())

    def reduced(self, rows: Any, model: Any) -> Any:
        """Only the columns that collecting needs, when no signal shows the instances to anybody."""
        if has_listeners(model) or model._has_custom_from_db:
            return rows
        needed = {rel.field.target_field.attname for rel in pointing_to(model)} | {model._meta.pk.attname}
        return rows.only(*needed)

    async def _acheck_restricted(self, model: Any) -> None:
        """Refuse when restricted rows stay."""
        left: dict[Any, list[Any]] = {}
        for field, rows in self.restricted.items():
            gone = set(self.rows.get(field.model._meta.concrete_model, ()))
            for queryset in self.fast:
                if queryset.model._meta.concrete_model is field.model._meta.concrete_model:
                    gone |= set(await queryset.filter(pk__in=list(rows)).values_list("pk", flat=True)._afetch())
            stay = [row for key, row in rows.items() if key not in gone]
            if stay:
                left[field] = stay
        if left:
            names = ", ".join([f"'{field.model.__name__}.{field.name}'" for field in left])
            raise RestrictedError(
                f"Rows of {model.__name__} stay, because others refer to them by restricted foreign keys: {names}.",
                {row for rows in left.values() for row in rows},
            )

    # -- deleting ----------------------------------------------------------------------------------------------------

    async def adelete(self) -> tuple[int, dict[str, int]]:
        """Delete what was collected.

        Returns:
            How many rows were deleted, and how many of each model (by label).
        """
        counts: dict[str, int] = {}
        total = sum(len(rows) for rows in self.rows.values())
        only_one = len(self.fast) + len(self.updates) + sum(1 for rows in self.rows.values() if rows) == 1
        if only_one and total <= 1 and not any(has_listeners(model) for model, rows in self.rows.items() if rows):
            await self._arun(counts)
        else:
            async with transaction.atomic(using=self.alias, savepoint=False):
                await self._arun(counts)
        for model, rows in self.rows.items():
            attname = model._meta.pk.attname
            for one in rows.values():
                one.__dict__[attname] = None
        return sum(counts.values()), counts

    async def _arun(self, counts: dict[str, int]) -> None:
        await self._atell(signals.pre_delete)
        for rows in self.fast:
            await self._add(counts, rows.model, raw_delete(rows._query, self.alias))
        for rows, field, value in self.updates:
            await rows.aupdate(**{field.attname: value})
        connection = connections[self.alias]
        for model in self.ordered():
            instances = self.rows[model]
            for keys in batches(list(instances)):
                query = model._meta.base_manager.using(self.alias)
                chosen = query.filter(pk=keys[0]) if len(keys) == 1 else query.filter(pk__in=keys)
                await self._add(counts, model, aexecute_delete(chosen._query.copy(order=()), connection))
            note_write(model)
            if signals.post_delete.receivers and not model._meta.auto_created:
                for one in instances.values():
                    await signals.post_delete.asend(
                        type(one)._meta.model, instance=one, using=self.alias, origin=self.origin
                    )

    async def _add(self, counts: dict[str, int], model: Any, deletion: Any) -> None:
        count = await deletion
        if count:
            label = model._meta.label
            counts[label] = counts.get(label, 0) + count

    async def _atell(self, signal: Any) -> None:
        if not signal.receivers:
            return
        for model, instances in self.rows.items():
            if not model._meta.auto_created:
                for one in instances.values():
                    await signal.asend(type(one)._meta.model, instance=one, using=self.alias, origin=self.origin)

    def ordered(self) -> list[Any]:
        """Models in an order in which no row goes before one that points to it; as found where they form a circle."""
        models = [model for model, rows in self.rows.items() if rows]
        done: list[Any] = []
        visiting: set[Any] = set()

        def visit(model: Any) -> None:
            if model in done or model in visiting:
                return
            visiting.add(model)
            for before in self.after.get(model, ()):
                if before in models:
                    visit(before)
            done.append(model)

        for model in models:
            visit(model)
        return done


def pointing_to(model: Any) -> list[Any]:
    """The foreign keys that point to a model, as the model sees them."""
    return [rel for rel in model._meta.concrete_model._meta.all_rels if not rel.many_to_many]


def cascading(model: Any) -> list[Any]:
    """The private fields whose rows go with those of a model: generic relations."""
    return [field for field in model._meta.concrete_model._meta.private_fields if hasattr(field, "rows_of")]


def is_left_to_database(rel: Any) -> bool:
    return rel.on_delete is DO_NOTHING or rel.on_delete.in_database


def has_listeners(model: Any) -> bool:
    """Whether anybody listens to deletions of a model."""
    pre, post = signals.pre_delete, signals.post_delete
    return bool((pre.receivers and pre.has_listeners(model)) or (post.receivers and post.has_listeners(model)))


def replacement(field: Any, policy: Any) -> Any:
    """The value that a foreign key takes when the row it points to goes."""
    if policy is SET_NULL:
        return None
    if policy is SET_DEFAULT:
        return field.get_default()
    value = policy.get_value()
    return getattr(value, field.target_field.attname) if hasattr(type(value), "_meta") else value


def batches(items: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]

"""Rows by their primary keys, of a manager or queryset that is asked again and again: one query, of which the keys change.

Those of several models come by one query, too: a full join that never matches, so that each row is of one of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from manoir.bridge import blocking
from manoir.db import connections, router
from manoir.models._lookups._comparisons import ListParam
from manoir.models._manager import BaseManager, Manager
from manoir.models._outputs import INTEGERS, kind_of
from manoir.models._plan import Plan, binder, compiler
from manoir.models._query import MODELS
from manoir.models._queryset import QuerySet
from manoir.models._reading import plan_for
from manoir.models._shape import Param

HOOKS = ("__init__", "_afetch", "aget", "filter", "get", "order_by")
"""What a queryset of a project may do in its own way, so that it has to be asked itself."""


class KeyedRows:
    """Reads rows by keys that are whole numbers or UUIDs; made by `keyed_rows`."""

    def __init__(self, queryset: Any) -> None:
        self.model, self._db = queryset.model, queryset._db
        pk = self.model._meta.pk
        self.attname: str = pk.attname
        self.range: tuple[int, int] | None = pk.value_range if kind_of(pk) in INTEGERS else None
        example = uuid.UUID(int=1) if self.range is None else 1
        self.query = queryset.order_by().filter(pk__in=[example])._query

    def takes(self, keys: Sequence[Any]) -> bool:
        """Tell whether all keys are some that the column can hold."""
        # hot path: benchmarks/rest.py
        if self.range is None:
            return all(type(key) is uuid.UUID for key in keys)
        least, most = self.range
        return all(type(key) is int and least <= key <= most for key in keys)

    def alias(self) -> str:
        """The database that is asked."""
        return self._db or router.db_for_read(self.model)

    async def aread(self, keys: Sequence[Any]) -> dict[Any, Any]:
        """Return those rows that are there, by key.

        Args:
            keys: some that it `takes`.
        """
        # hot path: benchmarks/rest.py
        if not keys:
            return {}
        alias = self.alias()
        connection = connections[alias]
        plan, params = plan_for(self.query, connection)
        rows = await connection.fetch(plan.sql, plan.bind(holding(params, keys)))
        return self.by_key(plan.hydrate(rows, alias))

    read = blocking(aread)

    def by_key(self, rows: Sequence[Any]) -> dict[Any, Any]:
        """Return instances by their keys."""
        attname = self.attname
        return {row.__dict__[attname]: row for row in rows}


def holding(params: Sequence[Param], keys: Sequence[Any]) -> tuple[Param, ...]:
    """The parameters of a query by keys, with these keys."""
    return tuple([param.holding(keys) if type(param) is ListParam else param for param in params])


class KeyedTogether:
    """Reads rows of several `KeyedRows` by one query, where their database can.

    Args:
        parts: the rows of each model.
    """

    def __init__(self, parts: Sequence[KeyedRows]) -> None:
        self.parts = tuple(parts)
        self._known: dict[str, tuple[Any, ...]] = {}

    async def aread(self, keys: Sequence[Sequence[Any]]) -> list[dict[Any, Any]]:
        """Return for each part those rows that are there, by key.

        Args:
            keys: for each part some that it `takes`.
        """
        # hot path: benchmarks/rest.py
        alias = self.parts[0].alias()
        connection = connections[alias]
        if not connection.features.has_full_join or any(part.alias() != alias for part in self.parts[1:]):
            return [await part.aread(asked) for part, asked in zip(self.parts, keys, strict=True)]
        planned = [plan_for(part.query, connection) for part in self.parts]
        known = self._known.get(alias)
        if known is None or any(one is not plan for one, (plan, _params) in zip(known[0], planned, strict=True)):
            known = self._known[alias] = self.compiled(planned, connection)
        _plans, whole, spans = known
        params: list[Param] = []
        for (_plan, own), asked in zip(planned, keys, strict=True):
            params.extend(holding(own, asked))
        rows = await connection.fetch(whole.sql, whole.bind(params))
        found: list[dict[Any, Any]] = []
        for part, (plan, _params), (first, key, last) in zip(self.parts, planned, spans, strict=True):
            own_rows = [row[first:last] for row in rows if row[key] is not None]
            found.append(part.by_key(plan.hydrate(own_rows, alias)))
        return found

    read = blocking(aread)

    def compiled(self, planned: Sequence[tuple[Plan[Any], tuple[Param, ...]]], connection: Any) -> tuple[Any, ...]:
        """The plan of the whole, with the plans of the parts that it was made for, see `compile_side_by_side`."""
        params = tuple([param for _plan, own in planned for param in own])
        statement, spans = compiler().compile_side_by_side([part.query for part in self.parts], params, connection)
        plan: Plan[None] = Plan(statement.text, binder(statement.sources), None)
        return [plan for plan, _params in planned], plan, spans


def keyed_rows(rows: Any) -> KeyedRows | None:
    """Return what reads the rows of a manager or queryset by their keys; None where only they can do so themselves."""
    if isinstance(rows, BaseManager):
        if type(rows).get_queryset is not Manager.get_queryset:
            return None
        rows = rows.all()
    if not isinstance(rows, QuerySet) or not is_usual(rows):
        return None
    kind = kind_of(rows.model._meta.pk)
    return KeyedRows(rows) if kind in INTEGERS or kind == "uuid" else None


def is_usual(queryset: Any) -> bool:
    """Whether the rows of a queryset are read as the framework reads them, each as an instance."""
    cls, query = type(queryset), queryset._query
    return (
        all(getattr(cls, name) is getattr(QuerySet, name) for name in HOOKS)
        and query.output is MODELS
        and query.distinct is False
        and not (query.is_sliced or query.annotations or query.combined or query.source or query.lock or query.is_empty)
        and not (queryset._prefetch or queryset._related)
        and not any(type(param) is ListParam for param in query.params())
    )

"""Rows by their primary keys, of a manager or queryset that is asked again and again: one query, of which the keys change."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from manoir.bridge import blocking
from manoir.db import connections, router
from manoir.models._lookups._comparisons import ListParam
from manoir.models._manager import BaseManager, Manager
from manoir.models._outputs import INTEGERS, kind_of
from manoir.models._query import MODELS
from manoir.models._queryset import QuerySet
from manoir.models._reading import plan_for

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

    async def aread(self, keys: Sequence[Any]) -> dict[Any, Any]:
        """Return those rows that are there, by key.

        Args:
            keys: some that it `takes`.
        """
        # hot path: benchmarks/rest.py
        if not keys:
            return {}
        alias = self._db or router.db_for_read(self.model)
        connection = connections[alias]
        plan, params = plan_for(self.query, connection)
        params = tuple([param.holding(keys) if type(param) is ListParam else param for param in params])
        rows = await connection.fetch(plan.sql, plan.bind(params))
        attname = self.attname
        return {row.__dict__[attname]: row for row in plan.hydrate(rows, alias)}

    read = blocking(aread)


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

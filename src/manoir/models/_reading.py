"""Runs queries: finds or makes the plan, binds, fetches, hydrates. The only place where reading waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from manoir.db import connections
from manoir.exceptions import TransactionManagementError
from manoir.models._hydrate import hydrator
from manoir.models._ordering import ordered
from manoir.models._plan import Plan, binder, compiler, plans_of
from manoir.models._query import Query
from manoir.models._shape import Param


def plan_for(query: Query, connection: Any) -> tuple[Plan[Any], tuple[Param, ...]]:
    """The plan of a query and its parameters; kept with it, for querysets that are read again, as those of views."""
    # hot path: benchmarks/orm_query.py, benchmarks/rest.py
    plans, options, known = plans_of(connection), query.model._meta, query.known
    if known is not None and known[0] is plans and known[1] is options.ordering and known[2] == options.version:
        return known[3]
    settled = ordered(query)
    key, params = settled.key(), settled.params()
    plan = plans.plans.get(key)
    if plan is None:
        plan = make_plan(settled, params, connection)
        plans.put(key, plan)
    query.known = (plans, options.ordering, options.version, (plan, params))
    return plan, params


def make_plan(query: Query, params: tuple[Param, ...], connection: Any) -> Plan[Any]:
    """Compile a query that no plan is known for."""
    room = compiler()
    statement = room.compile_query(query, params, connection)
    hydrate = hydrator(query, room.layout_of(query), connection)
    return Plan(statement.text, binder(statement.sources), hydrate)


async def read(query: Query, alias: str) -> list[Any]:
    """All rows of a query, as its output says."""
    # hot path: benchmarks/orm_query.py
    if query.is_empty:
        return []
    connection = connections[alias]
    plan, params = plan_for(query, connection)
    if query.lock is not None:
        check_lock(connection)
    rows = await connection.fetch(plan.sql, plan.bind(params))
    return plan.hydrate(rows, alias)


async def read_raw(query: Query, alias: str) -> list[Any]:
    """The driver's rows of a query."""
    if query.is_empty:
        return []
    connection = connections[alias]
    plan, params = plan_for(query, connection)
    return await connection.fetch(plan.sql, plan.bind(params))


async def stream(query: Query, alias: str, chunk_size: int) -> AsyncIterator[list[Any]]:
    """Chunks of rows; instances know the level of the connection that they came over, so that their peers can use it."""
    if query.is_empty:
        return
    connection = connections[alias]
    plan, params = plan_for(query, connection)
    if query.lock is not None:
        check_lock(connection)
    chunks = connection.stream(plan.sql, plan.bind(params), chunk_size)
    try:
        async for rows in chunks:
            yield plan.hydrate(rows, alias, chunks.level)
    finally:
        await chunks.aclose()


def check_lock(connection: Any) -> None:
    """Row locks last as long as a transaction, so there has to be one."""
    if connection.features.has_select_for_update and not connection.in_atomic_block:
        raise TransactionManagementError(
            "select_for_update() locks rows until the end of the transaction, but there is none: "
            "evaluate the queryset inside transaction.atomic()."
        )


def sql_of(query: Query, alias: str) -> tuple[str, list[Any]]:
    """Text and arguments of a query, for `str(queryset.query)`, `explain()` and tests."""
    plan, params = plan_for(query, connections[alias])
    return plan.sql, plan.bind(params)

"""Plans: for each shape of a query its SQL text, how arguments are bound, and how rows become results.

A plan is made once, when a shape is first met; only then SQLAlchemy is imported and a statement built.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from manoir.conf import on_change
from manoir.models._shape import Key, Param

MAX_PLANS = 1_024
"""Plans kept for one connection, as many as the drivers keep statements; the oldest goes first."""

R = TypeVar("R")
Binder = Callable[[Sequence[Param]], list[Any]]


class Plan(Generic[R]):
    """What is needed to run all queries of one shape.

    Attributes:
        sql: the text.
        bind: from parameters to the driver's arguments.
        hydrate: from the driver's rows to results; what it is called with depends on the kind of statement.
    """

    __slots__ = ("bind", "hydrate", "sql")

    def __init__(self, sql: str, bind: Binder, hydrate: R) -> None:
        self.sql = sql
        self.bind = bind
        self.hydrate = hydrate


class PlanCache:
    """The plans of one connection."""

    __slots__ = ("compiled", "plans")

    def __init__(self) -> None:
        self.plans: dict[Key, Plan[Any]] = {}
        self.compiled = 0

    def get(self, key: Key) -> Plan[Any] | None:
        """The plan for a shape, if there is one."""
        return self.plans.get(key)

    def put(self, key: Key, plan: Plan[Any]) -> None:
        """Keep a plan; when there are too many, the oldest are forgotten."""
        plans = self.plans
        while len(plans) >= MAX_PLANS:
            plans.pop(next(iter(plans)), None)
        plans[key] = plan
        self.compiled += 1


def plans_of(connection: Any) -> PlanCache:
    """The plans of a connection; they live as long as it does."""
    # hot path: benchmarks/orm_query.py
    cache = connection.__dict__.get("_plans")
    if cache is None or cache[0] != generation:
        cache = connection.__dict__["_plans"] = (generation, PlanCache())
    return cache[1]


generation = 0
"""Grows when a setting that plans depend on changes."""


def setting_changed(name: str, value: Any, enter: bool) -> None:
    if name in ("USE_TZ", "TIME_ZONE", "DATABASES"):
        global generation
        generation += 1


on_change(setting_changed)


def binder(sources: Sequence[tuple[int | None, Any]]) -> Binder:
    """A function from parameters to arguments.

    Args:
        sources: see `_compiler.Statement`.
    """
    if not sources:
        return lambda params: []
    if all(position == index and convert is None for index, (position, convert) in enumerate(sources)):
        if len(sources) == 1:
            return lambda params: [params[0].value]
        width = len(sources)
        return lambda params: [param.value for param in params[:width]]
    return converting_binder(tuple(sources))


def converting_binder(sources: tuple[tuple[int | None, Any], ...]) -> Binder:
    def bind(params: Sequence[Param]) -> list[Any]:
        # hot path: benchmarks/orm_query.py
        args: list[Any] = []
        for position, convert in sources:
            if position is None:
                args.append(convert)
                continue
            value = params[position].value
            args.append(value if convert is None or value is None else convert(value))
        return args

    return bind


def compiler() -> Any:
    """The room that needs SQLAlchemy, imported when a query without a plan is first met."""
    return importlib.import_module("manoir.models._compiler")

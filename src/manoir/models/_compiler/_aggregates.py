"""Compiles aggregate functions, with their conditions and with the types that each database gives back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from manoir.models import _sql as sql
from manoir.models._compiler._context import Context
from manoir.models._compiler._types import sa_type
from manoir.models._outputs import INTEGERS, kind_of
from manoir.models._shape import Aggregated

Over: TypeAlias = Callable[[Any], Any]

NAMES = {
    "count": "COUNT",
    "sum": "SUM",
    "avg": "AVG",
    "min": "MIN",
    "max": "MAX",
    "stddev_pop": "STDDEV_POP",
    "stddev_samp": "STDDEV_SAMP",
    "var_pop": "VAR_POP",
    "var_samp": "VAR_SAMP",
}
SQLITE_DECIMALS = {"sum": "decimal_sum", "avg": "decimal_avg"}


def compile_aggregate(node: Aggregated, context: Context, over: Over | None = None) -> Any:
    """An aggregate; `over` puts its window behind it."""
    parts = [context.compile(part) for part in node.parts]
    condition = parts.pop() if node.filtered else None
    type_ = sa_type(None if node.field is None else node.field.column_type, context.vendor)
    if node.name == "count" and not parts:
        made: Any = sql.Function("COUNT", [sql.Star()], type_)
    else:
        made = sql.Function(name_of(node, context), [argument(node, parts[0], context)], type_, distinct=node.distinct)
    if condition is not None:
        made = sql.Filtered(made, condition)
    if over is not None:
        made = over(made)
    return result(node, made, context)


def name_of(node: Aggregated, context: Context) -> str:
    if context.vendor == "sqlite":
        if kind_of(node.parts[0].field) == "decimal" and node.name in SQLITE_DECIMALS:
            return SQLITE_DECIMALS[node.name]
        if node.name.startswith(("stddev", "var")):
            return f"manoir_{node.name}"
    return NAMES[node.name]


def argument(node: Aggregated, part: Any, context: Context) -> Any:
    kind = kind_of(node.parts[0].field)
    if (
        context.vendor == "postgresql"
        and node.name in ("avg", "stddev_pop", "stddev_samp", "var_pop", "var_samp")
        and kind in INTEGERS
    ):
        return sql.Cast(part, "DOUBLE PRECISION", sa_type(node.field.column_type, "postgresql"))
    if context.vendor == "postgresql" and kind == "bool" and node.name in ("sum", "avg"):
        return sql.Cast(part, "INTEGER")
    if context.vendor == "sqlite" and kind == "decimal" and node.name in ("min", "max"):
        return sql.Infix(part, "COLLATE", sql.Bare("decimal"))
    return part


def result(node: Aggregated, made: Any, context: Context) -> Any:
    if context.vendor == "sqlite" and node.name == "avg" and kind_of(node.field) == "duration":
        return sql.Cast(sql.Function("ROUND", [made]), "INTEGER")
    return made

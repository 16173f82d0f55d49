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
    special = SPECIAL.get(node.name)
    if special is not None:
        return special(node, context, over or as_it_is)
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


def as_it_is(made: Any) -> Any:
    return made


def any_value(node: Aggregated, context: Context, over: Over) -> Any:
    """Any of the values: the smallest where there is one, else the first of those that are not NULL."""
    kind = kind_of(node.parts[0].field)
    value = context.compile(node.parts[0])
    type_ = sa_type(None if node.field is None else node.field.column_type, context.vendor)
    if context.vendor == "sqlite" or kind not in ("bool", "json", "uuid", "binary", ""):
        made: Any = sql.Function("MIN", [value], type_)
        return over(sql.Filtered(made, context.compile(node.parts[1])) if node.filtered else made)
    conditions = [sql.Suffix(value, "IS NOT NULL"), *[context.compile(part) for part in node.parts[1:]]]
    return sql.First(over(sql.Filtered(sql.Function("ARRAY_AGG", [value]), sql.Joined("AND", conditions))), type_)


def string_agg(node: Aggregated, context: Context, over: Over) -> Any:
    """Text out of many values. SQLite knows no order and no DISTINCT with a delimiter: it makes a list, which is joined."""
    parts = list(node.parts)
    condition = context.compile(parts.pop()) if node.filtered else None
    value, delimiter, *order = parts
    text = context.compile(value)
    if kind_of(value.field) not in ("char", "text"):
        text = sql.Cast(text, "TEXT")
    if context.vendor == "postgresql":
        terms = [context.compile(term) for term in order]
        type_ = sa_type(node.field.column_type, "postgresql")
        made: Any = sql.Function(
            "STRING_AGG", [text, context.compile(delimiter)], type_, distinct=node.distinct, order=terms
        )
        return over(made if condition is None else sql.Filtered(made, condition))
    known = [sql.Suffix(text, "IS NOT NULL"), *([] if condition is None else [condition])]
    member = text if not order else sql.Function("JSON_ARRAY", [text, *[sort_key(term, context) for term in order]])
    listed = over(
        sql.Filtered(sql.Function("JSON_GROUP_ARRAY", [member], distinct=node.distinct), sql.Joined("AND", known))
    )
    if not order:
        return sql.Function("manoir_join", [listed, context.compile(delimiter)])
    directions = "".join([direction(term) for term in order])
    return sql.Function("manoir_join_sorted", [listed, context.compile(delimiter), sql.Word(directions)])


def sort_key(term: Any, context: Context) -> Any:
    """What SQLite's list is sorted by; decimals are kept as text, and compared as numbers."""
    made = context.compile(term.parts[0])
    return sql.Cast(made, "REAL") if kind_of(term.parts[0].field) == "decimal" else made


def direction(term: Any) -> str:
    """A letter for `manoir_join_sorted`; SQLite takes NULL for the smallest value."""
    nulls_last = term.nulls == "last" or (term.nulls is None and term.descending)
    letter = "d" if term.descending else "a"
    return letter.upper() if nulls_last else letter


SPECIAL: dict[str, Callable[[Aggregated, Context, Over], Any]] = {"any": any_value, "string agg": string_agg}


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

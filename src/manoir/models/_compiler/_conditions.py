"""Compiles conditions: lookups, AND/OR/NOT, NULL tests, EXISTS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from manoir.models import _sql as sql
from manoir.models._compiler import _values as values
from manoir.models._compiler._context import Context, Convert, compilers
from manoir.models._compiler._json import JSON_CONDITIONS
from manoir.models._lookups._comparisons import ListParam
from manoir.models._lookups._text import escaped
from manoir.models._query import Query
from manoir.models._shape import (
    Call,
    Column,
    Compare,
    Composite,
    Constant,
    ExistsQuery,
    FastCompare,
    Hops,
    InQuery,
    IsNull,
    IsTrue,
    Junction,
    ManyExists,
    Node,
    Not,
    OfType,
    Param,
    Truth,
)

SYMBOLS = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def compare(node: Compare, context: Context) -> Any:
    if any(isinstance(part, Param) and part.special == "nul" for part in node.parts) and context.vendor == "postgresql":
        return sql.Word(False)  # its text holds no NUL character, so no row can match
    special = LOOKUPS.get(node.lookup)
    if special is not None:
        return special(node, context)
    left, right = [values.collated(part, context) for part in node.parts]
    return sql.Infix(left, SYMBOLS[node.lookup], right)


def span(node: Compare, context: Context) -> Any:
    value, low, high = [values.collated(part, context) for part in node.parts]
    return sql.Joined("AND", [sql.Infix(value, ">=", low), sql.Infix(value, "<=", high)])


def from_to(node: Compare, context: Context) -> Any:
    value, low, high = [context.compile(part) for part in node.parts]
    return sql.Joined("AND", [sql.Infix(value, ">=", low), sql.Infix(value, "<", high)])


def among(node: Compare, context: Context) -> Any:
    left, values_ = node.parts
    assert isinstance(values_, ListParam)
    column_type = values_.field.column_type
    convert = context.converter(values_.field)
    if context.vendor == "postgresql":
        bind = context.binds.bind(values_, column_type, each(convert), "list", array=True)
        return sql.AnyOf(context.compile(left), bind)
    return sql.InJson(
        values.collated(left, context), context.binds.bind(values_, column_type, json_list(convert), "list")
    )


def each(convert: Convert | None) -> Convert | None:
    return None if convert is None else lambda members: [convert(member) for member in members]


def json_list(convert: Convert | None) -> Convert:
    if convert is None:
        return json.dumps
    return lambda members: json.dumps([convert(member) for member in members])


# -- text -------------------------------------------------------------------------------------------------------------

GLOB_ESCAPES = {ord("["): "[[]", ord("*"): "[*]", ord("?"): "[?]"}

PATTERNS: dict[str, Callable[[str], str]] = {
    "": lambda text: text,
    "contains": lambda text: f"%{text}%",
    "startswith": lambda text: f"{text}%",
    "endswith": lambda text: f"%{text}",
}


def like(node: Compare, context: Context) -> Any:
    insensitive = node.lookup.startswith("i")
    place = {"iexact": ""}.get(node.lookup, node.lookup.removeprefix("i"))
    left, right = node.parts
    if not isinstance(right, Param) or right.special == "nul":  # a pattern would end at the NUL character
        return like_expression(context.compile(left), place, context.compile(right), insensitive, context)
    shape = PATTERNS[place]
    if context.vendor == "sqlite" and not insensitive:
        # LIKE ignores case there; GLOB does not, and uses an index.
        bind = context.binds.bind(right, None, lambda text: glob(text, place), f"glob {place}")
        return sql.Infix(context.compile(left), "GLOB", bind)
    bind = context.binds.bind(right, right.field.column_type, lambda text: shape(escaped(text)), f"like {place}")
    return sql.Matches(
        context.compile(left), "ILIKE" if insensitive and context.vendor == "postgresql" else "LIKE", bind
    )


def glob(text: str, place: str) -> str:
    """A GLOB pattern that finds `text` at its place."""
    inner = text.translate(GLOB_ESCAPES)
    return {"": inner, "contains": f"*{inner}*", "startswith": f"{inner}*", "endswith": f"*{inner}"}[place]


def like_expression(left: Any, place: str, right: Any, insensitive: bool, context: Context) -> Any:
    """The LIKE family against another column, whose special characters mean themselves: by position, not by pattern."""
    if insensitive:
        left, right = sql.Function("LOWER", [left]), sql.Function("LOWER", [right])
    if not place:
        return sql.Infix(left, "=", right)
    length, part = sql.Function("LENGTH", [right]), "SUBSTR"
    if place == "startswith":
        return sql.Infix(sql.Function(part, [left, sql.Word(1), length]), "=", right)
    if place == "endswith":
        start = sql.Infix(sql.Infix(sql.Function("LENGTH", [left]), "-", length), "+", sql.Word(1))
        fits = sql.Infix(sql.Function("LENGTH", [left]), ">=", length)
        return sql.Joined("AND", [fits, sql.Infix(sql.Function(part, [left, start, length]), "=", right)])
    name = "STRPOS" if context.vendor == "postgresql" else "INSTR"
    return sql.Infix(sql.Function(name, [left, right]), ">", sql.Word(0))


def matches(node: Compare, context: Context) -> Any:
    left, right = [context.compile(part) for part in node.parts]
    if context.vendor == "postgresql":
        return sql.Infix(left, "~*" if node.lookup == "iregex" else "~", right)
    if node.lookup == "iregex":
        right = sql.Infix(sql.Word("(?i)"), "||", right)
    return sql.Infix(left, "REGEXP", right)


LOOKUPS: dict[str, Callable[[Compare, Context], Any]] = {
    "range": span,
    "from to": from_to,
    "among": among,
    **dict.fromkeys(("iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"), like),
    "regex": matches,
    "iregex": matches,
    **JSON_CONDITIONS,
}


# -- logic ------------------------------------------------------------------------------------------------------------


def constant(node: Constant, context: Context) -> Any:
    return sql.Infix(sql.Word(1), "=", sql.Word(1 if node.value else 0))


def is_null(node: IsNull, context: Context) -> Any:
    return sql.Suffix(context.compile(node.parts[0]), "IS NULL" if node.null else "IS NOT NULL")


def truth(node: Truth, context: Context) -> Any:
    return context.compile(node.parts[0])


def junction(node: Junction, context: Context) -> Any:
    connector: Any = "<>" if node.connector == "XOR" else node.connector
    parts = [context.compile(part) for part in node.parts]
    if connector != "<>":
        return sql.Joined(connector, parts)
    made = parts[0]
    for part in parts[1:]:
        made = sql.Joined("<>", [sql.Joined("AND", [made]), sql.Joined("AND", [part])])
    return made


def negation(node: Not, context: Context) -> Any:
    return sql.Prefix("NOT", context.compile(node.parts[0]))


def is_true(node: IsTrue, context: Context) -> Any:
    return sql.Suffix(context.compile(node.parts[0]), "IS TRUE")


def in_query(node: InQuery, context: Context) -> Any:
    return sql.InNested(context.compile(node.parts[0]), values.subselect(node.query, context))


def exists(node: ExistsQuery, context: Context) -> Any:
    return sql.Nested(values.subselect(node.query, context), "EXISTS", sa.Boolean())


def many_exists(node: ManyExists, context: Context) -> Any:
    hop = node.hop
    inner = Context(Query(hop.to_model), context.binds, context)
    joined = context.match(hop, context.alias(node.hops), inner.base)
    condition = inner.compile(node.parts[0])
    select = sa.select(sql.Word(1)).select_from(inner.tables()).where(joined, condition)
    return sql.Nested(select, "EXISTS", sa.Boolean())


def of_type(node: OfType, context: Context) -> Any:
    return context.typed(node.typed, context.base)


compilers.update(
    {
        Compare: compare,
        FastCompare: compare,
        Constant: constant,
        IsNull: is_null,
        Truth: truth,
        Junction: junction,
        Not: negation,
        IsTrue: is_true,
        InQuery: in_query,
        ExistsQuery: exists,
        ManyExists: many_exists,
        OfType: of_type,
    }
)


def needed(node: Node) -> set[Hops]:
    """Ways that a condition cannot be true without: a row that has no match there is refused anyway."""
    if isinstance(node, Junction):
        parts = [needed(part) for part in node.parts]
        if node.connector == "AND":
            return set().union(*parts)
        return set.intersection(*parts) if node.connector == "OR" else set()
    if isinstance(node, (Compare, Truth)) or (isinstance(node, IsNull) and not node.null):
        return columns_of(node) if isinstance(node, IsNull) or strict(node) else set()
    return set()


def strict(node: Node) -> bool:
    """Whether NULL in any part makes the condition unknown: true of columns, parameters, and what is made of them."""
    return all(
        isinstance(part, (Column, Param)) or (isinstance(part, Call) and part.name in ("extract", "date of"))
        for part in node.children
    )


def columns_of(node: Node) -> set[Hops]:
    found: set[Hops] = set()
    for part in node.children:
        if isinstance(part, Column):
            found.update(part.hops[: end + 1] for end in range(len(part.hops)))
        elif isinstance(part, Call) and part.name in ("extract", "date of") and isinstance(part, Composite):
            found |= columns_of(part)
    return found

"""Compiles keys of documents and the lookups that look into them.

PostgreSQL has operators for all of it. On SQLite a document is text: `->` answers JSON text, `json_extract` a value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from manoir.db import ColumnType
from manoir.exceptions import NotSupportedError
from manoir.models import _sql as sql
from manoir.models._compiler._context import Context
from manoir.models._lookups._json import INDEX, PathParam, is_key
from manoir.models._shape import Call, Compare, Node, Param

TEXT = ColumnType("text")


def path_bind(param: PathParam, context: Context) -> Any:
    if context.vendor == "postgresql":
        return context.binds.bind(param, TEXT, list, "path", array=True)
    return context.binds.bind(param, TEXT, sqlite_path, "path")


def sqlite_path(keys: tuple[str, ...]) -> str:
    """A path in SQLite's words; keys that it cannot quote never come here."""
    return "$" + "".join([index_step(key) if INDEX.fullmatch(key) else f'."{key}"' for key in keys])


def index_step(key: str) -> str:
    return f"[#{key}]" if key.startswith("-") else f"[{key}]"


def json_path(node: Call, context: Context, operator: str = "") -> Any:
    """The document under a path, as JSON."""
    source = context.compile(node.parts[0])
    path = node.parts[1]
    if context.vendor == "postgresql":
        keys: Any = path_bind(path, context) if isinstance(path, PathParam) else array(node, context)
        return sql.Infix(source, operator or "#>", keys)
    if isinstance(path, PathParam):
        return sql.Infix(source, operator or "->", path_bind(path, context))
    for key in node.parts[1:]:
        source = sql.UnderKey(source, context.compile(key))
    return source


def array(node: Call, context: Context) -> Any:
    """Several keys as an array of PostgreSQL."""
    return sql.Array([context.compile(part) for part in node.parts[1:]])


def json_text(node: Call, context: Context) -> Any:
    """A document as text; a JSON string without its quotes."""
    part = node.parts[0]
    if context.vendor == "postgresql":
        if is_key(part):
            assert isinstance(part, Call)
            return json_path(part, context, "#>>")
        return sql.Cast(context.compile(part), "TEXT", sa.String())
    if is_key(part):
        assert isinstance(part, Call)
        if isinstance(part.parts[1], PathParam):
            return json_path(part, context, "->>")
        return sql.Function("json_extract", [context.compile(part), sql.Root()])
    return context.compile(part)


def document(param: Node, context: Context) -> Any:
    """The right side of a comparison: a document."""
    return context.compile(param)


def exact(node: Compare, context: Context) -> Any:
    left, right = node.parts
    made, value = context.compile(left), document(right, context)
    if context.vendor == "postgresql":
        return sql.Infix(made, "=", value)
    if isinstance(right, Param) and right.special == "number":
        kind = sql.Function("json_type", [made])
        numeric = sql.Joined("OR", [sql.Infix(kind, "=", sql.Word("integer")), sql.Infix(kind, "=", sql.Word("real"))])
        equal = sql.Infix(
            sql.Function("json_extract", [made, sql.Root()]), "=", sql.Function("json_extract", [value, sql.Root()])
        )
        return sql.Joined("AND", [numeric, equal])
    return sql.Infix(sql.Function("json", [made]), "=", sql.Function("json", [value]))


def ordered(symbol: str) -> Callable[[Compare, Context], Any]:
    def compile_order(node: Compare, context: Context) -> Any:
        left, right = node.parts
        made, value = context.compile(left), document(right, context)
        if context.vendor == "postgresql":
            kinds = [sql.Function("jsonb_typeof", [part]) for part in (made, value)]
            return sql.Joined("AND", [sql.Infix(kinds[0], "=", kinds[1]), sql.Infix(made, symbol, value)])
        kinds = [sql.Function("typeof", [sql.Function("json_extract", [part, sql.Root()])]) for part in (made, value)]
        sides = [sql.Function("json_extract", [part, sql.Root()]) for part in (made, value)]
        text = sql.Word("text")
        same = sql.Infix(sql.Infix(kinds[0], "=", text), "=", sql.Infix(kinds[1], "=", text))
        return sql.Joined("AND", [same, sql.Infix(sides[0], symbol, sides[1])])

    return compile_order


def containment(operator: str) -> Callable[[Compare, Context], Any]:
    def compile_containment(node: Compare, context: Context) -> Any:
        if context.vendor != "postgresql":
            raise NotSupportedError(
                f"{context.connection.vendor} has no containment of documents ({node.lookup.removeprefix('json ')}); use lookups of keys."
            )
        return sql.Infix(context.compile(node.parts[0]), operator, context.compile(node.parts[1]))

    return compile_containment


def has_key(node: Compare, context: Context) -> Any:
    left, key = context.compile(node.parts[0]), context.compile(node.parts[1])
    if context.vendor == "postgresql":
        return sql.Infix(left, "?", key)
    return sql.UnderKey(left, key, exists=True)


JSON_CONDITIONS: dict[str, Callable[[Compare, Context], Any]] = {
    "json exact": exact,
    "json gt": ordered(">"),
    "json gte": ordered(">="),
    "json lt": ordered("<"),
    "json lte": ordered("<="),
    "json contains": containment("@>"),
    "json contained_by": containment("<@"),
    "json has_key": has_key,
}

"""Compiles values: columns, parameters, constants, functions, subqueries."""

from __future__ import annotations

from functools import partial
from typing import Any

from manoir.models import _sql as sql
from manoir.models._compiler import _context
from manoir.models._compiler._aggregates import compile_aggregate
from manoir.models._compiler._calls import compile_call
from manoir.models._compiler._context import Context, compilers
from manoir.models._compiler._types import sa_type
from manoir.models._expressions import F
from manoir.models._joining import OfJoined
from manoir.models._lookups._json import is_key
from manoir.models._outputs import kind_of
from manoir.models._query import Query
from manoir.models._scope import Scope
from manoir.models._shape import (
    Aggregated,
    AnnotationRef,
    Call,
    Choose,
    Column,
    Enclosing,
    Late,
    Literal,
    Node,
    Outer,
    Param,
    Selected,
    Sorted,
)
from manoir.models._windowing import Windowed


def column(node: Column, context: Context) -> Any:
    return context.column(node)


def of_joined(node: OfJoined, context: Context) -> Any:
    return sql.Place(context.joining, node.field.column, sa_type(node.field.column_type, context.vendor))


def param(node: Param, context: Context) -> Any:
    if node.special == "raw json":
        return context.binds.bind(node, node.field.column_type, None, "raw")
    return context.bind(node)


def literal(node: Literal, context: Context) -> Any:
    word = sql.Word(node.value)
    if node.value is None and node.field is not None and context.vendor == "postgresql":
        return sql.Cast(word, cast_name(node.field, context), sa_type(node.field.column_type, context.vendor))
    return word


def cast_name(field: Any, context: Context) -> str:
    """The type of a CAST, in the words of the database."""
    return context.connection.sql_type(without_auto(field.column_type))


def without_auto(column_type: Any) -> Any:
    return type(column_type)(column_type.kind, column_type.length, column_type.digits, column_type.places)


def outer(node: Outer, context: Context) -> Any:
    return context.outer_value(node)


def enclosing(node: Enclosing, context: Context) -> Any:
    assert context.outer is not None
    return context.outer.compile(node.parts[0])


def annotation(node: AnnotationRef, context: Context) -> Any:
    return context.annotation(node.name, node.target)


def choose(node: Choose, context: Context) -> Any:
    parts = [context.compile(part) for part in node.parts]
    whens = list(zip(parts[:-1:2], parts[1:-1:2], strict=True))
    return sql.Case(whens, parts[-1], sa_type(None if node.field is None else node.field.column_type, context.vendor))


def selected(node: Selected, context: Context) -> Any:
    return sql.Nested(
        subselect(node.query, context), "", sa_type(node.field and node.field.column_type, context.vendor)
    )


def windowed(node: Windowed, context: Context) -> Any:
    """A function over a window; distances between decimals are those of numbers, also where they are kept as text."""
    order = [context.compile(term) for term in node.order]
    frame, kind = node.frame, kind_of(node.order[0].field) if node.order else ""
    if context.vendor == "sqlite" and kind == "decimal" and frame is not None and frame.mode == "RANGE":
        term: Any = node.order[0]
        order = [sql.Term(sql.Cast(context.compile(term.parts[0]), "REAL"), term.descending, term.nulls)]
    over = partial(
        sql.Over, partition=[collated(part, context) for part in node.partition], order=order, frame=node.frame
    )
    if isinstance(node.function, Aggregated):
        return compile_aggregate(node.function, context, over)
    return over(compile_call(node.function, context))


def subselect(query: Query, context: Context) -> Any:
    """The SELECT of a subquery, inside `context`."""
    return select_builder(query, context.binds, context)


def collated(node: Node, context: Context) -> Any:
    """A computed decimal on SQLite is text and compares by the collation that its columns have."""
    made = context.compile(node)
    if context.vendor == "sqlite" and kind_of(node.field) == "decimal" and not isinstance(node, (Column, Param)):
        return sql.Infix(made, "COLLATE", sql.Bare("decimal"))
    return made


def sorted_term(node: Sorted, context: Context) -> Any:
    made = collated(node.parts[0], context)
    if context.vendor == "sqlite" and is_key(node.parts[0]):
        made = sql.Function("json_extract", [made, sql.Root()])  # numbers in their order, not in that of their digits
    return sql.Term(made, node.descending, node.nulls)


def resolve_outer(query: Query, name: str) -> Node:
    return F(name).bind(Scope(query, f"OuterRef({name!r})"))


select_builder: Any = None
"""`_select.build`; set there, as selects hold values and values hold selects."""

_context.resolve_outer = resolve_outer
compilers.update(
    {
        Column: column,
        Param: param,
        Late: param,
        Literal: literal,
        Outer: outer,
        Enclosing: enclosing,
        AnnotationRef: annotation,
        Call: compile_call,
        Aggregated: compile_aggregate,
        Choose: choose,
        Selected: selected,
        Sorted: sorted_term,
        Windowed: windowed,
        OfJoined: of_joined,
    }
)

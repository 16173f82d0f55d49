"""Puts the clauses of a query together to one SELECT, and says what its columns are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from manoir.exceptions import FieldError, NotSupportedError
from manoir.models import _sql as sql
from manoir.models._compiler import _values
from manoir.models._compiler._conditions import needed
from manoir.models._compiler._context import Binds, Context
from manoir.models._query import Query, Related
from manoir.models._shape import (
    AnnotationRef,
    Call,
    Column,
    Constant,
    Hops,
    IsNull,
    Junction,
    Literal,
    Node,
    Not,
    Param,
    Sorted,
    walk,
)
from manoir.models._windowing import Windowed, holds_window


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of the result are, in order.

    Attributes:
        nodes: for each column the node it holds.
        fields: how many columns at the beginning are the model's own (`Query.only`, or all concrete fields).
        annotations: names of the annotations that follow.
        related: relations whose columns follow then.
    """

    nodes: tuple[Node, ...]
    fields: tuple[Any, ...] = ()
    annotations: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()


def layout_of(query: Query) -> Layout:
    """The columns of a query's result."""
    output = query.output
    if output.form != "models":
        return Layout(output.nodes)
    fields = query.only if query.only is not None else tuple(query.model._meta.concrete_fields)
    names = tuple([name for name in query.annotations if name not in query.hidden])
    nodes: list[Node] = [Column(field) for field in fields]
    nodes.extend([AnnotationRef(name, query.annotations[name]) for name in names])
    for related in query.related:
        nodes.extend(related_nodes(related))
    return Layout(tuple(nodes), fields, names, query.related)


def related_nodes(related: Related) -> list[Node]:
    nodes: list[Node] = [Column(field, related.hops) for field in related.fields]
    for below in related.below:
        nodes.extend(related_nodes(below))
    return nodes


def build(query: Query, binds: Binds, outer: Context | None = None) -> Any:
    """The SELECT for a query."""
    if query.combined is not None:
        return combined(query, binds, outer)
    if query.source is not None:
        return over_source(query, binds, outer)
    context = Context(query, binds, outer)
    return Assembly(query, context).select()


class Assembly:
    """One SELECT from a table and its joins.

    Args:
        query: the query.
        context: compiles its nodes.
    """

    def __init__(self, query: Query, context: Context) -> None:
        self.query = query
        self.context = context
        self.layout = layout_of(query)

    def select(self, extra: list[Any] | None = None) -> Any:
        """Build the statement; `extra` is a list of further columns to which compiling may add."""
        query, context = self.query, self.context
        for node in query.where:
            context.required |= needed(node)
        made = [context.compile(node) for node in self.layout.nodes] or [sql.Word(1)]
        where, having, qualify = conditions_of(query)
        where_made = [context.compile(node) for node in where]
        having_made = [context.compile(node) for node in having]
        if qualify:
            return self.qualified(made, where_made, having_made, qualify, extra or [])
        order = [(term, context.compile(term)) for term in query.order or ()]
        grouping = self.grouping(made)
        hidden = self.order_columns()
        statement = self.distinct(labelled([*made, *hidden, *(extra or ())]), context)
        statement = self.rows(statement, where_made, grouping, having_made)
        if order:
            statement = statement.order_by(*[compiled for _term, compiled in order])
        statement = limited(statement, query, context)
        return self.locked(statement)

    def rows(self, statement: Any, where: list[Any], grouping: list[Any], having: list[Any]) -> Any:
        """The statement with the clauses that say which rows and groups there are."""
        if not self.query.tableless:
            statement = statement.select_from(self.context.tables())
        if where:
            statement = statement.where(*where)
        if grouping:
            statement = statement.group_by(*grouping)
        return statement.having(*having) if having else statement

    def qualified(
        self, made: list[Any], where: list[Any], having: list[Any], qualify: list[Node], extra: list[Any]
    ) -> Any:
        """Rows chosen by their windows, which SQL computes after WHERE and HAVING: a subquery makes them, this one chooses."""
        query, context, binds = self.query, self.context, self.context.binds
        alias = binds.alias()
        places = {node.key: f"c{index}" for index, node in enumerate(self.layout.nodes)}
        outer = Qualifying(query, binds, context.outer, alias, context, len(made), places)
        conditions = [outer.compile(node) for node in qualify]
        order = [outer.compile(term) for term in query.order or ()]
        hidden = [outer.compile(node) for node in self.hidden_nodes()]
        grouping = self.grouping(made)
        count = len(made) + len(outer.exported)
        inner = self.rows(labelled([*made, *outer.exported, *extra]), where, grouping, having)
        read = [sql.Place(alias, f"c{index}") for index in (*range(len(made)), *range(count, count + len(extra)))]
        statement = labelled([*read[: len(made)], *hidden, *read[len(made) :]]).select_from(inner.subquery(alias))
        statement = self.distinct(statement, outer).where(*conditions)
        if order:
            statement = statement.order_by(*order)
        return self.locked(limited(statement, query, context))

    # -- GROUP BY ---------------------------------------------------------------------------------------------------

    def grouping(self, made: list[Any]) -> list[Any]:
        """The terms of GROUP BY: what the query groups by, and every plain value that is read or sorted by."""
        query = self.query
        if query.grouping is None:
            return []
        terms: dict[Any, Node] = {}
        base = [Column(field) for field in self.key_fields()] if query.grouping is True else query.grouping
        whole_rows: set[Hops] = set()
        if query.grouping is True and len(base) == 1:
            whole_rows.add(())
        for related in every(query.related):
            terms[related.hops] = Column(related.model._meta.pk, related.hops)
            whole_rows.add(related.hops)
        candidates = [*base, *self.layout.nodes, *[term.parts[0] for term in query.order or ()]]
        candidates.extend([column for node in query.where if node.aggregate for column in plain_columns(node)])
        for node in candidates:
            target = node.target if isinstance(node, AnnotationRef) else node
            if target.aggregate:
                for column in plain_columns(target):
                    terms.setdefault(column.key, column)
                continue
            if constant(target):
                continue
            if isinstance(target, Column) and target.hops in whole_rows and node not in base:
                continue
            terms.setdefault(target.key, node)
        return [self.context.compile(node) for node in terms.values()]

    def key_fields(self) -> tuple[Any, ...]:
        """The primary key, on which all columns of a row depend; every column where there may be none."""
        meta = self.query.model._meta
        return (meta.pk,) if meta.managed else tuple(meta.concrete_fields)

    # -- DISTINCT ---------------------------------------------------------------------------------------------------

    def distinct(self, statement: Any, context: Context) -> Any:
        distinct = self.query.distinct
        if isinstance(distinct, tuple):
            if not self.context.connection.features.has_distinct_on:
                raise NotSupportedError(
                    f"{self.context.connection.vendor} has no DISTINCT ON: call distinct() without fields, or use PostgreSQL."
                )
            return statement.ext(distinct_on(*[context.compile(node) for node in distinct]))
        return statement.distinct() if distinct else statement

    def order_columns(self) -> list[Any]:
        """Values that are sorted by but not read: SELECT DISTINCT needs them among its columns."""
        return [self.context.compile(node) for node in self.hidden_nodes()]

    def hidden_nodes(self) -> list[Node]:
        if self.query.distinct is not True:
            return []
        read = {node.key for node in self.layout.nodes}
        read |= {node.target.key for node in self.layout.nodes if isinstance(node, AnnotationRef)}
        terms = [term.parts[0] for term in self.query.order or ()]
        return [node for node in terms if node.key not in read and not constant(node)]

    # -- the rest ---------------------------------------------------------------------------------------------------

    def locked(self, statement: Any) -> Any:
        lock = self.query.lock
        if lock is None or not self.context.connection.features.has_select_for_update:
            return statement
        if any(holds_window(node) for node in (*self.layout.nodes, *self.query.where)):
            raise NotSupportedError(
                "select_for_update() cannot lock rows whose window functions are computed: lock filter(pk__in=…) by their keys."
            )
        of = [join_table(self.context, hops) for hops in lock.of] or None
        return statement.with_for_update(nowait=lock.nowait, skip_locked=lock.skip_locked, key_share=lock.no_key, of=of)


def labelled(columns: list[Any]) -> Any:
    """A SELECT of columns, by the names that hydrators and outer queries know."""
    return sa.select(*[column.label(f"c{index}") for index, column in enumerate(columns)])


def conditions_of(query: Query) -> tuple[list[Node], list[Node], list[Node]]:
    """The conditions of WHERE, of HAVING, and those on windows, which come after both.

    Raises:
        NotImplementedError: one of the last is an OR with plain columns, in a query of groups.
    """
    where: list[Node] = []
    having: list[Node] = []
    qualify: list[Node] = []
    left = list(reversed(query.where))
    while left:
        node = left.pop()
        if not node.aggregate:
            where.append(node)
        elif not holds_window(node):
            having.append(node)
        elif isinstance(node, Junction) and node.connector == "AND":
            left.extend(reversed(node.parts))
        else:
            if query.grouping is not None and mixes(node):
                raise NotImplementedError(
                    "A condition joins a window function and a plain value by OR, and the query has groups: whether a row "
                    "counts would depend on what is computed of it. Filter by them one after the other, or in a Subquery()."
                )
            qualify.append(node)
    return where, having, qualify


def mixes(node: Node) -> bool:
    """Whether an alternative to a condition on a window is about a row before it was grouped."""
    junctions = [found for found in walk(node) if isinstance(found, Junction) and holds_window(found)]
    return any(not part.aggregate for junction in junctions for part in junction.parts)


def join_table(context: Context, hops: Hops) -> Any:
    alias = context.alias(hops)
    return sql.table(context.query.model._meta.db_table if not hops else hops[-1][0].to_model._meta.db_table, alias)


def every(related: tuple[Related, ...]) -> list[Related]:
    return [one for top in related for one in (top, *every(top.below))]


def plain_columns(node: Node) -> list[Column]:
    """Columns that stand beside aggregates, not inside them."""
    if not node.aggregate:
        return [found for found in walk(node) if isinstance(found, Column)]
    if isinstance(node, AnnotationRef):
        return plain_columns(node.target)
    if is_aggregate(node):
        return []
    return [column for part in node.children for column in plain_columns(part)]


def is_aggregate(node: Node) -> bool:
    return hasattr(node, "filtered")


def constant(node: Node) -> bool:
    """Whether a node names no column: GROUP BY and DISTINCT do without it."""
    return all(isinstance(found, (Param, Literal, Call, Junction, Not, IsNull)) for found in walk(node))


def limited(statement: Any, query: Query, context: Context) -> Any:
    if query.limit is not None:
        statement = statement.limit(sql.Word(query.limit))
    if query.width is not None:
        statement = statement.limit(context.bind(query.width))
    if query.low is not None:
        statement = statement.offset(context.bind(query.low))
    return statement


# -- set operations ---------------------------------------------------------------------------------------------------

OPERATIONS = {
    ("union", False): sa.union,
    ("union", True): sa.union_all,
    ("intersection", False): sa.intersect,
    ("difference", False): sa.except_,
}


class Columns(Context):
    """Compiles nodes over the columns of a subquery.

    Args:
        query: the outer query.
        alias: the subquery's alias.
        places: label of the column that holds a node, by its key.
    """

    def __init__(self, query: Query, binds: Binds, outer: Context | None, alias: str, places: dict[Any, str]) -> None:
        super().__init__(query, binds, outer, alias)
        self.places = places

    def column(self, node: Column) -> Any:
        return self.found(node)

    def annotation(self, name: str, target: Node) -> Any:
        return self.found(AnnotationRef(name, target))

    def found(self, node: Node) -> Any:
        label = self.places.get(node.key)
        if label is None:
            raise no_column(node, self.query)
        return sql.Place(self.base, label)


def no_column(node: Node, query: Query) -> FieldError:
    """The error for a name that the rows of several querysets do not have."""
    name = node.name if isinstance(node, AnnotationRef) else getattr(node.field, "name", "a value")
    whole = f"{query.combined[0]}()" if query.combined is not None else "The subquery"
    known = ", ".join(query.output.labels) or "the fields of the model"
    return FieldError(
        f"{whole} has no {name!r} in its rows, so they cannot be sorted or counted by it: name it in values(). They have {known}."
    )


def combined(query: Query, binds: Binds, outer: Context | None) -> Any:
    """UNION and its kin; every arm is a subquery, which both databases take with limits and orders inside."""
    assert query.combined is not None
    operator, duplicates, queries = query.combined
    arms: list[Any] = []
    for one in queries:
        arm = build(one, binds, outer).subquery(binds.alias())
        width = len(layout_of(one).nodes)
        arms.append(
            sa.select(*[sql.Place(arm.name, f"c{index}").label(f"c{index}") for index in range(width)]).select_from(arm)
        )
    alias = binds.alias()
    whole = OPERATIONS[operator, duplicates](*arms).subquery(alias)
    nodes = layout_of(query).nodes
    places = {node.key: f"c{index}" for index, node in enumerate(nodes)}
    context = Columns(query, binds, outer, alias, places)
    columns = [sql.Place(alias, f"c{index}").label(f"c{index}") for index in range(len(nodes))]
    statement = sa.select(*columns).select_from(whole)
    if query.order:
        statement = statement.order_by(*[context.compile(term) for term in query.order])
    return limited(statement, query, context)


# -- side by side -----------------------------------------------------------------------------------------------------


class Span(NamedTuple):
    """Where the columns of one of several queries are: the first, the primary key, and the first that is not its own."""

    first: int
    key: int
    last: int


def side_by_side(queries: Sequence[Query], binds: Binds) -> tuple[Any, list[Span]]:
    """The rows of several queries of models by one: a full join that never matches, so that each row is one query's."""
    columns: list[Any] = []
    spans: list[Span] = []
    source: Any = None
    for query in queries:
        layout, alias, first = layout_of(query), binds.alias(), len(columns)
        table = build(query, binds).subquery(alias)
        columns.extend([sql.Place(alias, f"c{index}").label(f"c{first + index}") for index in range(len(layout.nodes))])
        spans.append(Span(first, first + layout.fields.index(query.model._meta.pk), len(columns)))
        source = table if source is None else sa.join(source, table, sql.Word(False), full=True)
    return sa.select(*columns).select_from(source), spans


# -- aggregates over a subquery ---------------------------------------------------------------------------------------


class Exporting(Columns):
    """Compiles nodes over a subquery whose columns are added as they are asked for."""

    def __init__(
        self,
        query: Query,
        binds: Binds,
        outer: Context | None,
        alias: str,
        inner: Context,
        first: int,
        places: dict[Any, str],
    ) -> None:
        super().__init__(query, binds, outer, alias, places)
        self.inner = inner
        self.exported: list[Any] = []
        self.first = first

    def found(self, node: Node) -> Any:
        label = self.places.get(node.key)
        if label is None:
            self.exported.append(self.inner.compile(node))
            label = self.places[node.key] = f"c{self.first + len(self.exported) - 1}"
        return sql.Place(self.base, label)


class Qualifying(Exporting):
    """Compiles conditions on windows over the subquery that computes these: it exports all that holds no window, too."""

    def compile(self, node: Node) -> Any:
        if isinstance(node, (Param, Literal, Constant)):
            return super().compile(node)
        if isinstance(node, (AnnotationRef, Windowed)) or not (isinstance(node, Sorted) or holds_window(node)):
            return self.found(node)
        return super().compile(node)


def over_source(query: Query, binds: Binds, outer: Context | None) -> Any:
    """Aggregates over the rows of another query."""
    source = query.source
    assert source is not None
    alias = binds.alias()
    if source.combined is not None:
        layout = layout_of(source)
        places = {node.key: f"c{index}" for index, node in enumerate(layout.nodes)}
        context: Columns = Columns(query, binds, outer, alias, places)
        made = [context.compile(node) for node in query.output.nodes]
        table = build(source, binds, outer).subquery(alias)
        return sa.select(*[column.label(f"c{index}") for index, column in enumerate(made)]).select_from(table)
    inner = Context(source, binds, outer)
    assembly = Assembly(source, inner)
    hidden = assembly.order_columns()
    places = {node.key: f"c{index}" for index, node in enumerate(assembly.layout.nodes)}
    first = max(len(assembly.layout.nodes), 1) + len(hidden)
    context = Exporting(query, binds, outer, alias, inner, first, places)
    made = [context.compile(node) for node in query.output.nodes]
    table = assembly.select(context.exported).subquery(alias)
    return sa.select(*[column.label(f"c{index}") for index, column in enumerate(made)]).select_from(table)


_values.select_builder = build

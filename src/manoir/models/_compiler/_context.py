"""`Context`: what compiling one SELECT needs to remember: joins, aliases, parameters, annotations already compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa

from manoir.db import ColumnType
from manoir.models import _sql as sql
from manoir.models._compiler._types import sa_type
from manoir.models._query import Query
from manoir.models._shape import Column, Hop, Hops, Node, Outer, Param, TypedBy

Convert = Callable[[Any], Any]
TEXT = ("char", "text", "varchar")


class Binds:
    """The parameters of a whole statement, subqueries included.

    Attributes:
        sources: for each name of a bind, the position of its value among the parameters and its conversion.
    """

    def __init__(self, params: tuple[Param, ...], connection: Any) -> None:
        self.connection = connection
        self.positions: dict[int, int] = {}
        for position, param in enumerate(params):
            self.positions.setdefault(id(param), position)
        self.params = params  # keeps them alive, so that no id is used twice
        self.made: dict[tuple[int, str], Any] = {}
        self.sources: dict[str, tuple[int, Convert | None]] = {}
        self.alias_count = 0

    def bind(
        self,
        param: Param,
        column_type: ColumnType | None,
        convert: Convert | None,
        use: str = "",
        *,
        array: bool = False,
    ) -> Any:
        """A bind for a parameter; one object for each use, so that GROUP BY sees the same expression as SELECT."""
        position = self.positions[id(param)]
        known = self.made.get((position, use))
        if known is not None:
            return known
        name = f"p{position}" if not use else f"p{position}x{len(self.made)}"
        type_ = sa_type(column_type, self.connection.vendor)
        if array:
            type_ = sa.ARRAY(type_)
        made = self.made[position, use] = sa.bindparam(name, type_=type_, required=False, value=None)
        self.sources[name] = (position, convert)
        return made

    def alias(self) -> str:
        """A name for a table that no other table of the statement has."""
        self.alias_count += 1
        return f"t{self.alias_count - 1}"


class Join:
    """A table joined into the query."""

    __slots__ = ("alias", "condition", "further", "hops", "table")

    def __init__(self, hops: Hops, alias: str, table: Any, condition: Any, further: list[Any]) -> None:
        self.hops, self.alias, self.table, self.condition, self.further = hops, alias, table, condition, further


class Context:
    """Compiles the nodes of one SELECT.

    Args:
        query: the query.
        binds: the statement's parameters.
        outer: context of the query around this one; None for the outermost.
        alias: alias of the query's own table; made when left out.
    """

    def __init__(self, query: Query, binds: Binds, outer: Context | None = None, alias: str | None = None) -> None:
        self.query = query
        self.binds = binds
        self.connection = binds.connection
        self.vendor: str = binds.connection.vendor
        self.outer = outer
        self.base = alias or binds.alias()
        self.joins: dict[Hops, Join] = {}
        self.required: set[Hops] = set()
        self.joining = ""
        self.annotations: dict[str, Any] = {}

    def compile(self, node: Node) -> Any:
        """The SQLAlchemy construct for a node."""
        return compilers[type(node)](node, self)

    # -- columns and joins -----------------------------------------------------------------------------------------

    def place(self, field: Any, hops: Hops = ()) -> Any:
        """A column of the query's table or of a joined one."""
        return sql.Place(self.alias(hops), field.column, sa_type(field.column_type, self.vendor))

    def alias(self, hops: Hops) -> str:
        """Alias of the table that a way leads to, joined when it is not yet."""
        if not hops:
            return self.base
        join = self.joins.get(hops)
        if join is None:
            before = self.alias(hops[:-1])
            hop = hops[-1][0]
            alias = self.binds.alias()
            condition, *further = self.matches(hop, before, alias)
            table = sql.table(hop.to_model._meta.db_table, alias)
            join = self.joins[hops] = Join(hops, alias, table, condition, further)
        return join.alias

    def matches(self, hop: Hop, before: str, alias: str) -> list[Any]:
        """The conditions by which a step finds its rows: their keys, and what else holds in a named join."""
        matched = self.match_keys(hop, before, alias)
        if hop.condition is None:
            return [matched]
        outer, self.joining = self.joining, alias
        condition = self.compile(hop.condition)
        self.joining = outer
        return [matched, condition]

    def match(self, hop: Hop, before: str, alias: str) -> Any:
        """The same as one condition."""
        return all_of(self.matches(hop, before, alias))

    def match_keys(self, hop: Hop, before: str, alias: str) -> Any:
        """The condition by which the keys of a step agree."""
        near, far = sql.Place(before, hop.from_field.column), sql.Place(alias, hop.to_field.column)
        if hop.typed is None:
            return sql.Infix(near, "=", far)
        near_kind, far_kind = hop.from_field.column_type.kind, hop.to_field.column_type.kind
        if (near_kind in TEXT) != (far_kind in TEXT):  # a generic key is often text, whatever it points to
            near, far = [part if kind in TEXT else sql.Cast(part, "TEXT") for part, kind in ((near, near_kind), (far, far_kind))]  # fmt: skip
        return sql.Joined("AND", [sql.Infix(near, "=", far), self.typed(hop.typed, alias if hop.typed.far else before)])

    def typed(self, typed: TypedBy, alias: str) -> Any:
        """That a row says it is of a type: a subquery that is run once, so that nobody has to know the type's key."""
        types = self.binds.alias()
        named = [sql.Infix(sql.Place(types, field.column), "=", sql.Word(value)) for field, value in typed.values]
        key = sql.Place(types, typed.model._meta.pk.column)
        select = sa.select(key).select_from(sql.table(typed.model._meta.db_table, types)).where(*named)
        return sql.Infix(sql.Place(alias, typed.field.column), "=", sql.Nested(select))

    def column(self, node: Column) -> Any:
        return self.place(node.field, node.hops)

    def annotation(self, name: str, target: Node) -> Any:
        """An annotation, compiled once."""
        made = self.annotations.get(name)
        if made is None:
            made = self.annotations[name] = self.compile(target)
        return made

    def tables(self) -> Any:
        """The FROM clause: inner joins where a condition refuses rows without a match anyway."""
        found: Any = sql.table(self.query.model._meta.db_table, self.base)
        inner: dict[Hops, bool] = {(): True}
        named = [hops for hops in self.joins if hops[-1][0].condition is not None]
        held = {hops[:length] for hops in named for length in range(1, len(hops))}
        for hops, join in self.joins.items():
            hop = hops[-1][0]
            inner[hops] = hops in self.required or (inner[hops[:-1]] and not hop.nullable)
            if hops not in held:
                table, condition = self.whole(join, held)
                found = sa.join(found, table, all_of([condition, *join.further]), isouter=not inner[hops])
        return found

    def whole(self, join: Join, held: set[Hops]) -> tuple[Any, Any]:
        """A table to join, and by what: a named join over several tables is one, so that it has no row half way."""
        before = join.hops[:-1]
        if before not in held:
            return join.table, join.condition
        table, condition = self.whole(self.joins[before], held)
        return sa.join(table, join.table, join.condition), condition

    def outer_value(self, node: Outer) -> Any:
        """A name of an enclosing query."""
        context: Context | None = self
        for _level in range(node.depth):
            context = context.outer if context is not None else None
            while context is not None and context.query.model is None:
                context = context.outer
        if context is None:
            raise ValueError(f"OuterRef({node.name!r}) is used outside of a subquery.")
        return context.named(node.name)

    def named(self, name: str) -> Any:
        """A value by name, for the subqueries inside."""
        return self.compile(resolve_outer(self.query, name))

    def converter(self, field: Any) -> Convert | None:
        """From canonical values of a field to the driver's."""
        column_type = None if field is None else field.column_type
        return None if column_type is None else self.connection.to_driver(column_type)

    def bind(self, param: Param) -> Any:
        """A parameter of the type of its field."""
        column_type = None if param.field is None else param.field.column_type
        return self.binds.bind(param, column_type, self.converter(param.field))


def all_of(conditions: list[Any]) -> Any:
    return conditions[0] if len(conditions) == 1 else sql.Joined("AND", conditions)


compilers: dict[type[Node], Callable[[Any, Context], Any]] = {}
"""For each class of node the function that compiles it; filled by `_values` and `_conditions`."""

resolve_outer: Callable[[Query, str], Node] = cast(Any, None)
"""Binds a name of an enclosing query; set by `_values`."""

__all__ = ["Binds", "Context", "Convert", "Join", "compilers"]

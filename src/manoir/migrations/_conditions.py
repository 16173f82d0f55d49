"""Conditions and expressions of indexes, constraints and defaults as SQL text, by the compiler of queries.

A definition differs from a query in three ways: it has no parameters, so values become literals; its columns stand
without a table before them; and it holds no subqueries. The text of a column or a literal is put in after SQLAlchemy
has rendered the rest: it looks for placeholders in what it renders, inside quotes too.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from manoir.exceptions import FieldError
from manoir.migrations._literals import literal
from manoir.migrations._tables import column_token
from manoir.models._compiler import Binds, Context
from manoir.models._compiler._types import sa_type
from manoir.models._conditions import Q
from manoir.models._generated import complaints
from manoir.models._lookups._comparisons import ListParam
from manoir.models._outputs import kind_of
from manoir.models._query import Query
from manoir.models._scope import Scope
from manoir.models._shape import Call, Compare, ExistsQuery, Hops, InQuery, Late, ManyExists, Node, Selected, walk
from manoir.models._sql import Fragment

MARK = re.compile("\x03([0-9]+)\x03")


class Piece(Fragment):
    """A place for text that is put in after SQLAlchemy is done."""

    def __init__(self, number: int, type_: Any = None) -> None:
        super().__init__(type_)
        self.number = number


@compiles(Piece)
def _(element: Piece, compiler: Any, **options: Any) -> str:
    return f"\x03{element.number}\x03"


class Listed(Fragment):
    """Whether a value is one of a list of literals."""

    def __init__(self, left: Any, right: Any) -> None:
        super().__init__(sa.Boolean())
        self.left, self.right = left, right


@compiles(Listed)
def _(element: Listed, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.left, **options)} IN {compiler.process(element.right, **options)})"


class LiteralBinds(Binds):
    """Parameters that become literals."""

    def __init__(self, connection: Any) -> None:
        super().__init__((), connection)
        self.texts: list[str] = []

    def piece(self, text: str, type_: Any = None) -> Piece:
        self.texts.append(text)
        return Piece(len(self.texts) - 1, type_)

    def bind(self, param: Any, column_type: Any, convert: Any, use: str = "", *, array: bool = False) -> Any:
        if isinstance(param, Late):
            raise FieldError(
                "The definition of a table cannot depend on the current time zone: index a column, or use a date."
            )
        value = param.value if convert is None or param.value is None else convert(param.value)
        vendor = self.connection.vendor
        return self.piece(literal(value, vendor), sa_type(column_type, vendor))


class DefinitionContext(Context):
    """Compiles nodes for a definition: bare columns of one table."""

    binds: LiteralBinds

    def place(self, field: Any, hops: Hops = ()) -> Any:
        if hops:
            raise FieldError(
                f"{'__'.join(hop.name for hop, _ in hops)}__{field.name} is a column of another table: conditions and "
                "expressions of indexes and constraints use fields of their own model."
            )
        return self.binds.piece(column_token(field.column), sa_type(field.column_type, self.vendor))

    def compile(self, node: Node) -> Any:
        if isinstance(node, Compare) and node.lookup == "among":
            return self.listed(node)
        return super().compile(node)

    def listed(self, node: Compare) -> Any:
        """`IN (…)`: in place of what queries use, which is a subquery on SQLite."""
        left, values = node.parts
        assert isinstance(values, ListParam)
        convert = self.converter(values.field)
        texts = [literal(one if convert is None else convert(one), self.vendor) for one in values.value]
        return Listed(self.compile(left), self.binds.piece(f"({', '.join(texts)})"))


def condition_sql(condition: Any, model: Any, connection: Any) -> str:
    """The template of a condition.

    Args:
        condition: a `Q` or a comparison.
        model: the (historical) model whose fields it names.
        connection: the database.

    Raises:
        FieldError: it names what the model does not have, or another table.
    """
    scope = Scope(Query(model), "a constraint or index")
    return rendered(scope.bound_child(condition if isinstance(condition, Q) else Q(condition)), scope, connection)


def expression_sql(expression: Any, model: Any, connection: Any) -> str:
    """The template of an expression."""
    scope = Scope(Query(model), "a constraint, index or default")
    return rendered(expression.bind(scope), scope, connection)


def generated_sql(field: Any, model: Any, connection: Any) -> str:
    """The template of what a generated column is computed by.

    Raises:
        FieldError: it cannot be computed from the columns of a row.
    """
    own = model._meta.get_field(field.name)
    node = own.bound_expression(model)
    for complaint in complaints(node):
        raise FieldError(f"{own} cannot be a column: its expression {complaint}.")
    if connection.vendor == "sqlite" and kind_of(own) == "decimal":
        node = Call("cast", (node,), own)  # to its places, which PostgreSQL's type says
    return rendered(node, Scope(Query(model), f"the expression of {field.name!r}"), connection)


def rendered(node: Node, scope: Scope, connection: Any) -> str:
    for found in walk(node):
        if isinstance(found, (ExistsQuery, InQuery, ManyExists, Selected)):
            raise FieldError("The definition of a table cannot hold a subquery.")
    binds = LiteralBinds(connection)
    context = DefinitionContext(scope.query, binds, alias="t0")
    compiled = context.compile(node).compile(dialect=connection.dialect)
    if compiled.positiontup:
        raise FieldError("The expression needs a parameter, which the definition of a table cannot have.")
    return MARK.sub(lambda found: binds.texts[int(found[1])], str(compiled.string))

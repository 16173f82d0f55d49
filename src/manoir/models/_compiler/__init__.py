"""From a `Query` to the text of its SELECT: SQLAlchemy Core describes and compiles, nothing else of it is used.

`_context` knows joins, aliases and parameters of one SELECT; `_values`, `_calls`, `_texts`, `_aggregates`, `_json` and
`_conditions` compile nodes, `_select` puts the clauses together, `_types` are the types of parameters. Importing this
package imports SQLAlchemy, so it is imported with the first query that has no plan yet (`_plan.compiler`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from manoir.models._compiler import _conditions, _texts, _values
from manoir.models._compiler._bulk import insert_arrays, insert_linked, repeated, update_arrays
from manoir.models._compiler._context import Binds, Context
from manoir.models._compiler._select import Layout, Span, build, layout_of, side_by_side
from manoir.models._compiler._writing import delete, insert, update
from manoir.models._query import Query
from manoir.models._shape import Param

__all__ = [
    "Binds",
    "Context",
    "Layout",
    "Statement",
    "compile_query",
    "compile_side_by_side",
    "delete",
    "insert",
    "insert_arrays",
    "insert_linked",
    "layout_of",
    "rendered",
    "repeated",
    "update",
    "update_arrays",
]

del _conditions, _texts, _values


@dataclass(frozen=True, slots=True)
class Statement:
    """The text of a statement and where its arguments come from.

    Attributes:
        text: SQL with the driver's placeholders.
        sources: for each argument the position of its value among the parameters (None: a constant), and the function
            that converts the value (None: nothing to do), or the constant itself.
    """

    text: str
    sources: tuple[tuple[int | None, Callable[[Any], Any] | Any], ...]


def compile_query(query: Query, params: tuple[Param, ...], connection: Any) -> Statement:
    """Compile a SELECT."""
    binds = Binds(params, connection)
    return rendered(build(query, binds), binds)


def compile_side_by_side(
    queries: Sequence[Query], params: tuple[Param, ...], connection: Any
) -> tuple[Statement, list[Span]]:
    """Compile one SELECT for the rows of several queries, each in columns of its own.

    Args:
        queries: queries of models.
        params: those of all queries, one after the other.
        connection: of a database with FULL JOIN.

    Returns:
        The statement, and for each query where its columns are.
    """
    binds = Binds(params, connection)
    statement, spans = side_by_side(queries, binds)
    return rendered(statement, binds), spans


def rendered(statement: Any, binds: Binds) -> Statement:
    """The text of a SQLAlchemy construct whose parameters are `binds`.

    Raises:
        ValueError: the text would need SQLAlchemy's own execution.
    """
    compiled = statement.compile(dialect=binds.connection.dialect)
    names: list[str] = compiled.positiontup or []
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise ValueError("The statement needs SQLAlchemy's own execution.")
    constants: dict[str, Any] = compiled.params
    sources = [binds.sources[name] if name in binds.sources else (None, constants[name]) for name in names]
    return Statement(str(compiled.string), tuple(sources))

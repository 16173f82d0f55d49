"""INSERT and UPDATE of any number of rows: arrays on PostgreSQL, repeated rows of VALUES on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from manoir.models._compiler._context import Binds
from manoir.models._compiler._types import sa_type
from manoir.models._compiler._writing import conflicting, insert, table_of, with_returning
from manoir.models._shape import Param

ORDINAL = "o"


def unnested(params: Sequence[Param], binds: Binds, *, ordinal: bool = False) -> Any:
    """`unnest($1, $2, …) AS u(c0, c1, …)`: a row for each position in the arrays."""
    connection = binds.connection
    arrays: list[Any] = []
    for param in params:
        column_type = param.field.column_type
        arrays.append(binds.bind(param, column_type, connection.to_driver(column_type), "array", array=True))
    names = [
        sa.column(f"c{index}", sa_type(param.field.column_type, "postgresql")) for index, param in enumerate(params)
    ]
    function = sa.func.unnest(*arrays)
    table = (
        function.table_valued(*names, with_ordinality=ORDINAL, name="u")
        if ordinal
        else function.table_valued(*names, name="u")
    )
    return table.render_derived()


def insert_arrays(
    model: Any,
    fields: Sequence[Any],
    params: Sequence[Param],
    binds: Binds,
    *,
    returning: Sequence[Any] = (),
    conflict: Literal["", "ignore", "update"] = "",
    unique_fields: Sequence[Any] = (),
    update_fields: Sequence[Any] = (),
) -> Any:
    """INSERT of rows that travel as one array for each column; ids are given in the order of the arrays.

    Args:
        model: the model.
        fields: fields that are written.
        params: one parameter for each, whose value is the list of the column's values.
        binds: these parameters.
        returning: fields that are answered for each row.
        conflict: what happens to rows that break a unique constraint.
        unique_fields: the constraint, for `conflict="update"`.
        update_fields: columns that take the new row's value then.
    """
    table = table_of(model)
    rows = unnested(params, binds, ordinal=True)
    columns = [rows.c[f"c{index}"] for index in range(len(fields))]
    statement = postgresql.insert(table).from_select(
        [str(field.column) for field in fields], sa.select(*columns).order_by(rows.c[ORDINAL]), include_defaults=False
    )
    return with_returning(conflicting(statement, conflict, unique_fields, update_fields), table, returning)


def insert_linked(
    model: Any,
    fields: Sequence[Any],
    params: Sequence[Param],
    links: Sequence[tuple[Any, Any, Param]],
    returned: Sequence[Any],
    binds: Binds,
) -> Any:
    """INSERT of one row and of rows between that refer to it, in one statement.

    Args:
        model: the model of the row.
        fields: fields that are written.
        params: one parameter for each.
        links: for each table between its key to the row, its key to the others, and the parameter with their keys.
        returned: fields of the row that are answered.
        binds: all these parameters.
    """
    pk = model._meta.pk
    statement = insert(model, fields, [params], binds, returning=list(dict.fromkeys([pk, *returned])))
    made = statement.cte("made")
    every = [
        between(source, target, made.c[str(pk.column)], unnested([param], binds, ordinal=True)).cte(f"linked{number}")
        for number, (source, target, param) in enumerate(links)
    ]
    return sa.select(*[made.c[str(field.column)] for field in returned]).add_cte(*every)


def between(source: Any, target: Any, key: Any, keys: Any) -> Any:
    """INSERT of the rows between that lead from one row to others; those that are there stay."""
    rows = sa.select(key, keys.c.c0).order_by(keys.c[ORDINAL])
    names = [str(source.column), str(target.column)]
    statement = postgresql.insert(table_of(source.model)).from_select(names, rows, include_defaults=False)
    return statement.on_conflict_do_nothing()


def update_arrays(model: Any, fields: Sequence[Any], params: Sequence[Param], binds: Binds) -> Any:
    """UPDATE of rows by their keys; the arrays are those of the fields, then that of the keys."""
    table = table_of(model)
    rows = unnested(params, binds)
    values = {table.c[str(field.column)]: rows.c[f"c{index}"] for index, field in enumerate(fields)}
    key = table.c[str(model._meta.pk.column)]
    return sa.update(table).values(values).where(key == rows.c[f"c{len(fields)}"])


def repeated(statement: Any, count: int) -> Any:
    """An INSERT of one row as an INSERT of `count` rows; its values are those of the rows, one after the other.

    Raises:
        ValueError: the text is not that of one row of plain values.
    """
    width = len([position for position, _convert in statement.sources if position is not None])
    row = "(" + ", ".join("?" * width) + ")"
    head, values, tail = statement.text.partition(" VALUES ")
    if not tail.startswith(row) or width != len(statement.sources):
        raise ValueError(f"Only rows of plain values are repeated, not {statement.text!r}.")
    text = f"{head}{values}{', '.join([row] * count)}{tail[len(row) :]}"
    sources = [
        (number * width + position, convert) for number in range(count) for position, convert in statement.sources
    ]
    return replace(statement, text=text, sources=tuple(sources))

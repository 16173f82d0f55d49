"""UPDATE, DELETE and INSERT over the same conditions and values as SELECT; `_writes` makes plans of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from manoir.models import _sql as sql
from manoir.models._compiler._context import Binds, Context
from manoir.models._compiler._select import build
from manoir.models._identifiers import Identifier
from manoir.models._query import Query
from manoir.models._shape import Column, Node, walk


def table_of(model: Any) -> Any:
    """A model's table with all its columns, for statements that write."""
    meta = model._meta
    return sa.table(str(meta.db_table), *[sa.column(str(field.column)) for field in meta.concrete_fields])


def update(query: Query, assignments: Sequence[tuple[Any, Node]], binds: Binds, returning: Sequence[Any] = ()) -> Any:
    """UPDATE of the rows of a query.

    Args:
        query: conditions; when they need joins, a slice, or groups, the rows are chosen by a subquery.
        assignments: field and value, bound to the query without joins.
        binds: parameters of query and values.
        returning: fields that are answered for each row.
    """
    table = table_of(query.model)
    context = Context(query, binds, alias=written_alias(query.model))
    values = {table.c[str(field.column)]: assigned(node, context) for field, node in assignments}
    statement = sa.update(table).values(values).where(*where(query, context, binds))
    return with_returning(statement, table, returning)


def delete(query: Query, binds: Binds, returning: Sequence[Any] = ()) -> Any:
    """DELETE of the rows of a query; see `update`."""
    table = table_of(query.model)
    context = Context(query, binds, alias=written_alias(query.model))
    return with_returning(sa.delete(table).where(*where(query, context, binds)), table, returning)


def written_alias(model: Any) -> Identifier:
    """The table under its own name: UPDATE and DELETE give no other."""
    name = model._meta.db_table
    return name if isinstance(name, Identifier) else Identifier(name, existing=True)


def assigned(node: Node, context: Context) -> Any:
    """A value for SET."""
    return context.compile(node)


def where(query: Query, context: Context, binds: Binds) -> list[Any]:
    """The conditions of UPDATE and DELETE, which know no joins."""
    if not needs_subquery(query):
        return [context.compile(node) for node in query.where]
    pk = query.model._meta.pk
    inner = build(query.single_column(), binds, context)
    return [sql.InNested(context.place(pk), inner)]


def needs_subquery(query: Query) -> bool:
    """Whether rows have to be chosen by their keys: joins, slices, groups, windows, DISTINCT."""
    if query.is_sliced or query.grouping is not None or query.distinct or query.combined is not None:
        return True
    if any(condition.aggregate for condition in query.where):
        return True
    return any(isinstance(node, Column) and node.hops for condition in query.where for node in walk_deep(condition))


def walk_deep(node: Node) -> Any:
    """All nodes below a condition; annotations are followed, subqueries are not."""
    for found in walk(node):
        yield found
        target = getattr(found, "target", None)
        if target is not None:
            yield from walk_deep(target)


def insert(
    model: Any,
    fields: Sequence[Any],
    rows: Sequence[Sequence[Node]],
    binds: Binds,
    *,
    returning: Sequence[Any] = (),
    conflict: Literal["", "ignore", "update"] = "",
    unique_fields: Sequence[Any] = (),
    update_fields: Sequence[Any] = (),
) -> Any:
    """INSERT of rows given by nodes.

    Args:
        model: the model.
        fields: fields that are written, in the order of each row's nodes; without any every column takes its default.
        rows: values; for defaults alone one empty row.
        binds: parameters of the values.
        returning: fields that are answered for each row.
        conflict: what happens to rows that break a unique constraint.
        unique_fields: the constraint, for `conflict="update"`.
        update_fields: columns that take the new row's value then.
    """
    table = table_of(model)
    context = Context(Query(model), binds, alias=written_alias(model))
    dialect: Any = postgresql if context.vendor == "postgresql" else sqlite
    # A table without columns, where every column takes its default: SQLAlchemy would write NULL into those it knows.
    statement = dialect.insert(table if fields else sa.table(str(model._meta.db_table)))
    if fields:
        made = [
            {str(field.column): context.compile(node) for field, node in zip(fields, row, strict=True)} for row in rows
        ]
        statement = statement.values(made[0] if len(made) == 1 else made)
    return with_returning(conflicting(statement, conflict, unique_fields, update_fields), table, returning)


def conflicting(statement: Any, conflict: str, unique_fields: Sequence[Any], update_fields: Sequence[Any]) -> Any:
    """An INSERT with what happens to rows that break a unique constraint."""
    if conflict == "ignore":
        return statement.on_conflict_do_nothing()
    if conflict == "update":
        changes = {str(field.column): statement.excluded[str(field.column)] for field in update_fields}
        return statement.on_conflict_do_update(
            index_elements=[str(field.column) for field in unique_fields], set_=changes
        )
    return statement


def with_returning(statement: Any, table: Any, fields: Sequence[Any]) -> Any:
    return statement.returning(*[table.c[str(field.column)] for field in fields]) if fields else statement


__all__ = ["delete", "insert", "needs_subquery", "table_of", "update"]

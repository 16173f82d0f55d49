"""Tables for the models of tests, made from their fields, without migrations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


async def create_tables(connection: Any, models: Iterable[Any]) -> None:
    """Create the table of each model, and those of its many-to-many relations.

    Args:
        connection: an entry of `manoir.db.connections`.
        models: models in any order; proxies, models that are not managed, and tables that are there are left out.
    """
    present = set(await connection.table_names())
    every: dict[str, Any] = {}
    for model in models:
        for one in (model, *[field.remote_field.through for field in model._meta.local_many_to_many]):
            if not one._meta.proxy and one._meta.managed and one._meta.db_table not in present:
                every[one._meta.db_table] = one
    for model in every.values():
        await connection.execute(table_sql(connection, model), ())
    if connection.vendor == "postgresql":
        for model in every.values():
            for statement in foreign_keys(connection, model):
                await connection.execute(statement, ())


def table_sql(connection: Any, model: Any) -> str:
    """CREATE TABLE for a model."""
    quote = connection.quote_name
    parts: list[str] = []
    for field in (
        model._meta.local_concrete_fields
        if hasattr(model._meta, "local_concrete_fields")
        else model._meta.concrete_fields
    ):
        words = [quote(field.column), field.db_type(connection)]
        if not field.null:
            words.append("NOT NULL")
        if field.primary_key:
            words.append(
                "PRIMARY KEY" + (" AUTOINCREMENT" if connection.vendor == "sqlite" and field.column_type.auto else "")
            )
        elif field.unique:
            words.append("UNIQUE")
        if field.has_db_default:
            words.append(f"DEFAULT {literal(field.db_default)}")
        if field.is_relation and connection.vendor == "sqlite":
            words.append(reference(connection, field))
        parts.append(" ".join(words))
    for names in model._meta.unique_together:
        columns = ", ".join(quote(model._meta.get_field(name).column) for name in names)
        parts.append(f"UNIQUE ({columns})")
    for constraint in model._meta.constraints:
        fields = getattr(constraint, "fields", ())
        if fields and getattr(constraint, "condition", None) is None:
            columns = ", ".join(quote(model._meta.get_field(name).column) for name in fields)
            parts.append(f"CONSTRAINT {quote(constraint.name)} UNIQUE ({columns})")
    return f"CREATE TABLE {quote(model._meta.db_table)} ({', '.join(parts)})"


def foreign_keys(connection: Any, model: Any) -> list[str]:
    """ALTER TABLE for each foreign key: tables may refer to each other in a circle."""
    table = connection.quote_name(model._meta.db_table)
    return [
        f"ALTER TABLE {table} ADD FOREIGN KEY ({connection.quote_name(field.column)}) {reference(connection, field)}"
        for field in model._meta.concrete_fields
        if field.is_relation and field.db_constraint
    ]


def reference(connection: Any, field: Any) -> str:
    target = field.related_model._meta
    column = connection.quote_name(field.target_field.column)
    on_delete = field.remote_field.on_delete
    done = f" ON DELETE {on_delete.name.removeprefix('DB_').replace('_', ' ')}" if on_delete.in_database else ""
    return f"REFERENCES {connection.quote_name(target.db_table)} ({column}){done} DEFERRABLE INITIALLY DEFERRED"


def literal(value: Any) -> str:
    value = getattr(value, "value", value)
    if isinstance(value, (bool, int, float)):
        return str(value)
    escaped = str(value).replace("'", "''")
    return f"'{escaped}'"

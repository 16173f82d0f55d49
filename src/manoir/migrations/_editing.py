"""Which schema editor a database has."""

from __future__ import annotations

from typing import Any

from manoir.exceptions import NotSupportedError
from manoir.migrations._editor import SchemaEditor
from manoir.migrations._postgresql import PostgreSQLSchemaEditor
from manoir.migrations._sqlite import SQLiteSchemaEditor

EDITORS: dict[str, type[SchemaEditor]] = {"postgresql": PostgreSQLSchemaEditor, "sqlite": SQLiteSchemaEditor}


def schema_editor(connection: Any, *, collect_sql: bool = False, atomic: bool = True) -> SchemaEditor:
    """The schema editor for a connection.

    Raises:
        NotSupportedError: migrations do not know this kind of database.
    """
    editor = EDITORS.get(connection.vendor)
    if editor is None:
        raise NotSupportedError(f"Migrations do not know {connection.vendor!r}; they know {', '.join(EDITORS)}.")
    return editor(connection, collect_sql=collect_sql, atomic=atomic)

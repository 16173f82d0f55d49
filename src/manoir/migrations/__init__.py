"""Migrations: the history of the models, as files that bring every database to the present.

- In migration files: `Migration`, the operations (`CreateModel`, `AddField` … `RunPython`, `RunSQL`,
  `SeparateDatabaseAndState`), `swappable_dependency`.
- From code: `unapplied`/`aunapplied`; `create_missing_tables` for apps without migrations; `schema_editor` for a database; `MigrationLoader`, `MigrationExecutor`,
  `MigrationRecorder`, `MigrationAutodetector`, `MigrationWriter`, `ProjectState`, `ModelState` for tools.

Map. *Files and history*: `_migration`, `_graph`, `_loader`, `_recorder`, `_executor`, `_unapplied`. *What is*: `_state`,
`_references`, `_renaming`, `_rendering` (historical models as classes), `_describing` (state to `_tables`),
`_conditions` and `_literals` (SQL text without parameters). *What changes*: `_operations/`, `_comparing`, `_editor` with
`_postgresql` and `_sqlite`, `_ddl` (the only module that writes SQL). *Making files*: `_autodetector` with `_matching`,
`_fields_changed`, `_ordering`; `_questioner`, `_serializer`, `_layout`, `_writer`; `_squashing`, `_updating` and
`_optimizing` make fewer of them. *Beside them*: `_syncing` (tables without migrations), `_inspecting` (models for tables). `commands/` drives it all.
"""

from __future__ import annotations

from manoir.exceptions import (
    AmbiguityError,
    BadMigrationError,
    CircularDependencyError,
    InconsistentMigrationHistory,
    InvalidBasesError,
    IrreversibleError,
    MigrationError,
    NodeNotFoundError,
)
from manoir.migrations._editing import schema_editor
from manoir.migrations._editor import SchemaEditor
from manoir.migrations._executor import MigrationExecutor
from manoir.migrations._graph import MigrationGraph
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._migration import Migration, swappable_dependency
from manoir.migrations._operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterConstraint,
    AlterField,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterUniqueTogether,
    CreateModel,
    DeleteModel,
    Operation,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
)
from manoir.migrations._recorder import MigrationRecorder
from manoir.migrations._state import ModelState, ProjectState
from manoir.migrations._syncing import acreate_missing_tables, create_missing_tables
from manoir.migrations._unapplied import aunapplied, unapplied

__all__ = [
    "AddConstraint",
    "AddField",
    "AddIndex",
    "AlterConstraint",
    "AlterField",
    "AlterModelManagers",
    "AlterModelOptions",
    "AlterModelTable",
    "AlterModelTableComment",
    "AlterUniqueTogether",
    "AmbiguityError",
    "BadMigrationError",
    "CircularDependencyError",
    "CreateModel",
    "DeleteModel",
    "InconsistentMigrationHistory",
    "InvalidBasesError",
    "IrreversibleError",
    "Migration",
    "MigrationError",
    "MigrationExecutor",
    "MigrationGraph",
    "MigrationLoader",
    "MigrationRecorder",
    "ModelState",
    "NodeNotFoundError",
    "Operation",
    "ProjectState",
    "RemoveConstraint",
    "RemoveField",
    "RemoveIndex",
    "RenameField",
    "RenameIndex",
    "RenameModel",
    "RunPython",
    "RunSQL",
    "SchemaEditor",
    "SeparateDatabaseAndState",
    "acreate_missing_tables",
    "aunapplied",
    "create_missing_tables",
    "schema_editor",
    "swappable_dependency",
    "unapplied",
]

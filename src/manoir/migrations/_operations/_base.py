"""`Operation`: one step of a migration, which changes the state and the database alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from manoir.bridge import TwoColours, hook, twin
from manoir.exceptions import ImproperlyConfigured
from manoir.migrations._comparing import Change
from manoir.migrations._describing import tables_of
from manoir.migrations._editor import SchemaEditor
from manoir.migrations._references import ModelKey
from manoir.migrations._state import ProjectState
from manoir.migrations._tables import Table, TableKey

CONSTRUCTOR = "_constructor_arguments"


class Operation(TwoColours):
    """One step of a migration. Subclass it for your own and define `state_forwards` and the two database methods.

    `adatabase_forwards` and `adatabase_backwards` are hooks of two colours: a project may override them, or
    `def database_forwards` and `def database_backwards`.

    Attributes:
        reversible: it can be undone.
        reduces_to_sql: `sqlmigrate` can show it.
        atomic: it wants a transaction although its migration has none.
        elidable: a squashed migration may leave it out.
    """

    reversible: bool = True
    reduces_to_sql: bool = True
    atomic: bool = False
    elidable: bool = False

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        self.__dict__[CONSTRUCTOR] = (args, kwargs)
        return self

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Name of the class and the arguments that make an equal operation."""
        args, kwargs = self.__dict__[CONSTRUCTOR]
        return type(self).__name__, args, kwargs

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change the state as the operation changes the models."""
        raise ImproperlyConfigured(f"{type(self).__name__} must define state_forwards(self, app_label, state).")

    @hook
    async def adatabase_forwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Change the database from one state to the next."""
        raise ImproperlyConfigured(f"{type(self).__name__} must define database_forwards().")

    database_forwards = twin(adatabase_forwards)

    @hook
    async def adatabase_backwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Undo `database_forwards`: `from_state` is the state after the operation, `to_state` the one before."""
        raise ImproperlyConfigured(f"{type(self).__name__} must define database_backwards().")

    database_backwards = twin(adatabase_backwards)

    def describe(self) -> str:
        """What it does, in a line."""
        args, kwargs = self.__dict__[CONSTRUCTOR]
        return f"{type(self).__name__}: {args!r} {kwargs!r}"

    @property
    def migration_name_fragment(self) -> str | None:
        """What it adds to the name of its migration."""
        return None

    def cost(self, vendor: str) -> str:
        """What it locks or rewrites in a live database, in a few words; "" when that is nothing or unknown."""
        return ""

    def __repr__(self) -> str:
        args, kwargs = self.__dict__[CONSTRUCTOR]
        shown = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
        return f"<{type(self).__name__} {', '.join(shown)}>"


class SchemaOperation(Operation):
    """An operation whose work in the database follows from the two states: tables are described and compared.

    Attributes:
        with_referring: tables of models that refer to this one may change too.
    """

    with_referring: ClassVar[bool] = False

    def keys(self, app_label: str) -> tuple[ModelKey, ModelKey]:
        """The model's key before and after the operation."""
        raise ImproperlyConfigured(f"{type(self).__name__} must say which model it changes.")

    def column_renames(self, app_label: str, old: ProjectState, new: ProjectState) -> dict[str, Any]:
        """New names of the model's own columns by their old ones."""
        return {}

    def field_moves(self) -> dict[str, str]:
        """For many-to-many fields that were renamed, the old name by the new one."""
        return {}

    def fills(self, key: ModelKey, state: ProjectState, editor: SchemaEditor) -> Mapping[str, str]:
        """SQL text by column for rows that have no value yet."""
        return {}

    @hook
    async def adatabase_forwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        old, new = self.keys(app_label)
        await schema_editor.change(self.change(schema_editor, from_state, to_state, old, new, backwards=False))

    database_forwards = twin(adatabase_forwards)

    @hook
    async def adatabase_backwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        new, old = self.keys(app_label)
        await schema_editor.change(self.change(schema_editor, from_state, to_state, old, new, backwards=True))

    database_backwards = twin(adatabase_backwards)

    def change(
        self,
        editor: SchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
        old: ModelKey,
        new: ModelKey,
        *,
        backwards: bool,
    ) -> Change:
        """Describe the tables concerned in both states."""
        before, after = self.tables(from_state, old, editor), self.tables(to_state, new, editor)
        moved = {key: moved_back(key, old, new, self.field_moves(), backwards=backwards) for key in after}
        renames = self.column_renames(new[0], from_state, to_state) if new in to_state.models else {}
        renamed: dict[TableKey, Mapping[str, Any]] = {}
        for key, table in after.items():
            source = before.get(moved[key])
            if key == (*new, ""):
                found = renames
            else:
                found = paired_renames(source, table) if source is not None and key[2] else {}
            if found:
                renamed[key] = found
        fills = self.fills(new, to_state, editor) if new in to_state.models else {}
        return Change(before, after, moved, renamed, {(*new, ""): fills} if fills else {})

    def tables(self, state: ProjectState, key: ModelKey, editor: SchemaEditor) -> dict[TableKey, Table]:
        """Descriptions of the tables concerned."""
        keys = [key, *(state.referring(key) if self.with_referring else ())] if key in state.models else []
        tables: dict[TableKey, Table] = {}
        for one in keys:
            tables.update(tables_of(state, one, editor.connection))
        return tables


def moved_back(key: TableKey, old: ModelKey, new: ModelKey, moves: Mapping[str, str], *, backwards: bool) -> TableKey:
    """Key of a table before the operation."""
    if key[:2] != new:
        return key
    known = {after: before for before, after in moves.items()} if backwards else dict(moves)
    return (*old, known.get(key[2], key[2]))


def paired_renames(before: Table, after: Table) -> dict[str, Any]:
    """Columns of a table between that are called otherwise: key, source and target stand in the same order."""
    pairs = zip(before.columns, after.columns, strict=False)
    return {one.name: other.name for one, other in pairs if one.name != other.name}


class ModelOperation(SchemaOperation):
    """An operation on one model that keeps its name."""

    name: str

    @property
    def name_lower(self) -> str:
        """The model's name in lower case."""
        return self.name.lower()

    def keys(self, app_label: str) -> tuple[ModelKey, ModelKey]:
        key = (app_label, self.name_lower)
        return key, key


class StateOnly(Operation):
    """An operation that changes nothing in the database."""

    @hook
    async def adatabase_forwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        pass

    database_forwards = twin(adatabase_forwards)

    @hook
    async def adatabase_backwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        pass

    database_backwards = twin(adatabase_backwards)

"""Operations on the fields of a model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from manoir.bridge import hook, twin
from manoir.exceptions import FieldDoesNotExist
from manoir.migrations._comparing import Change
from manoir.migrations._describing import driver_values, tables_of, value_sql
from manoir.migrations._editor import SchemaEditor
from manoir.migrations._operations._base import ModelOperation
from manoir.migrations._references import ModelKey, detached, through_key
from manoir.migrations._state import ProjectState
from manoir.models import DatabaseDefault
from manoir.timezone import now


class FieldOperation(ModelOperation):
    """An operation on one field.

    Args:
        model_name: the model's name.
        name: the field's name.
    """

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.field_name = name

    @property
    def name_lower(self) -> str:
        return self.model_name.lower()

    @property
    def name(self) -> str:  # type: ignore[override]
        """The field's name."""
        return self.field_name


class AddField(FieldOperation):
    """Add a field; rows that are there get its default.

    Args:
        model_name: the model's name.
        name: the field's name.
        field: the field.
        preserve_default: False: the default is for the rows that are there only.
    """

    def __init__(self, model_name: str, name: str, field: Any, preserve_default: bool = True) -> None:
        super().__init__(model_name, name)
        self.field = field
        self.preserve_default = preserve_default

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.add_field(app_label, self.model_name, self.name, self.field, self.preserve_default)

    @hook
    async def adatabase_forwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if self.field.unique and self.field.has_factory and not self.field.many_to_many:
            await self.add_with_a_value_per_row(app_label, schema_editor, from_state, to_state)
        else:
            await super().adatabase_forwards(app_label, schema_editor, from_state, to_state)

    database_forwards = twin(adatabase_forwards)

    async def add_with_a_value_per_row(
        self, app_label: str, editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Add a unique field: first as a plain one, then its default is called for each row, then it gets its form."""
        key = (app_label, self.name_lower)
        loose = from_state.clone()
        plain = detached(self.field, self.name, null=True, unique=False)
        loose.add_field(app_label, self.model_name, self.name, plain, preserve_default=False)
        before, between = (tables_of(state, key, editor.connection) for state in (from_state, loose))
        await editor.change(Change(before, between))
        field = loose.models[key].fields[self.name]
        if between and not editor.collect_sql:
            values = driver_values(loose, field, key, self.field.get_default, editor.connection)
            await editor.fill_rows(between[(*key, "")], field.column, values)
        await editor.change(Change(between, tables_of(to_state, key, editor.connection)))

    def fills(self, key: ModelKey, state: ProjectState, editor: SchemaEditor) -> Mapping[str, str]:
        if self.name not in state.models[key].fields:
            return {}
        return fill_of(state, key, self.name, self.field, editor)

    def describe(self) -> str:
        return f"Add field {self.name} to {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name_lower}_{self.name.lower()}"

    def cost(self, vendor: str) -> str:
        if self.field.many_to_many:
            return "new table, nothing waits"
        if self.field.generated and self.field.db_persist:
            return "rewrites the table: the values of all rows are computed"
        if vendor == "sqlite":
            return "rewrites the table" if not self.field.null or self.field.has_default() else "nothing waits"
        if self.field.has_db_default and hasattr(self.field.db_default, "bind"):
            return "may rewrite the table: its db_default is computed for each row"
        if self.field.unique:
            return "builds a unique index: reads and writes wait meanwhile"
        return "locks the table for a moment"


class RemoveField(FieldOperation):
    """Remove a field and its column, with all values.

    Args:
        model_name: the model's name.
        name: the field's name.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.remove_field(app_label, self.model_name, self.name)

    def fills(self, key: ModelKey, state: ProjectState, editor: SchemaEditor) -> Mapping[str, str]:
        field = state.models[key].fields.get(self.name)  # backwards: the field comes back
        return {} if field is None else fill_of(state, key, self.name, field, editor)

    def describe(self) -> str:
        return f"Remove field {self.name} from {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_{self.name_lower}_{self.name.lower()}"

    def cost(self, vendor: str) -> str:
        return "deletes the values" + (
            "; rewrites the table" if vendor == "sqlite" else "; locks the table for a moment"
        )


class AlterField(FieldOperation):
    """Change a field: its type, NULL, default, uniqueness, index, relation.

    Args:
        model_name: the model's name.
        name: the field's name.
        field: the new field.
        preserve_default: False: the default is for rows without a value only.
    """

    with_referring: ClassVar[bool] = True

    def __init__(self, model_name: str, name: str, field: Any, preserve_default: bool = True) -> None:
        super().__init__(model_name, name)
        self.field = field
        self.preserve_default = preserve_default

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        old = state.get(app_label, self.model_name).get_field(self.name)
        refuse_impossible(app_label, self.model_name, self.name, old, self.field)
        state.alter_field(app_label, self.model_name, self.name, self.field, self.preserve_default)

    def column_renames(self, app_label: str, old: ProjectState, new: ProjectState) -> dict[str, Any]:
        before = old.get(app_label, self.model_name).get_field(self.name).column
        after = new.get(app_label, self.model_name).get_field(self.name).column
        return {before: after} if before and after and before != after else {}

    def fills(self, key: ModelKey, state: ProjectState, editor: SchemaEditor) -> Mapping[str, str]:
        field = state.models[key].fields[self.name]
        if field.null or field.many_to_many:
            return {}
        # Backwards, the state has the old field: a default of another kind of field means nothing to it.
        source = self.field if type(self.field) is type(field) and self.field.has_default() else field
        return fill_of(state, key, self.name, source, editor)

    def describe(self) -> str:
        return f"Alter field {self.name} on {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_{self.name.lower()}"

    def cost(self, vendor: str) -> str:
        if self.field.many_to_many:
            return ""
        return (
            "rewrites the table where its column changes"
            if vendor == "sqlite"
            else ("a new type rewrites the table, NOT NULL and UNIQUE read it: reads and writes wait meanwhile")
        )


class RenameField(FieldOperation):
    """Rename a field and its column.

    Args:
        model_name: the model's name.
        old_name: name it has.
        new_name: name it gets.
    """

    with_referring: ClassVar[bool] = True

    def __init__(self, model_name: str, old_name: str, new_name: str) -> None:
        super().__init__(model_name, old_name)
        self.old_name = old_name
        self.new_name = new_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.rename_field(app_label, self.model_name, self.old_name, self.new_name)

    def column_renames(self, app_label: str, old: ProjectState, new: ProjectState) -> dict[str, Any]:
        before, after = old.get(app_label, self.model_name), new.get(app_label, self.model_name)
        names = (self.old_name, self.new_name) if self.old_name in before.fields else (self.new_name, self.old_name)
        first, second = before.get_field(names[0]).column, after.get_field(names[1]).column
        return {first: second} if first and second and first != second else {}

    def field_moves(self) -> dict[str, str]:
        return {self.new_name: self.old_name}

    def describe(self) -> str:
        return f"Rename field {self.old_name} on {self.model_name} to {self.new_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"rename_{self.old_name.lower()}_{self.name_lower}_{self.new_name.lower()}"

    def cost(self, vendor: str) -> str:
        return "locks the table for a moment; code that knows the old name fails until it is replaced"


def refuse_impossible(app_label: str, model_name: str, name: str, old: Any, new: Any) -> None:
    """Refuse to turn a column into a table between, or one such table into another: rows would be lost.

    Raises:
        ValueError: the two fields cannot become each other.
    """
    place = f"{app_label}.{model_name}.{name}"
    if old.many_to_many != new.many_to_many:
        raise ValueError(
            f"{place} cannot be altered from {type(old).__name__} to {type(new).__name__}: a column does not become a "
            "table. Add a second field, copy the rows by RunPython, remove the first, rename the second."
        )
    owner = (app_label, model_name.lower())
    if new.generated and not old.generated:
        raise ValueError(
            f"{place} cannot be altered into a generated field: the values that it has would be lost. Remove the field, and "
            "add it anew."
        )
    if old.many_to_many and (through_key(old, owner) is None) != (through_key(new, owner) is None):
        raise ValueError(
            f"{place} cannot be altered: adding or removing through= would lose its rows. Use SeparateDatabaseAndState "
            "to let the declared model take over the table, or remove the field and add it anew."
        )


def fill_of(state: ProjectState, key: ModelKey, name: str, field: Any, editor: SchemaEditor) -> dict[str, str]:
    """What rows without a value get, as SQL text by column."""
    bound = state.models[key].fields.get(name)
    if bound is None:
        raise FieldDoesNotExist(f"{'.'.join(key)} has no field named {name!r} at this point.")
    if bound.column is None or bound.generated or (field.has_db_default and not field.has_default()):
        return {}
    value = default_value(field)
    if value is None:
        return {}
    return {bound.column: value_sql(state, bound, key, value, editor.connection)}


def default_value(field: Any) -> Any:
    """The default of a field for rows that are there: the option, the present moment, or empty text."""
    if field.has_default():
        value = field.get_default()
        return None if isinstance(value, DatabaseDefault) else value
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return moment(field)
    if field.null or field.is_relation:
        return None
    if field.blank and field.empty_strings_allowed:
        return b"" if field.get_internal_type() == "BinaryField" else ""
    return None


def moment(field: Any) -> dt.datetime | dt.date | dt.time:
    current = now()
    kind = field.get_internal_type()
    return current.date() if kind == "DateField" else current.time() if kind == "TimeField" else current

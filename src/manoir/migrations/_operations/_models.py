"""Operations on whole models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from manoir.migrations._operations._base import ModelOperation, SchemaOperation, StateOnly
from manoir.migrations._references import ModelKey
from manoir.migrations._state import ModelState, ProjectState

ALTERABLE_OPTIONS: tuple[str, ...] = (
    "base_manager_name",
    "default_manager_name",
    "default_permissions",
    "default_related_name",
    "get_latest_by",
    "managed",
    "ordering",
    "permissions",
    "required_db_features",
    "required_db_vendor",
    "select_on_save",
    "verbose_name",
    "verbose_name_plural",
)
"""Options of `Meta` that have no effect on the table."""


class CreateModel(ModelOperation):
    """Create a model and its table.

    Args:
        name: its name.
        fields: pairs of name and field.
        options: its `Meta`.
        bases: its bases; None: `models.Model`.
        managers: pairs of name and manager.

    Raises:
        ValueError: two fields have one name.
    """

    def __init__(
        self,
        name: str,
        fields: Sequence[tuple[str, Any]],
        options: Mapping[str, Any] | None = None,
        bases: tuple[Any, ...] | None = None,
        managers: Iterable[tuple[str, Any]] | None = None,
    ) -> None:
        self.name = name
        self.fields = list(fields)
        self.options = dict(options or {})
        self.bases = bases
        self.managers = list(managers or ())
        names = [field_name for field_name, _field in self.fields]
        doubled = sorted({one for one in names if names.count(one) > 1})
        if doubled:
            raise ValueError(f"CreateModel({name!r}) has several fields named {', '.join(map(repr, doubled))}.")

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.add_model(ModelState(app_label, self.name, self.fields, self.options, self.bases, self.managers))

    def describe(self) -> str:
        return f"Create {'proxy ' if self.options.get('proxy') else ''}model {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return self.name_lower

    def cost(self, vendor: str) -> str:
        return "new table, nothing waits"


class DeleteModel(ModelOperation):
    """Delete a model and its table, with all rows.

    Args:
        name: its name.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.remove_model(app_label, self.name)

    def describe(self) -> str:
        return f"Delete model {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"delete_{self.name_lower}"

    def cost(self, vendor: str) -> str:
        return "deletes the table and its rows"


class RenameModel(SchemaOperation):
    """Rename a model, its table, and the tables and columns named after it.

    Args:
        old_name: name it has.
        new_name: name it gets.
    """

    with_referring: ClassVar[bool] = True

    def __init__(self, old_name: str, new_name: str) -> None:
        self.old_name = old_name
        self.new_name = new_name

    def keys(self, app_label: str) -> tuple[ModelKey, ModelKey]:
        return (app_label, self.old_name.lower()), (app_label, self.new_name.lower())

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.rename_model(app_label, self.old_name, self.new_name)

    def describe(self) -> str:
        return f"Rename model {self.old_name} to {self.new_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"rename_{self.old_name.lower()}_{self.new_name.lower()}"

    def cost(self, vendor: str) -> str:
        return "locks the table for a moment; code that knows the old name fails until it is replaced"


class AlterModelTable(ModelOperation):
    """Rename the table of a model.

    Args:
        name: the model's name.
        table: name of the table; None: the usual one.
    """

    with_referring: ClassVar[bool] = True

    def __init__(self, name: str, table: str | None) -> None:
        self.name = name
        self.table = table

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.alter_model_options(app_label, self.name, {"db_table": self.table})

    def describe(self) -> str:
        return f"Rename table for {self.name} to {self.table if self.table is not None else '(default)'}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_table"

    def cost(self, vendor: str) -> str:
        return "locks the table for a moment; code that knows the old name fails until it is replaced"


class AlterModelTableComment(ModelOperation):
    """Change the comment of a table.

    Args:
        name: the model's name.
        table_comment: the comment; None removes it.
    """

    def __init__(self, name: str, table_comment: str | None) -> None:
        self.name = name
        self.table_comment = table_comment

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.alter_model_options(app_label, self.name, {"db_table_comment": self.table_comment})

    def describe(self) -> str:
        return f"Alter {self.name} table comment"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_table_comment"


class AlterUniqueTogether(ModelOperation):
    """Change the option `unique_together`.

    Args:
        name: the model's name.
        unique_together: groups of names; None or empty: none.
    """

    def __init__(self, name: str, unique_together: Iterable[Sequence[str]] | None) -> None:
        self.name = name
        self.unique_together = {tuple(group) for group in unique_together or ()}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.alter_model_options(app_label, self.name, {"unique_together": self.unique_together})

    def describe(self) -> str:
        return f"Alter unique_together for {self.name} ({len(self.unique_together)} constraint(s))"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_unique_together"

    def cost(self, vendor: str) -> str:
        return "reads the whole table; writes wait meanwhile"


class AlterModelOptions(StateOnly):
    """Change options of `Meta` that have no effect on the table.

    Args:
        name: the model's name.
        options: the options; those that are not given lose their value.
    """

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name = name
        self.options = dict(options)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.alter_model_options(app_label, self.name, self.options, ALTERABLE_OPTIONS)

    def describe(self) -> str:
        return f"Change Meta options on {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name.lower()}_options"


class AlterModelManagers(StateOnly):
    """Change the managers that migrations know.

    Args:
        name: the model's name.
        managers: pairs of name and manager.
    """

    def __init__(self, name: str, managers: Iterable[tuple[str, Any]]) -> None:
        self.name = name
        self.managers = list(managers)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.alter_model_managers(app_label, self.name, self.managers)

    def describe(self) -> str:
        return f"Change managers on {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name.lower()}_managers"

"""`Migration`: one file of the history, and the two special kinds of dependency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, TypeAlias

from manoir.exceptions import IrreversibleError
from manoir.migrations._editor import SchemaEditor
from manoir.migrations._operations import Operation, SeparateDatabaseAndState
from manoir.migrations._state import ProjectState

MigrationKey: TypeAlias = tuple[str, str]
"""App label and name of a migration; the name may be `__first__` or `__latest__` in dependencies."""

MAX_NAME_LENGTH = 52
"""Longest name made of operations, without its number."""


class Migration:
    """A step of the history of one app. A file in its `migrations` package has a subclass called `Migration`.

    Args:
        name: name of the file.
        app_label: label of the app.

    Attributes:
        operations: what it does, in order.
        dependencies: migrations that come before, as pairs of app label and name.
        run_before: migrations that come after.
        replaces: migrations that it was squashed from.
        initial: it makes the first tables of the app; None: it is when no other of the app comes before.
        atomic: it runs in one transaction, where the database can do that.
    """

    operations: Sequence[Operation] = ()
    dependencies: Sequence[MigrationKey] = ()
    run_before: Sequence[MigrationKey] = ()
    replaces: Sequence[MigrationKey] = ()
    initial: ClassVar[bool | None] = None
    atomic: bool = True

    def __init__(self, name: str, app_label: str) -> None:
        self.name = name
        self.app_label = app_label
        self.operations = list(self.operations)
        self.dependencies = [pair(one) for one in self.dependencies]
        self.run_before = [pair(one) for one in self.run_before]
        self.replaces = [pair(one) for one in self.replaces]

    @property
    def key(self) -> MigrationKey:
        """App label and name."""
        return self.app_label, self.name

    @property
    def is_initial(self) -> bool:
        """Whether `--fake-initial` may take it as applied."""
        if self.initial is not None:
            return self.initial
        return all(app_label != self.app_label for app_label, _name in self.dependencies)

    def mutate_state(self, state: ProjectState, preserve: bool = True) -> ProjectState:
        """The state after this migration.

        Args:
            state: the state before.
            preserve: leave that one as it is; False changes it, which is faster.
        """
        after = state.clone() if preserve else state
        for operation in self.operations:
            operation.state_forwards(self.app_label, after)
        return after

    def steps(self, state: ProjectState) -> Iterator[tuple[Operation, ProjectState, ProjectState]]:
        """Each operation with the state before and after it; the state given is left as it is."""
        for operation in self.operations:
            after = state.clone()
            operation.state_forwards(self.app_label, after)
            yield operation, state, after
            state = after

    async def apply(self, state: ProjectState, schema_editor: SchemaEditor) -> ProjectState:
        """Run all operations; answer the state after them."""
        for operation, before, after in self.steps(state):
            if schema_editor.collect_sql:
                announce(operation, schema_editor)
            await operation.adatabase_forwards(self.app_label, schema_editor, before, after)
            state = after
        return state

    async def unapply(self, state: ProjectState, schema_editor: SchemaEditor) -> ProjectState:
        """Undo all operations, the last one first; `state` is the state before the migration, and the answer.

        Raises:
            IrreversibleError: an operation cannot be undone; nothing was done then.
        """
        for operation in self.operations:
            if not operation.reversible:
                raise IrreversibleError(
                    f"{self} cannot be undone: {operation.describe()} has no way back. "
                    "Give it reverse_code or reverse_sql (noop does nothing)."
                )
        for operation, before, after in reversed(list(self.steps(state))):
            if schema_editor.collect_sql:
                announce(operation, schema_editor)
            await operation.adatabase_backwards(self.app_label, schema_editor, after, before)
        return state

    def suggest_name(self) -> str:
        """A name made of what it does, without its number."""
        if self.initial:
            return "initial"
        fragments = [one.migration_name_fragment for one in self.operations if one.migration_name_fragment]
        if not fragments or len(fragments) != len(self.operations):
            return "auto"
        name = fragments[0]
        for fragment in fragments[1:]:
            longer = f"{name}_{fragment}"
            if len(longer) > MAX_NAME_LENGTH:
                return f"{name}_and_more"
            name = longer
        return name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Migration) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return f"{self.app_label}.{self.name}"

    def __repr__(self) -> str:
        return f"<Migration {self.app_label}.{self.name}>"


def pair(dependency: Any) -> Any:
    """A dependency as a tuple; a swappable one stays what it is."""
    return dependency if isinstance(dependency, tuple) else tuple(dependency)


def announce(operation: Operation, schema_editor: SchemaEditor) -> None:
    """Write a comment above the statements of an operation."""
    lines = ["--", f"-- {operation.describe()}", "--"]
    if not operation.reduces_to_sql and not isinstance(operation, SeparateDatabaseAndState):
        lines.append("-- THIS OPERATION CANNOT BE WRITTEN AS SQL")
    schema_editor.collected_sql.extend(lines)


class SwappableTuple(tuple[str, str]):
    """A dependency that follows a setting; `setting` names it."""

    setting: str

    def __new__(cls, value: tuple[str, str], setting: str) -> SwappableTuple:
        self = super().__new__(cls, value)
        self.setting = setting
        return self


def swappable_dependency(value: str) -> SwappableTuple:
    """A dependency on the first migration of the app whose model a setting names.

    Args:
        value: `"app_label.Model"`, usually `settings.AUTH_USER_MODEL`.

    Example:
        >>> swappable_dependency("accounts.User")
        ('accounts', '__first__')
    """
    return SwappableTuple((value.split(".", 1)[0], "__first__"), value)

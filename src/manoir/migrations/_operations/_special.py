"""Operations that run a project's own code or SQL."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from manoir.bridge import hook, run_sync, twin
from manoir.db import router, transaction
from manoir.exceptions import IrreversibleError
from manoir.migrations._editor import SchemaEditor
from manoir.migrations._operations._base import Operation
from manoir.migrations._splitting import statements_of
from manoir.migrations._state import ProjectState

Code: TypeAlias = Callable[[Any, Any], Any]
Statement: TypeAlias = str | tuple[str, Sequence[Any] | None]


class RunPython(Operation):
    """Run a function on the historical models: to fill a new column, to move rows.

    Args:
        code: `def` or `async def (apps, schema_editor)`; `apps.get_model("shop.Book")` gives the model as it is at this
            point.
        reverse_code: undoes it; None: the migration cannot be undone. `RunPython.noop` does nothing.
        atomic: its own transaction, where the migration has none; None: only where the migration is atomic.
        hints: passed to routers.
        elidable: a squashed migration may leave it out.

    Example:
        >>> def fill(apps, schema_editor):
        ...     apps.get_model("shop", "Book").objects.filter(price=None).update(price=0)
        >>> RunPython(fill, RunPython.noop).reversible
        True
    """

    reduces_to_sql = False

    def __init__(
        self,
        code: Code,
        reverse_code: Code | None = None,
        atomic: bool | None = None,
        hints: Mapping[str, Any] | None = None,
        elidable: bool = False,
    ) -> None:
        for name, function in (("code", code), ("reverse_code", reverse_code)):
            if function is not None and not callable(function):
                raise ValueError(f"RunPython() needs a function for {name}, not {function!r}.")
        self.code = code
        self.reverse_code = reverse_code
        self.atomic = bool(atomic)
        self.hints = dict(hints or {})
        self.elidable = elidable

    @property
    def reversible(self) -> bool:  # type: ignore[override]
        """Whether there is `reverse_code`."""
        return self.reverse_code is not None

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    @hook
    async def adatabase_forwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if router.allow_migrate(schema_editor.connection.alias, app_label, **self.hints):
            await self.call(self.code, schema_editor, from_state)

    database_forwards = twin(adatabase_forwards)

    @hook
    async def adatabase_backwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if self.reverse_code is None:
            raise IrreversibleError("RunPython without reverse_code cannot be undone; RunPython.noop does nothing.")
        if router.allow_migrate(schema_editor.connection.alias, app_label, **self.hints):
            await self.call(self.reverse_code, schema_editor, to_state)

    database_backwards = twin(adatabase_backwards)

    async def call(self, code: Code, schema_editor: SchemaEditor, state: ProjectState) -> None:
        """Call a function of either colour, in a transaction of its own if it wants one."""
        if schema_editor.collect_sql:
            return
        if self.atomic and not schema_editor.connection.in_atomic_block:
            async with transaction.atomic(schema_editor.connection.alias):
                await self.run(code, schema_editor, state)
        else:
            await self.run(code, schema_editor, state)
        await schema_editor.settle()

    async def run(self, code: Code, schema_editor: SchemaEditor, state: ProjectState) -> None:
        """Call a function of either colour."""
        if inspect.iscoroutinefunction(code):
            await code(state.apps, schema_editor)
            return
        outcome = await run_sync(code, state.apps, schema_editor)
        if inspect.isawaitable(outcome):
            await outcome

    @staticmethod
    def noop(apps: Any, schema_editor: Any) -> None:
        """Do nothing."""

    def describe(self) -> str:
        return "Raw Python operation"

    def cost(self, vendor: str) -> str:
        return "runs your code; what it changes stays locked until the migration ends"


class RunSQL(Operation):
    """Run SQL of your own.

    Args:
        sql: text with one or several statements, or a list whose members are texts or pairs `(text, params)`, with `%s`
            for each value.
        reverse_sql: undoes it; None: the migration cannot be undone. `RunSQL.noop` does nothing.
        state_operations: operations that say what it means for the models.
        hints: passed to routers.
        elidable: a squashed migration may leave it out.

    Example:
        >>> RunSQL([("INSERT INTO shop_tag (label) VALUES (%s)", ["new"])], RunSQL.noop).reversible
        True
    """

    noop: str = ""

    def __init__(
        self,
        sql: str | Sequence[Statement],
        reverse_sql: str | Sequence[Statement] | None = None,
        state_operations: Sequence[Operation] | None = None,
        hints: Mapping[str, Any] | None = None,
        elidable: bool = False,
    ) -> None:
        self.sql = sql
        self.reverse_sql = reverse_sql
        self.state_operations = list(state_operations or ())
        self.hints = dict(hints or {})
        self.elidable = elidable

    @property
    def reversible(self) -> bool:  # type: ignore[override]
        """Whether there is `reverse_sql`."""
        return self.reverse_sql is not None

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for operation in self.state_operations:
            operation.state_forwards(app_label, state)

    @hook
    async def adatabase_forwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if router.allow_migrate(schema_editor.connection.alias, app_label, **self.hints):
            await self.run(self.sql, schema_editor)

    database_forwards = twin(adatabase_forwards)

    @hook
    async def adatabase_backwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if self.reverse_sql is None:
            raise IrreversibleError("RunSQL without reverse_sql cannot be undone; RunSQL.noop does nothing.")
        if router.allow_migrate(schema_editor.connection.alias, app_label, **self.hints):
            await self.run(self.reverse_sql, schema_editor)

    database_backwards = twin(adatabase_backwards)

    async def run(self, sql: str | Sequence[Statement], schema_editor: SchemaEditor) -> None:
        """Run all statements."""
        if isinstance(sql, str):
            for statement in statements_of(sql):
                await schema_editor.aexecute(statement, None)
        else:
            for member in sql:
                await self.run_member(member, schema_editor)
        await schema_editor.settle()

    async def run_member(self, member: Statement, schema_editor: SchemaEditor) -> None:
        if isinstance(member, str):
            await schema_editor.aexecute(member, None)
            return
        if not isinstance(member, (list, tuple)) or len(member) != 2:
            raise ValueError(f"RunSQL takes texts and pairs (text, params) in a list, not {member!r}.")
        await schema_editor.aexecute(*member)

    def describe(self) -> str:
        return "Raw SQL operation"

    def cost(self, vendor: str) -> str:
        return "runs your SQL; what it changes stays locked until the migration ends"


class SeparateDatabaseAndState(Operation):
    """Say apart what changes in the database and what changes in the models.

    Args:
        database_operations: operations that change the database only.
        state_operations: operations that change the state only.
    """

    def __init__(
        self,
        database_operations: Sequence[Operation] | None = None,
        state_operations: Sequence[Operation] | None = None,
    ) -> None:
        self.database_operations = list(database_operations or ())
        self.state_operations = list(state_operations or ())

    @property
    def reversible(self) -> bool:  # type: ignore[override]
        """Whether all its database operations are."""
        return all(operation.reversible for operation in self.database_operations)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for operation in self.state_operations:
            operation.state_forwards(app_label, state)

    @hook
    async def adatabase_forwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        state = from_state.clone()
        for operation in self.database_operations:
            after = state.clone()
            operation.state_forwards(app_label, after)
            await operation.adatabase_forwards(app_label, schema_editor, state, after)
            state = after

    database_forwards = twin(adatabase_forwards)

    @hook
    async def adatabase_backwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        state, steps = to_state.clone(), list[tuple[Operation, ProjectState, ProjectState]]()
        for operation in self.database_operations:
            after = state.clone()
            operation.state_forwards(app_label, after)
            steps.append((operation, state, after))
            state = after
        for operation, before, after in reversed(steps):
            await operation.adatabase_backwards(app_label, schema_editor, after, before)

    database_backwards = twin(adatabase_backwards)

    def describe(self) -> str:
        return "Custom state/database change combination"

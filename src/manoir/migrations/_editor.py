"""`SchemaEditor`: brings the tables of a database from one description to the next, or collects the statements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from manoir.bridge import blocking
from manoir.migrations._comparing import Change
from manoir.migrations._ddl import DDL, RowSQL
from manoir.migrations._describing import tables_of
from manoir.migrations._literals import literal
from manoir.migrations._state import ModelState, ProjectState
from manoir.migrations._tables import Table


class SchemaEditor(ABC):
    """Changes the schema of one database; `RunPython` gets it as its second argument.

    Args:
        connection: the database.
        collect_sql: keep statements in `collected_sql` instead of running them.
        atomic: it works inside one transaction.

    Attributes:
        connection: the database; `schema_editor.connection.alias` names it.
        collected_sql: with `collect_sql`, the statements.
    """

    def __init__(self, connection: Any, *, collect_sql: bool = False, atomic: bool = True) -> None:
        self.connection = connection
        self.collect_sql = collect_sql
        self.collected_sql: list[str] = []
        self.atomic_migration = atomic
        self.ddl = DDL(connection)

    async def run(self, *statements: str) -> None:
        """Run (or collect) statements of ours."""
        for statement in statements:
            if self.collect_sql:
                self.collected_sql.append(f"{statement};")
            else:
                await self.connection.execute(statement)

    async def aexecute(self, sql: str, params: Sequence[Any] | None = ()) -> None:
        """Run (or collect) a statement of a project's own.

        Args:
            sql: one statement. With `params`, values stand in it as `%s`.
            params: the values; None or empty: the text is taken as it is.
        """
        if self.collect_sql:
            self.collected_sql.append(with_semicolon(self.with_values(sql, params)))
            return
        async with self.connection.cursor() as cursor:
            if params:
                await cursor.aexecute(sql, params)
            else:
                await cursor.aexecute(sql)

    execute = blocking(aexecute)

    def with_values(self, sql: str, params: Sequence[Any] | None) -> str:
        """A statement with its values as literals, to be shown."""
        if not params:
            return sql
        return sql % tuple([self.quote_value(value) for value in params])

    def quote_value(self, value: Any) -> str:
        """A value as a literal, to be shown."""
        return literal(value, self.connection.vendor)

    def quote_name(self, name: str) -> str:
        """A name as SQL writes it."""
        return self.connection.quote_name(name)

    # -- changes ---------------------------------------------------------------------------------------------------

    @abstractmethod
    async def change(self, change: Change) -> None:
        """Bring the tables of `change.before` to `change.after`."""

    async def fill_rows(self, table: Table, column: str, values: Iterator[Any]) -> None:
        """Give every row of a table a value of its own in one column."""
        key = table.key
        if key is None:
            return
        sql = RowSQL(self.connection, table.name, key.name, column)
        rows = await self.connection.fetch(sql.read)
        await self.connection.execute_many(sql.update, [(next(values), row[0]) for row in rows])
        await self.settle()

    async def settle(self) -> None:
        """Called after data was changed, before the schema is changed again."""

    async def begin(self) -> None:
        """Called when the transaction of a migration has begun."""

    async def finish(self) -> None:
        """Called before that transaction commits."""

    # -- by model, as documented -----------------------------------------------------------------------------------

    async def acreate_model(self, model: Any) -> None:
        """Create the table of a model and those of its many-to-many fields."""
        tables = tables_of(state_around(model), key_of_model(model), self.connection)
        await self.change(Change({}, tables))

    create_model = blocking(acreate_model)

    async def adelete_model(self, model: Any) -> None:
        """Drop the table of a model and those of its many-to-many fields."""
        tables = tables_of(state_around(model), key_of_model(model), self.connection)
        await self.change(Change(tables, {}))

    delete_model = blocking(adelete_model)


def state_around(model: Any) -> ProjectState:
    """The state of a model class, of an installed app or of none, and of all models beside it."""
    state = ProjectState.from_apps(model._meta.apps)
    state.models.setdefault(key_of_model(model), ModelState.from_model(model))
    return state


def key_of_model(model: Any) -> tuple[str, str]:
    return model._meta.app_label, model._meta.model_name


def with_semicolon(sql: str) -> str:
    return sql if sql.rstrip().endswith(";") else f"{sql};"

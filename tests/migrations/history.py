"""A history of one app that tests write step by step, on a real database."""

from __future__ import annotations

from typing import Any

from manoir.db import Connection
from manoir.migrations import Migration, MigrationExecutor, Operation, ProjectState

APP = "shop"


class History:
    """Applies operations to a database as migrations of their own, and undoes them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.executor = MigrationExecutor(connection)
        self.states = [ProjectState()]
        self.migrations: list[Migration] = []

    @property
    def state(self) -> ProjectState:
        return self.states[-1]

    async def apply(self, *operations: Operation, atomic: bool = True) -> None:
        """Run operations as one migration."""
        migration = Migration(f"{len(self.migrations) + 1:04d}_step", APP)
        migration.operations = list(operations)
        migration.atomic = atomic
        async with self.executor.editing(migration) as editor:
            state = await migration.apply(self.state, editor)
        self.states.append(state)
        self.migrations.append(migration)

    async def undo(self) -> None:
        """Undo the last migration."""
        migration = self.migrations.pop()
        self.states.pop()
        async with self.executor.editing(migration) as editor:
            await migration.unapply(self.state, editor)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.connection.fetch(sql)]

    async def run(self, *statements: str) -> None:
        for statement in statements:
            await self.connection.execute(statement)

    async def columns(self, table: str) -> list[str]:
        """Names of a table's columns, as the database knows them."""
        if self.connection.vendor == "sqlite":
            return [row[1] for row in await self.rows(f'PRAGMA table_info("{table}")')]
        found = await self.rows(
            f"SELECT attname FROM pg_attribute WHERE attrelid = '\"{table}\"'::regclass AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum"
        )
        return [row[0] for row in found]

    async def indexes(self, table: str) -> list[str]:
        """Names of a table's indexes and unique constraints; keys are left out."""
        if self.connection.vendor == "sqlite":
            sql = f"SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = '{table}' AND sql IS NOT NULL"
        else:
            sql = f"SELECT indexname FROM pg_indexes WHERE tablename = '{table}' AND indexname NOT LIKE '%_pkey'"
        return sorted(row[0] for row in await self.rows(sql))

    async def foreign_keys(self, table: str) -> list[tuple[str, str]]:
        """Pairs of column and table pointed to."""
        if self.connection.vendor == "sqlite":
            return sorted((row[3], row[2]) for row in await self.rows(f'PRAGMA foreign_key_list("{table}")'))
        found = await self.rows(
            "SELECT a.attname, c.confrelid::regclass::text FROM pg_constraint c JOIN pg_attribute a ON"
            f" a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f' AND c.conrelid = '\"{table}\"'::regclass"
        )
        return sorted((row[0], row[1].strip('"')) for row in found)

"""The history in the database: the table `django_migrations`, whose name lets existing databases be taken over."""

from __future__ import annotations

from typing import Any

from manoir.db import ColumnType
from manoir.migrations._ddl import DDL, HistorySQL
from manoir.migrations._migration import MigrationKey
from manoir.migrations._tables import Column, Table
from manoir.models import Identifier
from manoir.timezone import now

TABLE = Identifier("django_migrations")


class MigrationRecorder:
    """Reads and writes the history of one database.

    Args:
        connection: the database.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.sql = HistorySQL(connection, TABLE)
        self._has_table = False

    async def has_table(self) -> bool:
        """Whether the table exists."""
        self._has_table = self._has_table or TABLE in await self.connection.table_names()
        return self._has_table

    async def ensure_table(self) -> None:
        """Create the table when it does not exist."""
        if not await self.has_table():
            await self.connection.execute(DDL(self.connection).create_table(description(self.connection)))
            self._has_table = True

    async def applied(self) -> list[MigrationKey]:
        """Keys of applied migrations, in the order in which they were."""
        return list(await self.times())

    async def times(self) -> dict[MigrationKey, Any]:
        """When each migration was applied."""
        if not await self.has_table():
            return {}
        read = self.connection.from_driver(MOMENT)
        rows = await self.connection.fetch(self.sql.read)
        return {(row[0], row[1]): row[2] if read is None else read(row[2]) for row in rows}

    async def record_applied(self, app_label: str, name: str) -> None:
        """Write that a migration was applied."""
        await self.ensure_table()
        write = self.connection.to_driver(MOMENT)
        moment = now()
        applied = moment if write is None else write(moment)
        await self.connection.execute(self.sql.insert, (app_label, name, applied))

    async def record_unapplied(self, app_label: str, name: str) -> None:
        """Write that a migration is no longer applied."""
        await self.ensure_table()
        await self.connection.execute(self.sql.delete, (app_label, name))


MOMENT = ColumnType("datetime")


def description(connection: Any) -> Table:
    """The table, as databases of Django have it."""
    text = connection.sql_type(ColumnType("char", length=255))
    key = "integer" if connection.vendor == "sqlite" else "bigint"
    return Table(
        TABLE,
        (
            Column(Identifier("id"), key, "bigint", primary_key=True, auto=True),
            Column(Identifier("app"), text, "char"),
            Column(Identifier("name"), text, "char"),
            Column(Identifier("applied"), connection.sql_type(MOMENT), "datetime"),
        ),
    )

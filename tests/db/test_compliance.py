"""Both backends pass the public suite: SQLite in a file, in memory and on threads, PostgreSQL with and without caches."""

from __future__ import annotations

import itertools

from manoir.db import Connection, make_connection
from manoir.db.compliance import DatabaseCompliance
from tests import databases

numbers = itertools.count()


async def fresh(vendor: str, **options: object) -> Connection:
    name = databases.session_name(f"compliance{next(numbers)}")
    connection = make_connection("default", databases.entry(vendor, name, **options))
    await connection.create_database(connection.settings_dict["NAME"])
    return connection


class TestSQLite(DatabaseCompliance):
    async def make(self) -> Connection:
        return await fresh("sqlite")


class TestSQLiteOnThreads(DatabaseCompliance):
    async def make(self) -> Connection:
        return await fresh("sqlite", threads=True)


class TestSQLiteInMemory(DatabaseCompliance):
    async def make(self) -> Connection:
        return make_connection("default", {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"})


class TestPostgreSQL(DatabaseCompliance):
    def setup_method(self) -> None:
        databases.require_postgresql()

    async def make(self) -> Connection:
        return await fresh("postgresql")


class TestPostgreSQLBehindPgBouncer(TestPostgreSQL):
    async def make(self) -> Connection:
        return await fresh("postgresql", pgbouncer=True)

"""Databases for tests: made beside the project's own, and dropped afterwards."""

from __future__ import annotations

from typing import Any

from manoir.bridge import blocking_function
from manoir.db._handler import connections, make_connection


async def acreate_test_database(alias: str = "default", *, suffix: str = "", keep: bool = False) -> dict[str, Any]:
    """Create the test database of `alias` and return its entry for `connections.override`.

    Its name is `TEST["NAME"]`, else `test_` and the project's name; for SQLite a database in memory.

    Args:
        alias: which database of DATABASES.
        suffix: is added to the name, for one database per test process.
        keep: use a database of that name that is there already.

    Returns:
        An entry of DATABASES whose NAME is the test database.
    """
    connection = connections[alias]
    name = connection.test_name()
    if suffix and name != ":memory:":
        name = f"{name}_{suffix}"
    if not (keep and await connection.database_exists(name)):
        await connection.create_database(name)
    given = dict(connections.settings[alias])
    return {**given, "NAME": name}


async def adestroy_test_database(entry: dict[str, Any], alias: str = "default") -> None:
    """Drop a database that `acreate_test_database` made; its connections have to be closed before."""
    connection = make_connection(alias, entry)
    await connection.drop_database(str(entry["NAME"]))
    await connection.aclose()


async def aflush(alias: str = "default", *, keep: tuple[str, ...] = ("django_migrations",)) -> None:
    """Empty the tables of a database, and start its counters anew; tests that commit call it.

    Args:
        alias: which database.
        keep: tables that are left alone.
    """
    connection = connections[alias]
    names = [connection.quote_name(name) for name in await connection.table_names() if name not in keep]
    if not names:
        return
    if connection.vendor == "postgresql":
        await connection.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
        return
    async with connection.hold():
        await connection.execute("PRAGMA foreign_keys = OFF")
        for name in names:
            await connection.execute(f"DELETE FROM {name}")  # noqa: S608 - quoted names of the database's own tables
        if await connection.fetch("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"):
            await connection.execute("DELETE FROM sqlite_sequence")
        await connection.execute("PRAGMA foreign_keys = ON")


flush = blocking_function(aflush)
create_test_database = blocking_function(acreate_test_database)
destroy_test_database = blocking_function(adestroy_test_database)

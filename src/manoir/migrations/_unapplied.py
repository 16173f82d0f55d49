"""Which migrations a database still waits for, as `runserver` and commands tell it."""

from __future__ import annotations

from typing import Any

from manoir.bridge import blocking_function
from manoir.commands import set_migrations_check
from manoir.db import DEFAULT_DB_ALIAS, connections
from manoir.exceptions import OperationalError
from manoir.migrations._executor import MigrationExecutor
from manoir.migrations._migration import MigrationKey


async def aunapplied(alias: str = DEFAULT_DB_ALIAS) -> list[MigrationKey]:
    """Migrations that a database does not have yet, in the order in which they would be applied.

    Args:
        alias: alias of the database.

    Returns:
        Pairs of app label and name.

    Raises:
        OperationalError: the database cannot be reached.
    """
    executor = MigrationExecutor(connections[alias])
    loader = await executor.load()
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    return [migration.key for migration, _backwards in plan]


unapplied = blocking_function(aunapplied)


def tell_unapplied(command: Any) -> None:
    """What `BaseCommand.check_migrations()` does: name them on stderr."""
    try:
        waiting = unapplied()
    except OperationalError as error:
        command.stderr.write(f"The database cannot be asked for its migrations: {error}")
        return
    if waiting:
        apps = ", ".join(sorted({app_label for app_label, _name in waiting}))
        count = f"{len(waiting)} migrations are" if len(waiting) > 1 else "1 migration is"
        command.stderr.write(f"{count} not applied (of {apps}). Run: manage.py migrate")


set_migrations_check(tell_unapplied)

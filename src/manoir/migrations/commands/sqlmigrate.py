"""`sqlmigrate`: the SQL of a migration, without running it."""

from __future__ import annotations

from typing import Any

from manoir.apps import apps
from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS, connections
from manoir.exceptions import CommandError, MigrationError, nearest
from manoir.migrations._executor import collect_sql
from manoir.migrations._loader import MigrationLoader


class Command(BaseCommand):
    """Shows the SQL of a migration."""

    help = "Shows the SQL statements of a migration; nothing is run."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take the migration and the direction."""
        parser.add_argument("app_label", help="label of the app")
        parser.add_argument("migration_name", help="name of the migration, or its beginning")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database whose SQL is shown")
        parser.add_argument("--backwards", action="store_true", help="the statements that undo it")

    async def handle(self, *args: Any, **options: Any) -> str:
        """Collect the statements."""
        alias: str = options["database"]
        if alias not in connections:
            raise CommandError(f"There is no database {alias!r} in DATABASES.{nearest(alias, connections)}")
        try:
            apps.get_app_config(options["app_label"])
            loader = MigrationLoader()
            migration = loader.get_migration_by_prefix(options["app_label"], options["migration_name"])
            statements = await collect_sql(connections[alias], loader, migration, options["backwards"])
        except (LookupError, MigrationError) as error:
            raise CommandError(str(error)) from error
        self.output_transaction = migration.atomic and bool(statements)
        return "\n".join(statements) or "-- (no SQL)"

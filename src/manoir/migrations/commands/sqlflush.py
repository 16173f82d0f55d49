"""`sqlflush`: what `flush` would run."""

from __future__ import annotations

from typing import Any

from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS, connections
from manoir.exceptions import CommandError, nearest
from manoir.migrations._tables_of_models import present_tables


class Command(BaseCommand):
    """Shows the SQL of `flush`."""

    help = "Shows the SQL statements of the flush command; nothing is run."
    requires_system_checks = ()
    output_transaction = True

    def add_arguments(self, parser: Any) -> None:
        """Take the database."""
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")

    async def handle(self, *args: Any, **options: Any) -> str:
        """Write the statements."""
        alias: str = options["database"]
        if alias not in connections:
            raise CommandError(f"There is no database {alias!r} in DATABASES.{nearest(alias, connections)}")
        statements = await connections[alias].flush_sql(await present_tables(alias))
        if not statements and options["verbosity"] >= 1:
            self.stderr.write("No tables found.")
        return "\n".join(f"{statement};" for statement in statements)

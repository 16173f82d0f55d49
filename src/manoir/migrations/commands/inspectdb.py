"""`inspectdb`: models for the tables of a database."""

from __future__ import annotations

from typing import Any

from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS, connections
from manoir.exceptions import CommandError, nearest
from manoir.migrations._inspecting import code_of


class Command(BaseCommand):
    """Writes models for tables."""

    help = "Writes models for the tables of a database that is there already (`managed = False`); the module goes to stdout."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take the tables."""
        parser.add_argument("table", nargs="*", help="tables or views; without any: all tables")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")
        parser.add_argument("--include-partitions", action="store_true", help="also partitions of tables (PostgreSQL)")
        parser.add_argument("--include-views", action="store_true", help="also views, and materialized views")

    async def handle(self, *args: str, **options: Any) -> None:
        """Ask the database, and write."""
        alias: str = options["database"]
        if alias not in connections:
            raise CommandError(f"There is no database {alias!r} in DATABASES.{nearest(alias, connections)}")
        wanted: list[str] = [*args, *options["table"]]
        tables = await connections[alias].inspect_tables(
            views=options["include_views"] or bool(wanted), partitions=options["include_partitions"] or bool(wanted)
        )
        if wanted:
            known = {table.name: table for table in tables}
            for name in wanted:
                if name not in known:
                    raise CommandError(f"The database {alias!r} has no table {name!r}.{nearest(name, known)}")
            tables = [table for table in tables if table.name in wanted]
        self.stdout.write("\n".join(code_of(tables)))

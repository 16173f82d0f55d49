"""`flush`: a database without rows."""

from __future__ import annotations

import sys
from typing import Any

from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS, connections, transaction
from manoir.exceptions import CommandError, DatabaseError, nearest
from manoir.migrations._signals import send_migrate
from manoir.migrations._tables_of_models import present_tables
from manoir.models import signals


class Command(BaseCommand):
    """Empties a database."""

    help = (
        "Removes all rows of the tables of installed apps, and starts their counters anew. The history of migrations stays;"
        " what `migrate` makes at its end (content types, permissions) is made again."
    )
    stealth_options = ("reset_sequences", "inhibit_post_migrate")

    def add_arguments(self, parser: Any) -> None:
        """Take the database."""
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="never ask")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")

    async def handle(self, *args: Any, **options: Any) -> None:
        """Ask, empty, tell."""
        alias: str = options["database"]
        if alias not in connections:
            raise CommandError(f"There is no database {alias!r} in DATABASES.{nearest(alias, connections)}")
        connection = connections[alias]
        if options["interactive"] and not self.agreed(connection):
            self.stdout.write("Nothing was removed.")
            return
        tables = await present_tables(alias)
        statements = await connection.flush_sql(tables, reset_sequences=options.get("reset_sequences", True))
        try:
            async with transaction.atomic(using=alias):
                await connection.defer_constraints()
                for statement in statements:
                    await connection.execute(statement)
        except DatabaseError as error:
            raise CommandError(
                f"{connection.describe.capitalize()} could not be emptied: {error} Do all migrations stand"
                " (`manoir showmigrations`)? Do tables of no app refer to these (`manoir sqlflush` shows the statements)?"
            ) from error
        if not options.get("inhibit_post_migrate"):
            await send_migrate(
                signals.post_migrate,
                alias=alias,
                plan=[],
                state=None,
                verbosity=options["verbosity"],
                interactive=options["interactive"],
                stdout=self.stdout,
            )
        if options["verbosity"] >= 2:
            self.stdout.write(f"{len(tables)} tables of {connection.describe} were emptied.")

    def agreed(self, connection: Any) -> bool:
        """Ask the person at the terminal."""
        name = connection.settings_dict["NAME"]
        self.stdout.write(
            f"This removes ALL ROWS of {connection.describe} ({name}); nothing brings them back.\nType 'yes' to go on: ",
            ending="",
        )
        self.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            raise CommandError("There is nobody to answer: run flush in a terminal, or with --no-input.")
        return line.strip() == "yes"

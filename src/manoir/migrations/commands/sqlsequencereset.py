"""`sqlsequencereset`: statements that set counters behind the greatest key."""

from __future__ import annotations

from typing import Any

from manoir.apps import AppConfig
from manoir.commands import AppCommand
from manoir.db import DEFAULT_DB_ALIAS, connections
from manoir.exceptions import CommandError, nearest
from manoir.migrations._tables_of_models import counted_columns, migrated_models


class Command(AppCommand):
    """Shows SQL that corrects counters."""

    help = (
        "Shows the SQL statements that let the counters of the given apps go on behind the greatest key in their tables:"
        " after rows came in with keys of their own. SQLite needs none."
    )
    requires_system_checks = ()
    output_transaction = True

    def add_arguments(self, parser: Any) -> None:
        """Take apps and the database."""
        super().add_arguments(parser)
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")

    def handle_app_config(self, app_config: AppConfig, **options: Any) -> str:
        """Write the statements of one app."""
        alias: str = options["database"]
        if alias not in connections:
            raise CommandError(f"There is no database {alias!r} in DATABASES.{nearest(alias, connections)}")
        models = migrated_models(alias, [app_config])
        statements = connections[alias].sequence_reset_sql(counted_columns(models))
        if not statements and options["verbosity"] >= 1:
            self.stderr.write(f"{app_config.label} has no counters that could be reset.")
        return "\n".join(f"{statement};" for statement in statements)

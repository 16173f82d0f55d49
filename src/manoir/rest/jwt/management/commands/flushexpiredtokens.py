"""`flushexpiredtokens`: removes tokens that have expired from the table."""

from __future__ import annotations

from typing import Any

from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS
from manoir.rest.jwt.models import OutstandingToken


class Command(BaseCommand):
    """Removes tokens that have expired from the table."""

    help = "Removes tokens that have expired from the tables of outstanding and blacklisted tokens. Run it once a day."

    def add_arguments(self, parser: Any) -> None:
        """Take the database."""
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")

    async def handle(self, *args: Any, **options: Any) -> None:
        """Remove them."""
        count = await OutstandingToken.objects.db_manager(options["database"]).aflush_expired()
        self.stdout.write(f"Removed {count} expired token{'' if count == 1 else 's'}.")

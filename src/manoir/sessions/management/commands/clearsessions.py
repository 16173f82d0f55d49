"""`clearsessions`: removes sessions that have expired."""

from __future__ import annotations

from typing import Any

from manoir.commands import BaseCommand
from manoir.conf import import_string, settings


class Command(BaseCommand):
    """Removes sessions that have expired."""

    help = "Removes sessions that have expired from the store of SESSION_ENGINE. Run it once a day."

    async def handle(self, *args: Any, **options: Any) -> None:
        """Ask the store."""
        count = await import_string(settings.SESSION_ENGINE).aclear_expired()
        self.stdout.write(f"Removed {count} expired session{'' if count == 1 else 's'}.")

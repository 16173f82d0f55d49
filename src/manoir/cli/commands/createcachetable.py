"""`createcachetable`: makes the tables of the caches that live in a database."""

from __future__ import annotations

from typing import Any

from manoir.cache import caches
from manoir.commands import BaseCommand
from manoir.db import DatabaseCache


class Command(BaseCommand):
    """Makes the tables of database caches."""

    help = "Makes the table of each entry of CACHES whose BACKEND is manoir.db.DatabaseCache, where it is missing."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take the database and the dry run."""
        parser.add_argument("--database", default=None, help="only the caches that live in the database of this alias")
        parser.add_argument("--dry-run", action="store_true", help="say what would be made, and make nothing")

    async def handle(self, *args: Any, **options: Any) -> None:
        """Make each table that is missing."""
        found = [cache for cache in caches.all() if isinstance(cache, DatabaseCache)]
        if not found:
            self.stdout.write("No entry of CACHES has the BACKEND manoir.db.DatabaseCache: there is nothing to make.")
        for cache in found:
            if options["database"] not in (None, cache.connection.alias):
                continue
            if options["dry_run"]:
                there = str(cache.location) in await cache.connection.table_names()
                made, done = not there, "would be made"
            else:
                made, done = await cache.acreate_table(), "was made"
            outcome = done if made else "is there already"
            self.stdout.write(
                f"The cache table {cache.location!r} in the database {cache.connection.alias!r} {outcome}."
            )

"""`loaddata`: the rows of fixtures into a database."""

from __future__ import annotations

import sys
from typing import Any

from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS
from manoir.exceptions import CommandError
from manoir.serializers._formats import get_public_serializer_formats
from manoir.serializers._loading import aload_fixtures


class Command(BaseCommand):
    """Loads fixtures."""

    help = (
        "Loads the rows of fixtures: all of them, or none. Fixtures are found in the folders `fixtures` of apps, in"
        " FIXTURE_DIRS, and here; a path works as well, and - means standard input."
    )
    missing_args_message = "Name at least one fixture: a name such as `books`, a file such as books.json.gz, or -."
    stealth_options = ("stdin",)

    def add_arguments(self, parser: Any) -> None:
        """Take the fixtures, and where they belong."""
        parser.add_argument(
            "args", metavar="fixture", nargs="+", help="names or paths of fixtures; - is standard input"
        )
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")
        parser.add_argument("--app", dest="app_label", help="look only in the folder of this app")
        parser.add_argument(
            "-i",
            "--ignorenonexistent",
            "--ignore",
            action="store_true",
            help="leave out fields and models that are gone",
        )
        parser.add_argument(
            "-e", "--exclude", action="append", default=[], help="an app or a model to leave out (may be repeated)"
        )
        parser.add_argument("--format", help="format of standard input, and the only one to look for")

    async def handle(self, *labels: str, **options: Any) -> None:
        """Load, and say how much."""
        format: str | None = options["format"]
        if format is not None and format not in get_public_serializer_formats():
            known = sorted(get_public_serializer_formats())
            raise CommandError(f"There is no serialization format {format!r}. Formats: {', '.join(known)}.")
        verbosity: int = options["verbosity"]
        done = await aload_fixtures(
            *labels,
            using=options["database"],
            app_label=options["app_label"],
            format=format,
            exclude=options["exclude"],
            ignorenonexistent=options["ignorenonexistent"],
            stdin=options.get("stdin") or sys.stdin.buffer,
            say=self.stdout.write if verbosity >= 2 else None,
        )
        for name in done.empty:
            self.stderr.write(f"{name} holds no rows. Is it the right file, and the right format?")
        if verbosity >= 1:
            some = "" if done.loaded == done.objects else f" (of {done.objects})"
            self.stdout.write(f"Installed {done.loaded} object(s){some} from {done.fixtures} fixture(s)")

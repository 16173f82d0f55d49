"""`findstatic`: which file a static path means."""

from __future__ import annotations

from typing import Any

from manoir.commands import BaseCommand
from manoir.exceptions import CommandError
from manoir.staticfiles._finders import find, get_finders


class Command(BaseCommand):
    """Says where a static file is found."""

    help = "Says which files a static path means; the first one is served."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take the paths."""
        parser.add_argument("paths", nargs="+", help="paths below STATIC_URL")
        parser.add_argument("--first", action="store_false", dest="all", help="only the file that is served")

    def handle(self, *, paths: list[str], **options: Any) -> None:
        """Write what was found."""
        for path in paths:
            matches = find(path, find_all=True)
            if not matches:
                looked = ", ".join(str(root) for finder in get_finders() for _, root in finder.roots())
                raise CommandError(
                    f"No static file {path!r}. Looked in: {looked or 'nowhere, as no directory is configured'}"
                )
            self.stdout.write(
                f"{path}:\n"
                + "".join(f"    {match}\n" for match in (matches if options.get("all", True) else matches[:1]))
            )

"""`urls`: every URL pattern of the project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.commands import BaseCommand
from manoir.urls import get_resolver


class Command(BaseCommand):
    """Lists the URL patterns."""

    help = "Lists every URL pattern: path, view, name."

    def add_arguments(self, parser: Any) -> None:
        """Take a word that must appear."""
        parser.add_argument("word", nargs="?", default="", help="only patterns in which this word appears")

    def handle(self, *, word: str = "", **options: Any) -> None:
        """Write a table."""
        rows = [row for row in describe(get_resolver().url_patterns) if any(word in cell for cell in row)]
        if not rows:
            self.stdout.write("No URL patterns." if not word else f"No URL pattern has {word!r} in it.")
            return
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        for path, view, name in rows:
            self.stdout.write(f"{path:<{widths[0]}}  {view:<{widths[1]}}  {name}".rstrip())


def describe(patterns: Any, prefix: str = "/", namespace: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield path, view and name of each pattern below `patterns`."""
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        if hasattr(pattern, "url_patterns"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from describe(pattern.url_patterns, path, inner)
        else:
            yield path, pattern.lookup_str, f"{namespace}{pattern.name}" if pattern.name else ""

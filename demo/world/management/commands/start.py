"""Everything the demo needs, in one process: migrate, load the data once, serve."""

from __future__ import annotations

from typing import Any

from manoir.commands import BaseCommand, call_command


class Command(BaseCommand):
    help = "Migrates, loads the world once, and serves the site."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("addrport", nargs="?", default="127.0.0.1:8000", help="address and port to listen on")

    def handle(self, *, addrport: str, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        call_command("load_world")
        call_command("runserver", addrport)

"""`testserver`: the development server on test databases with the rows of fixtures."""

from __future__ import annotations

import sys
from typing import Any

import manoir
from manoir.cli._address import check_port, parse_address, url_of
from manoir.cli._development import DevelopmentServer
from manoir.commands import BaseCommand, call_command
from manoir.conf import settings
from manoir.db import connections
from manoir.exceptions import CommandError
from manoir.testing._databases import allowed, test_databases


class Command(BaseCommand):
    """Serves test data."""

    help = (
        "Makes test databases, loads fixtures into the default one, and serves the project on them, until Ctrl-C. The"
        " project's own databases are not touched; the test databases are dropped at the end."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take fixtures and the address."""
        parser.add_argument(
            "args", metavar="fixture", nargs="*", help="names or paths of fixtures, as loaddata takes them"
        )
        parser.add_argument("--addrport", help="port, or address:port (127.0.0.1:8000)")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="never ask")

    def handle(self, *fixtures: str, addrport: str | None = None, verbosity: int = 1, **options: Any) -> None:
        """Make the databases, load, serve."""
        if not settings.DEBUG and not settings.ALLOWED_HOSTS:
            raise CommandError(
                "DEBUG is off and ALLOWED_HOSTS is empty, so every request would be refused. Set DEBUG=true in .env."
            )
        host, port = parse_address(addrport)
        check_port(host, port)
        with test_databases(anew=True), allowed("__all__"):
            if fixtures:
                call_command("loaddata", *fixtures, verbosity=verbosity, stdout=self.stdout, stderr=self.stderr)
            connections.close_all()
            self.stderr.write(
                f"manoir {manoir.__version__}, settings {settings.SETTINGS_MODULE or 'configured by hand'}, test databases\n"
                f"{url_of(host, port)}   (Ctrl-C ends, and drops them)"
            )
            sys.stderr.flush()
            DevelopmentServer(host, port).run()

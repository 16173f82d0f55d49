"""`runserver`: the server for developers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import manoir
from manoir.apps import apps
from manoir.cli._address import check_port, parse_address, url_of
from manoir.cli._development import DevelopmentServer, check_worker
from manoir.cli._supervisor import Supervisor
from manoir.commands import BaseCommand
from manoir.conf import settings
from manoir.db import connections
from manoir.exceptions import CommandError, DatabaseError
from manoir.migrations import unapplied


class Command(BaseCommand):
    """Serves the project for developers, and reloads it when its files change."""

    help = "Serves the project for developers and reloads it after each change. Not for production: use serve."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take the address, and whether to reload."""
        parser.add_argument("addrport", nargs="?", help="port, or address:port (127.0.0.1:8000)")
        parser.add_argument("--noreload", action="store_false", dest="use_reloader", help="do not watch files")
        parser.add_argument("--skip-checks", action="store_true", help="start without system checks")
        parser.add_argument("--with-worker", action="store_true", help="run tasks, too: no worker beside it is needed")

    def handle(self, *, addrport: str | None = None, use_reloader: bool = True, **options: Any) -> None:
        """Check, tell, serve."""
        if not settings.DEBUG and not settings.ALLOWED_HOSTS:
            raise CommandError(
                "DEBUG is off and ALLOWED_HOSTS is empty, so every request would be refused. "
                "For development set DEBUG=true in .env; in production name the hosts."
            )
        host, port = parse_address(addrport)
        check_port(host, port)
        if not options.get("skip_checks"):
            self.check(display_num_errors=False)
        self.tell_unapplied()
        connections.close_all()
        with_worker = bool(options.get("with_worker"))
        if with_worker:
            check_worker()
        supervisor = Supervisor(host, port, watched_directories(), with_worker=with_worker) if use_reloader else None
        if supervisor is not None:
            supervisor.take_signals()
        self.stderr.write(
            f"manoir {manoir.__version__}, settings {settings.SETTINGS_MODULE or 'configured by hand'}\n"
            f"{url_of(host, port)}   (Ctrl-C ends)"
        )
        sys.stderr.flush()
        if supervisor is None:
            DevelopmentServer(host, port, with_worker=with_worker).run()
        else:
            supervisor.run()

    def tell_unapplied(self) -> None:
        """Name the migrations that are not applied; nothing is applied here."""
        try:
            waiting = unapplied()
        except DatabaseError as error:
            self.stderr.write(f"The database cannot be asked for its migrations: {error}")
            return
        if waiting:
            names = ", ".join(f"{app}.{name}" for app, name in waiting[:5])
            more = f" and {len(waiting) - 5} more" if len(waiting) > 5 else ""
            self.stderr.write(f"Not applied yet: {names}{more}. Run: python manage.py migrate")


def watched_directories() -> list[Path]:
    """Return the working directory and the directories of apps outside of site-packages."""
    directories = [Path.cwd(), *(Path(config.path) for config in apps.get_app_configs())]
    unique: list[Path] = []
    for path in sorted({path.resolve() for path in directories}, key=lambda path: len(path.parts)):
        if "site-packages" not in path.parts and not any(path.is_relative_to(known) for known in unique):
            unique.append(path)
    return unique

"""`serve`: the server for production."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from manoir.cli._address import check_port, parse_address, url_of
from manoir.commands import BaseCommand
from manoir.conf import settings
from manoir.exceptions import CommandError


class Command(BaseCommand):
    """Serves the project in production: worker processes of Granian, static files included."""

    help = "Serves the project in production, static files included."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take the address, the number of workers, TLS."""
        parser.add_argument("addrport", nargs="?", help="port, or address:port (127.0.0.1:8000)")
        parser.add_argument("--workers", type=int, default=1, help="number of worker processes (1)")
        parser.add_argument("--loop", choices=["auto", "asyncio", "uvloop"], default="auto", help="event loop (auto)")
        parser.add_argument("--ssl-certificate", type=Path, help="file with the certificate chain")
        parser.add_argument("--ssl-key", type=Path, help="file with the private key")
        parser.add_argument("--uds", type=Path, help="listen on a Unix socket instead")

    def handle(self, *, addrport: str | None = None, workers: int = 1, **options: Any) -> None:
        """Check, then hand over to Granian."""
        from granian.constants import Interfaces, Loops  # heavy: loaded on first need
        from granian.server import Server

        if settings.DEBUG:
            raise CommandError(
                "serve is for production, and DEBUG is on. Set DEBUG=false (and SECRET_KEY, ALLOWED_HOSTS) in the "
                "environment, or use runserver."
            )
        if workers < 1:
            raise CommandError(f"--workers must be 1 or more, not {workers}.")
        host, port = parse_address(addrport)
        if options.get("uds") is None:
            check_port(host, port)
        self.check(fail_level=40)
        self.stderr.write(
            f"Serving on {options.get('uds') or url_of(host, port)} with {workers} worker(s). Ctrl-C ends."
        )
        os.environ.setdefault("MANOIR_SETTINGS_MODULE", settings.SETTINGS_MODULE)
        Server(
            "manoir.cli._production:application",
            address=host,
            port=port,
            uds=options.get("uds"),
            interface=Interfaces.RSGI,
            workers=workers,
            loop=Loops(options.get("loop") or "auto"),
            log_enabled=True,
            websockets=False,
            ssl_cert=options.get("ssl_certificate"),
            ssl_key=options.get("ssl_key"),
            respawn_failed_workers=True,
            workers_kill_timeout=10,
        ).serve()

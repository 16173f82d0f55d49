"""`dbshell`: the database's own client."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS, connections
from manoir.exceptions import CommandError


class Command(BaseCommand):
    """Runs the client of a database."""

    help = "Runs the command-line client of the database (sqlite3 or psql)."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take the database, and arguments for its client."""
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database (default)")
        parser.add_argument("parameters", nargs="*", help="arguments for the client, after --")

    def handle(self, *, database: str = DEFAULT_DB_ALIAS, parameters: Any = (), **options: Any) -> None:
        """Become the client."""
        connection = connections[database]
        arguments, environment = client(connection.vendor, connection.settings_dict, list(parameters))
        if shutil.which(arguments[0]) is None:
            raise CommandError(f"The program {arguments[0]!r} is not installed here, or not on the PATH.")
        status = subprocess.run(arguments, env={**os.environ, **environment}, check=False).returncode  # noqa: S603 - a list, no shell
        if status:
            raise CommandError(f"{arguments[0]} ended with status {status}.", returncode=status)


def client(vendor: str, options: dict[str, Any], parameters: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return the command line and the environment of a database's client; passwords go into the environment only."""
    if vendor == "sqlite":
        return ["sqlite3", *parameters, str(options["NAME"])], {}
    arguments = ["psql"]
    for flag, key in (("-U", "USER"), ("-h", "HOST"), ("-p", "PORT")):
        if options.get(key):
            arguments += [flag, str(options[key])]
    environment = {"PGPASSWORD": str(options["PASSWORD"])} if options.get("PASSWORD") else {}
    return [*arguments, *parameters, str(options.get("NAME") or "postgres")], environment

"""`startproject`: a project that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import manoir
from manoir.cli._templates import check_name, new_secret_key, write_tree
from manoir.commands import BaseCommand
from manoir.exceptions import CommandError


class Command(BaseCommand):
    """Writes a new project."""

    help = "Writes a project that runs: settings, URLs, an accounts app, a test, a README."
    requires_system_checks = ()
    runs_unconfigured = True

    def add_arguments(self, parser: Any) -> None:
        """Take the project's name, and where to write it."""
        parser.add_argument("name", help="name of the project, a Python identifier")
        parser.add_argument("directory", nargs="?", help="where to write it; a new directory of that name otherwise")

    def handle(self, *, name: str, directory: str | None = None, **options: Any) -> None:
        """Write the files."""
        check_name(name, "a project")
        target = Path(directory).resolve() if directory else Path.cwd() / name
        if directory is None and target.exists():
            raise CommandError(
                f"{target} exists already. Choose another name, or name an empty directory as second argument."
            )
        names = {"project": name, "secret_key": new_secret_key(), "version": manoir.__version__}
        write_tree("project", target, names)
        self.stdout.write(
            f"The project {name} stands in {target}.\n\n"
            f"    cd {directory or name}\n"
            "    python manage.py migrate\n"
            "    python manage.py createsuperuser\n"
            "    python manage.py runserver\n"
        )

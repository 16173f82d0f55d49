"""`startapp`: an app of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from manoir.cli._templates import check_name, write_tree
from manoir.commands import BaseCommand
from manoir.conf import settings
from manoir.exceptions import CommandError


class Command(BaseCommand):
    """Writes a new app."""

    help = "Writes an app: models, views, URLs, migrations, a test."
    requires_system_checks = ()
    runs_unconfigured = True

    def add_arguments(self, parser: Any) -> None:
        """Take the app's name, and where to write it."""
        parser.add_argument("name", help="name of the app, a Python identifier")
        parser.add_argument("directory", nargs="?", help="where to write it; a new directory of that name otherwise")

    def handle(self, *, name: str, directory: str | None = None, **options: Any) -> None:
        """Write the files."""
        target = Path(directory).resolve() if directory else Path.cwd() / name
        if directory is None and target.exists():
            raise CommandError(f"{target} exists already. Choose another name for the app.")
        check_name(name, "an app")
        title = "".join(part.capitalize() for part in name.split("_"))
        write_tree("app", target, {"app": name, "title": title, "words": name.replace("_", " ").capitalize()})
        package = module_path(target)
        self.stdout.write(f"The app {name} stands in {target}.")
        if settings.configured and package not in settings.INSTALLED_APPS:
            self.stdout.write(f"Add {package!r} to INSTALLED_APPS.")


def module_path(target: Path) -> str:
    """Return the dotted path by which a directory below the working directory is imported."""
    try:
        return ".".join(target.relative_to(Path.cwd()).parts)
    except ValueError:
        return target.name

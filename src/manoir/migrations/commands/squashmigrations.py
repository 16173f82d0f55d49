"""`squashmigrations`: one migration in the place of several."""

from __future__ import annotations

import sys
from typing import Any

from manoir.apps import apps
from manoir.commands import BaseCommand
from manoir.exceptions import CommandError, MigrationError
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._migration import Migration
from manoir.migrations._squashing import chosen_migrations, squashed, squashed_name
from manoir.migrations._writer import MigrationWriter, shown_path


class Command(BaseCommand):
    """Squashes migrations."""

    help = (
        "Puts the migrations of an app, up to the given one, into one migration that replaces them. New databases use it;"
        " those that have applied the old ones go on."
    )

    def add_arguments(self, parser: Any) -> None:
        """Take the app, and from where to where."""
        parser.add_argument("app_label", help="label of the app")
        parser.add_argument(
            "start_migration_name", nargs="?", help="the first migration that is squashed; else the app's first"
        )
        parser.add_argument("migration_name", help="the last migration that is squashed, or the beginning of its name")
        parser.add_argument("--no-optimize", action="store_true", help="keep all operations as they are")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="never ask")
        parser.add_argument("--squashed-name", help="name of the new migration, without its number")
        parser.add_argument("--no-header", action="store_false", dest="include_header", help="leave out the first line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Choose, show, ask, write."""
        self.verbosity: int = options["verbosity"]
        app_label: str = options["app_label"]
        name = options["squashed_name"]
        if name and not f"x{name}".isidentifier():
            raise CommandError(f"--squashed-name={name} cannot name a migration: use letters, digits and '_'.")
        try:
            apps.get_app_config(app_label)
            loader = MigrationLoader()
            if app_label not in loader.migrated_apps:
                raise CommandError(f"The app {app_label!r} has no migrations, so there is nothing to squash.")
            start: str | None = options["start_migration_name"]
            migrations = chosen_migrations(loader, app_label, start, options["migration_name"])
            if self.verbosity >= 1:
                self.show(migrations)
            if options["interactive"] and not self.agreed():
                return
            made, count = squashed(
                migrations,
                squashed_name(migrations, name),
                initial=migrations[0].is_initial,
                optimize=not options["no_optimize"],
            )
            self.write(made, count, options)
        except (LookupError, MigrationError, ValueError) as error:
            raise CommandError(str(error)) from error

    def show(self, migrations: list[Migration]) -> None:
        """Say which migrations are squashed."""
        self.stdout.write("Will squash the following migrations:", self.style.MIGRATE_HEADING)
        for migration in migrations:
            self.stdout.write(f" - {migration.name}")

    def agreed(self) -> bool:
        """Ask the person at the terminal."""
        self.stdout.write("Do you wish to proceed? [y/N] ", ending="")
        self.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            raise CommandError("There is nobody to answer: run squashmigrations in a terminal, or with --no-input.")
        return line.strip().lower() in ("y", "yes")

    def write(self, made: Migration, count: int, options: dict[str, Any]) -> None:
        """Write the file, and say what to do with it."""
        writer = MigrationWriter(made, options["include_header"])
        if writer.path.exists():
            raise CommandError(f"{shown_path(writer.path)} is there already. Choose another name by --squashed-name.")
        path = writer.write()
        if self.verbosity < 1:
            return
        left = len(made.operations)
        if options["no_optimize"]:
            self.stdout.write("(Skipping optimization.)", self.style.MIGRATE_HEADING)
        elif left == count:
            self.stdout.write("No optimizations possible.")
        else:
            self.stdout.write(f"Optimized from {count} operations to {left} operations.")
        self.stdout.write(f"Created new squashed migration {shown_path(path)}", self.style.MIGRATE_HEADING)
        self.stdout.write(
            "  Commit it, and leave the old ones in place: new databases use it.\n"
            "  Once all databases have applied the migrations that it replaces, delete these, point what depends on them to"
            " the\n  new one, and take `replaces` out of it."
        )
        if writer.copied_modules:
            self.stdout.write("Manual porting required", self.style.MIGRATE_HEADING)
            self.stdout.write(
                "  Before the old ones are deleted, copy the functions that the new one imports from them:\n"
                + "\n".join(f"    {module}" for module in writer.copied_modules)
            )

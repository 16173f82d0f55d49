"""`optimizemigration`: fewer operations with the same effect."""

from __future__ import annotations

import sys
from typing import Any

from manoir.apps import apps
from manoir.commands import BaseCommand
from manoir.exceptions import CommandError, MigrationError
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._migration import Migration
from manoir.migrations._optimizing import optimized
from manoir.migrations._writer import MigrationWriter, shown_path


class Command(BaseCommand):
    """Optimizes a migration."""

    help = "Makes fewer operations of those of a migration, and writes its file anew."

    def add_arguments(self, parser: Any) -> None:
        """Take the migration."""
        parser.add_argument("app_label", help="label of the app")
        parser.add_argument("migration_name", help="name of the migration, or its beginning")
        parser.add_argument("--check", action="store_true", help="fail when it can be optimized; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Optimize and write."""
        verbosity: int = options["verbosity"]
        try:
            apps.get_app_config(options["app_label"])
            migration = MigrationLoader().get_migration_by_prefix(options["app_label"], options["migration_name"])
            before = list(migration.operations)
            after = optimized(before, migration.app_label)
        except (LookupError, MigrationError) as error:
            raise CommandError(str(error)) from error
        if len(after) == len(before):
            if verbosity >= 1:
                self.stdout.write("No optimizations possible.")
            return
        if verbosity >= 1:
            self.stdout.write(f"Optimizing from {len(before)} operations to {len(after)} operations.")
        if options["check"]:
            sys.exit(1)
        migration.operations = after
        self.write(migration, verbosity)

    def write(self, migration: Migration, verbosity: int) -> None:
        """Write the file anew, or another one beside it where it defines functions that it runs."""
        writer = MigrationWriter(migration)
        writer.as_string()
        if writer.copied_modules:
            beside = Migration(f"{migration.name}_optimized", migration.app_label)
            for name in ("operations", "dependencies", "run_before"):
                setattr(beside, name, getattr(migration, name))
            beside.atomic, beside.replaces = migration.atomic, [migration.key]
            if migration.initial:
                beside.__dict__["initial"] = True
            writer = MigrationWriter(beside)
        path = writer.write()
        if verbosity < 1:
            return
        self.stdout.write(f"Optimized migration {shown_path(path)}", self.style.MIGRATE_HEADING)
        if writer.copied_modules:
            self.stdout.write(
                "Manual porting required: copy the functions that it imports from these, then delete them:\n"
                + "\n".join(f"  {module}" for module in writer.copied_modules)
            )

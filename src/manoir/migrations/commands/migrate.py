"""`migrate`: brings a database to the present, or to another point of the history."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

from manoir.apps import apps
from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS, connections
from manoir.exceptions import AmbiguityError, CommandError, MigrationError, NodeNotFoundError, nearest
from manoir.migrations._detecting import has_changes
from manoir.migrations._executor import MigrationExecutor, PlanStep
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._migration import Migration
from manoir.migrations._signals import send_migrate
from manoir.migrations._syncing import acreate_missing_tables
from manoir.models import signals


class Command(BaseCommand):
    """Applies and undoes migrations."""

    help = "Brings the database to the state that the migrations describe."

    def add_arguments(self, parser: Any) -> None:
        """Take the app, the migration, and how to go there."""
        parser.add_argument("app_label", nargs="?", help="label of an app; without it all apps are migrated")
        parser.add_argument("migration_name", nargs="?", help="name of a migration, its beginning, or zero")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="never ask")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")
        parser.add_argument("--fake", action="store_true", help="only write the history")
        parser.add_argument(
            "--fake-initial", action="store_true", help="only write the history of first migrations whose tables exist"
        )
        parser.add_argument(
            "--plan", action="store_true", help="show what would be done, and what it locks or rewrites"
        )
        parser.add_argument(
            "--check", action="store_true", dest="check_unapplied", help="fail when something is left to do"
        )
        parser.add_argument("--run-syncdb", action="store_true", help="also make the tables of apps without migrations")
        parser.add_argument("--prune", action="store_true", help="forget migrations of an app whose files are gone")

    async def handle(self, *args: Any, **options: Any) -> None:
        """Plan and run, while no other process does."""
        alias: str = options["database"]
        if alias not in connections:
            raise CommandError(f"There is no database {alias!r} in DATABASES.{nearest(alias, connections)}")
        self.verbosity: int = options["verbosity"]
        executor = MigrationExecutor(connections[alias], self.progress if self.verbosity >= 1 else None)
        try:
            if options["plan"] or options["check_unapplied"]:
                await self.only_look(executor, options)
                return
            async with executor.lock(self.tell_waiting):
                await self.run(executor, options)
        except MigrationError as error:
            raise CommandError(str(error)) from error

    # -- looking ---------------------------------------------------------------------------------------------------

    async def only_look(self, executor: MigrationExecutor, options: dict[str, Any]) -> None:
        """`--plan` and `--check`: nothing is changed."""
        loader = await self.loaded(executor)
        plan = executor.migration_plan(self.targets(loader, options)[0])
        if options["plan"]:
            self.show_plan(plan, executor.connection.vendor)
        if plan and options["check_unapplied"]:
            if not options["plan"]:
                self.show_plan(plan, executor.connection.vendor)
            sys.exit(1)

    def show_plan(self, plan: Sequence[PlanStep], vendor: str) -> None:
        """Write every operation of a plan."""
        self.stdout.write("Planned operations:", self.style.MIGRATE_LABEL)
        if not plan:
            self.stdout.write("  No planned migration operations.")
        for migration, backwards in plan:
            self.stdout.write(str(migration), self.style.MIGRATE_HEADING)
            operations = reversed(migration.operations) if backwards else migration.operations
            for operation in operations:
                cost = "" if backwards else operation.cost(vendor)
                text = f"Undo {operation.describe()}" if backwards else operation.describe()
                warning = "  (IRREVERSIBLE)" if backwards and not operation.reversible else ""
                self.stdout.write(f"    {text}{warning}{f'  [{cost}]' if cost else ''}")

    # -- running ---------------------------------------------------------------------------------------------------

    async def run(self, executor: MigrationExecutor, options: dict[str, Any]) -> None:
        """Plan, announce, run, tell."""
        loader = await self.loaded(executor)
        if options["prune"]:
            await self.prune(executor, loader, options)
            return
        targets, what = self.targets(loader, options)
        plan = executor.migration_plan(targets)
        if self.verbosity >= 1:
            self.stdout.write("Operations to perform:", self.style.MIGRATE_HEADING)
            self.stdout.write(f"  {what}")
        before = (
            loader.project_state(sorted(loader.applied & set(loader.graph.nodes))) if listens() else loader.base_state()
        )
        say: dict[str, Any] = {
            "alias": executor.connection.alias,
            "plan": plan,
            "verbosity": self.verbosity,
            "interactive": options["interactive"],
            "stdout": self.stdout,
        }
        await send_migrate(signals.pre_migrate, state=before, **say)
        if options["run_syncdb"]:
            await self.sync(executor)
        if self.verbosity >= 1:
            self.stdout.write("Running migrations:", self.style.MIGRATE_HEADING)
        after = await executor.migrate(targets, plan, options["fake"], options["fake_initial"])
        if not plan and self.verbosity >= 1:
            self.stdout.write("  No migrations to apply.")
            self.tell_changes(loader, options)
        await send_migrate(signals.post_migrate, state=before if after is None else after, **say)

    async def sync(self, executor: MigrationExecutor) -> None:
        """`--run-syncdb`: tables of apps without migrations."""
        made = await acreate_missing_tables(executor.connection)
        if self.verbosity >= 1:
            self.stdout.write("Synchronizing apps without migrations:", self.style.MIGRATE_HEADING)
            for model in made:
                self.stdout.write(f"  Creating table {model._meta.db_table}")
            if not made:
                self.stdout.write("  No tables to create.")

    async def loaded(self, executor: MigrationExecutor) -> MigrationLoader:
        """The files and the history, once they are known to agree."""
        loader = await executor.load()
        loader.check_consistent_history(executor.connection.alias)
        conflicts = loader.detect_conflicts()
        if conflicts:
            names = "; ".join(f"{', '.join(ends)} in {app_label}" for app_label, ends in sorted(conflicts.items()))
            raise CommandError(
                f"Conflicting migrations: the history has several ends ({names}). "
                "Join them: manage.py makemigrations --merge"
            )
        return loader

    def targets(self, loader: MigrationLoader, options: dict[str, Any]) -> tuple[list[tuple[str, str | None]], str]:
        """Where to go, and how to say it."""
        app_label: str | None = options["app_label"]
        name: str | None = options["migration_name"]
        if app_label is None:
            labels = ", ".join(sorted({label for label, _name in loader.graph.nodes})) or "(none)"
            return list(loader.graph.leaf_nodes()), f"Apply all migrations: {labels}"
        self.check_app(loader, app_label)
        if name is None:
            return list(loader.graph.leaf_nodes(app_label)), f"Apply all migrations: {app_label}"
        if name == "zero":
            return [(app_label, None)], f"Unapply all migrations: {app_label}"
        try:
            migration = loader.get_migration_by_prefix(app_label, name)
        except (AmbiguityError, NodeNotFoundError) as error:
            raise CommandError(str(error)) from error
        return [migration.key], f"Target specific migration: {migration.name}, from {app_label}"

    def check_app(self, loader: MigrationLoader, app_label: str) -> None:
        """Refuse an app that is not there or has no migrations."""
        try:
            apps.get_app_config(app_label)
        except LookupError as error:
            raise CommandError(str(error)) from error
        if app_label not in loader.migrated_apps:
            raise CommandError(
                f"The app {app_label!r} has no migrations. Make them: manage.py makemigrations {app_label}"
            )

    async def prune(self, executor: MigrationExecutor, loader: MigrationLoader, options: dict[str, Any]) -> None:
        """`--prune`: delete rows of the history whose files are gone."""
        app_label: str | None = options["app_label"]
        if app_label is None:
            raise CommandError("--prune needs the label of an app.")
        self.check_app(loader, app_label)
        gone = [
            key for key in sorted(loader.recorded or ()) if key[0] == app_label and key not in loader.disk_migrations
        ]
        if any(migration.replaces for key, migration in loader.disk_migrations.items() if key[0] == app_label) and any(
            key in migration.replaces for migration in loader.disk_migrations.values() for key in gone
        ):
            raise CommandError(
                "A squashed migration still names what it replaces. Delete its `replaces` before --prune."
            )
        self.stdout.write("Pruning migrations:", self.style.MIGRATE_HEADING)
        for label, name in gone:
            await executor.recorder.record_unapplied(label, name)
            self.stdout.write(f"  Pruned {label}.{name}")
        if not gone:
            self.stdout.write("  No migrations to prune.")

    # -- telling ---------------------------------------------------------------------------------------------------

    def tell_waiting(self) -> None:
        """Say that another process has the lock."""
        self.stdout.write("Another process is migrating this database; waiting for it to end.")

    def tell_changes(self, loader: MigrationLoader, options: dict[str, Any]) -> None:
        """Say when models have changed since the last migration."""
        changed = sorted(has_changes(loader))
        if changed:
            self.stdout.write(
                f"  Models have changes that no migration has yet, in: {', '.join(changed)}. "
                "Run manage.py makemigrations, then migrate again.",
                self.style.NOTICE,
            )

    def progress(self, event: str, migration: Migration, fake: bool) -> None:
        """Write a line for each migration as it goes."""
        if event.endswith("_start"):
            self.started = time.perf_counter()
            word = "Applying" if event.startswith("apply") else "Unapplying"
            self.stdout.write(f"  {word} {migration}...", ending="")
            self.stdout.flush()
        else:
            took = f" ({time.perf_counter() - self.started:.3f}s)" if self.verbosity > 1 else ""
            self.stdout.write(self.style.SUCCESS(f" {'FAKED' if fake else 'OK'}{took}"))


def listens() -> bool:
    """Whether anybody would look at the state before migrating."""
    return bool(signals.pre_migrate.receivers or signals.post_migrate.receivers)

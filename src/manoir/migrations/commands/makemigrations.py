"""`makemigrations`: writes what changed in the models as new migrations."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from manoir.apps import apps
from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS, connections, router
from manoir.exceptions import CommandError, DatabaseError, MigrationError
from manoir.migrations._autodetector import MigrationAutodetector
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._merging import merge_migration
from manoir.migrations._migration import Migration, MigrationKey
from manoir.migrations._questioner import InteractiveQuestioner, Questioner
from manoir.migrations._recorder import MigrationRecorder
from manoir.migrations._state import ProjectState
from manoir.migrations._updating import updated_migration
from manoir.migrations._writer import MigrationWriter, shown_path


class Command(BaseCommand):
    """Writes new migrations."""

    help = "Writes migrations for what changed in the models."

    def add_arguments(self, parser: Any) -> None:
        """Take the apps and what to write."""
        parser.add_argument(
            "app_labels", nargs="*", metavar="app_label", help="labels of apps; without any: all with migrations"
        )
        parser.add_argument("--dry-run", action="store_true", help="show what would be written")
        parser.add_argument("--merge", action="store_true", help="join conflicting migrations")
        parser.add_argument("--empty", action="store_true", help="write a migration without operations, to be edited")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="never ask")
        parser.add_argument("-n", "--name", help="name of the migration, without its number")
        parser.add_argument("--no-header", action="store_false", dest="include_header", help="leave out the first line")
        parser.add_argument(
            "--check", action="store_true", dest="check_changes", help="fail when something changed; write nothing"
        )
        parser.add_argument(
            "--update", action="store_true", help="take the changes into the last migration, and optimize it"
        )
        parser.add_argument(
            "--scriptable", action="store_true", help="write paths of files to stdout, all else to stderr"
        )

    async def handle(self, *app_labels: str, **options: Any) -> None:
        """Compare, ask, write."""
        self.verbosity: int = options["verbosity"]
        self.dry_run: bool = options["dry_run"]
        self.options = options
        self.applied: set[MigrationKey] = set()
        labels = self.checked_labels([*app_labels, *options.get("app_labels", ())])
        name = options["name"]
        if name and not f"x{name}".isidentifier():
            raise CommandError(f"{name!r} cannot name a migration: use letters, digits and '_'.")
        try:
            loader = MigrationLoader()
            await self.check_history(loader)
            conflicts = loader.detect_conflicts()
            if options["merge"]:
                self.merge(loader, {app: names for app, names in conflicts.items() if not labels or app in labels})
                return
            self.refuse(conflicts, labels)
            self.make(loader, labels)
        except (MigrationError, ValueError) as error:
            raise CommandError(str(error)) from error

    def checked_labels(self, labels: list[str]) -> set[str]:
        """Refuse labels of no installed app."""
        for label in labels:
            try:
                apps.get_app_config(label)
            except LookupError as error:
                raise CommandError(str(error), returncode=2) from error
        return set(labels)

    async def check_history(self, loader: MigrationLoader) -> None:
        """Refuse to build upon a history that contradicts itself; a database that cannot be asked is only mentioned."""
        for alias in connections if router.routers else [DEFAULT_DB_ALIAS]:
            if not any(router.allow_migrate_model(alias, model) for model in apps.get_models()):
                continue
            try:
                recorded = await MigrationRecorder(connections[alias]).applied()
            except DatabaseError as error:
                self.stderr.write(f"The history of the database {alias!r} could not be checked: {error}")
                continue
            self.applied.update(recorded)
            if recorded:
                MigrationLoader(recorded).check_consistent_history(alias)

    def refuse(self, conflicts: Mapping[str, list[str]], labels: set[str]) -> None:
        """Refuse to go on from a history with several ends."""
        found = {app: names for app, names in conflicts.items() if not labels or app in labels}
        if found:
            names = "; ".join(f"{', '.join(ends)} in {app_label}" for app_label, ends in sorted(found.items()))
            raise CommandError(
                f"Conflicting migrations: the history has several ends ({names}). "
                "Join them: manage.py makemigrations --merge"
            )

    def questioner(self) -> Questioner:
        """Who answers: the terminal, or nobody."""
        if self.options["interactive"] and not self.options["check_changes"]:
            return InteractiveQuestioner(dry_run=self.dry_run, write=self.say, read=self.read)
        return Questioner(dry_run=self.dry_run)

    def read(self, prompt: str) -> str:
        """Show a prompt and read a line."""
        self.log_output.write(prompt, ending="")
        self.log_output.flush()
        line = sys.stdin.readline()
        if not line:
            raise CommandError("There is nobody to answer: run makemigrations in a terminal, or with --no-input.")
        return line

    @property
    def log_output(self) -> Any:
        """Where messages go: `--scriptable` keeps stdout for paths."""
        return self.stderr if self.options["scriptable"] else self.stdout

    def say(self, text: str, /) -> None:
        """Write a message."""
        self.log_output.write(text)

    # -- making ----------------------------------------------------------------------------------------------------

    def make(self, loader: MigrationLoader, labels: set[str]) -> None:
        """Compare models and history, and write what is between them."""
        considered = loader.migrated_apps | labels
        loader.unmigrated_apps -= labels
        if self.options["empty"]:
            self.write_empty(loader, labels)
            return
        detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps), self.questioner())
        changes = detector.changes(loader.graph, considered, self.options["name"], only=labels or None)
        if not changes:
            self.tell_none(labels)
            return
        if self.options["update"]:
            self.update(loader, changes)
        else:
            self.write(changes)
        if self.options["check_changes"]:
            sys.exit(1)

    def update(self, loader: MigrationLoader, changes: Mapping[str, list[Migration]]) -> None:
        """`--update`: take the changes into the last migration of each app."""
        pairs = [updated_migration(loader, found, self.applied, self.options["name"]) for found in changes.values()]
        for old, made in pairs:
            writer = MigrationWriter(made, self.options["include_header"])
            writer.as_string()
            own = next((name for name in writer.copied_modules if name.endswith(f".{old.name}")), None)
            if own is not None:
                raise CommandError(f"{old} has functions of its own ({own}), which would get lost. Change it by hand.")
        self.write({made.app_label: [made] for _old, made in pairs})
        for old, made in pairs:
            if made.name != old.name and not (self.dry_run or self.options["check_changes"]):
                path = MigrationWriter(old).path
                path.unlink()
                if self.verbosity >= 1:
                    self.say(f"Deleted {shown_path(path)}")

    def tell_none(self, labels: set[str]) -> None:
        """Say that nothing changed."""
        if self.verbosity < 1:
            return
        if len(labels) == 1:
            self.say(f"No changes detected in app {next(iter(labels))!r}")
        elif labels:
            self.say(f"No changes detected in apps {', '.join(map(repr, sorted(labels)))}")
        else:
            self.say("No changes detected")

    def write_empty(self, loader: MigrationLoader, labels: set[str]) -> None:
        """`--empty`: a migration to be edited."""
        if not labels:
            raise CommandError("--empty needs the label of an app.")
        changes: dict[str, list[Migration]] = {}
        for label in sorted(labels):
            leaves = loader.graph.leaf_nodes(label)
            number = int(leaves[0][1][:4]) + 1 if leaves and leaves[0][1][:4].isdigit() else len(leaves) + 1
            migration = Migration(f"{number:04d}_{self.options['name'] or 'custom'}", label)
            migration.dependencies = list(leaves)
            changes[label] = [migration]
        self.write(changes)

    def write(self, changes: Mapping[str, list[Migration]]) -> None:
        """Write (or show) the files; all are laid out before the first is written."""
        header = self.options["include_header"]
        writers = [MigrationWriter(one, header) for migrations in changes.values() for one in migrations]
        for writer in writers:
            writer.as_string()
        app_label = ""
        for writer in writers:
            if self.verbosity >= 1 and writer.migration.app_label != app_label:
                app_label = writer.migration.app_label
                self.log_output.write(f"Migrations for '{app_label}':", self.style.MIGRATE_HEADING)
            self.write_one(writer)

    def write_one(self, writer: MigrationWriter) -> None:
        """Write (or show) one file."""
        show_only = self.dry_run or self.options["check_changes"]
        path = writer.path if show_only else writer.write()
        if self.verbosity >= 1:
            self.log_output.write(f"  {self.style.MIGRATE_LABEL(shown_path(path))}")
            for operation in writer.migration.operations:
                self.say(f"    - {operation.describe()}")
        if self.options["scriptable"]:
            self.stdout.write(shown_path(path))
        if self.dry_run and self.verbosity >= 3:
            self.log_output.write(f"Full migrations file '{writer.filename}':", self.style.MIGRATE_HEADING)
            self.say(writer.as_string())

    # -- merging ---------------------------------------------------------------------------------------------------

    def merge(self, loader: MigrationLoader, conflicts: Mapping[str, list[str]]) -> None:
        """`--merge`: join the ends of each app's history."""
        if not conflicts:
            self.say("No conflicts detected to merge.")
            return
        for app_label, names in sorted(conflicts.items()):
            migration, branches = merge_migration(loader, app_label, sorted(names), self.options["name"])
            if self.verbosity >= 1:
                self.log_output.write(f"Merging {app_label}", self.style.MIGRATE_HEADING)
                for branch in branches:
                    self.say(f"  Branch {branch[-1].name}")
                    for one in branch:
                        for operation in one.operations:
                            self.say(f"    - {operation.describe()}")
            if self.questioner().ask_merge(app_label):
                writer = MigrationWriter(migration, self.options["include_header"])
                path = writer.path if self.dry_run else writer.write()
                if self.verbosity >= 1:
                    self.say(
                        f"\nCreated new merge migration {shown_path(path)}"
                        if not self.dry_run
                        else f"\nWould write {shown_path(path)}"
                    )
                if self.options["scriptable"]:
                    self.stdout.write(shown_path(path))

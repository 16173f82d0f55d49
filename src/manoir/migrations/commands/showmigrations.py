"""`showmigrations`: which migrations there are, and which the database has."""

from __future__ import annotations

from typing import Any

from manoir.apps import apps
from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS, connections
from manoir.exceptions import CommandError, MigrationError, nearest
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._recorder import MigrationRecorder


class Command(BaseCommand):
    """Lists migrations."""

    help = "Lists migrations by app; with --plan in the order in which they are applied."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take the apps and the form."""
        parser.add_argument("app_labels", nargs="*", metavar="app_label", help="labels of apps; without any: all")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")
        forms = parser.add_mutually_exclusive_group()
        forms.add_argument(
            "--list", "-l", action="store_const", dest="format", const="list", help="by app, with [X] where applied"
        )
        forms.add_argument(
            "--plan", "-p", action="store_const", dest="format", const="plan", help="in the order of application"
        )
        parser.set_defaults(format="list")

    async def handle(self, *app_labels: str, **options: Any) -> None:
        """Read files and history, and list them."""
        alias: str = options["database"]
        if alias not in connections:
            raise CommandError(f"There is no database {alias!r} in DATABASES.{nearest(alias, connections)}")
        labels = [*app_labels, *options.get("app_labels", ())]
        for label in labels:
            try:
                apps.get_app_config(label)
            except LookupError as error:
                raise CommandError(str(error)) from error
        recorder = MigrationRecorder(connections[alias])
        try:
            loader = MigrationLoader(await recorder.applied())
        except MigrationError as error:
            raise CommandError(str(error)) from error
        if options["format"] == "plan":
            self.show_plan(loader, labels, options["verbosity"])
        else:
            times = await recorder.times() if options["verbosity"] >= 2 else {}
            self.show_list(loader, labels, times)

    def show_list(self, loader: MigrationLoader, labels: list[str], times: dict[Any, Any]) -> None:
        """By app, in the order of each app's history."""
        for label in labels or sorted(loader.migrated_apps):
            self.stdout.write(label, self.style.MIGRATE_LABEL)
            shown: set[Any] = set()
            for leaf in loader.graph.leaf_nodes(label):
                for key in loader.graph.forwards_plan(leaf):
                    if key[0] != label or key in shown:
                        continue
                    shown.add(key)
                    replaced = loader.graph.nodes[key].replaces
                    note = f" ({len(replaced)} squashed migrations)" if replaced else ""
                    moment = f" (applied at {times[key]:%Y-%m-%d %H:%M:%S})" if key in times else ""
                    self.stdout.write(f" [{'X' if key in loader.applied else ' '}] {key[1]}{note}{moment}")
            if not shown:
                self.stdout.write(" (no migrations)", self.style.ERROR)

    def show_plan(self, loader: MigrationLoader, labels: list[str], verbosity: int) -> None:
        """All that is needed for the apps, in order."""
        targets = [leaf for leaf in loader.graph.leaf_nodes() if not labels or leaf[0] in labels]
        plan = list(dict.fromkeys(key for leaf in targets for key in loader.graph.forwards_plan(leaf)))
        for key in plan:
            parents = sorted(loader.graph.parents[key])
            note = f" ... ({', '.join('.'.join(parent) for parent in parents)})" if verbosity >= 2 and parents else ""
            self.stdout.write(f"[{'X' if key in loader.applied else ' '}]  {'.'.join(key)}{note}")
        if not plan:
            self.stdout.write("(no migrations)", self.style.ERROR)

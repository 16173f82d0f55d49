"""Whether the installed models differ from what their migrations lead to."""

from __future__ import annotations

from manoir.apps import apps
from manoir.migrations._autodetector import MigrationAutodetector
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._migration import Migration
from manoir.migrations._questioner import Questioner
from manoir.migrations._state import ProjectState
from manoir.models import NOT_PROVIDED


class Assuming(Questioner):
    """Asks nobody: that something has changed is all that is wanted."""

    def ask_not_null_addition(self, field_name: str, model_name: str) -> object:
        return NOT_PROVIDED


def has_changes(loader: MigrationLoader) -> dict[str, list[Migration]]:
    """What `makemigrations` would write, by app, without asking."""
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps), Assuming())
    return detector.changes(loader.graph, loader.migrated_apps)

"""The app of tasks."""

from __future__ import annotations

from importlib.util import find_spec

from manoir.apps import AppConfig, apps
from manoir.conf import import_module


class TasksConfig(AppConfig):
    """Finds the tasks of all apps, and brings the tables and commands of the database backend."""

    name = "manoir.tasks"
    label = "manoir_tasks"  # projects have apps called tasks
    verbose_name = "Tasks"

    def ready(self) -> None:
        """Import the module `tasks` of every app that has one: this fills the registry."""
        autodiscover_tasks()


def autodiscover_tasks() -> None:
    """Import the module `tasks` of every installed app, so that its tasks are registered."""
    for config in apps.get_app_configs():
        name = f"{config.name}.tasks"
        if config.name != "manoir" and find_spec(name) is not None:
            import_module(name)

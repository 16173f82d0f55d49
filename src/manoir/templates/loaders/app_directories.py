"""Templates in the `templates` directories of the apps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from manoir.apps import apps
from manoir.templates.loaders import filesystem

if TYPE_CHECKING:
    from manoir.templates._engine import Engine

__all__ = ["Loader", "template_directories"]


class Loader(filesystem.Loader):
    """Finds templates in the `templates` directory of each app, in the order of INSTALLED_APPS."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)

    def get_dirs(self) -> Sequence[str]:
        """Return the directories that exist."""
        return template_directories()


def template_directories(name: str = "templates") -> Sequence[str]:
    """Return the directories of that name of the apps that have one."""
    if not apps.ready:
        return ()
    places = (Path(config.path) / name for config in apps.get_app_configs())
    return [str(place) for place in places if place.is_dir()]

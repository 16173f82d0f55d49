"""The app of static files."""

from __future__ import annotations

from manoir.apps import AppConfig
from manoir.checks import Tags, register
from manoir.staticfiles._checks import check_settings


class StaticFilesConfig(AppConfig):
    """Registers the checks."""

    name = "manoir.staticfiles"
    verbose_name = "Static files"

    def ready(self) -> None:
        """Register the checks of this room."""
        register(check_settings, Tags.staticfiles)

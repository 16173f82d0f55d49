"""The app of content types."""

from __future__ import annotations

from manoir.apps import AppConfig
from manoir.contenttypes._creation import acreate_contenttypes
from manoir.models.signals import post_migrate


class ContentTypesConfig(AppConfig):
    """Has the rows made after `migrate`."""

    name = "manoir.contenttypes"
    verbose_name = "Content types"

    def ready(self) -> None:
        """Listen to `post_migrate`."""
        post_migrate.connect(acreate_contenttypes, dispatch_uid="manoir.contenttypes")

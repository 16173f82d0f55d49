"""The app of APIs: tokens, templates and styles of the pages."""

from __future__ import annotations

from manoir.apps import AppConfig


class RestConfig(AppConfig):
    """Brings the table of tokens, the command `create_token`, and the files of the browsable pages."""

    name = "manoir.rest"
    label = "rest"
    verbose_name = "APIs"

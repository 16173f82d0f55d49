"""The app of APIs: tokens, templates and styles of the pages."""

from __future__ import annotations

from manoir.apps import AppConfig
from manoir.rest import _checks as _checks  # registers the checks of this room
from manoir.rest import _throttle_checks as _throttle_checks
from manoir.rest import _view_checks as _view_checks


class RestConfig(AppConfig):
    """Brings the table of tokens, the command `create_token`, and the files of the browsable pages."""

    name = "manoir.rest"
    label = "rest"
    verbose_name = "APIs"

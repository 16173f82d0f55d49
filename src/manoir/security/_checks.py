"""Checks of CSRF_FAILURE_VIEW: a refused request must meet a page, not an error."""

from __future__ import annotations

import inspect
from typing import Any

from manoir.checks import CheckMessage, Error, Tags, register
from manoir.conf import import_string, settings


@register(Tags.security)
def check_failure_view(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find a CSRF_FAILURE_VIEW that cannot be imported or called."""
    path = settings.CSRF_FAILURE_VIEW
    try:
        view = import_string(path)
    except ImportError as error:
        return [
            Error(
                f"CSRF_FAILURE_VIEW is {path!r}, which cannot be imported: {error}",
                hint="Name a view, or remove the setting: manoir has a page of its own.",
                obj="settings",
                id="manoir.security.E102",
            )
        ]
    try:
        inspect.signature(view).bind("request", reason="reason")
    except (TypeError, ValueError):
        return [
            Error(
                f"CSRF_FAILURE_VIEW is {path!r}, which cannot be called as view(request, reason='').",
                hint='Give it the signature (request, reason="").',
                obj="settings",
                id="manoir.security.E101",
            )
        ]
    return []

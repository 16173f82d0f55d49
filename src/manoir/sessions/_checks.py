"""Checks of SESSION_ENGINE and SESSION_SERIALIZER: what cannot be used would be an error at each request."""

from __future__ import annotations

import inspect
from typing import Any

from manoir.checks import CheckMessage, Error, Tags, register
from manoir.conf import import_string, settings
from manoir.sessions._base import SessionBase


@register(Tags.security)
def check_engine(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find a store that is none, and a serializer that cannot read what it wrote."""
    found: list[CheckMessage] = []
    try:
        store = import_string(settings.SESSION_ENGINE)
    except ImportError as error:
        found.append(problem("E002", f"SESSION_ENGINE cannot be imported: {error}", "Name a store of manoir.sessions."))
    else:
        if not (inspect.isclass(store) and issubclass(store, SessionBase)):
            message = f"SESSION_ENGINE names {settings.SESSION_ENGINE!r}, which is no store of sessions."
            found.append(problem("E003", message, "Derive it from manoir.sessions.SessionBase."))
    try:
        serializer = import_string(settings.SESSION_SERIALIZER)
        works = serializer().loads(serializer().dumps({"a": [1]})) == {"a": [1]}
    except Exception as error:  # whatever it raises, it cannot be used
        message = f"SESSION_SERIALIZER cannot be used: {type(error).__name__}: {error}"
        found.append(problem("E004", message, "Use manoir.sessions.JSONSerializer."))
    else:
        if not works:
            message = f"SESSION_SERIALIZER {settings.SESSION_SERIALIZER!r} does not give back what it was given."
            found.append(problem("E004", message, "Use manoir.sessions.JSONSerializer."))
    return found


def problem(number: str, message: str, hint: str) -> CheckMessage:
    return Error(message, hint=hint, obj="settings", id=f"manoir.sessions.{number}")

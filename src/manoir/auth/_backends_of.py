"""The backends of AUTHENTICATION_BACKENDS, made once."""

from __future__ import annotations

from typing import Any

from manoir.conf import import_string, settings
from manoir.exceptions import ImproperlyConfigured

made: dict[str, Any] = {}
"""Backends by dotted path, out of the settings: a closed set."""


def get_backends() -> list[Any]:
    """Return the backends of AUTHENTICATION_BACKENDS, in order.

    Raises:
        ImproperlyConfigured: the setting is empty.
    """
    return [backend for _path, backend in named_backends()]


def named_backends() -> list[tuple[str, Any]]:
    """Return the backends with their paths."""
    found: list[tuple[str, Any]] = []
    for path in settings.AUTHENTICATION_BACKENDS:
        if path not in made:
            made[path] = import_string(path)()
        found.append((path, made[path]))
    if not found:
        raise ImproperlyConfigured(
            "AUTHENTICATION_BACKENDS is empty: nobody can sign in. Add 'manoir.auth.ModelBackend'."
        )
    return found

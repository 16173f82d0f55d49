"""Which backend sends a mail."""

from __future__ import annotations

from typing import Any

from manoir.conf import import_string, settings
from manoir.exceptions import ImproperlyConfigured, nearest
from manoir.mail._base import BaseEmailBackend


def configured(using: str | None) -> tuple[str, dict[str, Any]]:
    """Return the path of the backend and its options for an alias of MAILERS; without MAILERS, EMAIL_BACKEND's."""
    mailers = settings.MAILERS
    alias = using or "default"
    if not mailers and alias == "default":
        return settings.EMAIL_BACKEND, {}
    if alias not in mailers:
        known = ", ".join(map(repr, mailers)) or "none"
        raise ImproperlyConfigured(f"MAILERS has no {alias!r}.{nearest(alias, mailers)} There are: {known}.")
    return mailers[alias].get("BACKEND", settings.EMAIL_BACKEND), dict(mailers[alias].get("OPTIONS", {}))


def get_connection(
    backend: str | None = None, fail_silently: bool = False, *, using: str | None = None, **kwargs: Any
) -> BaseEmailBackend:
    """Make a backend that sends mails.

    Args:
        backend: dotted path of its class; None is the one of the settings.
        fail_silently: True swallows errors of the server.
        using: alias of MAILERS; None is `"default"`.
        **kwargs: given to the backend.

    Raises:
        ImproperlyConfigured: there is no such backend or alias.
    """
    path, options = (backend, {}) if backend else configured(using)
    try:
        factory = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"The mail backend cannot be imported. {error}") from error
    return factory(fail_silently=fail_silently, **{**options, **kwargs})

"""What templates get of each request; named in the `context_processors` option of TEMPLATES.

`manoir.security` adds `csrf`, `manoir.auth` adds `auth` and `manoir.messages` adds `messages`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir import i18n as languages
from manoir import timezone
from manoir.conf import settings
from manoir.db import connections

if TYPE_CHECKING:
    from manoir.http import HttpRequest

__all__ = ["csp", "debug", "i18n", "media", "request", "static", "tz"]


def debug(request: HttpRequest) -> dict[str, Any]:
    """Add `debug` and `sql_queries` in DEBUG, for clients out of INTERNAL_IPS."""
    if not settings.DEBUG or request.META.get("REMOTE_ADDR") not in settings.INTERNAL_IPS:
        return {}
    return {"debug": True, "sql_queries": sql_queries}


def sql_queries() -> list[Any]:
    """Return the queries so far of all databases; templates call it when they read it."""
    return [query for connection in connections.all() for query in connection.queries]


def request(request: HttpRequest) -> dict[str, Any]:
    """Add `request`."""
    return {"request": request}


def csp(request: HttpRequest) -> dict[str, Any]:
    """Add `csp_nonce`, which is made when a template reads it."""
    return {"csp_nonce": LazyNonce(request)}


class LazyNonce:
    """The nonce of an answer; a policy names it only if something read it."""

    __slots__ = ("request",)

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def __str__(self) -> str:
        return str(self.request.csp_nonce)

    def __bool__(self) -> bool:
        return True


def i18n(request: HttpRequest) -> dict[str, Any]:
    """Add LANGUAGES, LANGUAGE_CODE and LANGUAGE_BIDI."""
    return {
        "LANGUAGES": settings.LANGUAGES,
        "LANGUAGE_CODE": languages.get_language() or settings.LANGUAGE_CODE,
        "LANGUAGE_BIDI": languages.get_language_bidi(),
    }


def tz(request: HttpRequest) -> dict[str, Any]:
    """Add TIME_ZONE, the name of the current time zone."""
    return {"TIME_ZONE": timezone.get_current_timezone_name()}


def static(request: HttpRequest) -> dict[str, Any]:
    """Add STATIC_URL."""
    return {"STATIC_URL": settings.STATIC_URL}


def media(request: HttpRequest) -> dict[str, Any]:
    """Add MEDIA_URL."""
    return {"MEDIA_URL": settings.MEDIA_URL}

"""Cache-Control and Vary: adding to them without losing what is there."""

from __future__ import annotations

from collections.abc import Iterable
from time import time
from typing import TYPE_CHECKING

from manoir.conf import settings
from manoir.http._conditional import http_date

if TYPE_CHECKING:
    from manoir.http._response import HttpResponseBase


SAYS_WHOSE = frozenset({"public", "private", "s-maxage", "no-store"})
"""Directives that say who may keep an answer (RFC 9111, 5.2.2)."""


def _cache_control_of(response: HttpResponseBase) -> dict[str, str | bool]:
    directives: dict[str, str | bool] = {}
    for part in response.headers.raw.get("cache-control", "").split(","):
        name, equals, value = part.strip().partition("=")
        if name:
            directives[name.lower()] = value if equals else True
    return directives


def patch_cache_control(response: HttpResponseBase, **kwargs: object) -> None:
    """Add directives to Cache-Control.

    Args:
        response: the response to change.
        **kwargs: directives with underscores for hyphens; True for those without a value. The smaller `max_age` wins,
            `private` and `public` replace each other, `no_cache` and `private` may name fields as text.

    Example:
        >>> response = HttpResponse(headers={"Cache-Control": "max-age=60"})
        >>> patch_cache_control(response, private=True, max_age=3600)
        >>> response["Cache-Control"]
        'max-age=60, private'
    """
    directives = _cache_control_of(response)
    if "max-age" in directives and "max_age" in kwargs:
        known = str(directives["max-age"])
        if known.isascii() and known.isdecimal():
            kwargs["max_age"] = min(int(known[:10]), int(str(kwargs["max_age"])))
    if kwargs.get("public"):
        directives.pop("private", None)
    if kwargs.get("private"):
        directives.pop("public", None)
    for name, value in kwargs.items():
        if value is False or value is None:
            continue
        directives[name.replace("_", "-")] = True if value is True else str(value)
    text = ", ".join(name if value is True else f"{name}={value}" for name, value in directives.items())
    response["Cache-Control"] = text


def get_max_age(response: HttpResponseBase) -> int | None:
    """Return `max-age` of Cache-Control in seconds; None without one."""
    value = str(_cache_control_of(response).get("max-age", ""))
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 10 else None


def patch_response_headers(response: HttpResponseBase, cache_timeout: float | None = None) -> None:
    """Set Expires and `max-age` for caches.

    Args:
        response: the response to change.
        cache_timeout: seconds; settings.CACHE_MIDDLEWARE_SECONDS unless told; below 0 counts as 0.
    """
    timeout = settings.CACHE_MIDDLEWARE_SECONDS if cache_timeout is None else cache_timeout
    timeout = max(0, int(timeout or 0))
    response.headers.setdefault("Expires", http_date(time() + timeout))
    patch_cache_control(response, max_age=timeout)


def add_never_cache_headers(response: HttpResponseBase) -> None:
    """Tell every cache to keep no copy."""
    patch_response_headers(response, cache_timeout=-1)
    patch_cache_control(response, no_cache=True, no_store=True, must_revalidate=True, private=True)


def keep_private(response: HttpResponseBase) -> None:
    """Tell caches on the way that an answer is one visitor's, unless it says itself that everybody may have it.

    `Vary: Cookie` alone leaves it to caches that keep by the ending of an address, whatever it varies on.

    Example:
        >>> response = HttpResponse()
        >>> keep_private(response)
        >>> response["Cache-Control"]
        'private'
    """
    if "cache-control" not in response.headers.raw:
        response.headers.raw["cache-control"] = "private"
    elif SAYS_WHOSE.isdisjoint(_cache_control_of(response)):
        patch_cache_control(response, private=True)


def patch_vary_headers(response: HttpResponseBase, newheaders: Iterable[str]) -> None:
    """Add names to Vary, each once; `*` swallows all others.

    Example:
        >>> response = HttpResponse(headers={"Vary": "Cookie"})
        >>> patch_vary_headers(response, ["cookie", "Accept-Language"])
        >>> response["Vary"]
        'Cookie, Accept-Language'
    """
    names = [name for part in response.headers.raw.get("vary", "").split(",") if (name := part.strip())]
    known = {name.lower() for name in names}
    for name in newheaders:
        if name.lower() not in known:
            known.add(name.lower())
            names.append(name)
    response["Vary"] = "*" if "*" in names else ", ".join(names)


def has_vary_header(response: HttpResponseBase, header_query: str) -> bool:
    """Return whether Vary names a header."""
    wanted = header_query.lower()
    return any(part.strip().lower() == wanted for part in response.headers.raw.get("vary", "").split(","))

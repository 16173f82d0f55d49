"""Checks of MIDDLEWARE: what cannot be imported, what stands in the wrong order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from manoir.checks._layers import (
    COMMON,
    CONDITIONAL,
    CSRF,
    FETCH_CACHE,
    GZIP,
    LOCALE,
    LOGIN_REQUIRED,
    MESSAGES,
    REMOTE_USER,
    SECURITY,
    SESSIONS,
    UPDATE_CACHE,
    USERS,
    Layers,
)
from manoir.checks._messages import CheckMessage, Error, Warning
from manoir.checks._registry import CheckRegistry, Tags
from manoir.conf import settings

NEEDS = (
    (USERS, SESSIONS, "the user is found by the session", "E002"),
    (LOGIN_REQUIRED, USERS, "it asks who the user is", "E003"),
    (REMOTE_USER, USERS, "it compares the header with the user", "E004"),
)
"""A layer, what has to stand outside of it, why, and the number of the message."""

ORDER = (
    (SESSIONS, MESSAGES, "messages may be kept in the session", "W001"),
    (CSRF, REMOTE_USER, "a request that signs a user in has to be checked first", "W002"),
    (UPDATE_CACHE, SESSIONS, "a page is stored after sessions said that it varies by the cookie", "W003"),
    (UPDATE_CACHE, GZIP, "a page is stored after compression said that it varies by the encoding", "W003"),
    (UPDATE_CACHE, LOCALE, "a page is stored after the language said what it varies by", "W003"),
    (UPDATE_CACHE, FETCH_CACHE, "a page is stored on the way out and looked up as the last step in", "W003"),
    (SESSIONS, FETCH_CACHE, "a page is looked up when it is known whose it is", "W004"),
    (LOCALE, FETCH_CACHE, "a page is looked up when its language is known", "W004"),
    (GZIP, CONDITIONAL, "the tag is of the page, and not of its compressed form", "W005"),
    (LOCALE, COMMON, "addresses are redirected in the language of the visitor", "W006"),
)
"""An outer layer, an inner one, why, and the number of the message."""

REDIRECTED = (FETCH_CACHE, SESSIONS, COMMON, CSRF, USERS)


def register_middleware_checks(registry: CheckRegistry) -> None:
    """Register the checks of this module."""
    registry.register(check_imports, Tags.middleware)
    registry.register(check_needs, Tags.middleware)
    registry.register(check_order, Tags.middleware)


def check_imports(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find entries that cannot be imported, or stand there twice."""
    layers = Layers()
    found: list[CheckMessage] = [
        Error(
            f"MIDDLEWARE has {path!r}, which cannot be imported: {error}", obj="settings", id="manoir.middleware.E001"
        )
        for path, error in layers.missing.items()
    ]
    for path, count in Counter(settings.MIDDLEWARE).items():
        if count > 1:
            hint = "Keep one: each layer does its work once."
            found.append(
                Warning(
                    f"MIDDLEWARE has {path!r} {count} times.", hint=hint, obj="settings", id="manoir.middleware.W007"
                )
            )
    return found


def check_needs(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find layers without another one that they need outside of them."""
    layers = Layers()
    needs = [*NEEDS]
    if settings.CSRF_USE_SESSIONS:
        needs.append((CSRF, SESSIONS, "CSRF_USE_SESSIONS keeps the secret in the session", "E005"))
    return [
        Error(
            f"MIDDLEWARE has {layer} without {needed} outside of it: {why}.",
            hint=f"Put '{needed}' above '{layer}'.",
            obj="settings",
            id=f"manoir.middleware.{number}",
        )
        for layer, needed, why, number in needs
        if layer in layers and not (needed in layers and layers.before(needed, layer))
    ]


def check_order(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find pairs in the wrong order."""
    layers = Layers()
    return [
        Warning(
            f"MIDDLEWARE has {inner} outside of {outer}: {why}.",
            hint=f"Put '{outer}' above '{inner}'.",
            obj="settings",
            id=f"manoir.middleware.{number}",
        )
        for outer, inner, why, number in wanted_order()
        if outer in layers and inner in layers and not layers.before(outer, inner)
    ]


def wanted_order() -> Iterator[tuple[str, str, str, str]]:
    yield from ORDER
    if settings.SECURE_SSL_REDIRECT:
        for inner in REDIRECTED:
            yield SECURITY, inner, "a request by HTTP is redirected before anything is done for it", "W008"

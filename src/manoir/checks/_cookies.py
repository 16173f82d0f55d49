"""Checks of the cookies that manoir sends: attributes that make a browser drop them, or give them away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.checks._messages import CheckMessage, Error, Warning
from manoir.checks._registry import CheckRegistry, Tags
from manoir.conf import settings

COOKIES = ("SESSION_COOKIE", "CSRF_COOKIE", "LANGUAGE_COOKIE")
SECRETS = ("SESSION_COOKIE", "CSRF_COOKIE")


def register_cookie_checks(registry: CheckRegistry) -> None:
    """Register the checks of this module."""
    registry.register(check_cookies, Tags.security)
    registry.register(check_same_site, Tags.security, deploy=True)


def check_cookies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find cookies that browsers refuse: RFC 6265bis, sections 4.1.2.7 and 4.1.3."""
    return [Error(message, hint=hint, obj="settings", id=number) for message, hint, number in refused_cookies()]


def refused_cookies() -> Iterator[tuple[str, str, str]]:
    for cookie in COOKIES:
        name, secure = setting(cookie, "NAME"), setting(cookie, "SECURE")
        if setting(cookie, "SAMESITE") == "None" and not secure:
            message = f"{cookie}_SAMESITE is 'None' without {cookie}_SECURE: browsers drop the cookie."
            yield message, f"Set {cookie}_SECURE = True, or {cookie}_SAMESITE = 'Lax'.", "manoir.security.E103"
        prefix = name.lower()
        if not prefix.startswith(("__host-", "__secure-")):
            continue
        if not secure:
            message = f"{cookie}_NAME is {name!r} without {cookie}_SECURE: browsers drop the cookie."
            yield message, f"Set {cookie}_SECURE = True.", "manoir.security.E104"
        if prefix.startswith("__host-") and (setting(cookie, "DOMAIN") or setting(cookie, "PATH") != "/"):
            message = f"{cookie}_NAME is {name!r}, which needs the path '/' and no domain: browsers drop the cookie."
            hint = f"Set {cookie}_PATH = '/' and {cookie}_DOMAIN = None, or use the prefix '__Secure-'."
            yield message, hint, "manoir.security.E104"


def check_same_site(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of cookies that browsers send along with requests of any site."""
    return [
        Warning(
            f"{cookie}_SAMESITE is {setting(cookie, 'SAMESITE')!r}: other sites can send requests with this cookie.",
            hint="Set it to 'Lax' or 'Strict', unless the site is shown in frames of others.",
            obj="settings",
            id="manoir.security.W110",
        )
        for cookie in SECRETS
        if setting(cookie, "SAMESITE") in (False, None, "None")
    ]


def setting(cookie: str, attribute: str) -> Any:
    return getattr(settings, f"{cookie}_{attribute}")

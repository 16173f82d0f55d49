"""Checks of settings: what is allowed, but should not stay so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.checks._messages import CheckMessage, Warning
from manoir.checks._registry import CheckRegistry, Tags
from manoir.conf import near_misses, settings

MIN_SECRET_KEY = 50
MIN_DISTINCT = 5


def register_settings_checks(registry: CheckRegistry) -> None:
    """Register the checks of this module."""
    registry.register(check_names, Tags.settings)
    registry.register(check_debug, Tags.security, deploy=True)
    registry.register(check_hosts, Tags.security, deploy=True)
    registry.register(check_secret_keys, Tags.security, deploy=True)
    registry.register(check_https, Tags.security, deploy=True)
    registry.register(check_headers, Tags.security, deploy=True)


def check_names(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of settings whose name is nearly that of a known one."""
    return [
        Warning(
            f"The setting {name} is unknown to manoir, but close to {known}.",
            hint=f"Rename it to {known}, or silence this message if it is your own.",
            obj=settings.where,
            id="manoir.conf.W001",
        )
        for name, known in near_misses(settings.explicit_names)
    ]


def check_debug(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of DEBUG in production."""
    if not settings.DEBUG:
        return []
    return [deploy_warning("DEBUG is True: errors show code and settings to visitors.", "Set DEBUG = False.", "W010")]


def check_hosts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of ALLOWED_HOSTS that allow nothing, or everything."""
    if not settings.ALLOWED_HOSTS:
        return [deploy_warning("ALLOWED_HOSTS is empty: every request gets 400.", "List your host names.", "W011")]
    if "*" in settings.ALLOWED_HOSTS:
        return [
            deploy_warning("ALLOWED_HOSTS contains '*': any Host header is believed.", "List your host names.", "W012")
        ]
    return []


def check_secret_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of keys that are short, monotonous or marked as insecure."""
    keys = [("SECRET_KEY", settings.SECRET_KEY)]
    keys += [(f"SECRET_KEY_FALLBACKS[{at}]", key) for at, key in enumerate(settings.SECRET_KEY_FALLBACKS)]
    return [
        deploy_warning(
            f"{name} is weak: it is short, monotonous or marked as insecure.", "Generate a random one.", "W013"
        )
        for name, key in keys
        if len(key) < MIN_SECRET_KEY or len(set(key)) < MIN_DISTINCT or "insecure" in key.lower()
    ]


def check_https(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of what would travel without encryption."""
    return list(https_warnings())


def https_warnings() -> Iterator[CheckMessage]:
    if not settings.SECURE_SSL_REDIRECT:
        yield deploy_warning(
            "SECURE_SSL_REDIRECT is False: pages are served over HTTP too.",
            "Set it to True, unless the proxy redirects; then silence this message.",
            "W014",
        )
    if not settings.SECURE_HSTS_SECONDS:
        yield deploy_warning(
            "SECURE_HSTS_SECONDS is 0: browsers may come back by HTTP.",
            "Start with 3600, and raise it once the whole site works over HTTPS.",
            "W015",
        )
    sessions = "manoir.sessions" in settings.INSTALLED_APPS
    if sessions and not settings.SESSION_COOKIE_SECURE:
        yield deploy_warning(
            "SESSION_COOKIE_SECURE is False: the session cookie travels over HTTP too.", "Set it to True.", "W016"
        )
    csrf = "manoir.security.CsrfViewMiddleware" in settings.MIDDLEWARE and not settings.CSRF_USE_SESSIONS
    if csrf and not settings.CSRF_COOKIE_SECURE:
        yield deploy_warning(
            "CSRF_COOKIE_SECURE is False: the CSRF cookie travels over HTTP too.", "Set it to True.", "W017"
        )


def check_headers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of middleware and policies that are missing."""
    found: list[CheckMessage] = []
    for path, what, number in (
        ("manoir.middleware.SecurityMiddleware", "the security headers are not sent", "W018"),
        ("manoir.security.CsrfViewMiddleware", "forms are not protected against forged requests", "W019"),
        ("manoir.middleware.XFrameOptionsMiddleware", "pages may be framed by other sites", "W020"),
    ):
        if path not in settings.MIDDLEWARE:
            found.append(deploy_warning(f"MIDDLEWARE lacks {path}: {what}.", "Add it.", number))
    if not settings.SECURE_CSP:
        hint = "Set SECURE_CSP and add manoir.middleware.ContentSecurityPolicyMiddleware."
        found.append(deploy_warning("SECURE_CSP is empty: scripts of any origin may run.", hint, "W021"))
    return found


def deploy_warning(message: str, hint: str, number: str) -> CheckMessage:
    return Warning(message, hint=hint, obj="settings", id=f"manoir.conf.{number}")

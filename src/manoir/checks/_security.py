"""Checks for production: the settings that keep a site safe. Numbers are those of Django's documentation where it has one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from manoir.checks._layers import CSRF, FRAMES, POLICY, SECURITY, SESSIONS, Layers
from manoir.checks._messages import CheckMessage, Error, Warning
from manoir.checks._registry import CheckRegistry, Tags
from manoir.conf import settings

MIN_SECRET_KEY = 50
MIN_DISTINCT = 5
SESSIONS_APP = "manoir.sessions"

REFERRER_POLICIES = frozenset(
    {
        "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin",
        "strict-origin", "strict-origin-when-cross-origin", "unsafe-url",
    }
)  # fmt: skip
OPENER_POLICIES = frozenset({"same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"})
UNSAFE_SOURCES = frozenset({"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "http:", "https:"})
LIMITS = (
    "DATA_UPLOAD_MAX_MEMORY_SIZE",
    "DATA_UPLOAD_MAX_BODY_SIZE",
    "DATA_UPLOAD_MAX_NUMBER_FIELDS",
    "DATA_UPLOAD_MAX_NUMBER_FILES",
)


def register_security_checks(registry: CheckRegistry) -> None:
    """Register the checks of this module; all but `check_policies` for deployment only."""
    registry.register(check_policies, Tags.security)
    for find in (debug, keys, hosts, limits, layers, https, session_cookie, csrf, headers, content_policy):
        registry.register(_deployment(find), Tags.security, deploy=True)


def _deployment(find: Callable[[], Iterator[CheckMessage]]) -> Any:
    def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
        return list(find())

    check.__qualname__ = f"check_{find.__name__}"
    check.__doc__ = find.__doc__
    return check


def warning(number: str, message: str, hint: str) -> CheckMessage:
    return Warning(message, hint=hint, obj="settings", id=f"manoir.security.{number}")


def error(number: str, message: str, hint: str) -> CheckMessage:
    return Error(message, hint=hint, obj="settings", id=f"manoir.security.{number}")


def check_policies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find values of headers that browsers would ignore."""
    found: list[CheckMessage] = []
    unknown = [value for value in referrer_policies() if value not in REFERRER_POLICIES]
    if unknown:
        hint = f"Use {', '.join(sorted(REFERRER_POLICIES))}."
        found.append(error("E023", f"SECURE_REFERRER_POLICY has the unknown value {unknown[0]!r}.", hint))
    opener = settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
    if opener is not None and opener not in OPENER_POLICIES:
        hint = f"Use {', '.join(sorted(OPENER_POLICIES))}, or None to send no header."
        found.append(error("E024", f"SECURE_CROSS_ORIGIN_OPENER_POLICY is {opener!r}, which is unknown.", hint))
    return found


def referrer_policies() -> list[str]:
    value: str | Sequence[str] | None = settings.SECURE_REFERRER_POLICY
    if value is None:
        return []
    return [part.strip() for part in (value.split(",") if isinstance(value, str) else value)]


def debug() -> Iterator[CheckMessage]:
    """Warn of what only developers should see."""
    if settings.DEBUG:
        yield warning("W018", "DEBUG is True: errors show code and settings to visitors.", "Set DEBUG = False.")
    if settings.DEBUG_PROPAGATE_EXCEPTIONS:
        hint = "Set it to False."
        yield warning("W101", "DEBUG_PROPAGATE_EXCEPTIONS is True: an error of a view reaches the server.", hint)


def keys() -> Iterator[CheckMessage]:
    """Warn of keys that are short, monotonous or marked as insecure."""
    hint = 'Make a random one: python -c "import secrets; print(secrets.token_urlsafe(50))".'
    if weak(settings.SECRET_KEY):
        yield warning("W009", "SECRET_KEY is weak: it is short, monotonous or marked as insecure.", hint)
    for at, key in enumerate(settings.SECRET_KEY_FALLBACKS):
        if weak(key):
            message = f"SECRET_KEY_FALLBACKS[{at}] is weak: who guesses it can still sign."
            yield warning("W025", message, "Remove it as soon as nothing signed by it is needed.")


def weak(key: str) -> bool:
    return len(key) < MIN_SECRET_KEY or len(set(key)) < MIN_DISTINCT or "insecure" in key.lower()


def hosts() -> Iterator[CheckMessage]:
    """Warn of ALLOWED_HOSTS that allow nothing, or everything."""
    if not settings.ALLOWED_HOSTS:
        yield warning("W020", "ALLOWED_HOSTS is empty: every request gets 400.", "List your host names.")
    elif "*" in settings.ALLOWED_HOSTS:
        yield warning("W102", "ALLOWED_HOSTS has '*': any Host header is believed.", "List your host names.")


def limits() -> Iterator[CheckMessage]:
    """Warn of bodies without a limit."""
    for name in LIMITS:
        if getattr(settings, name) is None:
            yield warning("W103", f"{name} is None: one client can send without end.", "Set a limit.")


def layers() -> Iterator[CheckMessage]:
    """Warn of layers that are missing."""
    present = Layers()
    for path, number, what in (
        (SECURITY, "W001", "HTTPS is not enforced and its headers are not sent"),
        (FRAMES, "W002", "other sites may show pages of this one in a frame"),
        (CSRF, "W003", "forms are not protected against forged requests"),
    ):
        if path not in present:
            yield warning(number, f"MIDDLEWARE lacks {path}: {what}.", "Add it.")
    if FRAMES in present and settings.X_FRAME_OPTIONS != "DENY":
        message = f"X_FRAME_OPTIONS is {settings.X_FRAME_OPTIONS!r}: pages of this site may show each other in frames."
        yield warning("W019", message, "Set it to 'DENY', and mark the views that need frames.")


def https() -> Iterator[CheckMessage]:
    """Warn of what would travel without encryption."""
    if SECURITY not in Layers():
        return
    if not settings.SECURE_SSL_REDIRECT:
        hint = "Set it to True, unless the proxy redirects; then silence this message."
        yield warning("W008", "SECURE_SSL_REDIRECT is False: pages are served over HTTP, too.", hint)
    if not settings.SECURE_HSTS_SECONDS:
        hint = "Start with 3600, and raise it once the whole site works over HTTPS."
        yield warning("W004", "SECURE_HSTS_SECONDS is 0: browsers may come back by HTTP.", hint)
        return
    if not settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        hint = "Set it to True once every subdomain works over HTTPS."
        yield warning("W005", "SECURE_HSTS_INCLUDE_SUBDOMAINS is False: subdomains may be visited by HTTP.", hint)
    if not settings.SECURE_HSTS_PRELOAD:
        hint = "Set it to True if the domain is to be on the browsers' list; that is hard to take back."
        yield warning("W021", "SECURE_HSTS_PRELOAD is False: a browser's first visit may be by HTTP.", hint)


def session_cookie() -> Iterator[CheckMessage]:
    """Warn of session cookies that others can read; three numbers say where sessions are in use, as documented."""
    app, layer = SESSIONS_APP in settings.INSTALLED_APPS, SESSIONS in Layers()
    if not app and not layer:
        return
    which = 2 if app and layer else 0 if app else 1
    if not settings.SESSION_COOKIE_SECURE:
        message = "SESSION_COOKIE_SECURE is False: the session cookie travels over HTTP, too."
        yield warning(("W010", "W011", "W012")[which], message, "Set it to True.")
    if not settings.SESSION_COOKIE_HTTPONLY:
        message = "SESSION_COOKIE_HTTPONLY is False: a script that slips into a page can read the session cookie."
        yield warning(("W013", "W014", "W015")[which], message, "Set it to True.")


def csrf() -> Iterator[CheckMessage]:
    """Warn of a CSRF cookie in clear, and of origins that anybody on the way may imitate."""
    if CSRF not in Layers():
        return
    if not settings.CSRF_USE_SESSIONS and not settings.CSRF_COOKIE_SECURE:
        message = "CSRF_COOKIE_SECURE is False: the CSRF cookie travels over HTTP, too."
        yield warning("W016", message, "Set it to True.")
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if origin.startswith("http://"):
            message = f"CSRF_TRUSTED_ORIGINS has {origin!r}: anybody on the way can send forms in its name."
            yield warning("W104", message, f"Write {origin.replace('http:', 'https:', 1)!r}.")


def headers() -> Iterator[CheckMessage]:
    """Warn of headers that are switched off."""
    if SECURITY not in Layers():
        return
    if not settings.SECURE_CONTENT_TYPE_NOSNIFF:
        message = "SECURE_CONTENT_TYPE_NOSNIFF is False: browsers guess types, and may run an upload as a script."
        yield warning("W006", message, "Set it to True.")
    policies = referrer_policies()
    if not policies:
        message = "SECURE_REFERRER_POLICY is None: addresses of pages are told to other sites."
        yield warning("W022", message, "Set it to 'same-origin'.")
    elif policies[-1] in ("unsafe-url", "no-referrer-when-downgrade"):
        message = f"SECURE_REFERRER_POLICY is {policies[-1]!r}: whole addresses are told to other sites."
        yield warning("W105", message, "Set it to 'same-origin'.")
    if settings.SECURE_CROSS_ORIGIN_OPENER_POLICY in (None, "unsafe-none"):
        message = "SECURE_CROSS_ORIGIN_OPENER_POLICY is off: a page that opened one of yours can reach its window."
        yield warning("W106", message, "Set it to 'same-origin'.")


def content_policy() -> Iterator[CheckMessage]:
    """Warn of a Content-Security-Policy that is missing, not sent, or lets any script run."""
    present, policy = POLICY in Layers(), settings.SECURE_CSP
    if not policy:
        hint = f"Set it, and add {POLICY} to MIDDLEWARE."
        yield warning("W107", "SECURE_CSP is empty: a script that slips into a page runs.", hint)
        return
    if not present:
        message = f"SECURE_CSP is set, but MIDDLEWARE lacks {POLICY}, which sends it."
        yield warning("W108", message, "Add it.")
    unsafe = unsafe_script_sources(policy)
    if unsafe:
        message = f"SECURE_CSP lets scripts run from {', '.join(unsafe)}."
        yield warning("W109", message, "Use CSP.NONCE for the scripts in a page.")


def unsafe_script_sources(policy: Mapping[str, Any]) -> list[str]:
    """Return the sources by which a policy lets any script run; with a nonce browsers ignore 'unsafe-inline'."""
    value: Any = policy.get("script-src", policy.get("default-src"))
    if value is None:
        return ["any address (neither 'script-src' nor 'default-src' is set)"]
    sources = {str(source) for source in ([value] if isinstance(value, (str, bool)) else value)}
    unsafe = sources & UNSAFE_SOURCES
    if any("nonce" in source.lower() or source.startswith("'sha") for source in sources):
        unsafe -= {"'unsafe-inline'"}
    return sorted(unsafe)

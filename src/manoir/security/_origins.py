"""Where a request comes from: fetch metadata, Origin, Referer; compared as parsed parts, never as text or patterns."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from manoir.conf import settings
from manoir.http import HttpRequest, split_host

BAD_ORIGIN = "The request comes from %s, which is neither this site nor one of CSRF_TRUSTED_ORIGINS."
CROSS_SITE = "Fetch metadata says that another site sent this request, and its origin is not trusted."
NO_REFERER = "An HTTPS request without Origin and Referer: nothing says where it comes from."
MALFORMED_REFERER = "The Referer of this HTTPS request is no address."
INSECURE_REFERER = (
    "The page that sent this HTTPS request was loaded by HTTP (Referer), where anybody may have changed it."
)
BAD_REFERER = "The page that sent this (Referer: %s) is neither of this site nor of CSRF_TRUSTED_ORIGINS."

MAX_ORIGIN = 300
MAX_REFERER = 4_096


def split_origin(origin: str) -> tuple[str, str, str] | None:
    """Return scheme, host and port of an origin, the port written out; None for `null` and anything malformed."""
    if len(origin) > MAX_REFERER:
        return None
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    host, port = split_host(parts.netloc)
    if parts.scheme not in ("http", "https") or not host:
        return None
    return parts.scheme, host, port or ("443" if parts.scheme == "https" else "80")


def own_origin(request: HttpRequest) -> tuple[str, str, str] | None:
    """Return the origin of this site as the client addressed it."""
    return split_origin(f"{request.scheme}://{request.get_host()}")


def is_trusted_origin(origin: tuple[str, str, str], trusted: Iterable[str]) -> bool:
    """Return whether an origin is one of CSRF_TRUSTED_ORIGINS: `https://a.example`, or `https://*.a.example`."""
    scheme, host, port = origin
    for entry in trusted:
        wildcard = "://*." in entry
        declared = split_origin(entry.replace("://*.", "://", 1))
        if declared is None or (declared[0], declared[2]) != (scheme, port):
            continue
        if host == declared[1] if not wildcard else host.endswith(f".{declared[1]}"):
            return True
    return False


def origin_verdict(request: HttpRequest) -> tuple[bool, str | None]:
    """Judge where a request comes from.

    Returns:
        Whether it certainly comes from this very site, so that no token is needed; and why it is refused, None when a
        token decides.
    """
    headers = request.headers.raw
    site = headers.get("sec-fetch-site")
    if site == "same-origin" or site == "none":
        return True, None
    claimed = headers.get("origin")
    if claimed is not None:
        origin = split_origin(claimed) if len(claimed) <= MAX_ORIGIN else None
        if origin is not None and (origin == own_origin(request) or _is_trusted(origin)):
            return False, None
        return False, BAD_ORIGIN % claimed[:MAX_ORIGIN]
    if site is not None:
        return False, CROSS_SITE
    return False, _referer_problem(request) if request.is_secure() else None


def _is_trusted(origin: tuple[str, str, str]) -> bool:
    return is_trusted_origin(origin, settings.CSRF_TRUSTED_ORIGINS)


def _referer_problem(request: HttpRequest) -> str | None:
    """Return what is wrong with the Referer of an HTTPS request; without Origin it is all there is to go by."""
    referer = request.headers.raw.get("referer")
    if referer is None:
        return NO_REFERER
    origin = split_origin(referer)
    if origin is None:
        return MALFORMED_REFERER
    if origin[0] != "https":
        return INSECURE_REFERER
    if origin == own_origin(request) or _is_trusted(origin) or _shares_cookie_domain(origin):
        return None
    return BAD_REFERER % f"https://{origin[1]}"


def _shares_cookie_domain(origin: tuple[str, str, str]) -> bool:
    domain = settings.SESSION_COOKIE_DOMAIN if settings.CSRF_USE_SESSIONS else settings.CSRF_COOKIE_DOMAIN
    if not domain or origin[2] != "443":
        return False
    return origin[1] == domain.lstrip(".") or (domain.startswith(".") and origin[1].endswith(domain))

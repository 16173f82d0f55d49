"""Cookies: reading the Cookie header by RFC 6265, and attributes that cannot smuggle others.

A pair ends at a semicolon and nowhere else, a cookie without a name is dropped, so a value never becomes a second
cookie. Values that need quoting use the backslash form that Python's `http.cookies` writes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, formatdate
from http.cookies import Morsel, SimpleCookie
from time import time
from typing import Any, Literal

from manoir.exceptions import InvalidHeader

MAX_COOKIES = 300
SameSite = Literal["Strict", "Lax", "None", "strict", "lax", "none", False] | None

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}")
_ATTRIBUTE = re.compile(r"[\x20-\x3a\x3c-\x7e]*")
_ESCAPE = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))", re.DOTALL)


def parse_cookie(header: str) -> dict[str, str]:
    r"""Return the cookies of a Cookie header; of several with one name the first, which has the longest path.

    Example:
        >>> parse_cookie('a=1; b="x\\054y"; =nameless; c')
        {'a': '1', 'b': 'x,y'}
    """
    # hot path: benchmarks/http_objects.py
    cookies: dict[str, str] = {}
    for pair in header.split(";", MAX_COOKIES)[:MAX_COOKIES]:
        name, separator, value = pair.partition("=")
        name = name.strip(" \t")
        if not separator or name in cookies or not _NAME.fullmatch(name):
            continue
        value = value.strip(" \t")
        if value[:1] == '"' == value[-1:] and len(value) > 1:
            value = _unquote(value[1:-1])
        cookies[name] = value
    return cookies


def _unquote(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)) if match[1] else match[2], value)


def write_cookie(
    jar: SimpleCookie,
    key: str,
    value: str = "",
    max_age: float | timedelta | None = None,
    expires: str | datetime | None = None,
    path: str | None = "/",
    domain: str | None = None,
    secure: bool = False,
    httponly: bool = False,
    samesite: SameSite = None,
) -> None:
    """Put one cookie into `jar`, every attribute checked."""
    _check_name(key, secure, path, domain)
    if any(ord(character) > 0xFF for character in value):
        raise InvalidHeader(f"The value of the cookie {key} must be ASCII; percent-encode or sign it: {value[:40]!r}.")
    jar[key] = value
    morsel = jar[key]
    if max_age is not None:
        seconds = int(max_age.total_seconds() if isinstance(max_age, timedelta) else max_age)
        morsel["max-age"] = seconds
        if expires is None:
            morsel["expires"] = formatdate(time() + seconds, usegmt=True)
    if expires is not None:
        morsel["expires"] = _expiry(expires) if isinstance(expires, datetime) else _attribute("expires", expires)
        if isinstance(expires, datetime) and max_age is None:
            morsel["max-age"] = max(0, int((_aware(expires) - datetime.now(UTC)).total_seconds() + 0.5))
    if path is not None:
        morsel["path"] = _attribute("path", path)
    if domain is not None:
        morsel["domain"] = _attribute("domain", domain)
    if secure:
        morsel["secure"] = True
    if httponly:
        morsel["httponly"] = True
    if samesite:
        if samesite.lower() not in ("lax", "none", "strict"):
            raise ValueError(f"samesite of a cookie is 'Lax', 'Strict' or 'None', not {samesite!r}.")
        morsel["samesite"] = samesite.capitalize()


def _check_name(key: str, secure: bool, path: str | None, domain: str | None) -> None:
    if not _NAME.fullmatch(key):
        raise InvalidHeader(f"{key[:100]!r} is no name of a cookie: use letters, digits, hyphens and underscores.")
    if key.startswith("__Secure-") and not secure:
        raise ValueError(f"Browsers refuse the cookie {key} without secure=True.")
    if key.startswith("__Host-") and not (secure and path == "/" and not domain):
        raise ValueError(f"Browsers refuse the cookie {key} unless secure=True, path='/' and domain=None.")


def _attribute(name: str, value: str) -> str:
    if not _ATTRIBUTE.fullmatch(value):
        raise InvalidHeader(f"{name} of a cookie must be ASCII without ';' and line breaks, not {value[:100]!r}.")
    return value


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _expiry(moment: datetime) -> str:
    return format_datetime(_aware(moment), usegmt=True)


def cookie_header(morsel: Morsel[Any]) -> str:
    """Return the value of the Set-Cookie header; checked again, because code may have written into the morsel."""
    for name, value in morsel.items():
        if isinstance(value, str) and value:
            _attribute(name, value)
    text = morsel.OutputString()
    if not (text.isascii() and text.isprintable()):
        raise InvalidHeader(f"The cookie {morsel.key!r} holds characters that a header cannot carry.")
    return text


def signed_cookie_salt(key: str, salt: str) -> str:
    """Return the signer's salt for a cookie; lengths inside, so that cookie `a` with salt `bc` is not `ab` with `c`."""
    return f"manoir.http.cookie:{len(key)}:{key}:{salt}"

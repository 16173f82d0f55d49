"""Who tries to sign in, and from where: names in one form, addresses that say something, browsers that were here."""

from __future__ import annotations

import ipaddress
import unicodedata
from typing import Any, Final

from manoir.auth._failures import failure_key
from manoir.auth._names import LONGEST_NAME, folded, latin_shape
from manoir.conf import settings
from manoir.exceptions import BadSignature
from manoir.http import HttpResponseBase, network_of
from manoir.signing import TimestampSigner, get_random_string

PLACE: Final = "place"
DEVICE_SALT: Final = "manoir.auth.known_device"
LONGEST_COOKIE: Final = 300


def account_key(name: str) -> str:
    """Return the one form of all spellings of a name: case, width, accents, spaces and lookalikes count for nothing.

    Different accounts may share a form; then they share their count, no more.

    Example:
        >>> account_key(" Ádá ") == account_key("ada")
        True
    """
    apart = unicodedata.normalize("NFKD", folded(name))
    letters = "".join(letter for letter in apart if not unicodedata.combining(letter) and not letter.isspace())
    return latin_shape(letters)[:LONGEST_NAME]


def account_of(credentials: dict[str, Any], username_field: str) -> str | None:
    """Return the form of the name in credentials; None for credentials without a name, such as tokens."""
    name = credentials.get("username", credentials.get(username_field))
    return None if name is None else account_key(str(name)[:LONGEST_NAME])


def address_of(request: Any) -> str | None:
    """Return the address of a request, or its network; None when it says nothing about who asks.

    That is so without a request, and behind a proxy that TRUSTED_PROXIES does not name: everybody has its address, and
    a lock of it would be one of the whole site.
    """
    request = getattr(request, "_request", request)
    text = getattr(request, "client_ip", None)
    if not text:
        return None
    address = ipaddress.ip_address(text)
    forwarded = "x-forwarded-for" in request.headers and text == request.META.get("REMOTE_ADDR")
    return None if forwarded and (address.is_private or address.is_loopback) else network_of(text)


def device_of(request: Any, account: str) -> str | None:
    """Return the name of the browser, if it has the cookie of an earlier sign-in to this account."""
    name = settings.LOGIN_DEVICE_COOKIE_NAME
    cookie = getattr(request, "COOKIES", {}).get(name) if name else None
    if not cookie or len(cookie) > LONGEST_COOKIE:
        return None
    try:
        value = TimestampSigner(salt=DEVICE_SALT).unsign(cookie, max_age=settings.LOGIN_FAMILIAR_SECONDS)
    except BadSignature:
        return None
    device, _, whose = value.partition(".")
    return device if whose == failure_key(PLACE, account)[:32] else None


def remember_device(response: HttpResponseBase, user: Any) -> None:
    """Give a browser the cookie by which it is a familiar place of an account; for views that sign people in.

    `LoginView` does so. The cookie signs nobody in: it has guesses from this browser counted by themselves.

    Args:
        response: the answer to the sign-in.
        user: who signed in.
    """
    name = settings.LOGIN_DEVICE_COOKIE_NAME
    if not name:
        return
    value = f"{get_random_string(22)}.{failure_key(PLACE, account_key(user.get_username()))[:32]}"
    response.set_cookie(
        name,
        TimestampSigner(salt=DEVICE_SALT).sign(value),
        max_age=settings.LOGIN_FAMILIAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )

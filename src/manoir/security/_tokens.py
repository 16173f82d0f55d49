"""CSRF tokens: a secret per browser, masked anew for each form.

The secret never appears in a page: what a form carries is a random mask and the secret crossed with it, so two pages
differ in every byte and compression says nothing about the secret. A script may send the secret of the cookie itself
in a header, because no other site can read the cookie.
"""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpRequest
from manoir.signing import constant_time_compare

SECRET_BYTES = 24
SECRET_LENGTH = 32
TOKEN_LENGTH = 64
SESSION_KEY = "_csrftoken"

_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{64}")


class CsrfState:
    """What is known about the CSRF secret of one request.

    Attributes:
        secret: the secret; None when the browser has none yet.
        changed: whether the browser has to be told a secret with the answer.
        used: how many tokens were made; 0 while the answer does not depend on the secret.
        checked: whether this request was found to be fine.
    """

    __slots__ = ("changed", "checked", "secret", "used")

    def __init__(self, secret: str | None = None) -> None:
        self.secret = secret
        self.changed = self.checked = False
        self.used = 0


def state_of(request: HttpRequest) -> CsrfState:
    """Return the state of a request; the cookie, or the session, is read on the first call."""
    state: CsrfState | None = request.csrf
    if state is None:
        state = request.csrf = CsrfState(_stored_secret(request))
    return state


async def astate_of(request: HttpRequest) -> CsrfState:
    """Return the state of a request without blocking."""
    if request.csrf is None and settings.CSRF_USE_SESSIONS:
        request.csrf = CsrfState(valid_secret(await session_of(request).aget(SESSION_KEY)))
    return state_of(request)


def session_of(request: HttpRequest) -> Any:
    """Return the session that keeps the secret with CSRF_USE_SESSIONS.

    Raises:
        ImproperlyConfigured: the request has none.
    """
    session = getattr(request, "session", None)
    if session is None:
        raise ImproperlyConfigured(
            "CSRF_USE_SESSIONS keeps the CSRF secret in the session, and this request has none: put "
            "'manoir.sessions.SessionMiddleware' above 'manoir.security.CsrfViewMiddleware' in MIDDLEWARE."
        )
    return session


def _stored_secret(request: HttpRequest) -> str | None:
    if settings.CSRF_USE_SESSIONS:
        return valid_secret(session_of(request).get(SESSION_KEY))
    return valid_secret(request.peek_cookie(settings.CSRF_COOKIE_NAME))


def valid_secret(value: object) -> str | None:
    """Return `value` when it has the form of a secret, otherwise None: a new one is made then."""
    return value if isinstance(value, str) and _SECRET.fullmatch(value) else None


def new_secret() -> str:
    """Return a new secret: 192 random bits."""
    return secrets.token_urlsafe(SECRET_BYTES)


def mask(secret: str) -> str:
    """Return a token for a page: a random mask, and the secret crossed with it."""
    key = secrets.token_bytes(SECRET_BYTES)
    return urlsafe_b64encode(key + _crossed(urlsafe_b64decode(secret), key)).decode()


def unmask(token: str) -> str | None:
    """Return the secret inside a token, or a secret itself; None for anything else."""
    if _SECRET.fullmatch(token):
        return token
    if not _TOKEN.fullmatch(token):
        return None
    raw = urlsafe_b64decode(token)
    return urlsafe_b64encode(_crossed(raw[SECRET_BYTES:], raw[:SECRET_BYTES])).decode()


def _crossed(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(SECRET_BYTES)


def is_token_of(token: str, secret: str) -> bool:
    """Return whether `token` was made from `secret`, in constant time."""
    inside = unmask(token) if len(token) <= TOKEN_LENGTH else None
    return inside is not None and constant_time_compare(inside, secret)


def get_token(request: HttpRequest) -> str:
    """Return a token for a form of the answer to `request`, and have the cookie sent with the answer.

    Args:
        request: the request that is answered.

    Returns:
        64 characters, different on each call.

    Example:
        >>> len(get_token(HttpRequest()))
        64
    """
    state = state_of(request)
    if state.secret is None:
        state.secret = new_secret()
        state.changed = True
    state.used += 1
    return mask(state.secret)


async def aget_token(request: HttpRequest) -> str:
    """Return a token as `get_token` does, in a coroutine, where CSRF_USE_SESSIONS may have to read the session first."""
    await astate_of(request)
    return get_token(request)


def rotate_token(request: HttpRequest) -> None:
    """Give the browser a new secret, as login does: tokens that were made before are worth nothing then."""
    state = state_of(request)
    state.secret = new_secret()
    state.changed = True
    state.used += 1

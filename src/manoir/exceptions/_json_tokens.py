"""Errors of JSON Web Tokens."""

from __future__ import annotations

from typing import Any

from manoir.exceptions._api import AuthenticationFailed
from manoir.exceptions._root import ManoirError


class TokenError(ManoirError):
    """A token is not worth anything here; the message says why, for logs and tests, and is told to no client."""

    code = "jwt.invalid"


class ExpiredTokenError(TokenError):
    """The time of a token is over."""

    code = "jwt.expired"


class ReusedTokenError(TokenError):
    """A refresh token came back that was exchanged for a newer one: somebody has a copy, so both have ended."""

    code = "jwt.reused"


class InvalidToken(AuthenticationFailed):
    """The answer to a token that is not worth anything; one answer for all reasons."""

    status_code = 401
    default_detail: Any = {"detail": "This token is not valid, or it has expired.", "code": "token_not_valid"}
    default_code = "token_not_valid"

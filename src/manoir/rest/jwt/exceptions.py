"""The errors of JSON Web Tokens.

TokenError                 a token is not one of this site, of another kind, or ended
├── ExpiredTokenError      its time is over
└── ReusedTokenError       it was exchanged for another one before: its whole family has ended
InvalidToken               the same as an answer: 401 (an AuthenticationFailed)
"""

from __future__ import annotations

from manoir.exceptions import AuthenticationFailed, ManoirError

__all__ = ["AuthenticationFailed", "ExpiredTokenError", "InvalidToken", "ReusedTokenError", "TokenError"]


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
    """The answer to a token that is not worth anything; one answer for all reasons (H33)."""

    status_code = 401
    default_detail = {"detail": "This token is not valid, or it has expired.", "code": "token_not_valid"}
    default_code = "token_not_valid"

"""The errors of JSON Web Tokens under their documented names."""

from __future__ import annotations

from manoir.exceptions import AuthenticationFailed, ExpiredTokenError, InvalidToken, ReusedTokenError, TokenError

__all__ = ["AuthenticationFailed", "ExpiredTokenError", "InvalidToken", "ReusedTokenError", "TokenError"]

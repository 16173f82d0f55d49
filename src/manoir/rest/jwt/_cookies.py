"""The refresh token in a cookie that scripts cannot read, for pages that run in a browser (REFRESH_COOKIE_NAME).

A browser sends a cookie whoever caused the request, so what takes or sets it comes from this site only (H07).
"""

from __future__ import annotations

from typing import Any

from manoir.conf import settings as project
from manoir.rest.jwt.settings import jwt_settings
from manoir.rest.jwt.tokens import UntypedToken


def cookie_name() -> str | None:
    """Return the name of the cookie; None where refresh tokens travel in bodies."""
    return jwt_settings.REFRESH_COOKIE_NAME


def set_refresh_cookie(request: Any, response: Any, token: str) -> None:
    """Put a refresh token into the cookie, for as long as it lives."""
    claims = UntypedToken(token, verify=False)
    response.set_cookie(
        jwt_settings.REFRESH_COOKIE_NAME,
        token,
        max_age=claims["exp"] - claims["iat"],
        path=jwt_settings.REFRESH_COOKIE_PATH,
        secure=project.SESSION_COOKIE_SECURE or request.is_secure(),
        httponly=True,
        samesite=jwt_settings.REFRESH_COOKIE_SAMESITE,
    )


def delete_refresh_cookie(response: Any) -> None:
    """Have the browser forget the cookie."""
    response.delete_cookie(
        jwt_settings.REFRESH_COOKIE_NAME,
        path=jwt_settings.REFRESH_COOKIE_PATH,
        samesite=jwt_settings.REFRESH_COOKIE_SAMESITE,
    )

"""The app of JSON Web Tokens: the table of sign-ins by token, its command, and checks of SIMPLE_JWT."""

from __future__ import annotations

from manoir.apps import AppConfig
from manoir.rest.jwt import _checks as _checks  # registers the checks of SIMPLE_JWT


class JWTConfig(AppConfig):
    """Brings the table and the command `flushexpiredtokens`."""

    name = "manoir.rest.jwt"
    label = "rest_jwt"
    verbose_name = "JSON Web Tokens"

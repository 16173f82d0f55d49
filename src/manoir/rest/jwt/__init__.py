"""JSON Web Tokens: SimpleJWT's documented API, with tokens that end when they should.

The room's map; each module is a door of its own, and its names are here, too (`jwt.RefreshToken`):

- `tokens`: kinds of tokens, mappings of claims; `_codec`: their text; `_keys`: what signs it; `_claims`: what they say
- `authentication`: whose request it is; `_token_user`: a user out of claims alone; `manoir.rest._epoch`: what a new
  password ends
- `views`, `serializers`: where clients get tokens; `_cookies`: refresh tokens that scripts cannot read; `_schema`
- `models`: sign-ins by token, which one statement moves to the next token; the command `flushexpiredtokens`
- `settings`: SIMPLE_JWT; `_checks`: what is wrong with it; `exceptions`
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manoir.rest.jwt._token_user import TokenUser
    from manoir.rest.jwt.authentication import (
        JWTAuthentication,
        JWTStatelessUserAuthentication,
        default_user_authentication_rule,
    )
    from manoir.rest.jwt.exceptions import ExpiredTokenError, InvalidToken, ReusedTokenError, TokenError
    from manoir.rest.jwt.serializers import (
        TokenBlacklistSerializer,
        TokenObtainPairSerializer,
        TokenObtainSerializer,
        TokenObtainSlidingSerializer,
        TokenRefreshSerializer,
        TokenRefreshSlidingSerializer,
        TokenVerifySerializer,
    )
    from manoir.rest.jwt.settings import jwt_settings
    from manoir.rest.jwt.tokens import AccessToken, BlacklistMixin, RefreshToken, SlidingToken, Token, UntypedToken
    from manoir.rest.jwt.views import (
        TokenBlacklistView,
        TokenObtainPairView,
        TokenObtainSlidingView,
        TokenRefreshSlidingView,
        TokenRefreshView,
        TokenVerifyView,
        TokenViewBase,
    )

__all__ = [
    "AccessToken",
    "BlacklistMixin",
    "ExpiredTokenError",
    "InvalidToken",
    "JWTAuthentication",
    "JWTStatelessUserAuthentication",
    "RefreshToken",
    "ReusedTokenError",
    "SlidingToken",
    "Token",
    "TokenBlacklistSerializer",
    "TokenBlacklistView",
    "TokenError",
    "TokenObtainPairSerializer",
    "TokenObtainPairView",
    "TokenObtainSerializer",
    "TokenObtainSlidingSerializer",
    "TokenObtainSlidingView",
    "TokenRefreshSerializer",
    "TokenRefreshSlidingSerializer",
    "TokenRefreshSlidingView",
    "TokenRefreshView",
    "TokenUser",
    "TokenVerifySerializer",
    "TokenVerifyView",
    "TokenViewBase",
    "UntypedToken",
    "default_user_authentication_rule",
    "jwt_settings",
]

_HOMES = {
    "_token_user": ("TokenUser",),
    "authentication": (
        "JWTAuthentication",
        "JWTStatelessUserAuthentication",
        "default_user_authentication_rule",
    ),
    "exceptions": (
        "ExpiredTokenError",
        "InvalidToken",
        "ReusedTokenError",
        "TokenError",
    ),
    "serializers": (
        "TokenBlacklistSerializer",
        "TokenObtainPairSerializer",
        "TokenObtainSerializer",
        "TokenObtainSlidingSerializer",
        "TokenRefreshSerializer",
        "TokenRefreshSlidingSerializer",
        "TokenVerifySerializer",
    ),
    "settings": ("jwt_settings",),
    "tokens": (
        "AccessToken",
        "BlacklistMixin",
        "RefreshToken",
        "SlidingToken",
        "Token",
        "UntypedToken",
    ),
    "views": (
        "TokenBlacklistView",
        "TokenObtainPairView",
        "TokenObtainSlidingView",
        "TokenRefreshSlidingView",
        "TokenRefreshView",
        "TokenVerifyView",
        "TokenViewBase",
    ),
}


# An app's package is imported at start, before the models of others: its names load when they are first asked for.
def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"manoir.rest.jwt.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'manoir.rest.jwt' has no attribute {name!r}")

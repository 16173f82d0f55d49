"""Settings of JSON Web Tokens: SIMPLE_JWT and its defaults."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from manoir.conf import settings as project
from manoir.rest.settings import APISettings

__all__ = ["DEFAULTS", "JWTSettings", "jwt_settings"]

DEFAULTS: Final[dict[str, Any]] = {
    # How long tokens live.
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
    "SLIDING_TOKEN_LIFETIME": timedelta(minutes=5),
    "SLIDING_TOKEN_REFRESH_LIFETIME": timedelta(days=1),
    "SLIDING_TOKEN_REFRESH_EXP_CLAIM": "refresh_exp",
    # The longest that any token may live, whoever signed it.
    "MAX_LIFETIME": timedelta(days=90),
    # Seconds, or a timedelta, by which clocks may differ.
    "LEEWAY": 0,
    # Whether a refresh gives a new refresh token, and whether that ends the old one.
    "ROTATE_REFRESH_TOKENS": False,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": False,
    # Keys. No SIGNING_KEY: one that is derived from SECRET_KEY, for this purpose only.
    "ALGORITHM": "HS256",
    "SIGNING_KEY": None,
    "VERIFYING_KEY": "",
    # Older keys by which tokens are still accepted, while a new one comes into use.
    "VERIFYING_KEY_FALLBACKS": [],
    "JWK_URL": None,
    "JSON_ENCODER": None,
    # Claims.
    "AUDIENCE": None,
    "ISSUER": None,
    "REQUIRED_CLAIMS": ["exp", "iat"],
    "TOKEN_TYPE_CLAIM": "token_type",
    "JTI_CLAIM": "jti",
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "user_id",
    # Whether a new password ends the tokens of a user, and the claim that tells.
    "CHECK_REVOKE_TOKEN": True,
    "REVOKE_TOKEN_CLAIM": "epoch",
    "CHECK_USER_IS_ACTIVE": True,
    # Requests.
    "AUTH_HEADER_TYPES": ("Bearer",),
    "AUTH_HEADER_NAME": "HTTP_AUTHORIZATION",
    "AUTH_TOKEN_CLASSES": ("manoir.rest.jwt.tokens.AccessToken",),
    "TOKEN_USER_CLASS": "manoir.rest.jwt.TokenUser",
    "USER_AUTHENTICATION_RULE": "manoir.rest.jwt.authentication.default_user_authentication_rule",
    # A cookie that scripts cannot read holds the refresh token, instead of the body.
    "REFRESH_COOKIE_NAME": None,
    "REFRESH_COOKIE_PATH": "/",
    "REFRESH_COOKIE_SAMESITE": "Strict",
    # What the views read and write.
    "TOKEN_OBTAIN_SERIALIZER": "manoir.rest.jwt.serializers.TokenObtainPairSerializer",
    "TOKEN_REFRESH_SERIALIZER": "manoir.rest.jwt.serializers.TokenRefreshSerializer",
    "TOKEN_VERIFY_SERIALIZER": "manoir.rest.jwt.serializers.TokenVerifySerializer",
    "TOKEN_BLACKLIST_SERIALIZER": "manoir.rest.jwt.serializers.TokenBlacklistSerializer",
    "SLIDING_TOKEN_OBTAIN_SERIALIZER": "manoir.rest.jwt.serializers.TokenObtainSlidingSerializer",
    "SLIDING_TOKEN_REFRESH_SERIALIZER": "manoir.rest.jwt.serializers.TokenRefreshSlidingSerializer",
}
"""Every option with its default; classes and functions by dotted path."""

CLASSES: Final = frozenset(
    {name for name in DEFAULTS if name.endswith(("_SERIALIZER", "_CLASS", "_CLASSES"))}
    | {"USER_AUTHENTICATION_RULE", "JSON_ENCODER"}
)
"""Options that name classes and functions."""


class JWTSettings(APISettings):
    """SIMPLE_JWT with its defaults.

    Example:
        >>> JWTSettings({"LEEWAY": 10}).LEEWAY
        10
    """

    setting = "SIMPLE_JWT"
    defaults = DEFAULTS
    classes = CLASSES


jwt_settings: Final = JWTSettings()


@project.on_change
def forget_settings(name: str, value: object, enter: bool) -> None:
    """Read the options anew after SIMPLE_JWT changed, as tests do."""
    if name == "SIMPLE_JWT":
        jwt_settings.reload()

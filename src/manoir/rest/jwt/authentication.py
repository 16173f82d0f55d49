"""Authentication by a token in the header, with the user's row or out of the claims alone."""

from __future__ import annotations

import inspect
from typing import Any

from manoir.auth import get_user_model
from manoir.bridge import hook, run_sync, twin
from manoir.exceptions import FieldTypeError, ValidationError
from manoir.rest._epoch import is_epoch_of
from manoir.rest.authentication import MAX_CREDENTIALS, BaseAuthentication
from manoir.rest.jwt.exceptions import InvalidToken, TokenError
from manoir.rest.jwt.settings import jwt_settings

__all__ = [
    "JWTAuthentication",
    "JWTStatelessUserAuthentication",
    "default_user_authentication_rule",
]


class JWTAuthentication(BaseAuthentication):
    """A token in the header, `Authorization: Bearer eyJ…`. The user is read and checked at each request.

    Attributes:
        www_authenticate_realm: what the challenge names.
        media_type: the media type of answers, as documented.
    """

    www_authenticate_realm = "api"
    media_type = "application/json"

    @hook
    async def aauthenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Return the user and the token.

        Raises:
            InvalidToken: there is a token, and it is not worth anything.
        """
        header = self.get_header(request)
        raw_token = None if header is None else self.get_raw_token(header)
        if raw_token is None:
            return None
        validated_token = await self.aget_validated_token(raw_token)
        return await self.aget_user(validated_token), validated_token

    def authenticate_header(self, request: Any) -> str:
        """Return the challenge."""
        return f'{jwt_settings.AUTH_HEADER_TYPES[0]} realm="{self.www_authenticate_realm}"'

    @classmethod
    def get_security_scheme(cls) -> dict[str, str]:
        """Return how OpenAPI describes it."""
        name, kind = header_name(), jwt_settings.AUTH_HEADER_TYPES[0]
        if name == "authorization" and kind.lower() == "bearer":
            return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        return {"type": "apiKey", "in": "header", "name": name.title(), "description": f"`{kind} <token>`"}

    def get_header(self, request: Any) -> bytes | None:
        """Return the header AUTH_HEADER_NAME as bytes; None for no header, or one of more than 4,096 characters."""
        header: str | None = request.headers.raw.get(header_name())
        return header.encode("latin-1", "replace") if header and len(header) <= MAX_CREDENTIALS else None

    def get_raw_token(self, header: bytes) -> bytes | None:
        """Return the token of a header; None for a header of another type than AUTH_HEADER_TYPES.

        Raises:
            InvalidToken: there is no token, or more than one word.
        """
        parts = header.split()
        if not parts or parts[0].decode("latin-1") not in jwt_settings.AUTH_HEADER_TYPES:
            return None
        if len(parts) != 2:
            raise InvalidToken(
                {
                    "detail": "The header is 'Bearer <token>', one word after the other.",
                    "code": "bad_authorization_header",
                }
            )
        return parts[1]

    @hook
    async def aget_validated_token(self, raw_token: bytes) -> Any:
        """Return the token of a text, of the first of AUTH_TOKEN_CLASSES that it fits.

        Raises:
            InvalidToken: it fits none, or is not worth anything.
        """
        for kind in jwt_settings.AUTH_TOKEN_CLASSES:
            try:
                return await kind.aread(raw_token)
            except TokenError:
                continue
        raise InvalidToken

    get_validated_token = twin(aget_validated_token)

    @hook
    async def aget_user(self, validated_token: Any) -> Any:
        """Return the user whom a token names.

        Raises:
            InvalidToken: there is none, they may not sign in, or their password was changed since.
        """
        try:
            return await afind_user(validated_token)
        except TokenError as error:
            raise InvalidToken from error

    get_user = twin(aget_user)


class JWTStatelessUserAuthentication(JWTAuthentication):
    """The same without a query: the user is made of the claims (TOKEN_USER_CLASS).

    Nobody looks whether the user is still there, so such a token is good until it expires: keep its life short.
    """

    @hook
    async def aget_user(self, validated_token: Any) -> Any:
        """Return a user made of the claims.

        Raises:
            InvalidToken: the token names nobody.
        """
        if jwt_settings.USER_ID_CLAIM not in validated_token:
            raise InvalidToken
        return jwt_settings.TOKEN_USER_CLASS(validated_token)

    get_user = twin(aget_user)


def header_name() -> str:
    """Return the name of the header with the token, in small letters; the setting says it as `request.META` does."""
    name: str = jwt_settings.AUTH_HEADER_NAME
    return name.removeprefix("HTTP_").replace("_", "-").lower()


async def afind_user(token: Any) -> Any:
    """Return the user whom a token names.

    Raises:
        TokenError: there is none, they may not sign in, or their password was changed after the token was made.
    """
    named = token.get(jwt_settings.USER_ID_CLAIM)
    if named is None:
        raise TokenError("This token names no user.")
    users = get_user_model()._default_manager
    try:
        user = await users.filter(**{jwt_settings.USER_ID_FIELD: named}).afirst()
    except (FieldTypeError, ValidationError, ValueError, TypeError, OverflowError) as error:
        raise TokenError("This token names what no user can be.") from error
    # A database may take names for the same that are not.
    if user is None or str(getattr(user, jwt_settings.USER_ID_FIELD)) != str(named) or not await amay_sign_in(user):
        raise TokenError("The user of this token is gone, or may not sign in.")
    if jwt_settings.CHECK_REVOKE_TOKEN and not is_epoch_of(user, token.get(jwt_settings.REVOKE_TOKEN_CLAIM)):
        raise TokenError("The password was changed after this token was made.")
    return user


async def amay_sign_in(user: Any) -> bool:
    """Ask USER_AUTHENTICATION_RULE, a `def` or an `async def`, about a user."""
    rule: Any = jwt_settings.USER_AUTHENTICATION_RULE
    if rule is default_user_authentication_rule:
        return default_user_authentication_rule(user)
    if inspect.iscoroutinefunction(rule):
        return bool(await rule(user))
    return bool(await run_sync(rule, user))


def default_user_authentication_rule(user: Any) -> bool:
    """Tell whether a user may sign in: inactive ones may not, unless CHECK_USER_IS_ACTIVE is off."""
    return user is not None and (not jwt_settings.CHECK_USER_IS_ACTIVE or bool(user.is_active))

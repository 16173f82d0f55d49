"""What the views of tokens read and answer: `validated_data` is the answer.

Override `get_token(cls, user)` to add claims and `validate(self, attrs)` to add to the answer, as `def` or as
`async def` with an `a` before the name.
"""

from __future__ import annotations

from typing import Any, ClassVar

from manoir import auth
from manoir.bridge import run_sync, wait
from manoir.exceptions import Throttled
from manoir.rest import serializers
from manoir.rest.authentication import seconds_of_lock
from manoir.rest.jwt._codec import MAX_TOKEN
from manoir.rest.jwt.authentication import afind_user, amay_sign_in
from manoir.rest.jwt.exceptions import AuthenticationFailed, InvalidToken, TokenError
from manoir.rest.jwt.settings import jwt_settings
from manoir.rest.jwt.tokens import RefreshToken, SlidingToken, UntypedToken, acheck_family, is_recorded
from manoir.timezone import now

__all__ = [
    "PasswordField",
    "TokenBlacklistSerializer",
    "TokenObtainPairSerializer",
    "TokenObtainSerializer",
    "TokenObtainSlidingSerializer",
    "TokenRefreshSerializer",
    "TokenRefreshSlidingSerializer",
    "TokenVerifySerializer",
]


class PasswordField(serializers.CharField):
    """A password: taken as it is, and never sent."""

    def __init__(self, **kwargs: Any) -> None:
        style = {"input_type": "password", **kwargs.pop("style", {})}
        options: dict[str, Any] = {"write_only": True, "max_length": 1_000, "trim_whitespace": False, **kwargs}
        super().__init__(style=style, **options)


def token_field(**kwargs: Any) -> Any:
    """Return a field for the text of a token."""
    return serializers.CharField(max_length=MAX_TOKEN, trim_whitespace=False, **kwargs)


async def acall_class_hook(cls: Any, name: str, user: Any) -> Any:
    """Call a class method that a project overrides as `def name` or as `async def aname`, whichever is most derived."""
    for base in cls.__mro__:
        if f"a{name}" in vars(base):
            return await getattr(cls, f"a{name}")(user)
        if name in vars(base):
            return await run_sync(getattr(cls, name), user)
    raise TypeError(f"{cls.__qualname__} has no {name}().")


async def aread(kind: Any, text: str) -> Any:
    """Return the token of a text.

    Raises:
        InvalidToken: it is not worth anything.
    """
    try:
        return await kind.aread(text)
    except TokenError as error:
        raise InvalidToken from error


# -- by name and password ---------------------------------------------------------------------------------------------


class TokenObtainSerializer(serializers.Serializer):
    """User name and password; `user` is who that is.

    Attributes:
        username_field: the field of the user model that people sign in by.
        token_class: the kind of token that is given.
    """

    username_field: ClassVar[str | None] = None
    token_class: Any = None

    def get_fields(self) -> dict[str, Any]:
        """Return the name and the password, then what is declared."""
        name = serializers.CharField(write_only=True, max_length=254)
        return {self.name_field(): name, "password": PasswordField(), **super().get_fields()}

    def name_field(self) -> str:
        """Return the name of the field for the user's name."""
        return self.username_field or auth.get_user_model().USERNAME_FIELD

    async def avalidate(self, attrs: Any) -> Any:
        """Find the user; one answer for all failures (H33).

        Raises:
            AuthenticationFailed: there is none with this password, or they may not sign in.
            Throttled: too many attempts failed, so that nobody looked at this one (H31).
        """
        request = getattr(self.context.get("request"), "_request", None)
        credentials = {self.name_field(): attrs[self.name_field()], "password": attrs["password"]}
        self.user: Any = await auth.aauthenticate(request=request, **credentials)
        if self.user is None and (seconds := seconds_of_lock(request)) is not None:
            raise Throttled(wait=seconds)
        if self.user is None or not await amay_sign_in(self.user):
            raise AuthenticationFailed("The user name or the password is wrong.", "no_active_account")
        return {}

    @classmethod
    def get_token(cls, user: Any) -> Any:
        """Return a new token for a user; override it to add claims."""
        return wait(cls.aget_token(user))

    @classmethod
    async def aget_token(cls, user: Any) -> Any:
        """Return a new token for a user; override it to add claims."""
        return await acall_class_hook(cls.token_class, "for_user", user)

    async def anew_token(self) -> Any:
        """Return a new token for the user who was found, and note the sign-in if UPDATE_LAST_LOGIN says so."""
        token = await acall_class_hook(type(self), "get_token", self.user)
        if jwt_settings.UPDATE_LAST_LOGIN:
            self.user.last_login = now()
            await self.user.asave(update_fields=["last_login"])
        return token


class TokenObtainPairSerializer(TokenObtainSerializer):
    """Gives a refresh token and an access token."""

    token_class = RefreshToken

    refresh = token_field(read_only=True)
    access = token_field(read_only=True)

    async def avalidate(self, attrs: Any) -> Any:
        """Make both tokens."""
        data = await super().avalidate(attrs)
        refresh = await self.anew_token()
        return {**data, "refresh": str(refresh), "access": str(refresh.access_token)}


class TokenObtainSlidingSerializer(TokenObtainSerializer):
    """Gives a sliding token."""

    token_class = SlidingToken

    token = token_field(read_only=True)

    async def avalidate(self, attrs: Any) -> Any:
        """Make the token."""
        data = await super().avalidate(attrs)
        return {**data, "token": str(await self.anew_token())}


# -- by another token -------------------------------------------------------------------------------------------------


class TokenRefreshSerializer(serializers.Serializer):
    """Gives a new access token, and with ROTATE_REFRESH_TOKENS a new refresh token, for a refresh token."""

    token_class: Any = RefreshToken

    refresh = token_field()
    access = token_field(read_only=True)

    async def avalidate(self, attrs: Any) -> Any:
        """Check the token and its user, then exchange it.

        Raises:
            InvalidToken: it is not worth anything, or its user may not sign in any more.
        """
        refresh = await aread(self.token_class, attrs["refresh"])
        try:
            await afind_user(refresh)
            newest = await refresh.arotate() if jwt_settings.ROTATE_REFRESH_TOKENS else refresh
        except TokenError as error:
            raise InvalidToken from error
        data = {"access": str(newest.access_token)}
        return {**data, "refresh": str(newest)} if newest is not refresh else data


class TokenRefreshSlidingSerializer(serializers.Serializer):
    """Gives a sliding token that lives longer, for one whose time of renewal is not over."""

    token_class: Any = SlidingToken

    token = token_field()

    async def avalidate(self, attrs: Any) -> Any:
        """Check the token and its user, then renew it.

        Raises:
            InvalidToken: it is not worth anything, cannot be renewed any more, or its user may not sign in any more.
        """
        token = await aread(self.token_class, attrs["token"])
        try:
            await afind_user(token)
            token.renew()
        except TokenError as error:
            raise InvalidToken from error
        return {"token": str(token)}


class TokenVerifySerializer(serializers.Serializer):
    """Says whether a token of any kind is worth anything now; the answer is empty."""

    token = token_field(write_only=True)

    async def avalidate(self, attrs: Any) -> Any:
        """Check the token, the table, and its user if it names one.

        Raises:
            InvalidToken: it is not worth anything.
        """
        token = await aread(UntypedToken, attrs["token"])
        try:
            if is_recorded() and token[jwt_settings.TOKEN_TYPE_CLAIM] in kinds_recorded():
                await acheck_family(token.family, token.jti)
            if jwt_settings.USER_ID_CLAIM in token:
                await afind_user(token)
        except TokenError as error:
            raise InvalidToken from error
        return {}


class TokenBlacklistSerializer(serializers.Serializer):
    """Ends a refresh token and its family, as signing out does; the answer is empty."""

    token_class: Any = RefreshToken

    refresh = token_field(write_only=True)

    async def avalidate(self, attrs: Any) -> Any:
        """End the token.

        Raises:
            InvalidToken: it was not worth anything before.
            ImproperlyConfigured: there is no table of tokens.
        """
        refresh = await aread(self.token_class, attrs["refresh"])
        await refresh.ablacklist()
        return {}


def kinds_recorded() -> set[str | None]:
    """Return the kinds of tokens that the table knows."""
    return {RefreshToken.token_type, SlidingToken.token_type}

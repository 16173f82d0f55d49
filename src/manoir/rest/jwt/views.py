"""The addresses at which clients get tokens, exchange them, ask about them and end them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manoir.bridge import hook
from manoir.http import HttpResponseBase
from manoir.rest._csrf import aenforce_csrf
from manoir.rest._errors import outside_atomic_requests
from manoir.rest.generics import GenericAPIView
from manoir.rest.jwt._cookies import cookie_name, delete_refresh_cookie, set_refresh_cookie
from manoir.rest.jwt._schema import TokenSchema
from manoir.rest.jwt.exceptions import InvalidToken
from manoir.rest.jwt.settings import jwt_settings
from manoir.rest.permissions import AllowAny
from manoir.rest.response import Response
from manoir.views import answers

__all__ = [
    "TokenBlacklistView",
    "TokenObtainPairView",
    "TokenObtainSlidingView",
    "TokenRefreshSlidingView",
    "TokenRefreshView",
    "TokenVerifyView",
    "TokenViewBase",
]


class TokenViewBase(GenericAPIView):
    """POST to a serializer, which answers by its `validated_data`.

    Attributes:
        serializer_class: the serializer; None takes the one that SIMPLE_JWT names.
        serializer_option: the option that names it.
        www_authenticate_realm: what the challenge names.
        takes_password: whether somebody might guess here.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    schema = TokenSchema
    serializer_option = ""
    www_authenticate_realm = "api"
    takes_password = False

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """Return the view, outside of ATOMIC_REQUESTS: failed guesses and the end of a family stay."""
        return outside_atomic_requests(super().as_view(**initkwargs))

    @hook
    def get_serializer_class(self) -> Any:
        """Return the serializer class."""
        return self.serializer_class or getattr(jwt_settings, self.serializer_option)

    def get_authenticate_header(self, request: Any) -> str:
        """Return the challenge."""
        return f'{jwt_settings.AUTH_HEADER_TYPES[0]} realm="{self.www_authenticate_realm}"'

    @answers
    async def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer what the serializer has made."""
        data = await self.adata_of(request)
        serializer = await self.aserializer(data=data)
        await serializer.ais_valid(raise_exception=True)
        response = Response(serializer.validated_data, headers={"Cache-Control": "no-store"})
        self.finish(request, response)
        return response

    async def adata_of(self, request: Any) -> Any:
        """Return what the serializer reads."""
        return await request.adata()

    def finish(self, request: Any, response: Any) -> None:
        """Change the answer before it is sent."""


class RefreshCookieMixin:
    """With REFRESH_COOKIE_NAME the refresh token comes and goes in a cookie that scripts cannot read.

    Where a program sent it in the body, the next one goes into the body, too: another site could send a token of its
    own, and must not put it into this browser's cookie.
    """

    by_cookie = False

    async def adata_of(self, request: Any) -> Any:
        """Return the body; where it has no refresh token, with the one of the cookie.

        Raises:
            PermissionDenied: the request comes from another site (H07).
            InvalidToken: there is no cookie either.
        """
        data = await request.adata()
        if cookie_name() is None or not isinstance(data, dict) or "refresh" in data:
            return data
        await aenforce_csrf(request)
        self.by_cookie = True
        token = request._request.COOKIES.get(cookie_name())
        if token is None:
            raise InvalidToken
        return {**data, "refresh": token}

    def finish(self, request: Any, response: Any) -> None:
        """Move a new refresh token from the body into the cookie."""
        if self.by_cookie and "refresh" in response.data:
            response.data = dict(response.data)
            set_refresh_cookie(request, response, response.data.pop("refresh"))


class TokenObtainPairView(RefreshCookieMixin, TokenViewBase):
    """POST with name and password answers with a refresh token and an access token."""

    serializer_option = "TOKEN_OBTAIN_SERIALIZER"
    takes_password = True

    async def adata_of(self, request: Any) -> Any:
        """Return the body; where a cookie is going to be set, of this site's own pages only (H07).

        Raises:
            PermissionDenied: the request comes from another site, whose account it would sign this browser in to.
        """
        if cookie_name() is not None:
            await aenforce_csrf(request)
            self.by_cookie = True
        return await request.adata()


class TokenRefreshView(RefreshCookieMixin, TokenViewBase):
    """POST with a refresh token answers with a new access token, and with ROTATE_REFRESH_TOKENS a new refresh token."""

    serializer_option = "TOKEN_REFRESH_SERIALIZER"


class TokenObtainSlidingView(TokenViewBase):
    """POST with name and password answers with a sliding token."""

    serializer_option = "SLIDING_TOKEN_OBTAIN_SERIALIZER"
    takes_password = True


class TokenRefreshSlidingView(TokenViewBase):
    """POST with a sliding token answers with one that lives longer."""

    serializer_option = "SLIDING_TOKEN_REFRESH_SERIALIZER"


class TokenVerifyView(TokenViewBase):
    """POST with a token answers {} if it is worth anything now, 401 otherwise."""

    serializer_option = "TOKEN_VERIFY_SERIALIZER"


class TokenBlacklistView(RefreshCookieMixin, TokenViewBase):
    """POST with a refresh token ends it and its family: the way to sign out."""

    serializer_option = "TOKEN_BLACKLIST_SERIALIZER"

    def finish(self, request: Any, response: Any) -> None:
        """Have the browser forget the cookie."""
        if self.by_cookie:
            delete_refresh_cookie(response)

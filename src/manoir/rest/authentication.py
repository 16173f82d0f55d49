"""Authentication: whose request it is, by session, password, token, or the server in front."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from manoir import auth
from manoir.apps import apps
from manoir.bridge import TwoColours, hook, twin
from manoir.exceptions import AuthenticationFailed, Throttled
from manoir.rest._csrf import CSRFCheck, aenforce_csrf, refuse_foreign
from manoir.timezone import now

__all__ = [
    "BaseAuthentication",
    "BasicAuthentication",
    "CSRFCheck",
    "RemoteUserAuthentication",
    "SessionAuthentication",
    "TokenAuthentication",
    "get_authorization_header",
]

MAX_CREDENTIALS = 4_096


class BaseAuthentication(TwoColours):
    """Finds out who sent a request; override `authenticate` in the colour that suits you."""

    @hook
    async def aauthenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Return the user and what proves it; None leaves it to the next authenticator.

        Raises:
            AuthenticationFailed: the credentials are there and wrong.
        """
        raise NotImplementedError(f"{type(self).__name__} needs authenticate(request).")

    authenticate = twin(aauthenticate)

    def authenticate_header(self, request: Any) -> str | None:
        """Return the challenge for WWW-Authenticate; None answers 403 where 401 would need one."""
        return None


def get_authorization_header(request: Any) -> bytes:
    """Return the Authorization header as bytes; empty without one, or with one of more than 4,096 characters."""
    header: str = request.headers.raw.get("authorization", "")
    return header.encode("latin-1", "replace") if len(header) <= MAX_CREDENTIALS else b""


def credentials_of(request: Any, scheme: str) -> str | None:
    """Return what follows the scheme in the Authorization header; None for another scheme or no header.

    Raises:
        AuthenticationFailed: nothing follows, or more than one word.
    """
    parts = get_authorization_header(request).split()
    if not parts or parts[0].lower() != scheme.lower().encode():
        return None
    if len(parts) != 2:
        raise AuthenticationFailed(f"The Authorization header is '{scheme} <credentials>', one word after the other.")
    return parts[1].decode("latin-1")


class SessionAuthentication(BaseAuthentication):
    """The user of the browser's session. What changes something has to come from this site (CSRF)."""

    @hook
    async def aauthenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Return the session's user."""
        http_request = request._request
        load = getattr(http_request, "auser", None)
        # Without the middleware there may still be a user, set by a test or by another layer.
        user = await load() if load is not None else getattr(http_request, "user", None)
        if user is None or not user.is_active:
            return None
        await self.aenforce_csrf(request)
        return user, None

    @hook
    async def aenforce_csrf(self, request: Any) -> None:
        """Refuse what another site sent (H07).

        Raises:
            PermissionDenied: it comes from elsewhere, or lacks the token.
        """
        await aenforce_csrf(request)

    enforce_csrf = twin(aenforce_csrf)


class BasicAuthentication(BaseAuthentication):
    """User name and password with each request (RFC 7617); over HTTPS only, for tests and scripts.

    A browser that has asked for them once adds them to requests of any site: what changes something and comes from a page
    of another one, unless CSRF_TRUSTED_ORIGINS names it, is refused.

    Attributes:
        www_authenticate_realm: what a browser shows when it asks.
    """

    www_authenticate_realm = "api"

    @hook
    async def aauthenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Return the user of the credentials."""
        encoded = credentials_of(request, "Basic")
        if encoded is None:
            return None
        try:
            name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise AuthenticationFailed("Basic credentials are 'name:password' in UTF-8 and Base64.") from error
        if not colon:
            raise AuthenticationFailed("Basic credentials are 'name:password' in UTF-8 and Base64.")
        found = await self.aauthenticate_credentials(name, password, request)
        refuse_foreign(request)
        return found

    @hook
    async def aauthenticate_credentials(self, userid: str, password: str, request: Any = None) -> tuple[Any, Any]:
        """Return the user with this name and password.

        Raises:
            AuthenticationFailed: there is none, or they may not sign in; one answer for all (H33).
            Throttled: too many attempts failed, so that nobody looked at this one (H31).
        """
        names = {auth.get_user_model().USERNAME_FIELD: userid, "password": password}
        http_request = getattr(request, "_request", request)
        user = await auth.aauthenticate(request=http_request, **names)
        if user is None and (wait := seconds_of_lock(http_request)) is not None:
            raise Throttled(wait=wait)
        if user is None or not user.is_active:
            raise AuthenticationFailed("The user name or the password is wrong.")
        return user, None

    authenticate_credentials = twin(aauthenticate_credentials)

    def authenticate_header(self, request: Any) -> str:
        """Return the challenge."""
        return f'Basic realm="{self.www_authenticate_realm}", charset="UTF-8"'


class TokenAuthentication(BaseAuthentication):
    """A token in the header: `Authorization: Token 9944b0…`.

    Attributes:
        keyword: the scheme's name; `"Bearer"` if your clients prefer it.
        model: the class of tokens.
    """

    keyword = "Token"
    model: Any = None

    def get_model(self) -> Any:
        """Return the class of tokens."""
        return self.model or apps.get_model("rest", "Token")

    @hook
    async def aauthenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Return the token's user, and the token."""
        key = credentials_of(request, self.keyword)
        return None if key is None else await self.aauthenticate_credentials(key)

    @hook
    async def aauthenticate_credentials(self, key: str) -> tuple[Any, Any]:
        """Return the user and the token of a key.

        Raises:
            AuthenticationFailed: there is no such token, or its user may not sign in.
        """
        model = self.get_model()
        for_key = getattr(model._default_manager, "afor_key", None)
        token = await for_key(key) if for_key else await with_key(model, key)
        if token is None or not token.user.is_active:
            raise AuthenticationFailed("This token is not valid.")
        return token.user, token

    authenticate_credentials = twin(aauthenticate_credentials)

    def authenticate_header(self, request: Any) -> str:
        """Return the challenge."""
        return self.keyword


async def with_key(model: Any, key: str) -> Any:
    """Return the token of a project's own class, which has a column `key`."""
    return await model._default_manager.select_related("user").filter(key=key).afirst()


def seconds_of_lock(request: Any) -> float | None:
    """Return how long nobody looks at passwords of a request like this, after too many failures; None for no lock."""
    until = auth.locked_until(request)
    return None if until is None else max(1.0, (until - now()).total_seconds())


class RemoteUserAuthentication(BaseAuthentication):
    """The user that the server in front has authenticated and names in a header.

    The header counts only from a peer that TRUSTED_PROXIES names (H30), and AUTHENTICATION_BACKENDS needs
    `manoir.auth.RemoteUserBackend`.

    Attributes:
        header: the header, as `request.META` would call it or as HTTP does.
    """

    header = "REMOTE_USER"

    @hook
    async def aauthenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Return the user."""
        http_request = request._request
        name = auth.remote_user_of(http_request, self.header)
        user = await auth.aauthenticate(request=http_request, remote_user=name) if name else None
        if user is None or not user.is_active:
            return None
        refuse_foreign(request)
        return user, None

"""Identities that a proxy has checked: single sign-on, client certificates, Kerberos.

The proxy writes the name into a header. Anybody can write a header, so it counts only from a peer that TRUSTED_PROXIES
names, and the proxy has to replace whatever a client sent under that name. There is no other source: no environment of
the server is read, and headers with an underscore never arrive (C14).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from manoir.auth._backends import ModelBackend
from manoir.auth._backends_of import named_backends
from manoir.auth._hashers import amake_password
from manoir.auth._sign_in import BACKEND_SESSION_KEY, aauthenticate, alogin, alogout
from manoir.auth.models import get_user_model
from manoir.bridge import atwin, hook, twin
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.middleware import MiddlewareMixin

if TYPE_CHECKING:
    from manoir.http import HttpRequest

logger = logging.getLogger("manoir.auth")


def remote_user_of(request: HttpRequest, header: str = "REMOTE_USER") -> str | None:
    """Return the name that a trusted peer has written into a header.

    Args:
        request: the request.
        header: the header, as `request.META` would call it ("HTTP_X_REMOTE_USER") or as HTTP does ("X-Remote-User").

    Returns:
        The name; None without one, from a peer that TRUSTED_PROXIES does not name, and for a header that came twice.

    Example:
        >>> remote_user_of(request, "X-Remote-User")  # doctest: +SKIP
        'ada'
    """
    name = request.headers.get(header.removeprefix("HTTP_").replace("_", "-"))
    if not name or not request.is_from_trusted_proxy:
        return None
    if "," in name:
        logger.warning("The header %s came twice or names several people; nobody was signed in.", header)
        return None
    return name


class RemoteUserBackend(ModelBackend):
    """Knows users by a name that a trusted peer has checked.

    Attributes:
        create_unknown_user: make a user, without a password, for a name that nobody has.
    """

    create_unknown_user: bool = True

    @hook
    async def aauthenticate(self, request: Any, remote_user: str | None = None, **kwargs: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the active user of a name, or None.

        Args:
            request: the request.
            remote_user: the name, from a trusted peer.
            **kwargs: other credentials, which are not for this backend.
        """
        if not remote_user:
            return None
        model = get_user_model()
        field = model._meta.get_field(model.USERNAME_FIELD)
        name = model.normalize_username(await self.aclean_username(remote_user))
        if not name or len(name) > (field.max_length or len(name)):
            return None
        user, created = await self.afind(model, name), False
        if user is None and self.create_unknown_user:
            password = await amake_password(None)
            user, created = await model._default_manager.aget_or_create(
                **{model.USERNAME_FIELD: name}, defaults={"password": password}
            )
        if user is None:
            return None
        user = await self.aconfigure_user(request, user, created=created)
        return user if self.user_can_authenticate(user) else None

    authenticate = twin(aauthenticate)

    @hook
    def clean_username(self, username: str) -> str:
        """Return the name of a user for the name that the peer sent; cut off a domain here, for example."""
        return username

    aclean_username = atwin(clean_username)

    @hook
    async def aconfigure_user(self, request: Any, user: Any, created: bool = True) -> Any:
        """Return the user after making it what the peer says, such as a member of groups.

        Args:
            request: the request.
            user: the user.
            created: whether it was just made.
        """
        return user

    configure_user = twin(aconfigure_user)


class AllowAllUsersRemoteUserBackend(RemoteUserBackend):
    """As RemoteUserBackend, for inactive users, too."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Answer yes."""
        return True


class RemoteUserMiddleware(MiddlewareMixin):
    """Signs in whom a trusted proxy names in a header, at each request; put it behind AuthenticationMiddleware.

    Attributes:
        header: the header, as `request.META` would call it ("HTTP_X_REMOTE_USER") or as HTTP does ("X-Remote-User").
        force_logout_if_no_header: sign out whom the header does not name any more.

    Raises:
        ImproperlyConfigured: TRUSTED_PROXIES is empty, so the header would be believed from nobody.
    """

    header: str = "REMOTE_USER"
    force_logout_if_no_header: bool = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if not settings.TRUSTED_PROXIES:
            raise ImproperlyConfigured(
                f"{type(self).__name__} believes the header of a proxy that TRUSTED_PROXIES names, and it names none. "
                "Set TRUSTED_PROXIES to the address of the proxy that checks who people are."
            )

    async def process_request(self, request: HttpRequest) -> None:
        """Sign in, or out, as the header says.

        Raises:
            ImproperlyConfigured: the request has no user.
        """
        if getattr(request, "auser", None) is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} needs users: put manoir.auth.AuthenticationMiddleware before it in MIDDLEWARE."
            )
        name = self.name_of(request)
        user = await request.auser()
        if name is None:
            if self.force_logout_if_no_header and user.is_authenticated:
                await self.aremove_invalid_user(request)
            return
        if user.is_authenticated:
            if user.get_username() == await self.aclean_username(name, request):
                return
            await self.aremove_invalid_user(request)
        found = await aauthenticate(request, remote_user=name)
        if found is not None:
            await alogin(request, found)

    def name_of(self, request: HttpRequest) -> str | None:
        """Return the name in the header; None from a peer that nobody trusts."""
        return remote_user_of(request, self.header)

    async def aclean_username(self, username: str, request: HttpRequest) -> str:
        """Return the name of a user for a name in the header, as the backend of the session understands it."""
        backend = await self.abackend_of(request)
        clean = getattr(backend, "aclean_username", None)
        name = username if clean is None else await clean(username)
        return get_user_model().normalize_username(name)

    async def aremove_invalid_user(self, request: HttpRequest) -> None:
        """Sign out who was signed in by a header; who signed in by a password stays."""
        if isinstance(await self.abackend_of(request), RemoteUserBackend):
            await alogout(request)

    async def abackend_of(self, request: HttpRequest) -> Any:
        """Return the backend that signed in the user of a session; None when it is gone from the settings."""
        return dict(named_backends()).get(await request.session.aget(BACKEND_SESSION_KEY, ""))


class PersistentRemoteUserMiddleware(RemoteUserMiddleware):
    """As RemoteUserMiddleware, where the header comes with the page to sign in only: people stay signed in then."""

    force_logout_if_no_header = False

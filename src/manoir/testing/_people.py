"""Signing a test client in and out, and its session."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, cast

from manoir import auth
from manoir.bridge import blocking, wait
from manoir.conf import import_string, settings
from manoir.sessions import SessionBase

if TYPE_CHECKING:
    from manoir.http import HttpRequest


class SignsIn:
    """Signing in and out without the project's pages; the `a` methods are for coroutines."""

    cookies: SimpleCookie

    async def asession(self) -> SessionBase:
        """Return the session of this client; a new one is begun and stored where there is none."""
        store = import_string(settings.SESSION_ENGINE)
        cookie = self.cookies.get(settings.SESSION_COOKIE_NAME)
        session: SessionBase = store(cookie.value if cookie else None)
        await session.aload()
        if session.session_key is None:
            await session.asave()
            self._remember(session)
        return session

    @property
    def session(self) -> SessionBase:
        """The session of this client. Save it after a change: `session = client.session; …; session.save()`."""
        return wait(self.asession())

    async def alogin(self, **credentials: Any) -> bool:
        """Sign in by credentials, as `authenticate()` takes them; tell whether they were right."""
        user = await auth.aauthenticate(**credentials)
        if user is None:
            return False
        await self._sign_in(user, user.backend)
        return True

    login = blocking(alogin)

    async def aforce_login(self, user: Any, backend: str | None = None) -> None:
        """Sign a user in without credentials, which is quicker: no password is hashed.

        Args:
            user: the user.
            backend: dotted path of the backend that knows the user; None: the first of AUTHENTICATION_BACKENDS.
        """
        await self._sign_in(user, backend or settings.AUTHENTICATION_BACKENDS[0])

    force_login = blocking(aforce_login)

    async def alogout(self) -> None:
        """Sign out: the session is emptied, and the cookies are forgotten."""
        if settings.SESSION_COOKIE_NAME in self.cookies:
            await (await self.asession()).aflush()
        self.cookies = SimpleCookie()

    logout = blocking(alogout)

    async def _sign_in(self, user: Any, backend: str) -> None:
        request: HttpRequest = cast(Any, self).build_request("GET", "/", b"", "application/octet-stream")
        request.session = await self.asession()
        await auth.alogin(request, user, backend)
        await request.session.asave()
        self._remember(request.session)

    def _remember(self, session: SessionBase) -> None:
        self.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
        self.cookies[settings.SESSION_COOKIE_NAME]["path"] = "/"

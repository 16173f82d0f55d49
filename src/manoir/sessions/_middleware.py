"""SessionMiddleware: `request.session`, opened when it is touched and saved when it was changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from manoir.conf import import_string, settings
from manoir.exceptions import SessionInterrupted
from manoir.http import HttpResponse, http_date, keep_private, patch_vary_headers
from manoir.middleware import GetResponse, MakesLate, OwnStep, PureMiddleware
from manoir.sessions._base import SessionBase

if TYPE_CHECKING:
    from manoir.http import HttpRequest, HttpResponseBase


class SessionMiddleware(PureMiddleware):
    """Gives each request its session. A request that does not touch it costs no query, one that does not change it no write."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.store: type[SessionBase] = import_string(settings.SESSION_ENGINE)

    def process_request(self, request: HttpRequest) -> None:
        """Have the session opened when it is touched."""
        request.make_late("session", self.open)

    def open(self, request: HttpRequest) -> SessionBase:
        """Open the session of a request."""
        session = self.store(request.peek_cookie(settings.SESSION_COOKIE_NAME))
        return request.__dict__.setdefault("session", session)  # of two threads, the first opens it for both

    def active_hooks(self) -> tuple[Any, Any]:
        """Let a request whose session nobody opened pass without a call."""
        before, after = super().active_hooks()
        if self.is_own(SessionMiddleware, "process_request"):
            before = MakesLate({"session": self.open})
        if not settings.SESSION_SAVE_EVERY_REQUEST and self.is_own(SessionMiddleware, "process_response"):
            after = OwnStep(self.process_response, "session")
        return before, after

    async def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Save the session and send its cookie, where that is needed."""
        session: SessionBase = request.session
        if not session.accessed and not settings.SESSION_SAVE_EVERY_REQUEST:
            return response
        return await self.finish(request, session, response)

    async def finish(self, request: HttpRequest, session: SessionBase, response: HttpResponseBase) -> HttpResponseBase:
        """Finish a request that touched its session."""
        had_cookie = settings.SESSION_COOKIE_NAME in request.COOKIES
        await session.aload()
        if session.accessed:
            patch_vary_headers(response, ("Cookie",))
            keep_private(response)
        if session.is_empty():
            if had_cookie:
                response.delete_cookie(
                    settings.SESSION_COOKIE_NAME,
                    path=settings.SESSION_COOKIE_PATH,
                    domain=settings.SESSION_COOKIE_DOMAIN,
                    samesite=settings.SESSION_COOKIE_SAMESITE or None,
                )
            return response
        if response.status_code >= 500 or not (session.modified or settings.SESSION_SAVE_EVERY_REQUEST):
            return response
        try:
            await session.asave()
        except SessionInterrupted as error:
            return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
        self.set_cookie(session, response)
        return response

    def set_cookie(self, session: SessionBase, response: HttpResponseBase) -> None:
        """Send the key, for as long as the session lives."""
        keep_private(response)
        max_age: int | None = None
        expires: str | None = None
        if not session.get_expire_at_browser_close():
            max_age = session.get_expiry_age()
            expires = http_date(time.time() + max_age)
        response.set_cookie(
            settings.SESSION_COOKIE_NAME,
            session.session_key or "",
            max_age=max_age,
            expires=expires,
            domain=settings.SESSION_COOKIE_DOMAIN,
            path=settings.SESSION_COOKIE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=settings.SESSION_COOKIE_HTTPONLY,
            samesite=settings.SESSION_COOKIE_SAMESITE or None,
        )

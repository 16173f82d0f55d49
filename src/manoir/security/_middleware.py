"""CsrfViewMiddleware: requests that change something must come from this site, or carry its token.

The browser is believed first: `Sec-Fetch-Site: same-origin` cannot be forged by another page, so such a request needs
no token. Where a browser does not say it, Origin (or the Referer, over HTTPS) is checked and a token is required.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from manoir import bridge
from manoir.conf import import_string, settings
from manoir.http import HttpResponseBase, keep_private, patch_vary_headers
from manoir.middleware import OwnStep, PureMiddleware
from manoir.security._failure import csrf_failure
from manoir.security._origins import origin_verdict
from manoir.security._tokens import SESSION_KEY, CsrfState, astate_of, is_token_of, session_of

if TYPE_CHECKING:
    from manoir.http import HttpRequest

NO_COOKIE = "The browser sent no CSRF cookie; a page with {% csrf_token %} sets it."
TOKEN_MISSING = "The form or header holds no CSRF token; write {% csrf_token %} inside the form."  # noqa: S105
TOKEN_INCORRECT = "The CSRF token in %s is not the one of this browser."  # noqa: S105
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FIELD_NAME = "csrfmiddlewaretoken"

logger = logging.getLogger("manoir.security.csrf")


class CsrfViewMiddleware(PureMiddleware):
    """Refuses requests of other sites, and sends the CSRF cookie where a token was made.

    Views marked by `csrf_exempt` are left alone.
    """

    def skips_view(self, request: HttpRequest, view: Callable[..., Any]) -> bool:
        """Tell whether a request needs no check: it changes nothing, or its view is exempt."""
        # hot path: benchmarks/http_objects.py
        return request.method in SAFE_METHODS or getattr(view, "csrf_exempt", False)

    async def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> HttpResponseBase | None:
        """Return the failure page for a request that is refused, None for one that may go on."""
        if self.skips_view(request, view):
            return None
        if getattr(request, "_dont_enforce_csrf_checks", False):
            return None
        state = await astate_of(request)
        if state.checked:
            return None
        reason = await self.acheck(request, state, streams=getattr(view, "streams_body", False))
        if reason is None:
            state.checked = True
            return None
        return await self.areject(request, reason)

    async def acheck(self, request: HttpRequest, state: CsrfState, *, streams: bool = False) -> str | None:
        """Return why a request is refused, None when it is fine.

        Args:
            request: the request.
            state: what is known about its secret.
            streams: the view reads the body itself, so that only the header can carry the token.
        """
        same_origin, reason = origin_verdict(request)
        if same_origin or reason is not None:
            return reason
        if state.secret is None:
            return NO_COOKIE
        token, source = "", "POST"
        if request.method == "POST" and not streams:
            await request.aload()
            token = request.POST.get(FIELD_NAME, "")
        if not token:
            name = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").lower().replace("_", "-")
            token, source = request.headers.raw.get(name, ""), f"the {name!r} HTTP header"
        if not token:
            return TOKEN_MISSING
        return None if is_token_of(token, state.secret) else TOKEN_INCORRECT % source

    async def areject(self, request: HttpRequest, reason: str) -> HttpResponseBase:
        """Log the refusal and return the page of settings.CSRF_FAILURE_VIEW."""
        logger.warning("Forbidden (%s): %s", reason, request.path, extra={"status_code": 403, "request": request})
        view = failure_view()
        if view is csrf_failure:
            # The project's own template may wait, for a query.
            return await bridge.spawn(csrf_failure, request, reason=reason)
        if inspect.iscoroutinefunction(view):
            return await view(request, reason=reason)
        return await bridge.run_sync(partial(view, request, reason=reason))

    def active_hooks(self) -> tuple[Any, Any]:
        """Let a request whose token nobody asked for pass without a call."""
        before, after = super().active_hooks()
        if self.is_own(CsrfViewMiddleware, "process_response"):
            after = OwnStep(self.process_response, "csrf")
        return before, after

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Send the secret where it is new or a token was made."""
        state: CsrfState | None = request.csrf
        if state is None or not state.used:
            return response
        if settings.CSRF_USE_SESSIONS:
            if state.changed:
                session_of(request)[SESSION_KEY] = state.secret
        else:
            self._set_cookie(state, response)
            # The page holds a token that is worth something to this browser only.
            patch_vary_headers(response, ["Cookie"])
            keep_private(response)
        state.changed = False
        return response

    def _set_cookie(self, state: CsrfState, response: HttpResponseBase) -> None:
        response.set_cookie(
            settings.CSRF_COOKIE_NAME,
            state.secret or "",
            max_age=settings.CSRF_COOKIE_AGE,
            domain=settings.CSRF_COOKIE_DOMAIN,
            path=settings.CSRF_COOKIE_PATH,
            secure=settings.CSRF_COOKIE_SECURE,
            httponly=settings.CSRF_COOKIE_HTTPONLY,
            samesite=settings.CSRF_COOKIE_SAMESITE,
        )


def failure_view() -> Callable[..., Any]:
    """Return the view of settings.CSRF_FAILURE_VIEW."""
    path = settings.CSRF_FAILURE_VIEW
    return csrf_failure if path == "manoir.security.csrf_failure" else import_string(path)

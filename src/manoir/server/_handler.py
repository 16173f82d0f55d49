"""`Handler`: a request in, a response out, whatever happens between."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any
from weakref import WeakSet

from manoir import bridge
from manoir.conf import import_string, settings
from manoir.db import connections, reset_queries
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpRequest, HttpResponseBase
from manoir.logging import log_request
from manoir.middleware import Onion, compose
from manoir.server._admin_mail import tell_admins
from manoir.server._calls import Runner, check_response, runner_of
from manoir.server._errors import response_for_exception
from manoir.server._follow_ups import shielded
from manoir.signals import request_finished, request_started
from manoir.urls import get_resolver, get_script_prefix, set_script_prefix, set_urlconf

MOST_VIEWS = 10_000
"""Views whose way of being called is remembered; more are decided at each request."""

REQUEST_LINES = logging.getLogger("manoir.server")

REMEMBERED = frozenset(
    {
        "MIDDLEWARE",
        "ROOT_URLCONF",
        "DATABASES",
        "SYNC_VIEWS",
        "SECURE_CSP",
        "SECURE_CSP_REPORT_ONLY",
        "ALLOWED_HOSTS",
        "DEBUG",
    }
)
"""Settings that a composed handler has worked into itself."""

_handlers: WeakSet[Handler] = WeakSet()


def forget_composed(name: str, value: object, enter: bool) -> None:
    """Have every handler compose anew after a setting changed, as tests do with `settings`."""
    if name in REMEMBERED or name.startswith("SECURE_"):
        for handler in _handlers:
            handler.forget()


settings.on_change(forget_composed)


class Handler:
    """Turns requests into responses; servers and the test client share it.

    The middleware of `settings.MIDDLEWARE` is composed once. No exception leaves a call: it becomes the debug page, the
    project's `handler500` or a styled page. Only cancellation passes through.

    Example:
        >>> handler = Handler()
        >>> response = await handler(request)
    """

    def __init__(self) -> None:
        self._onion: Onion | None = None
        self._resolver: Any = None
        self._runners: dict[Any, Runner] = {}
        _handlers.add(self)

    def load(self) -> Onion:
        """Import and compose the middleware; called before the first request, again after the settings changed.

        Raises:
            ImproperlyConfigured: a path in MIDDLEWARE cannot be imported, or is no middleware.
        """
        tell_admins()
        factories = [import_middleware(path) for path in settings.MIDDLEWARE]
        self._onion = compose(self._respond, factories, convert=response_for_exception)
        self._resolver = get_resolver()
        return self._onion

    def forget(self) -> None:
        """Compose anew on the next request."""
        self._onion = None
        self._runners = {}

    def _runner(self, view: Any) -> Runner:
        """Return how a view is called, remembered for views that a URL pattern keeps."""
        runner = runner_of(view)
        if len(self._runners) < MOST_VIEWS:
            self._runners[view] = runner
        return runner

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer `request`."""
        # hot path: benchmarks/web.py
        onion = self._onion or self.load()
        logs = REQUEST_LINES.isEnabledFor(logging.INFO)
        started = time.perf_counter() if logs else 0.0
        debugging = settings.DEBUG
        if debugging:
            reset_queries()
        if request_started.receivers and request_started.has_listeners(Handler):
            await request_started.asend(Handler, request=request)
        try:
            request.settle()
            prefix = request.script_name or "/"
            if get_script_prefix() != prefix:
                set_script_prefix(prefix)
            response = await onion.call(request)
            response = response.conclude(request)
        except Exception as error:
            response = await response_for_exception(request, error)
        except asyncio.CancelledError:
            await self.let_go(request)
            raise
        if logs or response.status_code >= 400:
            milliseconds = (time.perf_counter() - started) * 1000 if logs else 0.0
            queries = count_queries() if debugging else None
            shown = request.__dict__.get("logged_path") or request.get_full_path()
            log_request(request.method, shown, response.status_code, milliseconds, queries=queries)
        return response

    def finish_now(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Let go of what belongs to an answered request, if that takes no waiting; else return False: await `finish()`."""
        # hot path: benchmarks/web.py
        if response.streaming or request._open_answer is not None:
            return False
        if response._follow_ups is not None or request_finished.receivers:
            return False
        response.close()
        request.close()
        return True

    async def finish(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Let go of what belongs to an answered request; servers call it after the last byte."""
        await self.let_go(request, response)
        if response._follow_ups is not None:
            await response.afollow_up()
        if request_finished.has_listeners(Handler):
            await request_finished.asend(Handler)

    async def let_go(self, request: HttpRequest, response: HttpResponseBase | None = None) -> None:
        """Free what a request and its answer hold, and what its view answered, whatever was sent in place of that."""
        try:
            await close_all(request, response)
        except asyncio.CancelledError:
            # The client leaves at this very moment, and what waits for a thread to close it has not begun.
            await close_all(request, response)
            raise

    async def finish_whole(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Do what `finish()` does; where something follows the answer, also when the client has gone away by then."""
        if response._follow_ups is None:
            await self.finish(request, response)
        else:
            await shielded(self.finish(request, response))

    async def _respond(self, request: HttpRequest) -> HttpResponseBase:
        """Resolve the URL, call the view, render what it left unrendered: the middle of the onion."""
        resolver = self._resolver
        if request.urlconf is not None:
            set_urlconf(request.urlconf)
            resolver = get_resolver(request.urlconf)
        match = resolver.resolve(request.path_info)
        request.resolver_match = match
        view = match.func
        body = request.body_stream
        if body is not None:
            body.max_size = getattr(view, "max_body_size", None)
        if body is not None and not getattr(view, "streams_body", False):
            factories = getattr(view, "upload_handlers", None)
            if factories is not None:
                request.upload_handlers[:0] = [factory(request) for factory in factories]
            if not body.loaded:
                await request.aload()
        onion = self._onion
        assert onion is not None
        response: Any = None
        for skips, hook in onion.view_steps:
            if skips is not None and skips(request, view):
                continue
            response = await hook(request, view, match.args, match.kwargs)
            if response is not None:
                break
        if response is None:
            try:
                runner = self._runners.get(view) or self._runner(view)
                response = await runner(request, *match.args, **match.kwargs)
            except Exception as error:
                response = await self._ask_exception_hooks(request, error)
                if response is None:
                    raise
        if not isinstance(response, HttpResponseBase):
            check_response(response, view)
        if response.streaming or response._closers is not None:
            # Middleware may put another in its place, or be cancelled while it has it in its hands.
            request._open_answer = response
        if not response.is_rendered:
            response = await self._render(request, response, view)
        return response

    async def _ask_exception_hooks(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        assert self._onion is not None
        for hook in self._onion.exception_hooks:
            response = await hook(request, error)
            if response is not None:
                return response
        return None

    async def _render(self, request: HttpRequest, response: Any, view: Any) -> HttpResponseBase:
        """Let middleware change a template response, then render it on the loop without blocking it."""
        assert self._onion is not None
        for hook in self._onion.template_response_hooks:
            response = check_response(await hook(request, response), hook)
        try:
            return await bridge.spawn(response.render)
        except Exception as error:
            answer = await self._ask_exception_hooks(request, error)
            if answer is None:
                raise
            return answer


async def close_all(request: HttpRequest, response: HttpResponseBase | None) -> None:
    """Close a request, its answer and that of its view; what is closed already stays so."""
    try:
        if response is not None and response.streaming:
            await response.aclose()
        elif response is not None:
            response.close()
        answer = request._open_answer
        if answer is not None and answer is not response:
            await answer.aclose()
        request._open_answer = None
    finally:
        request.close()


def count_queries() -> int:
    """Return how many statements this request has run so far, as the log of DEBUG knows them."""
    return sum(len(connection.queries) for connection in connections.all(initialized_only=True))


def import_middleware(path: str) -> Any:
    """Import one entry of MIDDLEWARE.

    Raises:
        ImproperlyConfigured: it cannot be imported.
    """
    try:
        return import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"MIDDLEWARE: {path!r} cannot be imported. {error}") from error

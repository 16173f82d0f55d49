"""The test client: calls the whole handler, middleware included, in this process and in this transaction."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import msgspec

from manoir import bridge
from manoir.http import HttpRequest, HttpResponseBase
from manoir.server import Handler
from manoir.signals import got_request_exception
from manoir.templates import template_rendered
from manoir.testing._requests import RequestFactory

MOST_REDIRECTS = 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class RedirectCycleError(Exception):
    """Following redirects came back to a page, or took too many steps.

    Attributes:
        last_response: the response at which it was noticed.
        redirect_chain: pairs of URL and status.
    """

    def __init__(self, message: str, last_response: Any) -> None:
        super().__init__(message)
        self.last_response = last_response
        self.redirect_chain = last_response.redirect_chain


class ContextList(list[Any]):
    """The contexts of all templates of a response; a name is looked up in each."""

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        for context in self:
            if key in context:
                return context[key]
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a variable, or `default`."""
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key: object) -> bool:
        return any(key in context for context in self)

    def keys(self) -> set[str]:
        """Return the names of all variables."""
        return {name for context in self for name in context}


class _Client(RequestFactory):
    """What both clients share: cookies, the handler, and what a response is told about its request."""

    def __init__(
        self,
        enforce_csrf_checks: bool = False,
        raise_request_exception: bool = True,
        *,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        **defaults: Any,
    ) -> None:
        super().__init__(headers=headers, **defaults)
        self.enforce_csrf_checks = enforce_csrf_checks
        self.raise_request_exception = raise_request_exception
        self.handler = Handler()
        self.default_query_params = query_params

    async def _exchange(self, request: HttpRequest) -> Any:
        """Send one request through the handler, and describe the exchange on the response."""
        if not self.enforce_csrf_checks:
            request._dont_enforce_csrf_checks = True  # pyright: ignore[reportAttributeAccessIssue]
        errors: list[BaseException] = []
        rendered: list[tuple[Any, Any]] = []

        def note_error(sender: Any, request: Any = None, exception: Any = None, **kwargs: Any) -> None:
            errors.append(exception)

        def note_template(sender: Any, template: Any = None, context: Any = None, **kwargs: Any) -> None:
            rendered.append((template, context))

        got_request_exception.connect(note_error, weak=False)
        template_rendered.connect(note_template, weak=False)
        try:
            response = await self.handler(request)
            await collect(response)
            await self.handler.finish(request, response)
        finally:
            got_request_exception.disconnect(note_error)
            template_rendered.disconnect(note_template)
        if errors and self.raise_request_exception:
            raise errors[0]
        self._describe(request, response, rendered, errors)
        return response

    def _describe(
        self, request: HttpRequest, response: Any, rendered: list[tuple[Any, Any]], errors: list[Any]
    ) -> None:
        response.client = self
        response.wsgi_request = response.asgi_request = request
        response.request = {
            "PATH_INFO": request.path_info,
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.META.get("QUERY_STRING", ""),
            "wsgi.url_scheme": request.scheme,
        }
        response.exc_info = (type(errors[0]), errors[0], errors[0].__traceback__) if errors else None
        response.templates = [template for template, _ in rendered]
        contexts = [context for _, context in rendered]
        response.context = None if not contexts else contexts[0] if len(contexts) == 1 else ContextList(contexts)
        response.resolver_match = request.resolver_match
        response.json = lambda: msgspec.json.decode(response.content)
        self.cookies.update(response.cookies)
        for name, morsel in list(self.cookies.items()):
            if morsel["max-age"] == 0 or morsel["expires"] == "Thu, 01 Jan 1970 00:00:00 GMT":
                del self.cookies[name]

    def _next(self, response: Any, extra: dict[str, Any]) -> tuple[str, str, Any, bool]:
        """Return method, URL, data and scheme of the request that a redirect asks for."""
        url = urljoin(response.request["PATH_INFO"], response.headers["location"])
        parts = urlsplit(url)
        secure = parts.scheme == "https" if parts.scheme else response.request["wsgi.url_scheme"] == "https"
        if parts.hostname:
            extra["HTTP_HOST"] = parts.netloc
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        method = response.request["REQUEST_METHOD"]
        keeps = response.status_code in (307, 308)
        return (method if keeps or method == "HEAD" else "GET"), path, url, secure

    def _check_cycle(self, response: Any, chain: list[tuple[str, int]], url: str) -> None:
        response.redirect_chain = chain
        if url in [seen for seen, _ in chain[:-1]]:
            raise RedirectCycleError("Redirect loop detected.", response)
        if len(chain) > MOST_REDIRECTS:
            raise RedirectCycleError("Too many redirects.", response)


class Client(_Client):
    """Sends requests to the project from a sync test.

    The view sees what the test wrote, and the other way round: both share the test's transaction.

    Args:
        enforce_csrf_checks: check CSRF tokens, which tests otherwise need not send.
        raise_request_exception: raise what a view raised, instead of answering with its 500 page.
        headers: headers of every request.
        query_params: query of every request.
        **defaults: WSGI-style names, as for RequestFactory.

    Example:
        >>> Client().get("/books/").status_code  # doctest: +SKIP
        200
    """

    def generic(
        self,
        method: str,
        path: str,
        data: Any = b"",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        *,
        follow: bool = False,
        **extra: Any,
    ) -> Any:
        """Send a request and return its response; `follow=True` goes on through redirects."""
        extra.setdefault("query_params", self.default_query_params)
        request = self.build_request(method, path, data, content_type, secure, **extra)
        response = bridge.wait(self._exchange(request))
        if not follow:
            return response
        return self._follow(response, data, content_type, extra)

    def _follow(self, response: Any, data: Any, content_type: str, extra: dict[str, Any]) -> Any:
        chain: list[tuple[str, int]] = []
        extra = {key: value for key, value in extra.items() if key not in ("query", "query_params")}
        while response.status_code in REDIRECTS:
            method, path, url, secure = self._next(response, extra)
            chain.append((url, response.status_code))
            body = data if response.status_code in (307, 308) else b""
            response = self.generic(method, path, body, content_type, secure, **extra)
            self._check_cycle(response, chain, url)
        response.redirect_chain = chain
        return response


class AsyncClient(_Client):
    """Sends requests to the project from an `async def` test: `await async_client.get("/books/")`."""

    async def generic(
        self,
        method: str,
        path: str,
        data: Any = b"",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        *,
        follow: bool = False,
        **extra: Any,
    ) -> Any:  # type: ignore[override]
        """Send a request and return its response; `follow=True` goes on through redirects."""
        extra.setdefault("query_params", self.default_query_params)
        request = self.build_request(method, path, data, content_type, secure, **extra)
        response = await self._exchange(request)
        if not follow:
            return response
        chain: list[tuple[str, int]] = []
        extra = {key: value for key, value in extra.items() if key not in ("query", "query_params")}
        while response.status_code in REDIRECTS:
            method, path, url, secure = self._next(response, extra)
            chain.append((url, response.status_code))
            body = data if response.status_code in (307, 308) else b""
            response = await self.generic(method, path, body, content_type, secure, **extra)
            self._check_cycle(response, chain, url)
        response.redirect_chain = chain
        return response


async def collect(response: HttpResponseBase) -> None:
    """Read a streaming response to its end, as a client would, so that its content can be looked at."""
    if response.streaming:
        chunks = [chunk async for chunk in cast("AsyncIterable[bytes]", response)]
        response.streaming_content = iter(chunks)  # pyright: ignore[reportAttributeAccessIssue]

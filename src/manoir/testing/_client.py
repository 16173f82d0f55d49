"""The test client: calls the whole handler, middleware included, in this process and in this transaction."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

from manoir import bridge
from manoir.exceptions import RedirectCycleError
from manoir.http import FileResponse, HttpRequest
from manoir.server import Handler
from manoir.testing._exchanges import Exchange, recorded
from manoir.testing._people import SignsIn
from manoir.testing._requests import OCTETS, Requests, let_arrive
from manoir.testing._responses import ClientResponse, close_after_reading, describe, drop_body, read_file

R = TypeVar("R", covariant=True)

MOST_REDIRECTS = 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})
KEEP_METHOD = frozenset({307, 308})
WITHOUT_BODY = frozenset({204, 304})


class ClientBase(SignsIn, Requests[R]):
    """What both clients share: cookies, the handler, and what a response is told about its request."""

    def __init__(
        self,
        enforce_csrf_checks: bool = False,
        raise_request_exception: bool = True,
        *,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        json_encoder: Any = None,
        **defaults: Any,
    ) -> None:
        super().__init__(headers=headers, query_params=query_params, json_encoder=json_encoder, **defaults)
        self.enforce_csrf_checks = enforce_csrf_checks
        self.raise_request_exception = raise_request_exception
        self.handler = Handler()
        self.exc_info: Any = None

    async def _exchange(
        self,
        in_sync: bool,
        method: str,
        path: str,
        data: str | bytes,
        content_type: str,
        follow: bool,
        extra: dict[str, Any],
    ) -> ClientResponse:
        """Send a request, and what its redirects ask for."""
        response = await self._send_one(in_sync, method, path, data, content_type, extra)
        if not follow:
            return response
        chain: list[tuple[str, int]] = []
        while response.status_code in REDIRECTS:
            method, path, secure, host = next_request(response)
            chain.append((response.headers["Location"], response.status_code))
            if response.status_code not in KEEP_METHOD:
                data, content_type = b"", OCTETS
            extra = {**extra, "query_params": {}, "secure": secure, **({"HTTP_HOST": host} if host else {})}
            response = await self._send_one(in_sync, method, path, data, content_type, extra)
            response.redirect_chain = chain
            check_cycle(response)
        response.redirect_chain = chain
        return response

    async def _send_one(
        self, in_sync: bool, method: str, path: str, data: str | bytes, content_type: str, extra: dict[str, Any]
    ) -> ClientResponse:
        """Send one request through the handler, and describe the exchange on the response.

        Raises:
            Exception: what the view raised, unless `raise_request_exception` is False.
        """
        request = self.build_request(method, path, data, content_type, **extra)
        let_arrive(request)
        if not self.enforce_csrf_checks:
            request._dont_enforce_csrf_checks = True  # pyright: ignore[reportAttributeAccessIssue]
        with recorded() as exchange:
            response: Any = await self.handler(request)
        if request.method == "HEAD" or response.status_code in WITHOUT_BODY:
            await self.handler.finish(request, response)
            drop_body(response)
        elif isinstance(response, FileResponse):
            await read_file(response, lambda: self.handler.finish(request, response))
        elif response.streaming:
            close_after_reading(response, lambda: self.handler.finish(request, response), in_sync=in_sync)
        else:
            await self.handler.finish(request, response)
        return self._conclude(request, response, exchange)

    def _conclude(self, request: HttpRequest, response: Any, exchange: Exchange) -> ClientResponse:
        error = exchange.errors[0] if exchange.errors else None
        self.exc_info = (type(error), error, error.__traceback__) if error is not None else None
        if error is not None and self.raise_request_exception:
            raise error
        describe(response, request, exchange, client=self, exc_info=self.exc_info)
        self.cookies.update(response.cookies)
        for name, morsel in list(self.cookies.items()):
            if morsel["max-age"] == 0 or morsel["expires"] == "Thu, 01 Jan 1970 00:00:00 GMT":
                del self.cookies[name]
        return response


class Client(ClientBase[ClientResponse]):
    """Sends requests to the project from a sync test.

    The view sees what the test wrote, and the other way round: both share the test's transaction.

    Args:
        enforce_csrf_checks: check CSRF tokens, which tests otherwise need not send.
        raise_request_exception: raise what a view raised, instead of answering with its 500 page.
        headers: headers of every request.
        query_params: query of every request that has none of its own.
        json_encoder: class of the standard library's kind that writes JSON bodies; None: manoir's own.
        **defaults: WSGI-style names, as for RequestFactory.

    Attributes:
        cookies: what the site has set, a `http.cookies.SimpleCookie`; a test may add to it.

    Example:
        >>> Client().get("/books/", {"page": 2}, follow=True).status_code  # doctest: +SKIP
        200
    """

    def generic(
        self,
        method: str,
        path: str,
        data: str | bytes = b"",
        content_type: str = OCTETS,
        *,
        follow: bool = False,
        **extra: Any,
    ) -> ClientResponse:
        """Send a request and return its response; `follow=True` goes on through redirects.

        Raises:
            RedirectCycleError: redirects lead in a circle, or on for more than 20 steps.
            SynchronousOnlyOperation: called in a coroutine; use AsyncClient there.
        """
        return bridge.wait(self._exchange(True, method, path, data, content_type, follow, extra))


class AsyncClient(ClientBase[Coroutine[Any, Any, ClientResponse]]):
    """Sends requests to the project from an `async def` test: `await async_client.get("/books/")`.

    Args:
        enforce_csrf_checks: check CSRF tokens, which tests otherwise need not send.
        raise_request_exception: raise what a view raised, instead of answering with its 500 page.
        headers: headers of every request.
        query_params: query of every request that has none of its own.
        json_encoder: class of the standard library's kind that writes JSON bodies; None: manoir's own.
        **defaults: WSGI-style names, as for RequestFactory.

    Attributes:
        cookies: what the site has set, a `http.cookies.SimpleCookie`; a test may add to it.
    """

    def generic(
        self,
        method: str,
        path: str,
        data: str | bytes = b"",
        content_type: str = OCTETS,
        *,
        follow: bool = False,
        **extra: Any,
    ) -> Coroutine[Any, Any, ClientResponse]:
        """Send a request; awaited, it gives the response. `follow=True` goes on through redirects.

        Raises:
            RedirectCycleError: redirects lead in a circle, or on for more than 20 steps.
        """
        return self._exchange(False, method, path, data, content_type, follow, extra)


def next_request(response: ClientResponse) -> tuple[str, str, bool, str]:
    """Return method, path, whether by HTTPS, and host (empty: as before) of what a redirect asks for."""
    parts = urlsplit(urljoin(response.request["PATH_INFO"], response.headers["Location"]))
    scheme = parts.scheme or response.request["wsgi.url_scheme"]
    method = response.request["REQUEST_METHOD"]
    if response.status_code not in KEEP_METHOD and method != "HEAD":
        method = "GET"
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return method, path if path.startswith("/") else f"/{path}", scheme == "https", parts.netloc


def check_cycle(response: ClientResponse) -> None:
    """Stop where following redirects would not end."""
    chain = response.redirect_chain
    if chain[-1] in chain[:-1]:
        raise RedirectCycleError(f"The redirects go round in a circle: {chain[-1][0]!r} was visited before.", response)
    if len(chain) > MOST_REDIRECTS:
        raise RedirectCycleError(
            f"After {MOST_REDIRECTS} redirects there was still no page: look at where {chain[-1][0]!r} leads.", response
        )

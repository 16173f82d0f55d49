"""RSGI, the protocol of Granian: one call per request, the head parsed once by the server.

A request that lasts is watched (see `_watch`): when its client goes away, its coroutine is cancelled.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Any, cast

from manoir.http import HttpRequest, HttpResponseBase, RequestBody, RequestHead
from manoir.server._garbage import set_aside_what_is_loaded
from manoir.server._handler import Handler
from manoir.server._lifespan import Lifespan
from manoir.server._watch import Watch

logger = logging.getLogger("manoir.server")
request_log = logging.getLogger("manoir.request")

NO_CONTENT = frozenset({204, 304})


class RSGIApplication:
    """What Granian calls: `application.__rsgi__(scope, protocol)`.

    Args:
        handler: turns requests into responses; None makes one from the settings.
    """

    def __init__(self, handler: Handler | None = None) -> None:
        self.handler = handler or Handler()
        self.lifespan = Lifespan()
        self.watch = Watch()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Prepare a worker: adopt its loop and compose the middleware before the first request."""
        self.lifespan.start(loop)
        self.handler.load()
        set_aside_what_is_loaded()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close what belongs to the worker's loop."""
        if not loop.is_closed() and not loop.is_running():
            loop.run_until_complete(self.lifespan.shutdown())

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        # hot path: benchmarks/web.py
        if scope.proto != "http":
            protocol.close(404)  # no room serves WebSockets yet
            return
        request = RSGIRequest(scope, protocol)
        handler = self.handler
        running = self.watch.enter(protocol)
        try:
            response = await handler(request)
            try:
                if response.streaming:
                    await stream(request, response, protocol)
                else:
                    send(request, response, protocol)
            finally:
                if not handler.finish_now(request, response):
                    await handler.finish_whole(request, response)
        except asyncio.CancelledError:
            logger.debug("The client of %s %s went away.", scope.method, scope.path)
        except BaseException as error:
            report_unsent(request, error)
            if not isinstance(error, Exception):
                raise
            with suppress(Exception):  # where the head is on its way already, the answer just ends
                protocol.response_empty(500, [])
        finally:
            running.pop(protocol, None)


def report_unsent(request: HttpRequest, error: BaseException) -> None:
    """Log what ended an answer while it was sent, or left a view past every `except Exception`; Granian says nothing."""
    request_log.error(
        "The answer to %s %s could not be sent, or not to its end.",
        request.method,
        request.path,
        exc_info=error,
        extra={"status_code": 500, "request": request},
    )


class RSGIRequest(HttpRequest):
    """A request whose head stays with the server until something asks for more than method, path and host.

    Each attribute of Granian's scope is made when it is read, and its headers are copied.
    """

    __slots__ = ("_scope",)

    def __init__(self, scope: Any, protocol: Any) -> None:
        # hot path: benchmarks/web.py
        headers = scope.headers
        hosts = headers.get_all("host")
        self._scope = (scope, headers)
        self._head = None
        # Several hosts are joined when the headers are read, and refused.
        host = hosts[0] if len(hosts) == 1 else None
        self._begin(scope.method, scope.path, "", body_of(scope, headers, protocol), host)

    @property
    def head(self) -> RequestHead:
        """What the server knew before the body."""
        if self._head is None:
            self._head = head_of(*self._scope)
        return self._head


def head_of(scope: Any, headers: Any) -> RequestHead:
    """Build the head of a request out of Granian's scope and its headers."""
    pairs = headers.items()
    if scope.authority and "host" not in headers:  # HTTP/2 names the host in :authority
        pairs = [("host", scope.authority), *pairs]
    return RequestHead(
        method=scope.method,
        scheme=scope.scheme,
        raw_path="",
        query_string=scope.query_string,
        headers=pairs,
        client=scope.client,
        server=scope.server,
        http_version=scope.http_version,
        path=scope.path,
    )


def body_of(scope: Any, headers: Any, protocol: Any) -> RequestBody | None:
    """Build the body of a request; None, without waiting, where the head of HTTP/1 says that there is none."""
    length = headers.get("content-length")
    is_plain = "transfer-encoding" not in headers and scope.http_version[:1] == "1"
    if length is None and is_plain:
        return None
    announced = int(length) if length and length.isdecimal() and len(length) < 19 else None
    # Only a length that frames the body itself is a promise: Granian reads no byte beyond it.
    return RequestBody(protocol, announced, whole=protocol if is_plain and announced is not None else None)


def send(request: HttpRequest, response: HttpResponseBase, protocol: Any) -> None:
    """Hand over a response that is complete."""
    headers = response.header_items()
    if request.method == "HEAD" or response.status_code in NO_CONTENT:
        protocol.response_empty(response.status_code, headers)
    else:
        protocol.response_bytes(response.status_code, headers, response.content)  # type: ignore[attr-defined]


async def stream(request: HttpRequest, response: HttpResponseBase, protocol: Any) -> None:
    """Hand over a response chunk by chunk, as fast as the client reads."""
    headers = response.header_items()
    if request.method == "HEAD" or response.status_code in NO_CONTENT:
        protocol.response_empty(response.status_code, headers)
        return
    transport = protocol.response_stream(response.status_code, headers)
    try:
        async for chunk in cast("AsyncIterable[bytes]", response):
            try:
                await transport.send_bytes(chunk)
            except Exception as error:
                # Granian says ProtocolClosed when the client is gone; the generator behind the response is closed by the caller.
                if "closed" not in str(error).lower():
                    raise
                return
    finally:
        # The answer ends when nothing holds the transport; a traceback that a log keeps would hold it.
        del transport


def get_rsgi_application() -> RSGIApplication:
    """Make the application for Granian from the settings.

    Example:
        >>> application = get_rsgi_application()
    """
    return RSGIApplication()

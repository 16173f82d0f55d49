"""RSGI, the protocol of Granian: one call per request, the head parsed once by the server.

A request that lasts longer than `WATCH_AFTER_SECONDS` is watched: when its client goes away, its coroutine is cancelled.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable
from typing import Any, cast

from manoir.http import HttpRequest, HttpResponse, HttpResponseBase, RequestBody, RequestHead
from manoir.server._handler import Handler
from manoir.server._lifespan import Lifespan

logger = logging.getLogger("manoir.server")

WATCH_AFTER_SECONDS = 0.25
NO_CONTENT = frozenset({204, 304})


class RSGIApplication:
    """What Granian calls: `application.__rsgi__(scope, protocol)`.

    Args:
        handler: turns requests into responses; None makes one from the settings.
    """

    def __init__(self, handler: Handler | None = None) -> None:
        self.handler = handler or Handler()
        self.lifespan = Lifespan()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Prepare a worker: adopt its loop and compose the middleware before the first request."""
        self.lifespan.start(loop)
        self.handler.load()

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
        request = HttpRequest(head_of(scope), body_of(scope, protocol))
        watch = asyncio.get_running_loop().call_later(
            WATCH_AFTER_SECONDS, cancel_when_gone, protocol, asyncio.current_task()
        )
        try:
            response = await self.handler(request)
            try:
                if response.streaming:
                    await stream(request, response, protocol)
                else:
                    send(request, response, protocol)
            finally:
                await self.handler.finish(request, response)
        except asyncio.CancelledError:
            logger.debug("The client of %s %s went away.", scope.method, scope.path)
        finally:
            watch.cancel()


def head_of(scope: Any) -> RequestHead:
    """Build the head of a request out of Granian's scope."""
    headers = scope.headers.items()
    if scope.authority and "host" not in scope.headers:  # HTTP/2 names the host in :authority
        headers = [("host", scope.authority), *headers]
    return RequestHead(
        method=scope.method,
        scheme=scope.scheme,
        raw_path="",
        query_string=scope.query_string,
        headers=headers,
        client=scope.client,
        server=scope.server,
        http_version=scope.http_version,
        path=scope.path,
    )


def body_of(scope: Any, protocol: Any) -> RequestBody:
    """Build the body of a request; empty, without waiting, where the head of HTTP/1 says that there is none."""
    headers = scope.headers
    length = headers.get("content-length")
    if length is None and scope.http_version.startswith("1") and "transfer-encoding" not in headers:
        return RequestBody(b"")
    return RequestBody(
        protocol, content_length=int(length) if length and length.isdecimal() and len(length) < 19 else None
    )


def cancel_when_gone(protocol: Any, task: asyncio.Task[Any] | None) -> None:
    """Start to wait for the client's disconnect, and cancel `task` then."""
    if task is None or task.done():
        return

    async def watch() -> None:
        await protocol.client_disconnect()
        if not task.done():
            task.cancel()

    watcher = asyncio.ensure_future(watch())
    task.add_done_callback(lambda _: watcher.cancel())


def send(request: HttpRequest, response: HttpResponseBase, protocol: Any) -> None:
    """Hand over a response that is complete."""
    headers = response.header_items()
    if request.method == "HEAD" or response.status_code in NO_CONTENT:
        protocol.response_empty(response.status_code, headers)
    else:
        protocol.response_bytes(response.status_code, headers, cast("HttpResponse", response).content)


async def stream(request: HttpRequest, response: HttpResponseBase, protocol: Any) -> None:
    """Hand over a response chunk by chunk, as fast as the client reads."""
    headers = response.header_items()
    if request.method == "HEAD" or response.status_code in NO_CONTENT:
        protocol.response_empty(response.status_code, headers)
        return
    transport = protocol.response_stream(response.status_code, headers)
    async for chunk in cast("AsyncIterable[bytes]", response):
        try:
            await transport.send_bytes(chunk)
        except Exception as error:
            # Granian says ProtocolClosed when the client is gone; the generator behind the response is closed by the caller.
            if "closed" not in str(error).lower():
                raise
            return


def get_rsgi_application() -> RSGIApplication:
    """Make the application for Granian from the settings.

    Example:
        >>> application = get_rsgi_application()
    """
    return RSGIApplication()

"""ASGI 3, the protocol of every other server: HTTP and lifespan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias, cast

from manoir.http import HttpRequest, HttpResponse, HttpResponseBase, RequestBody, RequestHead
from manoir.server._garbage import set_aside_what_is_loaded
from manoir.server._handler import Handler
from manoir.server._lifespan import Lifespan

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

NO_CONTENT = frozenset({204, 304})


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


class ASGIApplication:
    """What an ASGI server calls: `await application(scope, receive, send)`.

    Args:
        handler: turns requests into responses; None makes one from the settings.
    """

    def __init__(self, handler: Handler | None = None) -> None:
        self.handler = handler or Handler()
        self.lifespan = Lifespan()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's life."""
        if scope["type"] == "http":
            await self.serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise ValueError(f"manoir serves HTTP and lifespan; the server asked for {scope['type']!r}.")

    async def live(self, receive: Receive, send: Send) -> None:
        """Prepare at the start, clean up at the end."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    self.lifespan.start(asyncio.get_running_loop())
                    self.handler.load()
                    set_aside_what_is_loaded()
                except Exception as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    raise
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.lifespan.shutdown()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a client that goes away cancels the view."""
        if is_framed_twice(scope):
            await refuse_framing(send)
            return
        body_read = asyncio.Event()
        request = HttpRequest(
            head_of(scope), RequestBody(chunks(receive, body_read), content_length=content_length(scope))
        )
        work = asyncio.ensure_future(self.respond(request, send))
        gone = asyncio.ensure_future(disconnected(receive, body_read))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, gone):
                if not task.done():
                    task.cancel()
        try:
            await work
        except (asyncio.CancelledError, ClientGone):
            if not gone.done() or gone.cancelled():
                raise

    async def respond(self, request: HttpRequest, send: Send) -> None:
        """Answer and hand over the response."""
        response = await self.handler(request)
        try:
            await deliver(request, response, send)
        finally:
            await self.handler.finish_whole(request, response)


def head_of(scope: Scope) -> RequestHead:
    """Build the head of a request out of an ASGI scope."""
    raw_path = scope.get("raw_path")
    root_path = scope.get("root_path", "")
    path = scope["path"]
    return RequestHead(
        method=scope["method"],
        scheme=scope.get("scheme", "http"),
        raw_path=raw_path.decode("latin-1").partition("?")[0] if raw_path else "",
        query_string=scope.get("query_string", b"").decode("latin-1"),
        headers=[(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]],
        client=tuple(scope["client"]) if scope.get("client") else None,  # type: ignore[arg-type]
        server=tuple(scope["server"]) if scope.get("server") and scope["server"][1] is not None else None,  # type: ignore[arg-type]
        http_version=scope.get("http_version", "1.1"),
        root_path=root_path,
        path="" if raw_path else path,
    )


def is_framed_twice(scope: Scope) -> bool:
    """Tell whether a head announces both a length and chunks: what two servers in a row may read as two requests."""
    names = {name.lower() for name, _ in scope["headers"]}
    return b"content-length" in names and b"transfer-encoding" in names


async def refuse_framing(send: Send) -> None:
    """Answer 400 and have the server close the connection (RFC 9112, 6.1)."""
    await send({"type": "http.response.start", "status": 400, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": b""})


def content_length(scope: Scope) -> int | None:
    """Return the length that the head announces; None without one that can be trusted."""
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit() and len(value) < 19:
            return int(value)
    return None


async def chunks(receive: Receive, body_read: asyncio.Event) -> AsyncIterator[bytes]:
    """Yield the body as it arrives.

    Raises:
        ClientGone: the client closed the connection in the middle.
    """
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body = message.get("body", b"")
        if body:
            yield body
        if not message.get("more_body", False):
            body_read.set()
            return


async def disconnected(receive: Receive, body_read: asyncio.Event) -> None:
    """Return when the client goes away; only after the body was read, as both share one channel."""
    await body_read.wait()
    while (await receive())["type"] != "http.disconnect":
        pass


async def deliver(request: HttpRequest, response: HttpResponseBase, send: Send) -> None:
    """Hand over a response, whole or chunk by chunk."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.header_items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    if request.method == "HEAD" or response.status_code in NO_CONTENT:
        await send({"type": "http.response.body", "body": b""})
    elif response.streaming:
        async for chunk in cast("AsyncIterable[bytes]", response):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    else:
        await send({"type": "http.response.body", "body": cast("HttpResponse", response).content})


def get_asgi_application() -> ASGIApplication:
    """Make the application for an ASGI server from the settings.

    Example:
        >>> application = get_asgi_application()
    """
    return ASGIApplication()

"""Responses as a test sees them: what they say, and what happened on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from http.cookies import SimpleCookie
from typing import Any, Protocol, cast

import msgspec

from manoir import bridge
from manoir.http import FileResponse, HttpRequest
from manoir.testing._exchanges import Exchange
from manoir.urls import ResolverMatch


class ClientResponse(Protocol):
    """A response of the test client: the view's own object, with more attributes.

    Attributes:
        status_code, content, text, headers, cookies, charset, streaming, streaming_content: as for any response.
        url: where a redirect leads.
        client: the client that sent the request.
        request: names as WSGI has them: PATH_INFO, REQUEST_METHOD, QUERY_STRING, wsgi.url_scheme.
        wsgi_request, asgi_request: the request object that the view got.
        context: variables of the rendered template, by name; of all templates if there were several; None without any.
        templates: templates that were rendered, with those they extend and include, in order.
        resolver_match: the URL pattern that fitted.
        exc_info: what the view raised, as `sys.exc_info()` says it; None if nothing.
        redirect_chain: pairs of URL and status, with `follow=True`.
    """

    status_code: int
    streaming: bool
    charset: str
    headers: Any
    cookies: SimpleCookie
    client: Any
    request: dict[str, str]
    wsgi_request: HttpRequest
    asgi_request: HttpRequest
    context: Any
    templates: list[Any]
    resolver_match: ResolverMatch | None
    exc_info: Any
    redirect_chain: list[tuple[str, int]]

    @property
    def content(self) -> bytes:
        """The body."""
        ...

    @property
    def text(self) -> str:
        """The body as text."""
        ...

    @property
    def url(self) -> str:
        """Where a redirect leads."""
        ...

    @property
    def streaming_content(self) -> Any:
        """The chunks of a streaming response: an iterator, for AsyncClient an async one if the view made one."""
        ...

    def json(self) -> Any:
        """Return the body, read as JSON."""
        ...

    def getvalue(self) -> bytes:
        """Return the whole body, also of a streaming response."""
        ...

    def __getitem__(self, header: str) -> str: ...

    def __contains__(self, header: object) -> bool: ...


class ContextList(list[Any]):
    """The variables of several templates; a name is looked up in each, the first that has it wins.

    Example:
        >>> ContextList([{"a": 1}, {"a": 2, "b": 3}])["b"]
        3
    """

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


def describe(response: Any, request: HttpRequest, exchange: Exchange, *, client: Any, exc_info: Any) -> None:
    """Write on a response what the test may ask it."""
    response.client = client
    response.wsgi_request = response.asgi_request = request
    response.request = {
        "PATH_INFO": request.path_info,
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.META.get("QUERY_STRING", ""),
        "wsgi.url_scheme": request.scheme,
    }
    response.exc_info = exc_info
    response.templates = [template for template, _ in exchange.rendered]
    contexts = [context for _, context in exchange.rendered]
    response.context = (contexts[0] if len(contexts) == 1 else ContextList(contexts)) if contexts else None
    response.resolver_match = request.resolver_match
    response.json = lambda: json_of(response)


def json_of(response: Any) -> Any:
    """Read the body of a response as JSON.

    Raises:
        ValueError: its Content-Type says that it is none, or it cannot be read.
    """
    content_type = str(response.headers.get("Content-Type", ""))
    kind = content_type.partition(";")[0].strip().lower()
    if not kind.endswith(("/json", "+json")):
        raise ValueError(
            f"json() reads JSON, and this response says that it is {content_type!r}: read its content or text."
        )
    return msgspec.json.decode(response.getvalue())


Finish = Callable[[], Awaitable[None]]


def drop_body(response: Any) -> None:
    """Leave the headers alone: what a server sends on HEAD, and with statuses that have no body."""
    if response.streaming:
        response.streaming_content = []
    else:
        response.content = b""


async def read_file(response: FileResponse, finish: Finish) -> None:
    """Read the file and close it at once: tests that only look at the headers would leave it open."""
    chunks = [chunk async for chunk in response]
    await finish()
    response.streaming_content = chunks


def close_after_reading(response: Any, finish: Finish, *, in_sync: bool) -> None:
    """Have a streaming response closed when its last chunk was read, as a server does; sync tests read it in sync."""
    source = response.streaming_content
    if response.is_async and not in_sync:
        response.streaming_content = AsyncReading(source, finish)
    else:
        response.streaming_content = Reading(bridge.iterate(source) if response.is_async else source, finish)


class Reading:
    """The chunks of a streaming response, read by sync code. It has no `close`: the response is told by `finish`."""

    def __init__(self, chunks: Iterable[bytes], finish: Finish) -> None:
        self.chunks = iter(chunks)
        self.finish: Finish | None = finish

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self.chunks)
        except BaseException:
            finish, self.finish = self.finish, None
            if finish is not None and bridge.can_wait():
                bridge.wait(cast(Any, finish()))
            raise


class AsyncReading:
    """The chunks of a streaming response, read by a coroutine."""

    def __init__(self, chunks: AsyncIterator[bytes], finish: Finish) -> None:
        self.chunks = chunks
        self.finish: Finish | None = finish

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self.chunks)
        except BaseException:
            finish, self.finish = self.finish, None
            if finish is not None:
                await finish()
            raise

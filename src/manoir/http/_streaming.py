"""Answers that are sent while they are made, from iterators of either colour."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any

from manoir import bridge
from manoir.http._response import HttpResponseBase

BATCH_BYTES = 64 * 1024
BATCH_SECONDS = 0.01
"""A thread that runs a sync iterator hands over after so many bytes, or so long: one trip a batch, not one a line."""


class StreamingHttpResponse(HttpResponseBase):
    """An answer whose content is made while it is sent.

    Args:
        streaming_content: iterator of text or bytes, sync or async. A sync one runs in a thread and may block.
        content_type, status, reason, charset, headers: see `HttpResponseBase`.

    Example:
        >>> b"".join(StreamingHttpResponse(["a", "b"]))
        b'ab'
    """

    streaming = True
    is_async: bool
    _async_sources: Sequence[Any] = ()

    def __init__(
        self,
        streaming_content: Iterable[object] | AsyncIterable[object] = (),
        content_type: str | None = None,
        status: int | None = None,
        reason: str | None = None,
        charset: str | None = None,
        headers: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(content_type, status, reason, charset, headers)
        self.streaming_content = streaming_content

    @property
    def content(self) -> bytes:
        """Streams have no content to look at."""
        raise AttributeError(
            f"This {type(self).__name__} is streamed and has no `content`; read `streaming_content`, or send an "
            "HttpResponse."
        )

    @property
    def text(self) -> str:
        """Streams have no text to look at."""
        raise AttributeError(f"This {type(self).__name__} is streamed and has no `text`.")

    @property
    def streaming_content(self) -> Any:
        """Iterator of bytes, sync or async like what was given; can be replaced, for example to compress."""
        if self.is_async:
            return self._encode_async(self._iterator)
        return map(self.make_bytes, self._iterator)

    @streaming_content.setter
    def streaming_content(self, value: Iterable[object] | AsyncIterable[object]) -> None:
        self.is_async = hasattr(value, "__aiter__")
        source: Any = value
        self._iterator: Any = aiter(source) if self.is_async else iter(source)
        if self.is_async:
            # What is replaced (compressed, say) is read by its replacement, and closed after it.
            self._async_sources = [*self._async_sources, self._iterator]
        # iter() of a list or a file drops the object that has close(), so that one is kept, too.
        if not self.is_async and hasattr(source, "close"):
            self.add_closer(source.close)

    async def _encode_async(self, source: AsyncIterator[object]) -> AsyncIterator[bytes]:
        async for part in source:
            yield self.make_bytes(part)

    def __iter__(self) -> Iterator[bytes]:
        return bridge.iterate(self.streaming_content) if self.is_async else self.streaming_content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.is_async:
            async for part in self.streaming_content:
                yield part
            return
        source: Iterator[bytes] = self.streaming_content
        while batch := await bridge.to_thread(_next_batch, source):
            for part in batch:
                yield part

    def getvalue(self) -> bytes:
        """Return all that is left of a sync stream."""
        return b"".join(self)

    async def aclose(self) -> None:
        """Close the iterator, so that its `finally` runs, then free the rest."""
        for source in reversed(self._async_sources):
            if hasattr(source, "aclose"):
                await source.aclose()
        if self._closers:
            await bridge.to_thread(self.close)
        else:
            self.close()


def _next_batch(source: Iterator[bytes]) -> list[bytes]:
    batch: list[bytes] = []
    size = 0
    end = monotonic() + BATCH_SECONDS
    for part in source:
        batch.append(part)
        size += len(part)
        if size >= BATCH_BYTES or monotonic() >= end:
            break
    return batch

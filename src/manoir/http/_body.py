"""The body of a request: one stream with its limits inside, kept in memory or, when large, on disk.

Every reader (forms, JSON, raw bytes) takes the body from here, so none can forget a limit, whatever Content-Length
said or did not say.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import IO, Protocol

from manoir.bridge import to_thread
from manoir.conf import settings
from manoir.exceptions import BadRequest, RequestDataTooBig

WRITE_BYTES = 512 * 1024
"""Bytes collected before one trip to a thread writes them."""


class Sink(Protocol):
    """What a large body may be parsed into while it arrives, instead of being stored."""

    def feed(self, chunk: bytes) -> int:
        """Take the next bytes; return how many wait to be written to disk."""
        ...

    def flush(self) -> None:
        """Write to disk what waits; called in a thread."""
        ...


class RequestBody:
    """The body of one request.

    Args:
        chunks: the whole body as bytes, or an async iterable of its parts as they arrive.
        content_length: what the Content-Length header says, in bytes; None without one. It is only used to refuse
            early, and what broke off: the bytes that arrive are what is counted.
        whole: gives all bytes at once; only where the server surely reads no more than `content_length` of them.

    Example:
        >>> RequestBody(b"a=1").memory
        b'a=1'
    """

    __slots__ = ("_chunks", "_whole", "content_length", "max_size", "memory", "received", "spool", "streamed")

    def __init__(
        self,
        chunks: bytes | AsyncIterable[bytes] = b"",
        content_length: int | None = None,
        whole: Callable[[], Awaitable[bytes]] | None = None,
    ) -> None:
        self._chunks: AsyncIterable[bytes] | None = None
        self._whole = whole
        self.memory: bytes | None = None
        """The body, once it is loaded and small."""
        self.spool: IO[bytes] | None = None
        """The body, once it is loaded and large."""
        self.streamed = False
        """Whether the bytes went to a sink or to the application, so that they are not here any more."""
        self.content_length = content_length
        self.max_size: int | None = None
        """Largest size in bytes, for this view; None: DATA_UPLOAD_MAX_BODY_SIZE."""
        self.received = 0
        if isinstance(chunks, bytes):
            self.memory = chunks
            self.received = len(chunks)
        else:
            # Iterated once, and only when asked for: RSGI takes the body over in __aiter__.
            self._chunks = chunks

    @property
    def loaded(self) -> bool:
        """Whether nothing has to be waited for any more."""
        return self._chunks is None

    async def arrive(self, limit: int | None) -> AsyncIterator[bytes]:
        """Yield the parts as they arrive, and refuse the one that passes `limit` bytes in all.

        Raises:
            RequestDataTooBig: the body is larger than `limit`.
            BadRequest: it ended before the length that was announced; half a form is not acted upon.
        """
        if limit is not None and (self.content_length or 0) > limit:
            raise too_big(limit)
        if self._chunks is None:
            return
        self.streamed = True
        async for chunk in self._chunks:
            self.received += len(chunk)
            if limit is not None and self.received > limit:
                raise too_big(limit)
            if chunk:
                yield chunk
        self._chunks = None
        self.refuse_broken()

    async def aload(self, sink: Sink | None = None, limit: int | None = None) -> None:
        """Read everything: into memory up to FILE_UPLOAD_MAX_MEMORY_SIZE, above it into `sink` or a temporary file.

        Args:
            sink: takes a body that is too large for memory while it arrives.
            limit: largest size in bytes; that of all bodies, `largest()`, unless told.

        Raises:
            RequestDataTooBig: the body is larger than `limit`.
            BadRequest: it ended before the length that was announced.
        """
        if self._chunks is None:
            return
        room, limit = settings.FILE_UPLOAD_MAX_MEMORY_SIZE, self.largest() if limit is None else limit
        if self._whole is not None and (self.content_length or 0) <= min(room, room if limit is None else limit):
            await self._aload_whole(self._whole)
            return
        parts: list[bytes] = []
        target: Sink | None = None
        async for chunk in self.arrive(limit):
            if target is None and self.received <= room:
                parts.append(chunk)
                continue
            if target is None:
                target = sink or _Spool(self)
                for part in parts:
                    target.feed(part)
                parts = []
            if target.feed(chunk) >= WRITE_BYTES:
                await to_thread(target.flush)
        if target is None:
            self.memory = b"".join(parts)
            self.streamed = False
            return
        await to_thread(target.flush)
        self.streamed = target is sink

    async def _aload_whole(self, whole: Callable[[], Awaitable[bytes]]) -> None:
        """Read a body that has room in memory by its announced length."""
        # hot path: benchmarks/rest.py
        self.streamed = True
        try:
            content = await whole()
        except RuntimeError:  # Granian's word for a client that went away
            content = b""
        self.received = len(content)
        self.refuse_broken()
        self.memory, self._chunks, self.streamed = content, None, False

    def refuse_broken(self) -> None:
        """Refuse a body of which less came than was announced.

        Raises:
            BadRequest: it ended early.
        """
        if self.received < (self.content_length or 0):
            raise BadRequest(
                f"Of {self.content_length:,} announced bytes only {self.received:,} came: the client broke off."
            )

    def largest(self) -> int | None:
        """Return the largest size of this body, uploads included: the view's, else DATA_UPLOAD_MAX_BODY_SIZE."""
        return settings.DATA_UPLOAD_MAX_BODY_SIZE if self.max_size is None else self.max_size

    def open(self) -> IO[bytes]:
        """Return a new file object on a loaded body, at its start."""
        if self.spool is not None:
            self.spool.seek(0)
            return self.spool
        return BytesIO(self.memory or b"")

    def close(self) -> None:
        """Remove the temporary file."""
        if self.spool is not None:
            self.spool.close()


class _Spool:
    """Collects a large body in a temporary file."""

    def __init__(self, body: RequestBody) -> None:
        self._body = body
        self._waiting: list[bytes] = []
        self._bytes = 0

    def feed(self, chunk: bytes) -> int:
        self._waiting.append(chunk)
        self._bytes += len(chunk)
        return self._bytes

    def flush(self) -> None:
        if self._body.spool is None:
            # Closed by RequestBody.close(), at the end of the request.
            self._body.spool = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115
        self._body.spool.write(b"".join(self._waiting))
        self._waiting, self._bytes = [], 0


def too_big(limit: int) -> RequestDataTooBig:
    """Return the error for a body of more than `limit` bytes."""
    return RequestDataTooBig(
        f"The body of this request is larger than {limit:,} bytes. See DATA_UPLOAD_MAX_MEMORY_SIZE (forms and raw "
        "bodies) and DATA_UPLOAD_MAX_BODY_SIZE (uploads included)."
    )

"""GZipMiddleware: smaller answers, with a defence against guessing secrets by their size."""

from __future__ import annotations

import gzip
import secrets
import zlib
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from manoir import bridge
from manoir.http import HttpResponse, HttpResponseBase, StreamingHttpResponse, patch_vary_headers
from manoir.middleware._base import MiddlewareMixin

if TYPE_CHECKING:
    from manoir.http import HttpRequest

IN_THREAD_BYTES = 64 * 1024
"""Content above this is compressed in a thread, so that other requests do not wait for it."""


class GZipMiddleware(MiddlewareMixin):
    """Compresses answers for clients that accept gzip.

    Left alone: content under 200 bytes, content that is encoded already, and content that gzip makes larger. A random
    number of bytes is added to each answer, so that its size says little about secrets in it (BREACH, "Heal the
    Breach").

    Attributes:
        max_random_bytes: most bytes that are added; 0 for none.
        min_length: content below so many bytes is sent as it is.
    """

    max_random_bytes = 100
    min_length = 200

    async def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress the content where that is wanted and worth it."""
        if isinstance(response, HttpResponse) and len(response.content) < self.min_length:
            return response
        raw = response.headers.raw
        if "content-encoding" in raw or response.status_code in (204, 206, 304):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if not accepts_gzip(request.headers.raw.get("accept-encoding", "")):
            return response
        if isinstance(response, HttpResponse):
            if not await self._compress(response):
                return response
        elif isinstance(response, StreamingHttpResponse):
            content = response.streaming_content
            packed = compress_async if response.is_async else compress_sync
            response.streaming_content = packed(content, self._padding)
            del response["Content-Length"]
        else:
            return response
        etag = raw.get("etag")
        if etag and etag.startswith('"'):
            # The bytes are no longer the ones the strong tag named.
            raw["etag"] = f"W/{etag}"
        raw["content-encoding"] = "gzip"
        return response

    async def _compress(self, response: HttpResponse) -> bool:
        content = response.content
        if len(content) > IN_THREAD_BYTES and self.async_mode:
            packed = await bridge.to_thread(compress, content, self._padding())
        else:
            packed = compress(content, self._padding())
        if len(packed) >= len(content):
            return False
        response.content = packed
        response.headers.raw["content-length"] = str(len(packed))
        return True

    def _padding(self) -> bytes:
        """Return a file name of random length for gzip's header, which readers ignore."""
        return b"a" * secrets.randbelow(self.max_random_bytes + 1) if self.max_random_bytes else b""


def accepts_gzip(header: str) -> bool:
    """Return whether an Accept-Encoding header allows gzip.

    Example:
        >>> accepts_gzip("br, gzip;q=0.5"), accepts_gzip("gzip;q=0"), accepts_gzip("identity")
        (True, False, False)
    """
    for part in header[:1_000].lower().split(","):
        coding, _, parameter = part.partition(";")
        if coding.strip() == "gzip":
            return parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def compress(content: bytes, padding: bytes) -> bytes:
    """Return `content` as gzip, with `padding` as file name in the header."""
    buffer = BytesIO()
    with gzip.GzipFile(filename=padding.decode(), mode="wb", compresslevel=6, fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


class _Packer:
    """Compresses piece by piece; every piece leaves at once, so that a stream stays one."""

    def __init__(self, padding: bytes) -> None:
        self._buffer = BytesIO()
        self._file: Any = gzip.GzipFile(
            filename=padding.decode(), mode="wb", compresslevel=6, fileobj=self._buffer, mtime=0
        )

    def add(self, part: bytes) -> bytes:
        self._file.write(part)
        self._file.flush(zlib.Z_SYNC_FLUSH)
        return self._taken()

    def finish(self) -> bytes:
        self._file.close()
        return self._taken()

    def _taken(self) -> bytes:
        data = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return data


def compress_sync(content: Iterator[bytes], padding: Any) -> Iterator[bytes]:
    """Yield the pieces of a sync stream, compressed."""
    packer = _Packer(padding())
    for part in content:
        yield packer.add(part)
    yield packer.finish()


async def compress_async(content: AsyncIterator[bytes], padding: Any) -> AsyncIterator[bytes]:
    """Yield the pieces of an async stream, compressed."""
    packer = _Packer(padding())
    async for part in content:
        yield packer.add(part)
    yield packer.finish()

"""Files as answers: type, length and name from the file, one range, conditions."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import AsyncIterable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from manoir.http._conditional import get_conditional_response, http_date, parse_http_date
from manoir.http._disposition import content_disposition_header
from manoir.http._response import HttpResponse, HttpResponseBase
from manoir.http._streaming import StreamingHttpResponse

# A compressed file is an archive of its own, never content that the browser should unpack on the way.
_COMPRESSED = {
    "br": "application/x-brotli",
    "bzip2": "application/x-bzip",
    "compress": "application/x-compress",
    "gzip": "application/gzip",
    "xz": "application/x-xz",
}


class FileResponse(StreamingHttpResponse):
    """A file as answer: streamed in blocks, read in a thread.

    Content-Type, Content-Length and Content-Disposition come from the file unless they are given. A request for one
    range is answered with it; conditions are checked against the file's ETag and Last-Modified.

    Args:
        *args: the open binary file, then as for StreamingHttpResponse.
        as_attachment: ask the browser to save it.
        filename: name to show and to guess the type from; the file's own unless told.
        **kwargs: as for StreamingHttpResponse.

    Example:
        >>> FileResponse(io.BytesIO(b"%PDF"), as_attachment=True, filename="a.pdf")["Content-Disposition"]
        'attachment; filename="a.pdf"'
    """

    block_size = 64 * 1024

    def __init__(self, *args: Any, as_attachment: bool = False, filename: str = "", **kwargs: Any) -> None:
        self.as_attachment = as_attachment
        self.filename = filename
        self.file_to_stream: IO[bytes] | None = None
        self._explicit_type = "content_type" in kwargs or len(args) > 1
        super().__init__(*args, **kwargs)

    @property
    def streaming_content(self) -> Any:
        """Iterator of the blocks."""
        return StreamingHttpResponse.streaming_content.__get__(self)

    @streaming_content.setter
    def streaming_content(self, value: Iterable[object] | AsyncIterable[object]) -> None:
        if not hasattr(value, "read"):
            self.file_to_stream = None
            StreamingHttpResponse.streaming_content.__set__(self, value)
            return
        file: Any = value
        self.file_to_stream = file
        if hasattr(file, "close"):
            self.add_closer(file.close)
        StreamingHttpResponse.streaming_content.__set__(self, self._blocks(file, None))
        self.set_headers(file)

    def _blocks(self, file: IO[bytes], length: int | None) -> Iterator[bytes]:
        left = length
        while left is None or left > 0:
            block = file.read(self.block_size if left is None else min(left, self.block_size))
            if not block:
                return
            if left is not None:
                left -= len(block)
            yield block

    def set_headers(self, filelike: IO[bytes]) -> None:
        """Set type, length, name, date and entity tag of `filelike`, where they are not set."""
        raw = self.headers.raw
        own_name = getattr(filelike, "name", "")
        own_name = own_name if isinstance(own_name, str) else ""
        size, stat = _size_of(filelike)
        if size is not None:
            raw["content-length"] = str(size)
        if stat is not None:
            raw.setdefault("last-modified", http_date(stat.st_mtime))
            raw.setdefault("etag", f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"')
        if not self._explicit_type and raw.get("content-type", "").startswith("text/html"):
            guessed, encoding = mimetypes.guess_type(self.filename or own_name)
            self["Content-Type"] = _COMPRESSED.get(encoding or "", guessed or "application/octet-stream")
            if raw["content-type"].startswith("text/"):
                self["Content-Type"] = f"{raw['content-type']}; charset={self.charset}"
        if "content-disposition" not in raw:
            disposition = content_disposition_header(self.as_attachment, self.filename or Path(own_name).name)
            if disposition:
                self["Content-Disposition"] = disposition

    # -- ranges and conditions ----------------------------------------------------------------------------------------

    def conclude(self, request: Any) -> HttpResponseBase:
        """Return 304, 412 or 416 where the request asks for it, or this response, cut to the range it asks for."""
        if self.status_code != 200 or request.method not in ("GET", "HEAD"):
            return self
        raw = self.headers.raw
        changed = raw.get("last-modified")
        moment = parse_http_date(changed) if changed else None
        answer = get_conditional_response(request, raw.get("etag"), moment, self)
        if answer is None or answer is self:
            return self._cut(request)
        self.close()
        return answer

    def _cut(self, request: Any) -> HttpResponseBase:
        raw, file = self.headers.raw, self.file_to_stream
        if file is None or "content-length" not in raw or "content-encoding" in raw or not _is_seekable(file):
            return self
        raw["accept-ranges"] = "bytes"
        header = request.headers.raw.get("range")
        if header is None or not self._range_still_valid(request.headers.raw.get("if-range")):
            return self
        size = int(raw["content-length"])
        wanted = parse_range(header, size)
        if wanted is None:
            return self
        first, last = wanted
        if first >= size:
            self.close()
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        file.seek(first, os.SEEK_CUR)
        self._iterator = self._blocks(file, last - first + 1)
        raw["content-range"] = f"bytes {first}-{last}/{size}"
        raw["content-length"] = str(last - first + 1)
        self.status_code = 206
        return self

    def _range_still_valid(self, if_range: str | None) -> bool:
        if if_range is None:
            return True
        raw = self.headers.raw
        return if_range in (raw.get("etag"), raw.get("last-modified")) and not if_range.startswith("W/")


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of a Range header with exactly one range; None means: send everything.

    Several ranges are ignored (RFC 9110 allows it): answering thousands of them is an attack, not a use.

    Example:
        >>> parse_range("bytes=0-99", 1000), parse_range("bytes=-10", 1000), parse_range("bytes=0-1,5-6", 1000)
        ((0, 99), (990, 999), None)
    """
    unit, equals, value = header.partition("=")
    if unit.strip().lower() != "bytes" or not equals or len(value) > 64 or "," in value:
        return None
    first, dash, last = (part.strip() for part in value.partition("-"))
    if not dash or not all(part == "" or (part.isascii() and part.isdecimal()) for part in (first, last)):
        return None
    if first == "":
        if last == "":
            return None
        # The last `last` bytes; of nothing, or zero of them, there is no range that could be satisfied.
        return (max(0, size - int(last)), size - 1) if size and int(last) else (size, size)
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last), size - 1) if last else size - 1


def _size_of(file: IO[bytes]) -> tuple[int | None, os.stat_result | None]:
    """Return the bytes from the current position on; and the stat of a real file read from its start."""
    try:
        position = file.tell()
    except (AttributeError, OSError):
        position = None
    try:
        stat = os.fstat(file.fileno())
    except (AttributeError, OSError):
        stat = None
    if stat is not None and position is not None:
        return max(0, stat.st_size - position), stat if position == 0 else None
    if position is not None and _is_seekable(file):
        end = file.seek(0, os.SEEK_END)
        file.seek(position)
        return end - position, None
    return None, None


def _is_seekable(file: Any) -> bool:
    return hasattr(file, "seek") and (not hasattr(file, "seekable") or file.seekable())

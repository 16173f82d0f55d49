"""Forms with files: one streaming parser (the `multipart` library's) with limits on parts, fields, files and bytes.

Files go through the upload handlers (`_upload_handlers`, `_receiving`), fields are kept here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import multipart

from manoir.conf import settings
from manoir.exceptions import MultiPartParserError, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from manoir.http._files import UploadedFile, safe_file_name
from manoir.http._media import parse_header_parameters
from manoir.http._querydict import MultiValueDict, QueryDict
from manoir.http._receiving import NewFile, Receiver, Step
from manoir.http._upload_handlers import FileUploadHandler

MAX_BOUNDARY = 200
MAX_PART_HEADERS = 8
MAX_FIELD_NAME = 1_024
_PLAIN_ENCODINGS = ("", "7bit", "8bit", "binary")


class FormParser:
    """Turns the bytes of a multipart/form-data body into fields and files.

    Parsing never blocks. What upload handlers have to do is noted, and done by `flush()`.

    Args:
        boundary: boundary parameter of the content type.
        encoding: charset of the fields.
        handlers: what happens to files.
        meta: the request's META, for handlers.
        content_length: length of the body in bytes; None while it is not known.
        raw: a file with the whole body; None while it is still to come.

    Raises:
        MultiPartParserError: the body, or the boundary, is malformed.
    """

    def __init__(
        self,
        boundary: str,
        encoding: str,
        handlers: Sequence[FileUploadHandler],
        *,
        meta: Mapping[str, Any] | None = None,
        content_length: int | None = None,
        raw: Any = None,
    ) -> None:
        if not boundary or len(boundary) > MAX_BOUNDARY or not boundary.isascii():
            raise MultiPartParserError(f"The boundary of a multipart form is 1 to {MAX_BOUNDARY} ASCII characters.")
        self.fields = QueryDict(mutable=True, encoding=encoding)
        self._begin = (raw, meta or {}, content_length, boundary, encoding)
        self._encoding = encoding
        self._parser = multipart.PushMultipartParser(
            boundary, max_header_count=MAX_PART_HEADERS, max_segment_count=_max_parts()
        )
        self._room: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        self._field_count = self._file_count = 0
        self._part: _Field | None = None
        self._in_file = False
        self._steps: list[Step] = []
        self._waiting = 0
        self._receiver = Receiver(handlers)
        self._begun = False
        self._taken_over: tuple[Any, Any] | None = None

    def feed(self, chunk: bytes) -> int:
        """Take the next bytes; return how many bytes of files wait for `flush()`."""
        # hot path: benchmarks/http_objects.py
        if self._taken_over is not None:
            return 0
        steps = self._steps
        try:
            for event in self._parser.parse(chunk):
                if event is None:
                    self._end_part()
                elif isinstance(event, multipart.MultipartSegment):
                    self._begin_part(event)
                elif self._in_file:
                    steps.append(bytes(event))
                    self._waiting += len(event)
                elif self._part is not None:
                    self._part.add(bytes(event))
        except multipart.MultipartError as error:
            raise MultiPartParserError(f"The multipart form cannot be read: {error}") from error
        return self._waiting

    def flush(self) -> None:
        """Let the upload handlers do what was noted; may block, so it is called in a thread.

        Raises:
            BadRequest: a handler wants the connection to end.
        """
        if not self._begun:
            self._begun = True
            self._taken_over = self._receiver.begin(*self._begin)
        steps, self._steps, self._waiting = self._steps, [], 0
        if self._taken_over is None:
            self._receiver.take(steps)

    def finish(self) -> tuple[QueryDict, MultiValueDict[UploadedFile]]:
        """Return fields and files, read-only.

        Raises:
            MultiPartParserError: the body ended before its last boundary.
        """
        self.flush()
        if self._taken_over is not None:
            return self._taken_over
        try:
            self._parser.close()
        except multipart.MultipartError as error:
            self.close()
            raise MultiPartParserError(f"The multipart form cannot be read: {error}") from error
        self._receiver.complete()
        self.fields._mutable = False
        return self.fields, self._receiver.files

    def close(self) -> None:
        """Remove the files that were read, after an error."""
        self._steps = []
        self._receiver.interrupt()

    def _begin_part(self, segment: Any) -> None:
        encoding = segment.header("Content-Transfer-Encoding", "").strip().lower()
        if encoding not in _PLAIN_ENCODINGS:
            raise MultiPartParserError(f"Parts of a form cannot be encoded as {encoding[:40]!r} (RFC 7578, 4.7).")
        name: str = segment.name or ""
        if not name or len(name) > MAX_FIELD_NAME:
            raise MultiPartParserError(f"The name of a field is 1 to {MAX_FIELD_NAME} characters long.")
        if segment.filename is None:
            self._field_count += 1
            limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
            if limit is not None and self._field_count > limit:
                raise TooManyFieldsSent(f"More than {limit} fields (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS).")
            self._spend(len(name))
            self._part = _Field(name, self)
            return
        self._file_count += 1
        limit = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        if limit is not None and self._file_count > limit:
            raise TooManyFilesSent(f"More than {limit} files (settings.DATA_UPLOAD_MAX_NUMBER_FILES).")
        file_name = safe_file_name(segment.filename)
        # A file field that was left empty comes as a part without a file name.
        self._in_file = bool(file_name)
        if file_name:
            self._steps.append(NewFile(name, file_name, *_described(segment)))

    def _end_part(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            self.fields.appendlist(part.name, part.text(self._encoding))
        elif self._in_file:
            self._in_file = False
            self._steps.append(None)

    def _spend(self, size: int) -> None:
        if self._room is not None:
            self._room -= size
            if self._room < 0:
                raise RequestDataTooBig(
                    f"The fields of this form (without files) are larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} "
                    "bytes (settings.DATA_UPLOAD_MAX_MEMORY_SIZE)."
                )


def _described(segment: Any) -> tuple[str | None, int | None, str | None, dict[str, str]]:
    """Media type, length, charset and parameters that the client claims for a file."""
    claimed = segment.header("Content-Length", "")
    length = int(claimed) if claimed.isascii() and claimed.isdecimal() and len(claimed) < 16 else None
    header = segment.header("Content-Type", "")
    extra = parse_header_parameters(header)[1] if ";" in header else {}
    return segment.content_type, length, segment.charset, extra


def _max_parts() -> int | float:
    fields, files = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, settings.DATA_UPLOAD_MAX_NUMBER_FILES
    # One more of each, so that our own error, which names the setting, comes first.
    return float("inf") if fields is None or files is None else fields + files + 2


class _Field:
    """A text field in the making."""

    __slots__ = ("_chunks", "_parser", "name")

    def __init__(self, name: str, parser: FormParser) -> None:
        self.name = name
        self._parser = parser
        self._chunks: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        self._parser._spend(len(chunk))
        self._chunks.append(chunk)

    def text(self, encoding: str) -> str:
        return b"".join(self._chunks).decode(encoding, "replace")

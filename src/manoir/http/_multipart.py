"""Forms with files: one streaming parser (the `multipart` library's) with limits on parts, fields, files and bytes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import multipart

from manoir.conf import settings
from manoir.exceptions import MultiPartParserError, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from manoir.http._files import InMemoryUploadedFile, TemporaryUploadedFile, UploadedFile, safe_file_name
from manoir.http._querydict import MultiValueDict, QueryDict

MAX_BOUNDARY = 200
MAX_PART_HEADERS = 8
MAX_FIELD_NAME = 1_024
_PLAIN_ENCODINGS = ("", "7bit", "8bit", "binary")


class FormParser:
    """Turns the bytes of a multipart/form-data body into fields and files.

    Args:
        boundary: boundary parameter of the content type.
        encoding: charset of the fields.
        to_disk: write files to temporary files, instead of keeping them in memory.

    Raises:
        MultiPartParserError: the body, or the boundary, is malformed.
    """

    def __init__(self, boundary: str, encoding: str, *, to_disk: bool = False) -> None:
        if not boundary or len(boundary) > MAX_BOUNDARY or not boundary.isascii():
            raise MultiPartParserError(f"The boundary of a multipart form is 1 to {MAX_BOUNDARY} ASCII characters.")
        self.fields = QueryDict(mutable=True, encoding=encoding)
        self.files: MultiValueDict[UploadedFile] = MultiValueDict()
        self._encoding = encoding
        self._to_disk = to_disk
        self._parser = multipart.PushMultipartParser(
            boundary, max_header_count=MAX_PART_HEADERS, max_segment_count=_max_parts()
        )
        self._room: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        self._field_count = self._file_count = 0
        self._part: _Field | _File | None = None
        self._waiting: list[_File] = []

    def feed(self, chunk: bytes) -> int:
        """Take the next bytes; return how many bytes of files wait for `flush()`."""
        # hot path: benchmarks/http_objects.py
        try:
            for event in self._parser.parse(chunk):
                if event is None:
                    self._end_part()
                elif isinstance(event, multipart.MultipartSegment):
                    self._part = self._begin_part(event)
                elif self._part is not None:
                    self._part.add(bytes(event))
        except multipart.MultipartError as error:
            raise MultiPartParserError(f"The multipart form cannot be read: {error}") from error
        waiting = sum(part.waiting for part in self._waiting) if self._waiting else 0
        return waiting + (self._part.waiting if self._part is not None else 0)

    def flush(self) -> None:
        """Write waiting bytes of files to disk; may block, so it is called in a thread."""
        for part in self._waiting:
            part.flush()
            self._keep(part)
        self._waiting = []
        if isinstance(self._part, _File):
            self._part.flush()

    def finish(self) -> tuple[QueryDict, MultiValueDict[UploadedFile]]:
        """Return fields and files, read-only.

        Raises:
            MultiPartParserError: the body ended before its last boundary.
        """
        self.flush()
        try:
            self._parser.close()
        except multipart.MultipartError as error:
            self.close()
            raise MultiPartParserError(f"The multipart form cannot be read: {error}") from error
        self.fields._mutable = False
        return self.fields, self.files

    def close(self) -> None:
        """Remove the files that were read, after an error."""
        for part in (*self._waiting, self._part):
            if isinstance(part, _File):
                part.discard()
        for _, uploads in self.files.lists():
            for upload in uploads:
                upload.close()

    def _begin_part(self, segment: Any) -> _Field | _File | None:
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
            return _Field(name, self)
        self._file_count += 1
        limit = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        if limit is not None and self._file_count > limit:
            raise TooManyFilesSent(f"More than {limit} files (settings.DATA_UPLOAD_MAX_NUMBER_FILES).")
        # A file field that was left empty comes as a part without a file name.
        return _File(name, segment, self._to_disk) if safe_file_name(segment.filename) else None

    def _end_part(self) -> None:
        part, self._part = self._part, None
        if isinstance(part, _Field):
            self.fields.appendlist(part.name, part.text(self._encoding))
        elif part is not None and part.to_disk:
            self._waiting.append(part)
        elif part is not None:
            self._keep(part)

    def _keep(self, part: _File) -> None:
        dict[str, Any].setdefault(self.files, part.name, []).append(part.upload())

    def _spend(self, size: int) -> None:
        if self._room is not None:
            self._room -= size
            if self._room < 0:
                raise RequestDataTooBig(
                    f"The fields of this form (without files) are larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} "
                    "bytes (settings.DATA_UPLOAD_MAX_MEMORY_SIZE)."
                )


def _max_parts() -> int | float:
    fields, files = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, settings.DATA_UPLOAD_MAX_NUMBER_FILES
    # One more of each, so that our own error, which names the setting, comes first.
    return float("inf") if fields is None or files is None else fields + files + 2


class _Field:
    """A text field in the making."""

    __slots__ = ("_chunks", "_parser", "name")
    waiting = 0

    def __init__(self, name: str, parser: FormParser) -> None:
        self.name = name
        self._parser = parser
        self._chunks: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        self._parser._spend(len(chunk))
        self._chunks.append(chunk)

    def text(self, encoding: str) -> str:
        return b"".join(self._chunks).decode(encoding, "replace")


class _File:
    """An uploaded file in the making."""

    __slots__ = ("_chunks", "_file", "_segment", "_size", "name", "to_disk", "waiting")

    def __init__(self, name: str, segment: Any, to_disk: bool) -> None:
        self.name = name
        self.to_disk = to_disk
        self.waiting = 0
        self._segment = segment
        self._chunks: list[bytes] = []
        self._size = 0
        self._file: TemporaryUploadedFile | None = None

    def add(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self.to_disk:
            self.waiting += len(chunk)

    def flush(self) -> None:
        if self._file is None:
            segment = self._segment
            self._file = TemporaryUploadedFile(segment.filename, segment.content_type, None, segment.charset)
        self._file.file.write(b"".join(self._chunks))
        self._chunks, self.waiting = [], 0

    def upload(self) -> UploadedFile:
        segment = self._segment
        if self._file is not None:
            self._file.size = self._size
            self._file.seek(0)
            return self._file
        content = BytesIO(b"".join(self._chunks))
        kind, charset = segment.content_type, segment.charset
        return InMemoryUploadedFile(content, self.name, segment.filename, kind, self._size, charset)

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()

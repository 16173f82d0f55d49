"""Parsers: from the bytes of a body to data, each for one media type.

What arrives is capped before anything is read: the size by the body stream, the charset by a closed list (H20), the depth
of JSON at 100 (H52), the digits of its numbers (H53). JSON that says a key twice is refused (H48).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from manoir.conf import settings
from manoir.exceptions import (
    BadRequest,
    MultiPartParserError,
    ParseError,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
    UnsupportedMediaType,
)
from manoir.http import (
    HttpRequest,
    MultiValueDict,
    QueryDict,
    RequestBody,
    RequestHead,
    UploadedFile,
    parse_header_parameters,
)
from manoir.rest import renderers
from manoir.rest.settings import api_settings

__all__ = ["BaseParser", "DataAndFiles", "FileUploadParser", "FormParser", "JSONParser", "MultiPartParser"]

MAX_DEPTH = 100
MAX_DIGITS = 400
CHARSETS = frozenset({"utf-8", "utf8"})

# A string without its end counts up to the end of the text, in one pass: looking for it anew behind each of its escaped
# quotes would take hours for a body within its limit.
_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_STRINGS = re.compile(_STRING, re.DOTALL)
_BRACKETS = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class DataAndFiles:
    """What a parser of forms returns: fields, and files."""

    def __init__(self, data: Any, files: Any) -> None:
        self.data = data
        self.files = files


class BaseParser:
    """Reads bodies of one media type.

    Attributes:
        media_type: what it reads; `*/*` is everything.
    """

    media_type: str | None = None

    def parse(self, stream: Any, media_type: str | None = None, parser_context: dict[str, Any] | None = None) -> Any:
        """Return the data of a body.

        Args:
            stream: the body as a file.
            media_type: the Content-Type header, with parameters.
            parser_context: `view`, `request`, `args`, `kwargs`, `encoding`.

        Raises:
            ParseError: it is malformed.
        """
        raise NotImplementedError(f"{type(self).__name__} needs parse(stream, media_type, parser_context).")


def check_charset(media_type: str | None) -> None:
    """Refuse any charset but UTF-8: Python knows codecs that a client must not be able to choose (H20)."""
    if media_type and "charset" in media_type.lower():
        charset = parse_header_parameters(media_type)[1].get("charset", "utf-8")
        if charset.lower() not in CHARSETS:
            raise UnsupportedMediaType(
                media_type[:80], detail=f"The charset {charset[:40]!r} cannot be read here; send UTF-8."
            )


def read_all(stream: Any) -> bytes:
    """Return the whole body, within DATA_UPLOAD_MAX_MEMORY_SIZE (H21)."""
    request = getattr(stream, "_request", stream)
    if isinstance(request, HttpRequest):
        return request.body
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    content = stream.read() if limit is None else stream.read(limit + 1)
    if limit is not None and len(content) > limit:
        raise RequestDataTooBig(f"The body is larger than {limit:,} bytes (settings.DATA_UPLOAD_MAX_MEMORY_SIZE).")
    return content.encode() if isinstance(content, str) else content


class JSONParser(BaseParser):
    """Reads `application/json`.

    Attributes:
        strict: refuse Infinity and NaN, which are no JSON.
    """

    media_type = "application/json"
    renderer_class = renderers.JSONRenderer

    @property
    def strict(self) -> bool:
        """Whether Infinity and NaN are refused: REST_FRAMEWORK["STRICT_JSON"]."""
        return api_settings.STRICT_JSON

    def parse(self, stream: Any, media_type: str | None = None, parser_context: dict[str, Any] | None = None) -> Any:
        """Return what the JSON says.

        Raises:
            ParseError: it is malformed, too deep, says a key twice, or holds a number of more than 400 digits.
            UnsupportedMediaType: its charset is not UTF-8.
            RequestDataTooBig: it is larger than settings.DATA_UPLOAD_MAX_MEMORY_SIZE.
        """
        check_charset(media_type)
        return parse_json(read_all(stream), strict=self.strict)


def parse_json(content: bytes, *, strict: bool = True) -> Any:
    """Return what JSON text says, within the caps of this module.

    Example:
        >>> parse_json(b'{"a": [1, 2.5]}')
        {'a': [1, 2.5]}
    """
    # hot path: benchmarks/rest.py
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ParseError(f"The JSON is not UTF-8: {error.reason} at byte {error.start}.") from error
    check_depth(text)
    if _SURROGATE.search(text):
        check_surrogates(text)
    try:
        return (STRICT if strict else LENIENT).decode(text)
    except json.JSONDecodeError as error:
        raise ParseError(f"This is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error


def check_depth(text: str) -> None:
    """Refuse JSON that is nested more than 100 levels deep (H52); one pass, and only where it could be."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for found in _BRACKETS.finditer(text):
        mark = found[0]
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ParseError(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        elif mark in "]}":
            depth -= 1


def check_surrogates(text: str) -> None:
    """Refuse half a pair of surrogates: it is no text, and no database takes it."""
    for found in _STRINGS.finditer(text):
        if _SURROGATE.search(found[0]):
            try:
                json.loads(found[0], strict=False).encode()
            except UnicodeEncodeError as error:
                raise ParseError(
                    "The JSON holds half a surrogate pair (\\ud800 to \\udfff), which is no character."
                ) from error
            except json.JSONDecodeError:
                return


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ParseError(f"The JSON says the key {key[:40]!r} twice.")
            seen.add(key)
    return found


def whole_number(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ParseError(f"The JSON holds a number of more than {MAX_DIGITS} digits.")
    return int(text)


def finite_number(text: str) -> float:
    number = float(text) if len(text) <= MAX_DIGITS else math.inf
    if math.isinf(number):
        raise ParseError(f"The JSON holds the number {text[:20]!r}, which is too large.")
    return number


def refuse_constant(text: str) -> NoReturn:
    raise ParseError(f"{text} is no JSON.")


def decoder(*, strict: bool) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=unique_keys,
        parse_int=whole_number,
        parse_float=finite_number,
        parse_constant=refuse_constant if strict else None,
    )


STRICT, LENIENT = decoder(strict=True), decoder(strict=False)


class FormParser(BaseParser):
    """Reads `application/x-www-form-urlencoded`."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: dict[str, Any] | None = None) -> Any:
        """Return the fields as a QueryDict."""
        check_charset(media_type)
        from_request = getattr(stream, "_request", stream)
        if isinstance(from_request, HttpRequest):
            return forms_of(from_request).data
        return QueryDict(read_all(stream))


class MultiPartParser(BaseParser):
    """Reads `multipart/form-data`: fields and files."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: dict[str, Any] | None = None
    ) -> DataAndFiles:
        """Return fields and files."""
        check_charset(media_type)
        request = getattr(stream, "_request", stream)
        if not isinstance(request, HttpRequest):
            head = RequestHead(method="POST", headers=[("content-type", media_type or "")])
            request = HttpRequest(head, RequestBody(read_all(stream)))
        return forms_of(request)


def forms_of(request: HttpRequest) -> DataAndFiles:
    """Return the fields and files of a form of any verb; what is wrong with it becomes 400, what is too large stays 413."""
    try:
        return DataAndFiles(*request.form())
    except MultiPartParserError as error:
        raise ParseError(str(error)) from error
    except (TooManyFieldsSent, TooManyFilesSent, BadRequest) as error:
        raise ParseError(str(error)) from error


class FileUploadParser(BaseParser):
    """Takes the whole body as one file, `request.data["file"]`, of any media type.

    The name comes from the address (`filename`), else from the Content-Disposition header; only its last part counts.
    """

    media_type = "*/*"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: dict[str, Any] | None = None
    ) -> DataAndFiles:
        """Return the file.

        Raises:
            ParseError: nothing names the file.
        """
        request = getattr(stream, "_request", stream)
        name = self.get_filename(stream, media_type, parser_context)
        if not name:
            raise ParseError(
                "The file has no name: send it in a header, Content-Disposition: attachment; filename=upload.jpg."
            )
        body = request.body_stream
        kind = parse_header_parameters(media_type or "")[0] or None
        upload = UploadedFile(body.open(), name, kind, body.received)
        if not upload.name:
            raise ParseError(f"{name[:40]!r} is no name for a file.")
        return DataAndFiles(MultiValueDict(), MultiValueDict({"file": [upload]}))

    def get_filename(self, stream: Any, media_type: str | None, parser_context: dict[str, Any] | None) -> str:
        """Return the name of the file; "" without one."""
        name = ((parser_context or {}).get("kwargs") or {}).get("filename")
        if name:
            return str(name)
        request = getattr(stream, "_request", stream)
        _, parameters = parse_header_parameters(request.headers.raw.get("content-disposition", ""))
        return extended_name(parameters.get("filename*", "")) or parameters.get("filename", "")


def extended_name(value: str) -> str:
    """Return the name of `filename*=utf-8''caf%C3%A9.txt` (RFC 8187); "" for anything else."""
    charset, _, rest = value.partition("'")
    encoded = rest.partition("'")[2]
    if charset.lower() not in CHARSETS or not encoded:
        return ""
    from_bytes = re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), encoded)
    try:
        return from_bytes.encode("latin-1").decode()
    except UnicodeError:
        return ""

"""Requests made by tests: the factory behind the client, and the encoding of forms and files."""

from __future__ import annotations

import json
import mimetypes
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from http.cookies import SimpleCookie
from pathlib import PurePath
from typing import Any, Generic, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from manoir.http import HttpRequest, RequestBody, RequestHead, encode_json

R = TypeVar("R", covariant=True)

MULTIPART = "multipart/form-data"
"""The content type for which a mapping is encoded as a form with files."""
OCTETS = "application/octet-stream"
PART_BYTES = 64 * 1024
PATH_CHARACTERS = "/%~!$&'()*+,;=:@"
"""What stays as it is in a path; the rest of what a test writes is escaped, as a browser does."""


class Requests(ABC, Generic[R]):
    """A method for each method of HTTP; factories return requests, clients responses.

    Args:
        headers: headers of every request.
        query_params: query of every request that has none of its own.
        json_encoder: class of the standard library's kind that writes JSON bodies; None: manoir's own.
        **defaults: WSGI-style names of headers and of the connection: `HTTP_ACCEPT="text/html"`, `REMOTE_ADDR="…"`.

    Attributes:
        cookies: what is sent with every request, a `http.cookies.SimpleCookie`.
    """

    def __init__(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        json_encoder: type[json.JSONEncoder] | None = None,
        **defaults: Any,
    ) -> None:
        self.defaults: dict[str, Any] = {**wsgi_names(headers), **defaults}
        self.default_query_params = query_params
        self.json_encoder = json_encoder
        self.cookies: SimpleCookie = SimpleCookie()

    @abstractmethod
    def generic(
        self,
        method: str,
        path: str,
        data: str | bytes = b"",
        content_type: str = OCTETS,
        *,
        secure: bool = False,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        **extra: Any,
    ) -> R:
        """Make a request of any method, with a body that is encoded already."""

    def get(self, path: str, data: Any = None, **extra: Any) -> R:
        """Make a GET request.

        Args:
            path: path, with or without a query string.
            data: its query: a mapping, pairs or a QueryDict.
            **extra: `secure=True` for HTTPS, `headers=`, `query_params=` (in place of `data`), `follow=True` (clients: go
                on through redirects), and WSGI-style names.
        """
        extra.setdefault("query_params", data)
        return self.generic("GET", path, **extra)

    def head(self, path: str, data: Any = None, **extra: Any) -> R:
        """Make a HEAD request; `data` becomes its query string."""
        extra.setdefault("query_params", data)
        return self.generic("HEAD", path, **extra)

    def trace(self, path: str, **extra: Any) -> R:
        """Make a TRACE request."""
        return self.generic("TRACE", path, **extra)

    def post(self, path: str, data: Any = None, content_type: str = MULTIPART, **extra: Any) -> R:
        """Make a POST request.

        Args:
            path: path, with or without a query string.
            data: a mapping of texts, lists and open files for multipart; anything that JSON can say for
                application/json; a mapping, text or bytes otherwise.
            content_type: how `data` is encoded.
            **extra: see `get`.

        Raises:
            TypeError: a form has a value None, which it could not express.
        """
        return self._send("POST", path, data, content_type, extra)

    def put(self, path: str, data: Any = "", content_type: str = OCTETS, **extra: Any) -> R:
        """Make a PUT request; see `post`."""
        return self._send("PUT", path, data, content_type, extra)

    def patch(self, path: str, data: Any = "", content_type: str = OCTETS, **extra: Any) -> R:
        """Make a PATCH request; see `post`."""
        return self._send("PATCH", path, data, content_type, extra)

    def delete(self, path: str, data: Any = "", content_type: str = OCTETS, **extra: Any) -> R:
        """Make a DELETE request; see `post`."""
        return self._send("DELETE", path, data, content_type, extra)

    def options(self, path: str, data: Any = "", content_type: str = OCTETS, **extra: Any) -> R:
        """Make an OPTIONS request; see `post`."""
        return self._send("OPTIONS", path, data, content_type, extra)

    def _send(self, method: str, path: str, data: Any, content_type: str, extra: dict[str, Any]) -> R:
        body, content_type = encode_body(data, content_type, self.json_encoder)
        return self.generic(method, path, body, content_type, **extra)

    def build_request(
        self,
        method: str,
        path: str,
        data: str | bytes = b"",
        content_type: str = OCTETS,
        *,
        secure: bool = False,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        **extra: Any,
    ) -> HttpRequest:
        """Build a request as a server would hand it over."""
        parts = urlsplit(str(path))
        body = data.encode() if isinstance(data, str) else data
        environment = {**self.defaults, **wsgi_names(headers), **extra}
        query = encode_query(self.default_query_params if query_params is None else query_params)
        query = query or str(environment.get("QUERY_STRING") or quote(parts.query, safe=PATH_CHARACTERS + "?"))
        fields = header_fields(environment)
        if body:
            fields.setdefault("content-type", content_type)
            fields.setdefault("content-length", str(len(body)))
        if self.cookies:
            fields.setdefault("cookie", cookie_header(self.cookies))
        scheme = "https" if secure else str(environment.get("wsgi.url_scheme", "http"))
        server = str(environment.get("SERVER_NAME", "testserver"))
        port = int(environment.get("SERVER_PORT", 443 if scheme == "https" else 80))
        fields.setdefault("host", server if port in (80, 443) else f"{server}:{port}")
        head = RequestHead(
            method=method,
            scheme=scheme,
            raw_path=quote(parts.path or "/", safe=PATH_CHARACTERS),
            query_string=query,
            headers=list(fields.items()),
            client=(str(environment.get("REMOTE_ADDR", "127.0.0.1")), 0),
            server=(server, port),
            root_path=str(environment.get("SCRIPT_NAME", "")),
        )
        return HttpRequest(head, RequestBody(body, content_length=len(body)))


class RequestFactory(Requests[HttpRequest]):
    """Makes requests without a server, to be given to a view.

    Args:
        headers: headers of every request.
        query_params: query of every request that has none of its own.
        json_encoder: class of the standard library's kind that writes JSON bodies; None: manoir's own.
        **defaults: WSGI-style names of headers and of the connection: `HTTP_ACCEPT="text/html"`, `REMOTE_ADDR="…"`.

    Example:
        >>> RequestFactory().get("/books/", {"page": 2}).GET["page"]
        '2'
    """

    def generic(
        self,
        method: str,
        path: str,
        data: str | bytes = b"",
        content_type: str = OCTETS,
        *,
        secure: bool = False,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        **extra: Any,
    ) -> HttpRequest:
        """Make a request of any method, with a body that is encoded already."""
        return self.build_request(
            method, path, data, content_type, secure=secure, headers=headers, query_params=query_params, **extra
        )


class AsyncRequestFactory(RequestFactory):
    """The same for tests of coroutines: `await view(async_rf.get("/books/"))`. Making a request waits for nothing."""


def encode_body(data: Any, content_type: str, json_encoder: type[json.JSONEncoder] | None = None) -> tuple[bytes, str]:
    """Return the body and its content type."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == MULTIPART and not isinstance(data, (str, bytes)):
        return encode_multipart(data or {})
    if kind.endswith(("/json", "+json")) and isinstance(data, (dict, list, tuple)):
        return encode_json(data) if json_encoder is None else json.dumps(data, cls=json_encoder).encode(), content_type
    if isinstance(data, Mapping):
        return encode_query(data).encode(), content_type
    return data if isinstance(data, bytes) else str("" if data is None else data).encode(), content_type


def encode_query(data: Any) -> str:
    """Encode a mapping, pairs or a QueryDict as a query string; None is refused, as it has no form there."""
    if not data:
        return ""
    if isinstance(data, str):
        return data
    if hasattr(data, "urlencode"):
        return data.urlencode()
    pairs: list[tuple[Any, Any]] = list(data.items()) if isinstance(data, Mapping) else list(data)
    for name, value in pairs:
        if value is None:
            raise TypeError(f"{name!r} is None, which a query string cannot say: leave it out, or give an empty text.")
    return urlencode(
        [(name, [*value] if isinstance(value, (list, tuple)) else value) for name, value in pairs], doseq=True
    )


def encode_multipart(data: Mapping[str, Any]) -> tuple[bytes, str]:
    """Encode a mapping of texts, lists and open files as multipart/form-data."""
    boundary = f"manoir{secrets.token_hex(16)}"
    lines: list[bytes] = []
    for name, value in data.items():
        values: Iterable[Any] = value if isinstance(value, (list, tuple)) else [value]
        for item in values:
            if item is None:
                raise TypeError(f"{name!r} is None, which a form cannot say: leave it out, or give an empty text.")
            lines += part(boundary, name, item)
    return b"\r\n".join([*lines, f"--{boundary}--".encode(), b""]), f"{MULTIPART}; boundary={boundary}"


def part(boundary: str, name: str, value: Any) -> list[bytes]:
    """Encode one part: a file when the value can be read, a text otherwise."""
    start = [f"--{boundary}".encode()]
    if not callable(getattr(value, "read", None)):
        text = value if isinstance(value, bytes) else str(value).encode()
        return [*start, f'Content-Disposition: form-data; name="{escaped(name)}"'.encode(), b"", text]
    filename = PurePath(str(getattr(value, "name", "") or "file")).name
    content_type = getattr(value, "content_type", None) or mimetypes.guess_type(filename)[0] or OCTETS
    content = value.read()
    return [
        *start,
        f'Content-Disposition: form-data; name="{escaped(name)}"; filename="{escaped(filename)}"'.encode(),
        f"Content-Type: {content_type}".encode(),
        b"",
        content if isinstance(content, bytes) else str(content).encode(),
    ]


def escaped(name: str) -> str:
    """Escape a name in a part's header as browsers do."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def cookie_header(cookies: SimpleCookie) -> str:
    """Return the value of the header Cookie."""
    return "; ".join(f"{name}={morsel.coded_value}" for name, morsel in sorted(cookies.items()))


def wsgi_names(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return headers under the names that WSGI gives them."""
    names: dict[str, str] = {}
    for name, value in (headers or {}).items():
        key = name.upper().replace("-", "_")
        names[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return names


class Arriving:
    """The bytes of a body, as a server hands them over: in parts that have to be waited for."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.start = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        part = self.content[self.start : self.start + PART_BYTES]
        if not part:
            raise StopAsyncIteration
        self.start += len(part)
        return part


def let_arrive(request: HttpRequest) -> None:
    """Have a body arrive while the request is answered, so that limits, upload handlers and their order are a server's."""
    body = request.body_stream
    if body is not None and body.memory:
        request.body_stream = RequestBody(Arriving(body.memory), content_length=body.content_length)


def header_fields(environment: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers among WSGI-style names."""
    fields: dict[str, str] = {}
    for name, value in environment.items():
        if name.startswith("HTTP_"):
            fields[name[5:].replace("_", "-").lower()] = str(value)
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            fields[name.replace("_", "-").lower()] = str(value)
    return fields

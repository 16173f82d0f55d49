"""Requests made by tests: the factory behind the client, and the encoding of forms and files."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Iterable, Mapping
from http.cookies import SimpleCookie
from pathlib import PurePath
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from manoir.http import HttpRequest, RequestBody, RequestHead, encode_json

MULTIPART = "multipart/form-data"
"""The content type for which a mapping is encoded as a form with files."""


class RequestFactory:
    """Makes requests without a server, to be given to a view.

    Args:
        headers: headers of every request.
        **defaults: WSGI-style names of headers and of the connection: `HTTP_ACCEPT="text/html"`, `REMOTE_ADDR="…"`.

    Example:
        >>> RequestFactory().get("/books/", {"page": 2}).GET["page"]
        '2'
    """

    def __init__(self, *, headers: Mapping[str, str] | None = None, **defaults: Any) -> None:
        self.defaults = {**wsgi_names(headers), **defaults}
        self.cookies: SimpleCookie = SimpleCookie()

    def get(self, path: str, data: Any = None, secure: bool = False, **extra: Any) -> Any:
        """Make a GET request; `data` becomes its query string."""
        return self.generic("GET", path, secure=secure, query=data, **extra)

    def head(self, path: str, data: Any = None, secure: bool = False, **extra: Any) -> Any:
        """Make a HEAD request; `data` becomes its query string."""
        return self.generic("HEAD", path, secure=secure, query=data, **extra)

    def post(
        self, path: str, data: Any = None, content_type: str = MULTIPART, secure: bool = False, **extra: Any
    ) -> Any:
        """Make a POST request.

        Args:
            path: path, with or without a query string.
            data: a mapping (files and lists allowed) for multipart; anything JSON can say for application/json; text or
                bytes otherwise.
            content_type: how `data` is encoded.
            secure: whether it comes by HTTPS.
            **extra: `headers=`, `query_params=`, and WSGI-style names.
        """
        return self._with_body("POST", path, data, content_type, secure, extra)

    def put(
        self,
        path: str,
        data: Any = "",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        **extra: Any,
    ) -> Any:
        """Make a PUT request."""
        return self._with_body("PUT", path, data, content_type, secure, extra)

    def patch(
        self,
        path: str,
        data: Any = "",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        **extra: Any,
    ) -> Any:
        """Make a PATCH request."""
        return self._with_body("PATCH", path, data, content_type, secure, extra)

    def delete(
        self,
        path: str,
        data: Any = "",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        **extra: Any,
    ) -> Any:
        """Make a DELETE request."""
        return self._with_body("DELETE", path, data, content_type, secure, extra)

    def options(
        self,
        path: str,
        data: Any = "",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        **extra: Any,
    ) -> Any:
        """Make an OPTIONS request."""
        return self._with_body("OPTIONS", path, data, content_type, secure, extra)

    def trace(self, path: str, secure: bool = False, **extra: Any) -> Any:
        """Make a TRACE request."""
        return self.generic("TRACE", path, secure=secure, **extra)

    def _with_body(
        self, method: str, path: str, data: Any, content_type: str, secure: bool, extra: dict[str, Any]
    ) -> Any:
        body, content_type = encode_body(data, content_type)
        return self.generic(method, path, body, content_type, secure=secure, **extra)

    def generic(
        self,
        method: str,
        path: str,
        data: str | bytes = b"",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        *,
        query: Any = None,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Make a request of any method with a body that is encoded already."""
        return self.build_request(
            method, path, data, content_type, secure, query=query, headers=headers, query_params=query_params, **extra
        )

    def build_request(
        self,
        method: str,
        path: str,
        data: str | bytes,
        content_type: str,
        secure: bool,
        *,
        query: Any = None,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        **extra: Any,
    ) -> HttpRequest:
        """Build the request, read and settled as a server's handler would have it."""
        parts = urlsplit(str(path))
        body = data.encode() if isinstance(data, str) else data
        environment = {**self.defaults, **wsgi_names(headers), **extra}
        query_string = encode_query(query_params if query_params is not None else query) or str(
            environment.pop("QUERY_STRING", "") or parts.query
        )
        fields = header_fields(environment)
        if body:
            fields.setdefault("content-type", content_type)
            fields.setdefault("content-length", str(len(body)))
        if self.cookies:
            fields["cookie"] = "; ".join(
                f"{name}={morsel.coded_value}" for name, morsel in sorted(self.cookies.items())
            )
        scheme = "https" if secure else str(environment.get("wsgi.url_scheme", "http"))
        port = 443 if scheme == "https" else 80
        fields.setdefault("host", str(environment.get("SERVER_NAME", "testserver")))
        head = RequestHead(
            method=method,
            scheme=scheme,
            raw_path=quote(unquote(parts.path or "/"), safe="/~!$&'()*+,;=:@"),
            query_string=query_string,
            headers=list(fields.items()),
            client=(str(environment.get("REMOTE_ADDR", "127.0.0.1")), 0),
            server=(str(environment.get("SERVER_NAME", "testserver")), int(environment.get("SERVER_PORT", port))),
            root_path=str(environment.get("SCRIPT_NAME", "")),
        )
        return HttpRequest(head, RequestBody(body, content_length=len(body)))


class AsyncRequestFactory(RequestFactory):
    """The same for tests of coroutines: what a factory makes waits for nothing."""


def encode_body(data: Any, content_type: str) -> tuple[bytes, str]:
    """Return the body and its content type."""
    if content_type.partition(";")[0].strip() == MULTIPART:
        return encode_multipart(data or {})
    if content_type.partition(";")[0].strip().endswith("json") and isinstance(data, (dict, list, tuple)):
        return encode_json(data), content_type
    if isinstance(data, Mapping):
        return encode_query(data).encode(), content_type
    return data if isinstance(data, bytes) else str(data or "").encode(), content_type


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
            raise TypeError(
                f"Cannot encode None for key {name!r} in a query string. Did you mean to pass an empty string?"
            )
    return urlencode(
        [(name, [*value] if isinstance(value, (list, tuple)) else value) for name, value in pairs], doseq=True
    )


def encode_multipart(data: Mapping[str, Any]) -> tuple[bytes, str]:
    """Encode a mapping of texts, lists and open files as multipart/form-data."""
    boundary = f"manoir{secrets.token_hex(16)}"
    lines: list[bytes] = []
    for name, value in data.items():
        if value is None:
            raise TypeError(
                f"Cannot encode None for key {name!r} as POST data. Did you mean to pass an empty string or omit the value?"
            )
        values: Iterable[Any] = value if isinstance(value, (list, tuple)) else [value]
        for item in values:
            lines += part(boundary, name, item)
    return b"\r\n".join([*lines, f"--{boundary}--".encode(), b""]), f"{MULTIPART}; boundary={boundary}"


def part(boundary: str, name: str, value: Any) -> list[bytes]:
    """Encode one part: a file when the value can be read, a text otherwise."""
    field = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    start = [f"--{boundary}".encode()]
    if not callable(getattr(value, "read", None)):
        text = value if isinstance(value, bytes) else str(value).encode()
        return [*start, f'Content-Disposition: form-data; name="{field}"'.encode(), b"", text]
    filename = PurePath(str(getattr(value, "name", "") or "file")).name.replace('"', "%22")
    content_type = (
        getattr(value, "content_type", None) or mimetypes.guess_type(filename)[0] or "application/octet-stream"
    )
    content = value.read()
    return [
        *start,
        f'Content-Disposition: form-data; name="{field}"; filename="{filename}"'.encode(),
        f"Content-Type: {content_type}".encode(),
        b"",
        content if isinstance(content, bytes) else str(content).encode(),
    ]


def wsgi_names(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return headers under the names that WSGI gives them."""
    names: dict[str, str] = {}
    for name, value in (headers or {}).items():
        key = name.upper().replace("-", "_")
        names[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return names


def header_fields(environment: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers among WSGI-style names."""
    fields: dict[str, str] = {}
    for name, value in environment.items():
        if name.startswith("HTTP_"):
            fields[name[5:].replace("_", "-").lower()] = str(value)
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            fields[name.replace("_", "-").lower()] = str(value)
    return fields

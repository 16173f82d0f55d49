"""Requests made by hand, as a server would hand them in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from manoir.http import HttpRequest, RequestBody, RequestHead


def make_request(path: str = "/", method: str = "GET", body: Any = None, **parts: Any) -> HttpRequest:
    """Make a request; `headers` is a dict of any spelling, `body` bytes or a list of chunks, `query` the query string."""
    headers = [(name.lower(), value) for name, value in parts.pop("headers", {}).items()]
    if "host" not in dict(headers) and parts.pop("host", True):
        headers.insert(0, ("host", "testserver"))
    query = parts.pop("query", "")
    head = RequestHead(method=method, raw_path=path, query_string=query, headers=headers, **parts)
    if isinstance(body, list):
        return HttpRequest(head, RequestBody(arriving(body)))
    return HttpRequest(head, None if body is None else RequestBody(body))


async def arriving(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def form(fields: list[tuple[str, str]], files: list[tuple[str, str, bytes]] = (), boundary: str = "XX") -> bytes:
    """Return a multipart body."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    parts += [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        f"Content-Type: text/plain\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, filename, data in files
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


MULTIPART = {"content-type": "multipart/form-data; boundary=XX"}
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}

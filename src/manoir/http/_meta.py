"""`request.META`: the CGI names of a request, a read-only view of what was validated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NoReturn

from manoir.http._head import RequestHead, split_peer

if TYPE_CHECKING:
    from manoir.http._headers import HttpHeaders


class Meta(Mapping[str, str]):
    """The documented keys (`REQUEST_METHOD`, `REMOTE_ADDR`, `HTTP_USER_AGENT` …) of one request.

    It cannot be changed: whoever reads a header later must see what the client, or a trusted proxy, sent.
    """

    __slots__ = ("_headers", "_values")

    def __init__(self, head: RequestHead, headers: HttpHeaders, path_info: str, script_name: str) -> None:
        client, client_port = split_peer(head.client)
        server, server_port = split_peer(head.server)
        values = {
            "REQUEST_METHOD": head.method,
            "SCRIPT_NAME": script_name,
            "PATH_INFO": path_info,
            "QUERY_STRING": head.query_string,
            "REMOTE_ADDR": client,
            "REMOTE_HOST": client,
            "REMOTE_PORT": str(client_port),
            "SERVER_NAME": server,
            "SERVER_PORT": str(server_port),
            "SERVER_PROTOCOL": f"HTTP/{head.http_version}",
        }
        for name, value in headers.raw.items():
            key = name.upper().replace("-", "_")
            values[key if name in ("content-type", "content-length") else f"HTTP_{key}"] = value
        self._values = values
        self._headers = headers

    def __getitem__(self, key: str) -> str:
        if key == "HTTP_COOKIE":
            self._headers.cookie_read = True
        return self._values[key]

    def __contains__(self, key: object) -> bool:
        if key == "HTTP_COOKIE":
            self._headers.cookie_read = True
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        self._headers.cookie_read = True
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<META {dict(self)!r}>"

    def __setitem__(self, key: str, value: str) -> NoReturn:
        raise TypeError(
            f"request.META is read-only, so {key} cannot be set. In tests pass headers={{...}} to the request "
            "factory; in middleware set an attribute of the request."
        )

    def __delitem__(self, key: str) -> NoReturn:
        raise TypeError(f"request.META is read-only, so {key} cannot be removed.")

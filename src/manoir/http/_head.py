"""What a server knows about a request before its body: one frozen record, the only thing servers build."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Network, ip_address
from typing import TypeAlias

import msgspec

Peer: TypeAlias = "tuple[str, int] | str | None"
"""An address as servers give it: `("10.0.0.1", 80)`, `"10.0.0.1:80"`, or None for a Unix socket."""


class RequestHead(msgspec.Struct, frozen=True, gc=False):
    """The head of a request, as the server's parser understood it; nothing below parses the request line again.

    Args:
        method: the verb, in capitals.
        scheme: `"http"` or `"https"`, of the connection itself.
        raw_path: the path as it was sent, percent-encoded. May be "" when `path` is given.
        query_string: what follows `?`, percent-encoded, without the `?`.
        headers: pairs of lower-case name and value, in the order they came, repeats included.
        client: address of the peer.
        server: address the connection was accepted on.
        http_version: `"1.1"`, `"2"` …
        root_path: prefix under which the server mounted the application (SCRIPT_NAME), without a slash at the end.
        path: the decoded path, from servers that decode it themselves; "" means that `raw_path` is to be decoded.

    Example:
        >>> RequestHead(method="GET", raw_path="/caf%C3%A9/").scheme
        'http'
    """

    method: str = "GET"
    scheme: str = "http"
    raw_path: str = "/"
    query_string: str = ""
    headers: Iterable[tuple[str, str]] = ()
    client: Peer = None
    server: Peer = None
    http_version: str = "1.1"
    root_path: str = ""
    path: str = ""


MAPPED = "::ffff:"
"""What stands before an IPv4 address on a socket that takes both kinds (RFC 4291, 2.5.5.2)."""


def split_peer(peer: Peer) -> tuple[str, int]:
    """Return address and port of `peer`; ("", 0) for a Unix socket.

    An IPv4 address is written as such, also on a socket that takes IPv6 too: whoever counts by networks of IPv6 would
    take all clients of IPv4 for one.
    """
    if not peer:
        return "", 0
    if not isinstance(peer, str):
        return plain_address(peer[0]), peer[1]
    address, separator, port = peer.rpartition(":")
    if not separator or not port.isascii() or not port.isdigit():
        return plain_address(peer), 0
    return plain_address(address.strip("[]")), int(port)


def plain_address(address: str) -> str:
    """Return an address without the prefix of a socket that takes IPv4 and IPv6."""
    # Cheap for each request: addresses begin so on such sockets only.
    if address[:2] == "::" and address[:7].lower() == MAPPED and "." in address:
        return address[7:]
    return address


def network_of(address: str) -> str:
    """Return what one client has, for whoever counts clients: an address of IPv4, of IPv6 the network of 64 bits.

    Raises:
        ValueError: it is no address.

    Example:
        >>> network_of("2001:db8::1"), network_of("192.0.2.1")
        ('2001:db8::/64', '192.0.2.1')
    """
    read = ip_address(address)
    return str(read if read.version == 4 else IPv6Network((int(read), 64), strict=False))

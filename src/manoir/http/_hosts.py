"""Who asks, and under which name: Host headers, proxies, client addresses. Exact and suffix comparison, no patterns.

Forwarded headers count only when the peer is one of settings.TRUSTED_PROXIES, and are read from the right, one value
for each proxy that is trusted. Where TRUSTED_PROXIES is empty, the documented settings USE_X_FORWARDED_HOST,
USE_X_FORWARDED_PORT and SECURE_PROXY_SSL_HEADER work as documented, and `manoir check --deploy` names the risk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured

MAX_HOST = 255
MAX_FORWARDED = 50

_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")
_LOCAL_NAMES = (".localhost", "127.0.0.1", "[::1]")

KNOWN_HOSTS: dict[str, str] = {}
"""Host headers that were allowed, and their canonical form. Bounded, and forgotten when settings change."""

MOST_KNOWN_HOSTS = 256

Network = IPv4Network | IPv6Network


def remember_host(claimed: str, host: str) -> None:
    """Keep an allowed host, so that the next request need not be validated anew; all are dropped when there are many."""
    if len(KNOWN_HOSTS) >= MOST_KNOWN_HOSTS:
        KNOWN_HOSTS.clear()
    KNOWN_HOSTS[claimed] = host


def _forget_hosts(name: str, value: object, enter: bool) -> None:
    if name in ("ALLOWED_HOSTS", "DEBUG"):
        KNOWN_HOSTS.clear()


settings.on_change(_forget_hosts)


def split_host(host: str) -> tuple[str, str]:
    """Split a Host header into name and port, both in one canonical form.

    Returns:
        Name in lower case without a dot at the end, IPv6 in brackets; port as text, "" without one. ("", "") when
        `host` is not a valid host.

    Example:
        >>> split_host("Example.com.:8000"), split_host("[::1]:80"), split_host("evil.com/x")
        (('example.com', '8000'), ('[::1]', '80'), ('', ''))
    """
    if not host or len(host) > MAX_HOST or not host.isascii():
        return "", ""
    host = host.lower()
    if host[0] == "[":
        address, bracket, rest = host[1:].partition("]")
        if not bracket or (rest and rest[0] != ":") or not _is_ipv6(address):
            return "", ""
        name, port = f"[{address}]", rest[1:]
    else:
        name, colon, port = host.partition(":")
        name = name.removesuffix(".")
        if not name or name[0] == "." or ".." in name or not _HOST_CHARACTERS.issuperset(name):
            return "", ""
        if colon and not port:
            return name, ""
    if port and not (len(port) <= 5 and port.isdecimal() and int(port) <= 65_535):
        return "", ""
    return name, port


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return len(text) <= 45 and "%" not in text


def is_allowed_host(name: str, allowed: Sequence[str]) -> bool:
    """Return whether a canonical host name is one of ALLOWED_HOSTS: exact, `.suffix` with its subdomains, or `*`."""
    for pattern in allowed:
        pattern = pattern.lower()
        if pattern == "*" or pattern == name:
            return True
        if pattern[:1] == "." and (name == pattern[1:] or name.endswith(pattern)):
            return True
    return False


def allowed_hosts() -> Sequence[str]:
    """Return ALLOWED_HOSTS; with DEBUG and an empty list the names of this machine."""
    allowed = settings.ALLOWED_HOSTS
    if not allowed and settings.DEBUG:
        return _LOCAL_NAMES
    return allowed


# -- proxies ----------------------------------------------------------------------------------------------------------

_networks_of: tuple[tuple[str, ...], tuple[Network, ...], bool] | None = None


def trusted_networks() -> tuple[tuple[Network, ...], bool]:
    """Return the networks of settings.TRUSTED_PROXIES, and whether peers on a Unix socket are trusted (`"unix"`).

    Raises:
        ImproperlyConfigured: a member is no address, network or `"unix"`.
    """
    global _networks_of
    declared = tuple(settings.TRUSTED_PROXIES)
    if _networks_of is None or _networks_of[0] != declared:
        networks = tuple(_network(text) for text in declared if text != "unix")
        _networks_of = (declared, networks, "unix" in declared)
    return _networks_of[1], _networks_of[2]


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ImproperlyConfigured(
            f"TRUSTED_PROXIES: {text!r} is no address or network; write '10.0.0.5', '10.0.0.0/8' or 'unix'."
        ) from None


def is_trusted(address: str, networks: Iterable[Network], unix: bool) -> bool:
    """Return whether the peer at `address` ("" is a Unix socket) is a trusted proxy."""
    if not address:
        return unix
    parsed = parse_address(address)
    return parsed is not None and any(parsed in network for network in networks if network.version == parsed.version)


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address in one member of X-Forwarded-For, with or without port or brackets; None for anything else."""
    text = text.strip()
    if not text or len(text) > 64:
        return None
    if text[0] == "[":
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def forwarded_values(header: str) -> list[str]:
    """Return the members of a forwarded header, the nearest proxy's last."""
    return [part.strip() for part in header.rsplit(",", MAX_FORWARDED)[-MAX_FORWARDED:]]


def client_and_hops(peer: str, forwarded_for: str | None) -> tuple[str, int]:
    """Return the address of the client, and how many trusted proxies stand between it and this process.

    Walks X-Forwarded-For from the right as long as the address before is trusted; an address that is not trusted,
    or is no address at all, is the client.

    Args:
        peer: address of the connection, "" for a Unix socket.
        forwarded_for: the joined X-Forwarded-For header, None without one.
    """
    networks, unix = trusted_networks()
    if not (networks or unix) or not is_trusted(peer, networks, unix):
        return peer, 0
    hops, client = 1, peer
    for text in reversed(forwarded_values(forwarded_for) if forwarded_for else []):
        address = parse_address(text)
        if address is None:
            break
        client = str(address)
        if not is_trusted(client, networks, unix):
            break
        hops += 1
    return client, hops

"""Addresses to listen on, and ports that are taken."""

from __future__ import annotations

import errno
import ipaddress
import socket

from manoir.exceptions import CommandError


def parse_address(text: str | None, *, default_host: str = "127.0.0.1", default_port: int = 8000) -> tuple[str, int]:
    """Read `port`, `host:port` or `[ipv6]:port`.

    Raises:
        CommandError: it is none of these.

    Example:
        >>> parse_address("8765")
        ('127.0.0.1', 8765)
    """
    if not text:
        return default_host, default_port
    host, separator, port = text.rpartition(":")
    if not separator:
        host = default_host
    if not port.isascii() or not port.isdigit() or not 0 <= int(port[:6]) <= 65535:
        raise CommandError(f"{text!r} is not a port or an address with a port, such as 8000 or 127.0.0.1:8000.")
    host = host.strip("[]") or default_host
    if host == "0":
        host = "0.0.0.0"  # noqa: S104 - documented short form, asked for by the user
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if not all(part and part.replace("-", "").isalnum() for part in host.split(".")):
            raise CommandError(f"{host!r} in {text!r} is not a host name or an address.") from None
    return host, int(port)


def check_port(host: str, port: int) -> None:
    """Refuse a port that cannot be listened on, with the cure.

    Raises:
        CommandError: the port is taken, not allowed, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror:
            raise CommandError(f"The host name {host!r} is not known here.") from None
        except OSError as error:
            raise CommandError(explain(host, port, error)) from None


def explain(host: str, port: int, error: OSError) -> str:
    """Say why a port cannot be listened on."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use: another server is running there. Stop it, or choose another port: "
            f"runserver {port + 1 if port < 65535 else 8000}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs special rights on this machine. Choose one above 1023, such as 8000."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all its addresses."
    return f"Cannot listen on {host}:{port}: {error.strerror}."


def url_of(host: str, port: int) -> str:
    """Return the address as a browser takes it."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    return f"http://{shown}:{port}/"

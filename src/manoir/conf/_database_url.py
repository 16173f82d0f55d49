"""Parsing DATABASE_URL; an error names the part that is wrong, and never shows a password."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote

from manoir.exceptions import ImproperlyConfigured, nearest

ENGINES = {
    "sqlite": "manoir.db.sqlite",
    "sqlite3": "manoir.db.sqlite",
    "postgresql": "manoir.db.postgresql",
    "postgres": "manoir.db.postgresql",
}
TOP_LEVEL = ("ATOMIC_REQUESTS", "AUTOCOMMIT", "CONN_HEALTH_CHECKS", "CONN_MAX_AGE", "TIME_ZONE")
MAX_LENGTH = 4_096
EXAMPLES = "postgresql://user:password@localhost:5432/shop, sqlite:///site.sqlite3 or sqlite://:memory:"


def parse_database_url(url: str, *, source: str = "DATABASE_URL") -> dict[str, Any]:
    """Turn a database URL into a value for DATABASES.

    Percent-encoded characters are decoded in user, password and name. The query gives OPTIONS, except `host` and
    `port` (a socket's directory, for example) and ATOMIC_REQUESTS, CONN_MAX_AGE … in any case.

    Args:
        url: `postgresql://user:password@host:port/name?sslmode=require`, `postgresql:///name?host=/run/postgresql`,
            `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite://:memory:`.
        source: name of the variable, for errors.

    Returns:
        ENGINE, NAME, USER, PASSWORD, HOST, PORT (each "" where the URL says nothing) and OPTIONS.

    Raises:
        ImproperlyConfigured: a part of the URL is wrong; the message names the part and what it should be.

    Example:
        >>> parse_database_url("postgresql://ada@db.example/shop")["HOST"]
        'db.example'
    """
    if len(url) > MAX_LENGTH:
        raise wrong(source, f"it is longer than {MAX_LENGTH:,} characters")
    scheme, separator, rest = url.strip().partition("://")
    if not separator:
        raise wrong(source, f"it has no scheme. Write {EXAMPLES}")
    engine = ENGINES.get(scheme.lower())
    if engine is None:
        shown = repr(scheme) if scheme.isidentifier() else "before '://'"
        raise wrong(
            source,
            f"its scheme {shown} is unknown{nearest(scheme, ENGINES, prefix=' (did you mean {}?)')}. Use postgresql or sqlite",
        )
    if engine == ENGINES["sqlite"]:
        return parse_sqlite(engine, rest, source)
    return parse_server(engine, rest, source)


def parse_sqlite(engine: str, rest: str, source: str) -> dict[str, Any]:
    path, _, query = rest.partition("?")
    if path in ("", "/", ":memory:", "/:memory:"):
        name = ":memory:"
    elif path.startswith("/"):
        name = decode(path[1:], "path", source)
    else:
        raise wrong(
            source,
            "the path of an SQLite database begins with a third slash: sqlite:///relative.db or sqlite:////absolute.db",
        )
    return {**settings_of(engine, name), **options_of(query, source)}


def parse_server(engine: str, rest: str, source: str) -> dict[str, Any]:
    if "#" in rest:
        raise wrong(source, "it contains '#': write '#' in a user name, password or name as %23")
    authority, _, tail = rest.partition("/")
    if "?" in authority:
        authority, _, query = authority.partition("?")
        tail = "?" + query
    path, _, query = tail.partition("?")
    if "@" in path or "@" in query:
        raise wrong(source, "there is an '@' after the host: write '/', '?' and '@' in a password as %2F, %3F and %40")
    user_info, _, address = authority.rpartition("@")
    user, _, password = user_info.partition(":")
    host, port = split_address(address, source)
    settings = settings_of(engine, decode(path, "database name", source))
    settings.update(
        USER=decode(user, "user name", source), PASSWORD=decode(password, "password", source), HOST=host, PORT=port
    )
    settings.update(options_of(query, source))
    if not settings["NAME"]:
        raise wrong(source, "it names no database: add its name after the host, …host:5432/shop")
    return settings


def split_address(address: str, source: str) -> tuple[str, str]:
    """Split host and port; the host may be an IPv6 address in brackets or a percent-encoded socket directory."""
    if address.startswith("["):
        host, bracket, rest = address[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise wrong(source, "the brackets around its IPv6 host are not closed: [::1]:5432")
        port = rest[1:]
    else:
        host, _, port = address.partition(":")
    if port and not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= 65_535):
        raise wrong(
            source,
            "its port is no number from 1 to 65535 (a password that holds '/', '?', '#' or '@' is read as a port; "
            "write them as %2F, %3F, %23, %40)",
        )
    return decode(host, "host", source), port


def options_of(query: str, source: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=50)
    except ValueError:
        raise wrong(source, "the part after '?' must be options: ?name=value&other=value") from None
    found: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for name, text in pairs:
        if name.lower() in ("host", "port"):
            found[name.upper()] = text
        elif name.upper() in TOP_LEVEL:
            found[name.upper()] = option_value(text)
        else:
            options[name] = option_value(text)
    return {**found, "OPTIONS": options}


def option_value(text: str) -> str | int | bool | None:
    """Read true, false, none and whole numbers as what they say."""
    words: dict[str, bool | None] = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


def settings_of(engine: str, name: str) -> dict[str, Any]:
    return {"ENGINE": engine, "NAME": name, "USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "OPTIONS": {}}


def decode(text: str, part: str, source: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise wrong(source, f"the percent-encoding of its {part} is not UTF-8") from None
    if "\0" in decoded:
        raise wrong(source, f"its {part} holds a NUL character")
    return decoded


def wrong(source: str, what: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{source} is not a database URL: {what}.")

"""Header names and values: one gate for what leaves, one read-only view of what came in.

A name is a token (RFC 9110, 5.6.2), a value is visible ASCII, blanks and tabs. A bad one is refused where it is
assigned, so it never reaches a server: some servers abort a worker on it, others send it as a second header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, TypeVar, overload

from manoir.exceptions import BadRequest, InvalidHeader

MAX_HEADER_COUNT = 200
MAX_HEADER_BYTES = 128 * 1024

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
_D = TypeVar("_D")

_checked_names: dict[str, str] = {}
_SPELLING = {
    "etag": "ETag",
    "www-authenticate": "WWW-Authenticate",
    "te": "TE",
    "dnt": "DNT",
    "x-ua-compatible": "X-UA-Compatible",
    "x-request-id": "X-Request-ID",
    "x-xss-protection": "X-XSS-Protection",
    "content-md5": "Content-MD5",
    "sourcemap": "SourceMap",
}


def header_name(name: object) -> str:
    """Return `name` in lower case, or refuse it.

    Raises:
        InvalidHeader: `name` is no token of ASCII characters.
    """
    known = _checked_names.get(name) if type(name) is str else None
    if known is not None:
        return known
    text = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    if not _TOKEN.fullmatch(text):
        raise InvalidHeader(f"{text[:100]!r} is no name of a header: use letters, digits and hyphens only.")
    lower = text.lower()
    if len(_checked_names) < 1_000:  # names come from code, not from clients; the cap is for those that do not
        _checked_names[text] = lower
    return lower


def header_value(value: object, name: str = "") -> str:
    """Return `value` as text that may stand in a header, or refuse it.

    Raises:
        InvalidHeader: `value` holds a line break, a control character or a character outside ASCII.
    """
    text = value if type(value) is str else _value_text(value)
    # isprintable is True for blanks and False for controls; a tab is the one exception, checked the slow way.
    if text.isascii() and (text.isprintable() or _VALUE.fullmatch(text)):
        return text
    raise InvalidHeader(
        f"The header {name or 'value'} must be visible ASCII on one line, not {text[:100]!r}. "
        "Percent-encode other characters; for file names use content_disposition_header()."
    )


def _value_text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def spell(lower: str) -> str:
    """Return the usual spelling of a header's name: `x-frame-options` → `X-Frame-Options`."""
    return _SPELLING.get(lower) or "-".join(part.capitalize() for part in lower.split("-"))


class HttpHeaders(Mapping[str, str]):
    """The headers of a request, read-only; names in any case, with hyphens or (for templates) underscores.

    Repeated headers are joined with a comma, cookies with a semicolon (RFC 9110, 5.3). Names with an underscore are
    dropped on the way in: a proxy that sets `X-Remote-User` must not be shadowed by `X_Remote_User`.

    Args:
        pairs: names and values as the server gave them.

    Attributes:
        raw: the values by name in lower case; manoir's own layers read these, and so do not count as readers of a header.
        cookie_read: whether somebody asked for the header `Cookie`, or for all of them.

    Raises:
        BadRequest: more than 200 headers, or more than 128 KiB of them.

    Example:
        >>> headers = HttpHeaders([("user-agent", "curl"), ("x_remote_user", "root")])
        >>> headers["User-Agent"], headers.user_agent, "X-Remote-User" in headers
        ('curl', 'curl', False)
    """

    __slots__ = ("cookie_read", "raw")

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.raw: dict[str, str] = {}
        self.cookie_read = False
        read_header_pairs(pairs, self.raw)

    def __getitem__(self, name: str) -> str:
        lower = name.lower().replace("_", "-")
        if lower == "cookie":
            self.cookie_read = True
        return self.raw[lower]

    @overload
    def get(self, key: str, /) -> str | None: ...
    @overload
    def get(self, key: str, /, default: str | _D) -> str | _D: ...
    def get(self, key: str, /, default: Any = None) -> Any:
        """Return the value of a header, `default` without it."""
        lower = key.lower()
        if lower == "cookie":
            self.cookie_read = True
        return self.raw.get(lower, default)

    def __getattr__(self, name: str) -> str:
        # For templates only: {{ request.headers.user_agent }}. A copy asks before it has a slot of its own.
        if name in HttpHeaders.__slots__:
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        lower = name.lower()
        if lower == "cookie":
            self.cookie_read = True
        return lower in self.raw

    def __iter__(self) -> Iterator[str]:
        self.cookie_read = True
        return map(spell, self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __repr__(self) -> str:
        return repr(dict(self))


def read_header_pairs(pairs: Iterable[tuple[str, str]], found: dict[str, str]) -> None:
    """Write `pairs` into `found`, joined and capped."""
    # hot path: benchmarks/http_objects.py
    count = size = 0
    for name, value in pairs:
        count += 1
        size += len(value)
        if count > MAX_HEADER_COUNT:
            break
        if name in found:
            found[name] = f"{found[name]}{'; ' if name == 'cookie' else ', '}{value}"
        elif "_" not in name:
            found[name] = value
    if count > MAX_HEADER_COUNT or size > MAX_HEADER_BYTES:
        raise BadRequest(f"A request may have {MAX_HEADER_COUNT} headers of together {MAX_HEADER_BYTES} bytes.")


class HeaderBlock:
    """A few constant headers, validated once, that a middleware adds to every response.

    Example:
        >>> HeaderBlock({"X-Frame-Options": "DENY"}).items
        (('x-frame-options', 'DENY'),)
    """

    __slots__ = ("items",)

    def __init__(self, headers: Mapping[str, object]) -> None:
        self.items = tuple((header_name(name), header_value(value, name)) for name, value in headers.items())


class ResponseHeaders(MutableMapping[str, str]):
    """The headers of a response: names in any case, every name and value checked when it is set.

    Example:
        >>> headers = ResponseHeaders({"X-Frame-Options": "DENY"})
        >>> headers["x-frame-options"]
        'DENY'
    """

    __slots__ = ("raw",)

    def __init__(self, data: Mapping[str, object] | None = None) -> None:
        self.raw: dict[str, str] = {}
        if data:
            for name, value in data.items():
                self[name] = value

    def __getitem__(self, name: str) -> str:
        return self.raw[name.lower()]

    def __setitem__(self, name: str, value: object) -> None:
        self.raw[header_name(name)] = header_value(value, name)

    def __delitem__(self, name: str) -> None:
        self.raw.pop(name.lower(), None)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self.raw

    def __iter__(self) -> Iterator[str]:
        return map(spell, self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    @overload
    def get(self, key: str, /) -> str | None: ...
    @overload
    def get(self, key: str, /, default: str | _D) -> str | _D: ...
    def get(self, key: str, /, default: Any = None) -> Any:
        """Return the value of a header, `default` without it."""
        return self.raw.get(key.lower(), default)

    def setdefault(self, key: str, default: object = "") -> str:
        """Set a header unless it is there already, and return its value."""
        name = header_name(key)
        if name not in self.raw:
            self.raw[name] = header_value(default, key)
        return self.raw[name]

    def add_missing(self, block: HeaderBlock) -> None:
        """Set the headers of `block` that are not there already; they were validated when the block was made."""
        # hot path: benchmarks/http_objects.py
        raw = self.raw
        for name, value in block.items:
            if name not in raw:
                raw[name] = value

    def __repr__(self) -> str:
        return repr(dict(self))

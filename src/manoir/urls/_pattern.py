"""What `path()` and `re_path()` are given: routes read into tokens, regular expressions compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from manoir.exceptions import ImproperlyConfigured
from manoir.urls._converters import Converter, get_converter
from manoir.urls._regex import Form, literal_prefix, spellings

MAX_REGEX_PATH = 2_048
"""Characters of a path above which expressions that could backtrack are not tried."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """`<int:pk>` in a route.

    Attributes:
        name: keyword argument of the view.
        kind: name of the converter.
        converter: the converter itself.
    """

    name: str
    kind: str
    converter: Converter


Token = str | Parameter


def parse_route(route: str) -> tuple[Token, ...]:
    """Split a route into literal text and parameters.

    Raises:
        ImproperlyConfigured: unbalanced brackets, blanks inside, a name that is no identifier or is used twice, an
            unknown converter.

    Example:
        >>> [token if isinstance(token, str) else token.name for token in parse_route("books/<int:pk>/")]
        ['books/', 'pk', '/']
    """
    tokens: list[Token] = []
    names: set[str] = set()
    rest = route
    while rest:
        literal, bracket, tail = rest.partition("<")
        if ">" in literal:
            raise ImproperlyConfigured(f"URL route {route!r} has a '>' without a '<' before it.")
        if literal:
            tokens.append(literal)
        if not bracket:
            break
        inside, close, rest = tail.partition(">")
        if not close:
            raise ImproperlyConfigured(f"URL route {route!r} has a '<' that is not closed.")
        tokens.append(_parameter(inside, route, names))
    return tuple(tokens)


def _parameter(inside: str, route: str, names: set[str]) -> Parameter:
    if any(character.isspace() for character in inside):
        raise ImproperlyConfigured(f"The route {route!r} has a space between < and >: write <int:pk>, without spaces.")
    kind, colon, name = inside.rpartition(":")
    kind = kind if colon else "str"
    if not name.isidentifier():
        raise ImproperlyConfigured(
            f"The route {route!r} has a parameter {name!r}, which is no Python identifier: rename it."
        )
    if name in names:
        raise ImproperlyConfigured(f"The route {route!r} has two parameters {name!r}: rename one of them.")
    names.add(name)
    return Parameter(name, kind, get_converter(kind, route))


class RoutePattern:
    """The pattern of `path()`.

    Args:
        route: text with `<converter:name>` parts.
        name: name of the URL, for messages.
        is_endpoint: whether nothing may follow; False for the prefix of an `include()`.
    """

    def __init__(self, route: str, name: str | None = None, is_endpoint: bool = False) -> None:
        self.route = route
        self.name = name
        self.is_endpoint = is_endpoint
        self.tokens = parse_route(route)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The route as one regular expression."""
        return re.compile(regex_of(self.tokens) + (r"\Z" if self.is_endpoint else ""))

    @property
    def converters(self) -> dict[str, Converter]:
        """Converters by parameter."""
        return {token.name: token.converter for token in self.tokens if isinstance(token, Parameter)}

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
        """Return the rest of `path`, positional and keyword arguments; None when it does not match."""
        found = self.regex.match(path) if len(path) <= MAX_REGEX_PATH else None
        if found is None:
            return None
        try:
            kwargs = {name: converter.to_python(found[name]) for name, converter in self.converters.items()}
        except ValueError:
            return None
        return path[found.end() :], (), kwargs

    def __str__(self) -> str:
        return self.route

    def __repr__(self) -> str:
        return f"<RoutePattern {self.route!r}>"


def regex_of(tokens: tuple[Token, ...], *, named: bool = True) -> str:
    """Return tokens as a regular expression, with one group for each parameter."""
    return "".join(
        re.escape(token)
        if isinstance(token, str)
        else f"(?P<{token.name}>{token.converter.regex})"
        if named
        else f"({token.converter.regex})"
        for token in tokens
    )


class RegexPattern:
    """The pattern of `re_path()`.

    Args:
        regex: a regular expression; groups become arguments of the view, keyword arguments when they have names.
        name: name of the URL, for messages.
        is_endpoint: whether nothing may follow an expression that ends with `$`.

    Raises:
        ImproperlyConfigured: the expression does not compile.
    """

    def __init__(self, regex: str, name: str | None = None, is_endpoint: bool = False) -> None:
        self._regex = regex
        self.name = name
        self.is_endpoint = is_endpoint
        try:
            self.regex = re.compile(regex)
        except re.error as error:
            raise ImproperlyConfigured(
                f"The route {regex!r} does not compile as a regular expression: {error}"
            ) from error
        self._whole = is_endpoint and regex.endswith("$") and not regex.endswith(r"\$")
        self._prefix = literal_prefix(regex)

    converters: Mapping[str, Converter] = {}

    @cached_property
    def forms(self) -> list[Form]:
        """Texts the expression can stand for, for `reverse()`."""
        return spellings(self._regex)

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
        """Return the rest of `path`, positional and keyword arguments; None when it does not match."""
        if not path.startswith(self._prefix) or len(path) > MAX_REGEX_PATH:
            return None
        found = self.regex.fullmatch(path) if self._whole else self.regex.search(path)
        if found is None:
            return None
        kwargs = {name: value for name, value in found.groupdict().items() if value is not None}
        # Named groups win: with any of them, the others are not passed on.
        args = () if self.regex.groupindex else found.groups()
        return path[found.end() :], args, kwargs

    def __str__(self) -> str:
        return self._regex

    def __repr__(self) -> str:
        return f"<RegexPattern {self._regex!r}>"


Pattern = RoutePattern | RegexPattern

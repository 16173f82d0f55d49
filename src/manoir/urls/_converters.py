"""Path converters: what stands in `<int:pk>`; a regular expression, a type, and the way back to text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, Protocol, runtime_checkable
from uuid import UUID

from manoir.exceptions import ImproperlyConfigured, nearest

MAX_DIGITS = 100
"""Digits above which `<int:…>` does not match: no key is that long, and longer numbers cost more than their length."""


@runtime_checkable
class Converter(Protocol):
    """What `register_converter` takes a class of.

    Attributes:
        regex: what a value looks like, without groups and anchors.
    """

    regex: str

    def to_python(self, value: str) -> Any:
        """Return the value for the view; ValueError means that the path does not match."""
        ...

    def to_url(self, value: Any) -> str:
        """Return the text for `reverse()`; ValueError means that the value does not fit."""
        ...


class IntConverter:
    """`<int:pk>`: digits; the view gets an int."""

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        """Return the number."""
        if len(value) > MAX_DIGITS:
            raise ValueError(f"A number in a path has at most {MAX_DIGITS} digits.")
        return int(value)

    def to_url(self, value: int | str) -> str:
        """Return the digits."""
        return str(value)


class StringConverter:
    """`<str:name>` or `<name>`: anything without a slash."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """Return the text itself."""
        return value

    def to_url(self, value: object) -> str:
        """Return the value as text."""
        return str(value)


class SlugConverter(StringConverter):
    """`<slug:slug>`: ASCII letters, digits, hyphens and underscores."""

    regex = "[-a-zA-Z0-9_]+"


class PathConverter(StringConverter):
    """`<path:rest>`: anything, slashes included."""

    regex = ".+"


class UUIDConverter:
    """`<uuid:id>`: a UUID in lower case with hyphens; the view gets a `uuid.UUID`."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def to_python(self, value: str) -> UUID:
        """Return the UUID."""
        return UUID(value)

    def to_url(self, value: UUID | str) -> str:
        """Return the UUID as text."""
        return str(value)


_BUILT_IN: dict[str, Converter] = {
    "int": IntConverter(),
    "path": PathConverter(),
    "slug": SlugConverter(),
    "str": StringConverter(),
    "uuid": UUIDConverter(),
}


class Registry:
    """The converters by name, and who wants to know when one is added."""

    registered: ClassVar[dict[str, Converter]] = {}
    on_change: ClassVar[list[Callable[[], None]]] = []


def register_converter(converter: type[Any], type_name: str) -> None:
    """Make `<type_name:…>` usable in routes.

    Args:
        converter: class with `regex`, `to_python(value)` and `to_url(value)`.
        type_name: the name; not one that exists already.

    Raises:
        ValueError: the name is taken, or the regular expression has groups or does not compile.

    Example:
        >>> class Year:
        ...     regex = "[0-9]{4}"
        ...     to_python = staticmethod(int)
        ...     to_url = staticmethod("{:04d}".format)
        >>> register_converter(Year, "yyyy")
    """
    if type_name in _BUILT_IN or type_name in Registry.registered:
        raise ValueError(f"There is a path converter {type_name!r} already; choose another name.")
    regex = getattr(converter, "regex", None)
    if not isinstance(regex, str) or not hasattr(converter, "to_python") or not hasattr(converter, "to_url"):
        raise ValueError(f"{converter.__name__} needs `regex`, `to_python(value)` and `to_url(value)`.")
    try:
        groups = re.compile(regex).groups
    except re.error as error:
        raise ValueError(f"{converter.__name__}.regex {regex!r} does not compile: {error}") from error
    if groups:
        raise ValueError(f"{converter.__name__}.regex {regex!r} must not capture groups; write (?:…).")
    Registry.registered[type_name] = converter()
    for callback in Registry.on_change:
        callback()


def get_converters() -> dict[str, Converter]:
    """Return all converters by name."""
    return {**_BUILT_IN, **Registry.registered}


def get_converter(name: str, route: str) -> Converter:
    """Return one converter.

    Raises:
        ImproperlyConfigured: no converter has this name; says in which route, and the nearest names.
    """
    found = _BUILT_IN.get(name) or Registry.registered.get(name)
    if found is None:
        raise ImproperlyConfigured(
            f"The route {route!r} names a converter {name!r}, which there is not.{nearest(name, get_converters())} "
            f"Known: {', '.join(sorted(get_converters()))}."
        )
    return found

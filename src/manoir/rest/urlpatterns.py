"""Suffixes of addresses that name a format: `/books.json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manoir.rest.settings import api_settings
from manoir.urls import (
    RoutePattern,
    URLPattern,
    URLResolver,
    get_converters,
    include,
    path,
    re_path,
    register_converter,
)

__all__ = ["format_suffix_patterns"]


class FormatConverter:
    """A format at the end of an address: `.json`."""

    regex = r"\.[a-z0-9]+/?"

    def to_python(self, value: str) -> str:
        """Return the word."""
        return value.strip("./")

    def to_url(self, value: Any) -> str:
        """Return the suffix."""
        return f".{value}"


def converter_name(allowed: Sequence[str] | None) -> str:
    """Return the name of the converter of some formats; it is registered when it is first needed."""
    name = "api_format" if not allowed else f"api_format_{'_'.join(allowed)}"
    if name not in get_converters():
        regex = FormatConverter.regex if not allowed else rf"\.(?:{'|'.join(allowed)})/?"
        register_converter(type("Format", (FormatConverter,), {"regex": regex}), name)
    return name


def format_suffix_patterns(
    urlpatterns: Sequence[Any], suffix_required: bool = False, allowed: Sequence[str] | None = None
) -> list[Any]:
    """Return URL patterns that may end with a format, which views get as `format`.

    Args:
        urlpatterns: the patterns.
        suffix_required: leave out those without a format.
        allowed: the formats; None allows any word of letters and digits.

    Raises:
        ValueError: a format is no word of small letters and digits.
    """
    for word in allowed or ():
        if not (word.isascii() and word.isalnum() and word == word.lower()):
            raise ValueError(f"{word!r} is no format: it is a word of small letters and digits.")
    found: list[Any] = []
    for pattern in urlpatterns:
        if isinstance(pattern, URLResolver):
            found.append(nested(pattern, format_suffix_patterns(pattern.url_patterns, suffix_required, allowed)))
            continue
        if not suffix_required:
            found.append(pattern)
        found.append(suffixed(pattern, allowed))
    return found


def nested(resolver: Any, inner: list[Any]) -> Any:
    """Return an `include()` around other patterns."""
    make = path if isinstance(resolver.pattern, RoutePattern) else re_path
    target = include((inner, resolver.app_name), resolver.namespace) if resolver.app_name else include(inner)
    return make(str(resolver.pattern), target, resolver.default_kwargs)


def suffixed(pattern: URLPattern, allowed: Sequence[str] | None) -> Any:
    """Return the pattern that ends with a format."""
    name = api_settings.FORMAT_SUFFIX_KWARG
    if isinstance(pattern.pattern, RoutePattern):
        route = f"{str(pattern.pattern).rstrip('/')}<{converter_name(allowed)}:{name}>"
        return path(route, pattern.callback, pattern.default_args, pattern.name)
    words = "|".join(allowed) if allowed else "[a-z0-9]+"
    regex = f"{str(pattern.pattern).removesuffix('$').rstrip('/')}\\.(?P<{name}>{words})/?$"
    return re_path(regex, pattern.callback, pattern.default_args, pattern.name)

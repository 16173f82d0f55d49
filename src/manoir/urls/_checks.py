"""Checks of the URLconf: mistakes that are no errors of Python, but never what was meant."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.conf import settings
from manoir.exceptions import ManoirError
from manoir.urls._conf import URLPattern, URLResolver
from manoir.urls._pattern import RegexPattern, RoutePattern
from manoir.urls._regex import has_nested_quantifiers
from manoir.urls._resolver import RootResolver, get_resolver

_HANDLERS = {400: 2, 403: 2, 404: 2, 500: 1}


@register(Tags.urls)
def check_urls(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Look through the whole ROOT_URLCONF."""
    if not settings.ROOT_URLCONF:
        return []
    try:
        resolver = get_resolver()
    except (ManoirError, ImportError, TypeError) as error:
        return [Error(f"ROOT_URLCONF {settings.ROOT_URLCONF!r} cannot be loaded: {error}", id="manoir.urls.E001")]
    namespaces = Counter(_namespaces(resolver.url_patterns))
    return [
        *(message for entry in _all(resolver.url_patterns) for message in _check_entry(entry)),
        *(_not_unique(namespace) for namespace, count in namespaces.items() if count > 1),
        *_check_handlers(resolver),
    ]


@register(Tags.urls)
def check_url_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of STATIC_URL and MEDIA_URL without a slash at their end."""
    return [
        Error(f"{name} must end in a slash: {value!r}.", hint=f"Write {value + '/'!r}.", id="manoir.urls.E006")
        for name in ("STATIC_URL", "MEDIA_URL")
        if (value := getattr(settings, name)) and not value.endswith("/")
    ]


def _all(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[URLPattern | URLResolver]:
    for entry in patterns:
        yield entry
        if isinstance(entry, URLResolver):
            yield from _all(entry.url_patterns)


def _namespaces(patterns: Iterable[URLPattern | URLResolver], above: str = "") -> Iterator[str]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            here = f"{above}:{entry.namespace}".lstrip(":") if entry.namespace else above
            if entry.namespace:
                yield here
            yield from _namespaces(entry.url_patterns, here)


def _check_entry(entry: URLPattern | URLResolver) -> Iterator[CheckMessage]:
    pattern, text = entry.pattern, str(entry.pattern)
    if text.startswith(("/", "^/")) and settings.APPEND_SLASH:
        yield _warning(entry, "begins with a slash, which is not needed.", "Remove the slash.", "W002")
    if isinstance(pattern, RoutePattern):
        if "(?P<" in text or text.startswith("^") or text.endswith("$"):
            hint = "Use re_path(), or write parameters as <int:name>."
            yield _warning(entry, "looks like a regular expression, but path() takes none.", hint, "W001")
    else:
        yield from _check_expression(entry, pattern, text)
    if isinstance(entry, URLPattern) and entry.name and ":" in entry.name:
        hint = "Remove the colon: it separates namespaces in reverse()."
        yield _warning(entry, f"has the name {entry.name!r} with a colon in it.", hint, "W003")


def _check_expression(entry: URLPattern | URLResolver, pattern: RegexPattern, text: str) -> Iterator[CheckMessage]:
    if isinstance(entry, URLResolver) and text.endswith("$") and not text.endswith(r"\$"):
        hint = "Remove the '$': nothing below this include() can match."
        yield _warning(entry, "is the prefix of an include(), but ends with '$'.", hint, "W004")
    if has_nested_quantifiers(text):
        yield _warning(
            entry,
            "repeats a group that repeats something itself; some paths take exponential time.",
            "Use path() with converters, or repeat without nesting. Paths above 2,048 characters are not tried.",
            "W006",
        )


def _warning(entry: URLPattern | URLResolver, message: str, hint: str, number: str) -> CheckMessage:
    name = f" [name={entry.name!r}]" if isinstance(entry, URLPattern) and entry.name else ""
    return Warning(f"The pattern {str(entry.pattern)!r}{name} {message}", hint=hint, id=f"manoir.urls.{number}")


def _not_unique(namespace: str) -> CheckMessage:
    return Warning(
        f"The URL namespace {namespace!r} is not unique: reverse() finds only the first one.",
        hint="Give each include() its own namespace=.",
        id="manoir.urls.W005",
    )


def _check_handlers(resolver: RootResolver) -> Iterator[CheckMessage]:
    for status, count in _HANDLERS.items():
        name = f"handler{status}"
        try:
            handler = resolver.resolve_error_handler(status)
        except ImportError as error:
            yield Error(f"{name} cannot be imported: {error}", id="manoir.urls.E008")
            continue
        if handler is None:
            continue
        arguments = ("request", "exception")[:count]
        try:
            inspect.signature(handler).bind(*arguments)
        except (TypeError, ValueError):
            yield Error(
                f"{name} does not take {count} argument{'s' if count > 1 else ''}: {', '.join(arguments)}.",
                id="manoir.urls.E007",
            )

"""The operations of a URL configuration: which views answer at which addresses, and what the addresses capture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from manoir.rest._openapi_fields import Schema
from manoir.rest.settings import api_settings
from manoir.urls import RoutePattern, URLResolver

CONVERTERS: dict[str, Schema] = {
    "int": {"type": "integer", "minimum": 0},
    "uuid": {"type": "string", "format": "uuid"},
    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
}


@dataclass(frozen=True, slots=True)
class Address:
    """An address with its view.

    Attributes:
        path: as OpenAPI writes it, `/books/{id}/`.
        callback: the view function.
        parameters: what it captures, with schemas.
    """

    path: str
    callback: Any
    parameters: dict[str, Schema] = field(default_factory=dict)


def addresses_of(patterns: Any, prefix: str = "/", captured: dict[str, Schema] | None = None) -> Iterator[Address]:
    """Yield the addresses of views of APIs below some patterns; those that end with a format are left out."""
    for pattern in patterns:
        spelled = spelling_of(pattern.pattern)
        if spelled is None:
            continue
        text, parameters = spelled
        path, every = prefix + text.lstrip("/"), {**(captured or {}), **parameters}
        if isinstance(pattern, URLResolver):
            yield from addresses_of(pattern.url_patterns, path, every)
        elif is_api(pattern.callback) and api_settings.FORMAT_SUFFIX_KWARG not in every:
            yield Address(path, pattern.callback, every)


def is_api(callback: Any) -> bool:
    """Tell whether a view function is of an API that is described."""
    cls = getattr(callback, "cls", None)
    if cls is None or not hasattr(cls, "renderer_classes"):
        return False
    return callback.initkwargs.get("schema", cls.schema) is not None


def spelling_of(pattern: Any) -> tuple[str, dict[str, Schema]] | None:
    """Return a pattern with its parameters in braces, and their schemas; None for one without an end."""
    if isinstance(pattern, RoutePattern):
        parts = [token if isinstance(token, str) else f"{{{token.name}}}" for token in pattern.tokens]
        kinds = {
            token.name: dict(CONVERTERS.get(token.kind, {"type": "string"}))
            for token in pattern.tokens
            if not isinstance(token, str)
        }
        return "".join(parts), kinds
    form = next(iter(pattern.forms), None)
    if form is None:
        return None
    parts, names = [], []
    for part in form:
        if isinstance(part, str):
            parts.append(part)
        else:
            name = part.name or f"arg{part.index}"
            names.append(name)
            parts.append(f"{{{name}}}")
    return "".join(parts), {name: {"type": "string"} for name in names}

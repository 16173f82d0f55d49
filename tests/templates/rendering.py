"""Engines and shortcuts that the tests of this room share."""

from __future__ import annotations

from typing import Any

from manoir.templates import Engine


def engine_of(templates: dict[str, str] | None = None, **options: Any) -> Engine:
    """An engine whose templates are in a dict."""
    options.setdefault("debug", False)
    locmem = ("manoir.templates.loaders.locmem.Loader", templates if templates is not None else {})
    return Engine(loaders=[("manoir.templates.loaders.cached.Loader", [locmem])], **options)


def render(source: str, /, templates: dict[str, str] | None = None, **variables: Any) -> str:
    """Render a template of a string with an engine of its own."""
    return str(engine_of(templates).from_string(source).render(variables))

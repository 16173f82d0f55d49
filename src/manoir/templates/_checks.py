"""Mistakes in TEMPLATES and in libraries of tags that `manoir check` names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from manoir.apps import apps
from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.exceptions import ImproperlyConfigured
from manoir.templates._discovery import app_libraries, import_library, modules_of
from manoir.templates._registry import engines


@register(Tags.templates)
def check_engines(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    """Build every engine, its loaders and its context processors."""
    try:
        for engine in engines.all():
            for part in ("template_loaders", "template_context_processors"):
                getattr(engine, part, None)
    except (ImproperlyConfigured, ImportError) as error:
        return [Error(f"TEMPLATES cannot be used: {error}", id="manoir.templates.E001")]
    return []


@register(Tags.templates)
def check_libraries(app_configs: Sequence[Any] | None = None, **options: Any) -> list[CheckMessage]:
    """Import every module of tags of the apps, and find names that several apps use."""
    found: list[CheckMessage] = []
    for name, path in app_libraries().items():
        try:
            import_library(path)
        except ImproperlyConfigured as error:
            found.append(Error(str(error), hint=f"{{% load {name} %}} would fail.", id="manoir.templates.E002"))
    counts = Counter(name for config in apps.get_app_configs() for name in modules_of(f"{config.name}.templatetags"))
    for name, count in counts.items():
        if count > 1:
            hint = "Rename all but one; the one of the last app is used."
            found.append(
                Warning(
                    f"{count} apps have a library of template tags called {name!r}.",
                    hint=hint,
                    id="manoir.templates.W001",
                )
            )
    return found

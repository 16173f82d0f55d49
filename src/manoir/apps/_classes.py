"""Which classes of a kind the apps of a project define: forms, views, serializers; for checks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeVar

from manoir.apps._config import AppConfig
from manoir.apps._registry import apps

T = TypeVar("T")


def classes_below(base: type[T]) -> Iterator[type[T]]:
    """Yield all classes that derive from one, each once."""
    seen: set[type[T]] = set()
    waiting = list(base.__subclasses__())
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.add(found)
            waiting.extend(found.__subclasses__())
            yield found


def classes_of_apps(base: type[T], app_configs: Collection[AppConfig] | None) -> Iterator[type[T]]:
    """Yield the classes below one that apps define, each once.

    Args:
        base: the class that they derive from.
        app_configs: the apps that are asked about; None: all that are installed.
    """
    for found in classes_below(base):
        owner = apps.get_containing_app_config(found.__module__)
        if owner is not None and (app_configs is None or owner in app_configs):
            yield found

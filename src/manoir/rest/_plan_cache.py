"""Which plan a serializer has: made once for its class, or for it alone where its fields are its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manoir.conf import settings
from manoir.rest.settings import api_settings

FORMATS = ("COERCE_DECIMAL_TO_STRING", "DATETIME_FORMAT", "DATE_FORMAT", "TIME_FORMAT")
"""Options that plans depend on."""
MAX_PLANS = 16
"""Plans kept with one class: for its model, for proxies of it, under other settings."""


class Planner:
    """Where the module that makes plans puts its function: it knows all serializers, which know this module."""

    plan: Callable[[Any, Any], Any] = staticmethod(lambda serializer, model: None)


def level_of(serializer: Any, model: Any) -> Any:
    """Return the plan of a serializer of one row of a model; None when it has Python per row.

    Args:
        serializer: the serializer.
        model: the model of the rows.
    """
    # hot path: benchmarks/rest.py
    cls = type(serializer)
    if not hasattr(cls, "_is_static"):
        return None
    if "_fields" in serializer.__dict__ or not cls._is_static():
        return Planner.plan(serializer, model)
    kept: dict[Any, Any] | None = vars(cls).get("_plans")
    if kept is None:
        kept = cls._plans = {}
    key = (model, model._meta.version, settings.USE_TZ, *[getattr(api_settings, name) for name in FORMATS])
    if key not in kept:
        while len(kept) >= MAX_PLANS:
            kept.pop(next(iter(kept)), None)
        kept[key] = Planner.plan(prototype(serializer), model)
    return kept[key]


def prototype(serializer: Any) -> Any:
    """A serializer of the same class that knows neither request nor rows, so that a plan keeps none."""
    twin = serializer._copied()
    twin._context, twin.parent, twin.instance = {}, None, None
    return twin

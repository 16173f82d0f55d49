"""Which plan a serializer has: made once for its class, or for a choice of the class's fields.

A serializer whose fields are made anew for each instance (`get_fields()` is overridden) has none: each plan is a
statement to compile, which pays only when it is used again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manoir.conf import settings

MAX_PLANS = 64
"""Plans kept with one class: for its model, for proxies of it, under other settings, for choices of fields."""
OF_INSTANCE = frozenset({"parent", "error_messages", "validators", "_readable", "_writable", "_made", "_context"})
"""What a copy of a field has of its own, and what plans do not ask about."""

_MISSING: Any = object()


generation = 0
"""Grows when a setting that plans depend on changes: the formats of values, and whether moments have zones."""


@settings.on_change
def setting_changed(name: str, value: object, enter: bool) -> None:
    """Let plans be made anew."""
    global generation
    if name in ("REST_FRAMEWORK", "USE_TZ"):
        generation += 1


class Planner:
    """Where the module that makes plans puts its function: it knows all serializers, which know this module."""

    plan: Callable[[Any, Any], Any] = staticmethod(lambda serializer, model: None)


def known_level(cls: Any, model: Any) -> Any:
    """Return the plan of a class of serializers for one row of a model; None when it has none, or none was made yet."""
    # hot path: benchmarks/rest.py
    kept: dict[Any, Any] | None = vars(cls).get("_plans")
    return None if kept is None else kept.get((model, model._meta.version, None, generation))


def level_of(serializer: Any, model: Any) -> Any:
    """Return the plan of a serializer of one row of a model; None when it has Python per row.

    Args:
        serializer: the serializer.
        model: the model of the rows.
    """
    # hot path: benchmarks/rest.py
    cls = type(serializer)
    if not hasattr(cls, "_has_known_fields") or not cls._has_known_fields():
        return None
    chosen = serializer.__dict__.get("_fields")
    names = None
    if chosen is not None:
        if not are_of_class(chosen, {name: field for name, field, _ in serializer._fixed_fields()}):
            return None
        names = tuple(chosen)
    kept: dict[Any, Any] | None = vars(cls).get("_plans")
    if kept is None:
        kept = cls._plans = {}
    key = (model, model._meta.version, names, generation)
    if key not in kept:
        while len(kept) >= MAX_PLANS:
            kept.pop(next(iter(kept)), None)
        kept[key] = Planner.plan(prototype(serializer, names), model)
    return kept[key]


def prototype(serializer: Any, names: tuple[str, ...] | None) -> Any:
    """A serializer of the same class that knows neither request nor rows, so that a plan keeps none.

    Args:
        serializer: the serializer.
        names: of the fields that are left; None for all.
    """
    twin = serializer._copied()
    twin.__dict__.pop("_fields", None)
    twin._context, twin.parent, twin.instance = {}, None, None
    for name in list(twin.fields) if names is not None else ():
        if name not in names:
            twin.fields.pop(name)
    return twin


def are_of_class(fields: dict[str, Any], declared: dict[str, Any]) -> bool:
    """Whether fields are the class's own, unchanged and in its order; some may have been taken away."""
    known = [name for name in declared if name in fields]
    return list(fields) == known and all(is_same(fields[name], declared[name]) for name in known)


def is_same(field: Any, declared: Any) -> bool:
    """Whether a copy of a field is still as it was declared."""
    if type(field) is not type(declared):
        return False
    own, first = field.__dict__, declared.__dict__
    for name in own.keys() | first.keys():
        if name in OF_INSTANCE:
            continue
        one, other = own.get(name, _MISSING), first.get(name, _MISSING)
        if one is other:
            continue
        if name in ("child", "child_relation") and is_same(one, other):
            continue
        if name == "_fields" and isinstance(one, dict) and isinstance(other, dict) and are_of_class(one, other):
            continue
        return False
    return True

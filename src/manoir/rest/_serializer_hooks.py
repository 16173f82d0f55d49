"""Hooks whose names follow from fields, `validate_<field>` and `get_<field>`, and whether a serializer runs user code."""

from __future__ import annotations

import inspect
from typing import Any

from manoir.bridge import blocking_function, sync_hooks
from manoir.rest._field import Field

DERIVED = "__manoir_derived__"
PREFIXES = ("validate_", "get_")
CHECKING = frozenset({"validate", "to_internal_value", "run_validation"})
SHOWING = frozenset({"to_representation"})


def complete_methods(cls: type) -> None:
    """Give a class that writes `async def avalidate_<field>` or `async def aget_<field>` the sync colour of it.

    Raises:
        TypeError: `validate_<field>` or `get_<field>` of a field is `async def`, which no sync caller could wait for.
    """
    for base in cls.__mro__[:-1]:
        for name, member in list(vars(base).items()):
            if not inspect.iscoroutinefunction(member):
                continue
            if name.startswith("validate_"):
                raise TypeError(
                    f"{base.__qualname__}.{name} is `async def`, but this name is the sync colour of the hook. "
                    f"Write `async def a{name}` or `def {name}`."
                )
            if name.startswith(tuple(f"a{prefix}" for prefix in PREFIXES)) and name[1:] not in vars(base):
                derived: Any = blocking_function(member)
                derived.__name__ = name[1:]
                setattr(derived, DERIVED, True)
                setattr(base, name[1:], derived)
    for name, field in getattr(cls, "_declared_fields", {}).items():
        refuse_coroutine(cls, name, getattr(field, "method_name", f"get_{name}") or f"get_{name}", field)


def refuse_coroutine(cls: type, name: str, method: str, field: Field) -> None:
    """Refuse a coroutine function as the method of a method field: its answer would be a coroutine."""
    if hasattr(field, "method_name") and inspect.iscoroutinefunction(getattr(cls, method, None)):
        raise TypeError(
            f"{cls.__qualname__}.{method} is `async def`, but this name is the sync colour of the method of {name!r}. "
            f"Write `async def aget_{name}` or `def {method}`."
        )


def runs_foreign_code(serializer: Any, *, writing: bool) -> bool:
    """Whether a user's `def` runs while a serializer checks or shows: it may really block.

    Args:
        serializer: the serializer; what it holds counts too.
        writing: True asks about checking, False about showing.
    """
    cls, kept = type(serializer), f"_foreign_{writing}"
    known = vars(cls).get(kept)
    if known is None:
        known = found_foreign(serializer, writing)
        if not hasattr(serializer, "child"):  # lists are of one class, whatever they hold
            setattr(cls, kept, known)
    return known


def found_foreign(serializer: Any, writing: bool) -> bool:
    """The same without memory."""
    if sync_hooks(type(serializer)) & (CHECKING if writing else SHOWING):
        return True
    if writing and any(is_foreign(type(serializer), name) for name in dir(type(serializer)) if name[:9] == "validate_"):
        return True
    child = getattr(serializer, "child", None) or getattr(serializer, "child_relation", None)
    below = [child] if child is not None else list(getattr(serializer, "fields", {}).values())
    for field in below:
        if field.read_only if writing else field.write_only:
            continue
        method = getattr(field, "method_name", None)
        if method and is_foreign(type(serializer), method):
            return True
        if runs_foreign_code(field, writing=writing):
            return True
    return False


def is_foreign(cls: type, name: str) -> bool:
    """Whether a method is a user's `def`."""
    member = getattr(cls, name, None)
    return inspect.isfunction(member) and not hasattr(member, DERIVED) and not hasattr(Field, name)

"""Whether two fields, indexes, options mean the same: their arguments in a form that `==` compares by content."""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from manoir.i18n import LazyString
from manoir.models import Field, OnDelete


def frozen(value: Any) -> Any:
    """A form of a value that compares by content; functions and classes by where they are found."""
    if isinstance(value, LazyString):
        return str(value)
    if isinstance(value, enum.Enum):
        return frozen(value.value)
    if isinstance(value, Field):
        return frozen_field(value)
    if isinstance(value, OnDelete):
        return value.name, frozen(value.value)
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        return callable_path(value)
    if isinstance(value, functools.partial):
        part = cast("functools.partial[Any]", value)
        return "partial", frozen(part.func), frozen(part.args), frozen(part.keywords)
    if isinstance(value, re.Pattern):
        return "pattern", value.pattern, value.flags
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return "mapping", tuple([(frozen(key), frozen(part)) for key, part in items])
    if isinstance(value, (set, frozenset)):
        return "set", frozenset([frozen(part) for part in cast("Iterable[Any]", value)])
    if isinstance(value, (list, tuple)):
        return tuple([frozen(part) for part in cast("Iterable[Any]", value)])
    return frozen_object(value)


def frozen_object(value: Any) -> Any:
    if hasattr(value, "identity"):
        return type(value).__name__, repr(value.identity())
    if hasattr(value, "deconstruct"):
        parts = tuple(value.deconstruct())
        return frozen(parts)
    return (type(value).__name__, repr(value)) if type(value).__hash__ is None else value


def callable_path(value: Any) -> tuple[str, str, str]:
    return "callable", getattr(value, "__module__", "") or "", getattr(value, "__qualname__", repr(value))


def frozen_field(field: Any, *, without_target: bool = False) -> Any:
    """A field by its class and arguments; models it refers to in lower case, as their names are one in any case."""
    _name, path, args, kwargs = field.deconstruct()
    plain = dict(kwargs)
    for option in ("to", "through"):
        if isinstance(plain.get(option), str):
            plain[option] = plain[option].lower()
    if without_target:
        plain.pop("to", None)
        plain.pop("through", None)
    return path, frozen(args), frozen(dict(sorted(plain.items())))


def same_members(old: Any, new: Any) -> bool:
    """Whether two indexes or constraints are equal but for their names."""
    return nameless(old) == nameless(new)


def nameless(member: Any) -> Any:
    path, args, kwargs = member.deconstruct()
    return path, frozen(args), frozen({name: value for name, value in sorted(kwargs.items()) if name != "name"})


def frozen_member(member: Any) -> Any:
    """An index or constraint, its name included."""
    return member.name, nameless(member)


MESSAGES = frozenset(["violation_error_code", "violation_error_message"])


def same_in_database(old: Any, new: Any) -> bool:
    """Whether two constraints of one name differ in their messages only."""
    return essence(old) == essence(new)


def essence(member: Any) -> Any:
    path, args, kwargs = member.deconstruct()
    return path, frozen(args), frozen({name: value for name, value in sorted(kwargs.items()) if name not in MESSAGES})

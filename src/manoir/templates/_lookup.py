"""What compiled templates call to look up names and to call what is callable.

Compiled code takes the short way itself for the commonest shapes: `x.name` when the type of `x` is in PLAIN,
`x["name"]` when it is a dict. Everything else, and every miss, comes here.
"""

# hot path: benchmarks/templates.py

from __future__ import annotations

import datetime
import decimal
import inspect
import uuid
from types import CoroutineType, NoneType
from typing import Any

from manoir import bridge
from manoir.templates._safe import SafeString

MAX_TYPES = 10_000
"""Types remembered in a set; a process that makes types without end forgets them all and learns anew."""


class Missing:
    """The value of a variable that does not exist: false, empty, equal to None."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is None or other is self

    def __hash__(self) -> int:
        return hash(None)

    def __str__(self) -> str:
        return ""

    def __repr__(self) -> str:
        return "<missing template variable>"


MISSING = Missing()

INERT: set[type] = {
    str, int, float, bool, bytes, list, tuple, dict, set, frozenset, NoneType, SafeString, range,
    decimal.Decimal, datetime.date, datetime.datetime, datetime.time, datetime.timedelta, uuid.UUID,
}  # fmt: skip
"""Types whose values are known not to be callable."""

PLAIN: set[type] = {
    int, float, bool, NoneType, decimal.Decimal, datetime.date, datetime.datetime, datetime.time, datetime.timedelta,
    uuid.UUID,
}  # fmt: skip
"""Types whose values are neither callable nor subscriptable: their names are attributes and nothing else."""

SUBSCRIPT_MISSES = (TypeError, AttributeError, KeyError, ValueError, IndexError)


def defines(cls: type, name: str) -> bool:
    """Whether a class or one of its bases has `name` in its body, without running any of its code."""
    return any(name in base.__dict__ for base in cls.__mro__)


def learn(cls: type) -> None:
    """Remember what values of a type can do. Only called for types without `__call__`."""
    if len(INERT) > MAX_TYPES:
        INERT.clear()
        PLAIN.clear()
    INERT.add(cls)
    if not issubclass(cls, type) and not defines(cls, "__getitem__"):
        PLAIN.add(cls)


def settle(value: Any) -> Any:
    """Return a variable's value: callables are called without arguments, unless they say that they must not be."""
    cls = type(value)
    if cls in INERT or value is MISSING:
        return value
    if not callable(value):
        learn(cls)
        return value
    if getattr(value, "do_not_call_in_templates", False):
        return value
    if getattr(value, "alters_data", False):
        return MISSING
    try:
        result = value()
    except TypeError:
        if accepts_no_arguments(value):
            raise
        return MISSING
    except Exception as error:
        if getattr(error, "silent_variable_failure", False):
            return MISSING
        raise
    if type(result) is CoroutineType:
        return bridge.wait(result)
    return result


def accepts_no_arguments(function: Any) -> bool:
    """Whether a call without arguments fits the signature (so that a TypeError came from inside)."""
    try:
        inspect.signature(function).bind()
    except (TypeError, ValueError):
        return False
    return True


def clean(value: Any) -> Any:
    """Settle a value that goes on to a filter or a tag; what is missing becomes ""."""
    value = settle(value)
    return "" if value is MISSING else value


def clean_none(value: Any) -> Any:
    """Settle a value for a condition or a loop; what is missing becomes None."""
    value = settle(value)
    return None if value is MISSING else value


def look(value: Any, name: str) -> Any:
    """Look up one name of a dotted variable: as a key, as an attribute, as an index, in this order.

    Returns:
        What was found, not called yet; MISSING when there is nothing of that name.

    Raises:
        Exception: whatever a property or a called method raises, unless it has `silent_variable_failure`.
    """
    cls = type(value)
    if cls is dict:
        try:
            return value[name]
        except KeyError:
            return look_attribute(value, name)
    if cls not in INERT:
        value = settle(value)
        cls = type(value)
    if value is MISSING or value is None:
        return MISSING
    if cls not in PLAIN:
        if cls not in INERT and not callable(value):
            learn(cls)
        if (cls is list or cls is tuple) and name.isdecimal():
            return look_index(value, name)
        if cls is not str and (defines(cls, "__getitem__") and not isinstance(value, type)):
            subscriptable: Any = value
            try:
                return subscriptable[name]
            except SUBSCRIPT_MISSES:
                pass
            except Exception as error:
                if getattr(error, "silent_variable_failure", False):
                    return MISSING
                raise
    return look_attribute(value, name)


def look_attribute(value: Any, name: str) -> Any:
    """Look up an attribute, then an index."""
    try:
        return getattr(value, name)
    except AttributeError as error:
        # An error out of the body of a property is the author's to see, not an absent variable.
        if type(error) is not AttributeError or defines(type(value), name):
            if getattr(error, "silent_variable_failure", False):
                return MISSING
            raise
    except Exception as error:
        if getattr(error, "silent_variable_failure", False):
            return MISSING
        raise
    return look_index(value, name)


def look_index(value: Any, name: str) -> Any:
    """Look up a number as an index."""
    if not name.isdecimal() or len(name) > 20:
        return MISSING
    try:
        return value[int(name)]
    except SUBSCRIPT_MISSES:
        return MISSING


def is_miss(error: Exception) -> bool:
    """Whether the short way of a lookup failed because a name is absent, so that the long way decides what that means.

    Other errors are real: looking again would, say, ask a database once more inside a transaction that is broken.
    """
    return isinstance(error, (AttributeError, LookupError)) or getattr(error, "silent_variable_failure", False)


def look_path(value: Any, names: tuple[str, ...]) -> Any:
    """Look up several names, one after the other."""
    for name in names:
        value = look(value, name)
        if value is MISSING:
            return MISSING
    return value

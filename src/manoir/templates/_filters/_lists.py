"""Filters of lists, and of values that may be missing."""

from __future__ import annotations

import pprint as prettyprint
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from manoir.i18n import gettext
from manoir.templates._library import Library
from manoir.templates._safe import SafeString, conditional_escape

register = Library()
MAX_KEY_LENGTH = 200


@register.filter
def default(value: Any, arg: Any) -> Any:
    return value or arg


@register.filter
def default_if_none(value: Any, arg: Any) -> Any:
    return arg if value is None else value


@register.filter
def yesno(value: Any, arg: Any = None) -> Any:
    words = str(arg).split(",") if arg is not None else gettext("yes,no,maybe").split(",")
    if len(words) < 2:
        return value
    yes, no, maybe = words if len(words) == 3 else (words[0], words[1], words[1])
    word = maybe if value is None else yes if value else no
    return SafeString(word) if isinstance(arg, SafeString) else word


def sort_key(path: str) -> Callable[[Any], Any]:
    """Return what sorts by keys, indexes and plain attributes. Methods are never called, private names never read.

    Raises:
        ValueError: the path has a private name or is too long.
    """
    names = str(path).split(".")
    if len(str(path)) > MAX_KEY_LENGTH or any(name.startswith("_") or not name for name in names):
        raise ValueError(path)

    def key(item: Any) -> Any:
        for name in names:
            item = plain_value(item, name)
        return item

    return key


def plain_value(item: Any, name: str) -> Any:
    if isinstance(item, Mapping):
        return item[name]
    if name.isdecimal() and isinstance(item, Sequence):
        return item[int(name)]
    value = getattr(item, name)
    if callable(value):
        raise TypeError(f"{name} is a method")
    return value


def sorted_by(value: Any, arg: Any, reverse: bool) -> Any:
    try:
        return sorted(value, key=sort_key(arg), reverse=reverse)
    except (TypeError, AttributeError, LookupError, ValueError):
        return ""


@register.filter
def dictsort(value: Any, arg: Any) -> Any:
    return sorted_by(value, arg, reverse=False)


@register.filter
def dictsortreversed(value: Any, arg: Any) -> Any:
    return sorted_by(value, arg, reverse=True)


@register.filter
def first(value: Any) -> Any:
    try:
        return value[0]
    except IndexError:
        return ""


@register.filter
def last(value: Any) -> Any:
    try:
        return value[-1]
    except IndexError:
        return ""


@register.filter
def random(value: Any) -> Any:
    try:
        return secrets.choice(value)
    except IndexError:
        return ""


@register.filter(needs_autoescape=True)
def join(value: Any, arg: Any, autoescape: bool = True) -> Any:
    try:
        if autoescape:
            return conditional_escape(arg).join(conditional_escape(item) for item in value)
        return str(arg).join(str(item) for item in value)
    except TypeError:  # not iterable
        return value


@register.filter
def length(value: Any) -> int:
    try:
        return len(value)
    except (TypeError, AttributeError):
        return 0


@register.filter("slice")
def sliced(value: Any, arg: Any) -> Any:
    try:
        parts = [int(part) if part.strip() else None for part in str(arg).split(":")]
        return value[slice(*parts)]
    except (ValueError, TypeError, LookupError):
        return value


@register.filter
def pprint(value: Any) -> str:
    try:
        return prettyprint.pformat(value)
    except Exception as error:
        return f"Error in formatting: {type(error).__name__}: {error}"

"""Comparing a setting's value with its declared type, in words for people."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, Literal, Union, get_args, get_origin

from manoir.conf._secret import REDACTED, Secret

SECRET_WORDS = ("KEY", "PASSWORD", "SECRET", "TOKEN", "DATABASES", "CACHES", "STORAGES", "TASKS", "MAILERS")
MAX_SHOWN = 60


def mismatch(value: object, kind: Any, path: str = "") -> tuple[str, object, Any] | None:
    """Find where a value departs from its declared type.

    Args:
        value: the value.
        kind: the type, as `_defaults` spells it.
        path: where the value stands inside the setting: "", "[0]", "['default']".

    Returns:
        None when it fits; otherwise path, value and expected type of the first part that does not.
    """
    if kind is Any:
        return None
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return union_mismatch(value, get_args(kind), path)
    if origin is Literal:
        fits = any(value == choice and type(value) is type(choice) for choice in get_args(kind))
    elif origin is Sequence:
        return sequence_mismatch(value, kind, path)
    elif origin is tuple:
        return tuple_mismatch(value, kind, path)
    elif origin in (dict, Mapping):
        return mapping_mismatch(value, kind, path)
    else:
        fits = plain_fits(value, origin or kind)
    return None if fits else (path, value, kind)


def union_mismatch(value: object, kinds: tuple[Any, ...], path: str) -> tuple[str, object, Any] | None:
    found = [mismatch(value, kind, path) for kind in kinds]
    if None in found:
        return None
    # A part deeper inside says more than "none of these types".
    deeper = next((part for part in found if part is not None and part[0] != path), None)
    return deeper or (path, value, Union[kinds])  # noqa: UP007 (built at run time)


def sequence_mismatch(value: object, kind: Any, path: str) -> tuple[str, object, Any] | None:
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        return path, value, kind
    (item,) = get_args(kind)
    return next(
        (wrong for at, part in enumerate(value) if (wrong := mismatch(part, item, f"{path}[{at}]")) is not None), None
    )


def tuple_mismatch(value: object, kind: Any, path: str) -> tuple[str, object, Any] | None:
    items = get_args(kind)
    if not isinstance(value, (tuple, list)) or len(value) != len(items):
        return path, value, kind
    pairs = zip(value, items, strict=True)
    return next(
        (
            wrong
            for at, (part, item) in enumerate(pairs)
            if (wrong := mismatch(part, item, f"{path}[{at}]")) is not None
        ),
        None,
    )


def mapping_mismatch(value: object, kind: Any, path: str) -> tuple[str, object, Any] | None:
    if not isinstance(value, Mapping):
        return path, value, kind
    key_kind, item_kind = get_args(kind)
    for key, item in value.items():
        wrong = mismatch(key, key_kind, f"{path} key {key!r}") or mismatch(item, item_kind, f"{path}[{key!r}]")
        if wrong:
            return wrong
    return None


def plain_fits(value: object, kind: Any) -> bool:
    if kind is str:
        # Lazy texts (`gettext_lazy`, `reverse_lazy`) are objects of classes of their own that become strings.
        return isinstance(value, str) or (type(value).__module__ != "builtins" and not isinstance(value, PurePath))
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is type(None):
        return value is None
    return isinstance(value, kind)


def describe_type(kind: Any) -> str:
    """Say a type in words: "a list of strings", "'thread' or 'loop'"."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return any_of([describe_type(part) for part in args])
    if origin is Literal:
        return any_of([repr(choice) for choice in args])
    if origin is Sequence:
        return f"a list of {PLURALS.get(args[0], 'values')}" if args[0] is not Any else "a list"
    if origin is tuple:
        return f"a pair of {PLURALS.get(args[0], 'values')}" if len(args) == 2 else f"a tuple of {len(args)} values"
    if origin in (dict, Mapping):
        return "a dict of dicts" if get_origin(args[1]) is dict else "a dict"
    return NAMES.get(origin or kind, getattr(kind, "__name__", str(kind)))


NAMES: dict[Any, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a string",
    Path: "a path",
    type(None): "None",
}
PLURALS: dict[Any, str] = {str: "strings", int: "whole numbers", dict[str, Any]: "dicts", str | Path: "paths"}


def any_of(words: list[str]) -> str:
    unique = list(dict.fromkeys(words))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} or {unique[-1]}"


def describe_value(value: object, setting: str) -> str:
    """Say a value with its type; what may be a secret is not shown."""
    kinds: dict[type, str] = {str: "the string", bool: "", type(None): ""}
    kind = kinds.get(type(value), f"the {type(value).__name__}")
    if isinstance(value, Secret) or any(word in setting for word in SECRET_WORDS):
        return f"{kind} {REDACTED}".strip() if kind else repr(value)
    shown = repr(value)
    if len(shown) > MAX_SHOWN:
        shown = f"{shown[:MAX_SHOWN]}…"
    return f"{kind} {shown}".strip()

"""The way back: from a name and arguments to a path."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any
from urllib.parse import quote

from manoir.urls._conf import URLResolver
from manoir.urls._leaves import Leaf
from manoir.urls._pattern import Parameter, RegexPattern, Token
from manoir.urls._regex import MAX_FORMS, Group

_UNQUOTED = "/~:@!$&'()*+,;="


@dataclass(slots=True)
class Names:
    """Names below one namespace.

    Attributes:
        leaves: leaves by name and by view, the last declared first.
        apps: instance namespaces by application, the last declared first.
        spaces: names below each instance namespace, the first declared wins.
    """

    leaves: dict[Any, list[Leaf]] = field(default_factory=dict[Any, list[Leaf]])
    apps: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    spaces: dict[str, Names] = field(default_factory=dict[str, "Names"])

    def names(self) -> list[str]:
        """Return the names that `reverse()` takes here, with namespaces."""
        own = [name for name in self.leaves if isinstance(name, str)]
        return own + [f"{space}:{name}" for space, below in self.spaces.items() for name in below.names()]


def collect_names(patterns: Any, leaves: list[Leaf]) -> Names:
    """Return all names of a URLconf.

    Args:
        patterns: its patterns.
        leaves: the same laid flat, in the same order.
    """
    root = Names()
    _collect(patterns, iter(leaves), root)
    return root


def _collect(patterns: Any, leaves: Any, names: Names) -> None:
    for entry in patterns:
        if not isinstance(entry, URLResolver):
            leaf: Leaf = next(leaves)
            for key in (entry.name, entry.callback):
                if key is not None:
                    names.leaves.setdefault(key, []).insert(0, leaf)
        elif entry.namespace:
            below = Names()
            _collect(entry.url_patterns, leaves, below)
            names.spaces.setdefault(entry.namespace, below)
            names.apps.setdefault(entry.app_name or entry.namespace, []).insert(0, entry.namespace)
        else:
            _collect(entry.url_patterns, leaves, names)


# -- one leaf and some arguments → a path -----------------------------------------------------------------------------


def build_path(leaf: Leaf, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str | None:
    """Return the path of `leaf` for these arguments, without its first slash, encoded; None when they do not fit."""
    if leaf.tokens is None:
        return _build_from_expression(leaf, args, kwargs)
    values = _values(leaf, [parameter.name for parameter in leaf.parameters], args, kwargs)
    if values is None:
        return None
    text = ""
    remaining = iter(values)
    for token in leaf.tokens:
        if isinstance(token, str):
            text += token
        elif (part := _to_url(token, next(remaining))) is not None:
            text += part
        else:
            return None
    return quote(text, safe=_UNQUOTED)


def _values(leaf: Leaf, names: list[str], args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any] | None:
    if args:
        return list(args) if len(args) == len(names) else None
    # An argument that the URLconf adds may be named as well, but only with the value it adds.
    extra = leaf.extra
    for name, value in kwargs.items():
        if name not in names and (name not in extra or extra[name] != value):
            return None
    try:
        return [kwargs[name] for name in names]
    except KeyError:
        return None


@cache  # keyed by expressions of converters, which come from code
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def _to_url(parameter: Parameter, value: Any) -> str | None:
    try:
        text = parameter.converter.to_url(value)
    except ValueError:
        return None
    return text if _compiled(parameter.converter.regex).fullmatch(text) else None


def _build_from_expression(leaf: Leaf, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str | None:
    for form in expression_forms(leaf):
        slots = [part for part in form if not isinstance(part, str)]
        named = [slot.name for slot in slots if slot.name]
        values = _values(leaf, named or [""] * len(slots), args, kwargs)
        if values is None or len(values) != len(named or slots):
            continue
        text = _fill(form, values, only_named=bool(named))
        if text is not None and leaf.match(text) is not None:
            return quote(text, safe=_UNQUOTED)
    return None


def _fill(form: Sequence[str | Group | Parameter], values: list[Any], *, only_named: bool) -> str | None:
    text = ""
    remaining = iter(values)
    for part in form:
        if isinstance(part, str):
            text += part
        elif only_named and not part.name:
            return None
        else:
            value = next(remaining)
            filled = _to_url(part, value) if isinstance(part, Parameter) else str(value)
            if filled is None:
                return None
            text += filled
    return text


def expression_forms(leaf: Leaf) -> list[tuple[str | Group | Parameter, ...]]:
    """Return the spellings of a leaf with regular expressions in its chain."""
    forms: list[tuple[Token | Group, ...]] = [()]
    for step in leaf.chain:
        own = step.forms if isinstance(step, RegexPattern) else [step.tokens]
        forms = [(*left, *right) for left, right in product(forms, own)][:MAX_FORMS]
    return forms

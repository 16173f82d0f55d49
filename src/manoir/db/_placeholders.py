"""Placeholders: from the `%s` that users write in raw SQL to those of a driver."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from manoir.exceptions import ProgrammingError, nearest

PLACEHOLDER = re.compile(r"%(?:\((?P<name>[^()]{1,200})\)s|(?P<plain>s)|(?P<percent>%))?")


def translate(sql: str, params: Sequence[Any] | Mapping[str, Any] | None, style: str) -> tuple[str, Sequence[Any]]:
    """Turn `%s` or `%(name)s` placeholders into a driver's.

    Args:
        sql: the statement. Without `params` it is passed on as it is; with them, a percent sign is written `%%`.
        params: values by position or by name; None: the statement has none.
        style: `"?"` for question marks, `"$"` for `$1`, `$2` …

    Returns:
        The driver's statement and its arguments by position.

    Raises:
        ProgrammingError: placeholders and parameters do not fit.

    Example:
        >>> translate("select %s, 5 %% 3", [1], "$")
        ('select $1, 5 % 3', [1])
    """
    if params is None:
        return sql, ()
    text, names = parse(sql, style)
    if isinstance(params, Mapping):
        return text, by_name(names, params)
    if isinstance(params, (str, bytes)):
        raise ProgrammingError("Parameters are a list, a tuple or a mapping, not one string: write [value].")
    if any(name is not None for name in names):
        raise ProgrammingError("The statement has named placeholders, %(name)s: pass a mapping of parameters.")
    if len(names) != len(params):
        raise ProgrammingError(f"The statement has {len(names)} placeholders, but {len(params)} parameters were given.")
    return text, params


def by_name(names: tuple[str | None, ...], params: Mapping[str, Any]) -> list[Any]:
    """Return the values of named placeholders, in the order of the statement."""
    values: list[Any] = []
    for name in names:
        if name is None:
            raise ProgrammingError("The statement has %s placeholders: pass a list of parameters, not a mapping.")
        if name not in params:
            raise ProgrammingError(f"No parameter is named {name!r}.{nearest(name, params)}")
        values.append(params[name])
    return values


@lru_cache(maxsize=256)
def parse(sql: str, style: str) -> tuple[str, tuple[str | None, ...]]:
    """Return the driver's text and the name (None: by position) of each placeholder."""
    names: list[str | None] = []

    def replace(match: re.Match[str]) -> str:
        if match["percent"]:
            return "%"
        if match["name"] is None and match["plain"] is None:
            raise ProgrammingError(
                f"A single percent sign at character {match.start()} of the statement: write %% where parameters are given."
            )
        names.append(match["name"])
        return "?" if style == "?" else f"${len(names)}"

    return PLACEHOLDER.sub(replace, sql), tuple(names)

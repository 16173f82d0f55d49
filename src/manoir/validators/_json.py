"""Documents of JSON that every database stores and every program reads again."""

from __future__ import annotations

import json
import re
from typing import Any, Final

MAX_DEPTH: Final = 100
"""How deep a document may be nested (H52)."""

NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""The NUL character in the text of a document, which PostgreSQL does not store."""


def check_json(value: Any, encoder: Any = None) -> None:
    r"""Refuse a document that cannot be stored and read again, whatever the database.

    Args:
        value: the document, as Python objects.
        encoder: a `json.JSONEncoder` class for values that JSON does not know.

    Raises:
        ValueError: it is nested deeper than 100 levels, holds what JSON does not know, a number that is infinite or
            none, a NUL character, or half of a surrogate pair.

    Example:
        >>> check_json({"a": [1, "b"]})
        >>> check_json("\x00")
        Traceback (most recent call last):
        ValueError: a text holds a NUL character
    """
    check_depth(value)
    try:
        text = json.dumps(value, cls=encoder, allow_nan=False, ensure_ascii=False)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if NUL.search(text):
        raise ValueError("a text holds a NUL character")
    text.encode()  # half of a surrogate pair is a UnicodeEncodeError, which is a ValueError


def check_depth(value: Any) -> None:
    """Refuse a document that is nested too deep, level by level: no recursion, whatever came.

    Raises:
        ValueError: it is.
    """
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [one for one in level if isinstance(one, (dict, list, tuple))]
        if not level:
            return
        level = [below for one in level for below in (one.values() if isinstance(one, dict) else one)]
    raise ValueError(f"nested more than {MAX_DEPTH} levels deep")

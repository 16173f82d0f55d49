"""The arguments `partition_by=` and `order_by=` of windows and aggregates: one value or several, names or expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from manoir.models._expressions import F, Ordering


def several(value: Any) -> Sequence[Any]:
    """One value or several as a sequence."""
    if value is None:
        return ()
    return cast("Sequence[Any]", value) if isinstance(value, (list, tuple)) else (value,)


def as_term(value: Any, owner: str) -> Ordering:
    """A term of an order; a `-` in front of a name turns it round.

    Raises:
        TypeError: it is neither a name nor an expression; `owner` is named.
    """
    if isinstance(value, Ordering):
        return value
    if isinstance(value, str):
        return Ordering(F(value.removeprefix("-")), value.startswith("-"))
    if not hasattr(value, "bind"):
        raise TypeError(f"{owner}(order_by=…) takes names and expressions, not {value!r:.80}.")
    return Ordering(value)

"""Lookups in text: contains, startswith, endswith, iexact and regular expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir.exceptions import FieldTypeError
from manoir.models._lookups._operands import encodable
from manoir.models._outputs import TEXT, TEXTS, kind_of
from manoir.models._shape import FALSE, Call, Compare, IsNull, Node, Param

if TYPE_CHECKING:
    from manoir.models._scope import Scope

MAX_PATTERN = 10_000
"""Longest regular expression, in characters."""

ESCAPE = "!"
"""Stands before `%`, `_` and itself in LIKE patterns; not a backslash, which databases treat differently."""


def escaped(text: str) -> str:
    """Text that LIKE takes as it is.

    Example:
        >>> escaped("100% _sure!")
        '100!% !_sure!!'
    """
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def as_text(left: Node) -> Node:
    """A value of another type, as text; JSON strings without their quotes."""
    kind = kind_of(left.field)
    if kind in TEXTS or not kind:
        return left
    return Call("json text" if kind == "json" else "cast", (left,), TEXT)


def searching(lookup: str) -> Any:
    """A lookup of the LIKE family; the compiler makes the pattern that its database needs."""

    def build(left: Node, value: Any, scope: Scope) -> Node:
        if value is None:
            if lookup == "iexact":
                return IsNull(left, True)
            raise FieldTypeError(f"{lookup} needs text, not None: use isnull (in {scope.method}).")
        left = as_text(left)
        if hasattr(value, "bind"):
            return Compare(lookup, left, as_text(value.bind(scope)))
        text = str(value.value if hasattr(value, "value") else value)
        if not encodable(text):
            return FALSE
        return Compare(lookup, left, Param(text, TEXT, special="nul" if "\x00" in text else ""))

    return build


def matching(lookup: str) -> Any:
    def build(left: Node, value: Any, scope: Scope) -> Node:
        if hasattr(value, "bind"):
            return Compare(lookup, as_text(left), value.bind(scope))
        pattern = getattr(value, "pattern", value)
        if not isinstance(pattern, str):
            raise FieldTypeError(f"{lookup} needs a regular expression as text, not {value!r:.80} (in {scope.method}).")
        if len(pattern) > MAX_PATTERN:
            raise FieldTypeError(
                f"The regular expression has {len(pattern):,} characters; {MAX_PATTERN:,} are the most."
            )
        if not encodable(pattern):
            return FALSE
        return Compare(lookup, as_text(left), Param(pattern, TEXT, special="nul" if "\x00" in pattern else ""))

    return build


TEXT_LOOKUPS = {
    **{
        name: searching(name)
        for name in ("iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith")
    },
    "regex": matching("regex"),
    "iregex": matching("iregex"),
}

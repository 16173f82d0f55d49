"""Documents: keys as transforms (`data__owner__name`), and the lookups that look into them.

A key never becomes SQL text: it is a parameter, whatever characters it has.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from manoir.exceptions import FieldTypeError
from manoir.models._lookups._operands import subquery_of
from manoir.models._outputs import JSON, TEXT
from manoir.models._shape import Call, Compare, IsNull, Literal, Node, Param, all_of, any_of

if TYPE_CHECKING:
    from manoir.models._scope import Scope

INDEX = re.compile(r"-?[0-9]{1,9}", re.ASCII)
AWKWARD = re.compile(r'["\\\x00-\x1f]')
"""Characters that SQLite's paths cannot quote."""
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""The NUL character in the text of a document: PostgreSQL stores none, so no row can match."""


class PathParam(Param):
    """Keys into a document, as one parameter; each database writes a path in its own way."""

    __slots__ = ()

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(keys, TEXT, ("keys",), special="keys")


def json_key(node: Node, key: str) -> Node:
    """The value under a key (or at an index) of a document."""
    if "\x00" in key:
        raise FieldTypeError(f"{key!r:.80} is no key of a document: PostgreSQL's hold no NUL character.")
    if isinstance(node, Call) and node.name == "json path":
        source, keys = node.parts[0], (*keys_of(node), key)
    else:
        source, keys = node, (key,)
    if any(AWKWARD.search(part) for part in keys):
        params = [Param(part, TEXT) for part in keys]
        return Call("json path", (source, *params), JSON, extra=tuple([bool(INDEX.fullmatch(part)) for part in keys]))
    return Call("json path", (source, PathParam(keys)), JSON)


def keys_of(node: Call) -> tuple[str, ...]:
    first = node.parts[1]
    if isinstance(first, PathParam):
        return first.value
    return tuple([part.value for part in node.parts[1:] if isinstance(part, Param)])


def is_key(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "json path"


def json_value(left: Node, value: Any, scope: Scope) -> Node:
    """The right side of a comparison with a document."""
    if hasattr(value, "bind"):
        return value.bind(scope)
    if value is None:
        return Param("null", JSON, special="raw json")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    convert = getattr(left.field, "get_lookup_value", JSON.get_lookup_value)
    try:
        text = json.dumps(value := convert(value), allow_nan=False, ensure_ascii=False)
        text.encode()  # lone surrogates cannot be stored
    except (TypeError, ValueError, RecursionError) as error:
        raise FieldTypeError(
            f"{left.field} holds JSON, which {value!r:.80} is not: {error} (in {scope.method})."
        ) from error
    return Param(value, JSON, special="number" if number else "nul" if NUL.search(text) else "")


def json_exact(left: Node, value: Any, scope: Scope) -> Node:
    right = json_value(left, value, scope)
    if isinstance(right, Literal) and right.value is None:
        return IsNull(left, True)
    return Compare("json exact", left, right)


def json_ordered(lookup: str) -> Any:
    def build(left: Node, value: Any, scope: Scope) -> Node:
        if value is None:
            raise FieldTypeError(f"Nothing is greater or less than None: use isnull (in {scope.method}).")
        return Compare(f"json {lookup}", left, json_value(left, value, scope))

    return build


def json_in(left: Node, value: Any, scope: Scope) -> Node:
    if subquery_of(value) is not None or isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise FieldTypeError(f"in on a document takes a list of values, not {value!r:.80} (in {scope.method}).")
    return any_of([json_exact(left, member, scope) for member in value])


def json_containment(lookup: str) -> Any:
    def build(left: Node, value: Any, scope: Scope) -> Node:
        return Compare(f"json {lookup}", left, json_value(left, value, scope))

    return build


def has_key(left: Node, value: Any, scope: Scope) -> Node:
    if hasattr(value, "bind"):
        return Compare("json has_key", left, value.bind(scope))
    if not isinstance(value, (str, int)):
        raise FieldTypeError(f"has_key takes a key, not {value!r:.80} (in {scope.method}).")
    key = str(value)
    return Compare("json has_key", left, Param(key, TEXT, special="nul" if "\x00" in key else ""))


def has_some(connector: Any) -> Any:
    def build(left: Node, value: Any, scope: Scope) -> Node:
        if isinstance(value, str) or not hasattr(value, "__iter__"):
            raise FieldTypeError(f"A list of keys is needed, not {value!r:.80} (in {scope.method}).")
        return connector([has_key(left, key, scope) for key in value])

    return build


JSON_LOOKUPS = {
    "exact": json_exact,
    "gt": json_ordered("gt"),
    "gte": json_ordered("gte"),
    "lt": json_ordered("lt"),
    "lte": json_ordered("lte"),
    "in": json_in,
    "has_key": has_key,
    "has_keys": has_some(all_of),
    "has_any_keys": has_some(any_of),
}
"""Lookups of documents and of what lies under a key."""

CONTAINMENT = {"contains": json_containment("contains"), "contained_by": json_containment("contained_by")}
"""Lookups of documents; under a key `contains` looks in text."""

"""The lookups that compare: exact, in, gt, gte, lt, lte, range, isnull."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from manoir.exceptions import FieldTypeError
from manoir.models._lookups._operands import Beyond, operand, preparer, subquery_of
from manoir.models._outputs import BIGINT, INTEGERS, TEXTS, kind_of
from manoir.models._shape import FALSE, Compare, InQuery, IsNull, Literal, Node, Param, Truth, any_of, negated

if TYPE_CHECKING:
    from manoir.models._scope import Scope

MAX_VALUES = 1_000_000
"""Most values of one `__in`."""

LISTED_KINDS = INTEGERS | TEXTS | {"decimal", "date", "datetime", "time", "duration", "uuid", "bool"}
"""Kinds whose list can be one parameter on every database; others are written out."""


def exact(left: Node, value: Any, scope: Scope) -> Node:
    if value is None:
        return IsNull(left, True)
    right = operand(left.field, rounded(left, value, "exact"), scope)
    if isinstance(right, Beyond):
        return FALSE
    if isinstance(right, Literal) and isinstance(right.value, bool) and kind_of(left.field) == "bool":
        truth = Truth(left)
        return truth if right.value else falsehood(left)
    return Compare("exact", left, right)


def falsehood(left: Node) -> Node:
    """A boolean that is false, and not NULL."""
    return Compare("exact", left, Literal(False, left.field)) if left.nullable else negated(Truth(left))


def ordered(lookup: str) -> Any:
    """One of the four lookups of order."""
    upwards = lookup in ("gt", "gte")

    def build(left: Node, value: Any, scope: Scope) -> Node:
        if value is None:
            raise FieldTypeError(f"Nothing is greater or less than None: use isnull (in {scope.method}).")
        right = operand(left.field, rounded(left, value, lookup), scope)
        if isinstance(right, Beyond):
            never = right is Beyond.NEVER or (right is Beyond.ABOVE) == upwards
            return FALSE if never else IsNull(left, False)
        return Compare(lookup, left, right)

    return build


def rounded(left: Node, value: Any, lookup: str) -> Any:
    """A fraction beside an integer column, moved to the integer that gives the same rows."""
    if type(value) not in (float, Decimal) or kind_of(left.field) not in INTEGERS:
        return value
    if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
        raise FieldTypeError(f"{left.field} cannot be compared with {value!r}.")
    if value == int(value):
        return int(value)
    if lookup == "exact":
        return 2**70  # beyond every column: no integer is a fraction
    return math.floor(value) if lookup in ("gt", "lte") else math.ceil(value)


def between(left: Node, value: Any, scope: Scope) -> Node:
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__") or len(pair := tuple(value)) != 2:
        raise FieldTypeError(f"range takes two values, the first and the last, not {value!r:.80} (in {scope.method}).")
    low = operand(left.field, rounded(left, pair[0], "gte"), scope)
    high = operand(left.field, rounded(left, pair[1], "lte"), scope)
    if low in (Beyond.ABOVE, Beyond.NEVER) or high in (Beyond.BELOW, Beyond.NEVER):
        return FALSE
    if isinstance(low, Beyond):
        return IsNull(left, False) if isinstance(high, Beyond) else Compare("lte", left, high)
    return Compare("gte", left, low) if isinstance(high, Beyond) else Compare("range", left, low, high)


def isnull(left: Node, value: Any, scope: Scope) -> Node:
    if not isinstance(value, bool):
        raise FieldTypeError(f"isnull takes True or False, not {value!r:.80} (in {scope.method}).")
    return IsNull(left, value)


def among(left: Node, value: Any, scope: Scope) -> Node:
    query = subquery_of(value)
    if query is None and hasattr(value, "as_subquery"):
        query = value.as_subquery(scope)
    if query is not None:
        if query.is_empty:
            return FALSE
        return InQuery(left, query.single_column(left.field))
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise FieldTypeError(f"in takes a list, set, tuple or queryset, not {value!r:.80} (in {scope.method}).")
    return among_values(left, cast("Iterable[Any]", value), scope)


def among_values(left: Node, values: Iterable[Any], scope: Scope) -> Node:
    """One parameter for the whole list, so that its length makes no new SQL text."""
    # hot path: benchmarks/orm_query.py
    listed: list[Any] = []
    single: list[Node] = []
    prepare = preparer(left.field)
    for value in values:
        if value is None:
            continue
        if hasattr(value, "bind"):
            single.append(value.bind(scope))
            continue
        if type(value) in (float, Decimal):
            value = rounded(left, value, "exact")
        if isinstance(value, (list, tuple, set)) and kind_of(left.field) != "json":
            raise FieldTypeError(f"in takes a flat list, but {value!r:.80} stands inside (in {scope.method}).")
        node = prepare(value)
        if isinstance(node, Beyond):
            continue
        if (isinstance(node, Param) and not node.special) or isinstance(node, Literal):
            listed.append(node.value)
        else:
            single.append(node)
    if len(listed) > MAX_VALUES:
        raise FieldTypeError(
            f"in got {len(listed):,} values; {MAX_VALUES:,} are the most. Use a queryset (in {scope.method})."
        )
    found: list[Node] = [Compare("exact", left, node) for node in single]
    if listed and kind_of(left.field) in LISTED_KINDS:
        found.append(Compare("among", left, ListParam(unique(listed), left.field)))
    elif listed:
        found.extend(Compare("exact", left, Param(value, left.field)) for value in unique(listed))
    return any_of(found)


def among_keys(left: Node, keys: Sequence[Any], scope: Scope) -> Node:
    """`among_values` for keys that came out of the database, each once: whole numbers need no look each."""
    # hot path: benchmarks/rest.py
    if kind_of(left.field) in INTEGERS and type(keys[0]) is int:
        return Compare("among", left, ListParam(list(keys), left.field))
    return among_values(left, keys, scope)


def unique(values: list[Any]) -> list[Any]:
    """The values without repetitions, in their order."""
    try:
        return list(dict.fromkeys(values))
    except TypeError:
        return values


class ListParam(Param):
    """A list of values that is one parameter."""

    __slots__ = ()

    def __init__(self, values: list[Any], field: Any) -> None:
        super().__init__(values, field, ("list", field.column_type if field is not None else BIGINT.column_type))

    def holding(self, values: Sequence[Any]) -> Param:
        """A parameter of the same kind with other values."""
        return Param(list(values), self.field, self.key)


COMPARISONS = {
    "exact": exact,
    "gt": ordered("gt"),
    "gte": ordered("gte"),
    "lt": ordered("lt"),
    "lte": ordered("lte"),
    "range": between,
    "isnull": isnull,
    "in": among,
}

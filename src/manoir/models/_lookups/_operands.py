"""Values of lookups: from what the user wrote to a node, or to the insight that no row can match."""

from __future__ import annotations

import datetime as dt
import enum
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from manoir.exceptions import FieldTypeError
from manoir.models._conditions import Q
from manoir.models._outputs import INTEGERS, TEXTS, kind_of
from manoir.models._query import Query
from manoir.models._shape import Key, Literal, Node, Param, Selected, shape_of_type
from manoir.models._state import is_model

if TYPE_CHECKING:
    from manoir.models._scope import Scope

WORD = re.compile(r"[A-Za-z0-9_-]{0,40}", re.ASCII)
"""Text that may stand in SQL text."""

PLAIN_TYPES = frozenset([int, str, float, bool, Decimal, dt.date, dt.datetime, dt.time, dt.timedelta, uuid.UUID, bytes])
"""Types of values that are neither expressions nor queries nor instances."""

MAX_CHOICES = 30
BIGGEST = 2**63 - 1


class Beyond(enum.Enum):
    """Why a value cannot be sent: no row can have it."""

    BELOW = "below"
    ABOVE = "above"
    NEVER = "never"


Prepare = Callable[[Any], "Node | Beyond"]


def preparer(field: Any) -> Prepare:
    """A function that makes the node for a value compared with `field`; kept with the field."""
    # hot path: benchmarks/orm_query.py
    known = field.__dict__.get("_query_prepare")
    if known is None:
        known = field.__dict__["_query_prepare"] = make_preparer(field)
    return known


def make_preparer(field: Any) -> Prepare:
    kind = kind_of(field)
    key: Key = ("param", shape_of_type(field), "")
    convert: Callable[[Any], Any] = field.get_lookup_value
    if kind in INTEGERS:
        return integer_preparer(field, convert, key)
    if kind == "bool":
        return lambda value: boolean(value, convert, field)
    if kind == "float":
        return lambda value: floating(convert(value), field, key)
    if kind in TEXTS:
        return text_preparer(field, convert, key)
    return lambda value: Param(convert(value), field, key)


def integer_preparer(field: Any, convert: Callable[[Any], Any], key: Key) -> Prepare:
    low, high = field.value_range or (-BIGGEST - 1, BIGGEST)
    low = -high - 1 if low == 0 else low  # a positive field's column holds as much as any other
    numbers = literal_values(field)

    def prepare(value: Any) -> Node | Beyond:
        # hot path: benchmarks/orm_query.py
        if type(value) is not int:
            value = convert(value)
        if value in numbers:
            return Literal(value, field)
        if low <= value <= high:
            return Param(value, field, key)
        return Beyond.BELOW if value < low else Beyond.ABOVE

    return prepare


def boolean(value: Any, convert: Callable[[Any], Any], field: Any) -> Node:
    try:
        return Literal(bool(convert(value)), field)
    except ArithmeticError as error:  # a signaling NaN cannot even be compared
        raise field.wrong_type(value) from error


def floating(value: Any, field: Any, key: Key) -> Node | Beyond:
    """NaN equals nothing, itself included; databases disagree about it."""
    return Beyond.NEVER if value != value else Param(value, field, key)


def text_preparer(field: Any, convert: Callable[[Any], Any], key: Key) -> Prepare:
    words = literal_values(field)
    null_character = ("param", shape_of_type(field), "nul")

    def prepare(value: Any) -> Node | Beyond:
        # hot path: benchmarks/orm_query.py
        if type(value) is not str:
            value = convert(value)
        if value in words:
            return Literal(value, field)
        if not value.isascii() and not encodable(value):
            return Beyond.NEVER
        if "\x00" in value:
            return Param(value, field, null_character, "nul")
        return Param(value, field, key)

    return prepare


def encodable(text: str) -> bool:
    """Whether the text is free of lone surrogates, which no database can store."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def literal_values(field: Any) -> frozenset[Any]:
    """Values that stand in the SQL text itself, so that the database plans with its statistics for each of them.

    They are the field's `choices`, when these are few, and the values that conditions of the model's partial indexes
    name: a parameter would never match such an index.
    """
    values = [*choice_values(field), *index_values(field)]
    return frozenset([value for value in values if is_literal(value)])


def is_literal(value: Any) -> bool:
    return (type(value) is str and WORD.fullmatch(value) is not None) or (type(value) is int and abs(value) < 2**31)


def choice_values(field: Any) -> list[Any]:
    choices = getattr(field, "_choices", None)
    if choices is None or (callable(choices) and not isinstance(choices, type)):
        return []
    values = [value.value if isinstance(value, enum.Enum) else value for value, _label in field.flatchoices]
    return values if len(values) <= MAX_CHOICES else []


def index_values(field: Any) -> list[Any]:
    """What conditions of partial indexes and constraints compare the field with."""
    model = getattr(field, "model", None)
    if model is None:
        return []
    names = (field.name, field.attname, f"{field.name}__exact")
    conditions = [getattr(one, "condition", None) for one in (*model._meta.indexes, *model._meta.constraints)]
    pairs = [child for one in conditions if isinstance(one, Q) for child in one.flatten() if isinstance(child, tuple)]
    values = [value for name, value in pairs if name in names]
    return [value.value if isinstance(value, enum.Enum) else value for value in values]


def operand(field: Any, value: Any, scope: Scope) -> Node | Beyond:
    """The right side of a lookup: an expression, a subquery, or a value of the type of `field`."""
    if type(value) in PLAIN_TYPES:
        return preparer(field)(value) if field is not None else scope.constant(value)
    if hasattr(value, "bind"):
        return value.bind(scope)
    query = subquery_of(value)
    if query is not None:
        return Selected(query.single_row(), query.single_column(field).output.nodes[0].field)
    if field is None:
        return scope.constant(value)
    if is_model(value):
        raise FieldTypeError(
            f"{field} was compared with {value!r:.80}, an instance (in {scope.method}); compare with one of its values, for example .pk."
        )
    return preparer(field)(value)


def subquery_of(value: Any) -> Query | None:
    """The query of a queryset; None for everything else."""
    if hasattr(value, "get_queryset"):
        value = value.get_queryset()
    query = getattr(value, "_query", None)
    return query if isinstance(query, Query) else None

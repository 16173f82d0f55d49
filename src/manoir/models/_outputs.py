"""Types of computed values: one shared field for each, and which type an operator makes out of two."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, Final, cast

from manoir.exceptions import FieldError, FieldTypeError
from manoir.models._fields import (
    BigIntegerField,
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    FloatField,
    IntegerField,
    JSONField,
    TextField,
    TimeField,
    UUIDField,
)
from manoir.models._shape import shape_of_type

BIGINT: Final[Any] = BigIntegerField(null=True)
INTEGER: Final[Any] = IntegerField(null=True)
FLOAT: Final[Any] = FloatField(null=True)
DECIMAL: Final[Any] = cast(Any, DecimalField)(null=True)
BOOLEAN: Final[Any] = BooleanField(null=True)
TEXT: Final[Any] = TextField(null=True)
DATE: Final[Any] = DateField(null=True)
DATETIME: Final[Any] = DateTimeField(null=True)
TIME: Final[Any] = TimeField(null=True)
DURATION: Final[Any] = DurationField(null=True)
UUID: Final[Any] = UUIDField(null=True)
JSON: Final[Any] = JSONField(null=True)
BINARY: Final[Any] = BinaryField(null=True)

BY_PYTHON_TYPE: Final[dict[type, Any]] = {
    bool: BOOLEAN,
    int: BIGINT,
    float: FLOAT,
    Decimal: DECIMAL,
    str: TEXT,
    bytes: BINARY,
    dt.datetime: DATETIME,
    dt.date: DATE,
    dt.time: TIME,
    dt.timedelta: DURATION,
    uuid.UUID: UUID,
    dict: JSON,
    list: JSON,
}

INTEGERS: Final = frozenset(["smallint", "int", "bigint"])
NUMBERS: Final = INTEGERS | {"decimal", "float"}
TEXTS: Final = frozenset(["char", "text"])
DATES: Final = frozenset(["date", "datetime"])
TIMES: Final = frozenset(["date", "datetime", "time"])


def kind_of(field: Any) -> str:
    """The kind of a field's column; "" where there is none."""
    # hot path: benchmarks/orm_query.py
    column_type = shape_of_type(field)
    return "" if column_type is None else column_type.kind


def field_for(value: Any) -> Any:
    """The field for a value of Python's.

    Raises:
        FieldTypeError: no column can hold such a value.
    """
    for cls in type(value).__mro__:
        if cls in BY_PYTHON_TYPE:
            return BY_PYTHON_TYPE[cls]
    raise FieldTypeError(
        f"{type(value).__name__} is no type of a database value: {str(value)[:80]!r}; say it with output_field=."
    )


def result_field(left: Any, operator: str, right: Any) -> Any:
    """The type of an arithmetic expression, from the types of its sides.

    Raises:
        FieldError: the types mix in no known way.
    """
    a, b = kind_of(left), kind_of(right)
    if not a or not b:
        return left if a else right
    if a in NUMBERS and b in NUMBERS:
        return number_field(left, a, right, b)
    found = SPANS.get((a, operator, b))
    if found is None and "duration" in (a, b):
        other = b if a == "duration" else a
        if other in NUMBERS and operator in ("*", "/"):
            found = DURATION
    if found is None:
        raise FieldError(f"{a} {operator} {b} has no type of its own; wrap it: ExpressionWrapper(…, output_field=…).")
    return found


def number_field(left: Any, a: str, right: Any, b: str) -> Any:
    if a in INTEGERS and b in INTEGERS:
        return BIGINT
    if "decimal" in (a, b) and "float" in (a, b):
        raise FieldError(
            f"The expression mixes {left} (decimal) and {right} (float); say which it is: ExpressionWrapper(…, output_field=…)."
        )
    return DECIMAL if "decimal" in (a, b) else FLOAT


SPANS: Final[dict[tuple[str, str, str], Any]] = {
    ("date", "-", "date"): DURATION,
    ("datetime", "-", "datetime"): DURATION,
    ("time", "-", "time"): DURATION,
    ("date", "+", "duration"): DATETIME,
    ("duration", "+", "date"): DATETIME,
    ("date", "-", "duration"): DATETIME,
    ("datetime", "+", "duration"): DATETIME,
    ("duration", "+", "datetime"): DATETIME,
    ("datetime", "-", "duration"): DATETIME,
    ("duration", "+", "duration"): DURATION,
    ("duration", "-", "duration"): DURATION,
}

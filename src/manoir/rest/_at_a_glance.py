"""Values that are surely right: for common fields a function that takes them without the field's hooks.

Most of what is sent is right, and that is told by one or two comparisons. Everything else goes to the field's own
`run_validation`, which finds out whether it can be read in another way, or what is wrong with it. So a function here
may know less than its field, and never something else.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from manoir.rest._fields_dates import ISO_8601, DateField
from manoir.rest._fields_numbers import BooleanField, DecimalField, IntegerField
from manoir.rest._fields_text import CharField, refuse_null_characters
from manoir.validators import MaxLengthValidator, MaxValueValidator, MinLengthValidator, MinValueValidator

Reader = Callable[[Any], Any]

LARGEST = 2**63
"""Integers and lengths beyond are left to the field."""
MOST_DIGITS = 28
"""Decimals of more digits are left to the field."""


def reader_of(field: Any) -> Reader:
    """Return what checks a value that was sent for a field: its `run_validation`, behind a glance where there is one."""
    for kind, glance in GLANCES.items():
        if type(field).to_internal_value is kind.to_internal_value:
            return glance(field)
    return field.run_validation


def limits_of(field: Any, least: Any, most: Any) -> tuple[Any, Any] | None:
    """The limits that a field's validators set; None where a validator does something else.

    Args:
        field: the field.
        least: the class of its validators of lower limits.
        most: that of upper limits.
    """
    low: Any = -LARGEST
    high: Any = LARGEST
    for validator in field.validators:
        limit: Any = getattr(validator, "limit_value", None)
        if validator is refuse_null_characters:
            continue
        if type(validator) not in (least, most) or type(limit) not in (int, Decimal):
            return None
        low, high = (max(low, limit), high) if type(validator) is least else (low, min(high, limit))
    return low, high


def text(field: CharField) -> Reader:
    check, limits = field.run_validation, limits_of(field, MinLengthValidator, MaxLengthValidator)
    if limits is None:
        return check
    (shortest, longest), trims = limits, field.trim_whitespace

    def read(value: Any) -> Any:
        # hot path: benchmarks/rest.py
        if type(value) is str and value.isascii() and "\0" not in value:
            found = value.strip() if trims else value
            if found and shortest <= len(found) <= longest:
                return found
        return check(value)

    return read


def whole_number(field: IntegerField) -> Reader:
    check, limits = field.run_validation, limits_of(field, MinValueValidator, MaxValueValidator)
    if limits is None:
        return check
    low, high = limits

    def read(value: Any) -> Any:
        return value if type(value) is int and low <= value <= high else check(value)

    return read


def decimal(field: DecimalField) -> Reader:
    check, limits = field.run_validation, limits_of(field, MinValueValidator, MaxValueValidator)
    digits, places = field.max_digits, field.decimal_places
    if limits is None or digits is None or not places or not places < digits <= MOST_DIGITS:
        return check
    if field.localize or field.rounding is not None:
        return check
    low, high = limits
    plain = re.compile(rf"[0-9]{{1,{digits - places}}}(?:\.[0-9]{{1,{places}}})?").fullmatch
    unit, context = Decimal(1).scaleb(-places), Context(prec=MOST_DIGITS)

    def read(value: Any) -> Any:
        # hot path: benchmarks/rest.py
        if type(value) is str and plain(value):
            number = Decimal(value).quantize(unit, None, context)
            if low <= number <= high:
                return number
        return check(value)

    return read


def date(field: DateField) -> Reader:
    check = field.run_validation
    if field.validators:
        return check

    def read(value: Any) -> Any:
        # hot path: benchmarks/rest.py (the setting may change, so it is asked each time)
        if type(value) is str and len(value) == 10 and value[4] == value[7] == "-" and list(field.input_formats) == ISO:
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                pass
        return check(value)

    return read


def truth(field: BooleanField) -> Reader:
    check = field.run_validation
    if field.validators:
        return check
    return lambda value: value if value is True or value is False else check(value)


ISO = [ISO_8601]
GLANCES: dict[type[Any], Callable[[Any], Reader]] = {
    CharField: text, IntegerField: whole_number, DecimalField: decimal, DateField: date, BooleanField: truth,
}  # fmt: skip
"""What makes the functions, by the field whose `to_internal_value` they stand before."""

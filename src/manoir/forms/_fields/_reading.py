"""Text to numbers, dates and durations, with limits before the work: pure functions, for whoever cleans input.

Each returns the value, or raises ValueError; what a number may be for a certain field (its range, its digits) is the
field's to say.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

MAX_NUMBER_LENGTH: Final = 400
"""Longest number a person sends; Python's own limit for digits is far above, its cost grows with their square."""
MAX_EXPONENT: Final = 1_000
"""Largest power of ten of a decimal number: `1e1000000` is seven characters, written out a million."""
MAX_DATE_LENGTH: Final = 100

WHOLE: Final = re.compile(r"[+-]?[0-9]{1,400}")
DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?")
ZERO_FRACTION: Final = re.compile(r"\.0{0,400}")


def plain_number(text: str) -> str:
    """The text without blanks around it, its digits written 0 to 9 in whatever script they were typed.

    Raises:
        ValueError: it is too long.
    """
    if len(text) > MAX_NUMBER_LENGTH:
        raise ValueError("too long")
    text = text.strip()
    if text.isascii():
        return text
    return "".join(str(int(char)) if char.isdecimal() else char for char in text)


def read_integer(text: str) -> int:
    """Read a whole number; a fraction of zeros is allowed, as spreadsheets write it.

    Example:
        >>> read_integer(" 12.00 ")
        12
    """
    text = plain_number(text)
    whole, dot, fraction = text.partition(".")
    if not WHOLE.fullmatch(whole) or (dot and not ZERO_FRACTION.fullmatch(dot + fraction)):
        raise ValueError("no whole number")
    return int(whole)


def read_decimal(text: str) -> Decimal:
    """Read a decimal number: finite, with an exponent of at most 1,000.

    Example:
        >>> read_decimal("1.50")
        Decimal('1.50')
    """
    text = plain_number(text)
    if not DECIMAL.fullmatch(text):
        raise ValueError("no decimal number")
    try:
        return sane_decimal(Decimal(text))
    except InvalidOperation as error:
        raise ValueError("no decimal number") from error


def sane_decimal(number: Decimal) -> Decimal:
    """The number itself, when it is finite and can be written out.

    Raises:
        ValueError: it is infinite, no number, or its exponent is beyond 1,000.
    """
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError("not finite, or too great")
    return number


def read_float(text: str) -> float:
    """Read a finite floating point number.

    Example:
        >>> read_float("1e3")
        1000.0
    """
    text = plain_number(text)
    if not DECIMAL.fullmatch(text):
        raise ValueError("no number")
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("too great")
    return number


def read_by_formats(text: str, formats: Iterable[Any]) -> dt.datetime:
    """Read a date or time by the first `strptime` format that fits.

    Example:
        >>> read_by_formats("03.09.2026", ["%Y-%m-%d", "%d.%m.%Y"])
        datetime.datetime(2026, 9, 3, 0, 0)
    """
    if len(text) > MAX_DATE_LENGTH:
        raise ValueError("too long")
    for form in formats:
        try:
            return dt.datetime.strptime(text, str(form))  # noqa: DTZ007  # the caller decides about the zone
        except (ValueError, TypeError):
            continue
    raise ValueError("no format fits")


def read_parsed(text: str, parse: Callable[[str], Any]) -> Any:
    """Read by a function that answers None for text that does not have its form."""
    if len(text) > MAX_DATE_LENGTH:
        raise ValueError("too long")
    found = parse(text)
    if found is None:
        raise ValueError("not of that form")
    return found

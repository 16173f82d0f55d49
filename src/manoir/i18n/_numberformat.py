"""Numbers with separators, written digit by digit: no locale of the operating system, no rounding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain, repeat
from typing import Final

MAX_DIGITS: Final = 200
"""Decimals with more digits before or after the point are written with an exponent, which costs no memory."""


def grouped_digits(digits: str, grouping: int | Sequence[int], separator: str) -> str:
    """Put `separator` between groups counted from the right; a list ends with 0 where the last size repeats."""
    sizes: Iterator[int]
    if isinstance(grouping, int):
        sizes = repeat(grouping)
    else:
        given = list(grouping)
        last = given[-1] if given[-1] > 0 else given[-2] if given[-1] == 0 and len(given) > 1 else 0
        sizes = chain((size for size in given if size > 0), repeat(last if given[-1] >= 0 else 0))
    groups: list[str] = []
    for size in sizes:
        if size <= 0 or len(digits) <= size:
            break
        groups.append(digits[-size:])
        digits = digits[:-size]
    return separator.join([digits, *reversed(groups)])


def written(number: Decimal | float | str, decimal_pos: int | None) -> str:
    """Write a number with `.`; Decimals with a hopeless exponent keep it."""
    if isinstance(number, float):
        # repr is the shortest text that means the same number; Decimal writes it without an exponent.
        number = Decimal(repr(number))
    if not isinstance(number, Decimal):
        return str(number)
    if not number.is_finite():
        return str(number)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) + len(number.as_tuple().digits) > MAX_DIGITS:
        coefficient, _, power = f"{number:e}".partition("e")
        head, point, tail = coefficient.partition(".")
        tail = tail[: decimal_pos or 0] if decimal_pos is not None else tail
        return f"{head}{point if tail else ''}{tail}e{power}"
    return f"{number:f}"


def format(
    number: Decimal | float | str,
    decimal_sep: str,
    decimal_pos: int | None = None,
    grouping: int | Sequence[int] = 0,
    thousand_sep: str = "",
    grouped: bool = False,
) -> str:
    """Write a number with the given separators.

    Args:
        number: the number, or its text with `.` before the fraction.
        decimal_sep: between whole and fraction.
        decimal_pos: digits of the fraction, cut or filled up; None leaves them.
        grouping: digits in a group; a list gives the sizes from the right.
        thousand_sep: between groups.
        grouped: whether to group at all.
    """
    text = written(number, decimal_pos)
    body, exponent_mark, exponent = text.partition("e")
    sign = "-" if body.startswith("-") else ""
    whole, _, fraction = body.lstrip("-").partition(".")
    if not exponent_mark and decimal_pos is not None and whole.isdigit():
        fraction = fraction[:decimal_pos].ljust(decimal_pos, "0")
    if grouped and grouping:
        whole = grouped_digits(whole, grouping, thousand_sep)
    if sign and not exponent_mark and not (whole + fraction).strip("0"):
        sign = ""
    return f"{sign}{whole}{decimal_sep + fraction if fraction else ''}{exponent_mark}{exponent}"

"""Values as SQL text, for DDL: a definition cannot have parameters.

Only exact types of a closed table are written, and text goes through one function that doubles quotes and refuses
what no literal can hold.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from manoir.exceptions import ProgrammingError


def literal(value: Any, vendor: str) -> str:
    """Write a driver's value as a literal.

    Args:
        value: what `connection.to_driver` made.
        vendor: `"sqlite"` or `"postgresql"`.

    Raises:
        ProgrammingError: no literal can stand for it.
    """
    if value is None:
        return "NULL"
    write = (POSTGRESQL if vendor == "postgresql" else SQLITE).get(type(value))
    if write is None:
        raise ProgrammingError(
            f"{value!r} ({type(value).__name__}) cannot be written into the definition of a table; use a plain value."
        )
    return write(value)


def quoted(text: str) -> str:
    """Write text as a literal; backslashes mean themselves (`standard_conforming_strings`, SQLite).

    Raises:
        ProgrammingError: it holds control characters that a literal (or this module's templates) cannot hold.
    """
    if any(mark in text for mark in "\x00\x01\x02\x03"):
        raise ProgrammingError(f"{text[:60]!r} holds a control character that cannot stand in SQL text.")
    return "'" + text.replace("'", "''") + "'"


def number(value: float) -> str:
    if not math.isfinite(value):
        return quoted(repr(value))
    return repr(value)


def decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ProgrammingError(f"{value!r} cannot be written into the definition of a table.")
    return format(value, "f")


def interval(value: dt.timedelta) -> str:
    microseconds = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    return f"interval '{microseconds} microseconds'"


def array(values: list[Any]) -> str:
    return f"ARRAY[{', '.join([literal(value, 'postgresql') for value in values])}]"


POSTGRESQL: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    float: number,
    Decimal: decimal,
    str: quoted,
    bytes: lambda value: f"'\\x{value.hex()}'::bytea",
    dt.date: lambda value: f"'{value.isoformat()}'::date",
    dt.time: lambda value: f"'{value.isoformat()}'::time",
    dt.datetime: lambda value: f"'{value.isoformat()}'::timestamptz",
    dt.timedelta: interval,
    uuid.UUID: lambda value: f"'{value}'::uuid",
    list: array,
}

SQLITE: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "1" if value else "0",
    int: str,
    float: number,
    str: quoted,
    bytes: lambda value: f"X'{value.hex()}'",
}

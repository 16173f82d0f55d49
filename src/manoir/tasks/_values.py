"""What a message can carry: JSON, and a closed table of types that JSON lacks. Nothing else is written or read.

A value that JSON has stands for itself. Others are objects with the key `$`, which names the type: `{"$": "date", "v":
"2026-11-30"}`. A dict that has such a key itself, or keys that are no text, is written as a list of pairs.
"""

from __future__ import annotations

import base64
import datetime as dt
import math
import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

import msgspec

from manoir.exceptions import TaskArgumentError, TaskMessageError

TAG: Final = "$"
DEPTH: Final = 32
"""How deep values may lie inside of each other."""
MAX_BYTES: Final = 1_000_000
"""The longest text, unless OPTIONS["MAX_BYTES"] of a backend says less."""
SMALL = -(2**63), 2**63 - 1
MICROSECOND = dt.timedelta(microseconds=1)
LONGEST_NUMBER: Final = 4_000
"""Digits of an int or Decimal."""

ITSELF: Final = frozenset({str, bool, type(None)})


def plain_int(value: int) -> Any:
    return value if SMALL[0] <= value <= SMALL[1] else tagged("int", str(value))


def plain_float(value: float) -> Any:
    if not math.isfinite(value):
        raise TaskArgumentError("A float that is infinite or not a number cannot be part of a message.")
    return value


def tagged(name: str, value: Any) -> dict[str, Any]:
    return {TAG: name, "v": value}


WRITERS: Final[dict[type, Callable[[Any], Any]]] = {
    int: plain_int,
    float: plain_float,
    dt.datetime: lambda value: tagged("datetime", value.isoformat()),
    dt.date: lambda value: tagged("date", value.isoformat()),
    dt.time: lambda value: tagged("time", value.isoformat()),
    dt.timedelta: lambda value: tagged("timedelta", value // MICROSECOND),
    Decimal: lambda value: tagged("decimal", str(value)),
    uuid.UUID: lambda value: tagged("uuid", value.hex),
    bytes: lambda value: tagged("bytes", base64.b64encode(value).decode()),
}
READERS: Final[dict[str, tuple[type, Callable[[Any], Any]]]] = {
    "int": (str, lambda text: int(short(text))),
    "datetime": (str, dt.datetime.fromisoformat),
    "date": (str, dt.date.fromisoformat),
    "time": (str, dt.time.fromisoformat),
    "timedelta": (int, lambda count: dt.timedelta(microseconds=count)),
    "decimal": (str, lambda text: Decimal(short(text))),
    "uuid": (str, lambda text: uuid.UUID(hex=text)),
    "bytes": (str, lambda text: base64.b64decode(text, validate=True)),
}
GROUPS: Final[dict[type, str]] = {tuple: "tuple", set: "set", frozenset: "frozenset"}
MAKERS: Final[dict[str, Callable[[Any], Any]]] = {"tuple": tuple, "set": set, "frozenset": frozenset}
KNOWN: Final = "None, bool, int, float, str, list, dict, tuple, set, frozenset, bytes, date, time, datetime, timedelta, Decimal, UUID"


def dumps(value: Any, what: str, *, max_bytes: int = MAX_BYTES) -> str:
    """Return a value as the text that a message carries.

    Args:
        value: of the types of the table.
        what: names the value in an error, such as `"arguments of send_receipt"`.
        max_bytes: the longest text.

    Raises:
        TaskArgumentError: the value, or one inside of it, is of another type, too deep, or too long.

    Example:
        >>> dumps([dt.date(2026, 11, 30)], "arguments")
        '[{"$":"date","v":"2026-11-30"}]'
    """
    try:
        text = msgspec.json.encode(to_plain(value, 0, what)).decode()
    except (UnicodeEncodeError, ValueError) as error:
        raise TaskArgumentError(f"The {what} cannot be written as JSON: {error}.") from error
    if len(text) > max_bytes or len(text.encode()) > max_bytes:
        raise TaskArgumentError(
            f"The {what}: {len(text):,} bytes as JSON, of at most {max_bytes:,}. Store large values in the database"
            " or a storage, and give the task their key."
        )
    return text


# hot path: benchmarks/tasks.py
def to_plain(value: Any, depth: int, what: str) -> Any:
    """Return a value in types of JSON."""
    kind = type(value)
    if kind in ITSELF:
        return value
    writer = WRITERS.get(kind)
    if writer is not None:
        return writer(value)
    if depth >= DEPTH:
        raise TaskArgumentError(f"The {what} are nested more than {DEPTH} levels deep.")
    if kind is list:
        return [to_plain(one, depth + 1, what) for one in value]
    if kind is dict:
        return plain_dict(value, depth, what)
    if kind in GROUPS:
        members = [to_plain(one, depth + 1, what) for one in value]
        # The members of a set come in any order; one order for equal sets keeps unique keys equal.
        return tagged(GROUPS[kind], members if kind is tuple else sorted(members, key=msgspec.json.encode))
    if isinstance(value, str):  # a member of TextChoices, a safe string: they arrive as plain text
        return str.__str__(value)
    if isinstance(value, int):
        return plain_int(int(value))
    raise TaskArgumentError(
        f"The {what} hold a {kind.__qualname__}, which no message carries.{advice(value)} Types that arrive as they"
        f" were sent: {KNOWN}."
    )


def plain_dict(value: dict[Any, Any], depth: int, what: str) -> Any:
    if all(type(key) is str for key in value) and TAG not in value:
        return {key: to_plain(one, depth + 1, what) for key, one in value.items()}
    pairs = [[to_plain(key, depth + 1, what), to_plain(one, depth + 1, what)] for key, one in value.items()]
    return tagged("dict", pairs)


def advice(value: Any) -> str:
    """Say what to send instead of a value of a frequent kind."""
    if hasattr(value, "_meta") and hasattr(value, "pk"):
        return " Give the task its primary key (`.pk`), and let it read the row."
    if hasattr(value, "_meta") or hasattr(value, "query"):
        return " Give the task a list of primary keys."
    if hasattr(value, "read"):
        return " Store the file, and give the task its name."
    return ""


def loads(text: str | bytes, what: str, *, max_bytes: int = MAX_BYTES) -> Any:
    """Return the value of a text that came out of a queue: hostile until it is read.

    Raises:
        TaskMessageError: the text is too long, no JSON, too deep, or holds a type outside of the table.

    Example:
        >>> loads('{"$":"date","v":"2026-11-30"}', "result")
        datetime.date(2026, 11, 30)
    """
    if len(text) > max_bytes:
        raise TaskMessageError(f"The {what} have {len(text):,} bytes, of at most {max_bytes:,}.")
    try:
        return from_plain(msgspec.json.decode(text), 0)
    except TaskMessageError as error:
        raise TaskMessageError(f"The {what} cannot be read: {error}") from None
    except (
        msgspec.DecodeError,
        RecursionError,
        ValueError,
        OverflowError,
        TypeError,
        InvalidOperation,
    ) as error:
        raise TaskMessageError(f"The {what} cannot be read: {type(error).__name__}.") from error


# hot path: benchmarks/tasks.py
def from_plain(value: Any, depth: int) -> Any:
    """Return the value that types of JSON stand for."""
    if type(value) is list:
        check_depth(depth)
        return [from_plain(one, depth + 1) for one in value]
    if type(value) is not dict:
        return value
    check_depth(depth)
    if TAG not in value:
        return {key: from_plain(one, depth + 1) for key, one in value.items()}
    return from_tagged(cast("dict[str, Any]", value), depth)


def from_tagged(value: dict[str, Any], depth: int) -> Any:
    name, inner = value[TAG], value.get("v")
    if len(value) != 2 or type(name) is not str:
        raise TaskMessageError("an object is neither plain nor of the table of types.")
    if name in READERS:
        kind, read = READERS[name]
        if type(inner) is not kind:
            raise TaskMessageError(f"a {name} is no {kind.__name__}.")
        return read(inner)
    if type(inner) is list and name in MAKERS:
        return MAKERS[name](from_plain(one, depth + 1) for one in inner)
    if type(inner) is list and name == "dict":
        return {from_plain(key, depth + 1): from_plain(one, depth + 1) for key, one in inner}
    raise TaskMessageError(f"there is no type {name[:40]!r}.")


def check_depth(depth: int) -> None:
    if depth > DEPTH:
        raise TaskMessageError(f"they are nested more than {DEPTH} levels deep.")


def short(text: str) -> str:
    """Refuse a number whose digits would take long to read."""
    if len(text) > LONGEST_NUMBER:
        raise TaskMessageError(f"a number has {len(text):,} digits.")
    return text

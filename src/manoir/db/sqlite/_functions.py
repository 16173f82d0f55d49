"""SQL functions that SQLite lacks: exact decimals, dates with time zones, regular expressions.

The decimal functions and the collation carry the names of SQLite's own decimal extension, which its shell has built in.
All functions answer NULL when an argument is NULL.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import sqlite3
import time as clock
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal, DivisionByZero, InvalidOperation
from typing import Any, cast
from zoneinfo import ZoneInfo

WIDE = Context(prec=100)
"""Enough digits that sums and products of stored decimals are exact."""

QUOTIENT = Context(prec=38)
MAX_PATTERN_LENGTH = 1000
MAX_PADDING = 10_000_000
MICROSECOND = timedelta(microseconds=1)


def number(value: Any) -> Decimal:
    return Decimal(value if isinstance(value, (str, int)) else repr(value))


def text(value: Decimal) -> str:
    return format(value, "f")


def compare_decimals(left: str, right: str) -> int:
    """Order two texts as numbers; texts that are none, behind all numbers."""
    if left == right:
        return 0
    try:
        a, b = Decimal(left), Decimal(right)
        return (a > b) - (a < b)
    except InvalidOperation:
        a, b = (not is_number(left), left), (not is_number(right), right)
        return (a > b) - (a < b)


def is_number(value: str) -> bool:
    try:
        Decimal(value)
    except InvalidOperation:
        return False
    return True


def decimal_cmp(left: Any, right: Any) -> int:
    return compare_decimals(str(left), str(right))


def decimal_add(left: Any, right: Any) -> str:
    return text(WIDE.add(number(left), number(right)))


def decimal_sub(left: Any, right: Any) -> str:
    return text(WIDE.subtract(number(left), number(right)))


def decimal_mul(left: Any, right: Any) -> str:
    return text(WIDE.multiply(number(left), number(right)))


def decimal_div(left: Any, right: Any) -> str | None:
    try:
        return text(QUOTIENT.divide(number(left), number(right)))
    except (DivisionByZero, InvalidOperation):
        return None


def decimal_mod(left: Any, right: Any) -> str | None:
    try:
        return text(WIDE.remainder(number(left), number(right)))
    except (DivisionByZero, InvalidOperation):
        return None


def decimal_pow(left: Any, right: Any) -> str:
    return text(QUOTIENT.power(number(left), number(right)))


def decimal_neg(value: Any) -> str:
    return text(-number(value))


def decimal_abs(value: Any) -> str:
    return text(abs(number(value)))


def decimal_round(value: Any, places: int) -> str:
    """Round half away from zero, as PostgreSQL does."""
    return text(number(value).quantize(Decimal(1).scaleb(-places), rounding="ROUND_HALF_UP", context=WIDE))


class DecimalSum:
    """The aggregate `decimal_sum`."""

    def __init__(self) -> None:
        self.total: Decimal | None = None
        self.count = 0

    def step(self, value: Any) -> None:
        if value is not None:
            self.count += 1
            self.total = number(value) if self.total is None else WIDE.add(self.total, number(value))

    def inverse(self, value: Any) -> None:
        """Take a value out again: the frame of a window moved on."""
        if value is not None and self.total is not None:
            self.count -= 1
            self.total = WIDE.subtract(self.total, number(value)) if self.count else None

    def value(self) -> str | None:
        return None if self.total is None else text(self.total)

    finalize = value


class DecimalAvg(DecimalSum):
    """The aggregate `decimal_avg`."""

    def value(self) -> str | None:
        return None if self.total is None else text(QUOTIENT.divide(self.total, Decimal(self.count)))

    finalize = value


class Spread:
    """Ground of the aggregates for variance and standard deviation: Welford's sums, which lose no digits."""

    least = 1
    root = False

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0

    def step(self, value: Any) -> None:
        if value is not None:
            self.count += 1
            distance = float(value) - self.mean
            self.mean += distance / self.count
            self.squares += distance * (float(value) - self.mean)

    def inverse(self, value: Any) -> None:
        """Take a value out again: the frame of a window moved on."""
        if value is not None:
            self.count -= 1
            if not self.count:
                self.mean = self.squares = 0.0
                return
            distance = float(value) - self.mean
            self.mean -= distance / self.count
            self.squares = max(0.0, self.squares - distance * (float(value) - self.mean))

    def value(self) -> float | None:
        if self.count < self.least:
            return None
        variance = self.squares / (self.count - self.least + 1)
        return variance**0.5 if self.root else variance

    finalize = value


SPREADS: dict[str, type[Spread]] = {
    f"manoir_{name}_{kind}": type(f"{name}_{kind}", (Spread,), {"root": name == "stddev", "least": least})
    for name in ("stddev", "var")
    for kind, least in (("pop", 1), ("samp", 2))
}


AGGREGATES: dict[str, type[Any]] = {"decimal_sum": DecimalSum, "decimal_avg": DecimalAvg, **SPREADS}


@functools.lru_cache(maxsize=128)
def pattern(source: str) -> re.Pattern[str]:
    if len(source) > MAX_PATTERN_LENGTH:
        raise ValueError(f"A regular expression has more than {MAX_PATTERN_LENGTH} characters.")
    return re.compile(source)


def regexp(source: str, value: Any) -> bool:
    """`value REGEXP source`."""
    return pattern(source).search(str(value)) is not None


@functools.lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def moment(value: Any, tz: str | None) -> datetime:
    """Read stored text; with `tz`, text in UTC becomes local time there, still with its zone."""
    source = str(value)
    if len(source) <= 10:
        return datetime.fromisoformat(source)
    parsed = datetime.fromisoformat(source)
    return parsed if tz is None else parsed.replace(tzinfo=UTC).astimezone(zone(tz))


START: dict[str, Callable[[datetime], datetime]] = {
    "year": lambda at: at.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0),
    "quarter": lambda at: at.replace(
        month=at.month - (at.month - 1) % 3, day=1, hour=0, minute=0, second=0, microsecond=0
    ),
    "month": lambda at: at.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
    "week": lambda at: at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=at.weekday()),
    "day": lambda at: at.replace(hour=0, minute=0, second=0, microsecond=0),
    "hour": lambda at: at.replace(minute=0, second=0, microsecond=0),
    "minute": lambda at: at.replace(second=0, microsecond=0),
    "second": lambda at: at.replace(microsecond=0),
}


def date_trunc(kind: str, value: Any, tz: str | None) -> str | None:
    """Cut a stored date, time or datetime down to the start of its `kind`.

    A date gives a date, a time a time, a datetime a datetime in UTC; kinds `date` and `time` give that part of a
    datetime, in the zone `tz` (None: as it is stored).
    """
    if value is None:
        return None
    source = str(value)
    if source[2:3] == ":":
        return START[kind](datetime.combine(date(2000, 1, 1), time.fromisoformat(source))).time().isoformat()
    at = moment(source, tz)
    if kind == "date":
        return at.date().isoformat()
    if kind == "time":
        return at.time().isoformat()
    start = START[kind](at)
    if len(source) <= 10:
        return start.date().isoformat()
    if start.tzinfo is not None:
        start = start.astimezone(UTC).replace(tzinfo=None)
    return start.isoformat(" ")


PARTS: dict[str, Callable[[datetime], int]] = {
    "year": lambda at: at.year,
    "iso_year": lambda at: at.isocalendar().year,
    "quarter": lambda at: (at.month + 2) // 3,
    "month": lambda at: at.month,
    "week": lambda at: at.isocalendar().week,
    "week_day": lambda at: at.isoweekday() % 7 + 1,
    "iso_week_day": lambda at: at.isoweekday(),
    "day": lambda at: at.day,
    "hour": lambda at: at.hour,
    "minute": lambda at: at.minute,
    "second": lambda at: at.second,
    "microsecond": lambda at: at.microsecond,
}


def extract(part: str, value: Any, tz: str | None) -> int | None:
    """Return a part of a stored date, time or datetime, the latter in the zone `tz` (None: as it is stored)."""
    if value is None:
        return None
    source = str(value)
    if source[2:3] == ":":
        return PARTS[part](datetime.combine(date(2000, 1, 1), time.fromisoformat(source)))
    return PARTS[part](moment(source, tz))


def datetime_add(value: Any, microseconds: int) -> str:
    """Add a duration; a date becomes a datetime."""
    return (datetime.fromisoformat(str(value)) + timedelta(microseconds=microseconds)).isoformat(" ")


def datetime_diff(left: Any, right: Any) -> int:
    """Return the microseconds from `right` to `left`: two dates, two datetimes or two times."""
    a, b = str(left), str(right)
    if a[2:3] == ":":
        day = date(2000, 1, 1)
        first, second = datetime.combine(day, time.fromisoformat(a)), datetime.combine(day, time.fromisoformat(b))
    else:
        first, second = datetime.fromisoformat(a), datetime.fromisoformat(b)
    return (first - second) // MICROSECOND


DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


def digest(name: str) -> Callable[[Any], str]:
    """The function that answers a digest of text in hexadecimal digits."""
    return lambda text: hashlib.new(name, str(text).encode(), usedforsecurity=False).hexdigest()


def padding(length: int, text: str, fill: str) -> str:
    missing = length - len(text)
    if missing > MAX_PADDING:
        raise ValueError(f"A text would be filled up with {missing:,} characters; {MAX_PADDING:,} are the most.")
    return (fill * (missing // len(fill) + 1))[:missing] if fill and missing > 0 else ""


def lpad(text: Any, length: int, fill: Any) -> str:
    """Fill text up at its beginning, or cut it off, as PostgreSQL does."""
    return (padding(length, str(text), str(fill)) + str(text))[: max(length, 0)]


def rpad(text: Any, length: int, fill: Any) -> str:
    """Fill text up at its end, or cut it off, as PostgreSQL does."""
    return (str(text) + padding(length, str(text), str(fill)))[: max(length, 0)]


def uuid7() -> str:
    """A UUID of version 7: 48 bits of milliseconds since 1970, then random ones around version and variant."""
    moment = clock.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    high, low = random >> 68, random & ((1 << 62) - 1)
    return f"{moment << 80 | 7 << 76 | high << 64 | 2 << 62 | low:032x}"


def joined(members: str, delimiter: Any) -> str | None:
    """Join the texts of a JSON list; NULL without any."""
    texts = json.loads(members)
    return str(delimiter or "").join(texts) if texts else None


def joined_in_order(members: str, delimiter: Any, directions: str) -> str | None:
    """The same for lists of a text and what it is sorted by.

    Args:
        members: a JSON list of lists.
        delimiter: stands between the texts.
        directions: a letter for each key: `a` and `d` with NULL first, `A` and `D` with NULL last.
    """
    rows: list[list[Any]] = json.loads(members)
    for place in range(len(directions), 0, -1):
        direction = directions[place - 1]
        empty = [row for row in rows if row[place] is None]
        full = [row for row in rows if row[place] is not None]
        full.sort(key=lambda row: (isinstance(row[place], str), row[place]), reverse=direction in "dD")
        rows = [*full, *empty] if direction in "AD" else [*empty, *full]
    return str(delimiter or "").join([row[0] for row in rows]) if rows else None


def null_in_null_out(func: Callable[..., Any]) -> Callable[..., Any]:
    """Answer NULL when any argument is."""

    def guarded(*args: Any) -> Any:
        return None if None in args else func(*args)

    return guarded


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "decimal_cmp": (2, null_in_null_out(decimal_cmp)),
    "decimal_add": (2, null_in_null_out(decimal_add)),
    "decimal_sub": (2, null_in_null_out(decimal_sub)),
    "decimal_mul": (2, null_in_null_out(decimal_mul)),
    "decimal_div": (2, null_in_null_out(decimal_div)),
    "decimal_mod": (2, null_in_null_out(decimal_mod)),
    "decimal_pow": (2, null_in_null_out(decimal_pow)),
    "decimal_neg": (1, null_in_null_out(decimal_neg)),
    "decimal_abs": (1, null_in_null_out(decimal_abs)),
    "decimal_round": (2, null_in_null_out(decimal_round)),
    "regexp": (2, null_in_null_out(regexp)),
    "manoir_reverse": (1, null_in_null_out(lambda text: str(text)[::-1])),
    "manoir_lpad": (3, null_in_null_out(lpad)),
    "manoir_rpad": (3, null_in_null_out(rpad)),
    **{f"manoir_{name}": (1, null_in_null_out(digest(name))) for name in DIGESTS},
    "manoir_join": (2, joined),
    "manoir_join_sorted": (3, joined_in_order),
    "manoir_date_trunc": (3, date_trunc),
    "manoir_extract": (3, extract),
    "manoir_datetime_add": (2, null_in_null_out(datetime_add)),
    "manoir_datetime_diff": (2, null_in_null_out(datetime_diff)),
}


RANDOM: dict[str, Callable[[], str]] = {"manoir_uuid4": lambda: uuid.uuid4().hex, "manoir_uuid7": uuid7}
"""Functions that answer something else at each call."""


def register(raw: sqlite3.Connection) -> None:
    """Give one connection all functions, aggregates and collations."""
    for name, (count, func) in FUNCTIONS.items():
        raw.create_function(name, count, func, deterministic=True)
    for name, make in RANDOM.items():
        raw.create_function(name, 0, make)
    if hasattr(raw, "create_window_function"):  # SQLite 3.25: as aggregates they serve windows too
        for name, aggregate in AGGREGATES.items():
            raw.create_window_function(name, 1, cast("Any", aggregate))
    raw.create_collation("decimal", compare_decimals)

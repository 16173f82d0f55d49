"""Values on their way into SQLite and back: exact text for decimals, text for dates, integers for durations."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from manoir.conf import settings
from manoir.db._columns import ColumnType, Converter
from manoir.db.sqlite._functions import WIDE
from manoir.exceptions import DataError

MICROSECOND = timedelta(microseconds=1)


def decimal_to_text(value: Decimal) -> str:
    if not value.is_finite():
        raise DataError("A decimal that is not a number, or is infinite, cannot be stored in SQLite.")
    return format(value, "f")


def float_to_driver(value: float) -> float:
    if value != value:
        raise DataError("A float that is not a number cannot be stored in SQLite: it would become NULL.")
    return value


def text_to_driver(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DataError("A text with half of a surrogate pair cannot be stored.") from None
    return value


def aware_to_text(value: datetime) -> str:
    if value.tzinfo is None:
        raise DataError("A datetime without time zone cannot be stored while USE_TZ is True.")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def naive_to_text(value: datetime) -> str:
    if value.tzinfo is not None:
        raise DataError("A datetime with a time zone cannot be stored while USE_TZ is False.")
    return value.isoformat(" ")


def duration_to_microseconds(value: timedelta) -> int:
    return value // MICROSECOND


def json_to_text(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


def uuid_to_hex(value: uuid.UUID) -> str:
    return value.hex


def decimal_from_driver(value: str | float) -> Decimal:
    # A REAL is what other programs stored: its shortest text is what they meant.
    return Decimal(value if type(value) is str else repr(value))


def decimal_converter(places: int) -> Converter:
    """Return a converter that also gives every value its number of places, as PostgreSQL does."""
    unit = Decimal(1).scaleb(-places)

    def decimal_with_places(value: str | float) -> Decimal:
        number = Decimal(value if type(value) is str else repr(value))
        return number if number.as_tuple().exponent == -places else number.quantize(unit, context=WIDE)

    return decimal_with_places


def date_from_text(value: str) -> date:
    return date.fromisoformat(value[:10])


def time_from_text(value: str) -> time:
    return time.fromisoformat(value)


def aware_from_text(value: str) -> datetime:
    parsed = datetime.fromisoformat(value)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def naive_from_text(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=None)


def duration_from_microseconds(value: int) -> timedelta:
    return timedelta(microseconds=value)


def uuid_from_hex(value: str) -> uuid.UUID:
    return uuid.UUID(hex=value)


TO_DRIVER: dict[str, Converter] = {
    "decimal": decimal_to_text,
    "float": float_to_driver,
    "bool": int,
    "char": text_to_driver,
    "text": text_to_driver,
    "date": date.isoformat,
    "time": time.isoformat,
    "duration": duration_to_microseconds,
    "uuid": uuid_to_hex,
    "json": json_to_text,
}

FROM_DRIVER: dict[str, Converter] = {
    "decimal": decimal_from_driver,
    "float": float,
    "bool": bool,
    "date": date_from_text,
    "time": time_from_text,
    "duration": duration_from_microseconds,
    "uuid": uuid_from_hex,
    "json": msgspec.json.decode,
    "binary": bytes,
}


def to_driver(column_type: ColumnType) -> Converter | None:
    """Return what turns a canonical value into one for sqlite3, or None."""
    if column_type.kind == "datetime":
        return aware_to_text if settings.USE_TZ else naive_to_text
    return TO_DRIVER.get(column_type.kind)


def from_driver(column_type: ColumnType) -> Converter | None:
    """Return what turns a value of sqlite3 into the canonical one, or None."""
    if column_type.kind == "datetime":
        return aware_from_text if settings.USE_TZ else naive_from_text
    if column_type.kind == "decimal" and column_type.places is not None:
        return decimal_converter(column_type.places)
    return FROM_DRIVER.get(column_type.kind)

"""Values on their way into PostgreSQL and back; asyncpg knows most types by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from manoir.conf import settings
from manoir.db._columns import ColumnType, Converter
from manoir.exceptions import DataError


def aware_to_driver(value: datetime) -> datetime:
    if value.tzinfo is None:
        # asyncpg would take it for the local time of this machine.
        raise DataError("A datetime without time zone cannot be stored while USE_TZ is True.")
    return value


def naive_to_driver(zone: ZoneInfo) -> Callable[[datetime], datetime]:
    """Return what reads a naive datetime as local time of `zone`, which the column (with time zone) stores in UTC."""

    def to_driver(value: datetime) -> datetime:
        if value.tzinfo is not None:
            raise DataError("A datetime with a time zone cannot be stored while USE_TZ is False.")
        return value.replace(tzinfo=zone)

    return to_driver


def naive_from_driver(zone: ZoneInfo) -> Callable[[datetime], datetime]:
    """Return what turns a stored moment into naive local time of `zone`."""

    def from_driver(value: datetime) -> datetime:
        return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo is not None else value

    return from_driver


def utc_from_driver(value: datetime) -> datetime:
    return value if value.tzinfo is UTC else value.replace(tzinfo=UTC)


def json_to_text(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


def to_driver(column_type: ColumnType, zone: ZoneInfo) -> Converter | None:
    """Return what turns a canonical value into one for asyncpg, or None."""
    if column_type.kind == "datetime":
        return aware_to_driver if settings.USE_TZ else naive_to_driver(zone)
    return json_to_text if column_type.kind == "json" else None


def from_driver(column_type: ColumnType, zone: ZoneInfo) -> Converter | None:
    """Return what turns a value of asyncpg into the canonical one, or None."""
    if column_type.kind == "datetime":
        return None if settings.USE_TZ else naive_from_driver(zone)
    return msgspec.json.decode if column_type.kind == "json" else None

"""Dates, times and durations out of text: ISO 8601, and the ways Django and PostgreSQL write durations.

What does not have the form is None; what has the form but is no date (`2026-02-30`) is a ValueError. Each parser looks
at no more than a few dozen characters, and its expression has no nested repeats.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from manoir.timezone._zones import get_fixed_timezone

MAX_LENGTH: Final = 64

TIME = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2})"
    r"(?::(?P<second>[0-9]{1,2})(?:[.,](?P<microsecond>[0-9]{1,6})[0-9]{0,6})?)?"
)
ZONE = r"(?: ?(?P<zone>Z|z|[+-][0-9]{2}(?::?[0-9]{2})?))?"
DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"

DATE_FORM = re.compile(DATE)
TIME_FORM = re.compile(TIME)
DATETIME_FORM = re.compile(DATE + r"[T ]" + TIME + ZONE)

STANDARD_DURATION = re.compile(
    r"(?:(?P<days>-?[0-9]{1,10})(?: days?(?:, ?| )| ))?"
    r"(?P<sign>-?)"
    r"(?:(?:(?P<hours>[0-9]{1,10}):)?(?P<minutes>[0-9]{1,10}):)?"
    r"(?P<seconds>[0-9]{1,12})"
    r"(?:[.,](?P<microseconds>[0-9]{1,6})[0-9]{0,6})?"
)
ISO_DURATION = re.compile(
    r"(?P<sign>[-+]?)P"
    r"(?:(?P<weeks>-?[0-9]{1,10}(?:[.,][0-9]{1,9})?)W)?"
    r"(?:(?P<days>-?[0-9]{1,10}(?:[.,][0-9]{1,9})?)D)?"
    r"(?P<time>T(?:(?P<hours>-?[0-9]{1,10}(?:[.,][0-9]{1,9})?)H)?"
    r"(?:(?P<minutes>-?[0-9]{1,10}(?:[.,][0-9]{1,9})?)M)?"
    r"(?:(?P<seconds>-?[0-9]{1,12}(?:[.,][0-9]{1,9})?)S)?)?"
)
POSTGRES_DURATION = re.compile(
    r"(?:(?P<days>-?[0-9]{1,10}) days? ?)?"
    r"(?:(?P<sign>[-+]?)(?P<hours>[0-9]{1,10}):(?P<minutes>[0-9]{2}):(?P<seconds>[0-9]{2})"
    r"(?:\.(?P<microseconds>[0-9]{1,6}))?)?"
)


def matched(form: re.Pattern[str], value: str) -> dict[str, str] | None:
    """Return the named parts of `value` if it has the form, without those that are absent."""
    match = form.fullmatch(value) if len(value) <= MAX_LENGTH else None
    return None if match is None else {name: part for name, part in match.groupdict().items() if part is not None}


def zone_of(text: str | None) -> dt.tzinfo | None:
    if text is None:
        return None
    if text in "Zz":
        return dt.UTC
    minutes = int(text[1:3]) * 60 + (int(text[-2:]) if len(text) > 3 else 0)
    return get_fixed_timezone(-minutes if text[0] == "-" else minutes)


def clock_of(parts: dict[str, str]) -> tuple[int, int, int, int]:
    microsecond = int(parts.get("microsecond", "0").ljust(6, "0"))
    return int(parts["hour"]), int(parts["minute"]), int(parts.get("second", 0)), microsecond


def parse_date(value: str) -> dt.date | None:
    """Read a date written as `YYYY-MM-DD`.

    Returns:
        The date, or None when `value` does not have the form.

    Raises:
        ValueError: it has the form, but there is no such day.

    Example:
        >>> parse_date("2026-11-22")
        datetime.date(2026, 11, 22)
    """
    parts = matched(DATE_FORM, value)
    return None if parts is None else dt.date(int(parts["year"]), int(parts["month"]), int(parts["day"]))


def parse_time(value: str) -> dt.time | None:
    """Read a time written as `HH:MM[:SS[.ffffff]]`, without a time zone.

    Returns:
        The time, or None when `value` does not have the form or names a zone.

    Raises:
        ValueError: it has the form, but there is no such time.

    Example:
        >>> parse_time("08:30")
        datetime.time(8, 30)
    """
    parts = matched(TIME_FORM, value)
    return None if parts is None else dt.time(*clock_of(parts))


def parse_datetime(value: str) -> dt.datetime | None:
    """Read a datetime written as `YYYY-MM-DD HH:MM[:SS[.ffffff]][zone]`, with a blank or a T between.

    Returns:
        The datetime, aware if the text ends with `Z` or an offset (`+02:00`, `+0200`, `+02`); or None when `value` does
        not have the form.

    Raises:
        ValueError: it has the form, but there is no such moment.

    Example:
        >>> parse_datetime("2026-11-22T12:00:00Z")
        datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc)
    """
    parts = matched(DATETIME_FORM, value)
    if parts is None:
        return None
    day = int(parts["year"]), int(parts["month"]), int(parts["day"])
    return dt.datetime(*day, *clock_of(parts), tzinfo=zone_of(parts.get("zone")))


def parse_duration(value: str) -> dt.timedelta | None:
    """Read a duration: `3 04:05:06.7` as Django writes it, `P3DT4H` (ISO 8601), `3 days 04:05:06` (PostgreSQL).

    Returns:
        The duration, or None when `value` has none of these forms (months and years have no fixed length).

    Raises:
        ValueError: it has the form, but is longer than a `timedelta` can be.

    Example:
        >>> parse_duration("P1DT2H")
        datetime.timedelta(days=1, seconds=7200)
    """
    if not value:
        return None
    for form in (STANDARD_DURATION, ISO_DURATION, POSTGRES_DURATION):
        parts = matched(form, value)
        if parts is not None:
            break
    else:
        return None
    if form is ISO_DURATION and (parts.get("time") == "T" or not set(parts) - {"sign", "time"}):
        return None
    try:
        return total(parts, iso=form is ISO_DURATION)
    except OverflowError:
        raise ValueError(f"The duration {value!r} is out of range: a timedelta has at most 999,999,999 days.") from None


def total(parts: dict[str, str], *, iso: bool) -> dt.timedelta:
    sign = -1 if parts.get("sign") == "-" else 1
    microseconds = int(parts.get("microseconds", "0").ljust(6, "0"))
    amounts = {
        name: float(parts[name].replace(",", "."))
        for name in ("weeks", "days", "hours", "minutes", "seconds")
        if name in parts
    }
    days = dt.timedelta(days=amounts.pop("days", 0))
    rest = dt.timedelta(microseconds=microseconds, **amounts)
    # In ISO 8601 a sign before P belongs to the whole; in the other forms the days carry their own.
    return sign * (days + rest) if iso else days + sign * rest


def duration_string(duration: dt.timedelta) -> str:
    """Write a duration as Django does: `[days ]HH:MM:SS[.ffffff]`; `parse_duration` reads it.

    Example:
        >>> duration_string(dt.timedelta(days=1, hours=2))
        '1 02:00:00'
    """
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{duration.days} " if duration.days else ""
    fraction = f".{duration.microseconds:06d}" if duration.microseconds else ""
    return f"{days}{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"


def duration_iso_string(duration: dt.timedelta) -> str:
    """Write a duration as ISO 8601 does; `parse_duration` reads it.

    Example:
        >>> duration_iso_string(dt.timedelta(days=1, hours=2))
        'P1DT02H00M00S'
    """
    sign, duration = ("-", -duration) if duration < dt.timedelta(0) else ("", duration)
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{duration.microseconds:06d}" if duration.microseconds else ""
    return f"{sign}P{duration.days}DT{hours:02d}H{minutes:02d}M{seconds:02d}{fraction}S"

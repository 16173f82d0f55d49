"""Dates and times by Django's documented format characters, such as `"j N Y"` and `"P"`.

Each character is one function from the value to its text. Names of months and days are translated: by catalogues, else
as the CLDR writes them.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from email.utils import format_datetime
from functools import cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from manoir.conf import settings
from manoir.i18n._cldr import name_of
from manoir.i18n._languages import get_language, override
from manoir.i18n._translate import gettext, pgettext

Moment: TypeAlias = date | time
"""A date, a datetime or a time."""

MAX_FORMAT_LENGTH: Final = 1_000

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS_SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTHS_SHORT = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS_AP = ("Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")
"""Abbreviated as the Associated Press does."""


@cache  # bounded: callers pass the one TIME_ZONE of the settings
def zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def aware(value: datetime) -> datetime:
    """Give a naive value the time zone of the settings."""
    return value if value.tzinfo is not None else value.replace(tzinfo=zone(settings.TIME_ZONE))


def offset(value: Moment) -> timedelta | None:
    if isinstance(value, datetime):
        return aware(value).utcoffset()
    return value.utcoffset() if isinstance(value, time) else None


def named(letter: str, index: int, text: str, context: str | None = None) -> str:
    """The name of a month or day as the language in use writes it: out of a catalogue, or else out of the CLDR."""
    found = gettext(text) if context is None else pgettext(context, text)
    return found if found != text else name_of(get_language(), letter, index) or text


def half_of_day(letter: str, value: time | datetime) -> str:
    texts = ("a.m.", "p.m.") if letter == "a" else ("AM", "PM")
    half = value.hour // 12
    return named(letter, half, texts[half])


def minutes_left_out(value: time | datetime) -> str:
    text = str(value.hour % 12 or 12)
    return f"{text}:{value.minute:02d}" if value.minute else text


def clock(value: time | datetime) -> str:
    if value.minute == 0 and value.hour in (0, 12):
        return gettext("midnight") if value.hour == 0 else gettext("noon")
    return f"{minutes_left_out(value)} {half_of_day('a', value)}"


def short_month(index: int) -> str:
    text = named("M", index, MONTHS_SHORT[index])
    return text.title() if text == gettext(MONTHS_SHORT[index]) else text


def ordinal_suffix(value: date) -> str:
    if value.day in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value.day % 10, "th")


def gmt_offset(value: Moment) -> str:
    delta = offset(value)
    if delta is None:
        return ""
    seconds = int(delta.total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02d}{minutes:02d}"


def zone_name(value: Moment) -> str:
    if isinstance(value, datetime):
        return aware(value).tzname() or ""
    return (value.tzname() or "") if isinstance(value, time) else ""


def daylight_saving(value: Moment) -> str:
    if not isinstance(value, datetime):
        return ""
    saving = aware(value).dst()
    return "" if saving is None else str(int(bool(saving)))


def offset_seconds(value: Moment) -> str:
    delta = offset(value)
    return "" if delta is None else str(int(delta.total_seconds()))


def unix_time(value: date) -> str:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time.min)
    return str(int(aware(moment).timestamp()))


def rfc_5322(value: date) -> str:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time.min)
    return format_datetime(aware(moment))


TIME_FORMATS: Final[dict[str, Callable[..., str]]] = {
    "a": lambda t: half_of_day("a", t),
    "A": lambda t: half_of_day("A", t),
    "e": zone_name,
    "f": minutes_left_out,
    "g": lambda t: str(t.hour % 12 or 12),
    "G": lambda t: str(t.hour),
    "h": lambda t: f"{t.hour % 12 or 12:02d}",
    "H": lambda t: f"{t.hour:02d}",
    "i": lambda t: f"{t.minute:02d}",
    "O": gmt_offset,
    "P": clock,
    "s": lambda t: f"{t.second:02d}",
    "T": zone_name,
    "u": lambda t: f"{t.microsecond:06d}",
    "Z": offset_seconds,
}
"""Characters that need a time of day."""

DATE_FORMATS: Final[dict[str, Callable[..., str]]] = {
    "b": lambda d: named("b", d.month - 1, MONTHS_SHORT[d.month - 1]),
    "c": lambda d: d.isoformat(),
    "d": lambda d: f"{d.day:02d}",
    "D": lambda d: named("D", d.weekday(), WEEKDAYS_SHORT[d.weekday()]),
    "E": lambda d: named("E", d.month - 1, MONTHS[d.month - 1], "alt. month"),
    "F": lambda d: named("F", d.month - 1, MONTHS[d.month - 1]),
    "I": daylight_saving,
    "j": lambda d: str(d.day),
    "l": lambda d: named("l", d.weekday(), WEEKDAYS[d.weekday()]),
    "L": lambda d: str(isleap(d.year)),
    "m": lambda d: f"{d.month:02d}",
    "M": lambda d: short_month(d.month - 1),
    "n": lambda d: str(d.month),
    "N": lambda d: named("N", d.month - 1, MONTHS_AP[d.month - 1], "abbrev. month"),
    "o": lambda d: f"{d.isocalendar().year:04d}",
    "r": rfc_5322,
    "S": ordinal_suffix,
    "t": lambda d: str(monthrange(d.year, d.month)[1]),
    "U": unix_time,
    "w": lambda d: str(d.isoweekday() % 7),
    "W": lambda d: str(d.isocalendar().week),
    "y": lambda d: f"{d.year % 100:02d}",
    "Y": lambda d: f"{d.year:04d}",
    "z": lambda d: str(d.timetuple().tm_yday),
}
"""Characters that need a date."""


def render(value: Moment, template: str) -> str:
    if len(template) > MAX_FORMAT_LENGTH:
        raise ValueError(f"A date format has at most {MAX_FORMAT_LENGTH} characters, this one has {len(template)}.")
    has_time = isinstance(value, (datetime, time))
    has_date = isinstance(value, date)
    out: list[str] = []
    characters = iter(template)
    for character in characters:
        if character == "\\":
            out.append(next(characters, "\\"))
        elif character in TIME_FORMATS:
            if not has_time:
                raise TypeError(
                    f"The format {template!r} asks a date for a time ({character!r}). Give it a datetime, or escape the "
                    f"character: '\\{character}'."
                )
            out.append(TIME_FORMATS[character](value))
        elif character in DATE_FORMATS:
            if not has_date:
                raise TypeError(
                    f"The format {template!r} asks a time for a date ({character!r}). Give it a datetime, or escape the "
                    f"character: '\\{character}'."
                )
            out.append(DATE_FORMATS[character](value))
        else:
            out.append(character)
    return "".join(out)


def http_date(seconds: float) -> str:
    """Write a POSIX time as HTTP headers do (RFC 9110, 5.6.7).

    Example:
        >>> http_date(0)
        'Thu, 01 Jan 1970 00:00:00 GMT'
    """
    with override(None):
        return render(datetime.fromtimestamp(int(seconds), UTC), "D, d M Y H:i:s") + " GMT"

"""Filters of dates and times."""

from __future__ import annotations

from datetime import date as date_type
from datetime import datetime, timedelta
from typing import Any

from manoir import timezone
from manoir.i18n import date_format, ngettext, time_format
from manoir.templates._library import Library

register = Library()
BAD_VALUE = (AttributeError, TypeError, ValueError)
SECONDS = (("%(number)d week", "%(number)d weeks", 604_800), ("%(number)d day", "%(number)d days", 86_400),
           ("%(number)d hour", "%(number)d hours", 3_600), ("%(number)d minute", "%(number)d minutes", 60))  # fmt: skip
MONTHS = (("%(number)d year", "%(number)d years", 12), ("%(number)d month", "%(number)d months", 1))


@register.filter(expects_localtime=True)
def date(value: Any, arg: Any = None) -> str:
    if value is None or value == "":
        return ""
    try:
        return date_format(value, None if arg is None else str(arg))
    except BAD_VALUE:
        return ""


@register.filter(expects_localtime=True)
def time(value: Any, arg: Any = None) -> str:
    if value is None or value == "":
        return ""
    try:
        return time_format(value, None if arg is None else str(arg))
    except BAD_VALUE:
        return ""


@register.filter(is_safe=False)
def timesince(value: Any, arg: Any = None) -> str:
    if not value:
        return ""
    try:
        return written(value, arg or None, until=False)
    except BAD_VALUE:
        return ""


@register.filter(is_safe=False)
def timeuntil(value: Any, arg: Any = None) -> str:
    if not value:
        return ""
    try:
        return written(value, arg or None, until=True)
    except BAD_VALUE:
        return ""


def written(value: Any, other: Any, until: bool) -> str:
    """Write the time from one moment to another with the two largest neighbouring units, none below a minute."""
    moment = as_datetime(value)
    reference = timezone.now() if other is None else as_datetime(other)
    moment, reference = comparable(moment, reference)
    early, late = (reference, moment) if until else (moment, reference)
    if late <= early:
        return spoken("%(number)d minute", "%(number)d minutes", 0)
    months = whole_months(early, late)
    counts: list[tuple[str, str, int]] = []
    rest_months = months
    for singular, plural, size in MONTHS:
        counts.append((singular, plural, rest_months // size))
        rest_months %= size
    rest = int((late - shifted(early, months)).total_seconds())
    for singular, plural, seconds in SECONDS:
        counts.append((singular, plural, rest // seconds))
        rest %= seconds
    return two_largest(counts)


def two_largest(counts: list[tuple[str, str, int]]) -> str:
    first = next((position for position, (_s, _p, number) in enumerate(counts) if number), None)
    if first is None:
        return spoken("%(number)d minute", "%(number)d minutes", 0)
    shown = [count for count in counts[first : first + 2] if count[2]]
    return ", ".join(spoken(*count) for count in shown)


def spoken(singular: str, plural: str, number: int) -> str:
    return (ngettext(singular, plural, number) % {"number": number}).replace(" ", "\xa0")


def as_datetime(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date_type):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - made aware beside its partner
    raise TypeError(f"{value!r} is no date")


def comparable(moment: datetime, reference: datetime) -> tuple[datetime, datetime]:
    """Return both as naive local times of one zone."""
    return naive(moment), naive(reference)


def naive(value: datetime) -> datetime:
    return timezone.make_naive(value) if timezone.is_aware(value) else value


def whole_months(early: datetime, late: datetime) -> int:
    months = (late.year - early.year) * 12 + late.month - early.month
    return months - (shifted(early, months) > late)


def shifted(moment: datetime, months: int) -> datetime:
    """Return a moment some months later, on the last day of the month where it has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=year, month=month, day=min(day, moment.day))
        except ValueError:
            continue
    return moment + timedelta(days=30 * months)

"""When a task runs by itself: `cron("0 3 * * *")` and `every(minutes=5)`. Pure: from a moment to the next ticks."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Final, Never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from manoir.conf import settings

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Schedule(ABC):
    """Ticks in time, the same for every process that asks."""

    @abstractmethod
    def after(self, moment: dt.datetime) -> dt.datetime:
        """Return the first tick that is later than a moment, in UTC."""

    @abstractmethod
    def before(self, moment: dt.datetime) -> dt.datetime:
        """Return the last tick that is not later than a moment, in UTC."""

    @abstractmethod
    def __str__(self) -> str:
        """Return how it was written; when this changes, the schedule begins anew."""

    def between(self, start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
        """Return the ticks after `start` up to `end`."""
        ticks: list[dt.datetime] = []
        tick = self.after(start)
        while tick <= end:
            ticks.append(tick)
            tick = self.after(tick)
        return ticks


@dataclass(frozen=True, slots=True)
class CronSchedule(Schedule):
    """A line of cron, read in a time zone."""

    expression: str
    zone: str | None

    def after(self, moment: dt.datetime) -> dt.datetime:
        """Return the first tick that is later than a moment, in UTC."""
        zone = ZoneInfo(self.zone or settings.TIME_ZONE or "UTC")
        return next(CronSim(self.expression, moment.astimezone(zone))).astimezone(dt.UTC)

    def before(self, moment: dt.datetime) -> dt.datetime:
        """Return the last tick that is not later than a moment, in UTC."""
        zone = ZoneInfo(self.zone or settings.TIME_ZONE or "UTC")
        just_after = (moment + dt.timedelta(seconds=1)).astimezone(zone)
        tick = next(CronSim(self.expression, just_after, reverse=True)).astimezone(dt.UTC)
        return tick if tick <= moment else self.before(moment - dt.timedelta(seconds=1))

    def __str__(self) -> str:
        """Return the line and its zone."""
        return f"cron {self.expression} {self.zone or settings.TIME_ZONE or 'UTC'}"


@dataclass(frozen=True, slots=True)
class IntervalSchedule(Schedule):
    """Every so often, counted from 1970 so that all processes agree."""

    interval: dt.timedelta
    offset: dt.timedelta = field(default=dt.timedelta(0))

    def after(self, moment: dt.datetime) -> dt.datetime:
        """Return the first tick that is later than a moment, in UTC."""
        passed = (moment.astimezone(dt.UTC) - EPOCH - self.offset) // self.interval
        return EPOCH + self.offset + (passed + 1) * self.interval

    def before(self, moment: dt.datetime) -> dt.datetime:
        """Return the last tick that is not later than a moment, in UTC."""
        return self.after(moment) - self.interval

    def __str__(self) -> str:
        """Return the interval."""
        return f"every {self.interval} +{self.offset}"


CRONTAB: Final = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
"""The fields of a line, as Celery names them."""


def cron(expression: str = "", *, tz: str | None = None, **fields: Never) -> CronSchedule:
    """Return a schedule out of a line of cron: minute, hour, day of the month, month, day of the week.

    A sixth field in front would be seconds. Days of the week are 0 or 7 for Sunday, or names. Where clocks are turned
    forward, a task of the missing hour runs right after it; where they are turned back, it runs once.

    Args:
        expression: such as `"0 3 * * *"` (at 3:00 each day) or `"*/10 8-18 * * MON-FRI"`.
        tz: name of the time zone; None is TIME_ZONE.
        **fields: there are none: the line has them.

    Raises:
        ValueError: the expression or the zone cannot be read.

    Example:
        >>> cron("0 3 * * *", tz="Europe/Paris").after(dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC))
        datetime.datetime(2026, 7, 2, 1, 0, tzinfo=datetime.timezone.utc)
    """
    if fields:
        line = " ".join(str(dict(fields).get(name, "*")) for name in CRONTAB)
        raise ValueError(f'cron() takes a line of five fields, not {", ".join(fields)}: cron("{line}").')
    try:
        CronSim(expression, EPOCH)
    except CronSimError as error:
        raise ValueError(
            f"{expression!r} is no cron expression: {error}. It has five fields: minute, hour, day of the month, month,"
            ' day of the week, such as "0 3 * * *".'
        ) from error
    if tz is not None:
        try:
            ZoneInfo(tz)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{tz!r} is no time zone of the IANA database, such as 'Europe/Paris'.") from error
    return CronSchedule(expression, tz)


def every(
    interval: dt.timedelta | float | None = None,
    *,
    seconds: float = 0,
    minutes: float = 0,
    hours: float = 0,
    days: float = 0,
    offset: dt.timedelta | float = 0,
) -> IntervalSchedule:
    """Return a schedule that ticks every so often, at multiples of the interval since 1970 in UTC.

    Args:
        interval: a span, or seconds; None: what the other arguments add up to.
        seconds: part of the interval.
        minutes: part of the interval.
        hours: part of the interval.
        days: part of the interval.
        offset: a span or seconds by which every tick is later.

    Raises:
        ValueError: the interval is shorter than a second.

    Example:
        >>> every(minutes=5).after(dt.datetime(2026, 7, 1, 12, 1, tzinfo=dt.UTC))
        datetime.datetime(2026, 7, 1, 12, 5, tzinfo=datetime.timezone.utc)
    """
    span = as_span(interval or 0) + dt.timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
    if span < dt.timedelta(seconds=1):
        raise ValueError(f"every() needs an interval of a second or more, not {span}.")
    return IntervalSchedule(span, as_span(offset))


def as_span(value: dt.timedelta | float) -> dt.timedelta:
    return value if isinstance(value, dt.timedelta) else dt.timedelta(seconds=value)

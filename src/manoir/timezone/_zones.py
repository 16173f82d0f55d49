"""Which time zone is in use, and how a moment moves between zones.

With USE_TZ everything inside the application is aware and in UTC; people see the zone of the current context.
"""

from __future__ import annotations

import datetime as dt
from contextlib import ContextDecorator
from contextvars import ContextVar
from functools import lru_cache
from types import TracebackType
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, nearest

utc: Final = dt.UTC
"""The time zone UTC."""

MAX_NAME_LENGTH: Final = 100
DAY_MINUTES: Final = 24 * 60

active: ContextVar[dt.tzinfo | None] = ContextVar("manoir.timezone", default=None)
"""The time zone of this context; None is the one of the settings."""

default_zones: list[tuple[str, dt.tzinfo]] = []
"""The zone of TIME_ZONE with the name it was made of: one entry, made anew when the setting changes."""


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def zone(name: str) -> ZoneInfo:
    """Make the zone of an IANA name.

    Raises:
        ValueError: there is no such zone; the message has the nearest names.
    """
    try:
        if len(name) <= MAX_NAME_LENGTH:
            return ZoneInfo(str.__str__(name))  # plain text: the process keeps the first key that it was asked for
    except (LookupError, ValueError, OSError):
        pass
    shown = name[:MAX_NAME_LENGTH]
    raise ValueError(f"{shown!r} is no time zone of the IANA database.{nearest(shown, zone_names())}")


def get_fixed_timezone(offset: dt.timedelta | int) -> dt.timezone:
    """Make a time zone with a fixed distance from UTC.

    Args:
        offset: a timedelta, or minutes; positive is east of Greenwich.

    Raises:
        ValueError: the distance is a day or more.

    Example:
        >>> get_fixed_timezone(90)
        datetime.timezone(datetime.timedelta(seconds=5400), '+0130')
    """
    minutes = offset // dt.timedelta(minutes=1) if isinstance(offset, dt.timedelta) else offset
    if abs(minutes) >= DAY_MINUTES:
        raise ValueError(f"An offset of {minutes} minutes is no time zone: it must be less than a day from UTC.")
    hours, rest = divmod(abs(minutes), 60)
    return dt.timezone(dt.timedelta(minutes=minutes), f"{'-' if minutes < 0 else '+'}{hours:02d}{rest:02d}")


def get_default_timezone() -> dt.tzinfo:
    """Return the time zone that the setting TIME_ZONE names.

    Raises:
        ImproperlyConfigured: TIME_ZONE is no IANA name.
    """
    name = settings.TIME_ZONE
    if not default_zones or default_zones[0][0] != name:
        try:
            default_zones[:] = [(name, zone(name))]
        except ValueError as error:
            raise ImproperlyConfigured(f"TIME_ZONE: {error}") from None
    return default_zones[0][1]


def get_default_timezone_name() -> str:
    """Return the name of the time zone of the settings."""
    return zone_name(get_default_timezone())


def get_current_timezone() -> dt.tzinfo:
    """Return the time zone of this context: the one activated, otherwise the one of the settings."""
    return active.get() or get_default_timezone()


def get_current_timezone_name() -> str:
    """Return the name of the time zone of this context."""
    return zone_name(get_current_timezone())


def zone_name(timezone: dt.tzinfo) -> str:
    # ZoneInfo has no name at a moment-less None; its text is the IANA key.
    return timezone.tzname(None) or str(timezone)


def as_zone(timezone: dt.tzinfo | str) -> dt.tzinfo:
    if isinstance(timezone, dt.tzinfo):
        return timezone
    if isinstance(timezone, str):
        return zone(timezone)
    raise ValueError(f"{timezone!r} is no time zone. Give a tzinfo (zoneinfo.ZoneInfo) or an IANA name.")


def activate(timezone: dt.tzinfo | str) -> None:
    """Use `timezone` from now on in this context (request, task, test).

    Args:
        timezone: a `tzinfo`, or a name such as `"Europe/Paris"`.

    Raises:
        ValueError: there is no such zone.
    """
    active.set(as_zone(timezone))


def deactivate() -> None:
    """Use the time zone of the settings again."""
    active.set(None)


class override(ContextDecorator):
    """Use a time zone inside a `with` block or a decorated function, then the previous one again.

    Args:
        timezone: a `tzinfo` or a name as for `activate`; None is the zone of the settings.

    Example:
        >>> with override("Asia/Tokyo"):
        ...     get_current_timezone_name()
        'Asia/Tokyo'
    """

    def __init__(self, timezone: dt.tzinfo | str | None) -> None:
        self.timezone = timezone
        self.previous: list[dt.tzinfo | None] = []

    def __enter__(self) -> None:
        chosen = None if self.timezone is None else as_zone(self.timezone)
        self.previous.append(active.get())
        active.set(chosen)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        active.set(self.previous.pop())


def now() -> dt.datetime:
    """Return this moment: aware and in UTC with USE_TZ, otherwise naive and in the local time of the machine."""
    return dt.datetime.now(dt.UTC) if settings.USE_TZ else dt.datetime.now()  # noqa: DTZ005 - USE_TZ = False asks for it


def localtime(value: dt.datetime | None = None, timezone: dt.tzinfo | None = None) -> dt.datetime:
    """Move an aware datetime to another time zone.

    Args:
        value: the moment; None is now.
        timezone: where to; None is the zone of this context.

    Raises:
        ValueError: `value` is naive.
    """
    moment = dt.datetime.now(dt.UTC) if value is None else value
    if is_naive(moment):
        raise ValueError(f"localtime() cannot move the naive datetime {moment!r}. Call make_aware() first.")
    return moment.astimezone(timezone or get_current_timezone())


def localdate(value: dt.datetime | None = None, timezone: dt.tzinfo | None = None) -> dt.date:
    """Return the date that an aware datetime, by default now, has in a time zone, by default this context's.

    Raises:
        ValueError: `value` is naive.
    """
    return localtime(value, timezone).date()


def is_aware(value: dt.datetime | dt.time) -> bool:
    """Tell whether a datetime knows its distance from UTC."""
    return value.utcoffset() is not None


def is_naive(value: dt.datetime | dt.time) -> bool:
    """Tell whether a datetime does not know its distance from UTC."""
    return value.utcoffset() is None


def make_aware(value: dt.datetime, timezone: dt.tzinfo | None = None) -> dt.datetime:
    """Say in which time zone a naive datetime was meant.

    Args:
        value: the naive datetime. Its `fold` decides where clocks are turned back.
        timezone: the zone; None is the one of this context.

    Raises:
        ValueError: `value` is aware already.

    Example:
        >>> make_aware(dt.datetime(2026, 7, 1, 12), utc)
        datetime.datetime(2026, 7, 1, 12, 0, tzinfo=datetime.timezone.utc)
    """
    if is_aware(value):
        raise ValueError(f"make_aware() expects a naive datetime, got {value!r}. localtime() moves an aware one.")
    return value.replace(tzinfo=timezone or get_current_timezone())


def make_naive(value: dt.datetime, timezone: dt.tzinfo | None = None) -> dt.datetime:
    """Return the clock time that an aware datetime has in a time zone.

    Args:
        value: the aware datetime.
        timezone: the zone; None is the one of this context.

    Raises:
        ValueError: `value` is naive already.
    """
    if is_naive(value):
        raise ValueError(f"make_naive() expects an aware datetime, got {value!r}, which is naive already.")
    return value.astimezone(timezone or get_current_timezone()).replace(tzinfo=None)


def template_localtime(value: Any, use_tz: bool | None = None) -> Any:
    """Move an aware datetime to the zone of this context, as templates show it; anything else comes back as it is.

    Args:
        value: any value.
        use_tz: None asks USE_TZ; a value's attribute `convert_to_local_time = False` wins over both.
    """
    wanted = settings.USE_TZ if use_tz is None else use_tz
    movable = isinstance(value, dt.datetime) and wanted and getattr(value, "convert_to_local_time", True)
    return localtime(value) if movable and is_aware(value) else value

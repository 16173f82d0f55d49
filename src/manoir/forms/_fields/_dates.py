"""Fields whose value is a date, a time, a moment or a duration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from manoir import timezone
from manoir.conf import settings
from manoir.exceptions import ValidationError
from manoir.forms._fields._base import Field
from manoir.forms._fields._reading import read_by_formats, read_parsed
from manoir.forms._widgets import DateInput, DateTimeInput, TimeInput
from manoir.i18n import get_format
from manoir.i18n import gettext_lazy as _


class LanguageFormats:
    """The input formats of the language in use, asked for at each iteration.

    Args:
        name: such as `"DATE_INPUT_FORMATS"`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __iter__(self) -> Iterator[str]:
        return iter(get_format(self.name))

    def __repr__(self) -> str:
        return f"LanguageFormats({self.name!r})"


class BaseTemporalField(Field):
    """Common ground of dates, times and moments.

    Args:
        input_formats: `strptime` formats that are tried in order; None takes those of the language in use.
        **options: the options of every field.
    """

    formats_name: ClassVar[str] = ""

    def __init__(self, *, input_formats: Iterable[str] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.input_formats: Iterable[str] = (
            LanguageFormats(self.formats_name) if input_formats is None else input_formats
        )

    def strptime(self, value: str, format: str) -> Any:
        """Read a text by one format."""
        return read_by_formats(value, [format])

    def by_formats(self, value: Any) -> dt.datetime:
        """The moment that a text names by one of the formats."""
        try:
            return read_by_formats(str(value).strip(), self.input_formats)
        except ValueError as error:
            raise self.error("invalid", value=str(value)[:100]) from error


class DateField(BaseTemporalField):
    """A date.

    Example:
        >>> DateField().clean("2026-09-03")
        datetime.date(2026, 9, 3)
    """

    widget = DateInput
    formats_name = "DATE_INPUT_FORMATS"
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a valid date.")}

    def to_python(self, value: Any) -> Any:
        """Return the date; None for an empty value."""
        if value in self.empty_values:
            return None
        if isinstance(value, dt.datetime):
            return value.date()
        return value if isinstance(value, dt.date) else self.by_formats(value).date()


class TimeField(BaseTemporalField):
    """A time of day.

    Example:
        >>> TimeField().clean("08:30")
        datetime.time(8, 30)
    """

    widget = TimeInput
    formats_name = "TIME_INPUT_FORMATS"
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a valid time.")}

    def to_python(self, value: Any) -> Any:
        """Return the time; None for an empty value."""
        if value in self.empty_values:
            return None
        return value if isinstance(value, dt.time) else self.by_formats(value).time()


class DateTimeField(BaseTemporalField):
    """A date with a time, in the current time zone when `USE_TZ` is on. ISO 8601 is always understood.

    Example:
        >>> DateTimeField().clean("2026-09-03T08:30Z")
        datetime.datetime(2026, 9, 3, 8, 30, tzinfo=datetime.timezone.utc)
    """

    widget = DateTimeInput
    formats_name = "DATETIME_INPUT_FORMATS"
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a valid date/time.")}

    def prepare_value(self, value: Any) -> Any:
        """Return the moment in the current time zone, naive as people read it."""
        return to_current_timezone(value) if isinstance(value, dt.datetime) else value

    def to_python(self, value: Any) -> Any:
        """Return the moment; None for an empty value."""
        if value in self.empty_values:
            return None
        if isinstance(value, dt.datetime):
            return from_current_timezone(value)
        if isinstance(value, dt.date):
            return from_current_timezone(dt.datetime.combine(value, dt.time.min))
        try:
            found = read_parsed(str(value).strip(), timezone.parse_datetime)
        except ValueError:
            found = self.by_formats(value)
        return from_current_timezone(found)


class DurationField(Field):
    """A length of time: `3 04:05:06` or `P3DT4H`.

    Example:
        >>> DurationField().clean("1:30:00")
        datetime.timedelta(seconds=5400)
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Enter a valid duration."),
        "overflow": _("The number of days must be between %(min_days)s and %(max_days)s."),
    }

    def prepare_value(self, value: Any) -> Any:
        """Return the duration as text."""
        return timezone.duration_string(value) if isinstance(value, dt.timedelta) else value

    def to_python(self, value: Any) -> Any:
        """Return the duration; None for an empty value."""
        if value in self.empty_values:
            return None
        if isinstance(value, dt.timedelta):
            return value
        text = str(value).strip()
        try:
            found = timezone.parse_duration(text) if len(text) <= 100 else None
        except ValueError as error:
            limits = {"min_days": dt.timedelta.min.days, "max_days": dt.timedelta.max.days}
            raise self.error("overflow", **limits) from error
        if found is None:
            raise self.error("invalid", value=text[:100])
        return found


def from_current_timezone(value: dt.datetime) -> dt.datetime:
    """Take a naive moment in the current time zone, when `USE_TZ` is on.

    Raises:
        ValidationError: the clocks were changed then, so it does not exist or means two moments; or in UTC, in which it
            is stored, it is before the year 1 or behind the year 9999.
    """
    if not settings.USE_TZ:
        return value
    zone = timezone.get_current_timezone()
    try:
        if timezone.is_naive(value):
            first, second = value.replace(tzinfo=zone, fold=0), value.replace(tzinfo=zone, fold=1)
            if first.utcoffset() != second.utcoffset():
                raise ValueError("ambiguous, or does not exist")
            value = timezone.make_aware(value, zone)
        value.astimezone(dt.UTC)
        return value
    except (ValueError, OverflowError) as error:
        raise ValidationError(
            _(
                "%(datetime)s could not be interpreted in time zone %(current_timezone)s; "
                "it may be ambiguous or it may not exist."
            ),
            code="ambiguous_timezone",
            params={"datetime": value, "current_timezone": zone},
        ) from error


def to_current_timezone(value: dt.datetime) -> dt.datetime:
    """Return an aware moment as people in the current time zone read it: naive."""
    if settings.USE_TZ and timezone.is_aware(value):
        return timezone.make_naive(value)
    return value

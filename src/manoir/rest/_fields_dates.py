"""Fields of dates, times, moments and durations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from manoir import timezone
from manoir.bridge import hook
from manoir.conf import settings
from manoir.forms.reading import read_by_formats, read_parsed
from manoir.i18n import gettext_lazy as _
from manoir.rest._field import Field, empty
from manoir.rest.settings import api_settings
from manoir.validators import MaxValueValidator, MinValueValidator

ISO_8601 = "iso-8601"


class _TemporalField(Field):
    """Common ground: formats to read and to write, each `"iso-8601"` or one of strptime's."""

    option_prefix: ClassVar[str]
    written: ClassVar[str]
    parse: ClassVar[Callable[[str], Any]]
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "invalid": _("This cannot be read. Write it as {format}."),
    }

    def __init__(self, *, format: Any = empty, input_formats: Sequence[str] | None = None, **options: Any) -> None:
        self._format, self._input_formats = format, input_formats
        super().__init__(**options)

    @property
    def format(self) -> str | None:
        """How values are written; None leaves them Python objects."""
        return getattr(api_settings, f"{self.option_prefix}_FORMAT") if self._format is empty else self._format

    @property
    def input_formats(self) -> Sequence[str]:
        """The formats that are tried in order."""
        own = self._input_formats
        return getattr(api_settings, f"{self.option_prefix}_INPUT_FORMATS") if own is None else own

    def _read(self, data: Any) -> Any:
        """The value of a text."""
        formats = self.input_formats
        if type(data) is str:
            for form in formats:
                try:
                    if form.lower() == ISO_8601:
                        return read_parsed(data, type(self).parse)
                    return self._part(read_by_formats(data, [form]))
                except (ValueError, OverflowError):
                    continue
        shown = ", ".join(self.written if form.lower() == ISO_8601 else form for form in formats)
        return self.fail("invalid", format=shown)

    def _part(self, moment: dt.datetime) -> Any:
        """What a format that was fulfilled gives of the moment."""
        return moment

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the text of a value; a text stays as it is."""
        form = self.format
        if not value or form is None or isinstance(value, str):
            return value if value else None
        return self._iso(value) if form.lower() == ISO_8601 else self._local(value).strftime(form)

    def _local(self, value: Any) -> Any:
        return value

    def _iso(self, value: Any) -> str:
        return value.isoformat()


class DateTimeField(_TemporalField):
    """A moment. Without an offset it is in the current time zone, in which it is also written.

    Args:
        format: how it is written: `"iso-8601"`, a format of strftime, or None for a datetime; the setting
            DATETIME_FORMAT when left out.
        input_formats: what is read; the setting DATETIME_INPUT_FORMATS when left out.
        default_timezone: the zone; None is the current one, or none at all without USE_TZ.
        **options: those of every field.
    """

    option_prefix = "DATETIME"
    written = "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]"
    parse = staticmethod(timezone.parse_datetime)
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "date": _("A date and a time are needed, not a date alone."),
        "make_aware": _("There is no such moment, or there are two, in the time zone {timezone}."),
        "overflow": _("This moment is out of range."),
    }

    def __init__(
        self,
        *,
        format: Any = empty,
        input_formats: Sequence[str] | None = None,
        default_timezone: dt.tzinfo | None = None,
        **options: Any,
    ) -> None:
        self.timezone = default_timezone
        super().__init__(format=format, input_formats=input_formats, **options)

    def default_timezone(self) -> dt.tzinfo | None:
        """Return the zone of moments without one; None where there are no zones."""
        return timezone.get_current_timezone() if settings.USE_TZ else None

    def _zone(self) -> dt.tzinfo | None:
        return self.timezone or self.default_timezone()

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the moment in the field's zone."""
        if isinstance(data, dt.date) and not isinstance(data, dt.datetime):
            self.fail("date")
        return self.enforce_timezone(data if isinstance(data, dt.datetime) else self._read(data))

    def enforce_timezone(self, value: dt.datetime) -> dt.datetime:
        """Return the moment in the field's zone: aware where there is one."""
        zone = self._zone()
        try:
            if zone is None:
                return timezone.make_naive(value, dt.UTC) if timezone.is_aware(value) else value
            if timezone.is_aware(value):
                return self._storable(value).astimezone(zone)
            # What the clocks skipped, or showed twice, is no moment.
            first, second = (value.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
            if first.utcoffset() != second.utcoffset():
                self.fail("make_aware", timezone=zone)
            return self._storable(timezone.make_aware(value, zone))
        except OverflowError:
            return self.fail("overflow")

    def _storable(self, moment: dt.datetime) -> dt.datetime:
        """The moment, if UTC, in which it is stored, has it, too."""
        moment.astimezone(dt.UTC)
        return moment

    def _local(self, value: Any) -> Any:
        zone = self._zone()
        if zone is None or not isinstance(value, dt.datetime) or timezone.is_naive(value):
            return value
        try:
            return value.astimezone(zone)
        except OverflowError:
            return value

    def _iso(self, value: Any) -> str:
        text = self._local(value).isoformat()
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text


class DateField(_TemporalField):
    """A date.

    Args:
        format: how it is written; the setting DATE_FORMAT when left out.
        input_formats: what is read; the setting DATE_INPUT_FORMATS when left out.
        **options: those of every field.

    Example:
        >>> DateField(input_formats=["%d.%m.%Y"]).run_validation("03.09.2026")
        datetime.date(2026, 9, 3)
    """

    option_prefix = "DATE"
    written = "YYYY-MM-DD"
    parse = staticmethod(timezone.parse_date)
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "datetime": _("A date is needed, not a date and a time."),
    }

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the date."""
        if isinstance(data, dt.datetime):
            self.fail("datetime")
        return data if isinstance(data, dt.date) else self._read(data)

    def _part(self, moment: dt.datetime) -> Any:
        return moment.date()

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the text of a date; of a moment only the caller knows the day, so it is refused.

        Raises:
            TypeError: the value is a datetime.
        """
        if isinstance(value, dt.datetime) and self.format is not None:
            raise TypeError(
                f"{self.field_name!r}: a DateField got a datetime, whose day depends on the zone. Take .date() of it in "
                "the zone you mean, or use a DateTimeField."
            )
        return super().to_representation(value)


class TimeField(_TemporalField):
    """A time of day.

    Args:
        format: how it is written; the setting TIME_FORMAT when left out.
        input_formats: what is read; the setting TIME_INPUT_FORMATS when left out.
        **options: those of every field.
    """

    option_prefix = "TIME"
    written = "hh:mm[:ss[.uuuuuu]]"
    parse = staticmethod(timezone.parse_time)

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the time."""
        return data if isinstance(data, dt.time) else self._read(data)

    def _part(self, moment: dt.datetime) -> Any:
        return moment.time()

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the text; midnight is a time."""
        if isinstance(value, dt.time) and self.format is not None:
            form = self.format
            return value.isoformat() if form.lower() == ISO_8601 else value.strftime(form)
        return super().to_representation(value)


class DurationField(Field):
    """A length of time, written `[days ]hh:mm:ss[.uuuuuu]`; ISO 8601 and seconds as a number are read too.

    Args:
        max_value: longest.
        min_value: shortest.
        format: `"iso-8601"` to write it as ISO 8601, `"django"` or None for `[days ]hh:mm:ss[.uuuuuu]`; left out:
            DURATION_FORMAT.
        **options: those of every field.

    Example:
        >>> DurationField().run_validation("1 02:00:00")
        datetime.timedelta(days=1, seconds=7200)
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "invalid": _("This cannot be read. Write it as {format}."),
        "max_value": _("This is longer than {max_value}."),
        "min_value": _("This is shorter than {min_value}."),
        "overflow": _("The number of days must be between {min_days} and {max_days}."),
    }

    def __init__(
        self,
        *,
        max_value: dt.timedelta | None = None,
        min_value: dt.timedelta | None = None,
        format: Any = empty,
        **options: Any,
    ) -> None:
        self.max_value, self.min_value, self._format = max_value, min_value, format
        super().__init__(**options)
        if max_value is not None:
            self.validators.append(MaxValueValidator(max_value))
        if min_value is not None:
            self.validators.append(MinValueValidator(min_value))

    @property
    def format(self) -> str | None:
        """How values are written."""
        return api_settings.DURATION_FORMAT if self._format is empty else self._format

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the duration."""
        if isinstance(data, dt.timedelta):
            return data
        try:
            if type(data) in (int, float):
                return dt.timedelta(seconds=data)
            if type(data) is str:
                return self._parsed(data)
        except (OverflowError, ValueError):
            self.fail("overflow", min_days=dt.timedelta.min.days, max_days=dt.timedelta.max.days)
        return self.fail("invalid", format="[DD] [HH:[MM:]]ss[.uuuuuu]")

    def _parsed(self, text: str) -> dt.timedelta:
        found = timezone.parse_duration(text.strip()) if len(text) <= 100 else None
        return self.fail("invalid", format="[DD] [HH:[MM:]]ss[.uuuuuu]") if found is None else found

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the text."""
        if not isinstance(value, dt.timedelta):
            return value
        if self.format is not None and self.format.lower() == ISO_8601:
            return timezone.duration_iso_string(value)
        return timezone.duration_string(value)

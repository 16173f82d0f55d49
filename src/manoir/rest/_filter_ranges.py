"""Filters of ranges: two parameters for the ends of one, or a word for a span of days."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from manoir import models, timezone
from manoir.conf import settings
from manoir.exceptions import APIValidationError
from manoir.models import Q
from manoir.rest._declared_filters import by_model, invalid, schema_of
from manoir.rest._filter_choices import ChoiceFilter
from manoir.rest._filter_kinds import Filter, Texts

SPANS = (
    ("today", "Today"), ("yesterday", "Yesterday"), ("week", "The past 7 days"), ("month", "This month"),
    ("year", "This year"),
)  # fmt: skip


class RangeFilter(Filter):
    """A number between two others, which are included: `?price_min=8&price_max=12`; either may be left out.

    A `method` is called with a slice: its `start` and `stop` are the ends, None where one was left out.

    Attributes:
        suffixes: what follows the filter's name in its two parameters.
    """

    column: Any = models.DecimalField(max_digits=40, decimal_places=20)
    suffixes: ClassVar[tuple[str, str]] = ("min", "max")

    def read(self, texts: Texts) -> Any:
        """Return the range.

        Raises:
            APIValidationError: by parameter: an end is no value, or none was sent and one has to be.
        """
        ends: list[Any] = []
        errors: dict[str, Any] = {}
        for name in self.names(self.name):
            sent = texts(name)
            try:
                ends.append(self.clean(sent) if sent else None)
            except APIValidationError as error:
                errors[name] = error.detail
        if errors:
            raise APIValidationError(errors)
        return self.missing() if ends == [None, None] else slice(*ends)

    def names(self, name: str) -> list[str]:
        """Return the names of the two parameters."""
        return [f"{name}_{suffix}" for suffix in self.suffixes]

    def clean(self, texts: list[str]) -> Any:
        """Return one end."""
        if len(texts) > 1:
            raise invalid("Give one value.")
        return by_model(self.column)(texts[0])

    def condition(self, value: Any) -> Q:
        """Return the condition that a value lies within the range."""
        found = Q()
        if value.start is not None:
            found &= Q(**{f"{self.field_name}__gte": value.start})
        if value.stop is not None:
            found &= Q(**{f"{self.field_name}__lte": value.stop})
        return found

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of an end."""
        return schema_of(self.column)

    def parameters(self, name: str) -> list[dict[str, Any]]:
        """Return both parameters, for OpenAPI."""
        return [{**self.parameter(end), "required": False} for end in self.names(name)]


class DateFromToRangeFilter(RangeFilter):
    """A day between two others, which are included: `?published_after=2026-01-01&published_before=2026-01-31`.

    Of a moment it is the day in the current time zone.
    """

    column: Any = models.DateField()
    suffixes = ("after", "before")

    def condition(self, value: Any) -> Q:
        """Return the condition that a day, or the day of a moment, lies within the range."""
        if not is_of_moments(self):
            return super().condition(value)
        found = Q()
        if value.start is not None:
            found &= Q(**{f"{self.field_name}__gte": midnight(value.start)})
        if value.stop is not None and value.stop != dt.date.max:
            found &= Q(**{f"{self.field_name}__lt": midnight(value.stop + dt.timedelta(1))})
        return found


class DateTimeFromToRangeFilter(RangeFilter):
    """A moment between two others, which are included: `…_after` and `…_before`."""

    column: Any = models.DateTimeField()
    suffixes = ("after", "before")


class IsoDateTimeFromToRangeFilter(DateTimeFromToRangeFilter):
    """The same; every one takes ISO 8601."""


class TimeRangeFilter(RangeFilter):
    """A time of day between two others, which are included: `…_after` and `…_before`."""

    column: Any = models.TimeField()
    suffixes = ("after", "before")


class DateRangeFilter(ChoiceFilter):
    """A span of days by its name: `today`, `yesterday`, `week` (the past 7 days), `month` or `year` (this one).

    Args:
        choices: pairs of name and label, instead of these.
        filters: functions `(queryset, name)` by the name of the span, for spans of your own.
        **options: those of `ChoiceFilter`.
    """

    def __init__(self, *args: Any, choices: Any = SPANS, filters: Any = None, **options: Any) -> None:
        super().__init__(*args, choices=choices, **options)
        self.filters: dict[str, Any] = dict(filters or {})

    def filter(self, queryset: Any, value: Any) -> Any:
        """Return the rows of the span."""
        if self.method is not None:
            return self.called(queryset, value)
        own = self.filters.get(value)
        return super().filter(queryset, value) if own is None else own(queryset, self.field_name)

    def condition(self, value: Any) -> Q:
        """Return the condition of a span."""
        if self.is_null(value):
            return super().condition(value)
        first, behind = span_of(value, timezone.localdate())
        bounds: list[Any] = [midnight(day) for day in (first, behind)] if is_of_moments(self) else [first, behind]
        return Q(**{f"{self.field_name}__gte": bounds[0], f"{self.field_name}__lt": bounds[1]})


def span_of(name: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first day of a span, and the day behind its last one.

    Example:
        >>> span_of("month", dt.date(2026, 12, 9))
        (datetime.date(2026, 12, 1), datetime.date(2027, 1, 1))
    """
    tomorrow = today + dt.timedelta(1)
    if name == "yesterday":
        return today - dt.timedelta(1), today
    if name == "week":
        return today - dt.timedelta(7), tomorrow
    if name == "month":
        first = today.replace(day=1)
        return first, (first + dt.timedelta(31)).replace(day=1)
    if name == "year":
        return today.replace(month=1, day=1), dt.date(today.year + 1, 1, 1)
    return today, tomorrow


def is_of_moments(declared: Filter) -> bool:
    """Tell whether the field of a filter holds moments rather than days."""
    return isinstance(declared.model_field(), models.DateTimeField)


def midnight(day: dt.date) -> dt.datetime:
    """Return the beginning of a day in the current time zone, as databases compare it.

    Raises:
        APIValidationError: in UTC it is before the year 1 or behind the year 9999.
    """
    moment = dt.datetime.combine(day, dt.time())
    if not settings.USE_TZ:
        return moment
    try:
        return timezone.make_aware(moment, timezone.get_current_timezone()).astimezone(dt.UTC)
    except OverflowError:
        raise invalid("This day is out of range.") from None

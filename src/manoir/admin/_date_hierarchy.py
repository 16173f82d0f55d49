"""Drilling down by date: years, then months, then days.

The spans come from the first and the last date, which an index answers at once; to ask which of them have rows would
read the whole table. So a span between two others may turn out to be empty.
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING, Any

from manoir import models
from manoir.admin._display import field_at
from manoir.conf import settings
from manoir.i18n import date_format
from manoir.i18n import gettext as _
from manoir.models import Max, Min, Q
from manoir.timezone import localtime, make_aware

if TYPE_CHECKING:
    from manoir.admin._change_list import ChangeList

MOST_YEARS = 200
PARTS = ("year", "month", "day")


class DateHierarchy:
    """Where the list stands in time, and where people can go from there.

    Args:
        changelist: the list.
        rows: its rows, filtered.

    Attributes:
        back: the way up: `{"link": …, "title": …}`; None at the top.
        title: the span that is shown; "" at the top.
        choices: the spans below, `{"link": …, "title": …}` each.
    """

    def __init__(self, changelist: ChangeList, rows: Any) -> None:
        self.changelist = changelist
        self.name: str = changelist.date_hierarchy
        self.field = field_at(changelist.model, self.name)
        self.given = parts_in(self.name, {name: values[-1] for name, values in changelist.filter_params.items()})
        self.rows = rows
        self.back: dict[str, Any] | None = None
        self.title = ""
        self.choices: list[dict[str, Any]] = []
        self._fill()

    @classmethod
    def condition_of(cls, changelist: ChangeList, wanted: dict[str, str]) -> tuple[Q, dict[str, str]]:
        """Take the parts of the date out of what the address asks for.

        Returns:
            The condition of the span, which an index can answer, and what is left.

        Raises:
            ValueError: the parts are no date.
        """
        name: str = changelist.date_hierarchy
        given = parts_in(name, wanted)
        rest = {key: value for key, value in wanted.items() if key not in [f"{name}__{part}" for part in PARTS]}
        if not given:
            return Q(), rest
        start, end = span(given)
        field = field_at(changelist.model, name)
        return Q(**{f"{name}__gte": as_value(field, start), f"{name}__lt": as_value(field, end)}), rest

    # -- choices ------------------------------------------------------------------------------------------------

    def _link(self, **parts: int) -> str:
        own = [f"{self.name}__{part}" for part in PARTS]
        return self.changelist.get_query_string({f"{self.name}__{part}": number for part, number in parts.items()}, own)

    def _fill(self) -> None:
        given = self.given
        if "day" in given:
            day = dt.date(given["year"], given["month"], given["day"])
            self.title = date_format(day, "MONTH_DAY_FORMAT")
            self.back = {
                "link": self._link(year=day.year, month=day.month),
                "title": date_format(day, "YEAR_MONTH_FORMAT"),
            }
            return
        first, last = self._bounds()
        if "month" in given:
            self._months_days(first, last)
        elif "year" in given:
            self.title = str(given["year"])
            self.back = {"link": self._link(), "title": _("All dates")}
            self._months(given["year"], first, last)
        elif first is not None and last is not None:
            self._years(first, last)

    def _years(self, first: dt.date, last: dt.date) -> None:
        if first.year == last.year:
            self._months(first.year, first, last)
            return
        years = list(range(first.year, last.year + 1))[-MOST_YEARS:]
        self.choices = [{"link": self._link(year=year), "title": str(year)} for year in years]

    def _months(self, year: int, first: dt.date | None, last: dt.date | None) -> None:
        if first is None or last is None:
            return
        self.choices = [
            {
                "link": self._link(year=year, month=month),
                "title": date_format(dt.date(year, month, 1), "YEAR_MONTH_FORMAT"),
            }
            for month in range(first.month, last.month + 1)
        ]

    def _months_days(self, first: dt.date | None, last: dt.date | None) -> None:
        year, month = self.given["year"], self.given["month"]
        self.title = date_format(dt.date(year, month, 1), "YEAR_MONTH_FORMAT")
        self.back = {"link": self._link(year=year), "title": str(year)}
        if first is None or last is None:
            return
        self.choices = [
            {
                "link": self._link(year=year, month=month, day=day),
                "title": date_format(dt.date(year, month, day), "MONTH_DAY_FORMAT"),
            }
            for day in range(first.day, last.day + 1)
        ]

    def _bounds(self) -> tuple[dt.date | None, dt.date | None]:
        """The first and the last date of the rows; one query, or none where the list has read them all."""
        if not self.changelist.multi_page and "__" not in self.name:
            dates = [
                date for row in self.changelist.result_list if (date := getattr(row, self.field.attname)) is not None
            ]
            return (as_day(min(dates)), as_day(max(dates))) if dates else (None, None)
        found = self.rows.order_by().aggregate(first_date=Min(self.name), last_date=Max(self.name))
        return as_day(found["first_date"]), as_day(found["last_date"])


def parts_in(name: str, wanted: dict[str, str]) -> dict[str, int]:
    """Read year, month and day out of an address; each needs the one before it.

    Raises:
        ValueError: they are no date.
    """
    given: dict[str, int] = {}
    for part in PARTS:
        text = wanted.get(f"{name}__{part}")
        if text is None:
            break
        if not (text.isascii() and text.isdigit() and len(text) <= 4):
            raise ValueError(f"{text[:20]!r} is no {part}.")
        given[part] = int(text)
    if given:
        span(given)  # refuses a thirteenth month before anything is made of it
    return given


def span(given: dict[str, int]) -> tuple[dt.date, dt.date]:
    """The first day of a year, month or day, and the first day after it.

    Raises:
        ValueError: there is no such day.
    """
    start = dt.date(given["year"], given.get("month", 1), given.get("day", 1))
    if "day" in given:
        return start, start + dt.timedelta(days=1)
    if "month" in given:
        return start, start + dt.timedelta(days=calendar.monthrange(start.year, start.month)[1])
    return start, dt.date(start.year + 1, 1, 1)


def as_value(field: Any, day: dt.date) -> Any:
    """The day as a value of the field: midnight in the current zone for a datetime."""
    if not isinstance(field, models.DateTimeField):
        return day
    midnight = dt.datetime.combine(day, dt.time())
    return make_aware(midnight) if settings.USE_TZ else midnight


def as_day(value: Any) -> dt.date | None:
    """The day of a value of the field, in the current zone."""
    if isinstance(value, dt.datetime):
        return (localtime(value) if value.tzinfo is not None else value).date()
    return value

"""Transforms of dates and times: year, month, day, date … and the range that a year is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from manoir import timezone
from manoir.conf import settings
from manoir.models._outputs import BIGINT, DATE, DATES, INTEGER, TEXT, TIME, TIMES, kind_of
from manoir.models._shape import FALSE, Call, Compare, IsNull, Late, Node, Param

if TYPE_CHECKING:
    from manoir.models._scope import Scope

DATE_PARTS = frozenset(["year", "iso_year", "quarter", "month", "week", "week_day", "iso_week_day", "day"])
TIME_PARTS = frozenset(["hour", "minute", "second"])
PARTS = DATE_PARTS | TIME_PARTS

LEAST_YEAR, LAST_YEAR = 1, 9998
"""Years whose first moment, and whose successor's, Python can name in every time zone."""


def zone(node: Node, tzinfo: Any = None) -> tuple[Node, ...]:
    """The name of the time zone in which parts of a moment are meant; nothing for what has no zone.

    The current zone is looked up when the query runs, not when it is written.
    """
    if kind_of(node.field) != "datetime" or not settings.USE_TZ:
        return ()
    if tzinfo is not None:
        return (Param(str(tzinfo), TEXT),)
    return (Late(timezone.get_current_timezone_name, TEXT),)


def part(node: Node, name: str, tzinfo: Any = None) -> Node:
    """A part of a date or time, as a number."""
    return Call("extract", (node, *zone(node, tzinfo)), INTEGER, extra=name)


def date_transform(node: Node, name: str, scope: Scope) -> Node | None:
    """The transform `name` of a date, time or moment; None when there is no such transform for its type."""
    kind = kind_of(node.field)
    if kind not in TIMES:
        return None
    if (name in DATE_PARTS and kind in DATES) or (name in TIME_PARTS and kind != "date"):
        return part(node, name)
    if name == "date" and kind == "datetime":
        return Call("date of", (node, *zone(node)), DATE)
    if name == "time" and kind == "datetime":
        return Call("time of", (node, *zone(node)), TIME)
    return None


YearLookup = Literal["exact", "gt", "gte", "lt", "lte"]


def year_condition(node: Node, lookup: str, value: Any) -> Node | None:
    """A condition on the year as one on the column itself, which an index can answer; None when it cannot be one."""
    if type(value) is not int or lookup not in ("exact", "gt", "gte", "lt", "lte"):
        return None
    if not LEAST_YEAR < value < LAST_YEAR:
        return year_beyond(node, lookup, value) if not LEAST_YEAR <= value <= LAST_YEAR + 1 else None
    first, after = boundary(node, value), boundary(node, value + 1)
    if lookup == "exact":
        return Compare("from to", node, first, after)
    if lookup == "gte":
        return Compare("gte", node, first)
    if lookup == "gt":
        return Compare("gte", node, after)
    return Compare("lt", node, first if lookup == "lt" else after)


def year_beyond(node: Node, lookup: str, value: int) -> Node:
    """A year that no date has."""
    always = lookup in (("gt", "gte") if value < LEAST_YEAR else ("lt", "lte"))
    return IsNull(node, False) if always else FALSE


def boundary(node: Node, year: int) -> Param:
    """The first day or moment of a year."""
    if kind_of(node.field) == "date":
        return Param(dt.date(year, 1, 1), node.field)
    if not settings.USE_TZ:
        return Param(dt.datetime(year, 1, 1), node.field)  # noqa: DTZ001  # without USE_TZ moments are naive
    return Late(lambda: first_moment(year), node.field)


def first_moment(year: int) -> dt.datetime:
    """When a year begins in the current time zone."""
    local = timezone.make_aware(dt.datetime(year, 1, 1), timezone.get_current_timezone())  # noqa: DTZ001  # made aware here
    return local.astimezone(dt.UTC)


__all__ = ["BIGINT", "PARTS", "date_transform", "part", "year_condition", "zone"]

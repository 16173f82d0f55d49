"""Functions of dates and times: Extract, Trunc, Now."""

from __future__ import annotations

from typing import Any, ClassVar

from manoir.exceptions import FieldError
from manoir.models._expressions import Expr, as_reference
from manoir.models._lookups import part, zone
from manoir.models._lookups._dates import DATE_PARTS, PARTS
from manoir.models._outputs import DATE, DATETIME, TIME, TIMES, kind_of
from manoir.models._recorded import Recorded
from manoir.models._scope import Scope
from manoir.models._shape import Call, Node

KINDS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")


class Now(Recorded, Expr[Any, Any]):
    """The moment at which the statement runs, by the database's clock."""

    default_alias = "now"  # type: ignore[assignment]

    def bind(self, scope: Scope) -> Node:
        """See `Expr.bind`."""
        return Call("now", (), DATETIME)

    def __repr__(self) -> str:
        return "Now()"


class Extract(Recorded, Expr[Any, Any]):
    """A part of a date or time, as a number.

    Args:
        expression: a field, or an expression.
        lookup_name: the part: `"year"`, `"week_day"` …
        tzinfo: the zone in which the part of a moment is meant; the current one when left out.
    """

    lookup_name: ClassVar[str] = ""

    def __init__(
        self, expression: Any, lookup_name: str | None = None, tzinfo: Any = None, output_field: Any = None
    ) -> None:
        self.part = lookup_name or self.lookup_name
        if self.part not in PARTS:
            raise ValueError(
                f"Extract() has no part {str(self.part)[:40]!r}: lookup_name is one of {', '.join(sorted(PARTS))}."
            )
        self.expression = as_reference(expression)
        self.tzinfo = zone_of(tzinfo)
        self.output_field = output_field

    def bind(self, scope: Scope) -> Node:
        """Bind the source and check that it has the part; see `Expr.bind`."""
        source = self.expression.bind(scope)
        kind = kind_of(source.field)
        if (
            kind not in TIMES
            or (kind == "date" and self.part not in DATE_PARTS)
            or (kind == "time" and self.part in DATE_PARTS)
        ):
            raise FieldError(
                f"Extract needs a date or time that has {self.part!r}, not {kind or 'a value of unknown type'} (in {scope.method})."
            )
        return part(source, self.part, self.tzinfo)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.expression!r}, {self.part!r})"


class Trunc(Recorded, Expr[Any, Any]):
    """A date or moment cut to the beginning of its year, month, day, hour, minute or second.

    Args:
        expression: a field, or an expression.
        kind: `"year"`, `"quarter"`, `"month"`, `"week"`, `"day"`, `"hour"`, `"minute"` or `"second"`.
        output_field: DateField, TimeField or DateTimeField, when another type than the source's is meant.
        tzinfo: the zone in which a moment is cut; the current one when left out.
    """

    kind: str = ""

    def __init__(self, expression: Any, kind: str | None = None, output_field: Any = None, tzinfo: Any = None) -> None:
        if kind is not None:
            self.kind = kind
        if self.kind not in KINDS:
            raise ValueError(f"Trunc() cannot cut to {str(self.kind)[:40]!r}: kind is one of {', '.join(KINDS)}.")
        self.expression = as_reference(expression)
        self.output_field = output_field
        self.tzinfo = zone_of(tzinfo)

    def bind(self, scope: Scope) -> Node:
        """Bind the source and check that it can be cut; see `Expr.bind`."""
        source = self.expression.bind(scope)
        kind = kind_of(source.field)
        if kind not in TIMES:
            raise FieldError(
                f"Trunc needs a date, time or datetime, not {kind or 'a value of unknown type'} (in {scope.method})."
            )
        if kind == "date" and self.kind in ("hour", "minute", "second"):
            raise ValueError(
                f"A date has no {self.kind} to cut {source.field} to: use a day or more, or a DateTimeField."
            )
        if kind == "time" and self.kind not in ("hour", "minute", "second"):
            raise ValueError(
                f"A time has no {self.kind} to cut {source.field} to: use hour, minute or second, or a DateTimeField."
            )
        field = self.output_field or {"date": DATE, "time": TIME}.get(kind, DATETIME)
        return Call("trunc", (source, *zone(source, self.tzinfo)), field, extra=self.kind)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.expression!r}, {self.kind!r})"


def zone_of(tzinfo: Any) -> Any:
    """A zone by name or object; only zones of the tz database have a name that the database server knows.

    Raises:
        ValueError: it has no such name.
    """
    if tzinfo is None:
        return None
    name = getattr(tzinfo, "key", None) or (tzinfo if isinstance(tzinfo, str) else tzinfo.tzname(None))
    if not isinstance(name, str) or not name:
        raise ValueError(f"{tzinfo!r} has no name that a database knows; use zoneinfo.ZoneInfo.")
    return name


def extracting(name: str, part_name: str) -> type[Extract]:
    return type(
        name, (Extract,), {"lookup_name": part_name, "__doc__": f"The {part_name.replace('_', ' ')} of a date or time."}
    )


def cutting(name: str, kind: str) -> type[Trunc]:
    def __init__(self: Any, expression: Any, output_field: Any = None, tzinfo: Any = None) -> None:
        Trunc.__init__(self, expression, kind, output_field, tzinfo)

    return type(name, (Trunc,), {"kind": kind, "__init__": __init__, "__doc__": f"A date or moment cut to its {kind}."})


ExtractYear = extracting("ExtractYear", "year")
ExtractIsoYear = extracting("ExtractIsoYear", "iso_year")
ExtractQuarter = extracting("ExtractQuarter", "quarter")
ExtractMonth = extracting("ExtractMonth", "month")
ExtractWeek = extracting("ExtractWeek", "week")
ExtractWeekDay = extracting("ExtractWeekDay", "week_day")
ExtractIsoWeekDay = extracting("ExtractIsoWeekDay", "iso_week_day")
ExtractDay = extracting("ExtractDay", "day")
ExtractHour = extracting("ExtractHour", "hour")
ExtractMinute = extracting("ExtractMinute", "minute")
ExtractSecond = extracting("ExtractSecond", "second")
TruncYear = cutting("TruncYear", "year")
TruncQuarter = cutting("TruncQuarter", "quarter")
TruncMonth = cutting("TruncMonth", "month")
TruncWeek = cutting("TruncWeek", "week")
TruncDay = cutting("TruncDay", "day")
TruncHour = cutting("TruncHour", "hour")
TruncMinute = cutting("TruncMinute", "minute")
TruncSecond = cutting("TruncSecond", "second")


class TruncDate(Recorded, Expr[Any, Any]):
    """The date of a moment, in the zone `tzinfo` (the current one when left out)."""

    def __init__(self, expression: Any, tzinfo: Any = None) -> None:
        self.expression = as_reference(expression)
        self.tzinfo = zone_of(tzinfo)

    def bind(self, scope: Scope) -> Node:
        """See `Expr.bind`."""
        source = self.expression.bind(scope)
        return Call("date of", (source, *zone(source, self.tzinfo)), DATE)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.expression!r})"


class TruncTime(Recorded, Expr[Any, Any]):
    """The time of day of a moment, in the zone `tzinfo` (the current one when left out)."""

    def __init__(self, expression: Any, tzinfo: Any = None) -> None:
        self.expression = as_reference(expression)
        self.tzinfo = zone_of(tzinfo)

    def bind(self, scope: Scope) -> Node:
        """See `Expr.bind`."""
        source = self.expression.bind(scope)
        return Call("time of", (source, *zone(source, self.tzinfo)), TIME)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.expression!r})"

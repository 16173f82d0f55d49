"""Fields whose canonical value is a date, a time, a moment or a duration."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast, overload

from typing_extensions import TypeVar, Unpack

from manoir import timezone
from manoir.checks import CheckMessage
from manoir.conf import settings
from manoir.db import ColumnType
from manoir.i18n import gettext_lazy as _
from manoir.models._fields._base import Field, G, Validator, W, builtin
from manoir.models._fields._checks import check_dates
from manoir.models._fields._options import OPTION_DEFAULTS, ChoiceOptions
from manoir.models._fields._support import shown
from manoir.validators import MaxValueValidator, MinValueValidator

if TYPE_CHECKING:
    from manoir.models._model import Model

Day = TypeVar("Day", default=dt.date)
Clock = TypeVar("Clock", default=dt.time)
Moment = TypeVar("Moment", default=dt.datetime)
Span = TypeVar("Span", default=dt.timedelta)

MAX_LENGTH = 64
LONGEST_SPAN = dt.timedelta(microseconds=2**63 - 1)
"""What every database stores: SQLite keeps microseconds in 64 bits, some 292,000 years."""
"""No documented form of a date or time is longer."""

UTC = dt.UTC


class TemporalField(Field[G, W]):
    """Common ground of date, time and moment: `auto_now` and `auto_now_add`."""

    empty_strings_allowed = False
    option_defaults: ClassVar[Mapping[str, Any]] = {**OPTION_DEFAULTS, "auto_now": False, "auto_now_add": False}

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        auto_now: bool = False,
        auto_now_add: bool = False,
        **options: Any,
    ) -> None:
        if auto_now or auto_now_add:
            options["editable"] = False
            options["blank"] = True
        super().__init__(verbose_name, name, **options)
        self.auto_now = auto_now
        self.auto_now_add = auto_now_add

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.auto_now or self.auto_now_add:
            kwargs.pop("editable", None)
            kwargs.pop("blank", None)
        return name, path, args, kwargs

    def current(self) -> Any:
        """The value that `auto_now` writes."""
        raise TypeError(f"{type(self).__name__} has no current value.")

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        if self.auto_now or (self.auto_now_add and add):
            value = self.current()
            setattr(model_instance, self.attname, value)
            return value
        return super().pre_save(model_instance, add)

    def parsed(self, value: Any, parse: Any) -> Any:
        """Read text with `parse`; anything else is invalid."""
        if not isinstance(value, str) or len(value) > MAX_LENGTH:
            raise self.error("invalid", value=str(value)[:MAX_LENGTH])
        try:
            result = parse(value.strip())
        except ValueError as error:
            raise self.error("invalid", value=value) from error
        if result is None:
            raise self.error("invalid", value=value)
        return result

    def value_to_string(self, obj: Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else value.isoformat()

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *check_dates(self)]


@builtin
class DateField(TemporalField[Day, Day]):
    """A day.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        auto_now: write today at each save.
        auto_now_add: write today when the row is created.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Date (without time)")
    expected: ClassVar[str] = "a date (datetime.date or 'YYYY-MM-DD')"
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("“%(value)s” value has an invalid date format. It must be in YYYY-MM-DD format."),
    }

    @overload
    def __init__(
        self: DateField[dt.date],
        verbose_name: str | None = None,
        name: str | None = None,
        auto_now: bool = False,
        auto_now_add: bool = False,
        *,
        null: Literal[False] = False,
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: DateField[dt.date | None],
        verbose_name: str | None = None,
        name: str | None = None,
        auto_now: bool = False,
        auto_now_add: bool = False,
        *,
        null: Literal[True],
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("date")

    def current(self) -> Any:
        return timezone.localdate() if settings.USE_TZ else dt.date.today()  # noqa: DTZ011  # naive by the setting

    def to_python(self, value: Any) -> Any:
        if value is None or type(value) is dt.date:
            return value
        if isinstance(value, dt.datetime):
            if settings.USE_TZ and timezone.is_aware(value):
                value = timezone.make_naive(value, timezone.get_default_timezone())
            return value.date()
        return value if isinstance(value, dt.date) else self.parsed(value, timezone.parse_date)

    def get_prep_value(self, value: Any) -> Any:
        return value if type(value) is dt.date or value is None else self.prepared(value)


@builtin
class TimeField(TemporalField[Clock, Clock]):
    """A time of day, without zone.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        auto_now: write the time at each save.
        auto_now_add: write the time when the row is created.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Time")
    expected: ClassVar[str] = "a time without zone (datetime.time or 'HH:MM[:ss[.uuuuuu]]')"
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("“%(value)s” value has an invalid format. It must be in HH:MM[:ss[.uuuuuu]] format."),
    }

    @overload
    def __init__(
        self: TimeField[dt.time],
        verbose_name: str | None = None,
        name: str | None = None,
        auto_now: bool = False,
        auto_now_add: bool = False,
        *,
        null: Literal[False] = False,
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: TimeField[dt.time | None],
        verbose_name: str | None = None,
        name: str | None = None,
        auto_now: bool = False,
        auto_now_add: bool = False,
        *,
        null: Literal[True],
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("time")

    def current(self) -> Any:
        return dt.datetime.now().time()  # noqa: DTZ005  # documented: the time of the machine

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, dt.datetime):
            value = value.time()
        elif not isinstance(value, dt.time):
            value = self.parsed(value, timezone.parse_time)
        if value.tzinfo is not None:
            raise self.error("invalid", value=value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        return self.prepared(value)


@builtin
class DateTimeField(TemporalField[Moment, Moment]):
    """A moment. With `USE_TZ` it is aware and stored in UTC; a naive value is taken in `TIME_ZONE`, with a warning.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        auto_now: write the moment at each save.
        auto_now_add: write the moment when the row is created.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Date (with time)")
    expected: ClassVar[str] = "a moment (datetime.datetime or 'YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]')"
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _(
            "“%(value)s” value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format."
        ),
    }

    @overload
    def __init__(
        self: DateTimeField[dt.datetime],
        verbose_name: str | None = None,
        name: str | None = None,
        auto_now: bool = False,
        auto_now_add: bool = False,
        *,
        null: Literal[False] = False,
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: DateTimeField[dt.datetime | None],
        verbose_name: str | None = None,
        name: str | None = None,
        auto_now: bool = False,
        auto_now_add: bool = False,
        *,
        null: Literal[True],
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("datetime")

    def current(self) -> Any:
        return timezone.now()

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, dt.datetime):
            return value
        if isinstance(value, dt.date):
            return self.in_zone(dt.datetime(value.year, value.month, value.day))  # noqa: DTZ001  # in_zone decides
        return self.parsed(value, read_moment)

    def in_zone(self, value: dt.datetime) -> dt.datetime:
        """Take a naive moment in the default time zone, with a warning; only under `USE_TZ`."""
        if not settings.USE_TZ or timezone.is_aware(value):
            return value
        zone = timezone.get_default_timezone()
        warnings.warn(
            f"{self} got the naive datetime {shown(value)} while USE_TZ is on; it is taken in {zone}. "
            "Use manoir.timezone.now() or make_aware().",
            RuntimeWarning,
            stacklevel=4,
        )
        return timezone.make_aware(value, zone)

    def get_prep_value(self, value: Any) -> Any:
        value = self.prepared(value)
        if value is None:
            return None
        if settings.USE_TZ:
            return self.in_zone(value).astimezone(UTC)
        if timezone.is_aware(value):
            raise self.wrong_type(value)
        return value


@builtin
class DurationField(Field[Span, Span]):
    """A length of time, exact to a microsecond.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Duration")
    empty_strings_allowed = False
    expected: ClassVar[str] = "a duration (datetime.timedelta or '[DD] [[HH:]MM:]ss[.uuuuuu]')"
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("“%(value)s” value has an invalid format. It must be in [DD] [[HH:]MM:]ss[.uuuuuu] format."),
    }

    @overload
    def __init__(
        self: DurationField[dt.timedelta],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        null: Literal[False] = False,
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: DurationField[dt.timedelta | None],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        null: Literal[True],
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    def __init__(self, verbose_name: Any = None, name: str | None = None, **options: Any) -> None:
        super().__init__(verbose_name, name, **options)

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("duration")

    @property
    def validators(self) -> list[Validator]:
        return [*super().validators, MinValueValidator(-LONGEST_SPAN), MaxValueValidator(LONGEST_SPAN)]

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, dt.timedelta):
            return value
        span = timezone.parse_duration(value.strip()) if isinstance(value, str) and len(value) <= MAX_LENGTH else None
        if span is None:
            raise self.error("invalid", value=str(value)[:MAX_LENGTH])
        return span

    def get_prep_value(self, value: Any) -> Any:
        return self.prepared(value)

    def value_to_string(self, obj: Model) -> str:
        value = cast("dt.timedelta | None", self.value_from_object(obj))
        return "" if value is None else timezone.duration_string(value)


def read_moment(text: str) -> dt.datetime | None:
    """A moment out of text; a bare day is its midnight."""
    moment = timezone.parse_datetime(text)
    if moment is not None:
        return moment
    day = timezone.parse_date(text)
    return None if day is None else dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001  # naive, as it was given

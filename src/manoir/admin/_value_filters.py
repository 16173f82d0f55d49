"""Filters made of the values of a field: yes and no, choices, dates, every value, empty or not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from manoir import models
from manoir.admin._field_filters import FieldListFilter
from manoir.admin._filters import MOST_CHOICES, Params
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpRequest
from manoir.i18n import gettext as _
from manoir.models import Model, Q, QuerySet
from manoir.timezone import localtime, make_aware, now

if TYPE_CHECKING:
    from manoir.admin._change_list import ChangeList


class BooleanFieldListFilter(FieldListFilter):
    """Offers yes and no, and unknown where the field may be NULL."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Params, model: type[Model], model_admin: Any, field_path: str
    ) -> None:
        self.lookup_kwarg = f"{field_path}__exact"
        self.lookup_kwarg2 = f"{field_path}__isnull"
        super().__init__(field, request, params, model, model_admin, field_path)
        self.lookup_val = self.used_parameters.get(self.lookup_kwarg)
        self.lookup_val2 = self.used_parameters.get(self.lookup_kwarg2)

    def expected_parameters(self) -> list[str | None]:
        """Return the names in the address."""
        return [self.lookup_kwarg, self.lookup_kwarg2]

    def prepared(self, name: str, value: str) -> Any:
        """Return the truth of "1" and "0"."""
        if name == self.lookup_kwarg:
            if value.lower() not in ("1", "0", "true", "false"):
                raise ValueError(f"{value!r} is neither 1 nor 0.")
            return value.lower() in ("1", "true")
        return super().prepared(name, value)

    def _titles(self) -> tuple[Any, Any, Any]:
        texts = dict(self.field.flatchoices or ())
        return texts.get(True, _("Yes")), texts.get(False, _("No")), texts.get(None, _("Unknown"))

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Yield "All", yes, no and, where it can be, unknown."""
        yes, no, unknown = self._titles()
        offered: list[tuple[Any, dict[str, Any], Any]] = [
            (not self.is_active, {}, _("All")),
            (self.lookup_val == "1", {self.lookup_kwarg: "1"}, yes),
            (self.lookup_val == "0", {self.lookup_kwarg: "0"}, no),
        ]
        if self.field.null:
            offered.append((self.lookup_val2, {self.lookup_kwarg2: "True"}, unknown))
        yield from self.offered(changelist, offered)

    def facets(self, rows: QuerySet[Any, Any]) -> Iterable[tuple[int, Q]]:
        """Return the conditions of yes, no and unknown."""
        yield 1, self.of_one_row(Q(**{self.field_path: True}))
        yield 2, self.of_one_row(Q(**{self.field_path: False}))
        if self.field.null:
            yield 3, self.of_one_row(Q(**{self.lookup_kwarg2: True}))


class ChoicesFieldListFilter(FieldListFilter):
    """Offers the field's choices."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Params, model: type[Model], model_admin: Any, field_path: str
    ) -> None:
        self.lookup_kwarg = f"{field_path}__exact"
        self.lookup_kwarg_isnull = f"{field_path}__isnull"
        super().__init__(field, request, params, model, model_admin, field_path)
        self.lookup_val = self.used_parameters.get(self.lookup_kwarg)
        self.lookup_val_isnull = self.used_parameters.get(self.lookup_kwarg_isnull)

    def expected_parameters(self) -> list[str | None]:
        """Return the names in the address."""
        return [self.lookup_kwarg, self.lookup_kwarg_isnull]

    def _pairs(self) -> list[tuple[Any, Any]]:
        return list(self.field.flatchoices)[:MOST_CHOICES]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Yield "All" and the choices."""
        yield from self.offered(changelist, [(not self.is_active, {}, _("All"))])
        for value, text in self._pairs():
            if value is None:
                selected, parameters = self.lookup_val_isnull, {self.lookup_kwarg_isnull: "True"}
            else:
                selected, parameters = self.lookup_val == str(value), {self.lookup_kwarg: value}
            yield from self.offered(changelist, [(selected, parameters, text)])

    def facets(self, rows: QuerySet[Any, Any]) -> Iterable[tuple[int, Q]]:
        """Return the condition of each choice."""
        for place, (value, _text) in enumerate(self._pairs(), 1):
            condition = Q(**{self.lookup_kwarg_isnull: True}) if value is None else Q(**{self.lookup_kwarg: value})
            yield place, self.of_one_row(condition)


class DateFieldListFilter(FieldListFilter):
    """Offers today, the last days, this month, this year, and none or any where the field may be NULL."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Params, model: type[Model], model_admin: Any, field_path: str
    ) -> None:
        self.lookup_kwarg_since = f"{field_path}__gte"
        self.lookup_kwarg_until = f"{field_path}__lt"
        self.lookup_kwarg_isnull = f"{field_path}__isnull"
        self.is_datetime = isinstance(field, models.DateTimeField)
        super().__init__(field, request, params, model, model_admin, field_path)
        self.links = self._links()

    def expected_parameters(self) -> list[str | None]:
        """Return the names in the address."""
        names: list[str | None] = [self.lookup_kwarg_since, self.lookup_kwarg_until]
        return [*names, self.lookup_kwarg_isnull] if self.field.null else names

    def prepared(self, name: str, value: str) -> Any:
        """Return the moment that the address names."""
        return super().prepared(name, value) if name.endswith("__isnull") else self._moment(value)

    def _moment(self, value: str) -> Any:
        moment = self.field.to_python(value.replace(" ", "+") if "T" in value else value)
        if isinstance(moment, dt.datetime) and settings.USE_TZ and moment.tzinfo is None:
            moment = make_aware(moment)
        return moment

    def _links(self) -> list[tuple[Any, dict[str, str]]]:
        moment = localtime(now()) if settings.USE_TZ else dt.datetime.now()  # noqa: DTZ005  # the project has no zones
        today: Any = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if not self.is_datetime:
            today = today.date()
        tomorrow = today + dt.timedelta(days=1)
        month = today.replace(day=1)
        next_month = (month + dt.timedelta(days=32)).replace(day=1)
        year = month.replace(month=1)

        def between(start: Any, end: Any) -> dict[str, str]:
            return {self.lookup_kwarg_since: start.isoformat(), self.lookup_kwarg_until: end.isoformat()}

        links: list[tuple[Any, dict[str, str]]] = [
            (_("Any date"), {}),
            (_("Today"), between(today, tomorrow)),
            (_("Past 7 days"), between(today - dt.timedelta(days=7), tomorrow)),
            (_("This month"), between(month, next_month)),
            (_("This year"), between(year, year.replace(year=year.year + 1))),
        ]
        if self.field.null:
            links += [
                (_("No date"), {self.lookup_kwarg_isnull: "True"}),
                (_("Has date"), {self.lookup_kwarg_isnull: "False"}),
            ]
        return links

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Yield the spans of time."""
        yield from self.offered(
            changelist, [(self.used_parameters == parameters, parameters, text) for text, parameters in self.links]
        )

    def facets(self, rows: QuerySet[Any, Any]) -> Iterable[tuple[int, Q]]:
        """Return the condition of each span."""
        for place, (_text, parameters) in enumerate(self.links):
            if parameters:
                conditions = {name: self.prepared(name, value) for name, value in parameters.items()}
                yield place, self.of_one_row(Q(**conditions))


class AllValuesFieldListFilter(FieldListFilter):
    """Offers every value that some row has, the first five hundred."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Params, model: type[Model], model_admin: Any, field_path: str
    ) -> None:
        self.lookup_kwarg = field_path
        self.lookup_kwarg_isnull = f"{field_path}__isnull"
        super().__init__(field, request, params, model, model_admin, field_path)
        self.lookup_val = self.used_parameters.get(self.lookup_kwarg)
        self.lookup_val_isnull = self.used_parameters.get(self.lookup_kwarg_isnull)
        rows = model_admin.get_queryset(request).order_by(field_path).values_list(field_path, flat=True).distinct()
        self.lookup_choices = list(rows[:MOST_CHOICES])

    def expected_parameters(self) -> list[str | None]:
        """Return the names in the address."""
        return [self.lookup_kwarg, self.lookup_kwarg_isnull]

    def has_output(self) -> bool:
        """Tell whether there are at least two values."""
        return len(self.lookup_choices) > 1 or self.is_active

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Yield "All", the values, and the sign for none."""
        yield from self.offered(changelist, [(not self.is_active, {}, _("All"))])
        empty = self.model_admin.get_empty_value_display()
        for value in self.lookup_choices:
            if value is None:
                yield from self.offered(
                    changelist, [(self.lookup_val_isnull, {self.lookup_kwarg_isnull: "True"}, empty)]
                )
            else:
                chosen = self.lookup_val == str(value)
                yield from self.offered(changelist, [(chosen, {self.lookup_kwarg: value}, str(value) or empty)])

    def facets(self, rows: QuerySet[Any, Any]) -> Iterable[tuple[int, Q]]:
        """Return the condition of each value."""
        for place, value in enumerate(self.lookup_choices, 1):
            condition = Q(**{self.lookup_kwarg_isnull: True}) if value is None else Q(**{self.field_path: value})
            yield place, self.of_one_row(condition)


class EmptyFieldListFilter(FieldListFilter):
    """Offers empty and not empty: NULL, and "" for text."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Params, model: type[Model], model_admin: Any, field_path: str
    ) -> None:
        text = isinstance(field, (models.CharField, models.TextField))
        self.can_be_empty_text = text
        if not (field.null or text):
            raise ImproperlyConfigured(
                f"list_filter: EmptyFieldListFilter cannot be used for {field_path!r}, which is neither text nor nullable."
            )
        self.lookup_kwarg = f"{field_path}__isempty"
        super().__init__(field, request, params, model, model_admin, field_path)
        self.lookup_val = self.used_parameters.get(self.lookup_kwarg)

    def expected_parameters(self) -> list[str | None]:
        """Return the name in the address."""
        return [self.lookup_kwarg]

    def empty(self) -> Q:
        """Return the condition of a row whose value is empty."""
        condition = Q(**{f"{self.field_path}__isnull": True}) if self.field.null else Q()
        return condition | Q(**{self.field_path: ""}) if self.can_be_empty_text else condition

    def condition(self, rows: QuerySet[Any, Any]) -> Q:
        """Return what is asked of a row."""
        if self.lookup_val is None:
            return Q()
        if self.lookup_val not in ("0", "1"):
            raise ValueError(f"{self.lookup_val!r} is neither 1 nor 0.")
        return self.of_one_row(self.empty() if self.lookup_val == "1" else ~self.empty())

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Yield "All", empty and not empty."""
        yield from self.offered(
            changelist,
            [
                (self.lookup_val is None, {}, _("All")),
                (self.lookup_val == "1", {self.lookup_kwarg: "1"}, _("Empty")),
                (self.lookup_val == "0", {self.lookup_kwarg: "0"}, _("Not empty")),
            ],
        )

    def facets(self, rows: QuerySet[Any, Any]) -> Iterable[tuple[int, Q]]:
        """Return the conditions of empty and not empty."""
        yield 1, self.of_one_row(self.empty())
        yield 2, self.of_one_row(~self.empty())

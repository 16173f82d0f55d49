"""Filters of the list that a project writes itself: `ListFilter` and `SimpleListFilter`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from manoir.bridge import TwoColours, atwin, hook
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpRequest
from manoir.i18n import gettext as _
from manoir.models import Model, Q, QuerySet

if TYPE_CHECKING:
    from manoir.admin._change_list import ChangeList

Params = dict[str, list[str]]
"""What an address says, by name; a filter takes out what belongs to it."""

LONGEST_VALUE = 1_000
"""Characters of a filter's value that are looked at."""

MOST_CHOICES = 500
"""Choices that a filter offers."""


class ListFilter(TwoColours):
    """Base of all filters.

    Args:
        request: the request.
        params: what the address says; the filter takes out what is its own.
        model: the model of the list.
        model_admin: its ModelAdmin.

    Attributes:
        title: its name, "By {title}".
        template: template that draws it.
        parameter_name: name in the address, for filters with one.
        used_parameters: what the address says to this filter.
    """

    title: Any = None
    template: str = "admin/filter.html"
    parameter_name: str | None = None

    def __init__(self, request: HttpRequest, params: Params, model: type[Model], model_admin: Any) -> None:
        self.request = request
        self.model = model
        self.model_admin = model_admin
        self.used_parameters: dict[str, Any] = {}
        if self.title is None:
            raise ImproperlyConfigured(f"The filter {type(self).__name__} has no title: set `title`.")

    def take(self, params: Params) -> None:
        """Take this filter's own parameters out of the address."""
        for name in self.expected_parameters():
            if name is not None and name in params:
                self.used_parameters[name] = params.pop(name)[-1][:LONGEST_VALUE]

    @property
    def is_active(self) -> bool:
        """Whether the address says anything to this filter."""
        return bool(self.used_parameters)

    def has_output(self) -> bool:
        """Tell whether there is anything to choose."""
        raise NotImplementedError(f"{type(self).__name__} must have has_output(): whether there is anything to choose.")

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Yield the choices: `selected`, `query_string`, `display`, and `count` once the rows were counted."""
        raise NotImplementedError(f"{type(self).__name__} must have choices(changelist).")

    @hook
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> Any:
        """Return the rows that remain; None stands for all."""
        raise NotImplementedError(f"{type(self).__name__} must have queryset(request, queryset).")

    aqueryset = atwin(queryset, waits=True)

    def expected_parameters(self) -> list[str | None]:
        """Return the names in the address that belong to this filter."""
        raise NotImplementedError(f"{type(self).__name__} must have expected_parameters().")

    # -- facets --------------------------------------------------------------------------------------------------

    def narrowed(self, rows: QuerySet[Any, Any]) -> Any:
        """Return the rows that remain, as `queryset` has them."""
        remaining = self.queryset(self.request, rows)
        return rows if remaining is None else remaining

    def condition(self, rows: QuerySet[Any, Any]) -> Q:
        """Return what this filter asks of a row, as a condition; `rows` are the rows of the list without filters."""
        return Q(pk__in=self.narrowed(rows).order_by().values("pk")) if self.is_active else Q()

    def facets(self, rows: QuerySet[Any, Any]) -> Iterable[tuple[int, Q]]:
        """Return the condition of each choice, by its place among the choices; choices without one are not counted."""
        return ()


class SimpleListFilter(ListFilter):
    """A filter of your own: `lookups` says what there is to choose, `queryset` what a choice means.

    Attributes:
        parameter_name: name in the address.

    Example:
        >>> class DecadeFilter(SimpleListFilter):
        ...     title = "decade"
        ...     parameter_name = "decade"
        ...
        ...     def lookups(self, request, model_admin):
        ...         return [("80s", "the eighties"), ("90s", "the nineties")]
        ...
        ...     def queryset(self, request, queryset):
        ...         if self.value() == "80s":
        ...             return queryset.filter(born__year__gte=1980, born__year__lt=1990)
    """

    def __init__(self, request: HttpRequest, params: Params, model: type[Model], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        if self.parameter_name is None:
            raise ImproperlyConfigured(f"The filter {type(self).__name__} has no parameter_name: set it.")
        self.take(params)
        self.lookup_choices: list[tuple[Any, Any]] = list(self.lookups(request, model_admin) or ())[:MOST_CHOICES]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[Any, Any]] | None:
        """Return pairs of the value in the address and the text of each choice; None or nothing: no filter at all."""
        raise NotImplementedError(f"{type(self).__name__} must have lookups(request, model_admin).")

    def has_output(self) -> bool:
        """Tell whether there is anything to choose."""
        return bool(self.lookup_choices)

    def value(self) -> Any:
        """Return what was chosen; None: nothing."""
        return self.used_parameters.get(str(self.parameter_name))

    def expected_parameters(self) -> list[str | None]:
        """Return the name in the address."""
        return [self.parameter_name]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Yield "All" and what `lookups` returned."""
        name = str(self.parameter_name)
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[name]),
            "display": _("All"),
        }
        for value, title in self.lookup_choices:
            yield {
                "selected": self.value() == str(value),
                "query_string": changelist.get_query_string({name: value}),
                "display": title,
            }

    def facets(self, rows: QuerySet[Any, Any]) -> Iterable[tuple[int, Q]]:
        """Return a condition of each choice, by asking `queryset` as if it were chosen."""
        chosen = self.used_parameters
        try:
            for place, (value, _title) in enumerate(self.lookup_choices, 1):
                self.used_parameters = {str(self.parameter_name): str(value)}
                yield place, self.condition(rows)
        finally:
            self.used_parameters = chosen

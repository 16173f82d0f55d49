"""`ChangeList`: the rows that an address asks for, filtered, sorted and divided into pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from manoir.admin import _lookups as lookups
from manoir.admin._columns import Column, column_of, directed
from manoir.admin._counts import Counted, count
from manoir.admin._date_hierarchy import DateHierarchy
from manoir.admin._facets import ShowFacets, count_facets
from manoir.admin._field_filters import WRONG
from manoir.admin._filters import LONGEST_VALUE, ListFilter, Params
from manoir.admin._filters_of import make_filter
from manoir.admin._keys import quote
from manoir.admin._result_page import ResultPage, read_page, share_related, whole_list
from manoir.admin._search import LONGEST_SEARCH
from manoir.bridge import lazy_property
from manoir.conf import settings
from manoir.exceptions import (
    DisallowedModelAdminLookup,
    FieldDoesNotExist,
    IncorrectLookupParameters,
    InvalidPage,
    PermissionDenied,
)
from manoir.http import HttpRequest, QueryDict
from manoir.models import Model, Q, QuerySet
from manoir.urls import NoReverseMatch, reverse

MOST_PARAMETERS = 50
"""Filters that one address may name."""
MOST_ORDERS = 10
"""Columns that one address may sort by."""


class ChangeList:
    """The list of a model, as a request asks for it.

    A ModelAdmin's `get_changelist` may return a subclass; what is documented to be overridden is `get_queryset`,
    `get_results`, `get_ordering`, `url_for_result`.

    Args:
        request: the request.
        model: the model.
        model_admin: its ModelAdmin.

    Attributes:
        list_display: the columns as declared; `columns` describes them.
        params: what the address says, by name.
        query: what is searched for.
        root_queryset: rows that the user may see.
        searched_queryset: those that are found, before any filter.
        queryset: the rows of the list, sorted.
        filter_specs: the filters.
        paginator: what divides the rows; page_num: the page that is shown, from 1.
        ordering: what the list is sorted by.
        page: the page that is shown.
        result_list: the rows of the page.
        result_count: how many rows the list has; full_result_count: how many there are at all, None when not counted.
        estimated: whether `result_count` is an estimate.
        show_all: all rows are shown; can_show_all: they may be; multi_page: there is more than one page.
        formset: the forms of rows that can be changed in the list; None without.
    """

    list_max_show_all: int
    result_list: list[Any]
    result_count: int
    ordering: list[Any]
    page: ResultPage
    formset: Any = None

    def __init__(self, request: HttpRequest, model: type[Model], model_admin: Any) -> None:
        self.request = request
        self.model = model
        self.opts = model._meta
        self.model_admin = model_admin
        self.list_display = list(model_admin.get_list_display(request))
        self.list_display_links = model_admin.get_list_display_links(request, self.list_display)
        self.list_filter = list(model_admin.get_list_filter(request))
        self.date_hierarchy = model_admin.date_hierarchy
        self.search_fields = model_admin.get_search_fields(request)
        self.search_help_text = model_admin.search_help_text
        self.list_select_related = model_admin.get_list_select_related(request)
        self.list_per_page = model_admin.list_per_page
        self.list_max_show_all = model_admin.list_max_show_all
        self.sortable_by = model_admin.get_sortable_by(request)
        self.show_facets: ShowFacets = model_admin.show_facets
        self.columns: list[Column] = [column_of(name, model_admin, self.sortable_by) for name in self.list_display]
        self.is_popup = lookups.IS_POPUP_VAR in request.GET
        self.list_editable = () if self.is_popup else model_admin.list_editable
        self.preserved_filters = model_admin.get_preserved_filters(request)

        self.params: dict[str, str] = {}
        self.filter_params: Params = {}
        self._read_address(request.GET)
        self.query = request.GET.get(lookups.SEARCH_VAR, "")[:LONGEST_SEARCH].replace("\x00", "")
        self.show_all = lookups.ALL_VAR in request.GET
        self.add_facets = lookups.FACETS_VAR in request.GET and self.show_facets is not ShowFacets.NEVER
        self.to_field = self._to_field(request.GET.get(lookups.TO_FIELD_VAR))

        self.root_queryset: Any = model_admin.get_queryset(request)
        self.filter_specs: list[ListFilter] = []
        self.date: DateHierarchy | None = None
        self.queryset: Any = self.get_queryset(request)
        if request.GET.get(lookups.PART_VAR) == "facets":
            return  # the page has its rows already, and asks for the numbers beside the filters
        self.get_results(request)
        if self.date_hierarchy:
            self.date = DateHierarchy(self, self.queryset)

    # -- the address ---------------------------------------------------------------------------------------------

    def _read_address(self, query: QueryDict) -> None:
        if len(query) > MOST_PARAMETERS:
            raise IncorrectLookupParameters(f"The address names more than {MOST_PARAMETERS} filters.")
        self.params = {name: value[:LONGEST_VALUE] for name, value in query.items() if name != lookups.ERROR_FLAG}
        self.params.pop(lookups.PART_VAR, None)
        self.filter_params = {
            name: values for name, values in query.lists() if name not in lookups.IGNORED and name.isprintable()
        }

    def _to_field(self, name: str | None) -> str | None:
        if name and not self.model_admin.to_field_allowed(self.request, name):
            raise PermissionDenied(f"No relation of the admin points to the field {name[:40]!r}.")
        return name

    def get_query_string(self, new_params: Mapping[str, Any] | None = None, remove: Iterable[str] | None = None) -> str:
        """Return the query string of this list with changes.

        Args:
            new_params: values by name; None takes a name out.
            remove: beginnings of names to take out.
        """
        gone = tuple(remove or ())
        kept = {name: value for name, value in self.params.items() if not (gone and name.startswith(gone))}
        kept.pop(lookups.PAGE_VAR, None)
        kept.pop(lookups.AFTER_VAR, None)
        kept.pop(lookups.BEFORE_VAR, None)
        for name, value in (new_params or {}).items():
            if value is None:
                kept.pop(name, None)
            else:
                kept[name] = value
        query = QueryDict(mutable=True)
        for name, value in sorted(kept.items()):
            query[name] = str(value)
        return f"?{query.urlencode()}"

    # -- rows ----------------------------------------------------------------------------------------------------

    def get_filters(self, request: HttpRequest) -> list[ListFilter]:
        """Make the filters, which take their parameters out of the address; what remains must be allowed.

        Raises:
            DisallowedModelAdminLookup: the address filters by something that is not declared (H37).
        """
        params = {name: list(values) for name, values in self.filter_params.items()}
        made = [make_filter(entry, request, params, self.model_admin) for entry in self.list_filter]
        for name, values in params.items():
            if not self.model_admin.lookup_allowed(name, values[-1], request):
                raise DisallowedModelAdminLookup(f"This list is not filtered by {name[:60]!r}: add it to list_filter.")
        self.remaining_params = params
        return made

    def get_queryset(self, request: HttpRequest, exclude_parameters: Iterable[str] | None = None) -> Any:
        """Return the rows of the list: found, filtered, sorted.

        Args:
            request: the request.
            exclude_parameters: names in the address to take no notice of.

        Raises:
            IncorrectLookupParameters: the address has a value that cannot be.
        """
        gone = set(exclude_parameters or ())
        self.filter_specs = self.get_filters(request)
        rows: QuerySet[Any, Any] = self._searched(request)
        self.searched_queryset = rows
        try:
            for spec in self.filter_specs:
                if not gone & set(map(str, spec.expected_parameters())):
                    remaining = spec.queryset(request, rows)
                    rows = rows if remaining is None else remaining
            rows = rows.filter(self._remaining(gone))
        except WRONG as error:
            raise IncorrectLookupParameters(str(error)) from error
        self.ordering = self.get_ordering(request, rows)
        return self.apply_select_related(rows.order_by(*self.ordering))

    def _searched(self, request: HttpRequest) -> Any:
        rows = self.root_queryset
        if not self.query:
            return rows
        found, twice = self.model_admin.get_search_results(request, rows, self.query)
        return rows.filter(pk__in=found.order_by().values("pk")) if twice else found

    def _remaining(self, gone: set[str]) -> Q:
        """What the address asks for beside the filters: parts of the date, limits of a popup."""
        wanted = {name: values[-1] for name, values in self.remaining_params.items() if name not in gone}
        if self.date_hierarchy:
            condition, wanted = DateHierarchy.condition_of(self, wanted)
        else:
            condition = Q()
        for name, value in wanted.items():
            prepared: Any = value
            if name.endswith("__isnull"):
                prepared = value.lower() not in ("", "false", "0")
            elif name.endswith("__in"):
                prepared = value.split(",")
            condition &= Q(pk__in=self.model._base_manager.filter(**{name: prepared}).values("pk"))
        return condition

    def apply_select_related(self, rows: Any) -> Any:
        """Read relations by a join where `list_select_related` asks for it; else they load for all rows at once."""
        if self.list_select_related is True:
            names = [
                column.field.name
                for column in self.columns
                if column.field is not None and column.field.is_relation and column.field.concrete
                if column.name == column.field.name and not column.field.many_to_many
            ]
            return rows.select_related(*names) if names else rows
        return rows.select_related(*self.list_select_related) if self.list_select_related else rows

    # -- order ---------------------------------------------------------------------------------------------------

    def get_ordering_field_columns(self) -> dict[int, str]:
        """Return the numbers of the columns (from 1) that the list is sorted by, and "asc" or "desc"."""
        chosen = self._chosen_order()
        if chosen:
            return {number: "desc" if down else "asc" for number, down in chosen}
        known = {column.order: number for number, column in enumerate(self.columns, 1) if isinstance(column.order, str)}
        found: dict[int, str] = {}
        for order in self.model_admin.get_ordering(self.request) or self.opts.ordering or ():
            if isinstance(order, str) and order.lstrip("-") in known:
                found[known[order.lstrip("-")]] = "desc" if order.startswith("-") else "asc"
        return found

    def _chosen_order(self) -> list[tuple[int, bool]]:
        """Read the order out of the address: numbers of columns, joined by points, "-" for down."""
        chosen: dict[int, bool] = {}
        for word in self.params.get(lookups.ORDER_VAR, "").split(".")[:MOST_ORDERS]:
            digits = word.removeprefix("-")
            if digits.isascii() and digits.isdigit() and len(digits) < 5:
                number = int(digits)
                if 1 <= number <= len(self.columns) and self.columns[number - 1].order is not None:
                    chosen.setdefault(number, word.startswith("-"))
        return list(chosen.items())

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[Any]:
        """Return what the list is sorted by, ending in the key, so that no row is on two pages or on none."""
        chosen = [directed(self.columns[number - 1].order, down) for number, down in self._chosen_order()]
        ordering = chosen or list(self.model_admin.get_ordering(request) or ()) or list(queryset.query.order_by)
        ordering = ordering or list(self.opts.ordering)
        return ordering if self._is_total(ordering) else [*ordering, "-pk"]

    def _is_total(self, ordering: list[Any]) -> bool:
        for order in ordering:
            if isinstance(order, str):
                name = order.lstrip("-")
                if name in ("pk", self.opts.pk.name):
                    return True
                try:
                    field = self.opts.get_field(name)
                except FieldDoesNotExist:
                    continue
                if field.concrete and not field.is_relation and field.unique and not field.null:
                    return True
        return False

    # -- pages ---------------------------------------------------------------------------------------------------

    def get_results(self, request: HttpRequest) -> None:
        """Read the rows of the page, and count.

        Raises:
            IncorrectLookupParameters: the address names a page that is none, or a value that no row can have.
        """
        paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.paginator = paginator
        if hasattr(paginator, "peek") and not self.params.get(lookups.PAGE_VAR):
            paginator.peek()
        try:
            self.result_count = paginator.count
            self.estimated = bool(getattr(paginator, "estimated", False))
            self.full_result_count: int | None = self._full_count()
            self.can_show_all = self.result_count <= self.list_max_show_all and not self.estimated
            self.multi_page = self.result_count > self.list_per_page
            self.show_all = self.show_all and self.can_show_all
            if self.multi_page:
                self.page = whole_list(self) if self.show_all else read_page(self, paginator)
            else:
                known = getattr(paginator, "first_rows", None)
                self.page = whole_list(self) if known is None else ResultPage(known, 1)
        except (*WRONG, InvalidPage) as error:
            raise IncorrectLookupParameters(str(error)) from error
        self.page_num = self.page.number
        self.result_list = self.page.rows
        share_related(self)

    def _full_count(self) -> int | None:
        if not self.model_admin.show_full_result_count:
            return None
        if not self.is_narrowed:
            return self.result_count
        counted: Counted = count(self.root_queryset)
        return counted.number

    @property
    def is_narrowed(self) -> bool:
        """Whether the list has only some of the rows: it is searched or filtered."""
        return bool(self.query or self.filter_params)

    @property
    def has_active_filters(self) -> bool:
        """Whether any filter is chosen."""
        return bool(self.filter_params)

    def page_url(self, number: int) -> str:
        """Return the query string of a page."""
        return self.get_query_string({lookups.PAGE_VAR: number if number > 1 else None})

    @property
    def next_url(self) -> str:
        """Query string of the page behind this one; "" when there is none."""
        return self.get_query_string(self.page.next) if self.page.next is not None else ""

    @property
    def previous_url(self) -> str:
        """Query string of the page before this one; "" when there is none."""
        return self.get_query_string(self.page.previous) if self.page.previous is not None else ""

    # -- rows in the template ------------------------------------------------------------------------------------

    def url_for_result(self, result: Any) -> str | None:
        """Return the address of a row's form; None where there is none."""
        info = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        try:
            return reverse(info, args=[quote(result.pk)], current_app=self.model_admin.admin_site.name)
        except NoReverseMatch:
            return None

    # -- facets --------------------------------------------------------------------------------------------------

    @lazy_property
    def facets(self) -> tuple[list[dict[int, int]], bool]:
        """The numbers of rows of all choices; one query."""
        return count_facets(self)

    @property
    def facet_limit(self) -> int:
        """Rows that are looked at for facets."""
        return settings.ADMIN_FACET_LIMIT

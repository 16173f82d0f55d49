"""Filters: lists narrowed, searched and ordered by the query, in the fields that the view declares and no others (H37)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from manoir.bridge import TwoColours, atwin, hook
from manoir.exceptions import APIValidationError, ImproperlyConfigured, ParseError
from manoir.models import Q, QuerySet
from manoir.rest._client_patterns import PATTERN_LOOKUPS, client_pattern
from manoir.rest._declared_filters import DeclaredFilter, declared_filters, narrowed
from manoir.rest._filter_choices import (
    AllValuesFilter,
    AllValuesMultipleFilter,
    ChoiceFilter,
    LookupChoiceFilter,
    ModelChoiceFilter,
    ModelMultipleChoiceFilter,
    MultipleChoiceFilter,
    TypedChoiceFilter,
    TypedMultipleChoiceFilter,
)
from manoir.rest._filter_kinds import (
    BaseCSVFilter,
    BaseInFilter,
    BaseRangeFilter,
    BooleanFilter,
    CharFilter,
    DateFilter,
    DateTimeFilter,
    DurationFilter,
    Filter,
    IsoDateTimeFilter,
    NumberFilter,
    TimeFilter,
    UUIDFilter,
)
from manoir.rest._filter_ranges import (
    DateFromToRangeFilter,
    DateRangeFilter,
    DateTimeFromToRangeFilter,
    IsoDateTimeFromToRangeFilter,
    RangeFilter,
    TimeRangeFilter,
)
from manoir.rest._filterset import FilterSet, checked_filterset
from manoir.rest._paths import finds_many, refuse_secret
from manoir.rest._scoped_paths import seen, seen_order
from manoir.rest.settings import FromSettings, api_settings

__all__ = [
    "AllValuesFilter",
    "AllValuesMultipleFilter",
    "BaseCSVFilter",
    "BaseFilterBackend",
    "BaseInFilter",
    "BaseRangeFilter",
    "BooleanFilter",
    "CharFilter",
    "ChoiceFilter",
    "DateFilter",
    "DateFromToRangeFilter",
    "DateRangeFilter",
    "DateTimeFilter",
    "DateTimeFromToRangeFilter",
    "DjangoFilterBackend",
    "DurationFilter",
    "Filter",
    "FilterSet",
    "IsoDateTimeFilter",
    "IsoDateTimeFromToRangeFilter",
    "LookupChoiceFilter",
    "ModelChoiceFilter",
    "ModelMultipleChoiceFilter",
    "MultipleChoiceFilter",
    "NumberFilter",
    "OrderingFilter",
    "RangeFilter",
    "SearchFilter",
    "TimeFilter",
    "TimeRangeFilter",
    "TypedChoiceFilter",
    "TypedMultipleChoiceFilter",
    "UUIDFilter",
]

MAX_TEXT = 300
MAX_TERMS = 16


class BaseFilterBackend(TwoColours):
    """Narrows a list by the query; override `filter_queryset` in the colour that suits you."""

    @hook
    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Return what is left of a queryset."""
        raise NotImplementedError(f"{type(self).__name__} needs filter_queryset(request, queryset, view).")

    afilter_queryset = atwin(filter_queryset, waits=True)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters of the query, for OpenAPI."""
        return []


def parameter_of(request: Any, name: str) -> str:
    """Return a text of the query, "" without it; within 300 characters, and without what no database takes."""
    values = request.query_params.getlist(name)
    if len(values) > 1:
        raise ParseError(f"The parameter {name!r} is given {len(values)} times; give it once.")
    text = values[0] if values else ""
    if len(text) > MAX_TEXT:
        raise ParseError(f"The parameter {name!r} is longer than {MAX_TEXT} characters.")
    if "\x00" in text:
        raise ParseError(f"The parameter {name!r} holds a NUL character.")
    return text


class DjangoFilterBackend(BaseFilterBackend):
    """Narrows by the view's `filterset_fields`, in the documented forms of django-filter.

    A list names fields that are compared by equality; a dict names the lookups of each:
    `{"price": ["lt", "gt"], "author": ["exact", "in"]}` answers to `?price__lt=20&author__in=1,2`. Values are cleaned as
    in forms, and what no field can be is answered by 400. Regular expressions and columns that are secret cannot be
    declared.

    A view with a `filterset_class` is filtered by that.

    Attributes:
        raise_exception: values that cannot be are answered by 400; False: a filter set with such values filters nothing.

    Example:
        >>> class Books(GenericAPIView):
        ...     filterset_fields = ["author", "status"]
    """

    raise_exception = True

    @hook
    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Return the rows that have the values of the query."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is not None:
            if self.raise_exception and not filterset.is_valid():
                raise APIValidationError(filterset.errors)
            return filterset.qs
        filters = self.get_filters(view, queryset)
        if not filters or not isinstance(queryset, QuerySet):
            return queryset
        errors: dict[str, Any] = {}
        found = queryset
        for name in request.query_params:
            declared = filters.get(name)
            if declared is None:
                continue
            try:
                text = parameter_of(request, name)
                condition = declared.condition(text) if text != "" else None
            except (ParseError, APIValidationError) as error:
                errors[name] = error.detail if isinstance(error.detail, list) else [error.detail]
                continue
            if condition is not None:
                found = narrowed(found, condition, many=declared.crosses_many, request=request)
        if errors:
            raise APIValidationError(errors)
        return found

    def get_filterset_class(self, view: Any, queryset: Any = None) -> Any:
        """Return the view's `filterset_class`; None without one."""
        declared = getattr(view, "filterset_class", None)
        return None if declared is None else checked_filterset(declared, type(view).__name__)

    def get_filterset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Return the filter set of a request; None for views without one."""
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is None:
            return None
        return filterset_class(**self.get_filterset_kwargs(request, queryset, view))

    def get_filterset_kwargs(self, request: Any, queryset: Any, view: Any) -> dict[str, Any]:
        """Return what the filter set is made with; override it for arguments of your own."""
        return {"data": request.query_params, "queryset": queryset, "request": request}

    def get_filters(self, view: Any, queryset: Any) -> dict[str, DeclaredFilter]:
        """Return the view's filters by their parameters."""
        fields = getattr(view, "filterset_fields", None)
        if not fields or not isinstance(queryset, QuerySet):
            return {}
        return declared_filters(queryset.model, fields, f"{type(view).__name__}.filterset_fields")

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters of the query, for OpenAPI."""
        queryset = getattr(view, "queryset", None)
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is not None:
            filters = filterset_class(None, queryset=queryset).filters
        else:
            filters = self.get_filters(view, queryset)
        return [parameter for name, declared in filters.items() for parameter in declared.parameters(name)]


class SearchFilter(BaseFilterBackend):
    """Searches the view's `search_fields` for the words of `?search=`: each word in at least one of the fields.

    Words are apart by blanks or commas; quotes keep several together. A prefix of a field says how it is compared: `^`
    begins with, `=` equals, `$` a regular expression without nested repeats; without one, contains. All ignore the case.

    Attributes:
        search_param: name of the parameter.
        search_title, search_description: words for pages and OpenAPI.
        lookup_prefixes: lookups by prefix.
    """

    search_param: Any = FromSettings("SEARCH_PARAM")
    search_title = "Search"
    search_description = "Words to look for."
    lookup_prefixes: ClassVar[dict[str, str]] = {"^": "istartswith", "=": "iexact", "$": "iregex"}

    def get_search_fields(self, view: Any, request: Any) -> Any:
        """Return the fields to search; None searches nothing."""
        return getattr(view, "search_fields", None)

    def get_search_terms(self, request: Any) -> list[str]:
        """Return the words that are looked for, at most 16."""
        return split_terms(parameter_of(request, self.search_param))[:MAX_TERMS]

    def construct_search(self, field_name: str, queryset: Any) -> str:
        """Return the lookup of a field, its prefix worked in.

        Raises:
            ImproperlyConfigured: it names no column, or one that is secret.
        """
        lookup = self.lookup_prefixes.get(field_name[:1])
        if lookup is None and field_name[:1] == "@":
            raise ImproperlyConfigured(
                f"search_fields: the prefix of {field_name!r} asks for full-text search, which is not there."
            )
        path = field_name[1:] if lookup else field_name
        finds_many(queryset, path)
        return f"{path}__{lookup or 'icontains'}"

    @hook
    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Return the rows in which all words are found."""
        fields = self.get_search_fields(view, request)
        terms = self.get_search_terms(request) if fields else []
        if not fields or not terms or not isinstance(queryset, QuerySet):
            return queryset
        lookups = [self.construct_search(str(name), queryset) for name in fields]
        if any(lookup.rpartition("__")[2] in PATTERN_LOOKUPS for lookup in lookups):
            terms = [client_pattern(term) for term in terms]
        many = [lookup for lookup in lookups if finds_many(queryset, lookup.rpartition("__")[0])]
        single = [lookup for lookup in lookups if lookup not in many]
        condition = Q()
        for term in terms:
            found = seen(any_of(single, term), queryset, request)
            if many:  # each word by itself: several words may be found in several related rows
                rows = queryset.model._base_manager.using(queryset.db).filter(
                    seen(any_of(many, term), queryset, request)
                )
                found |= Q(pk__in=rows.values("pk"))
            condition &= found
        return queryset.filter(condition)

    def must_call_distinct(self, queryset: Any, search_fields: Any) -> bool:
        """Tell whether a join would find a row twice; none does, for these fields are looked up in a subquery."""
        names = [str(name).lstrip("".join(self.lookup_prefixes)) for name in search_fields]
        return any(finds_many(queryset, name) for name in names)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameter of the query, for OpenAPI."""
        if not getattr(view, "search_fields", None):
            return []
        return [text_parameter(self.search_param, self.search_description)]


def any_of(lookups: list[str], term: str) -> Q:
    """Return the condition that a word is found by at least one of some look-ups."""
    found = Q()
    for lookup in lookups:
        found |= Q(**{lookup: term})
    return found


def split_terms(text: str) -> list[str]:
    """Return the words of a search; quoted ones together.

    Example:
        >>> split_terms('dune, "frank herbert"')
        ['dune', 'frank herbert']
    """
    terms: list[str] = []
    for position, part in enumerate(text.split('"')):
        if position % 2:
            terms.append(part.strip())
        else:
            terms += part.replace(",", " ").split()
    return [term for term in terms if term]


class OrderingFilter(BaseFilterBackend):
    """Orders by `?ordering=-price,title`, among the view's `ordering_fields`; others are ignored.

    Attributes:
        ordering_param: name of the parameter.
        ordering_fields: for views without their own; None orders by nothing that is not declared.
        ordering_title, ordering_description: words for pages and OpenAPI.
    """

    ordering_param: Any = FromSettings("ORDERING_PARAM")
    ordering_fields: Any = None
    ordering_title = "Ordering"
    ordering_description = "Fields to order by; `-` in front for descending."

    def __init__(self, *args: Any, **options: Any) -> None:
        if args or options:
            raise TypeError(
                "OrderingFilter is a backend of views and takes no arguments: name what may be ordered by in the view's "
                "`ordering_fields`. In a FilterSet it has no place."
            )

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> Any:
        """Return the names to order by: those that are asked for and allowed, else the default."""
        text = parameter_of(request, self.ordering_param)
        if text:
            names = [name.strip() for name in text.split(",")][:MAX_TERMS]
            found = self.remove_invalid_fields(queryset, names, view, request)
            if found:
                return found
        return self.get_default_ordering(view)

    def get_default_ordering(self, view: Any) -> Any:
        """Return the view's `ordering`; None leaves the queryset's."""
        ordering = getattr(view, "ordering", None)
        return (ordering,) if isinstance(ordering, str) else ordering

    def get_valid_fields(self, queryset: Any, view: Any, context: Any = None) -> list[tuple[str, str]]:
        """Return names that may be asked for, with their labels; `"__all__"` is every column that is not secret.

        Raises:
            ImproperlyConfigured: a name that is declared leads to a column that is secret: its order tells its values.
        """
        declared: Any = getattr(view, "ordering_fields", self.ordering_fields)
        if not declared:
            return []
        if declared == "__all__":
            fields = queryset.model._meta.concrete_fields
            return [(field.name, str(field.verbose_name)) for field in fields if not getattr(field, "secret", False)]
        valid = [one if isinstance(one, tuple) else (one, str(one)) for one in declared]
        for name, _label in valid:
            refuse_secret(queryset.model, name)
        return valid

    def remove_invalid_fields(self, queryset: Any, fields: list[str], view: Any, request: Any) -> list[str]:
        """Return the names that may be asked for."""
        valid = {name for name, _ in self.get_valid_fields(queryset, view, {"request": request})}
        return [name for name in fields if name.removeprefix("-") in valid]

    @hook
    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Return the rows in order."""
        ordering = self.get_ordering(request, queryset, view)
        if not ordering or not isinstance(queryset, QuerySet):
            return queryset
        return queryset.order_by(*seen_order(ordering, queryset, request))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameter of the query, for OpenAPI."""
        if not getattr(view, "ordering_fields", self.ordering_fields):
            return []
        return [text_parameter(self.ordering_param, self.ordering_description)]


def text_parameter(name: str, description: str) -> dict[str, Any]:
    """Return a parameter of the query that is text, for OpenAPI."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string", "maxLength": MAX_TEXT},
    }


def declares_no_filters(view: Any, request: Any) -> bool:
    return not getattr(view, "filterset_fields", None) and getattr(view, "filterset_class", None) is None


def searches_nothing(view: Any, request: Any) -> bool:
    return not getattr(view, "search_fields", None)


def keeps_order(view: Any, request: Any) -> bool:
    return not getattr(view, "ordering", None) and api_settings.ORDERING_PARAM not in request.query_params


IDLE: dict[Any, Callable[[Any, Any], bool]] = {
    DjangoFilterBackend: declares_no_filters,
    SearchFilter: searches_nothing,
    OrderingFilter: keeps_order,
}
"""Tells of a view and a request whether a backend leaves every queryset as it is; for these very classes only."""

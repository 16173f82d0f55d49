"""Filters made of fields: which class belongs to which field, and what each offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from manoir.admin._filters import MOST_CHOICES, ListFilter, Params
from manoir.bridge import hook
from manoir.exceptions import (
    FieldError,
    FieldTypeError,
    ImproperlyConfigured,
    IncorrectLookupParameters,
    ValidationError,
)
from manoir.http import HttpRequest
from manoir.i18n import gettext as _
from manoir.models import Model, Q, QuerySet

if TYPE_CHECKING:
    from manoir.admin._change_list import ChangeList

WRONG = (ValidationError, FieldError, FieldTypeError, ValueError, TypeError, OverflowError)
"""What values out of an address can raise that do not fit their field."""


def crosses_many(model: Any, path: str) -> bool:
    """Tell whether a path crosses a relation to many rows, so that a join would give rows twice."""
    for part in path.split("__"):
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        if not field.is_relation:
            return False
        if field.many_to_many or field.one_to_many:
            return True
        model = field.related_model
    return False


class FieldListFilter(ListFilter):
    """A filter made of a field. `create` finds the class for a field; `register` adds one.

    Args:
        field: the field, of this model or of one that relations lead to.
        request: the request.
        params: what the address says; the filter takes out what is its own.
        model: the model of the list.
        model_admin: its ModelAdmin.
        field_path: names that lead to the field, such as "author__name".

    Attributes:
        list_separator: between the values of `__in` lookups.
    """

    list_separator = ","
    _registered: ClassVar[list[tuple[Callable[[Any], Any], type[FieldListFilter]]]] = []
    _own: ClassVar[int] = 0

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: Params,
        model: type[Model],
        model_admin: Any,
        field_path: str,
    ) -> None:
        self.field = field
        self.field_path = field_path
        self.title = getattr(field, "verbose_name", field_path)
        super().__init__(request, params, model, model_admin)
        self.take(params)

    def has_output(self) -> bool:
        """Tell whether there is anything to choose."""
        return True

    @hook
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> Any:
        """Return the rows that have the chosen value.

        Raises:
            IncorrectLookupParameters: the address has a value that the field cannot have.
        """
        try:
            return queryset.filter(self.condition(queryset))
        except WRONG as error:
            raise IncorrectLookupParameters(str(error)) from error

    def condition(self, rows: QuerySet[Any, Any]) -> Q:
        """Return what is asked of a row."""
        return self.of_one_row(Q(**{name: self.prepared(name, value) for name, value in self.used_parameters.items()}))

    def prepared(self, name: str, value: str) -> Any:
        """Return the Python value of a text in the address."""
        if name.endswith("__isnull"):
            return value.lower() not in ("", "false", "0")
        if name.endswith("__in"):
            return value.split(self.list_separator)
        return value

    def of_one_row(self, condition: Q) -> Q:
        """Ask it by a subquery where a join would give rows twice."""
        if not condition.children or not crosses_many(self.model, self.field_path):
            return condition
        return Q(pk__in=self.model._base_manager.filter(condition).values("pk"))

    @classmethod
    def register(
        cls, test: Callable[[Any], Any], list_filter_class: type[FieldListFilter], take_priority: bool = False
    ) -> None:
        """Add a class for the fields for which `test` is true.

        Args:
            test: a function of the field.
            list_filter_class: the class.
            take_priority: ask before the classes of manoir, instead of after them.
        """
        if take_priority:
            cls._registered.insert(FieldListFilter._own, (test, list_filter_class))
            FieldListFilter._own += 1
        else:
            cls._registered.append((test, list_filter_class))

    @classmethod
    def create(
        cls,
        field: Any,
        request: HttpRequest,
        params: Params,
        model: type[Model],
        model_admin: Any,
        field_path: str,
    ) -> FieldListFilter:
        """Make the filter of a field, of the first class that was registered for it.

        Raises:
            ImproperlyConfigured: no class was.
        """
        for test, found in cls._registered:
            if test(field):
                return found(field, request, params, model, model_admin, field_path=field_path)
        raise ImproperlyConfigured(
            f"list_filter: there is no filter for {field_path!r}, a {type(field).__name__}; give one as "
            f"({field_path!r}, SomeFieldListFilter)."
        )

    def offered(
        self, changelist: ChangeList, choices: Iterable[tuple[Any, dict[str, Any], Any]]
    ) -> Iterator[dict[str, Any]]:
        """Yield choices: whether each is chosen, what it puts into the address, its text."""
        own = [str(name) for name in self.expected_parameters()]
        for selected, parameters, display in choices:
            yield {
                "selected": bool(selected),
                "query_string": changelist.get_query_string(parameters, own),
                "display": display,
            }


class RelatedFieldListFilter(FieldListFilter):
    """Offers the rows that a relation leads to.

    Attributes:
        related: those rows, as far as they were read.
    """

    related: list[Any]
    has_more: bool = False

    def __init__(
        self, field: Any, request: HttpRequest, params: Params, model: type[Model], model_admin: Any, field_path: str
    ) -> None:
        related = field.related_model
        target = (
            field.target_field.name
            if hasattr(field, "target_field") and not field.many_to_many
            else related._meta.pk.name
        )
        self.lookup_kwarg = f"{field_path}__{target}__exact"
        self.lookup_kwarg_isnull = f"{field_path}__isnull"
        super().__init__(field, request, params, model, model_admin, field_path)
        self.lookup_val = self.used_parameters.get(self.lookup_kwarg)
        self.lookup_val_isnull = self.used_parameters.get(self.lookup_kwarg_isnull)
        self.lookup_choices = list(self.field_choices(field, request, model_admin))
        concrete = field.concrete and not field.many_to_many
        self.title = (
            getattr(field, "verbose_name", None) if field.concrete or field.many_to_many else related._meta.verbose_name
        )
        self.nullable = field.null if concrete else True

    @property
    def include_empty_choice(self) -> bool:
        """Whether rows may have no related row, so that this can be chosen too."""
        return self.nullable

    def field_admin_ordering(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Return the order of the related rows: that of their ModelAdmin, else of their model."""
        related = model_admin.admin_site._registry.get(field.related_model)
        return related.get_ordering(request) if related is not None else ()

    def related_rows(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Return the rows to choose from: those that the user may see, where the related model has a ModelAdmin."""
        related = model_admin.admin_site._registry.get(field.related_model)
        rows: Any = (
            field.related_model._default_manager.get_queryset() if related is None else related.get_queryset(request)
        )
        ordering = self.field_admin_ordering(field, request, model_admin)
        return rows.order_by(*ordering) if ordering else rows

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Return pairs of key and text of the related rows, the first five hundred of them, and the chosen one."""
        rows = self.related_rows(field, request, model_admin)
        found = list(rows[: MOST_CHOICES + 1])
        self.has_more = len(found) > MOST_CHOICES
        self.related = found[:MOST_CHOICES]
        choices = [(row.pk, str(row)) for row in self.related]
        chosen = self.lookup_val
        if self.has_more and chosen is not None and all(str(key) != chosen for key, _text in choices):
            choices += [(row.pk, str(row)) for row in self._chosen(rows, chosen)]
        return choices

    def _chosen(self, rows: Any, key: str) -> list[Any]:
        try:
            return list(rows.filter(pk=key)[:1])
        except WRONG:
            return []

    def expected_parameters(self) -> list[str | None]:
        """Return the names in the address."""
        return [self.lookup_kwarg, self.lookup_kwarg_isnull]

    def has_output(self) -> bool:
        """Tell whether there are at least two choices."""
        return len(self.lookup_choices) + (1 if self.include_empty_choice else 0) > 1 or self.is_active

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Yield "All", the related rows, and "None" where there may be none."""
        yield from self.offered(
            changelist,
            [
                (not self.is_active, {}, _("All")),
                *((self.lookup_val == str(key), {self.lookup_kwarg: key}, text) for key, text in self.lookup_choices),
            ],
        )
        if self.include_empty_choice:
            empty = self.model_admin.get_empty_value_display()
            yield from self.offered(changelist, [(self.lookup_val_isnull, {self.lookup_kwarg_isnull: "True"}, empty)])

    def facets(self, rows: QuerySet[Any, Any]) -> Iterable[tuple[int, Q]]:
        """Return the condition of each related row."""
        for place, (key, _text) in enumerate(self.lookup_choices, 1):
            yield place, self.of_one_row(Q(**{self.lookup_kwarg: key}))
        if self.include_empty_choice:
            yield len(self.lookup_choices) + 1, self.of_one_row(Q(**{self.lookup_kwarg_isnull: True}))


class RelatedOnlyFieldListFilter(RelatedFieldListFilter):
    """Offers only those related rows that some row of the list has."""

    def related_rows(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Return the related rows that are used."""
        used = model_admin.get_queryset(request).order_by().values(f"{self.field_path}__pk").distinct()
        return super().related_rows(field, request, model_admin).filter(pk__in=used)

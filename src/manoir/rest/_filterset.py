"""Filter sets: the filters of a list as a class of their own, as django-filter documents them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from manoir.exceptions import APIValidationError, ImproperlyConfigured
from manoir.http import QueryDict
from manoir.models import QuerySet
from manoir.rest._declared_filters import by_name, declared_filters, invalid, narrowed
from manoir.rest._filter_kinds import NOTHING, Filter
from manoir.rest._paths import field_at

MAX_TEXT = 300


class FilterSet:
    """The filters of a list; a view has it as `filterset_class`.

    Filters are class attributes, and those of `Meta.fields` (names, or lookups by name) are made for `Meta.model`.
    `Meta.filter_overrides` says of which kind they are by the class of the model's field:
    `{CharField: {"filter_class": CharFilter, "extra": lambda field: {"lookup_expr": "icontains"}}}`.

    Args:
        data: the query.
        queryset: the rows; None takes all of the model.
        request: the request, for filters that go by it.

    Attributes:
        base_filters: the filters of the class, by parameter.
        filters: those of this instance.

    Example:
        >>> class BookFilter(FilterSet):
        ...     cheaper_than = NumberFilter(field_name="price", lookup_expr="lt")
        >>> list(BookFilter.base_filters)
        ['cheaper_than']
    """

    base_filters: ClassVar[dict[str, Any]] = {}
    Meta: ClassVar[Any] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declared = {
            name: value
            for base in reversed(cls.__mro__)
            for name, value in vars(base).items()
            if isinstance(value, Filter)
        }
        declared = {name: one for name, one in declared.items() if getattr(cls, name, None) is not None}
        cls.base_filters = dict(sorted(declared.items(), key=lambda pair: pair[1].order))

    def __init__(
        self, data: Any = None, queryset: Any = None, *, request: Any = None, prefix: str | None = None
    ) -> None:
        self.data: Any = QueryDict() if data is None else data
        self.request, self.prefix = request, prefix
        self._queryset = queryset
        self._values: dict[str, Any] = {}
        self._errors: dict[str, Any] | None = None
        self.filters: dict[str, Any] = {
            **{name: one.bound(name, self) for name, one in self.base_filters.items()},
            **self.made(),
        }

    def made(self) -> Mapping[str, Any]:
        """Return the filters of `Meta.fields`.

        Raises:
            ImproperlyConfigured: a name or a lookup cannot be declared, or `Meta.exclude` says what is not.
        """
        owner = f"{type(self).__name__}.Meta.fields"
        if getattr(self.Meta, "exclude", None) is not None:
            raise ImproperlyConfigured(
                f"{type(self).__name__}.Meta.exclude would open every other column. Name the fields that clients may "
                "filter by in Meta.fields."
            )
        fields = getattr(self.Meta, "fields", None)
        if not fields:
            return {}
        found: Mapping[str, Any] = declared_filters(self.model(), fields, owner)
        own: Mapping[Any, Any] = getattr(self.Meta, "filter_overrides", None) or {}
        overridden = self._overridden(fields, owner, own) if own else {}
        return {name: overridden.get(name, one) for name, one in found.items() if name not in self.base_filters}

    def _overridden(self, fields: Any, owner: str, overrides: Mapping[Any, Any]) -> dict[str, Filter]:
        """The filters of `Meta.fields` whose columns have a kind of filter in `Meta.filter_overrides`."""
        found: dict[str, Filter] = {}
        for path, lookups in by_name(fields, owner).items():
            field = field_at(self.model(), path)
            told = next((overrides[base] for base in type(field).__mro__ if base in overrides), None)
            if told is None:
                continue
            for lookup in lookups:
                options = {"lookup_expr": lookup, **(told["extra"](field) if "extra" in told else {})}
                name = path if lookup == "exact" else f"{path}__{lookup}"
                found[name] = told["filter_class"](path, **options).bound(name, self)
        return found

    def model(self) -> Any:
        """Return the model.

        Raises:
            ImproperlyConfigured: nothing names it.
        """
        found = getattr(self.Meta, "model", None) or getattr(self._queryset, "model", None)
        if found is None:
            raise ImproperlyConfigured(f"{type(self).__name__} needs a Meta.model, or a queryset.")
        return found

    @property
    def queryset(self) -> Any:
        """The rows before they are filtered."""
        return self.model()._default_manager.all() if self._queryset is None else self._queryset

    def is_valid(self) -> bool:
        """Tell whether all values are what their fields can be."""
        return not self.errors

    @property
    def errors(self) -> dict[str, Any]:
        """What is wrong, by parameter."""
        if self._errors is None:
            self._errors = {}
            for name, one in self.filters.items():
                try:
                    self._read(name, one)
                except APIValidationError as error:
                    several = error.detail if isinstance(error.detail, dict) else {name: error.detail}
                    self._errors.update(several)
        return self._errors

    def _read(self, name: str, one: Any) -> None:
        if isinstance(one, Filter):
            value = one.read(self._texts)
            if value is not NOTHING:
                self._values[name] = value
            return
        texts = self._texts(name)
        if len(texts) > 1:
            raise invalid("Give one value.")
        if texts:
            self._values[name] = one.condition(texts[0])

    def _texts(self, name: str) -> list[str]:
        """What was sent for a parameter, without empty texts."""
        key = f"{self.prefix}-{name}" if self.prefix else name
        texts = [text for text in texts_of(self.data, key) if text != ""]
        if any(len(text) > MAX_TEXT or "\x00" in text for text in texts):
            raise invalid(f"A value is at most {MAX_TEXT} characters, without NUL.")
        return texts

    def filter_queryset(self, queryset: Any) -> Any:
        """Return what the values leave of a queryset; override it for filters that depend on each other."""
        for name, value in self._values.items():
            one = self.filters[name]
            if isinstance(one, Filter):
                queryset = one.filter(queryset, value)
            else:
                queryset = narrowed(queryset, value, many=one.crosses_many, request=self.request)
            if not isinstance(queryset, QuerySet):
                raise TypeError(f"{type(self).__name__}.{name} returned {type(queryset).__name__}, not a queryset.")
        return queryset

    @property
    def qs(self) -> Any:
        """The rows that have the values; all of them, as long as there are errors."""
        return self.queryset if self.errors else self.filter_queryset(self.queryset.all())


def texts_of(data: Any, key: str) -> list[str]:
    if hasattr(data, "getlist"):
        return cast("list[str]", data.getlist(key))
    value = data.get(key)
    if isinstance(value, (list, tuple)):
        return [str(one) for one in cast("list[Any]", value)]
    return [] if value is None else [str(value)]


def checked_filterset(value: Any, owner: str) -> Any:
    """Return a view's `filterset_class`.

    Raises:
        ImproperlyConfigured: it is none.
    """
    if not (isinstance(value, type) and issubclass(value, FilterSet)):
        raise ImproperlyConfigured(f"{owner}.filterset_class is a FilterSet, not {value!r:.60}.")
    return value

"""Kinds of filters: from texts of the query to a value, and from the value to rows.

`_filter_choices` has those of closed lists, `_filter_ranges` those of several values.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, ClassVar, cast

from manoir import models
from manoir.exceptions import APIValidationError, ErrorDetail, ParseError
from manoir.models import Q
from manoir.rest._client_patterns import PATTERN_LOOKUPS, client_pattern
from manoir.rest._declared_filters import (
    LIST_LOOKUPS,
    MAX_VALUES,
    TEXT_LOOKUPS,
    boolean,
    by_model,
    cleaner_of,
    invalid,
    narrowed,
    schema_of,
)
from manoir.rest._paths import field_at, finds_many

Texts = Callable[[str], list[str]]
"""Gives the texts that were sent for a parameter, without empty ones."""

NOTHING: Any = object()
"""The value of a filter for which nothing was sent."""


class Filter:
    """A parameter of the query; use one of the kinds below.

    Args:
        field_name: the path of the field; None takes the filter's own name.
        lookup_expr: how it is compared.
        label: words for people and for OpenAPI.
        method: instead of a comparison: a function `(queryset, name, value)`, or the name of a method of the filter set.
        exclude: leave out what is found.
        distinct: each row once, whatever the path crosses; that is so anyway.
        required: it has to be given.
        help_text: words that explain it, for OpenAPI.
        initial: kept in `extra` for filter sets that make a default of it; by itself it does nothing.

    Attributes:
        extra: `required`, `help_text` and `initial`, where they were given.
    """

    column: Any = None
    """The model's field that cleans values; None: the one that the path leads to."""
    _order: ClassVar[int] = 0

    def __init__(
        self,
        field_name: str | None = None,
        lookup_expr: str = "exact",
        *,
        label: str | None = None,
        method: str | Callable[..., Any] | None = None,
        exclude: bool = False,
        distinct: bool = False,
        required: bool = False,
        help_text: Any = None,
        initial: Any = None,
    ) -> None:
        Filter._order += 1
        self.order = Filter._order
        self.name = field_name or ""
        self.field_name, self.lookup_expr, self.label = field_name, lookup_expr, label
        self.method, self.exclude, self.distinct, self.required = method, exclude, distinct, required
        given = {"required": required or None, "help_text": help_text, "initial": initial}
        self.extra: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        self.parent: Any = None

    def bound(self, name: str, parent: Any) -> Filter:
        """Return this filter for one filter set."""
        found = copy.copy(self)
        found.name, found.parent = name, parent
        found.field_name = self.field_name or name
        return found

    @property
    def many(self) -> bool:
        """Whether the text is a list of values, apart by commas."""
        return self.lookup_expr in LIST_LOOKUPS

    def clean_one(self, text: str) -> Any:
        """Return the value of a text.

        Raises:
            APIValidationError: it is none.
        """
        if self.lookup_expr in TEXT_LOOKUPS:
            return text
        if self.lookup_expr.rpartition("__")[2] in PATTERN_LOOKUPS:
            return pattern(text)
        if self.column is not None and self.lookup_expr != "isnull":
            return by_model(self.column)(text)
        return cleaner_of(self.model_field(), self.lookup_expr)[0](text)

    def read(self, texts: Texts) -> Any:
        """Return the value of what was sent, `NOTHING` where nothing was.

        Args:
            texts: gives the texts of a parameter by its name.

        Raises:
            APIValidationError: it is no value of this filter, or nothing was sent and something has to be.
        """
        sent = texts(self.name)
        return self.clean(sent) if sent else self.missing()

    def missing(self) -> Any:
        """Return `NOTHING`.

        Raises:
            APIValidationError: the filter has to be given.
        """
        if self.required:
            raise APIValidationError([ErrorDetail("This parameter is required.", "required")])
        return NOTHING

    def clean(self, texts: list[str]) -> Any:
        """Return the value of what was sent: one text, or several apart by commas."""
        if len(texts) > 1:
            raise invalid("Give one value.")
        if not self.many:
            return self.clean_one(texts[0])
        parts = texts[0].split(",", MAX_VALUES)
        if len(parts) > MAX_VALUES:
            raise invalid(f"At most {MAX_VALUES} values are taken.")
        if self.lookup_expr == "range" and len(parts) != 2:
            raise invalid("A range is two values, apart by a comma.")
        return [self.clean_one(part.strip()) for part in parts]

    def model_field(self) -> Any:
        """Return the model's field that the path leads to."""
        return field_at(self.parent.model(), self.field_name or self.name)

    def place(self, value: Any) -> tuple[str, Any]:
        """Return the path that is compared, and what a value stands for there."""
        return str(self.field_name), value

    def condition(self, value: Any) -> Q:
        """Return the condition of a value."""
        path, found = self.place(value)
        return Q(**{f"{path}__{self.lookup_expr}": found})

    def filter(self, queryset: Any, value: Any) -> Any:
        """Return the rows that have the value."""
        if self.method is not None:
            return self.called(queryset, value)
        return self.narrowed(queryset, self.condition(value))

    def called(self, queryset: Any, value: Any) -> Any:
        """Return what `method` leaves of a queryset."""
        function = getattr(self.parent, self.method) if isinstance(self.method, str) else self.method
        return cast("Callable[..., Any]", function)(queryset, self.field_name, value)

    def narrowed(self, queryset: Any, condition: Q) -> Any:
        """Return the rows that fulfil a condition on the filter's path, each once; under `exclude` the others."""
        many = finds_many(queryset, self.field_name or self.name)
        return narrowed(queryset, condition, many=many, exclude=self.exclude, request=self.parent.request)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of a value."""
        if self.lookup_expr in TEXT_LOOKUPS:
            return {"type": "string"}
        if self.column is not None:
            return schema_of(self.column)
        return cleaner_of(self.model_field(), self.lookup_expr)[1] if self.method is None else {"type": "string"}

    def parameter(self, name: str) -> dict[str, Any]:
        """Return the parameter for OpenAPI."""
        schema = {"type": "array", "items": self.schema(), "maxItems": MAX_VALUES} if self.many else self.schema()
        found = {"name": name, "in": "query", "required": self.required, "schema": schema}
        if self.many:
            found |= {"style": "form", "explode": False}
        words = self.extra.get("help_text") or self.label
        return {**found, "description": str(words)} if words else found

    def parameters(self, name: str) -> list[dict[str, Any]]:
        """Return all parameters of the filter, for OpenAPI."""
        return [self.parameter(name)]


def pattern(text: str) -> str:
    """Return a regular expression that a client sent.

    Raises:
        APIValidationError: it is none that is taken.
    """
    try:
        return client_pattern(text)
    except ParseError as error:
        raise invalid(str(error.detail)) from None


class CharFilter(Filter):
    """Text."""

    column: Any = models.TextField()


class NumberFilter(Filter):
    """A number, whole or decimal."""

    column: Any = models.DecimalField(max_digits=40, decimal_places=20)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of a value."""
        return {"type": "number"}


class BooleanFilter(Filter):
    """`true` or `false`."""

    def clean_one(self, text: str) -> bool:
        """Return the value of a text."""
        return boolean(text)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of a value."""
        return {"type": "boolean"}


class DateFilter(Filter):
    """A date."""

    column: Any = models.DateField()


class DateTimeFilter(Filter):
    """A moment."""

    column: Any = models.DateTimeField()


class IsoDateTimeFilter(DateTimeFilter):
    """A moment in ISO 8601, as every DateTimeFilter takes it."""


class TimeFilter(Filter):
    """A time of day."""

    column: Any = models.TimeField()


class DurationFilter(Filter):
    """A length of time."""

    column: Any = models.DurationField()


class UUIDFilter(Filter):
    """A UUID."""

    column: Any = models.UUIDField()


class BaseCSVFilter(Filter):
    """A list of values apart by commas; combined with the kind of the values.

    Example:
        >>> class NumberInFilter(BaseInFilter, NumberFilter):
        ...     pass
        >>> NumberInFilter(field_name="price").lookup_expr
        'in'
    """

    default_lookup: ClassVar[str | None] = None

    def __init__(self, *args: Any, **options: Any) -> None:
        if self.default_lookup is not None and len(args) < 2:
            options.setdefault("lookup_expr", self.default_lookup)
        super().__init__(*args, **options)

    @property
    def many(self) -> bool:
        """Whether the text is a list of values: always."""
        return True


class BaseInFilter(BaseCSVFilter):
    """One of several values: `?price=8,9`."""

    default_lookup = "in"


class BaseRangeFilter(BaseCSVFilter):
    """Two values, between which the field's has to be: `?price=8,12`."""

    default_lookup = "range"

"""Kinds of filters: from texts of the query to a value, and from the value to rows."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from manoir import models
from manoir.models import Q
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
from manoir.rest._paths import crosses_many, field_at
from manoir.rest._scoping import scoped


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
    ) -> None:
        Filter._order += 1
        self.order = Filter._order
        self.name = field_name or ""
        self.field_name, self.lookup_expr, self.label = field_name, lookup_expr, label
        self.method, self.exclude, self.distinct, self.required = method, exclude, distinct, required
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
        if self.column is not None and self.lookup_expr != "isnull":
            return by_model(self.column)(text)
        return cleaner_of(self.model_field(), self.lookup_expr)[0](text)

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

    def condition(self, value: Any) -> Q:
        """Return the condition of a value."""
        return Q(**{f"{self.field_name}__{self.lookup_expr}": value})

    def filter(self, queryset: Any, value: Any) -> Any:
        """Return the rows that have the value."""
        if self.method is not None:
            function = getattr(self.parent, self.method) if isinstance(self.method, str) else self.method
            return function(queryset, self.field_name, value)
        many = crosses_many(queryset.model, self.field_name or self.name)
        return narrowed(queryset, self.condition(value), many=many, exclude=self.exclude)

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
        return {**found, "description": self.label} if self.label else found


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


class TimeFilter(Filter):
    """A time of day."""

    column: Any = models.TimeField()


class UUIDFilter(Filter):
    """A UUID."""

    column: Any = models.UUIDField()


class ChoiceFilter(Filter):
    """One of a closed list of values.

    Args:
        choices: pairs of value and label.
        **options: those of `Filter`.
    """

    def __init__(self, *args: Any, choices: Iterable[Any] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        pairs: Any = getattr(choices, "choices", choices)
        self.choices = {str(value): value for value, _ in pairs}

    def clean_one(self, text: str) -> Any:
        """Return the value of a text."""
        if text not in self.choices:
            raise invalid(f"{text[:40]!r} is none of the choices.")
        return self.choices[text]

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of a value."""
        return {"type": "string", "enum": list(self.choices)}


class MultipleChoiceFilter(ChoiceFilter):
    """Several of a closed list of values, given as repeated parameters: `?status=live&status=gone`."""

    def clean(self, texts: list[str]) -> Any:
        """Return the values."""
        if len(texts) > MAX_VALUES:
            raise invalid(f"At most {MAX_VALUES} values are taken.")
        return [self.clean_one(text) for text in texts]

    def condition(self, value: Any) -> Q:
        """Return the condition of the values."""
        return Q(**{f"{self.field_name}__in": value})

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the values."""
        return {"type": "array", "items": super().schema(), "maxItems": MAX_VALUES}


class ModelChoiceFilter(Filter):
    """A row of another model, by its key.

    Args:
        queryset: the rows that may be named, limited to what the user may see; or a function of the request.
        **options: those of `Filter`.
    """

    def __init__(self, *args: Any, queryset: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.queryset = queryset

    def rows(self) -> Any:
        """Return the rows that may be named."""
        request = self.parent.request
        found = self.queryset(request) if callable(self.queryset) else self.queryset.all()
        return scoped(found, request.user) if request is not None else found

    def clean_one(self, text: str) -> Any:
        """Return the key of a row.

        Raises:
            APIValidationError: there is no such row, or it is not visible.
        """
        key = by_model(self.rows().model._meta.pk)(text)
        if not self.rows().filter(pk=key).exists():
            raise invalid("There is no such row to choose.")
        return key

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of a value."""
        return {"type": "string"} if callable(self.queryset) else schema_of(self.queryset.model._meta.pk)

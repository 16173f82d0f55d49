"""Filters that a view declares by names and lookups: from a text of the query to a condition, or to an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from manoir.conf import settings
from manoir.exceptions import APIValidationError, ErrorDetail, ImproperlyConfigured, ValidationError, nearest
from manoir.forms.reading import from_current_timezone
from manoir.models import BooleanField, DateField, Q
from manoir.rest._paths import crosses_many, field_at
from manoir.rest._scoped_paths import seen

MAX_VALUES = 100
MAX_DIGITS = 40
TEXT_LOOKUPS = ("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iexact")
NUMBER_LOOKUPS = ("year", "month", "day", "week", "week_day", "quarter", "hour", "minute", "second", "iso_year")
SAME_LOOKUPS = ("exact", "gt", "gte", "lt", "lte", "date")
LIST_LOOKUPS = ("in", "range")
LOOKUPS = (*SAME_LOOKUPS, *TEXT_LOOKUPS, *NUMBER_LOOKUPS, *LIST_LOOKUPS, "isnull")
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

Clean = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class DeclaredFilter:
    """One parameter of the query.

    Attributes:
        lookup: the look-up as a queryset takes it, `author__name__icontains`.
        clean: makes a value of the text.
        many: the text is a list of values, apart by commas.
        crosses_many: one row has several of the field.
        schema: the JSON schema of a value.
    """

    lookup: str
    clean: Clean
    many: bool
    crosses_many: bool
    schema: dict[str, Any]

    def condition(self, text: str) -> Q:
        """Return the condition of a text.

        Raises:
            APIValidationError: it is no value of the field.
        """
        if not self.many:
            return Q(**{self.lookup: self.clean(text)})
        parts = text.split(",", MAX_VALUES)
        if len(parts) > MAX_VALUES:
            raise invalid(f"At most {MAX_VALUES} values are taken.")
        if self.lookup.endswith("__range") and len(parts) != 2:
            raise invalid("A range is two values, apart by a comma.")
        return Q(**{self.lookup: [self.clean(part.strip()) for part in parts]})

    def parameter(self, name: str) -> dict[str, Any]:
        """Return the parameter for OpenAPI."""
        schema = {"type": "array", "items": self.schema, "maxItems": MAX_VALUES} if self.many else self.schema
        style = {"style": "form", "explode": False} if self.many else {}
        return {"name": name, "in": "query", "required": False, "schema": schema, **style}

    def parameters(self, name: str) -> list[dict[str, Any]]:
        """Return all parameters of the filter, for OpenAPI."""
        return [self.parameter(name)]


def invalid(words: str) -> APIValidationError:
    return APIValidationError([ErrorDetail(words, "invalid")])


_declared: dict[tuple[Any, str], dict[str, DeclaredFilter]] = {}
MOST_DECLARED = 1_000


def declared_filters(model: Any, fields: Any, owner: str) -> dict[str, DeclaredFilter]:
    """Return the filters of a declaration by their parameters; worked out once.

    Args:
        model: the model.
        fields: names, or lookups by name.
        owner: what declares them, for errors: `"BookViewSet.filterset_fields"`.

    Raises:
        ImproperlyConfigured: a name or a lookup cannot be declared.
    """
    key = (model, repr(fields))
    found = _declared.get(key)
    if found is None:
        if len(_declared) >= MOST_DECLARED:
            _declared.clear()
        found = _declared[key] = build_filters(model, fields, owner)
    return found


def build_filters(model: Any, fields: Any, owner: str) -> dict[str, DeclaredFilter]:
    return {
        path if lookup == "exact" else f"{path}__{lookup}": build_filter(model, path, lookup, owner)
        for path, lookups in by_name(fields, owner).items()
        for lookup in lookups
    }


def by_name(fields: Any, owner: str) -> Mapping[str, Any]:
    """Return lookups by name.

    Raises:
        ImproperlyConfigured: it is no list of names, and no mapping: what may be asked for is decided, not guessed.
    """
    if isinstance(fields, str):
        raise ImproperlyConfigured(
            f"{owner} is a list of names, or lookups by name; not {fields!r}. Name each field that clients may filter by."
        )
    return fields if isinstance(fields, Mapping) else {name: ["exact"] for name in fields}


def build_filter(model: Any, path: str, lookup: str, owner: str) -> DeclaredFilter:
    if lookup not in LOOKUPS:
        raise ImproperlyConfigured(
            f"{owner}: {lookup!r} is no lookup for {path!r} that clients may use.{nearest(lookup, LOOKUPS)}"
        )
    try:
        field = field_at(model, path)
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(f"{owner}: {error}") from None
    clean, schema = cleaner_of(field, lookup)
    return DeclaredFilter(f"{path}__{lookup}", clean, lookup in LIST_LOOKUPS, crosses_many(model, path), schema)


def cleaner_of(field: Any, lookup: str) -> tuple[Clean, dict[str, Any]]:
    """Return what makes a value of a text for a lookup, and the value's JSON schema."""
    if lookup == "isnull":
        return boolean, {"type": "boolean"}
    if lookup in TEXT_LOOKUPS:
        return str, {"type": "string"}
    if lookup in NUMBER_LOOKUPS:
        return number, {"type": "integer"}
    if lookup == "date":
        return by_model(DateField()), {"type": "string", "format": "date"}
    while field.is_relation:
        field = field.target_field if getattr(field, "concrete", False) else field.related_model._meta.pk
    if field.generated:
        field = field.output_field
    if isinstance(field, BooleanField):
        return boolean, {"type": "boolean"}
    return by_model(field), schema_of(field)


def boolean(text: str) -> bool:
    value = BOOLEANS.get(text.lower())
    if value is None:
        raise invalid("This is neither true nor false.")
    return value


def number(text: str) -> int:
    if len(text) > 9 or not (text.isascii() and text.isdecimal()):
        raise invalid("This is no whole number.")
    return int(text)


def by_model(field: Any) -> Clean:
    """Clean as the model's column does; a text with choices has to be one of them."""
    choices = {str(value) for value, _ in field.flatchoices} if field.choices is not None else None
    is_number = schema_of(field)["type"] in ("integer", "number")

    def clean(text: str) -> Any:
        if choices is not None and text not in choices:
            raise invalid(f"{text[:40]!r} is none of the choices.")
        if is_number and len(text) > MAX_DIGITS:
            raise invalid("This number is too long.")
        try:
            value = field.to_python(text)
            field.run_validators(value)
            value = in_utc(value)
        except ValidationError as error:
            raise APIValidationError(
                [ErrorDetail(one.text, one.error_code or "invalid") for one in error.error_list]
            ) from None
        except (ValueError, TypeError, OverflowError, ArithmeticError):
            raise invalid("This is no value of the field.") from None
        return value

    return clean


def in_utc(value: Any) -> Any:
    """Return a moment as databases compare it: aware where there are zones; any other value as it is.

    Raises:
        OverflowError: in UTC it is before the year 1 or behind the year 9999.
        ValidationError: there is no such moment, or there are two, in the current time zone.
    """
    if not isinstance(value, datetime) or not settings.USE_TZ:
        return value
    return from_current_timezone(value).astimezone(UTC)


KINDS: dict[str, dict[str, Any]] = {
    "IntegerField": {"type": "integer"},
    "DecimalField": {"type": "number"},
    "FloatField": {"type": "number"},
    "DateTimeField": {"type": "string", "format": "date-time"},
    "DateField": {"type": "string", "format": "date"},
    "TimeField": {"type": "string", "format": "time"},
    "UUIDField": {"type": "string", "format": "uuid"},
}


def schema_of(field: Any) -> dict[str, Any]:
    """Return the JSON schema of a model field's values in a query."""
    schema: dict[str, Any] = {"type": "string"}
    for base in type(field).__mro__:
        if base.__name__ in KINDS:
            schema = dict(KINDS[base.__name__])
            break
    if field.choices is not None:
        schema["enum"] = [value for value, _ in field.flatchoices]
    return schema


def narrowed(queryset: Any, condition: Q, *, many: bool, exclude: bool = False, request: Any = None) -> Any:
    """Return the rows of a queryset that fulfil a condition.

    Args:
        queryset: the rows.
        condition: what is asked of them.
        many: the condition crosses a many-relation, so that a join would find rows several times.
        exclude: those that do not fulfil it.
        request: whose user asks, who finds no related rows but visible ones; None: all are found.
    """
    asked, condition = condition, seen(condition, queryset, request)
    if many or (exclude and condition is not asked):
        keys = queryset.model._base_manager.using(queryset.db).filter(condition).values("pk")
        condition = Q(pk__in=keys)
    return queryset.exclude(condition) if exclude else queryset.filter(condition)

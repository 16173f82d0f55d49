"""Filters of closed lists: choices, rows of other models, and whatever values there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from manoir.exceptions import APIValidationError, ValidationError
from manoir.models import Q
from manoir.rest._client_patterns import PATTERN_LOOKUPS
from manoir.rest._declared_filters import MAX_VALUES, by_model, invalid, schema_of
from manoir.rest._field import details_of
from manoir.rest._filter_kinds import Filter, Texts, pattern
from manoir.rest._paths import field_at
from manoir.rest._scoped_paths import seen
from manoir.rest._scoping import scoped

NULL = "null"
"""What is sent for rows without a value, where a filter offers that."""


class Nullable(Filter):
    """Base of filters that may offer rows without a value.

    Args:
        null_label: words for that choice; None does not offer it.
        null_value: what is sent for it.
        empty_label: words of a form for no choice; has no effect here.
        **options: those of `Filter`.
    """

    def __init__(
        self,
        *args: Any,
        null_label: Any = None,
        null_value: str = NULL,
        empty_label: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.null_value = None if null_label is None else str(null_value)

    def condition(self, value: Any) -> Q:
        """Return the condition of a value; of the null choice, that there is none."""
        return Q(**{f"{self.field_name}__isnull": True}) if self.is_null(value) else super().condition(value)

    def is_null(self, value: Any) -> bool:
        """Tell whether a value is the null choice."""
        return self.null_value is not None and isinstance(value, str) and value == self.null_value


class Several(Filter):
    """Base of filters that take several values, given as repeated parameters: `?status=live&status=gone`.

    Args:
        conjoined: a row has to have all of them, instead of one.
        **options: those of `Filter`.
    """

    def __init__(self, *args: Any, conjoined: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.conjoined = conjoined

    def clean(self, texts: list[str]) -> Any:
        """Return the values."""
        if len(texts) > MAX_VALUES:
            raise invalid(f"At most {MAX_VALUES} values are taken.")
        return self.clean_all(texts)

    def clean_all(self, texts: list[str]) -> list[Any]:
        """Return the values of texts."""
        return [self.clean_one(text) for text in texts]

    def filter(self, queryset: Any, value: Any) -> Any:
        """Return the rows that have one of the values, or all."""
        if self.method is not None:
            return self.called(queryset, value)
        if not self.conjoined:
            return self.narrowed(queryset, self.any_of(value))
        for one in value:
            queryset = self.narrowed(queryset, self.condition(one))
        return queryset

    def any_of(self, values: list[Any]) -> Q:
        """Return the condition that a row has one of the values."""
        offers_null = getattr(self, "null_value", None) is not None
        if self.lookup_expr == "exact" and not offers_null:
            places = [self.place(one) for one in values]
            return Q(**{f"{places[0][0]}__in": [found for _, found in places]})
        found = Q()
        for one in values:
            found |= self.condition(one)
        return found

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the values."""
        return {"type": "array", "items": super().schema(), "maxItems": MAX_VALUES}


class ChoiceFilter(Nullable):
    """One of a closed list of values.

    Args:
        choices: pairs of value and label, a class of choices, or a function that returns them.
        **options: those of `Nullable`.
    """

    def __init__(self, *args: Any, choices: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self._given = choices

    @property
    def choices(self) -> dict[str, Any]:
        """The values by what is sent for them."""
        given = self._given
        given = given() if callable(given) and not hasattr(given, "choices") else getattr(given, "choices", given)
        return {str(value): value for value, _label in flat(given)}

    def clean_one(self, text: str) -> Any:
        """Return the value of a text."""
        if self.is_null(text):
            return text
        choices = self.choices
        if text not in choices:
            raise invalid(f"{text[:40]!r} is none of the choices.")
        return choices[text]

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of a value."""
        offered = [*self.choices, *([] if self.null_value is None else [self.null_value])]
        return {"type": "string", "enum": offered}


def flat(choices: Iterable[Any]) -> Iterable[tuple[Any, Any]]:
    """Yield pairs of value and label, those of groups too."""
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            yield from flat(label)  # pyright: ignore[reportUnknownArgumentType]
        else:
            yield value, label


class MultipleChoiceFilter(Several, ChoiceFilter):
    """Several of a closed list of values: `?status=live&status=gone`.

    Args:
        choices: as for `ChoiceFilter`.
        conjoined: a row has to have all of them, instead of one.
        **options: those of `ChoiceFilter`.
    """


class TypedChoiceFilter(ChoiceFilter):
    """One of a closed list of values, made into what the rows hold.

    Args:
        coerce: makes the value of a choice.
        **options: those of `ChoiceFilter`.
    """

    def __init__(self, *args: Any, coerce: Callable[[Any], Any] = str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.coerce = coerce

    def clean_one(self, text: str) -> Any:
        """Return the value of a text."""
        chosen = super().clean_one(text)
        return chosen if self.is_null(text) else self.coerce(chosen)


class TypedMultipleChoiceFilter(Several, TypedChoiceFilter):
    """Several of a closed list of values, each made into what the rows hold."""


class ModelChoiceFilter(Nullable):
    """A row of another model, by its key; a `method` is called with the row.

    Args:
        queryset: the rows that may be named, limited to what the user may see; or a function of the request.
        to_field_name: the field by which a row is named; None: the primary key.
        **options: those of `Nullable`.
    """

    def __init__(self, *args: Any, queryset: Any, to_field_name: str | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.queryset, self.to_field_name = queryset, to_field_name

    def rows(self) -> Any:
        """Return the rows that may be named."""
        request = self.parent.request
        found = self.queryset(request) if callable(self.queryset) else self.queryset.all()
        return scoped(found, request.user) if request is not None else found

    def key_field(self, model: Any) -> Any:
        """Return the field of the rows by which they are named."""
        return model._meta.pk if self.to_field_name is None else field_at(model, self.to_field_name)

    def clean_one(self, text: str) -> Any:
        """Return a row.

        Raises:
            APIValidationError: there is no such row, or it is not visible.
        """
        return text if self.is_null(text) else self.rows_of([text])[0]

    def rows_of(self, texts: list[str]) -> list[Any]:
        """Return the rows that some texts name, in their order; one query finds them all."""
        rows, name = self.rows(), self.to_field_name or "pk"
        clean = by_model(self.key_field(rows.model))
        wanted = [clean(text) for text in texts]
        found = {getattr(row, name): row for row in rows.filter(**{f"{name}__in": wanted})}
        if any(value not in found for value in wanted):
            raise invalid("There is no such row to choose.")
        return [found[value] for value in wanted]

    def place(self, value: Any) -> tuple[str, Any]:
        """Return the path to what the rows are named by, and that of the chosen one."""
        path = str(self.field_name)
        if self.is_null(value) or self.to_field_name is None:
            return path, getattr(value, "pk", value)
        if self.model_field().is_relation:
            path = f"{path}__{self.to_field_name}"
        return path, getattr(value, self.to_field_name)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of a value."""
        return {"type": "string"} if callable(self.queryset) else schema_of(self.key_field(self.queryset.model))


class ModelMultipleChoiceFilter(Several, ModelChoiceFilter):
    """Several rows of another model, by their keys: `?tags=1&tags=2`.

    Args:
        queryset: as for `ModelChoiceFilter`.
        to_field_name: likewise.
        conjoined: a row has to lead to all of them, instead of one.
        **options: those of `ModelChoiceFilter`.
    """

    def clean_all(self, texts: list[str]) -> list[Any]:
        """Return the rows; one query finds them all."""
        named = [text for text in texts if not self.is_null(text)]
        return [*(self.rows_of(named) if named else ()), *(text for text in texts if self.is_null(text))]


class AllValuesFilter(Filter):
    """One of the values that the rows have now; another one is refused."""

    def clean_one(self, text: str) -> Any:
        """Return the value of a text.

        Raises:
            APIValidationError: no row has it.
        """
        return self.values_of([text])[0]

    def values_of(self, texts: list[str]) -> list[Any]:
        """Return the values of some texts; one query finds them all."""
        clean = by_model(self.model_field())
        wanted = [clean(text) for text in texts]
        rows = self.parent.queryset
        rows = rows.filter(seen(Q(**{f"{self.field_name}__in": wanted}), rows, self.parent.request)).order_by()
        found = set(rows.values_list(self.field_name, flat=True).distinct())
        for value, text in zip(wanted, texts, strict=True):
            if value not in found:
                raise invalid(f"{text[:40]!r} is none of the choices.")
        return wanted


class AllValuesMultipleFilter(Several, AllValuesFilter):
    """Several of the values that the rows have now."""

    def clean_all(self, texts: list[str]) -> list[Any]:
        """Return the values of texts; one query finds them all."""
        return self.values_of(texts)


class LookupChoiceFilter(Filter):
    """A value, and how it is compared: `?price=9&price_lookup=gt`.

    Args:
        field_class: class of the form field that cleans the value; None goes by the model's field.
        lookup_choices: the look-ups to choose from: names, or pairs of name and label.
        **options: those of `Filter`.
    """

    def __init__(
        self, *args: Any, field_class: Any = None, lookup_choices: Iterable[Any] = ("exact",), **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.field_class = field_class
        self.lookups = [one if isinstance(one, str) else one[0] for one in lookup_choices]

    def read(self, texts: Texts) -> Any:
        """Return the value and the look-up; both have to be given."""
        sent, lookups = texts(self.name), texts(f"{self.name}_lookup")
        if not sent:
            return self.missing()
        if len(sent) > 1 or len(lookups) > 1:
            raise invalid("Give one value.")
        if not lookups or lookups[0] not in self.lookups:
            raise invalid(f"{self.name}_lookup is one of {', '.join(self.lookups)}.")
        if lookups[0] in PATTERN_LOOKUPS:
            return pattern(sent[0]), lookups[0]
        return self.clean_one(sent[0]), lookups[0]

    def clean_one(self, text: str) -> Any:
        """Return the value of a text."""
        return by_model(self.model_field())(text) if self.field_class is None else by_form(self.field_class())(text)

    def condition(self, value: Any) -> Q:
        """Return the condition of a value and a look-up."""
        return Q(**{f"{self.field_name}__{value[1]}": value[0]})

    def parameters(self, name: str) -> list[dict[str, Any]]:
        """Return both parameters, for OpenAPI."""
        lookups = {"type": "string", "enum": self.lookups}
        return [self.parameter(name), {"name": f"{name}_lookup", "in": "query", "required": False, "schema": lookups}]


def by_form(field: Any) -> Callable[[str], Any]:
    """Clean as a form's field does."""

    def clean(text: str) -> Any:
        try:
            return field.clean(text)
        except ValidationError as error:
            raise APIValidationError(details_of(error)) from None

    return clean

"""Values in plans: which fields only say how a column is written, and the code for that.

Where msgspec writes a Python value as the field would, there is no code at all: dates, moments in UTC, decimals with the
column's own digits, UUIDs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from manoir import models, timezone
from manoir.rest import _fields_choices as choices
from manoir.rest import _fields_composite as composite
from manoir.rest import _fields_dates as dates
from manoir.rest import _fields_numbers as numbers
from manoir.rest import _fields_special as special
from manoir.rest import _fields_text as texts
from manoir.rest._field import Field
from manoir.rest._relation import ManyRelatedField, PrimaryKeyRelatedField, RelatedField, SlugRelatedField
from manoir.rest._serializer import Serializer
from manoir.rest._serializer_base import BaseSerializer
from manoir.rest._serializer_list import ListSerializer

PLAIN_PLACES = 6
"""Digits after the point up to which `str()` never writes a decimal with an exponent."""
TEXTS = (models.CharField, models.TextField)
INTEGERS = (models.IntegerField, models.BigIntegerField, models.SmallIntegerField)


class NotPlanned(Exception):
    """A serializer does something for each row that only Python can do."""


SHOWING = frozenset(
    cls.to_representation
    for cls in (
        Field, Serializer, ListSerializer, ManyRelatedField, PrimaryKeyRelatedField, SlugRelatedField,
        choices.ChoiceField, choices.MultipleChoiceField, composite.DictField, composite.JSONField,
        composite.ListField, dates.DateField, dates.DateTimeField, dates.DurationField, dates.TimeField,
        numbers.BigIntegerField, numbers.BooleanField, numbers.DecimalField, numbers.FloatField, numbers.IntegerField, texts.CharField,
        texts.UUIDField,
    )
)  # fmt: skip
"""How values are written, where nobody has overridden it."""
READING = frozenset(cls.get_attribute for cls in (Field, RelatedField, ManyRelatedField, ListSerializer))
"""How values are found, where nobody has overridden it."""


def is_ours(one: Any) -> bool:
    """Tell whether a field is found and written as the framework does it."""
    cls = type(one)
    if cls.to_representation not in SHOWING or cls.get_attribute not in READING:
        return False
    if isinstance(one, BaseSerializer):
        return True
    child = getattr(one, "child", None)
    return child is None or is_ours(child)


def code_of_value(one: Field | None, column: Any, index: int) -> Callable[[Any, list[str]], str]:
    """The code of a value.

    Args:
        one: the field that writes it; None: a key, which is written as it is.
        column: the model's field; None for a value that the queryset computes.
        index: where it stands among the columns.

    Raises:
        NotPlanned: the field does more than writing it.
    """
    written = None if one is None else writer(one, column)
    if written is None:
        return lambda source, values: values[index]
    return lambda source, values: f"{source.constant(written)}({values[index]})"


def is_as_it_is(one: Field, column: Any) -> bool:
    """Tell whether a field shows a column's value itself."""
    shown = type(one).to_representation
    return shown in AS_IT_IS and not has_own_values(column) and AS_IT_IS[shown](one, column)


def has_own_values(column: Any) -> bool:
    """Tell whether a project's kind of column makes values of its own kind out of those of the database."""
    return type(column).from_db_value is not None


def keys_are(one: Any, kind: type) -> bool:
    """Tell whether a column of this type holds what a field of choices shows: `1` is the choice of the text "1", too."""
    return all(type(key) is kind for key in one.choice_strings_to_values.values())


def is_exact(one: Field | None, column: Any) -> bool:
    """Tell whether the value that a field gives is what JSON gives back: text, a number, truth, a list or a mapping.

    A key that is a UUID is none of these: the documented data has the UUID, its JSON the text.
    """
    if one is not None and type(one).to_representation is not Field.to_representation:
        return True
    while column is not None and column.is_relation:
        column = column.target_field
    plain = (*TEXTS, *INTEGERS, models.BooleanField, models.FloatField, models.JSONField)
    return isinstance(column, plain) and not has_own_values(column)


def writer(one: Field, column: Any) -> Any:
    """A function that writes the value, None included; None where it is written as it is."""
    shown = type(one).to_representation
    while column is not None and column.is_relation:
        column = column.target_field
    if column is not None and is_as_it_is(one, column):
        return None
    is_moment = isinstance(column, models.DateTimeField) and not has_own_values(column)
    if shown is dates.DateTimeField.to_representation and is_iso(one) and is_moment:
        return moment_writer(one)
    if shown is Field.to_representation and column is not None and not isinstance(column, models.BinaryField):
        return None
    if shown is Field.to_representation or not gives_json(one):
        raise NotPlanned
    write = one.to_representation
    return lambda value: None if value is None else write(value)


def is_iso(one: Any) -> bool:
    return isinstance(one.format, str) and one.format.lower() == dates.ISO_8601


def gives_json(one: Any) -> bool:
    """Whether what the field writes is plain JSON, so that it is the same after writing and reading."""
    if isinstance(one, numbers.DecimalField):
        return one.coerce_to_string
    if isinstance(one, (dates.DateField, dates.DateTimeField, dates.TimeField)):
        return one.format is not None
    if isinstance(one, (composite.ListField, composite.DictField)):
        return isinstance(one.child, (texts.CharField, numbers.IntegerField)) and gives_json(one.child)
    if isinstance(one, composite.JSONField):
        return not one.binary and one.encoder is None
    return not isinstance(one, (choices.MultipleChoiceField, special.ModelField))


def moment_writer(one: Any) -> Any:
    """Moments are written in the field's zone; in UTC they are what the database gave."""

    def write(value: dt.datetime | None) -> Any:
        zone = one.timezone or timezone.get_current_timezone()
        if value is None or zone is dt.UTC or value.tzinfo is None or getattr(zone, "key", None) == "UTC":
            return value
        return one.to_representation(value)

    return write


def same_decimal(one: Any, column: Any) -> bool:
    """Whether a decimal comes out of the database as the field writes it."""
    return (
        isinstance(column, models.DecimalField)
        and one.coerce_to_string
        and not one.localize
        and not one.normalize_output
        and one.decimal_places is not None
        and one.decimal_places == column.decimal_places <= PLAIN_PLACES
    )


AS_IT_IS: dict[Any, Callable[[Any, Any], bool]] = {
    texts.CharField.to_representation: lambda one, column: isinstance(column, TEXTS),
    texts.UUIDField.to_representation: lambda one, column: (
        isinstance(column, models.UUIDField) and one.uuid_format == "hex_verbose"
    ),
    numbers.IntegerField.to_representation: lambda one, column: isinstance(column, INTEGERS),
    numbers.BigIntegerField.to_representation: lambda one, column: (
        not one.coerce_to_string and isinstance(column, INTEGERS)
    ),
    numbers.FloatField.to_representation: lambda one, column: isinstance(column, models.FloatField),
    numbers.BooleanField.to_representation: lambda one, column: isinstance(column, models.BooleanField),
    numbers.DecimalField.to_representation: same_decimal,
    dates.DateField.to_representation: lambda one, column: (
        is_iso(one) and isinstance(column, models.DateField) and not isinstance(column, models.DateTimeField)
    ),
    dates.TimeField.to_representation: lambda one, column: is_iso(one) and isinstance(column, models.TimeField),
    choices.ChoiceField.to_representation: lambda one, column: (
        (isinstance(column, TEXTS) and keys_are(one, str)) or (isinstance(column, INTEGERS) and keys_are(one, int))
    ),
    composite.JSONField.to_representation: lambda one, column: (
        isinstance(column, models.JSONField) and gives_json(one) and getattr(column, "schema", None) is None
    ),
}
"""Whether a value of a column is written as msgspec writes it anyway, by how the field writes."""

"""Fields with a column: `_base` has what all share, one module for each family of values.

`_text` · `_numbers` · `_dates` · `_data` are the families; `_options` says what every field takes, `_checks` what the
system checks say about one field, `_lookup_registry` which lookups a class knows.
"""

from __future__ import annotations

from manoir.models._fields._base import NOT_PROVIDED, Field, plain_value, pointing, register_formfield_builder
from manoir.models._fields._data import BinaryField, JSONField, UUIDField
from manoir.models._fields._dates import DateField, DateTimeField, DurationField, TimeField
from manoir.models._fields._lookup_registry import LookupRegistry
from manoir.models._fields._numbers import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    DecimalField,
    FloatField,
    IntegerField,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SmallAutoField,
    SmallIntegerField,
)
from manoir.models._fields._options import ChoiceOptions, DatabaseDefault, FieldOptions
from manoir.models._fields._text import (
    CharField,
    EmailField,
    GenericIPAddressField,
    SlugField,
    TextField,
    URLField,
)

__all__ = [
    "NOT_PROVIDED",
    "AutoField",
    "BigAutoField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "CharField",
    "ChoiceOptions",
    "DatabaseDefault",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "EmailField",
    "Field",
    "FieldOptions",
    "FloatField",
    "GenericIPAddressField",
    "IntegerField",
    "JSONField",
    "LookupRegistry",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "SlugField",
    "SmallAutoField",
    "SmallIntegerField",
    "TextField",
    "TimeField",
    "URLField",
    "UUIDField",
    "plain_value",
    "pointing",
    "register_formfield_builder",
]

"""Fields with a column: `_base` has what all share, one module for each family of values.

`_text` · `_integers` · `_decimals` · `_dates` · `_data` · `_files` (with `_file_values`) · `_file_paths` are the families;
`_options` says what every field takes, `_checks` what the system checks say about one field, `_lookup_registry` which
lookups a class knows, `_support` holds small functions behind `Field`.
"""

from __future__ import annotations

from manoir.models._fields._base import Field, register_formfield_builder
from manoir.models._fields._data import BinaryField, JSONField, UUIDField
from manoir.models._fields._dates import DateField, DateTimeField, DurationField, TimeField
from manoir.models._fields._decimals import BooleanField, DecimalField, FloatField
from manoir.models._fields._file_paths import FilePathField
from manoir.models._fields._file_values import FieldFile, ImageFieldFile
from manoir.models._fields._files import FileField, ImageField
from manoir.models._fields._integers import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    IntegerField,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SmallAutoField,
    SmallIntegerField,
)
from manoir.models._fields._lookup_registry import LookupRegistry
from manoir.models._fields._options import NOT_PROVIDED, ChoiceOptions, DatabaseDefault, FieldOptions
from manoir.models._fields._support import plain_value, pointing
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
    "FieldFile",
    "FieldOptions",
    "FileField",
    "FilePathField",
    "FloatField",
    "GenericIPAddressField",
    "ImageField",
    "ImageFieldFile",
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

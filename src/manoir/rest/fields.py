"""Fields of serializers: how one value is read, checked and written.

`_field` has what all share; `_fields_text`, `_fields_numbers`, `_fields_dates`, `_fields_choices`,
`_fields_composite`, `_fields_files` and `_fields_special` the kinds. Numbers and dates are read as `manoir.forms` reads
them; types are strict where JSON has types.
"""

from __future__ import annotations

from manoir.rest._field import Field, SkipField, empty
from manoir.rest._fields_choices import ChoiceField, FilePathField, MultipleChoiceField
from manoir.rest._fields_composite import DictField, HStoreField, JSONField, ListField
from manoir.rest._fields_dates import ISO_8601, DateField, DateTimeField, DurationField, TimeField
from manoir.rest._fields_files import FileField, ImageField
from manoir.rest._fields_numbers import BigIntegerField, BooleanField, DecimalField, FloatField, IntegerField
from manoir.rest._fields_special import (
    CreateOnlyDefault,
    CurrentUserDefault,
    HiddenField,
    ModelField,
    ReadOnlyField,
    SerializerMethodField,
)
from manoir.rest._fields_text import CharField, EmailField, IPAddressField, RegexField, SlugField, URLField, UUIDField

__all__ = [
    "ISO_8601",
    "BigIntegerField",
    "BooleanField",
    "CharField",
    "ChoiceField",
    "CreateOnlyDefault",
    "CurrentUserDefault",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DictField",
    "DurationField",
    "EmailField",
    "Field",
    "FileField",
    "FilePathField",
    "FloatField",
    "HStoreField",
    "HiddenField",
    "IPAddressField",
    "ImageField",
    "IntegerField",
    "JSONField",
    "ListField",
    "ModelField",
    "MultipleChoiceField",
    "ReadOnlyField",
    "RegexField",
    "SerializerMethodField",
    "SkipField",
    "SlugField",
    "TimeField",
    "URLField",
    "UUIDField",
    "empty",
]

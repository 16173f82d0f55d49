"""Fields: what a form asks for, how it is checked and what Python value it becomes.

`_base` has what all share, `_text`, `_numbers`, `_dates`, `_choices`, `_paths`, `_files`, `_multi` are the families; `_reading`
the pure functions that turn text into numbers and dates, with their limits.
"""

from __future__ import annotations

from manoir.forms._fields._base import Field
from manoir.forms._fields._choices import (
    BooleanField,
    ChoiceField,
    MultipleChoiceField,
    NullBooleanField,
    TypedChoiceField,
    TypedMultipleChoiceField,
)
from manoir.forms._fields._dates import DateField, DateTimeField, DurationField, TimeField
from manoir.forms._fields._files import FileField, ImageField
from manoir.forms._fields._multi import ComboField, MultiValueField, SplitDateTimeField
from manoir.forms._fields._numbers import DecimalField, FloatField, IntegerField
from manoir.forms._fields._paths import FilePathField
from manoir.forms._fields._text import (
    CharField,
    EmailField,
    GenericIPAddressField,
    JSONField,
    RegexField,
    SlugField,
    URLField,
    UUIDField,
)

__all__ = [
    "BooleanField",
    "CharField",
    "ChoiceField",
    "ComboField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "EmailField",
    "Field",
    "FileField",
    "FilePathField",
    "FloatField",
    "GenericIPAddressField",
    "ImageField",
    "IntegerField",
    "JSONField",
    "MultiValueField",
    "MultipleChoiceField",
    "NullBooleanField",
    "RegexField",
    "SlugField",
    "SplitDateTimeField",
    "TimeField",
    "TypedChoiceField",
    "TypedMultipleChoiceField",
    "URLField",
    "UUIDField",
]

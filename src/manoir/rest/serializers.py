"""Serializers: what an API takes and gives, declared once.

`Serializer` has fields of its own, `ModelSerializer` makes them of a model, `HyperlinkedModelSerializer` knows rows by
their URLs, `ListSerializer` is what `many=True` makes. Fields and relations are here too, so that
`serializers.CharField()` reads well.

For who writes views: in a coroutine `await serializer.ais_valid(raise_exception=True)`, `await serializer.asave()` and
`await serializer.adata()`. `await serializer.aoutput()` gives something with `encoded()` (JSON as bytes) that is written
without becoming objects first; a page of a list should reach it as a sliced queryset, of which it reads the columns it
shows.
"""

from __future__ import annotations

from manoir.exceptions import APIValidationError as ValidationError
from manoir.rest import _plan as _plan  # tells serializers how they are planned
from manoir.rest import _serializer_checks as _serializer_checks  # registers their checks
from manoir.rest._serializer import Serializer
from manoir.rest._serializer_base import BaseSerializer
from manoir.rest._serializer_bound import BoundField
from manoir.rest._serializer_data import BindingDict, ReturnDict, ReturnList
from manoir.rest._serializer_list import ListSerializer
from manoir.rest._serializer_model import ALL_FIELDS, HyperlinkedModelSerializer, ModelSerializer
from manoir.rest.fields import (
    BigIntegerField,
    BooleanField,
    CharField,
    ChoiceField,
    CreateOnlyDefault,
    CurrentUserDefault,
    DateField,
    DateTimeField,
    DecimalField,
    DictField,
    DurationField,
    EmailField,
    Field,
    FileField,
    FilePathField,
    FloatField,
    HiddenField,
    HStoreField,
    ImageField,
    IntegerField,
    IPAddressField,
    JSONField,
    ListField,
    ModelField,
    MultipleChoiceField,
    ReadOnlyField,
    RegexField,
    SerializerMethodField,
    SkipField,
    SlugField,
    TimeField,
    URLField,
    UUIDField,
    empty,
)
from manoir.rest.relations import (
    Hyperlink,
    HyperlinkedIdentityField,
    HyperlinkedRelatedField,
    ManyRelatedField,
    PKOnlyObject,
    PrimaryKeyRelatedField,
    RelatedField,
    SlugRelatedField,
    StringRelatedField,
)
from manoir.rest.validators import (
    UniqueForDateValidator,
    UniqueForMonthValidator,
    UniqueForYearValidator,
    UniqueTogetherValidator,
    UniqueValidator,
)

__all__ = [
    "ALL_FIELDS",
    "BaseSerializer",
    "BigIntegerField",
    "BindingDict",
    "BooleanField",
    "BoundField",
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
    "Hyperlink",
    "HyperlinkedIdentityField",
    "HyperlinkedModelSerializer",
    "HyperlinkedRelatedField",
    "IPAddressField",
    "ImageField",
    "IntegerField",
    "JSONField",
    "ListField",
    "ListSerializer",
    "ManyRelatedField",
    "ModelField",
    "ModelSerializer",
    "MultipleChoiceField",
    "PKOnlyObject",
    "PrimaryKeyRelatedField",
    "ReadOnlyField",
    "RegexField",
    "RelatedField",
    "ReturnDict",
    "ReturnList",
    "Serializer",
    "SerializerMethodField",
    "SkipField",
    "SlugField",
    "SlugRelatedField",
    "StringRelatedField",
    "TimeField",
    "URLField",
    "UUIDField",
    "UniqueForDateValidator",
    "UniqueForMonthValidator",
    "UniqueForYearValidator",
    "UniqueTogetherValidator",
    "UniqueValidator",
    "ValidationError",
    "empty",
]

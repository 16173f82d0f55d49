"""Relations in serializers: rows of other models as keys, slugs, texts, URLs, or in a form of your own."""

from __future__ import annotations

from manoir.rest._relation import (
    ManyRelatedField,
    PKOnlyObject,
    PrimaryKeyRelatedField,
    RelatedField,
    SlugRelatedField,
    StringRelatedField,
)
from manoir.rest._relation_links import Hyperlink, HyperlinkedIdentityField, HyperlinkedRelatedField

__all__ = [
    "Hyperlink",
    "HyperlinkedIdentityField",
    "HyperlinkedRelatedField",
    "ManyRelatedField",
    "PKOnlyObject",
    "PrimaryKeyRelatedField",
    "RelatedField",
    "SlugRelatedField",
    "StringRelatedField",
]

"""Which filter an entry of `list_filter` makes."""

from __future__ import annotations

from typing import Any

from manoir import models
from manoir.admin._display import field_at
from manoir.admin._field_filters import FieldListFilter, RelatedFieldListFilter
from manoir.admin._filters import ListFilter, Params
from manoir.admin._value_filters import (
    AllValuesFieldListFilter,
    BooleanFieldListFilter,
    ChoicesFieldListFilter,
    DateFieldListFilter,
)
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpRequest

for _test, _class in (
    (lambda field: field.is_relation, RelatedFieldListFilter),
    (lambda field: bool(field.flatchoices) and not isinstance(field, models.BooleanField), ChoicesFieldListFilter),
    (lambda field: isinstance(field, models.BooleanField), BooleanFieldListFilter),
    (lambda field: isinstance(field, (models.DateField, models.DateTimeField)), DateFieldListFilter),
    (lambda field: True, AllValuesFieldListFilter),
):
    FieldListFilter.register(_test, _class)


def make_filter(entry: Any, request: HttpRequest, params: Params, model_admin: Any) -> ListFilter:
    """Make the filter of an entry of `list_filter`: a class, a name, or `(name, class)`.

    Raises:
        ImproperlyConfigured: the field is a secret.
        FieldDoesNotExist: there is no such field.
    """
    model = model_admin.model
    if isinstance(entry, type):
        return entry(request, params, model, model_admin)
    path, chosen = entry if isinstance(entry, (list, tuple)) else (entry, None)
    field = field_at(model, path)
    if getattr(field, "secret", False):
        raise ImproperlyConfigured(f"list_filter: {path!r} is a secret, by which nobody may filter.")
    if getattr(field, "generated", False):
        field = field.output_field
    make: Any = chosen if chosen is not None else FieldListFilter.create
    return make(field, request, params, model, model_admin, field_path=path)

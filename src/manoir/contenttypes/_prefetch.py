"""`GenericPrefetch`: a lookup of `prefetch_related()` over a generic foreign key, with querysets of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manoir.models import Prefetch


class GenericPrefetch(Prefetch):
    """Loads what a generic foreign key points to by querysets of its own.

    Args:
        lookup: name of the generic foreign key, or names of relations that end at one, joined by `__`.
        querysets: one for some of the models pointed to; rows of other models are loaded as they are.
        to_attr: the instance attribute that gets the row; None puts it where the key is read.

    Raises:
        ValueError: a queryset yields values instead of instances, or two are of one model.

    Example:
        >>> Tag.objects.prefetch_related(  # doctest: +SKIP
        ...     GenericPrefetch("content_object", [Bookmark.objects.all(), Animal.objects.only("name")])
        ... )
    """

    def __init__(self, lookup: str, querysets: Iterable[Any], to_attr: str | None = None) -> None:
        super().__init__(lookup, None, to_attr)
        self.querysets = list(querysets)
        models: set[Any] = set()
        for queryset in self.querysets:
            Prefetch(lookup, queryset)
            model = queryset.model._meta.concrete_model
            if model in models:
                raise ValueError(f"GenericPrefetch({lookup!r:.80}) has two querysets of {model.__name__}; one is read.")
            models.add(model)

"""Rows that a new instance was just related to, kept so that its answer need not read them back."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from manoir.models import IntegerField, Manager, Model
from manoir.models.relations import relates_plainly
from manoir.rest._model_info import field_info


def remember_related(instance: Any, many: Mapping[str, Any]) -> None:
    """Keep the rows that a new instance was just related to, where reading them would give the same ones in that order.

    That is known where no code of a project takes part in making and relating rows, and the manager has all rows, in no
    order or in that of whole numbers: how text is ordered only the database knows.
    """
    # hot path: benchmarks/rest.py
    if not many or not relates_plainly(type(instance)._default_manager):
        return
    for name, rows in many.items():
        if not all(isinstance(row, Model) for row in rows):
            continue
        info = field_info(type(instance)).relations[name]
        options = info.related_model._meta
        known = info.relation.__dict__.get("_numbered_order")
        if known is None or known[0] != options.version or known[1] is not options.ordering:
            found = None if info.reverse else numbered_order(options)
            known = info.relation.__dict__["_numbered_order"] = (options.version, options.ordering, found)
        order: list[tuple[Any, bool]] | None = known[2]
        if order is None:
            continue
        kept = list(dict.fromkeys(rows))
        for column, descends in order:
            kept.sort(key=column, reverse=descends)
        instance.__dict__.setdefault("_prefetched", {})[name] = kept


def numbered_order(options: Any) -> list[tuple[Any, bool]] | None:
    """How to sort rows as their model's order does, last column first; None where only the database can."""
    if type(options.default_manager).get_queryset is not Manager.get_queryset:
        return None
    found: list[tuple[Any, bool]] = []
    for term in options.ordering:
        name = term.lstrip("-") if isinstance(term, str) else None
        column = options.pk if name == "pk" else options.columns_by_name.get(name)
        if not isinstance(column, IntegerField):
            return None
        found.insert(0, (attrgetter(column.attname), term.startswith("-")))
    return found

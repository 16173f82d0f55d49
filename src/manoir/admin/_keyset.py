"""Going on behind a row: the next page of a table whose number of rows is only estimated.

Page numbers count from an end, so between the pages counted from the start and those counted from the end of such a
table some rows may have no page. "Next" and "previous" name the row that they go on from instead: they miss no row, and
cost the same however deep the page is.

An address names that row by its key alone, and only a row of the list counts: the values that the list is sorted by come
from the table, so that nobody can ask for them by guessing (H37).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manoir.exceptions import FieldDoesNotExist, FieldTypeError, ValidationError
from manoir.models import Q, QuerySet

Terms = list[tuple[str, bool]]
"""Attribute and direction (True is down) of each term of an order."""


def terms_of(model: Any, ordering: Sequence[Any]) -> Terms | None:
    """Return the order as attributes; None when it has anything but columns of the table that are never empty."""
    found: Terms = []
    for term in ordering:
        if not isinstance(term, str):
            return None
        name = term.removeprefix("-")
        try:
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        if not field.concrete or field.is_relation or field.null:
            return None
        found.append((field.attname, term.startswith("-")))
        if field.primary_key:
            return found
    return None


def anchor(rows: QuerySet[Any, Any], key: str) -> Any:
    """Return the row of a key; None when it is gone, or the key cannot be one."""
    pk = rows.model._meta.pk
    field = pk.target_field if pk.is_relation else pk
    try:
        return rows.order_by().filter(pk=field.to_python(key)).first()
    except (ValidationError, FieldTypeError, ValueError, TypeError, OverflowError):
        return None


def beyond(row: Any, terms: Terms, *, backwards: bool) -> Q:
    """Return the condition of the rows behind a row, or before it.

    `a > 5 OR (a = 5 AND id > 7)`, with `a >= 5` in front, which an index can begin at.
    """
    condition = Q()
    for place in range(len(terms) - 1, -1, -1):
        name, down = terms[place]
        value = getattr(row, name)
        way = "lt" if down != backwards else "gt"
        here = Q(**{f"{name}__{way}": value})
        condition = here | (Q(**{name: value}) & condition) if condition.children else here
        if place == 0 and len(terms) > 1:
            condition = Q(**{f"{name}__{way}e": value}) & condition
    return condition


def page_beyond(
    rows: QuerySet[Any, Any], row: Any, terms: Terms, size: int, *, backwards: bool
) -> tuple[list[Any], bool]:
    """Return the rows behind (or before) a row, and whether there are more in that direction.

    Args:
        rows: the list, in the order of `terms`.
        row: where to go on.
        terms: its order.
        size: rows of a page.
        backwards: read the page before the row.
    """
    found: Any = rows.filter(beyond(row, terms, backwards=backwards))
    read = list((found.reverse() if backwards else found)[: size + 1])
    more = len(read) > size
    page = read[:size]
    return (page[::-1] if backwards else page), more

"""Reading one page of a list: by number, or behind a row where the number of rows is only estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from manoir.admin import _keyset as keyset
from manoir.admin import _lookups as lookups
from manoir.exceptions import PageNotAnInteger

if TYPE_CHECKING:
    from manoir.admin._change_list import ChangeList

HIGHEST_PAGE = 10**12


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page.

    Attributes:
        rows: its rows.
        number: its number, from 1.
        next: query parameters of the page behind it; None: there is none.
        previous: the same of the page before it.
    """

    rows: list[Any]
    number: int
    next: dict[str, Any] | None = None
    previous: dict[str, Any] | None = None


def whole_list(changelist: ChangeList) -> ResultPage:
    """All rows on one page."""
    return ResultPage(list(changelist.queryset._clone()), 1)


def read_page(changelist: ChangeList, paginator: Any) -> ResultPage:
    """Read the page that the address names.

    Raises:
        InvalidPage: there is no such page.
    """
    terms = keyset.terms_of(changelist.model, changelist.ordering) if changelist.estimated else None
    asked = changelist.params.get(lookups.PAGE_VAR, 1)
    if terms is not None:
        page = beside_a_row(changelist, terms, asked)
        if page is not None:
            return page
    number: int = paginator.validate_number(asked)
    rows = list(paginator.page(number).object_list)
    return linked(changelist, terms, rows, number, after=number < paginator.num_pages, before=number > 1)


def beside_a_row(changelist: ChangeList, terms: keyset.Terms, asked: Any) -> ResultPage | None:
    """The page behind or before the row that the address names; None when it names none that is there."""
    for name, backwards in ((lookups.AFTER_VAR, False), (lookups.BEFORE_VAR, True)):
        key = changelist.params.get(name)
        if key is None:
            continue
        row = keyset.anchor(changelist.queryset, key)
        if row is None:
            return None
        rows, more = keyset.page_beyond(changelist.queryset, row, terms, changelist.list_per_page, backwards=backwards)
        number = page_number(asked)
        if backwards:
            return linked(changelist, terms, rows, number, after=True, before=more)
        return linked(changelist, terms, rows, number, after=more, before=True)
    return None


def page_number(asked: Any) -> int:
    text = str(asked)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:15]) <= HIGHEST_PAGE):
        raise PageNotAnInteger(f"{text[:20]!r} is no number of a page.")
    return int(text[:15])


def linked(
    changelist: ChangeList, terms: keyset.Terms | None, rows: list[Any], number: int, *, after: bool, before: bool
) -> ResultPage:
    """A page with what its links say."""
    onwards: dict[str, Any] = {lookups.PAGE_VAR: number + 1}
    back: dict[str, Any] = {lookups.PAGE_VAR: number - 1 if number > 2 else None}
    if terms is not None and rows:
        onwards[lookups.AFTER_VAR] = rows[-1].pk
        if number > 2:
            back[lookups.BEFORE_VAR] = rows[0].pk
    return ResultPage(rows, number, onwards if after and rows else None, back if before else None)


def share_related(changelist: ChangeList) -> None:
    """Give the rows those related rows that a filter has read already: they are not read again for the columns."""
    for spec in changelist.filter_specs:
        relation = getattr(spec, "field", None)
        known: list[Any] = getattr(spec, "related", [])
        if relation is None or not known or relation.many_to_many or not relation.concrete:
            continue
        if getattr(spec, "field_path", "") != relation.name or relation.model is not changelist.model:
            continue
        by_key = {getattr(row, relation.target_field.attname): row for row in known}
        for row in changelist.result_list:
            related = by_key.get(getattr(row, relation.attname))
            if related is not None:
                setattr(row, relation.name, related)

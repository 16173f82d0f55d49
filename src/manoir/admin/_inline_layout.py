"""The rows of an inline on the page: what a template needs to draw them, and which of very many are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from manoir.admin._forms import Cell, Layout, flatten_fieldsets
from manoir.admin._guarded_rows import Rights
from manoir.admin._keys import quote
from manoir.admin._related_widgets import admin_url
from manoir.bridge import lazy_property
from manoir.conf import settings
from manoir.forms import DELETION_FIELD_NAME

LAST_PAGE: Final = 100_000
SPARE_FIELDS: Final = 50
"""Fields that a form sends beside those of its objects: tokens, counts, buttons."""
FEWEST_ROWS: Final = 10
"""Rows that are shown at least."""


@dataclass(frozen=True, slots=True)
class RowPage:
    """Which rows of an inline are shown.

    Attributes:
        number: the page, from 1.
        pages: how many there are.
        total: all rows.
        first: number of the first row shown, from 1.
        last: number of the last one.
        query: query string of the page, without the number.
        parameter: name of the page's number in the address.
    """

    number: int
    pages: int
    total: int
    first: int
    last: int
    query: str
    parameter: str

    @property
    def previous(self) -> str | None:
        """Address of the page before; None on the first."""
        return self.address(self.number - 1) if self.number > 1 else None

    @property
    def next(self) -> str | None:
        """Address of the page after; None on the last."""
        return self.address(self.number + 1) if self.number < self.pages else None

    def address(self, number: int) -> str:
        """The address of a page: the rest of the query string stays."""
        return f"?{self.query}&{self.parameter}={number}" if self.query else f"?{self.parameter}={number}"


def fields_left(own: int, inlines: int) -> int | None:
    """Return how many fields each inline may send, so that DATA_UPLOAD_MAX_NUMBER_FIELDS lets the page be saved.

    Args:
        own: fields of the object itself.
        inlines: number of inlines.
    """
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    return None if limit is None or not inlines else max(limit - 2 * own - SPARE_FIELDS, 0) // inlines


def rows_that_fit(formset: Any, per_page: int, room: int | None) -> int:
    """The rows of a page: as many as can be sent back, ten at least."""
    if room is None:
        return per_page
    widgets = [field.widget for field in formset.empty_form.fields.values()]
    needed = sum(len(getattr(widget, "widgets", (widget,))) for widget in widgets)
    return min(per_page, max(room // max(needed, 1) - formset.extra, FEWEST_ROWS))


def paginate(formset: Any, request: Any, per_page: int, room: int | None = None) -> RowPage | None:
    """Let a formset that nobody has looked at yet show one page of its rows.

    Args:
        formset: the formset.
        request: the request.
        per_page: rows of a page; 0 or less: all.
        room: fields that its rows may send; None: as many as they like.

    Returns:
        The page; None where all rows are shown.
    """
    if formset.is_bound or per_page <= 0:
        return None
    per_page = rows_that_fit(formset, per_page, room)
    parameter = f"{formset.prefix}-page"
    sent = request.GET.get(parameter, "1")
    number = int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 6 else 1
    number = max(1, min(number, LAST_PAGE))
    rows: Any = formset.get_queryset()
    start = (number - 1) * per_page
    found = list(rows[start : start + per_page + 1])
    if number == 1 and len(found) <= per_page:
        total = len(found)
    else:
        total = rows.count()
        if not found:
            number = max(1, -(-total // per_page))
            start = (number - 1) * per_page
            found = list(rows[start : start + per_page])
    shown = found[:per_page]
    formset._queryset = shown  # what get_queryset() answers from now on
    if total <= per_page:
        return None
    rest = request.GET.copy()
    rest.pop(parameter, None)
    pages = -(-total // per_page)
    return RowPage(number, pages, total, start + 1, start + len(shown), rest.urlencode(), parameter)


class InlineGroup:
    """An inline on its page.

    Args:
        inline: the inline.
        formset: its formset.
        request: the request.
        obj: the object of the page; None for a new one.
        page: which rows are shown; None: all.
        locked: the object of the page can only be looked at, and so can its rows.

    Attributes:
        opts: the inline.
        formset: the formset.
        rights: what the user may do.
        page: which rows are shown; None: all.
    """

    def __init__(
        self, inline: Any, formset: Any, request: Any, obj: Any, page: RowPage | None = None, locked: bool = False
    ) -> None:
        self.opts = inline
        self.formset = formset
        self.page = page
        self.rights: Rights = inline.rights(request, obj)
        if locked:
            self.rights = Rights(add=False, change=False, delete=False, view=self.rights.view or self.rights.change)
            formset.extra = formset.max_num = formset.min_num = 0
            formset.can_delete = False
        self.fieldsets: Sequence[Any] = without(inline.get_fieldsets(request, obj), inline.parent_fields())
        self.readonly_fields = list(inline.get_readonly_fields(request, obj))
        self.prepopulated_fields = inline.get_prepopulated_fields(request, obj)

    @property
    def model_admin(self) -> Any:
        """The inline."""
        return self.opts

    @lazy_property
    def rows(self) -> list[InlineRow]:
        """The rows, with the empty ones for new ones."""
        return [self.row(form) for form in self.formset.forms]

    @lazy_property
    def empty_row(self) -> InlineRow:
        """The row that a script copies."""
        return self.row(self.formset.empty_form)

    def __iter__(self) -> Iterator[InlineRow]:
        return iter(self.rows)

    def row(self, form: Any) -> InlineRow:
        """A form as a row."""
        there = not form.instance._state.adding and form.instance.pk is not None
        locked = not self.rights.change if there else not self.rights.add
        readonly = flatten_fieldsets(self.fieldsets) if locked else self.readonly_fields
        layout = Layout(form, self.fieldsets, self.prepopulated_fields, readonly, self.opts)
        return InlineRow(form, layout, form.instance if there else None, self)

    @property
    def columns(self) -> list[Cell]:
        """The cells of the row that a script copies: their labels are the headings of a table."""
        return self.empty_row.cells

    @property
    def can_add(self) -> bool:
        """Whether rows can be added."""
        return self.rights.add and self.formset.max_num > 0

    @property
    def is_collapsible(self) -> bool:
        """Whether it can be folded."""
        return "collapse" in (self.opts.classes or ()) and not self.is_tab

    @property
    def is_tab(self) -> bool:
        """Whether it stands behind a tab, where the form has several."""
        return "tab" in (self.opts.classes or ())

    @property
    def title(self) -> Any:
        """Its name: of one row where there is one at most."""
        return self.opts.verbose_name if self.is_single else self.opts.verbose_name_plural

    @property
    def stored_rows(self) -> int:
        """How many rows there are, on this page and others."""
        return self.page.total if self.page else sum(row.original is not None for row in self.rows)

    @property
    def error_count(self) -> int:
        """How many messages about mistakes are in it."""
        return self.formset.total_error_count() if self.formset.is_bound else 0

    @property
    def is_open(self) -> bool:
        """Whether it begins open: where there is something to mend."""
        return bool(self.error_count)

    @property
    def css_classes(self) -> str:
        """The CSS classes of the inline."""
        return " ".join(self.opts.classes or ())

    @property
    def is_single(self) -> bool:
        """Whether there is one row at most."""
        return self.formset.max_num == 1


@dataclass(frozen=True, slots=True)
class InlineRow:
    """One row of an inline.

    Attributes:
        form: its form.
        layout: its fields.
        original: the row that is there; None for a new one.
        group: the inline.
    """

    form: Any
    layout: Layout
    original: Any
    group: InlineGroup

    @property
    def cells(self) -> list[Cell]:
        """All fields, in one line, without hidden ones."""
        return [cell for fieldset in self.layout for line in fieldset for cell in line if not cell.is_hidden]

    @property
    def hidden(self) -> list[Any]:
        """The hidden fields: keys, and what the project hides."""
        return self.form.hidden_fields()

    @property
    def deletion(self) -> Any:
        """The box that deletes the row; None where it cannot be deleted."""
        return self.form[DELETION_FIELD_NAME] if DELETION_FIELD_NAME in self.form.fields else None

    @property
    def change_url(self) -> str | None:
        """The row's own page; None where it has none, or no link to it."""
        inline = self.group.opts
        if self.original is None or not inline.show_change_link or not inline.has_registered_model:
            return None
        return admin_url(inline.admin_site, inline.opts, "change", quote(str(self.original.pk)))

    @property
    def site_url(self) -> str | None:
        """Where the row is on the site itself; None for nowhere."""
        return None if self.original is None else self.group.opts.get_view_on_site_url(self.original)

    @property
    def can_change(self) -> bool:
        """Whether the link to its page says "change" instead of "view"."""
        return self.group.rights.change


def without(fieldsets: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """Fieldsets without some fields."""

    def kept(entries: Any) -> list[Any]:
        found: list[Any] = []
        for entry in entries:
            if isinstance(entry, (list, tuple)):
                rest = tuple(name for name in entry if name not in names)
                found += [rest] if rest else []
            elif entry not in names:
                found.append(entry)
        return found

    return [(title, {**options, "fields": kept(options.get("fields", ()))}) for title, options in fieldsets]

"""What the template of a list gets: headings, rows, filters and pages, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from manoir.admin import _actions, _export
from manoir.admin import _lookups as lookups
from manoir.admin._change_list import ChangeList
from manoir.admin._columns import Column
from manoir.admin._display import Shown
from manoir.admin._facets import ShowFacets
from manoir.admin._related_widgets import admin_url
from manoir.forms import Media
from manoir.http import HttpRequest, QueryDict
from manoir.i18n import gettext as _
from manoir.i18n import ngettext, number_format


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column.

    Attributes:
        label: its text.
        key: its name.
        sorted: "asc", "desc" or "".
        priority: which of several sorted columns it is, from 1; 0 for none.
        url: sorts by it first, or turns it around; "" when it cannot sort.
        remove_url: sorts by it no more.
        number: values stand to the right.
    """

    label: str
    key: str
    sorted: str = ""
    priority: int = 0
    url: str = ""
    remove_url: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row.

    Attributes:
        shown: the value.
        column: its column.
        link: it leads to the row's form.
        field: the form field that changes it in the list; None for one that is only shown.
    """

    shown: Shown
    column: Column
    link: bool
    field: Any

    @property
    def errors(self) -> Any:
        """What is wrong with the value of its form field; empty for none."""
        return (self.field.errors or "") if self.field is not None else ""

    @property
    def plain(self) -> bool:
        """Whether it is a text or number and nothing else, as most are: drawn without a further template."""
        return not self.link and self.field is None and self.shown.kind in ("text", "number")


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        object: the row.
        name: its text.
        url: address of its form; None where the user has none.
        cells: its values.
        hidden: hidden fields of its form, where rows are changed in the list.
        errors: what is wrong with its form as a whole; empty for nothing.
        popup_value: what a popup gives back.
    """

    object: Any
    name: str
    url: str | None
    cells: list[Cell]
    hidden: list[Any]
    errors: Any
    popup_value: Any


def page(changelist: ChangeList, model_admin: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the variables of the whole page."""
    options = model_admin.opts
    actions = [] if changelist.is_popup else _actions.choices(model_admin, request, ())
    action_form = _actions.form_for(model_admin, request) if actions else None
    name = str(options.verbose_name_plural)
    return {
        **model_admin.admin_site.each_context(request),
        **facets(changelist, model_admin, request),
        "title": name[:1].upper() + name[1:],
        "subtitle": None,
        "module_name": name,
        "is_popup": changelist.is_popup,
        "to_field": changelist.to_field,
        "opts": options,
        "app_label": options.app_label,
        "has_add_permission": model_admin.has_add_permission(request),
        "add_url": with_kept(changelist, admin_url(model_admin.admin_site, options, "add")),
        "export_url": export_url(changelist, model_admin, request),
        "preserved_filters": changelist.preserved_filters,
        "headings": list(headings(changelist)),
        "rows": list(rows(changelist)),
        "pages": pages(changelist),
        "summary": summary(changelist),
        "actions": actions,
        "action_form": action_form,
        "actions_on_top": model_admin.actions_on_top,
        "actions_on_bottom": model_admin.actions_on_bottom,
        "actions_selection_counter": model_admin.actions_selection_counter,
        "selected_name": lookups.SELECTED,
        "all_selected_text": _("All %s rows") % grouped(changelist.result_count),
        "hidden": hidden_fields(changelist, lookups.SEARCH_VAR),
        "search_url": changelist.get_query_string(remove=[lookups.SEARCH_VAR]),
        "media": list_media(changelist, action_form),
        "columns_count": len(changelist.columns) + (1 if actions else 0),
    }


def list_media(changelist: ChangeList, action_form: Any) -> Media:
    """The scripts and style sheets that widgets in the list need."""
    media: Media = changelist.model_admin.media
    if changelist.formset is not None:
        media = media + changelist.formset.media
    return media + action_form.media if action_form is not None else media


# -- filters ----------------------------------------------------------------------------------------------------------


def facets(changelist: ChangeList, model_admin: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the variables of the filters.

    The numbers of rows come after the page wherever scripting runs: the page is there at once, however long they take.
    """
    by_script = request.headers.get("HX-Request") == "true"
    asked = request.GET.get(lookups.PART_VAR) == "facets"
    always = changelist.show_facets is ShowFacets.ALWAYS
    inline = asked or (changelist.add_facets and not by_script)
    later = not inline and bool(changelist.filter_specs) and (always or changelist.add_facets)
    numbers, complete = changelist.facets if inline and changelist.filter_specs else ([], True)
    boxes = [
        box(changelist, spec, numbers[place] if numbers else {}, complete)
        for place, spec in enumerate(changelist.filter_specs)
        if spec.has_output()
    ]
    return {
        "cl": changelist,
        "opts": changelist.opts,
        "filter_boxes": boxes,
        "active_filters": [one for one in boxes if one["chosen"]],
        "clear_url": changelist.get_query_string(remove=sorted(changelist.filter_params)),
        "facets_later": part_url(changelist) if later else "",
        "facets_shown": inline or later,
        "facets_complete": complete,
        "facets_limit": grouped(changelist.facet_limit),
        "facets_on_url": changelist.get_query_string({lookups.FACETS_VAR: "1"}),
        "facets_off_url": changelist.get_query_string(remove=[lookups.FACETS_VAR]),
        "facets_allowed": changelist.show_facets is ShowFacets.ALLOW and bool(boxes),
        "facets_always": always and bool(boxes),
    }


def part_url(changelist: ChangeList) -> str:
    return changelist.get_query_string({lookups.PART_VAR: "facets"})


def box(changelist: ChangeList, spec: Any, numbers: dict[int, int], complete: bool) -> dict[str, Any]:
    """One filter: title, choices, what is chosen."""
    choices: list[dict[str, Any]] = []
    for place, choice in enumerate(spec.choices(changelist)):
        count = numbers.get(place)
        choices.append({**choice, "count": None if count is None else counted(count, complete)})
    chosen = [choice["display"] for choice in choices[1:] if choice.get("selected")]
    return {
        "title": str(spec.title),
        "template": spec.template,
        "spec": spec,
        "choices": choices,
        "chosen": ", ".join(map(str, chosen)),
        "remove_url": choices[0]["query_string"] if choices else "?",
        "has_more": getattr(spec, "has_more", False),
        "long": len(choices) > 12,
    }


def counted(count: int, complete: bool) -> str:
    return grouped(count) if complete else f"{grouped(count)}+"


def grouped(number: int) -> str:
    """A number with its thousands apart."""
    return str(number_format(number, force_grouping=True))


# -- headings ---------------------------------------------------------------------------------------------------------


def headings(changelist: ChangeList) -> Iterator[Heading]:
    """Yield the headings; a click sorts by a column first and keeps what was sorted by before behind it."""
    current = changelist.get_ordering_field_columns()
    for number, column in enumerate(changelist.columns, 1):
        is_number = bool(
            column.field is not None
            and column.field.concrete
            and column.field.get_internal_type().endswith(NUMBERS)
            and not getattr(column.field, "flatchoices", None)
        )
        if column.order is None:
            yield Heading(column.label, column.key, number=is_number)
            continue
        direction = current.get(number, "")
        others = [f"{'-' if way == 'desc' else ''}{other}" for other, way in current.items() if other != number]
        first = f"-{number}" if direction == "asc" else str(number)
        yield Heading(
            column.label,
            column.key,
            sorted=direction,
            priority=list(current).index(number) + 1 if direction and len(current) > 1 else 0,
            url=changelist.get_query_string({lookups.ORDER_VAR: ".".join([first, *others])}),
            remove_url=changelist.get_query_string({lookups.ORDER_VAR: ".".join(others)}) if direction else "",
            number=is_number,
        )


NUMBERS = ("IntegerField", "DecimalField", "FloatField")


# -- rows -------------------------------------------------------------------------------------------------------------


def rows(changelist: ChangeList) -> Iterator[Row]:
    """Yield the rows; relations in their columns load for all of them at once."""
    forms = list(changelist.formset.forms) if changelist.formset is not None else []
    by_key = {form.instance.pk: form for form in forms}
    links = changelist.list_display_links
    linked = set(links or ())
    for row in changelist.result_list:
        form = by_key.get(row.pk)
        url = None if links is None else with_kept(changelist, changelist.url_for_result(row))
        cells = [
            Cell(
                column.shown(row),
                column,
                bool(url) and column.name in linked,
                editable_field(changelist, form, column, linked),
            )
            for column in changelist.columns
        ]
        value = getattr(row, changelist.to_field) if changelist.to_field else row.pk
        hidden = form.hidden_fields() if form is not None else []
        errors = (form.non_field_errors() or "") if form is not None and form.is_bound else ""
        yield Row(row, str(row), url, cells, hidden, errors, value)


def editable_field(changelist: ChangeList, form: Any, column: Column, linked: set[Any]) -> Any:
    """The form field of a cell; None where it is only shown."""
    if form is None or column.name not in changelist.list_editable or column.name in linked:
        return None
    if column.name not in form.fields or not getattr(form, "may_change", True):
        return None
    field = form.fields[column.name]
    field.widget.attrs.setdefault("aria-label", f"{field.label}: {form.instance}")
    return form[column.name]


def with_kept(changelist: ChangeList, url: str | None) -> str | None:
    """An address of a form with the filters of this list, and what marks a popup."""
    if url is None:
        return None
    query = QueryDict(changelist.preserved_filters, mutable=True)
    if changelist.is_popup:
        query[lookups.IS_POPUP_VAR] = "1"
    if changelist.to_field:
        query[lookups.TO_FIELD_VAR] = changelist.to_field
    text = query.urlencode()
    return f"{url}?{text}" if text else url


def export_url(changelist: ChangeList, model_admin: Any, request: HttpRequest) -> str | None:
    """Where the whole list is sent as CSV; None where it is not."""
    if changelist.is_popup or not _export.allowed(model_admin, request):
        return None
    url = admin_url(model_admin.admin_site, model_admin.opts, "export")
    return url and url + changelist.get_query_string()


# -- pages ------------------------------------------------------------------------------------------------------------


def pages(changelist: ChangeList) -> dict[str, Any]:
    """The links to the pages; None in the list stands for a gap."""
    paginator, number = changelist.paginator, changelist.page_num
    shown: list[dict[str, Any] | None] = []
    many = changelist.multi_page and not changelist.show_all
    if many:
        within = min(number, paginator.num_pages)  # the estimate may be smaller than where "next" has led
        for entry in paginator.get_elided_page_range(within, on_each_side=2, on_ends=1):
            if isinstance(entry, int):
                shown.append({"number": entry, "url": changelist.page_url(entry), "current": entry == number})
            else:
                shown.append(None)
    last = paginator.num_pages if many else 1
    return {
        "numbers": shown,
        "number": number,
        "last": last,
        "previous": changelist.previous_url,
        "next": changelist.next_url,
        "show_all": changelist.get_query_string({lookups.ALL_VAR: ""})
        if changelist.can_show_all and changelist.multi_page and not changelist.show_all
        else "",
        "show_pages": changelist.get_query_string(remove=[lookups.ALL_VAR]) if changelist.show_all else "",
    }


def summary(changelist: ChangeList) -> str:
    """How many rows there are, in words."""
    options, count = changelist.opts, changelist.result_count
    name = ngettext(str(options.verbose_name), str(options.verbose_name_plural), count)
    number = grouped(count)
    text = f"{_('about')} {number} {name}" if changelist.estimated else f"{number} {name}"
    if changelist.is_narrowed and changelist.full_result_count is not None:
        return _("%(found)s of %(all)s") % {"found": text, "all": grouped(changelist.full_result_count)}
    return text


def hidden_fields(changelist: ChangeList, *without: str) -> list[tuple[str, str]]:
    """What a form of the list carries along, so that a search keeps filters and order."""
    gone = {*without, lookups.PAGE_VAR, lookups.AFTER_VAR, lookups.BEFORE_VAR, lookups.ALL_VAR}
    return [(name, value) for name, value in sorted(changelist.params.items()) if name not in gone]

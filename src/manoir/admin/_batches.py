"""Names of the rows behind keys: one query for all widgets of a page that show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from manoir.admin._related_widgets import (
    AutocompleteMixin,
    ForeignKeyRawIdWidget,
    KnownRows,
    RelatedFieldWidgetWrapper,
    read_rows,
    target_of,
)
from manoir.admin._shared_choices import SharedChoiceIterator


@dataclass(slots=True)
class Wanted:
    """Widgets that name rows of one model, and the keys they show."""

    widgets: list[Any] = field(default_factory=list[Any])
    keys: dict[str, None] = field(default_factory=dict[str, None])


def name_rows(forms: Iterable[Any]) -> None:
    """Tell the widgets of these forms the rows that they will show, by one query for each related model at most.

    A select of the same page may show all rows of that model: they are read for it anyway.
    """
    wanted: dict[Any, Wanted] = {}
    selects: dict[Any, SharedChoiceIterator] = {}
    for form in forms:
        for name, form_field in form.fields.items():
            widget = inner(form_field.widget)
            if widget is not form_field.widget:
                widget = form_field.widget.by_key() or widget
            choices = getattr(widget, "choices", None)
            if isinstance(widget, KnownRows):
                one = wanted.setdefault((widget.rel.model, target_of(widget.rel).attname, widget.db), Wanted())
                one.widgets.append(widget)
                one.keys.update(dict.fromkeys(values_of(widget, form[name].value())))
            elif isinstance(choices, SharedChoiceIterator):
                selects.setdefault(choices.queryset.model, choices)
    for (model, attname, using), one in wanted.items():
        known = rows_of(selects.get(model), attname, one.keys)
        missing = [key for key in one.keys if key not in known]
        if missing:
            known.update(read_rows(one.widgets[0].rel, missing, using))
        for widget in one.widgets:
            widget.known = known


def inner(widget: Any) -> Any:
    """The widget inside of its links."""
    return widget.widget if isinstance(widget, RelatedFieldWidgetWrapper) else widget


def rows_of(select: SharedChoiceIterator | None, attname: str, keys: Iterable[str]) -> dict[str, Any]:
    """The rows among those that a select shows."""
    asked = set(keys)
    if select is None or not asked:
        return {}
    rows = select.shared.rows(select.queryset)
    return {key: row for row in rows if (key := str(getattr(row, attname))) in asked}


def values_of(widget: Any, value: Any) -> list[str]:
    """The keys that a widget shows, as text."""
    if isinstance(widget, ForeignKeyRawIdWidget):
        return [str(one) for one in widget.values_of(value)]
    assert isinstance(widget, AutocompleteMixin)
    values: Any = value if isinstance(value, (list, tuple)) else [value]
    return [str(one) for one in values if one not in (None, "")]

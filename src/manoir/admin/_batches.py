"""Names of the rows behind keys: one query for all widgets of a page that show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manoir.admin._related_widgets import (
    AutocompleteMixin,
    ForeignKeyRawIdWidget,
    KnownRows,
    RelatedFieldWidgetWrapper,
    read_rows,
    target_of,
)


def name_rows(forms: Iterable[Any]) -> None:
    """Tell the widgets of these forms the rows that they will show, by one query for each related model."""
    wanted: dict[Any, tuple[KnownRows, dict[str, None], list[KnownRows]]] = {}
    for form in forms:
        for name, field in form.fields.items():
            widget = field.widget.widget if isinstance(field.widget, RelatedFieldWidgetWrapper) else field.widget
            if isinstance(widget, KnownRows):
                key = (widget.rel.model, target_of(widget.rel).name, widget.db)
                _first, keys, widgets = wanted.setdefault(key, (widget, {}, []))
                keys.update(dict.fromkeys(values_of(widget, form[name].value())))
                widgets.append(widget)
    for first, keys, widgets in wanted.values():
        known = read_rows(first.rel, keys, first.db)
        for widget in widgets:
            widget.known = known


def values_of(widget: Any, value: Any) -> list[str]:
    """The keys that a widget shows, as text."""
    if isinstance(widget, ForeignKeyRawIdWidget):
        return [str(one) for one in widget.values_of(value)]
    assert isinstance(widget, AutocompleteMixin)
    values: Any = value if isinstance(value, (list, tuple)) else [value]
    return [str(one) for one in values if one not in (None, "")]

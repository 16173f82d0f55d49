"""Widgets made of several widgets."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Self

from manoir import timezone
from manoir.forms._media import Media, class_media
from manoir.forms._widgets._base import Data, Widget
from manoir.forms._widgets._inputs import DateInput, HiddenInput, TimeInput

Part = Widget | type[Widget]


def made(part: Part) -> Widget:
    """A widget of a class or a widget."""
    return part() if isinstance(part, type) else part


class MultiWidget(Widget):
    """Several widgets for one value; a subclass gives `decompress`.

    Args:
        widgets: the widgets, or a mapping of the endings of their names to them.
        attrs: HTML attributes of each.

    Raises:
        ValueError: two endings are equal.
    """

    template_name = "manoir/forms/widgets/multiwidget.html"
    use_fieldset = True

    def __init__(self, widgets: Sequence[Part] | Mapping[str, Part], attrs: Mapping[str, Any] | None = None) -> None:
        if isinstance(widgets, Mapping):
            self.widgets_names = [f"_{name}" if name else "" for name in widgets]
            parts: Sequence[Part] = list(widgets.values())
        else:
            self.widgets_names = [f"_{index}" for index in range(len(widgets))]
            parts = widgets
        self.widgets = [made(part) for part in parts]
        super().__init__(attrs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = super().__deepcopy__(memo)
        twin.widgets = copy.deepcopy(self.widgets, memo)
        return twin

    @property
    def is_hidden(self) -> bool:
        """Whether all parts are hidden."""
        return all(widget.is_hidden for widget in self.widgets)

    @property
    def needs_multipart_form(self) -> bool:  # type: ignore[override]
        """Whether one part needs it."""
        return any(widget.needs_multipart_form for widget in self.widgets)

    def decompress(self, value: Any) -> list[Any]:
        """Return the parts of a value, one for each widget; Nones for None."""
        raise TypeError(f"{type(self).__name__} must define decompress().")

    def parts_of(self, value: Any) -> list[Any]:
        """The values of the widgets."""
        return list(value) if isinstance(value, (list, tuple)) else self.decompress(value)

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the variables of the template, with `subwidgets`."""
        context = super().get_context(name, value, attrs)
        values = self.parts_of(value)
        shared = dict(context["widget"]["attrs"])
        input_type = shared.pop("type", None)
        id_ = shared.get("id")
        subwidgets: list[dict[str, Any]] = []
        for index, (ending, widget) in enumerate(zip(self.widgets_names, self.widgets, strict=True)):
            if self.is_localized:
                widget.is_localized = True
            if input_type is not None:
                widget.input_type = input_type
            own = {**shared, "id": f"{id_}{ending}"} if id_ else shared
            part = values[index] if index < len(values) else None
            subwidgets.append(widget.get_context(name + ending, part, own)["widget"])
        context["widget"]["subwidgets"] = subwidgets
        return context

    def format_value(self, value: Any) -> Any:
        """Return the value itself: its parts are written by their widgets."""
        return value

    def id_for_label(self, id_: str) -> str:
        """Return none: the group has a legend."""
        return ""

    def value_from_datadict(self, data: Data, files: Data, name: str) -> Any:
        """Return the list of what each widget reads."""
        return [
            widget.value_from_datadict(data, files, name + ending)
            for ending, widget in zip(self.widgets_names, self.widgets, strict=True)
        ]

    def value_omitted_from_data(self, data: Data, files: Data, name: str) -> bool:
        """Tell whether nothing was sent for any part."""
        return all(
            widget.value_omitted_from_data(data, files, name + ending)
            for ending, widget in zip(self.widgets_names, self.widgets, strict=True)
        )

    @property
    def media(self) -> Media:
        """The files of all parts."""
        found = class_media(type(self))
        for widget in self.widgets:
            found = found + widget.media
        return found


class SplitDateTimeWidget(MultiWidget):
    """A date and a time beside each other.

    Args:
        attrs: HTML attributes of both.
        date_format: `strftime` format of the date; None takes the language's.
        time_format: the same for the time.
        date_attrs: HTML attributes of the date.
        time_attrs: HTML attributes of the time.
    """

    template_name = "manoir/forms/widgets/splitdatetime.html"
    supports_microseconds = False

    def __init__(
        self,
        attrs: Mapping[str, Any] | None = None,
        date_format: str | None = None,
        time_format: str | None = None,
        date_attrs: Mapping[str, Any] | None = None,
        time_attrs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            [
                DateInput(attrs=attrs if date_attrs is None else date_attrs, format=date_format),
                TimeInput(attrs=attrs if time_attrs is None else time_attrs, format=time_format),
            ]
        )

    def decompress(self, value: Any) -> list[Any]:
        """Return date and time of a moment, in the current time zone."""
        if not value:
            return [None, None]
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return [local.date(), local.time()]


class SplitHiddenDateTimeWidget(SplitDateTimeWidget):
    """The same, hidden."""

    template_name = "manoir/forms/widgets/splithiddendatetime.html"

    def __init__(
        self,
        attrs: Mapping[str, Any] | None = None,
        date_format: str | None = None,
        time_format: str | None = None,
        date_attrs: Mapping[str, Any] | None = None,
        time_attrs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(attrs, date_format, time_format, date_attrs, time_attrs)
        for widget in self.widgets:
            widget.input_type = HiddenInput.input_type

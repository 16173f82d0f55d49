"""The admin's inputs: native date and time inputs, wide texts, and two lists to choose several rows from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from manoir import forms

ISO_DATE: Final = "%Y-%m-%d"

Attrs = Mapping[str, Any]


class ClassedInput:
    """Mixin: the element carries a CSS class, unless it was given one."""

    css_class = ""

    def __init__(self, attrs: Attrs | None = None, **options: Any) -> None:
        super().__init__({"class": self.css_class, **(attrs or {})}, **options)  # type: ignore[call-arg]


class AdminTextInputWidget(ClassedInput, forms.TextInput):
    """A line of text."""

    css_class = "vTextField"


class AdminTextareaWidget(ClassedInput, forms.Textarea):
    """A longer text."""

    css_class = "vLargeTextField"


class AdminEmailInputWidget(ClassedInput, forms.EmailInput):
    """An e-mail address."""

    css_class = "vTextField"


class AdminURLFieldWidget(ClassedInput, forms.URLInput):
    """An address; the one that is stored can be opened."""

    css_class = "vURLField"
    template_name = "admin/widgets/url.html"

    def get_context(self, name: str, value: Any, attrs: Attrs | None) -> dict[str, Any]:
        """Return the variables of the template, with the address when it is safe to link to."""
        context = super().get_context(name, value, attrs)
        text = str(value or "")
        context["link"] = text if text.lower().startswith(("http://", "https://")) else ""
        return context


class AdminIntegerFieldWidget(ClassedInput, forms.NumberInput):
    """A number."""

    css_class = "vIntegerField"


class AdminBigIntegerFieldWidget(AdminIntegerFieldWidget):
    """A number that may be long."""

    css_class = "vBigIntegerField"


class AdminUUIDInputWidget(ClassedInput, forms.TextInput):
    """A UUID."""

    css_class = "vUUIDField"


class AdminDateWidget(ClassedInput, forms.DateInput):
    """A date, by the browser's own calendar. Browsers send dates as ISO 8601, whatever the language.

    Args:
        attrs: HTML attributes.
        format: `strftime` format of the value.
    """

    css_class = "vDateField"

    def __init__(self, attrs: Attrs | None = None, format: str | None = None) -> None:
        super().__init__({"type": "date", **(attrs or {})}, format=format or ISO_DATE)

    def format_value(self, value: Any) -> Any:
        """Return the date as browsers want it; years before 1000 have four digits too, which strftime does not give."""
        if self.format == ISO_DATE and isinstance(value, dt.date):
            return (value.date() if isinstance(value, dt.datetime) else value).isoformat()
        return super().format_value(value)


class AdminTimeWidget(ClassedInput, forms.TimeInput):
    """A time, by the browser's own clock.

    Args:
        attrs: HTML attributes.
        format: `strftime` format of the value.
    """

    css_class = "vTimeField"

    def __init__(self, attrs: Attrs | None = None, format: str | None = None) -> None:
        super().__init__({"type": "time", "step": "1", **(attrs or {})}, format=format or "%H:%M:%S")


class AdminSplitDateTime(forms.SplitDateTimeWidget):
    """A date and a time beside each other.

    Args:
        attrs: HTML attributes of both.
    """

    template_name = "admin/widgets/split_datetime.html"

    def __init__(self, attrs: Attrs | None = None) -> None:
        forms.MultiWidget.__init__(self, [AdminDateWidget, AdminTimeWidget], attrs)


class AdminFileWidget(forms.ClearableFileInput):
    """A file, with a link to the one that is there and a box to remove it."""

    template_name = "admin/widgets/file.html"


class AdminRadioSelect(forms.RadioSelect):
    """Radio buttons, in a line or one below the other."""

    template_name = "admin/widgets/radio.html"


class FilteredSelectMultiple(forms.SelectMultiple):
    """Several of many: two lists with a search; without scripting a list with a box for each choice of the browser.

    Args:
        verbose_name: what is chosen, for people.
        is_stacked: one list above the other.
        attrs: HTML attributes.
        choices: pairs of value and label.
    """

    def __init__(self, verbose_name: Any, is_stacked: bool, attrs: Attrs | None = None, choices: Any = ()) -> None:
        super().__init__(attrs, choices)
        self.verbose_name = verbose_name
        self.is_stacked = is_stacked

    def get_context(self, name: str, value: Any, attrs: Attrs | None) -> dict[str, Any]:
        """Return the variables of the template; the script reads what it needs from the element's data."""
        context = super().get_context(name, value, attrs)
        own = context["widget"]["attrs"]
        own["class"] = f"{own.get('class', '')} selectfilter{'stacked' if self.is_stacked else ''}".strip()
        own["data-transfer"] = True
        own["data-field-name"] = str(self.verbose_name)
        own["data-is-stacked"] = int(self.is_stacked)
        return context

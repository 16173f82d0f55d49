"""One-line inputs, hidden inputs and the text area."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from manoir.forms._widgets._base import Data, Widget
from manoir.i18n import get_format, localize_input


class Input(Widget):
    """An `<input>`; a subclass gives `input_type`."""

    input_type: str | None = None
    template_name = "manoir/forms/widgets/input.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        attributes = dict(attrs or {})
        self.input_type = attributes.pop("type", self.input_type)
        super().__init__(attributes)

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the variables of the template, with `type`."""
        context = super().get_context(name, value, attrs)
        context["widget"]["type"] = self.input_type
        return context


class TextInput(Input):
    """`<input type="text">`."""

    input_type = "text"
    template_name = "manoir/forms/widgets/text.html"


class NumberInput(Input):
    """`<input type="number">`."""

    input_type = "number"
    template_name = "manoir/forms/widgets/number.html"


class EmailInput(Input):
    """`<input type="email">`."""

    input_type = "email"
    template_name = "manoir/forms/widgets/email.html"


class URLInput(Input):
    """`<input type="url">`."""

    input_type = "url"
    template_name = "manoir/forms/widgets/url.html"


class ColorInput(Input):
    """`<input type="color">`."""

    input_type = "color"
    template_name = "manoir/forms/widgets/color.html"


class SearchInput(Input):
    """`<input type="search">`."""

    input_type = "search"
    template_name = "manoir/forms/widgets/search.html"


class TelInput(Input):
    """`<input type="tel">`."""

    input_type = "tel"
    template_name = "manoir/forms/widgets/tel.html"


class PasswordInput(Input):
    """`<input type="password">`; what was typed is not sent back.

    Args:
        attrs: HTML attributes.
        render_value: show the value again after an error.
    """

    input_type = "password"
    template_name = "manoir/forms/widgets/password.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None, render_value: bool = False) -> None:
        super().__init__(attrs)
        self.render_value = render_value

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the variables of the template, without the value unless told otherwise."""
        return super().get_context(name, value if self.render_value else None, attrs)


class HiddenInput(Input):
    """`<input type="hidden">`."""

    input_type = "hidden"
    template_name = "manoir/forms/widgets/hidden.html"


class MultipleHiddenInput(HiddenInput):
    """A hidden input for each value of a list."""

    template_name = "manoir/forms/widgets/multiple_hidden.html"

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the variables of the template, with `subwidgets`."""
        context = super().get_context(name, value, attrs)
        shared = context["widget"]["attrs"]
        id_ = shared.get("id")
        subwidgets: list[dict[str, Any]] = []
        for index, text in enumerate(context["widget"]["value"]):
            own = {**shared, "id": f"{id_}_{index}"} if id_ else shared
            hidden = HiddenInput()
            hidden.is_required = self.is_required
            subwidgets.append(hidden.get_context(name, text, own)["widget"])
        context["widget"]["subwidgets"] = subwidgets
        return context

    def value_from_datadict(self, data: Data, files: Data, name: str) -> Any:
        """Return all values of the name."""
        getlist: Any = getattr(data, "getlist", data.get)
        return getlist(name)

    def format_value(self, value: Any) -> Any:
        """Return the list of values; an empty one for None."""
        return [] if value is None else value


class Textarea(Widget):
    """`<textarea>`, 40 columns wide and 10 rows high unless told otherwise."""

    template_name = "manoir/forms/widgets/textarea.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__({"cols": "40", "rows": "10", **(attrs or {})})


class DateTimeBaseInput(TextInput):
    """Common ground of date and time inputs.

    Args:
        attrs: HTML attributes.
        format: `strftime` format of the value; None takes the first input format of the language in use.
    """

    format_key: ClassVar[str] = ""
    supports_microseconds = False

    def __init__(self, attrs: Mapping[str, Any] | None = None, format: str | None = None) -> None:
        super().__init__(attrs)
        self.format = format or None

    def format_value(self, value: Any) -> Any:
        """Return a date or time as the element shows it."""
        if value is None or value == "":
            return None
        return str(localize_input(value, self.format or get_format(self.format_key)[0]))


class DateInput(DateTimeBaseInput):
    """`<input type="text">` for a date."""

    format_key = "DATE_INPUT_FORMATS"
    template_name = "manoir/forms/widgets/date.html"


class DateTimeInput(DateTimeBaseInput):
    """`<input type="text">` for a date with time."""

    format_key = "DATETIME_INPUT_FORMATS"
    template_name = "manoir/forms/widgets/datetime.html"


class TimeInput(DateTimeBaseInput):
    """`<input type="text">` for a time."""

    format_key = "TIME_INPUT_FORMATS"
    template_name = "manoir/forms/widgets/time.html"

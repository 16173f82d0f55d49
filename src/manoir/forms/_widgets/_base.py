"""`Widget`: what all widgets share, and the documented API for widgets of your own."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Self

from manoir.forms._attributes import Attributes
from manoir.forms._media import DefinesMedia
from manoir.forms._renderers import BaseRenderer, get_default_renderer
from manoir.i18n import localize_input
from manoir.templates import SafeString

Data = Mapping[str, Any]
"""What was sent: a QueryDict or any mapping of names to text."""


class Widget(DefinesMedia):
    """One HTML element, or several that belong together.

    Args:
        attrs: HTML attributes of the element.

    Attributes:
        needs_multipart_form: the form has to be sent as `multipart/form-data`.
        is_localized: values are written as the language in use does.
        is_required: the field is required.
        supports_microseconds: times keep their microseconds.
        use_fieldset: its group is a `<fieldset>` with a `<legend>` instead of a `<label>`.

    Example:
        >>> print(TextInput(attrs={"size": 10}).render("name", "Ada"))
        <input type="text" name="name" value="Ada" size="10">
    """

    needs_multipart_form: bool = False
    is_localized: bool = False
    is_required: bool = False
    supports_microseconds: bool = True
    use_fieldset: bool = False
    input_type: str | None = None
    template_name: str = ""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        self.attrs: dict[str, Any] = dict(attrs or {})

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = copy.copy(self)
        twin.attrs = self.attrs.copy()
        memo[id(self)] = twin
        return twin

    @property
    def is_hidden(self) -> bool:
        """Whether nobody sees it."""
        return self.input_type == "hidden"

    # -- writing ----------------------------------------------------------------------------------------------------

    def format_value(self, value: Any) -> Any:
        """Return a value as the element shows it: text, or None for an empty one."""
        if value is None or value == "":
            return None
        return str(localize_input(value)) if self.is_localized else str(value)

    def build_attrs(
        self, base_attrs: Mapping[str, Any], extra_attrs: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return both groups of attributes as one; the second wins."""
        return {**base_attrs, **(extra_attrs or {})}

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the variables of the template: `widget`, with all that it needs.

        Args:
            name: name of the field, prefix included.
            value: its value, as Python has it or as it was sent.
            attrs: further HTML attributes.
        """
        return {
            "widget": {
                "name": name,
                "is_hidden": self.is_hidden,
                "required": self.is_required,
                "value": self.format_value(value),
                "attrs": Attributes(self.build_attrs(self.attrs, attrs)),
                "template_name": self.template_name,
            }
        }

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """Return the widget as safe HTML.

        Args:
            name: name of the field, prefix included.
            value: its value, as Python has it or as it was sent.
            attrs: further HTML attributes.
            renderer: where the template is found; None takes FORM_RENDERER.
        """
        return self._render(self.template_name, self.get_context(name, value, attrs), renderer)

    def _render(self, template_name: str, context: dict[str, Any], renderer: BaseRenderer | None = None) -> SafeString:
        return (renderer or get_default_renderer()).render(template_name, context)

    def subwidgets(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the data of each part that a template may show alone; one for a plain widget."""
        yield self.get_context(name, value, attrs)["widget"]

    # -- reading ----------------------------------------------------------------------------------------------------

    def value_from_datadict(self, data: Data, files: Data, name: str) -> Any:
        """Return the field's value out of what was sent; None when it was not sent.

        Args:
            data: what was sent.
            files: the files that were sent.
            name: name of the field, prefix included.
        """
        return data.get(name)

    def value_omitted_from_data(self, data: Data, files: Data, name: str) -> bool:
        """Tell whether nothing was sent for the field, so that a model's default may be used."""
        return name not in data

    def id_for_label(self, id_: str) -> str:
        """Return the id that a label points to; an empty string for none."""
        return id_

    def use_required_attribute(self, initial: Any) -> bool:
        """Tell whether the element may carry `required`."""
        return not self.is_hidden

"""Inputs for files: they read the files of a form, never its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from manoir.forms._widgets._base import Data
from manoir.forms._widgets._choices import CheckboxInput
from manoir.forms._widgets._inputs import Input
from manoir.i18n import gettext_lazy as _

FILE_INPUT_CONTRADICTION: Final = object()
"""What a ClearableFileInput reads when a file was sent and the box to clear it was ticked too."""


class FileInput(Input):
    """`<input type="file">`.

    A single input answers with one file. When a client sends two under its name, it answers with the list of both,
    which `FileField` refuses: nothing passes unchecked because a later file hid it.

    Args:
        attrs: HTML attributes; `multiple` only where the class allows it.

    Attributes:
        allow_multiple_selected: people may choose several files; the value is then always a list. Set it in a subclass.

    Raises:
        ValueError: `multiple` is among the attributes, and the class takes one file.

    Example:
        >>> print(FileInput().render("photo", None))
        <input type="file" name="photo">
    """

    input_type = "file"
    needs_multipart_form = True
    template_name = "manoir/forms/widgets/file.html"
    allow_multiple_selected: bool = False

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        if attrs is not None and attrs.get("multiple") and not self.allow_multiple_selected:
            raise ValueError(
                f"{type(self).__name__} takes one file. For several, derive a class from it with "
                "allow_multiple_selected = True, and a field whose clean() checks each file."
            )
        own = {"multiple": True} if self.allow_multiple_selected else {}
        super().__init__({**own, **(attrs or {})})

    def format_value(self, value: Any) -> Any:
        """Return None: browsers take no value for a file."""
        return None

    def value_from_datadict(self, data: Data, files: Data, name: str) -> Any:
        """Return the file of the name; the list of all where several are allowed, or were sent nevertheless.

        Where several are allowed and one is required, none is None: a `clean()` that only loops would miss it.
        """
        getlist: Any = getattr(files, "getlist", None)
        if getlist is None:
            return files.get(name)
        sent: list[Any] = getlist(name)
        if len(sent) > 1 or (self.allow_multiple_selected and (sent or not self.is_required)):
            return sent
        return files.get(name)

    def value_omitted_from_data(self, data: Data, files: Data, name: str) -> bool:
        """Tell whether no file was sent."""
        return name not in files

    def use_required_attribute(self, initial: Any) -> bool:
        """Tell whether a file must be chosen: not where there is one already."""
        return super().use_required_attribute(initial) and not initial


class ClearableFileInput(FileInput):
    """A file input that shows the file that is there, with a box to remove it unless the field is required.

    Attributes:
        initial_text: words before the link to the file that is there.
        input_text: words before the input that replaces it.
        clear_checkbox_label: label of the box.
        checked: whether the box was ticked in what was sent.
    """

    template_name = "manoir/forms/widgets/clearable_file_input.html"
    initial_text: Any = _("Currently")
    input_text: Any = _("Change")
    clear_checkbox_label: Any = _("Clear")
    checked: bool = False

    def clear_checkbox_name(self, name: str) -> str:
        """Return the name of the box, for the name of the input."""
        return f"{name}-clear"

    def clear_checkbox_id(self, name: str) -> str:
        """Return the id of the box, for its name."""
        return f"{name}_id"

    def is_initial(self, value: Any) -> bool:
        """Tell whether the value is a stored file, which has a URL."""
        return bool(value and getattr(value, "url", None))

    def format_value(self, value: Any) -> Any:
        """Return the stored file; None for everything else."""
        return value if self.is_initial(value) else None

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the variables of the template, with those of the link and the box."""
        context = super().get_context(name, value, attrs)
        box = self.clear_checkbox_name(name)
        widget = context["widget"]
        widget["attrs"].setdefault("disabled", False)
        widget.update(
            checkbox_name=box,
            checkbox_id=self.clear_checkbox_id(box),
            is_initial=self.is_initial(value),
            input_text=self.input_text,
            initial_text=self.initial_text,
            clear_checkbox_label=self.clear_checkbox_label,
            checked=self.checked,
        )
        return context

    def value_from_datadict(self, data: Data, files: Data, name: str) -> Any:
        """Return the file; False to remove the one that is there; FILE_INPUT_CONTRADICTION for both at once."""
        upload = super().value_from_datadict(data, files, name)
        box = self.clear_checkbox_name(name)
        self.checked = bool(CheckboxInput().value_from_datadict(data, files, box))
        if self.is_required or not self.checked:
            return upload
        return FILE_INPUT_CONTRADICTION if upload else False

    def value_omitted_from_data(self, data: Data, files: Data, name: str) -> bool:
        """Tell whether neither a file nor the wish to remove one was sent."""
        return super().value_omitted_from_data(data, files, name) and self.clear_checkbox_name(name) not in data

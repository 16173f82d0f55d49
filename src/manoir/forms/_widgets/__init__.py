"""Widgets: how a field looks in HTML, and how its value is read out of what was sent.

`_base` has what all share, `_inputs` the one-line inputs and the text area, `_choices` what offers choices, `_files`
inputs for files, `_multi` widgets made of several.
"""

from __future__ import annotations

from manoir.forms._widgets._base import Widget
from manoir.forms._widgets._choices import (
    CheckboxInput,
    CheckboxSelectMultiple,
    ChoiceWidget,
    NullBooleanSelect,
    RadioSelect,
    Select,
    SelectMultiple,
)
from manoir.forms._widgets._files import FILE_INPUT_CONTRADICTION, ClearableFileInput, FileInput
from manoir.forms._widgets._inputs import (
    ColorInput,
    DateInput,
    DateTimeBaseInput,
    DateTimeInput,
    EmailInput,
    HiddenInput,
    Input,
    MultipleHiddenInput,
    NumberInput,
    PasswordInput,
    SearchInput,
    TelInput,
    Textarea,
    TextInput,
    TimeInput,
    URLInput,
)
from manoir.forms._widgets._multi import MultiWidget, SplitDateTimeWidget, SplitHiddenDateTimeWidget

__all__ = [
    "FILE_INPUT_CONTRADICTION",
    "CheckboxInput",
    "CheckboxSelectMultiple",
    "ChoiceWidget",
    "ClearableFileInput",
    "ColorInput",
    "DateInput",
    "DateTimeBaseInput",
    "DateTimeInput",
    "EmailInput",
    "FileInput",
    "HiddenInput",
    "Input",
    "MultiWidget",
    "MultipleHiddenInput",
    "NullBooleanSelect",
    "NumberInput",
    "PasswordInput",
    "RadioSelect",
    "SearchInput",
    "Select",
    "SelectMultiple",
    "SplitDateTimeWidget",
    "SplitHiddenDateTimeWidget",
    "TelInput",
    "TextInput",
    "Textarea",
    "TimeInput",
    "URLInput",
    "Widget",
]

"""The door to the admin's widgets, for forms of a project's own."""

from __future__ import annotations

from manoir.admin._related_widgets import (
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    ForeignKeyRawIdWidget,
    ManyToManyRawIdWidget,
    RelatedFieldWidgetWrapper,
)
from manoir.admin._widgets import (
    AdminBigIntegerFieldWidget,
    AdminDateWidget,
    AdminEmailInputWidget,
    AdminFileWidget,
    AdminIntegerFieldWidget,
    AdminRadioSelect,
    AdminSplitDateTime,
    AdminTextareaWidget,
    AdminTextInputWidget,
    AdminTimeWidget,
    AdminURLFieldWidget,
    AdminUUIDInputWidget,
    FilteredSelectMultiple,
)

__all__ = [
    "AdminBigIntegerFieldWidget",
    "AdminDateWidget",
    "AdminEmailInputWidget",
    "AdminFileWidget",
    "AdminIntegerFieldWidget",
    "AdminRadioSelect",
    "AdminSplitDateTime",
    "AdminTextInputWidget",
    "AdminTextareaWidget",
    "AdminTimeWidget",
    "AdminURLFieldWidget",
    "AdminUUIDInputWidget",
    "AutocompleteSelect",
    "AutocompleteSelectMultiple",
    "FilteredSelectMultiple",
    "ForeignKeyRawIdWidget",
    "ManyToManyRawIdWidget",
    "RelatedFieldWidgetWrapper",
]

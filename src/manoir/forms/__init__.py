"""Forms: fields that check what was sent, widgets that show them, and both made of a model.

The room's map:

- `_form`, `_declaration`, `_cleaning`: `Form`, its class, its hooks of two colours.
- `_fields/`, `_choices`: what a form asks for; `_widgets/`, `_attributes`, `_media`, `_assets`: how that looks in HTML.
- `_bound`, `_errors`, `_rendering`, `_renderers`, `templates/`: a form, its fields and its errors as HTML.
- `_model_form`, `_instances`, `_uniqueness`, `_model_fields`, `_model_choices`: forms made of models.
- `_formsets` (with `_management`, `_formset_factory`), `_model_formsets`, `_inline_formsets`, `_generic_formsets`: several forms of one kind on
  a page, of a model, of a parent's rows.
- `_checks`: what `manoir check` says about forms.
"""

from __future__ import annotations

from manoir.exceptions import NON_FIELD_ERRORS, ValidationError
from manoir.forms import _checks as _checks  # registers the checks of this room
from manoir.forms._assets import MediaAsset, Script, Stylesheet
from manoir.forms._attributes import flatatt
from manoir.forms._bound import BoundField, BoundWidget
from manoir.forms._declaration import DeclarativeFieldsMetaclass
from manoir.forms._errors import ErrorDict, ErrorList
from manoir.forms._fields import (
    BooleanField,
    CharField,
    ChoiceField,
    ComboField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    Field,
    FileField,
    FilePathField,
    FloatField,
    GenericIPAddressField,
    ImageField,
    IntegerField,
    JSONField,
    MultipleChoiceField,
    MultiValueField,
    NullBooleanField,
    RegexField,
    SlugField,
    SplitDateTimeField,
    TimeField,
    TypedChoiceField,
    TypedMultipleChoiceField,
    URLField,
    UUIDField,
)
from manoir.forms._form import BaseForm, Form
from manoir.forms._formset_factory import aall_valid, all_valid, formset_factory
from manoir.forms._formsets import (
    DELETION_FIELD_NAME,
    ORDERING_FIELD_NAME,
    BaseFormSet,
)
from manoir.forms._generic_formsets import (
    BaseGenericInlineFormSet,
    generic_inlineformset_factory,
    generic_key_of,
)
from manoir.forms._inline_formsets import (
    BaseInlineFormSet,
    InlineForeignKeyField,
    get_foreign_key,
    inlineformset_factory,
)
from manoir.forms._instances import ALL_FIELDS, construct_instance, fields_for_model, model_to_dict
from manoir.forms._management import ManagementForm
from manoir.forms._media import Media, MediaOrderConflictWarning
from manoir.forms._model_choices import (
    ModelChoiceField,
    ModelChoiceIterator,
    ModelChoiceIteratorValue,
    ModelMultipleChoiceField,
)
from manoir.forms._model_fields import formfield_for
from manoir.forms._model_form import BaseModelForm, ModelForm, ModelFormMetaclass, modelform_factory
from manoir.forms._model_formsets import BaseModelFormSet, modelformset_factory
from manoir.forms._renderers import BaseRenderer, TemplatesRenderer, TemplatesSetting, get_default_renderer
from manoir.forms._widgets import (
    CheckboxInput,
    CheckboxSelectMultiple,
    ChoiceWidget,
    ClearableFileInput,
    ColorInput,
    DateInput,
    DateTimeInput,
    EmailInput,
    FileInput,
    HiddenInput,
    Input,
    MultipleHiddenInput,
    MultiWidget,
    NullBooleanSelect,
    NumberInput,
    PasswordInput,
    RadioSelect,
    SearchInput,
    Select,
    SelectMultiple,
    SplitDateTimeWidget,
    SplitHiddenDateTimeWidget,
    TelInput,
    Textarea,
    TextInput,
    TimeInput,
    URLInput,
    Widget,
)

__all__ = [
    "ALL_FIELDS",
    "DELETION_FIELD_NAME",
    "NON_FIELD_ERRORS",
    "ORDERING_FIELD_NAME",
    "BaseForm",
    "BaseFormSet",
    "BaseGenericInlineFormSet",
    "BaseInlineFormSet",
    "BaseModelForm",
    "BaseModelFormSet",
    "BaseRenderer",
    "BooleanField",
    "BoundField",
    "BoundWidget",
    "CharField",
    "CheckboxInput",
    "CheckboxSelectMultiple",
    "ChoiceField",
    "ChoiceWidget",
    "ClearableFileInput",
    "ColorInput",
    "ComboField",
    "DateField",
    "DateInput",
    "DateTimeField",
    "DateTimeInput",
    "DecimalField",
    "DeclarativeFieldsMetaclass",
    "DurationField",
    "EmailField",
    "EmailInput",
    "ErrorDict",
    "ErrorList",
    "Field",
    "FileField",
    "FileInput",
    "FilePathField",
    "FloatField",
    "Form",
    "GenericIPAddressField",
    "HiddenInput",
    "ImageField",
    "InlineForeignKeyField",
    "Input",
    "IntegerField",
    "JSONField",
    "ManagementForm",
    "Media",
    "MediaAsset",
    "MediaOrderConflictWarning",
    "ModelChoiceField",
    "ModelChoiceIterator",
    "ModelChoiceIteratorValue",
    "ModelForm",
    "ModelFormMetaclass",
    "ModelMultipleChoiceField",
    "MultiValueField",
    "MultiWidget",
    "MultipleChoiceField",
    "MultipleHiddenInput",
    "NullBooleanField",
    "NullBooleanSelect",
    "NumberInput",
    "PasswordInput",
    "RadioSelect",
    "RegexField",
    "Script",
    "SearchInput",
    "Select",
    "SelectMultiple",
    "SlugField",
    "SplitDateTimeField",
    "SplitDateTimeWidget",
    "SplitHiddenDateTimeWidget",
    "Stylesheet",
    "TelInput",
    "TemplatesRenderer",
    "TemplatesSetting",
    "TextInput",
    "Textarea",
    "TimeField",
    "TimeInput",
    "TypedChoiceField",
    "TypedMultipleChoiceField",
    "URLField",
    "URLInput",
    "UUIDField",
    "ValidationError",
    "Widget",
    "aall_valid",
    "all_valid",
    "construct_instance",
    "fields_for_model",
    "flatatt",
    "formfield_for",
    "formset_factory",
    "generic_inlineformset_factory",
    "generic_key_of",
    "get_default_renderer",
    "get_foreign_key",
    "inlineformset_factory",
    "model_to_dict",
    "modelform_factory",
    "modelformset_factory",
]

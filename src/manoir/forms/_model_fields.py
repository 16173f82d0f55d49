"""Form fields for the fields of models: what `Field.formfield()` builds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manoir import models
from manoir.forms import _fields as forms
from manoir.forms._model_choices import ModelChoiceField, ModelMultipleChoiceField
from manoir.forms._widgets import PasswordInput, Textarea

Options = dict[str, Any]

CHOICE_OPTIONS = frozenset(
    {
        "coerce", "empty_value", "choices", "required", "widget", "label", "initial", "help_text", "error_messages",
        "show_hidden_initial", "disabled", "template_name", "bound_field_class", "label_suffix", "localize",
    }
)  # fmt: skip
"""Options that make sense for a field with choices, whatever the model's field takes."""


@models.register_formfield_builder
def formfield_for(
    field: Any, form_class: Any = None, choices_form_class: Any = None, **options: Any
) -> forms.Field | None:
    """Build the form field for a model's field.

    Args:
        field: the model's field.
        form_class: class of the form field; None takes the one that fits.
        choices_form_class: the same where the field has choices; None takes TypedChoiceField.
        **options: further arguments of the form field; they win.

    Returns:
        The form field.
    """
    if field.is_relation:
        built_class, defaults = relation(field)
        return (form_class or built_class)(**{**common(field, options), **defaults, **options})
    defaults = common(field, options)
    if field.choices is not None:
        return with_choices(field, choices_form_class, defaults, options)
    built_class, own = builder_of(field)(field)
    if getattr(field, "secret", False):
        own = {**own, "widget": PasswordInput}  # what is stored is never shown
    made: forms.Field = (form_class or built_class)(**{**defaults, **own, **options})
    return made


def common(field: Any, options: Options) -> Options:
    """What follows from the options of every model field."""
    words = str(field.verbose_name)
    label: Any = field.verbose_name if words[:1] == words[:1].upper() else words[:1].upper() + words[1:]
    defaults: Options = {"required": not field.blank, "label": label, "help_text": field.help_text}
    if field.has_default():
        defaults["initial"] = field.default if field.has_factory else field.get_default()
        if field.has_factory:
            defaults["show_hidden_initial"] = True
    elif field.has_db_default and not isinstance(field.db_default, models.Expr):
        defaults["initial"] = field.db_default
    return defaults


def with_choices(field: Any, choices_form_class: Any, defaults: Options, options: Options) -> forms.Field:
    """The form field of a field with choices."""
    include_blank = field.blank or not (field.has_default() or "initial" in options)
    defaults["choices"] = lambda: field.get_choices(include_blank=include_blank)
    defaults["coerce"] = lambda value: field.as_member(field.to_python(value))
    if field.null:
        defaults["empty_value"] = None
    if isinstance(field, models.BooleanField):
        defaults["required"] = not field.blank and not field.null
    known = {name: value for name, value in options.items() if name in CHOICE_OPTIONS}
    made: forms.Field = (choices_form_class or forms.TypedChoiceField)(**{**defaults, **known})
    return made


def relation(field: Any) -> tuple[Any, Options]:
    """Class and options of a relation's form field."""
    rows = field.related_model._default_manager.all()
    own: Options = {"queryset": rows, "limit_choices_to": field.remote_field.limit_choices_to}
    if field.many_to_many:
        return ModelMultipleChoiceField, own
    own["to_field_name"] = None if field.target_field.primary_key else field.target_field.name
    own["blank"] = field.blank
    return ModelChoiceField, own


# -- by class ---------------------------------------------------------------------------------------------------------

Builder = Callable[[Any], tuple[Any, Options]]
builders: dict[type[Any], Builder] = {}


def builds(*field_classes: type[Any]) -> Callable[[Builder], Builder]:
    """Register what builds the form field of these classes of model fields."""

    def register(builder: Builder) -> Builder:
        builders.update(dict.fromkeys(field_classes, builder))
        return builder

    return register


def builder_of(field: Any) -> Builder:
    """What builds a field: of its nearest known class, else of the one that `get_internal_type()` names."""
    for base in type(field).__mro__:
        if base in builders:
            return builders[base]
    named = getattr(models, field.get_internal_type(), None)
    return builders.get(named, text) if isinstance(named, type) else text


def plain(form_class: Any) -> Builder:
    """A builder without options of its own."""
    return lambda field: (form_class, {})


@builds(models.CharField)
def text(field: Any) -> tuple[Any, Options]:
    own: Options = {"max_length": field.max_length}
    if field.null:
        own["empty_value"] = None
    return forms.CharField, own


@builds(models.TextField)
def long_text(field: Any) -> tuple[Any, Options]:
    form_class, own = text(field)
    return form_class, {**own, "widget": Textarea}


@builds(models.EmailField)
def email(field: Any) -> tuple[Any, Options]:
    return forms.EmailField, text(field)[1]


@builds(models.URLField)
def url(field: Any) -> tuple[Any, Options]:
    return forms.URLField, text(field)[1]


@builds(models.SlugField)
def slug(field: Any) -> tuple[Any, Options]:
    return forms.SlugField, {**text(field)[1], "allow_unicode": field.allow_unicode}


@builds(models.GenericIPAddressField)
def address(field: Any) -> tuple[Any, Options]:
    return forms.GenericIPAddressField, {"protocol": field.protocol, "unpack_ipv4": field.unpack_ipv4}


@builds(models.FilePathField)
def file_path(field: Any) -> tuple[Any, Options]:
    own = {name: getattr(field, name) for name in ("path", "match", "recursive", "allow_files", "allow_folders")}
    return forms.FilePathField, own


@builds(models.PositiveIntegerField, models.PositiveSmallIntegerField, models.PositiveBigIntegerField)
def positive(field: Any) -> tuple[Any, Options]:
    return forms.IntegerField, {"min_value": 0}


@builds(models.DecimalField)
def decimal(field: Any) -> tuple[Any, Options]:
    return forms.DecimalField, {"max_digits": field.max_digits, "decimal_places": field.decimal_places}


@builds(models.BooleanField)
def boolean(field: Any) -> tuple[Any, Options]:
    # A box that has to be checked is no property of a column.
    return forms.NullBooleanField if field.null else forms.BooleanField, {"required": False}


@builds(models.JSONField)
def document(field: Any) -> tuple[Any, Options]:
    return forms.JSONField, {"encoder": field.encoder, "decoder": field.decoder}


@builds(models.FileField)
def file(field: Any) -> tuple[Any, Options]:
    return forms.FileField, {"max_length": field.max_length, "policy": field.policy}


@builds(models.ImageField)
def image(field: Any) -> tuple[Any, Options]:
    return forms.ImageField, {"max_length": field.max_length, "policy": field.policy}


builders.update(
    {
        models.IntegerField: plain(forms.IntegerField),
        models.FloatField: plain(forms.FloatField),
        models.DateField: plain(forms.DateField),
        models.DateTimeField: plain(forms.DateTimeField),
        models.TimeField: plain(forms.TimeField),
        models.DurationField: plain(forms.DurationField),
        models.UUIDField: plain(forms.UUIDField),
        models.BinaryField: plain(forms.CharField),
    }
)

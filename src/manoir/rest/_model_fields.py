"""From a model's field to the options of a serializer's field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manoir import models
from manoir.rest import fields
from manoir.rest.validators import UniqueValidator
from manoir.validators import (
    DecimalValidator,
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
)

Options = dict[str, Any]

FIELD_MAPPING: dict[type[Any], type[fields.Field]] = {
    models.AutoField: fields.IntegerField,
    models.BigIntegerField: fields.BigIntegerField,
    models.BooleanField: fields.BooleanField,
    models.CharField: fields.CharField,
    models.DateField: fields.DateField,
    models.DateTimeField: fields.DateTimeField,
    models.DecimalField: fields.DecimalField,
    models.DurationField: fields.DurationField,
    models.EmailField: fields.EmailField,
    models.Field: fields.ModelField,
    models.FileField: fields.FileField,
    models.FilePathField: fields.FilePathField,
    models.FloatField: fields.FloatField,
    models.GenericIPAddressField: fields.IPAddressField,
    models.ImageField: fields.ImageField,
    models.IntegerField: fields.IntegerField,
    models.JSONField: fields.JSONField,
    models.SlugField: fields.SlugField,
    models.TextField: fields.CharField,
    models.TimeField: fields.TimeField,
    models.URLField: fields.URLField,
    models.UUIDField: fields.UUIDField,
}
"""Serializer fields by the class of the model's field; subclasses take that of their nearest base."""

LIMITS: dict[Any, str] = {MaxValueValidator: "max_value", MinValueValidator: "min_value"}
LENGTHS: dict[Any, str] = {MaxLengthValidator: "max_length", MinLengthValidator: "min_length"}
FILE_PATH_OPTIONS = ("path", "match", "recursive", "allow_files", "allow_folders")
NUMBERS = (fields.IntegerField, fields.DurationField)
OWN_VALIDATORS = {
    models.EmailField: fields.EmailField, models.URLField: fields.URLField, models.SlugField: fields.SlugField,
    models.GenericIPAddressField: fields.IPAddressField,
}  # fmt: skip
"""Model fields whose default validators their serializer field brings along."""


def capfirst(words: str) -> str:
    """The words with a capital first letter."""
    return words[:1].upper() + words[1:]


def is_secret(field: Any) -> bool:
    """Tell whether a field of a model is one that is never shown (H38)."""
    return bool(getattr(field, "secret", False))


def needs_label(field: Any, field_name: str) -> bool:
    """Tell whether a model's field has words of its own, which its name would not give."""
    return capfirst(str(field.verbose_name)) != field_name.replace("_", " ").capitalize()


def common_options(field_name: str, field: Any) -> Options:
    """What follows from the options that every model field has."""
    options: Options = {}
    if field.verbose_name and needs_label(field, field_name):
        options["label"] = capfirst(str(field.verbose_name))
    if field.help_text:
        options["help_text"] = field.help_text
    return options


def standard_options(field_name: str, field: Any, field_class: type[Any]) -> Options:
    """Return the options of the serializer field for a column.

    Args:
        field_name: the serializer field's name.
        field: the model's field.
        field_class: class of the serializer field.
    """
    options = common_options(field_name, field)
    if issubclass(field_class, fields.ModelField):
        options["model_field"] = field
    if is_automatic(field):
        options["read_only"] = True
        source = field.output_field if field.generated else field
        return options if isinstance(source, models.FileField) else {**options, **kind_options(source)}
    if field.has_default() or field.has_db_default or field.blank or field.null:
        options["required"] = False
    if field.null:
        options["allow_null"] = True
    if field.blank and isinstance(field, (models.CharField, models.TextField)):
        options["allow_blank"] = True
    if field.choices is not None:
        options["choices"] = field.choices
        options.update({name: True for name in ("allow_blank",) if name in options})
        return {**options, **unique_options(field)}
    options.update(kind_options(field))
    validators = limits(field, field_class, options)
    unique = unique_options(field)
    extra = [*validators, *unique.get("validators", [])]
    if extra:
        options["validators"] = extra
    return options


def is_automatic(field: Any) -> bool:
    """Whether nobody may send a value: keys that are counted, and fields that nobody edits."""
    return isinstance(field, (models.AutoField, models.BigAutoField, models.SmallAutoField)) or not field.editable


def kind_options(field: Any) -> Options:
    """Options that only some kinds of fields have."""
    if isinstance(field, models.DecimalField):
        return {"max_digits": field.max_digits, "decimal_places": field.decimal_places}
    if isinstance(field, models.SlugField):
        return {"allow_unicode": field.allow_unicode}
    if isinstance(field, models.GenericIPAddressField):
        return {"protocol": field.protocol}
    if isinstance(field, models.JSONField):
        return {"encoder": field.encoder, "decoder": field.decoder}
    if isinstance(field, models.FilePathField):
        return {name: getattr(field, name) for name in FILE_PATH_OPTIONS}
    if isinstance(field, models.FileField):
        # The policy of a model's field is the gate for everybody who writes to it.
        return {"max_length": field.max_length, **({} if field.policy is None else {"policy": field.policy})}
    return {}


def limits(field: Any, field_class: type[Any], options: Options) -> list[Any]:
    """Put lengths and limits into `options`; return the validators that nothing else stands for."""
    if issubclass(field_class, fields.CharField):
        if getattr(field, "max_length", None) is not None:
            options["max_length"] = field.max_length
        if not issubclass(field_class, fields.IPAddressField) and isinstance(field, models.TextField):
            options["style"] = {"base_template": "textarea.html"}
    if issubclass(field_class, NUMBERS) and field.value_range is not None:
        options["min_value"], options["max_value"] = field.value_range
    kept: list[Any] = []
    if isinstance(field, models.JSONField) and field.schema is not None:
        kept.append(field.to_python)  # refuses what does not fit the schema
    brought = defaults_brought_along(field, field_class)
    for validator in field.validators:
        option = LIMITS.get(type(validator)) if issubclass(field_class, NUMBERS) else None
        option = option or (LENGTHS.get(type(validator)) if issubclass(field_class, fields.CharField) else None)
        limit = getattr(validator, "limit_value", None)
        if option is not None and not callable(limit):
            options[option] = tighter(option, options.get(option), limit)
        elif not isinstance(validator, DecimalValidator) and not any(validator is one for one in brought):
            kept.append(validator)
    return kept


def defaults_brought_along(field: Any, field_class: type[Any]) -> list[Any]:
    """The model field's default validators that the serializer field has as well."""
    for model_class, own in OWN_VALIDATORS.items():
        if isinstance(field, model_class) and issubclass(field_class, own):
            return list(field.default_validators)
    return list(field.default_validators) if isinstance(field, (models.CharField, models.TextField)) else []


def tighter(option: str, known: Any, limit: Any) -> Any:
    """The stricter one of two limits."""
    if known is None:
        return limit
    return max(known, limit) if option.startswith("min") else min(known, limit)


def unique_options(field: Any) -> Options:
    """The validator of a unique column."""
    if not field.unique:
        return {}
    message = field.error_messages.get("unique") if "unique" in (field._error_messages or {}) else None
    return {"validators": [UniqueValidator(field.model._default_manager, message=message)]}


def relation_options(field_name: str, relation: Any) -> tuple[Options, Any]:
    """Return the options of the serializer field for a relation, and the model it leads to.

    Args:
        field_name: the serializer field's name.
        relation: a ForeignKey, OneToOneField or ManyToManyField, or the far side of one.
    """
    model = relation.related_model
    if not relation.concrete and not hasattr(relation, "source_key"):  # the far side of a relation
        return {"many": relation.multiple, "queryset": model._default_manager}, model
    options: Options = {"queryset": model._default_manager, **common_options(field_name, relation)}
    limit = relation.get_limit_choices_to()
    if limit:
        options["queryset"] = model._default_manager.complex_filter(limit)
    if relation.many_to_many:
        options["many"] = True
        if not relation.remote_field.through._meta.auto_created:
            options["read_only"] = True  # rows between have values of their own, which no list of keys gives
    if not relation.editable:
        options["read_only"] = True
    if options.get("read_only"):
        del options["queryset"]
        return options, model
    if relation.has_default() or relation.blank or relation.null:
        options["required"] = False
    if relation.null and not relation.many_to_many:
        options["allow_null"] = True
    if relation.many_to_many and not relation.blank:
        options["allow_empty"] = False
    if relation.unique and not relation.many_to_many:
        options["validators"] = [UniqueValidator(relation.model._default_manager)]
    return options, model


def merged(options: Mapping[str, Any], extra: Mapping[str, Any]) -> Options:
    """The options of a field with those of `extra_kwargs`, without those that they contradict."""
    found: Options = dict(options)
    if extra.get("read_only"):
        for name in (
            "required", "default", "allow_blank", "min_length", "max_length", "min_value", "max_value", "validators",
            "queryset", "allow_empty",
        ):  # fmt: skip
            found.pop(name, None)
    if extra.get("required") and "default" in found:
        found.pop("default")
    if extra.get("read_only", found.get("read_only")):
        extra = {name: value for name, value in extra.items() if name != "required"}
    if "default" in extra and found.get("required") is False:
        found.pop("required")
    found.update(extra)
    return found

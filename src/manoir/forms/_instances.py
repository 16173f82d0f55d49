"""Between a model's instances and forms: which fields, their first values, and what a form puts into an instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from manoir import models
from manoir.exceptions import FieldError, nearest
from manoir.forms._fields import Field

if TYPE_CHECKING:
    from manoir.forms._form import BaseForm

ALL_FIELDS = "__all__"

Names = Sequence[str] | None
Words = Mapping[str, Any] | None


def form_fields(model: Any) -> Iterator[Any]:
    """The fields of a model that a form may have, in the order of their declaration."""
    options = model._meta
    yield from sorted([*options.concrete_fields, *options.many_to_many], key=lambda field: field.creation_counter)


def fields_for_model(
    model: Any,
    fields: Names = None,
    exclude: Names = None,
    widgets: Words = None,
    formfield_callback: Callable[..., Any] | None = None,
    localized_fields: Sequence[str] | str | None = None,
    labels: Words = None,
    help_texts: Words = None,
    error_messages: Words = None,
    field_classes: Words = None,
    *,
    apply_limit_choices_to: bool = True,
) -> dict[str, Any]:
    """Build the form fields of a model.

    Args:
        model: the model.
        fields: names of the fields, in order; None takes all that are editable.
        exclude: names to leave out.
        widgets: widgets by field.
        formfield_callback: `callback(field, **options)` that builds the form field instead of `field.formfield()`.
        localized_fields: names of fields that are written as the language in use does, or `"__all__"`.
        labels: labels by field.
        help_texts: help texts by field.
        error_messages: messages by field.
        field_classes: classes of form fields by field.
        apply_limit_choices_to: apply the relations' `limit_choices_to` at once.

    Returns:
        Form fields by name; None for a name in `fields` that the model does not have.

    Raises:
        FieldError: a name in `fields` cannot be edited.
    """
    found: dict[str, Any] = {}
    for field in form_fields(model):
        name = field.name
        if not field.editable:
            if fields is not None and name in fields and name not in (exclude or ()):
                raise FieldError(
                    f"The form names {name!r}, which nobody edits: {model._meta.object_name}.{name} has editable=False."
                )
            continue
        if (fields is not None and name not in fields) or name in (exclude or ()):
            continue
        options: dict[str, Any] = {}
        chosen = {"widget": widgets, "label": labels, "help_text": help_texts, "error_messages": error_messages,
                  "form_class": field_classes}  # fmt: skip
        options.update({option: by_name[name] for option, by_name in chosen.items() if by_name and name in by_name})
        if localized_fields == ALL_FIELDS or (localized_fields and name in localized_fields):
            options["localize"] = True
        made = field.formfield(**options) if formfield_callback is None else formfield_callback(field, **options)
        if made is None:
            continue
        if apply_limit_choices_to:
            limit_choices(made)
        found[name] = made
    if fields is None:
        return found
    return {name: found.get(name) for name in fields if name not in (exclude or ())}


def limit_choices(field: Field) -> None:
    """Apply `limit_choices_to` to the rows of a field."""
    if getattr(field, "queryset", None) is not None and hasattr(field, "get_limit_choices_to"):
        limit: Any = field.get_limit_choices_to()  # pyright: ignore[reportAttributeAccessIssue]
        if limit:
            field.queryset = field.queryset.complex_filter(limit)  # pyright: ignore[reportAttributeAccessIssue]


def unknown_fields(model: Any, names: Sequence[str]) -> FieldError:
    """The error for names that a model does not have."""
    known = [field.name for field in form_fields(model)]
    hints = "".join(nearest(name, known) for name in names[:1])
    return FieldError(f"The form names what {model._meta.object_name} does not have: {', '.join(names)}.{hints}")


def model_to_dict(instance: Any, fields: Names = None, exclude: Names = None) -> dict[str, Any]:
    """Return the values of an instance as a form's initial data.

    Args:
        instance: the instance; its many-to-many relations are read from the database.
        fields: names of the fields; None takes all.
        exclude: names to leave out.
    """
    values = first_values(instance, fields, exclude)
    return {name: value() if callable(value) else value for name, value in values.items()}


def first_values(instance: Any, fields: Names, exclude: Names) -> dict[str, Any]:
    """The same, with a function for each many-to-many relation: it is read when it is shown."""
    values: dict[str, Any] = {}
    for field in form_fields(instance):
        if not field.editable or (fields is not None and field.name not in fields) or field.name in (exclude or ()):
            continue
        values[field.name] = related_rows(instance, field) if field.many_to_many else shown_value(field, instance)
    return values


def related_rows(instance: Any, field: Any) -> Callable[[], list[Any]]:
    """A function that reads the rows of a many-to-many relation."""
    return lambda: [] if instance.pk is None else list(getattr(instance, field.name).all())


def shown_value(field: Any, instance: Any) -> Any:
    """The value of a column as a form shows it; nothing for one that the database will compute."""
    value = field.value_from_object(instance)
    if isinstance(value, models.DatabaseDefault):
        return None
    return field.get_prep_value(value) if getattr(field, "schema", None) is not None else value


def construct_instance(form: BaseForm, instance: Any, fields: Names = None, exclude: Names = None) -> Any:
    """Put the checked values of a form into an instance, without saving it.

    Args:
        form: a form that was checked.
        instance: the instance.
        fields: names of the fields; None takes all.
        exclude: names to leave out.

    Returns:
        The instance.
    """
    cleaned = form.cleaned_data
    # Files last: the function that names them may ask for the other values.
    for field in sorted(instance._meta.concrete_fields, key=lambda field: isinstance(field, models.FileField)):
        name = field.name
        if not field.editable or isinstance(field, models.AutoField) or name not in cleaned:
            continue
        if (fields is not None and name not in fields) or (exclude and name in exclude):
            continue
        if keeps_default(form, field):
            continue
        field.save_form_data(instance, cleaned[name])
    return instance


def keeps_default(form: BaseForm, field: Any) -> bool:
    """Whether nothing was sent for a field that has a default, so that the default holds."""
    if not (field.has_default() or field.has_db_default):
        return False
    bound = form[field.name]
    omitted = bound.field.widget.value_omitted_from_data(form.data, form.files, bound.html_name)
    empty = form.cleaned_data.get(field.name) in bound.field.empty_values
    return empty and (omitted or not field.has_default())

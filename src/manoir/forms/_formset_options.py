"""The options of factories of formsets, each explained once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypedDict

from manoir.exceptions import nearest
from manoir.forms._instances import Names
from manoir.forms._renderers import BaseRenderer


class FormSetOptions(TypedDict, total=False):
    """What a formset is like, whatever its forms are; see `formset_factory` for what stands for an option left out.

    Attributes:
        extra: empty forms after the filled ones.
        can_order: add a field ORDER to each form.
        can_delete: add a field DELETE to each form.
        can_delete_extra: the extra forms have a field DELETE too.
        max_num: forms that are shown at most; None is 1000.
        validate_max: refuse more than `max_num`.
        min_num: forms there are at least; None is 0.
        validate_min: refuse fewer than `min_num`.
        absolute_max: forms that are ever made of what was sent; None is 1000 more than `max_num`.
        renderer: where templates are found.
    """

    extra: int
    can_order: bool
    can_delete: bool
    can_delete_extra: bool
    max_num: int | None
    validate_max: bool
    min_num: int | None
    validate_min: bool
    absolute_max: int | None
    renderer: BaseRenderer | type[BaseRenderer] | None


class ModelFormOptions(TypedDict, total=False):
    """Which fields a form of a model has, and what they are like; `Meta` of the form says the rest.

    Attributes:
        fields: names of the fields, or `"__all__"`.
        exclude: names left out.
        formfield_callback: builds form fields instead of `field.formfield()`.
        widgets: widgets by field.
        localized_fields: names, or `"__all__"`.
        labels: labels by field.
        help_texts: help texts by field.
        error_messages: messages by field.
        field_classes: classes of form fields by field.
    """

    fields: Names | str
    exclude: Names
    formfield_callback: Callable[..., Any] | None
    widgets: Mapping[str, Any] | None
    localized_fields: Sequence[str] | str | None
    labels: Mapping[str, Any] | None
    help_texts: Mapping[str, Any] | None
    error_messages: Mapping[str, Any] | None
    field_classes: Mapping[str, Any] | None


class ModelFormSetOptions(FormSetOptions, ModelFormOptions, total=False):
    """Both, and what only formsets of rows have.

    Attributes:
        edit_only: rows can be changed but not added, whatever is sent.
    """

    edit_only: bool


def chosen(kind: Any, options: Mapping[str, Any]) -> Any:
    """Return those of some options that a class of options has."""
    return {name: value for name, value in options.items() if name in kind.__optional_keys__}


def refuse_unknown(factory: str, options: Iterable[str]) -> None:
    """Raise a TypeError for an option that formsets of models do not have."""
    known = ModelFormSetOptions.__optional_keys__
    for name in options:
        if name not in known:
            raise TypeError(
                f"{factory}() has no option {name!r}.{nearest(name, known)} Its options are: {', '.join(sorted(known))}."
            )

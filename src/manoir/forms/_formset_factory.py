"""`formset_factory` makes a class of formsets of a class of forms; `all_valid` checks several formsets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manoir.forms._form import BaseForm, made_renderer
from manoir.forms._formsets import DEFAULT_MAX_NUM, DEFAULT_MIN_NUM, BaseFormSet
from manoir.forms._renderers import BaseRenderer


def formset_factory(
    form: type[BaseForm],
    formset: type[BaseFormSet] = BaseFormSet,
    extra: int = 1,
    can_order: bool = False,
    can_delete: bool = False,
    max_num: int | None = None,
    validate_max: bool = False,
    min_num: int | None = None,
    validate_min: bool = False,
    absolute_max: int | None = None,
    can_delete_extra: bool = True,
    renderer: BaseRenderer | type[BaseRenderer] | None = None,
) -> type[Any]:
    """Make a class of formsets.

    Args:
        form: class of the forms.
        formset: class to derive from.
        extra: empty forms after the filled ones.
        can_order: add a field ORDER to each form.
        can_delete: add a field DELETE to each form.
        max_num: forms that are shown at most; None is 1000.
        validate_max: refuse more than `max_num`.
        min_num: forms there are at least; None is 0.
        validate_min: refuse fewer than `min_num`.
        absolute_max: forms that are ever made of what was sent; None is 1000 more than `max_num`.
        can_delete_extra: the extra forms have a field DELETE too.
        renderer: where templates are found.

    Raises:
        ValueError: `max_num` is above `absolute_max`.

    Example:
        >>> formset_factory(Form, extra=2)().total_form_count()
        2
    """
    shown = DEFAULT_MAX_NUM if max_num is None else max_num
    most = shown + DEFAULT_MAX_NUM if absolute_max is None else absolute_max
    if shown > most:
        raise ValueError(f"max_num ({shown}) must not be above absolute_max ({most}).")
    attrs: dict[str, Any] = {
        "form": form, "extra": extra, "can_order": can_order, "can_delete": can_delete,
        "can_delete_extra": can_delete_extra, "min_num": DEFAULT_MIN_NUM if min_num is None else min_num,
        "max_num": shown, "absolute_max": most, "validate_min": validate_min, "validate_max": validate_max,
        "__module__": form.__module__,
    }  # fmt: skip
    own = renderer or form.default_renderer
    if own is not None:
        attrs["renderer"] = made_renderer(own)
    return type(f"{form.__name__}FormSet", (formset,), attrs)


def all_valid(formsets: Sequence[BaseFormSet]) -> bool:
    """Return whether all formsets are valid; each is checked, so that all show their errors."""
    answers = [formset.is_valid() for formset in formsets]
    return all(answers)


async def aall_valid(formsets: Sequence[BaseFormSet]) -> bool:
    """The same in a coroutine."""
    answers = [await formset.ais_valid() for formset in formsets]
    return all(answers)

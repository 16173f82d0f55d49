"""Inline formsets: the rows that point to one parent by a foreign key, edited together with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from manoir import models
from manoir.bridge import hook, twin
from manoir.exceptions import nearest
from manoir.forms._fields import Field
from manoir.forms._form import Data
from manoir.forms._model_form import BaseModelForm, ModelForm
from manoir.forms._model_formsets import BaseModelFormSet, modelformset_factory
from manoir.forms._widgets import HiddenInput
from manoir.i18n import gettext_lazy as _

DEFAULT_EXTRA = 3


class InlineForeignKeyField(Field):
    """The hidden parent of a row: always the formset's own parent; any other value is refused.

    Args:
        parent_instance: the parent.
        to_field: name of the parent's field that the key points to; None is the primary key.
        ignored: take no notice of a parent that was sent: the rows are copied to a new one.
    """

    widget = HiddenInput
    is_parent: ClassVar[bool] = True
    """The formset has the row: nobody has to ask whether it is there."""
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_choice": _("This row belongs to another parent. Load the page again."),
    }

    def __init__(
        self,
        parent_instance: Any,
        *args: Any,
        pk_field: bool = False,
        to_field: str | None = None,
        ignored: bool = False,
        **options: Any,
    ) -> None:
        self.ignored = ignored
        self.parent_instance = parent_instance
        self.pk_field = pk_field
        self.to_field = to_field
        options["required"] = False
        options["initial"] = self.key
        super().__init__(*args, **options)

    @property
    def key(self) -> Any:
        """The value that stands for the parent; None for one that is not saved yet."""
        if self.parent_instance._state.adding:
            return None
        return getattr(self.parent_instance, self.to_field) if self.to_field else self.parent_instance.pk

    def clean(self, value: Any) -> Any:
        """Return the parent."""
        if not self.ignored and value not in self.empty_values and str(value) != str(self.key):
            raise self.error("invalid_choice", value=value)
        return None if self.pk_field else self.parent_instance

    def has_changed(self, initial: Any, data: Any) -> bool:
        """The parent never changes."""
        return False


class BaseInlineFormSet(BaseModelFormSet):
    """What inline formsets do; `inlineformset_factory` makes a class of two models.

    Args:
        data: what was sent; None makes an unbound formset.
        files: the files that were sent.
        instance: the parent; None is a new one.
        save_as_new: save all forms as new rows of the parent.
        prefix: stands before each name in HTML; None takes the name of the reverse relation.
        queryset: rows to choose the parent's from; None takes all of the model.
        **options: further options of a formset.

    Attributes:
        fk: the foreign key.
        instance: the parent.
    """

    fk: ClassVar[Any] = None

    def __init__(
        self,
        data: Data | None = None,
        files: Data | None = None,
        instance: Any = None,
        save_as_new: bool = False,
        prefix: str | None = None,
        queryset: Any = None,
        **options: Any,
    ) -> None:
        self.instance = self.fk.remote_field.model() if instance is None else instance
        self.save_as_new = save_as_new
        rows = self.model._default_manager.get_queryset() if queryset is None else queryset
        unsaved = self.instance.pk is None or self.instance._state.adding
        rows = rows.none() if unsaved else rows.filter(**{self.fk.name: self.instance})
        self.unique_fields = (self.fk.name,)
        super().__init__(data, files, prefix=prefix, queryset=rows, **options)

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return the name of the reverse relation."""
        rel = cls.fk.remote_field
        name = rel.accessor_name or rel.related_name
        return str(name or "").replace("+", "") or cls.model._meta.model_name

    def initial_form_count(self) -> int:
        """Return the number of rows; none when all are saved as new."""
        return 0 if self.save_as_new else super().initial_form_count()

    def _ignores_new_keys(self) -> bool:
        return self.save_as_new

    def _parent_value(self) -> Any:
        return getattr(self.instance, self.fk.target_field.attname)

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)
        # Before the form is checked: the parent counts for constraints.
        setattr(form.instance, self.fk.attname, self._parent_value())
        return form

    def _empty_form_options(self) -> dict[str, Any]:
        return {"instance": self.model(**{self.fk.attname: self._parent_value()})}

    def add_fields(self, form: Any, index: int | None) -> None:
        """Hook: add fields to a form; call `super()`, which adds the parent's key and the row's."""
        super().add_fields(form, index)
        target = self.fk.target_field
        to_field = None if target.primary_key else target.attname
        if self.fk.primary_key and index is not None and index < self.initial_form_count():
            return  # the key of the row is the parent's
        form.fields[self.fk.name] = InlineForeignKeyField(
            self.instance,
            pk_field=self.fk.primary_key,
            to_field=to_field,
            ignored=self.save_as_new,
            label=self.fk.verbose_name,
        )

    @hook
    async def asave_new(self, form: Any, commit: bool = True) -> Any:
        """Hook: save a new row of the parent, and return it."""
        setattr(form.instance, self.fk.name, self.instance)  # the parent may have been saved just now
        return await super().asave_new(form, commit=commit)

    save_new = twin(asave_new)

    def get_unique_error_message(self, unique_check: Any) -> Any:
        """Return the words for values that were sent twice; the parent is not named."""
        return super().get_unique_error_message([name for name in unique_check if name != self.fk.name])


def get_foreign_key(parent_model: Any, model: Any, fk_name: str | None = None, can_fail: bool = False) -> Any:
    """Return the foreign key of a model to its parent.

    Args:
        parent_model: the model it points to.
        model: the model that has it.
        fk_name: its name; needed where there are several.
        can_fail: return None where there is none.

    Raises:
        ValueError: there is none of that name, none at all, or more than one.
    """
    family = {cls for cls in parent_model.__mro__ if "_meta" in vars(cls) and not cls._meta.abstract}
    family |= {cls._meta.concrete_model for cls in family}
    keys = [
        field
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and field.remote_field.model in family
    ]
    names = [field.name for field in keys]
    if fk_name is not None:
        named = [field for field in keys if field.name == fk_name]
        if not named:
            raise ValueError(
                f"{model.__name__} has no foreign key {fk_name!r} to {parent_model.__name__}.{nearest(fk_name, names)}"
            )
        return named[0]
    if len(keys) == 1:
        return keys[0]
    if not keys and can_fail:
        return None
    if not keys:
        raise ValueError(f"{model.__name__} has no foreign key to {parent_model.__name__}.")
    raise ValueError(
        f"{model.__name__} has more than one foreign key to {parent_model.__name__}: {', '.join(names)}. "
        f"Say which with fk_name."
    )


def inlineformset_factory(
    parent_model: Any,
    model: Any,
    form: type[BaseModelForm[Any]] = ModelForm,
    formset: type[BaseInlineFormSet] = BaseInlineFormSet,
    fk_name: str | None = None,
    fields: Any = None,
    exclude: Any = None,
    extra: int = DEFAULT_EXTRA,
    can_order: bool = False,
    can_delete: bool = True,
    max_num: int | None = None,
    formfield_callback: Any = None,
    widgets: Mapping[str, Any] | None = None,
    validate_max: bool = False,
    localized_fields: Any = None,
    labels: Mapping[str, Any] | None = None,
    help_texts: Mapping[str, Any] | None = None,
    error_messages: Mapping[str, Any] | None = None,
    min_num: int | None = None,
    validate_min: bool = False,
    field_classes: Mapping[str, Any] | None = None,
    absolute_max: int | None = None,
    can_delete_extra: bool = True,
    renderer: Any = None,
    edit_only: bool = False,
) -> type[Any]:
    """Make a class of formsets of the rows that point to a parent.

    Args:
        parent_model: the model of the parent.
        model: the model of the rows.
        form: the form to derive from.
        formset: the formset to derive from.
        fk_name: name of the foreign key; needed where there are several.
        fields: names of the fields, or `"__all__"`.
        exclude: names left out.
        extra: empty forms after the filled ones.
        can_order: add a field ORDER to each form.
        can_delete: add a field DELETE to each form.
        max_num: forms that are shown at most; None is 1000.
        formfield_callback: builds form fields instead of `field.formfield()`.
        widgets: widgets by field.
        validate_max: refuse more than `max_num`.
        localized_fields: names, or `"__all__"`.
        labels: labels by field.
        help_texts: help texts by field.
        error_messages: messages by field.
        min_num: forms there are at least; None is 0.
        validate_min: refuse fewer than `min_num`.
        field_classes: classes of form fields by field.
        absolute_max: forms that are ever made of what was sent; None is 1000 more than `max_num`.
        can_delete_extra: the extra forms have a field DELETE too.
        renderer: where templates are found.
        edit_only: rows can be changed but not added, whatever is sent.

    Raises:
        ValueError: there is no foreign key, or more than one and no `fk_name`.

    Example:
        >>> inlineformset_factory(Author, Book, fields=["title"])  # doctest: +SKIP
        <class 'BookFormFormSet'>
    """
    fk = get_foreign_key(parent_model, model, fk_name)
    if fk.unique:
        max_num = 1  # one parent, one row
    made = modelformset_factory(
        model, form=form, formfield_callback=formfield_callback, formset=formset, extra=extra, can_delete=can_delete,
        can_order=can_order, fields=fields, exclude=exclude, min_num=min_num, max_num=max_num, widgets=widgets,
        validate_min=validate_min, validate_max=validate_max, localized_fields=localized_fields, labels=labels,
        help_texts=help_texts, error_messages=error_messages, field_classes=field_classes, absolute_max=absolute_max,
        can_delete_extra=can_delete_extra, renderer=renderer, edit_only=edit_only,
    )  # fmt: skip
    made.fk = fk
    return made

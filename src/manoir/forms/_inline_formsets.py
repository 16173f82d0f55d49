"""Inline formsets: the rows that point to one parent by a foreign key, edited together with it."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import Unpack

from manoir import models
from manoir.bridge import hook, twin
from manoir.exceptions import nearest
from manoir.forms._fields import Field
from manoir.forms._form import Data
from manoir.forms._formset_options import ModelFormSetOptions, refuse_unknown
from manoir.forms._model_form import BaseModelForm, ModelForm
from manoir.forms._model_formsets import BaseModelFormSet, modelformset_factory
from manoir.forms._widgets import HiddenInput
from manoir.i18n import gettext_lazy as _

DEFAULTS: ModelFormSetOptions = {"extra": 3, "can_delete": True}
"""How formsets of rows of a parent differ from others, unless told."""


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
    **options: Unpack[ModelFormSetOptions],
) -> type[Any]:
    """Make a class of formsets of the rows that point to a parent; with three extra forms, and rows that can be deleted.

    Args:
        parent_model: the model of the parent.
        model: the model of the rows.
        form: the form to derive from.
        formset: the formset to derive from.
        fk_name: name of the foreign key; needed where there are several.
        **options: see `ModelFormSetOptions`.

    Raises:
        ValueError: there is no foreign key, or more than one and no `fk_name`.
        TypeError: there is no such option.

    Example:
        >>> inlineformset_factory(Author, Book, fields=["title"])  # doctest: +SKIP
        <class 'BookFormFormSet'>
    """
    refuse_unknown("inlineformset_factory", options)
    fk = get_foreign_key(parent_model, model, fk_name)
    if fk.unique:
        options["max_num"] = 1  # one parent, one row
    made = modelformset_factory(model, form=form, formset=formset, **{**DEFAULTS, **options})
    made.fk = fk
    return made

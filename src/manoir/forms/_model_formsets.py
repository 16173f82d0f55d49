"""Formsets of a model: rows are shown, changed, deleted and added together.

Which row a form changes is said by a hidden key, which is checked against the formset's own queryset: one query for all
keys. What is sent can therefore never reach a row outside of the queryset, one row twice, or a new row with a key of the
visitor's choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import Unpack

from manoir import models
from manoir.bridge import atwin, hook, lazy_property, twin
from manoir.db import router, transaction
from manoir.exceptions import FieldTypeError, ValidationError
from manoir.forms._errors import ErrorList
from manoir.forms._fields import Field
from manoir.forms._form import Data
from manoir.forms._formset_factory import formset_factory
from manoir.forms._formset_options import (
    FormSetOptions,
    ModelFormOptions,
    ModelFormSetOptions,
    chosen,
    refuse_unknown,
)
from manoir.forms._formsets import BaseFormSet
from manoir.forms._model_choices import read_together
from manoir.forms._model_form import BaseModelForm, ModelForm, modelform_factory
from manoir.forms._widgets import HiddenInput
from manoir.i18n import gettext_lazy as _


class RowKeyField(Field):
    """The hidden key of a row. The formset has found the row; this field only accepts that row's key.

    Args:
        row: the row; None for a new one, which has no key.
        ignored: take no notice of a key that was sent.
    """

    widget = HiddenInput
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_choice": _("This row is not among those that can be changed here. Load the page again."),
        "unexpected": _("A new row cannot bring a key. Load the page again."),
    }

    def __init__(self, row: Any = None, *, required: bool = False, ignored: bool = False, **options: Any) -> None:
        super().__init__(required=required, initial=None if row is None else row.pk, **options)
        self.row = row
        self.ignored = ignored

    def clean(self, value: Any) -> Any:
        """Return the row; None for a new one."""
        if self.row is not None:
            return self.row
        if self.required:
            raise self.error("invalid_choice", value=value)
        if value not in self.empty_values and not self.ignored:
            raise self.error("unexpected", value=value)
        return None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """A key alone changes nothing, except that a key where there must be none is looked at."""
        return self.row is None and not self.ignored and data not in self.empty_values


class BaseModelFormSet(BaseFormSet):
    """What formsets of a model do; `modelformset_factory` makes a class of a model.

    Args:
        data: what was sent; None makes an unbound formset.
        files: the files that were sent.
        auto_id: format of the widgets' ids.
        prefix: stands before each name in HTML.
        queryset: the rows; None takes all of the model.
        initial: first values of the extra forms.
        **options: further options of a formset.

    Attributes:
        model: the model.
        edit_only: rows can be changed but not added, whatever is sent.
        new_objects: after `save()`: the rows that were added.
        changed_objects: after `save()`: pairs of a row and the names of its changed fields.
        deleted_objects: after `save()`: the rows that were deleted.
    """

    model: ClassVar[Any] = None
    edit_only: bool = False
    unique_fields: Sequence[str] = ()
    new_objects: list[Any]
    changed_objects: list[tuple[Any, list[str]]]
    deleted_objects: list[Any]

    def __init__(
        self,
        data: Data | None = None,
        files: Data | None = None,
        auto_id: Any = "id_%s",
        prefix: str | None = None,
        queryset: Any = None,
        *,
        initial: Sequence[Mapping[str, Any]] | None = None,
        error_class: type[ErrorList] = ErrorList,
        form_kwargs: Mapping[str, Any] | None = None,
        error_messages: Mapping[str, Any] | None = None,
    ) -> None:
        self.queryset = queryset
        self.initial_extra = initial
        super().__init__(
            data,
            files,
            auto_id,
            prefix,
            error_class=error_class,
            form_kwargs=form_kwargs,
            error_messages=error_messages,
        )

    # -- rows -------------------------------------------------------------------------------------------------------

    def get_queryset(self) -> Any:
        """Return the rows of this formset, in an order."""
        return self._queryset

    @lazy_property
    def _queryset(self) -> Any:
        rows = self.model._default_manager.get_queryset() if self.queryset is None else self.queryset.all()
        return rows if rows.ordered or rows.query.is_sliced else rows.order_by(self.model._meta.pk.name)

    def initial_form_count(self) -> int:
        """Return the number of rows: those of the queryset, or as sent."""
        return super().initial_form_count() if self.is_bound else len(self.get_queryset())

    def total_form_count(self) -> int:
        """Return the number of forms; with `edit_only` there is none for a new row."""
        return self.initial_form_count() if self.edit_only else super().total_form_count()

    def _sent_key(self, number: int) -> Any:
        """The key that was sent for a form, as the model's Python value; None for what cannot be one."""
        pk = self.model._meta.pk
        value = self.data.get(f"{self.add_prefix(number)}-{pk.name}")
        if value is None or value == "":
            return None
        try:
            return pk.target_field.to_python(value) if pk.is_relation else pk.to_python(value)
        except (ValidationError, FieldTypeError, ValueError, TypeError):
            return None

    @lazy_property
    def _found_rows(self) -> list[Any]:
        """The row of each first form, in order; None where its key is wrong or was there before."""
        count = self.initial_form_count()
        if not self.is_bound:
            return list(self.get_queryset())[:count]
        keys = [self._sent_key(number) for number in range(count)]
        wanted = {key for key in keys if key is not None}
        rows: Any = self.get_queryset()
        if not wanted:
            rows = ()
        elif not rows.query.is_sliced:
            rows = rows.filter(pk__in=wanted)
        by_key: dict[Any, Any] = {row.pk: row for row in rows}
        return [None if key is None else by_key.pop(key, None) for key in keys]

    # -- forms ------------------------------------------------------------------------------------------------------

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        first = self.initial_form_count()
        if i < first:
            row = self._found_rows[i]
            if row is not None:
                kwargs["instance"] = row
        elif self.initial_extra and i - first < len(self.initial_extra):
            kwargs.setdefault("initial", self.initial_extra[i - first])
        form = super()._construct_form(i, **kwargs)
        form._saved_if_changed = i < first
        return form

    def _ignores_new_keys(self) -> bool:
        return False

    def add_fields(self, form: Any, index: int | None) -> None:
        """Hook: add fields to a form; call `super()`, which adds the row's key."""
        pk = self.model._meta.pk
        first = index is not None and index < self.initial_form_count()
        if first:
            assert index is not None
            form.fields[pk.name] = RowKeyField(self._found_rows[index], required=True)
        elif pk.name not in form.fields or not pk.editable:
            form.fields[pk.name] = RowKeyField(ignored=self._ignores_new_keys())
        super().add_fields(form, index)

    # -- checking ---------------------------------------------------------------------------------------------------

    def _check_bound(self) -> None:
        if self.management_form.is_valid():
            read_together(self.forms)
        super()._check_bound()

    @hook
    def clean(self) -> None:
        """Hook: check the formset as a whole. Call `super().clean()`, or uniqueness among the forms is not checked."""
        self.validate_unique()

    @hook
    def validate_unique(self) -> None:
        """Hook: refuse values that must be unique and were sent twice.

        Raises:
            ValidationError: there are some.
        """
        forms = [form for form in self.forms if form.is_valid() and not self._is_going(form) and form.cleaned_data]
        problems: list[Any] = []
        for names in self._unique_groups():
            seen: set[tuple[Any, ...]] = set()
            for form in forms:
                values = self._values_of(form, names)
                if values is None:
                    continue
                if values in seen:
                    problems.append(self.get_unique_error_message(names))
                    form.add_error(None, self.get_form_error())
                    for name in names:
                        form.cleaned_data.pop(name, None)
                seen.add(values)
        if problems:
            raise ValidationError(problems)

    avalidate_unique = atwin(validate_unique, waits=True)

    def _unique_groups(self) -> list[tuple[str, ...]]:
        options = self.model._meta
        groups = [(field.name,) for field in options.fields if field.unique and not field.primary_key]
        groups += [tuple(group) for group in options.unique_together]
        for constraint in options.constraints:
            names = tuple(getattr(constraint, "fields", ()) or ())
            plain = getattr(constraint, "condition", None) is None
            if isinstance(constraint, models.UniqueConstraint) and names and plain:
                groups.append(names)
        return list(dict.fromkeys(groups))

    def _values_of(self, form: Any, names: Sequence[str]) -> tuple[Any, ...] | None:
        """The values of a form that must differ from the others'; None where it has none."""
        values: list[Any] = []
        for name in names:
            value = form.cleaned_data.get(name)
            if name not in form.fields and name in self.unique_fields:
                value = getattr(form.instance, self.model._meta.get_field(name).attname)
            if value is None or (value == "" and name not in form.fields):
                return None
            value = value.pk if isinstance(value, models.Model) else value
            try:
                hash(value)
            except TypeError:
                value = repr(value)
            values.append(value)
        return tuple(values)

    def get_unique_error_message(self, unique_check: Sequence[str]) -> Any:
        """Return the words for values that were sent twice."""
        return _("Sent twice: %(names)s. Each may be there once.") % {"names": ", ".join(unique_check)}

    def get_form_error(self) -> Any:
        """Return the words beside the form that repeats another one."""
        return _("This repeats what another form says.")

    # -- saving -----------------------------------------------------------------------------------------------------

    @hook
    async def asave_new(self, form: Any, commit: bool = True) -> Any:
        """Hook: save a new row, and return it."""
        return await form.asave(commit=commit)

    save_new = twin(asave_new)

    @hook
    async def asave_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        """Hook: save a changed row, and return it."""
        return await form.asave(commit=commit)

    save_existing = twin(asave_existing)

    @hook
    async def adelete_existing(self, obj: Any, commit: bool = True) -> None:
        """Hook: delete a row, unless `commit` is False."""
        if commit:
            await obj.adelete()

    delete_existing = twin(adelete_existing)

    @hook
    async def asave(self, commit: bool = True) -> list[Any]:
        """Save all forms that were changed, and delete the rows that are to be deleted: all or nothing.

        Args:
            commit: False writes nothing: save the rows that are returned, delete `deleted_objects`, then call
                `save_m2m()`.

        Returns:
            The rows that were changed and added.

        Raises:
            ValueError: the formset has errors.
        """
        if not await self.ais_valid():
            raise ValueError(f"{type(self).__name__} cannot be saved: it has errors. Ask is_valid() first.")
        self._saved_forms: list[Any] = []
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []
        if not commit:
            return await self._asave_all(commit)
        async with transaction.atomic(using=self.get_queryset()._db or router.db_for_write(self.model)):
            return await self._asave_all(commit)

    save = twin(asave)

    async def _asave_all(self, commit: bool) -> list[Any]:
        return [*await self.asave_existing_objects(commit), *await self.asave_new_objects(commit)]

    @hook
    async def asave_existing_objects(self, commit: bool = True) -> list[Any]:
        """Hook: save the rows that were changed and delete those that are to be deleted; return the changed ones."""
        saved: list[Any] = []
        for form in self.initial_forms:
            row = form.instance
            if row.pk is None or row._state.adding:
                continue
            if self._is_going(form):
                self.deleted_objects.append(row)
                await self.adelete_existing(row, commit=commit)
            elif form.has_changed():
                self.changed_objects.append((row, form.changed_data))
                saved.append(await self.asave_existing(form, row, commit=commit))
                self._saved_forms.append(form)
        return saved

    save_existing_objects = twin(asave_existing_objects)

    @hook
    async def asave_new_objects(self, commit: bool = True) -> list[Any]:
        """Hook: save the forms of new rows that were filled in; return the rows."""
        for form in [] if self.edit_only else self.extra_forms:
            if form.has_changed() and not self._is_going(form):
                self.new_objects.append(await self.asave_new(form, commit=commit))
                self._saved_forms.append(form)
        return self.new_objects

    save_new_objects = twin(asave_new_objects)

    @hook
    async def asave_m2m(self) -> None:
        """Save the many-to-many relations; for after `save(commit=False)`."""
        for form in self._saved_forms:
            await form.asave_m2m()

    save_m2m = twin(asave_m2m)


def modelformset_factory(
    model: Any,
    form: type[BaseModelForm[Any]] = ModelForm,
    *,
    formset: type[BaseModelFormSet] = BaseModelFormSet,
    **options: Unpack[ModelFormSetOptions],
) -> type[Any]:
    """Make a class of formsets of a model.

    Args:
        model: the model.
        form: the form to derive from.
        formset: the formset to derive from.
        **options: see `ModelFormSetOptions`.

    Raises:
        ImproperlyConfigured: neither `fields` nor `exclude` is given, here or in the form's Meta.
        TypeError: there is no such option.

    Example:
        >>> modelformset_factory(Book, fields=["title"], extra=0)  # doctest: +SKIP
        <class 'BookFormFormSet'>
    """
    refuse_unknown("modelformset_factory", options)
    row_form = modelform_factory(model, form=form, **chosen(ModelFormOptions, options))
    made = formset_factory(row_form, formset, **chosen(FormSetOptions, options))
    made.model = model
    made.edit_only = options.get("edit_only", False)
    return made

"""Generic inline formsets: the rows that point to one object by a content type and a key, edited together with it."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import Unpack

from manoir.bridge import hook, twin
from manoir.exceptions import nearest
from manoir.forms._form import Data
from manoir.forms._formset_options import ModelFormSetOptions, refuse_unknown
from manoir.forms._inline_formsets import DEFAULTS
from manoir.forms._model_form import BaseModelForm, ModelForm
from manoir.forms._model_formsets import BaseModelFormSet, modelformset_factory


class BaseGenericInlineFormSet(BaseModelFormSet):
    """What generic inline formsets do; `generic_inlineformset_factory` makes a class of a model.

    Args:
        data: what was sent; None makes an unbound formset.
        files: the files that were sent.
        instance: the object that the rows point to; None is one that is not saved yet.
        save_as_new: save all forms as new rows of the object.
        prefix: stands before each name in HTML; None takes the names of app, model and fields.
        queryset: rows to choose the object's from; None takes all of the model.
        **options: further options of a formset.

    Attributes:
        ct_field: the foreign key to ContentType.
        ct_fk_field: the field with the key of the object.
        for_concrete_model: a proxy counts as the model it stands for.
        instance: the object.
    """

    ct_field: ClassVar[Any] = None
    ct_fk_field: ClassVar[Any] = None
    for_concrete_model: ClassVar[bool] = True

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
        self.instance = instance
        self.save_as_new = save_as_new
        rows = self.model._default_manager.get_queryset() if queryset is None else queryset
        if instance is None or instance.pk is None or instance._state.adding:
            rows = rows.none()
        else:
            # By the names of the model: its content type need not be read to make the formset.
            kind = instance._meta.concrete_model._meta if self.for_concrete_model else instance._meta
            name = self.ct_field.name
            rows = rows.filter(
                **{
                    f"{name}__app_label": kind.app_label,
                    f"{name}__model": kind.model_name,
                    self.ct_fk_field.name: instance.pk,
                }
            )
        super().__init__(data, files, prefix=prefix, queryset=rows, **options)

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return the names of app, model and the two fields, with hyphens."""
        options = cls.model._meta
        return f"{options.app_label}-{options.model_name}-{cls.ct_field.name}-{cls.ct_fk_field.name}"

    def initial_form_count(self) -> int:
        """Return the number of rows; none when all are saved as new."""
        return 0 if self.save_as_new else super().initial_form_count()

    def _ignores_new_keys(self) -> bool:
        return self.save_as_new

    @hook
    async def asave_new(self, form: Any, commit: bool = True) -> Any:
        """Hook: save a new row of the object, and return it."""
        kinds = self.ct_field.related_model.objects
        kind = await kinds.aget_for_model(self.instance, for_concrete_model=self.for_concrete_model)
        setattr(form.instance, self.ct_field.attname, kind.pk)
        setattr(form.instance, self.ct_fk_field.attname, self.instance.pk)
        return await super().asave_new(form, commit=commit)

    save_new = twin(asave_new)


def generic_key_of(model: Any, ct_field: str, fk_field: str) -> tuple[Any, Any]:
    """Return the two fields of a model's generic key.

    Raises:
        ValueError: the model has no such fields, or the first is no foreign key to ContentType.
    """
    found: list[Any] = []
    names = [field.name for field in model._meta.fields]
    for name in (ct_field, fk_field):
        if name not in names:
            raise ValueError(f"{model.__name__} has no field {name!r}.{nearest(name, names)}")
        found.append(model._meta.get_field(name))
    kind = found[0].related_model if found[0].is_relation else None
    if kind is None or kind._meta.label != "contenttypes.ContentType":
        raise ValueError(f"{model.__name__}.{ct_field} is no foreign key to ContentType.")
    return found[0], found[1]


def generic_inlineformset_factory(
    model: Any,
    form: type[BaseModelForm[Any]] = ModelForm,
    formset: type[BaseGenericInlineFormSet] = BaseGenericInlineFormSet,
    ct_field: str = "content_type",
    fk_field: str = "object_id",
    for_concrete_model: bool = True,
    **options: Unpack[ModelFormSetOptions],
) -> type[Any]:
    """Make a class of formsets of the rows that point to an object by a content type and a key.

    They have three extra forms, and rows that can be deleted, unless the options say otherwise.

    Args:
        model: the model of the rows.
        form: the form to derive from.
        formset: the formset to derive from.
        ct_field: name of the foreign key to ContentType.
        fk_field: name of the field with the key.
        for_concrete_model: a proxy counts as the model it stands for.
        **options: see `ModelFormSetOptions`; the two fields of the key are always left out.

    Raises:
        ValueError: the model has no such key.
        TypeError: there is no such option.

    Example:
        >>> generic_inlineformset_factory(Tag, fields=["label"])  # doctest: +SKIP
        <class 'TagFormFormSet'>
    """
    refuse_unknown("generic_inlineformset_factory", options)
    kind, key = generic_key_of(model, ct_field, fk_field)
    options["exclude"] = [*(options.get("exclude") or ()), kind.name, key.name]
    made = modelformset_factory(model, form=form, formset=formset, **{**DEFAULTS, **options})
    made.ct_field, made.ct_fk_field, made.for_concrete_model = kind, key, for_concrete_model
    return made

"""`ModelForm`: a form made of a model, that checks and saves an instance of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic

from typing_extensions import TypeVar

from manoir import bridge
from manoir.bridge import atwin, hook, twin
from manoir.db import transaction
from manoir.exceptions import NON_FIELD_ERRORS, ImproperlyConfigured, IntegrityError, ValidationError
from manoir.forms._declaration import DeclarativeFieldsMetaclass, finish_class
from manoir.forms._errors import ErrorList
from manoir.forms._fields import Field
from manoir.forms._form import BaseForm, Data
from manoir.forms._instances import (
    ALL_FIELDS,
    Names,
    construct_instance,
    fields_for_model,
    first_values,
    form_fields,
    limit_choices,
    unknown_fields,
)
from manoir.forms._model_choices import ModelChoiceField
from manoir.forms._renderers import BaseRenderer
from manoir.forms._uniqueness import asks_as_usual, surely_holds
from manoir.models import QuerySet

M = TypeVar("M", bound=Any, default=Any)
"""The model of the form."""


class ModelFormOptions:
    """What the inner class `Meta` of a ModelForm says.

    Attributes:
        model: the model.
        fields: names of the fields; None for all.
        exclude: names left out.
        widgets, labels, help_texts, error_messages, field_classes: by field.
        localized_fields: names, or `"__all__"`.
        formfield_callback: builds form fields instead of `field.formfield()`.
    """

    def __init__(self, meta: Any = None) -> None:
        self.model: Any = getattr(meta, "model", None)
        self.fields: Any = getattr(meta, "fields", None)
        self.exclude: Any = getattr(meta, "exclude", None)
        self.widgets: Any = getattr(meta, "widgets", None)
        self.localized_fields: Any = getattr(meta, "localized_fields", None)
        self.labels: Any = getattr(meta, "labels", None)
        self.help_texts: Any = getattr(meta, "help_texts", None)
        self.error_messages: Any = getattr(meta, "error_messages", None)
        self.field_classes: Any = getattr(meta, "field_classes", None)
        self.formfield_callback: Any = getattr(meta, "formfield_callback", None)


class ModelFormMetaclass(DeclarativeFieldsMetaclass):
    """Adds the fields of `Meta.model` to the declared ones."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any) -> Any:
        cls: Any = super().__new__(mcs, name, bases, attrs, **kwargs)
        options = cls._meta = ModelFormOptions(getattr(cls, "Meta", None))
        if options.model is None:
            return cls
        refuse_bare_names(name, options)
        if options.fields is None and options.exclude is None:
            raise ImproperlyConfigured(
                f"{name}.Meta does not say which fields of {options.model.__name__} the form has: set fields=[…], exclude=[…], "
                "or fields='__all__' for all."
            )
        cls.uses_all_fields = options.fields == ALL_FIELDS
        if options.fields == ALL_FIELDS:
            options.fields = None
        cls.base_fields = {**model_fields(cls, options), **cls.declared_fields}
        finish_class(cls)
        return cls


def refuse_bare_names(form_name: str, options: ModelFormOptions) -> None:
    """Raise where a string stands for a list of names: its letters would be taken as names."""
    for option in ("fields", "exclude", "localized_fields"):
        value = getattr(options, option)
        if isinstance(value, str) and not (value == ALL_FIELDS and option != "exclude"):
            raise TypeError(
                f"{form_name}.Meta.{option} is a list of names, not the text {value!r}. Did you mean [{value!r}]?"
            )


def model_fields(cls: Any, options: ModelFormOptions) -> dict[str, Field]:
    """The form fields of the model, without those that the class declares or sets to None."""
    found = fields_for_model(
        options.model,
        options.fields,
        options.exclude,
        options.widgets,
        options.formfield_callback,
        options.localized_fields,
        options.labels,
        options.help_texts,
        options.error_messages,
        options.field_classes,
        apply_limit_choices_to=False,
    )
    known = {field.name for field in form_fields(options.model)}
    missing = [name for name, field in found.items() if field is None and name not in known | set(cls.declared_fields)]
    if missing:
        raise unknown_fields(options.model, missing)
    removed = {name for base in cls.__mro__ for name, value in vars(base).items() if value is None}
    return {name: field for name, field in found.items() if field is not None and name not in removed}


class BaseModelForm(BaseForm, Generic[M]):
    """What forms of a model do; `ModelForm` adds the declaration.

    Args:
        data: what was sent; None makes an unbound form.
        files: the files that were sent.
        auto_id: format of the widgets' ids.
        prefix: stands before each name in HTML.
        initial: first values by field; they win over the instance's.
        error_class: class of the lists of errors.
        label_suffix: follows each label.
        empty_permitted: accept the form when nothing was changed.
        instance: the instance to change; None makes a new one.
        use_required_attribute: write `required`.
        renderer: where templates are found.
        **options: further options of a form.

    Attributes:
        instance: the instance; after `is_valid()` it has the checked values.
    """

    _meta: ClassVar[ModelFormOptions] = ModelFormOptions()
    uses_all_fields: ClassVar[bool] = False
    """`fields = "__all__"` was written: whatever is added to the model may be changed by visitors; checks name it."""

    instance: M
    _saved_if_changed: bool = False
    """The form is one of a formset, for a row that is there: it is saved when something was changed only."""

    def __init__(
        self,
        data: Data | None = None,
        files: Data | None = None,
        auto_id: Any = "id_%s",
        prefix: str | None = None,
        initial: Mapping[str, Any] | None = None,
        error_class: type[ErrorList] = ErrorList,
        label_suffix: Any = None,
        empty_permitted: bool = False,
        instance: M | None = None,
        use_required_attribute: bool | None = None,
        renderer: BaseRenderer | None = None,
        **options: Any,
    ) -> None:
        meta = self._meta
        if meta.model is None:
            raise ValueError(f"{type(self).__name__} has no model: write class Meta with model = …")
        first: dict[str, Any] = {}
        if instance is None:
            self.instance = meta.model()
        else:
            self.instance = instance
            first = first_values(instance, meta.fields, meta.exclude)
        first.update(initial or {})
        self._validate_unique = False
        self._validate_constraints = False
        super().__init__(
            data,
            files,
            auto_id,
            prefix,
            first,
            error_class,
            label_suffix,
            empty_permitted,
            use_required_attribute=use_required_attribute,
            renderer=renderer,
            **options,
        )
        for field in self.fields.values():
            limit_choices(field)

    # -- checking ---------------------------------------------------------------------------------------------------

    @hook
    def clean(self) -> dict[str, Any] | None:
        """Hook: check the form as a whole. Call `super().clean()`, or uniqueness is not checked."""
        self._validate_unique = True
        self._validate_constraints = True
        return self.cleaned_data

    def _get_validation_exclusions(self) -> set[str]:
        """Names of the model's fields that the instance's own checks leave out: no visitor could mend them here."""
        exclude: set[str] = set()
        meta = self._meta
        for field in self.instance._meta.fields:
            name = field.name
            shown = self.fields.get(name)
            outside = (meta.fields is not None and name not in meta.fields) or (meta.exclude and name in meta.exclude)
            if (
                shown is None
                or outside
                or name in (self._errors or {})
                or (
                    getattr(shown, "is_parent", False) and getattr(shown, "key", None) is None
                )  # saved together with it
                or (not field.blank and not shown.required and self.cleaned_data.get(name) in shown.empty_values)
            ):
                exclude.add(name)
        return exclude

    @hook
    def _post_clean(self) -> None:
        exclude = self._get_validation_exclusions()
        try:
            self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
            self.instance.full_clean(
                exclude=exclude | self._clean_keys(exclude), validate_unique=False, validate_constraints=False
            )
        except ValidationError as error:
            self._update_errors(error)
        if self._saved_if_changed and not self.instance._state.adding and not self.has_changed():
            return  # a formset does not save this row: what is stored holds
        if self._validate_unique and self._validate_constraints and self._surely_holds():
            return
        if self._validate_unique:
            self.validate_unique()
        if self._validate_constraints:
            self.validate_constraints()

    def _surely_holds(self) -> bool:
        """Whether uniqueness and constraints hold, asked at once; only where nobody has checks of their own."""
        cls = type(self)
        own = (
            cls.validate_unique is not BaseModelForm.validate_unique
            or cls.validate_constraints is not BaseModelForm.validate_constraints
        )
        if own or not asks_as_usual(self.instance):
            return False
        return bridge.wait(surely_holds(self.instance, self._get_validation_exclusions()))

    def _clean_keys(self, exclude: set[str]) -> set[str]:
        """Check foreign keys whose rows the form has just read, and return their names: no need to ask again."""
        known: set[str] = set()
        for field in self.instance._meta.fields:
            name = field.name
            shown = self.fields.get(name)
            just_read = type(shown) is ModelChoiceField or getattr(shown, "is_parent", False)
            if name in exclude or not field.is_relation or not just_read:
                continue
            known.add(name)
            value = getattr(self.instance, field.attname)
            if value is None and field.blank:
                continue
            try:
                field.clean(value, self.instance)
            except ValidationError as error:
                self._update_errors(ValidationError({name: error}))
        return known

    @hook
    def validate_unique(self) -> None:
        """Hook: check uniqueness against the database."""
        try:
            self.instance.validate_unique(exclude=self._get_validation_exclusions())
        except ValidationError as error:
            self._update_errors(error)

    avalidate_unique = atwin(validate_unique, waits=True)

    @hook
    def validate_constraints(self) -> None:
        """Hook: check the constraints of the model."""
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions())
        except ValidationError as error:
            self._update_errors(error)

    avalidate_constraints = atwin(validate_constraints, waits=True)

    def _update_errors(self, error: ValidationError) -> None:
        """Add errors of the instance, in the words of `Meta.error_messages` where it has some."""
        by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
        words: Mapping[str, Any] = self._meta.error_messages or {}
        for name, problems in by_field.items():
            shown = self.fields.get(name)
            if name == NON_FIELD_ERRORS:
                messages: Mapping[str, Any] = words.get(NON_FIELD_ERRORS, {})
            else:
                messages = {} if shown is None else shown.error_messages
            for problem in problems:
                code = problem.error_code
                if code is not None and code in messages:
                    problem.message = messages[code]
            # A model may complain about a field that this form does not show.
            self.add_error(name if name == NON_FIELD_ERRORS or shown is not None else None, problems)

    # -- saving -----------------------------------------------------------------------------------------------------

    @hook
    async def asave(self, commit: bool = True) -> M:
        """Save the instance and its many-to-many relations, all or nothing.

        Args:
            commit: False only returns the instance; save it, then call `save_m2m()`.

        Returns:
            The instance.

        Raises:
            ValueError: the form has errors.
            ValidationError: another visitor was faster, so the database refuses what was free before; the form has the
                same errors now.
            IntegrityError: the database refuses the values for a reason that the model does not know.
        """
        await self._arefuse_errors()
        if not commit:
            return self.instance
        adding, pk = self.instance._state.adding, self.instance.pk
        try:
            async with transaction.atomic(using=self.instance._state.db):
                await self.instance.asave()
                await self.asave_m2m()
        except IntegrityError as error:
            self.instance._state.adding = adding
            if adding:
                self.instance.pk = pk  # what the database gave was rolled back
            await self._arecheck(error)
            raise
        return self.instance

    save = twin(asave)

    async def _arefuse_errors(self) -> None:
        if self._errors is None:
            await self.afull_clean()
        if self._errors:
            done = "created" if self.instance._state.adding else "changed"
            raise ValueError(
                f"The {self.instance._meta.object_name} was not {done}, because the form has errors: "
                f"{self._errors.as_json()}"
            )

    async def _arecheck(self, cause: IntegrityError) -> None:
        """Find out what another visitor took in the meantime, and say so as the form would have."""
        exclude = self._get_validation_exclusions()
        try:
            await self.instance.afull_clean(exclude=exclude)
        except ValidationError as error:
            self._update_errors(error)
            raise error from cause

    @hook
    async def asave_m2m(self) -> None:
        """Save the many-to-many relations; for after `save(commit=False)`."""
        meta = self._meta
        for field in self.instance._meta.many_to_many:
            name = field.name
            if name not in self.cleaned_data or (meta.fields is not None and name not in meta.fields):
                continue
            if meta.exclude and name in meta.exclude:
                continue
            chosen: Any = self.cleaned_data[name]
            if isinstance(chosen, QuerySet):
                chosen = [row async for row in chosen]
            await getattr(self.instance, name).aset(chosen)

    save_m2m = twin(asave_m2m)


class ModelForm(BaseModelForm[M], metaclass=ModelFormMetaclass):
    """A form of a model; the inner class `Meta` names it and its fields.

    Example:
        >>> class BookForm(ModelForm):  # doctest: +SKIP
        ...     class Meta:
        ...         model = Book
        ...         fields = ["title", "author"]
        >>> form = BookForm({"title": "Emma", "author": 1})  # doctest: +SKIP
        >>> book = form.save() if form.is_valid() else None  # doctest: +SKIP
    """


def modelform_factory(
    model: Any,
    form: type[BaseModelForm[Any]] = ModelForm,
    fields: Names | str = None,
    exclude: Names = None,
    formfield_callback: Callable[..., Any] | None = None,
    widgets: Mapping[str, Any] | None = None,
    localized_fields: Sequence[str] | str | None = None,
    labels: Mapping[str, Any] | None = None,
    help_texts: Mapping[str, Any] | None = None,
    error_messages: Mapping[str, Any] | None = None,
    field_classes: Mapping[str, Any] | None = None,
) -> type[BaseModelForm[Any]]:
    """Make a ModelForm of a model.

    Args:
        model: the model.
        form: the class to derive from.
        fields: names of the fields, or `"__all__"`.
        exclude: names left out.
        formfield_callback: builds form fields instead of `field.formfield()`.
        widgets: widgets by field.
        localized_fields: names, or `"__all__"`.
        labels: labels by field.
        help_texts: help texts by field.
        error_messages: messages by field.
        field_classes: classes of form fields by field.

    Raises:
        ImproperlyConfigured: neither `fields` nor `exclude` is given, here or in the form's Meta.

    Example:
        >>> modelform_factory(Book, fields=["title"])  # doctest: +SKIP
        <class 'BookForm'>
    """
    given = {
        "fields": fields, "exclude": exclude, "widgets": widgets, "localized_fields": localized_fields,
        "labels": labels, "help_texts": help_texts, "error_messages": error_messages, "field_classes": field_classes,
    }  # fmt: skip
    attrs: dict[str, Any] = {"model": model, **{name: value for name, value in given.items() if value is not None}}
    if formfield_callback is not None:
        attrs["formfield_callback"] = staticmethod(formfield_callback)
    parent: Any = getattr(form, "Meta", None)
    meta: Any = type("Meta", () if parent is None else (parent,), attrs)
    if getattr(meta, "fields", None) is None and getattr(meta, "exclude", None) is None:
        raise ImproperlyConfigured(
            f"Say which fields of {model.__name__} the form has: fields=[…], exclude=[…], or all by fields='__all__'."
        )
    body = {"Meta": meta, "__module__": form.__module__}
    metaclass: Any = type(form)
    made: type[BaseModelForm[Any]] = metaclass(f"{model.__name__}Form", (form,), body)
    return made

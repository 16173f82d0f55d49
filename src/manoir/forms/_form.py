"""`Form`: declared fields that check what was sent and show themselves as HTML."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from manoir import bridge
from manoir.bridge import TwoColours, atwin, hook
from manoir.exceptions import NON_FIELD_ERRORS, SynchronousOnlyOperation, ValidationError, nearest
from manoir.forms._bound import BoundField, default_suffix, now_without
from manoir.forms._declaration import DeclarativeFieldsMetaclass
from manoir.forms._errors import ErrorDict, ErrorList
from manoir.forms._fields import Field
from manoir.forms._media import Media, class_media
from manoir.forms._renderers import BaseRenderer, get_default_renderer
from manoir.forms._rendering import RenderableMixin
from manoir.forms._widgets import Widget
from manoir.http import MultiValueDict
from manoir.i18n import gettext as _
from manoir.templates import SafeString

Data = Mapping[str, Any]


class BaseForm(TwoColours, RenderableMixin):
    """What forms do; `Form` adds the declaration of fields in the class body.

    Args:
        data: what was sent; None makes an unbound form, which has nothing to check.
        files: the files that were sent.
        auto_id: format of the widgets' ids, with `%s` for the field's name; True takes the name, False gives none.
        prefix: stands before each name in HTML, so that a page can hold several forms.
        initial: first values by field; a callable is called when the value is shown.
        error_class: class of the lists of errors.
        label_suffix: follows each label; None takes the language's (`:`).
        empty_permitted: accept the form when nothing was changed.
        field_order: names of fields, in order; the others follow.
        use_required_attribute: write `required`; None takes the class's.
        renderer: where templates are found; None takes `default_renderer`, then FORM_RENDERER.
        bound_field_class: class of bound fields; None takes the class's, then the renderer's.

    Attributes:
        is_bound: data was given.
        fields: the fields of this form, by name; they may be changed.
        cleaned_data: the checked values, after `is_valid()`.
        error_css_class: CSS class of groups with errors.
        required_css_class: CSS class of groups that are required.
    """

    base_fields: ClassVar[dict[str, Field]] = {}
    declared_fields: ClassVar[dict[str, Field]] = {}
    _runs_foreign_code: ClassVar[bool] = False

    default_renderer: BaseRenderer | type[BaseRenderer] | None = None
    field_order: Sequence[str] | None = None
    prefix: str | None = None
    use_required_attribute: bool = True
    error_css_class: str | None = None
    required_css_class: str | None = None
    bound_field_class: Any = None

    template_name_div: str = "manoir/forms/div.html"
    template_name_p: str = "manoir/forms/p.html"
    template_name_table: str = "manoir/forms/table.html"
    template_name_ul: str = "manoir/forms/ul.html"
    template_name_label: str = "manoir/forms/label.html"

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
        field_order: Sequence[str] | None = None,
        use_required_attribute: bool | None = None,
        renderer: BaseRenderer | None = None,
        bound_field_class: type[BoundField] | None = None,
    ) -> None:
        self.is_bound = data is not None or files is not None
        self.data: Data = MultiValueDict() if data is None else data
        self.files: Data = MultiValueDict() if files is None else files
        self.auto_id = auto_id
        if prefix is not None:
            self.prefix = prefix
        self.initial: dict[str, Any] = dict(initial or {})
        self.error_class = error_class
        self.label_suffix: Any = default_suffix() if label_suffix is None else label_suffix
        self.empty_permitted = empty_permitted
        self._errors: ErrorDict | None = None
        self.cleaned_data: dict[str, Any]
        self.fields: dict[str, Field] = copy.deepcopy(self.base_fields)
        self._bound_fields: dict[str, BoundField] = {}
        self.order_fields(self.field_order if field_order is None else field_order)
        if use_required_attribute is not None:
            self.use_required_attribute = use_required_attribute
        if self.empty_permitted and self.use_required_attribute:
            raise ValueError(
                "A form with empty_permitted=True must have use_required_attribute=False: browsers would insist on "
                "fields that may stay empty."
            )
        self.renderer = renderer or made_renderer(self.default_renderer) or get_default_renderer()
        self.bound_field_class = (
            bound_field_class or self.bound_field_class or self.renderer.bound_field_class or BoundField
        )

    # -- fields -----------------------------------------------------------------------------------------------------

    def order_fields(self, field_order: Sequence[str] | None) -> None:
        """Put the fields in order; names that are no fields are passed over, fields that are not named follow."""
        if field_order is None:
            return
        named = {name: self.fields[name] for name in field_order if name in self.fields}
        self.fields = {**named, **self.fields}

    def __iter__(self) -> Iterator[BoundField]:
        for name in self.fields:
            yield self[name]

    def __getitem__(self, name: str) -> BoundField:
        bound = self._bound_fields.get(name)
        if bound is None:
            field = self.fields.get(name)
            if field is None:
                raise KeyError(
                    f"{type(self).__name__} has no field {name!r}.{nearest(name, self.fields)} "
                    f"Fields: {', '.join(self.fields) or 'none'}."
                )
            bound = self._bound_fields[name] = field.get_bound_field(self, name)
        return bound

    def __repr__(self) -> str:
        valid = "Unknown" if self._errors is None else self.is_bound and not self._errors
        return f"<{type(self).__name__} bound={self.is_bound}, valid={valid}, fields=({';'.join(self.fields)})>"

    def _bound_items(self) -> Iterator[tuple[str, BoundField]]:
        for name in self.fields:
            yield name, self[name]

    def add_prefix(self, field_name: str) -> str:
        """Return the name of a field in HTML."""
        return f"{self.prefix}-{field_name}" if self.prefix else field_name

    def add_initial_prefix(self, field_name: str) -> str:
        """Return the name of a hidden initial value in HTML."""
        return f"initial-{self.add_prefix(field_name)}"

    def _widget_data_value(self, widget: Widget, html_name: str) -> Any:
        return widget.value_from_datadict(self.data, self.files, html_name)

    def get_initial_for_field(self, field: Field, field_name: str) -> Any:
        """Return the initial value of a field: the form's, else the field's own; a callable is called."""
        value = self.initial.get(field_name, field.initial)
        if callable(value):
            value = value()
        return now_without(value, field.widget)

    # -- checking ---------------------------------------------------------------------------------------------------

    @property
    def errors(self) -> ErrorDict:
        """The errors by field; checks the form when that was not done yet.

        Raises:
            SynchronousOnlyOperation: read in a coroutine, and checking has to wait: `await form.ais_valid()` first.
        """
        if self._errors is None:
            try:
                self.full_clean()
            except SynchronousOnlyOperation as error:
                if error.__dict__.get("of_form"):
                    raise
                raise of_form(
                    SynchronousOnlyOperation(
                        f"{type(self).__name__} has to wait while it is checked (it asks the database, or has an async "
                        f"hook), and this is a coroutine. Write `await form.ais_valid()` first."
                    )
                ) from error
        assert self._errors is not None
        return self._errors

    @hook
    def is_valid(self) -> bool:
        """Return whether data was given and has no errors. In a coroutine: `await form.ais_valid()`."""
        return self.is_bound and not self.errors

    ais_valid = atwin(is_valid, waits=True)

    @hook
    def full_clean(self) -> None:
        """Check everything, filling `errors` and `cleaned_data`."""
        # A user's `def clean` may really block: from the loop it is run where it harms nobody.
        if self._runs_foreign_code and bridge.in_spawn():
            bridge.wait(bridge.run_sync(self._check))
        else:
            self._check()

    afull_clean = atwin(full_clean, waits=True)

    def _check(self) -> None:
        self._errors = ErrorDict(renderer=self.renderer)
        if not self.is_bound:
            return
        self.cleaned_data = {}
        if self.empty_permitted and not self.has_changed():
            return
        try:
            self._clean_fields()
            self._clean_form()
            self._post_clean()
        except BaseException:
            self._errors = None  # half a check must never pass for a whole one
            raise

    def _clean_fields(self) -> None:
        for name, bound in self._bound_items():
            try:
                self.cleaned_data[name] = bound.field._clean_bound_field(bound)
                cleaner: Any = getattr(self, f"clean_{name}", None)
                if cleaner is not None:
                    self.cleaned_data[name] = cleaner()
            except ValidationError as error:
                self.add_error(name, error)

    def _clean_form(self) -> None:
        try:
            cleaned = self.clean()
        except ValidationError as error:
            self.add_error(None, error)
        else:
            if cleaned is not None:
                self.cleaned_data = cleaned

    @hook
    def _post_clean(self) -> None:
        """Hook of the framework: what follows the form's own checks; ModelForm checks its instance."""

    _apost_clean = atwin(_post_clean, waits=True)

    @hook
    def clean(self) -> dict[str, Any] | None:
        """Hook: check the form as a whole, after its fields; `def clean` or `async def aclean`.

        Returns:
            The checked values; None leaves `cleaned_data` as it is.

        Raises:
            ValidationError: shown above the form, or by field when it was made of a mapping.
        """
        return self.cleaned_data

    aclean = atwin(clean)

    def add_error(self, field: str | None, error: Any) -> None:
        """Add an error, and take the field out of `cleaned_data`.

        Args:
            field: name of the field; None: the error concerns the whole form, or was made of a mapping of fields.
            error: a ValidationError, a message, a list of them, or (without `field`) a mapping.

        Raises:
            TypeError: `field` is given, and the error is a mapping.
            ValueError: the form has no such field.

        Example:
            >>> form.add_error("age", "Too young.")  # doctest: +SKIP
        """
        if not isinstance(error, ValidationError):
            error = ValidationError(error)
        if hasattr(error, "error_dict"):
            if field is not None:
                raise TypeError(
                    "add_error(field, error) got errors by field, which name their fields: pass None as field."
                )
            found = error.error_dict
        else:
            found = {field or NON_FIELD_ERRORS: error.error_list}
        errors = self._errors
        if errors is None:
            errors = self.errors
        for name, problems in found.items():
            if name not in errors:
                if name != NON_FIELD_ERRORS and name not in self.fields:
                    raise ValueError(f"{type(self).__name__} has no field named {name!r}.{nearest(name, self.fields)}")
                if name == NON_FIELD_ERRORS:
                    errors[name] = self._new_error_list((), error_class="nonfield")
                else:
                    errors[name] = self._new_error_list((), field_id=self[name].auto_id)
            errors[name].extend(problems)
            self.cleaned_data.pop(name, None)

    def _new_error_list(self, errors: Iterable[Any], **options: Any) -> ErrorList:
        return self.error_class(errors, renderer=self.renderer, **options)

    def has_error(self, field: str | None, code: str | None = None) -> bool:
        """Return whether a field has an error, or one with a certain code.

        Args:
            field: name of the field; None or NON_FIELD_ERRORS for errors of the whole form.
            code: code of the error; None for any.
        """
        found = self.errors.get(NON_FIELD_ERRORS if field is None else field)
        if found is None:
            return False
        return bool(found) if code is None else any(error.code == code for error in found.as_data())

    def non_field_errors(self) -> ErrorList:
        """Return the errors of the form as a whole."""
        found = self.errors.get(NON_FIELD_ERRORS)
        return self._new_error_list((), error_class="nonfield") if found is None else found

    def has_changed(self) -> bool:
        """Return whether what was sent differs from the initial values."""
        return bool(self.changed_data)

    @property
    def changed_data(self) -> list[str]:
        """Names of the fields that differ from their initial values."""
        return [name for name, bound in self._bound_items() if bound._has_changed()]

    # -- HTML -------------------------------------------------------------------------------------------------------

    @property
    def template_name(self) -> str:
        """Template of `{{ form }}`."""
        return (self.renderer or get_default_renderer()).form_template_name

    def get_template_name(self) -> str:
        """Return the name of the template of `{{ form }}`."""
        return self.template_name

    def get_context(self) -> dict[str, Any]:
        """Return the variables of the template: `form`, `fields`, `hidden_fields`, `errors`."""
        fields: list[tuple[BoundField, ErrorList]] = []
        hidden: list[BoundField] = []
        top = self.non_field_errors().copy()
        for bound in self:
            if bound.is_hidden:
                top.extend(
                    _("(Hidden field %(name)s) %(error)s") % {"name": bound.name, "error": error}
                    for error in bound.errors
                )
                hidden.append(bound)
            else:
                fields.append((bound, bound.errors))
        return {"form": self, "fields": fields, "hidden_fields": hidden, "errors": top}

    def as_div(self) -> SafeString:
        """Return the fields in `<div>` elements."""
        return self.render(self.template_name_div)

    def as_p(self) -> SafeString:
        """Return the fields in `<p>` elements."""
        return self.render(self.template_name_p)

    def as_table(self) -> SafeString:
        """Return the fields as rows of a table, without the `<table>`."""
        return self.render(self.template_name_table)

    def as_ul(self) -> SafeString:
        """Return the fields as `<li>` elements, without the `<ul>`."""
        return self.render(self.template_name_ul)

    @property
    def media(self) -> Media:
        """The files that the form and its widgets need."""
        found = class_media(type(self))
        for field in self.fields.values():
            found = found + field.widget.media
        return found

    def is_multipart(self) -> bool:
        """Return whether the form has to be sent as `multipart/form-data`."""
        return any(field.widget.needs_multipart_form for field in self.fields.values())

    def hidden_fields(self) -> list[BoundField]:
        """Return the fields that nobody sees."""
        return [bound for bound in self if bound.is_hidden]

    def visible_fields(self) -> list[BoundField]:
        """Return the fields that people see."""
        return [bound for bound in self if not bound.is_hidden]


class Form(BaseForm, metaclass=DeclarativeFieldsMetaclass):
    """A form whose fields are declared in the class body.

    Example:
        >>> class Contact(Form):
        ...     email = EmailField()
        ...     text = CharField(max_length=500)
        >>> form = Contact({"email": "ada@example.com", "text": "Hello"})
        >>> form.is_valid(), form.cleaned_data["text"]
        (True, 'Hello')
    """


def made_renderer(renderer: BaseRenderer | type[BaseRenderer] | None) -> BaseRenderer | None:
    """A renderer of a class or a renderer."""
    return renderer() if isinstance(renderer, type) else renderer


def of_form(error: SynchronousOnlyOperation) -> SynchronousOnlyOperation:
    """Mark an error that already says what to await."""
    error.__dict__["of_form"] = True
    return error

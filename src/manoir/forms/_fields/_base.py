"""`Field`: what all form fields share, and the documented API for fields of your own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from manoir.exceptions import ValidationError
from manoir.forms._widgets import HiddenInput, TextInput, Widget
from manoir.i18n import gettext_lazy as _

if TYPE_CHECKING:
    from manoir.forms._bound import BoundField

Validator = Callable[[Any], object]

EMPTY_VALUES: tuple[Any, ...] = (None, "", [], (), {})


class Field:
    """A value that a form asks for.

    Args:
        required: an empty value is refused.
        widget: how it looks: a Widget or a class of one; None takes the field's own.
        label: words for people; None makes them of the field's name.
        initial: value that an unbound form shows; a callable is called when it is shown.
        help_text: words below the label. It may hold HTML, so never put in what a visitor wrote.
        error_messages: messages by code, instead of the default ones.
        show_hidden_initial: render the initial value in a hidden input too, and tell changes by it.
        validators: further validators.
        localize: write and read the value as the language in use does.
        disabled: show it but take no value for it; what is sent is ignored in favour of the initial value.
        label_suffix: instead of the form's.
        template_name: template of the field group; None takes the renderer's.
        bound_field_class: class of its bound field; None takes the form's or the renderer's.

    Example:
        >>> CharField(max_length=3).clean(" ab ")
        'ab'
    """

    widget: Any = TextInput
    hidden_widget: type[Widget] = HiddenInput
    default_validators: Sequence[Validator] = ()
    default_error_messages: ClassVar[dict[str, Any]] = {"required": _("This field is required.")}
    empty_values: Sequence[Any] = EMPTY_VALUES
    bound_field_class: type[Any] | None = None

    def __init__(
        self,
        *,
        required: bool = True,
        widget: Widget | type[Widget] | None = None,
        label: Any = None,
        initial: Any = None,
        help_text: Any = "",
        error_messages: Mapping[str, Any] | None = None,
        show_hidden_initial: bool = False,
        validators: Sequence[Validator] = (),
        localize: bool = False,
        disabled: bool = False,
        label_suffix: Any = None,
        template_name: str | None = None,
        bound_field_class: type[Any] | None = None,
    ) -> None:
        self.required = required
        self.label = label
        self.initial = initial
        self.help_text = "" if help_text is None else help_text
        self.show_hidden_initial = show_hidden_initial
        self.localize = localize
        self.disabled = disabled
        self.label_suffix = label_suffix
        self.template_name = template_name
        self.bound_field_class = bound_field_class or self.bound_field_class
        self.error_messages = merged_messages(type(self), error_messages)
        self.validators: list[Validator] = [*self.default_validators, *validators]
        self.widget = self._own_widget(widget)

    def _own_widget(self, widget: Widget | type[Widget] | None) -> Widget:
        """A widget of this field alone, that knows about it."""
        chosen: Any = widget or self.widget
        own: Widget = chosen() if isinstance(chosen, type) else copy.deepcopy(chosen)
        if self.localize:
            own.is_localized = True
        own.is_required = self.required
        extra = self.widget_attrs(own)
        if extra:
            own.attrs.update(extra)
        return own

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._bare_copy(memo)

    def _bare_copy(self, memo: dict[int, Any]) -> Self:
        # Validators are shared: nobody changes them, only the list of them.
        twin = copy.copy(self)
        memo[id(self)] = twin
        twin.widget = copy.deepcopy(self.widget, memo)
        twin.error_messages = self.error_messages.copy()
        twin.validators = self.validators[:]
        return twin

    # -- cleaning ---------------------------------------------------------------------------------------------------

    def prepare_value(self, value: Any) -> Any:
        """Return a value as the widget shows it, before it is made text."""
        return value

    def to_python(self, value: Any) -> Any:
        """Turn what was sent into the Python value.

        Raises:
            ValidationError: it cannot be one.
        """
        return value

    def validate(self, value: Any) -> None:
        """Check the Python value.

        Raises:
            ValidationError: it is missing, or the field refuses it.
        """
        if value in self.empty_values and self.required:
            raise self.error("required")

    def run_validators(self, value: Any) -> None:
        """Call every validator with a value that is not empty.

        Raises:
            ValidationError: all complaints together.
        """
        if value in self.empty_values:
            return
        errors: list[ValidationError] = []
        for validator in self.validators:
            try:
                validator(value)
            except ValidationError as error:
                if hasattr(error, "message") and error.error_code in self.error_messages:
                    error.message = self.error_messages[error.error_code]
                errors.extend(error.error_list)
        if errors:
            raise ValidationError(errors)

    def clean(self, value: Any) -> Any:
        """Turn what was sent into the checked Python value.

        Raises:
            ValidationError: all that is wrong with it.
        """
        value = self.to_python(value)
        self.validate(value)
        self.run_validators(value)
        return value

    def error(self, code: str, **params: Any) -> ValidationError:
        """The ValidationError of this field for one of its messages."""
        return ValidationError(self.error_messages[code], code=code, params=params or None)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return what a bound form shows for what was sent."""
        return initial if self.disabled else data

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether what was sent differs from the initial value."""
        if self.disabled:
            return False
        try:
            data = self.to_python(data)
        except ValidationError:
            return True
        initial_value = "" if initial is None else initial
        data_value = "" if data is None else data
        return bool(initial_value != data_value)

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        """Return HTML attributes that the field's options ask for."""
        return {}

    # -- in a form --------------------------------------------------------------------------------------------------

    def get_bound_field(self, form: Any, field_name: str) -> BoundField:
        """Return the field as part of `form`, under `field_name`."""
        from_form: type[Any] = self.bound_field_class or form.bound_field_class
        return from_form(form, self, field_name)

    def _clean_bound_field(self, bound: BoundField) -> Any:
        """Clean what was sent for a bound field; a disabled field keeps its initial value."""
        return self.clean(bound.initial if self.disabled else bound.data)


def merged_messages(cls: type[Field], own: Mapping[str, Any] | None) -> dict[str, Any]:
    """The messages of a class and its bases, then those of the argument `error_messages`."""
    messages: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        messages.update(vars(base).get("default_error_messages", {}))
    messages.update(own or {})
    return messages

"""Fields whose value is chosen: yes or no, one of several, some of several."""

from __future__ import annotations

import copy
import enum
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self, cast

from manoir.exceptions import ValidationError
from manoir.forms._choices import Choices, flattened, normalized
from manoir.forms._fields._base import Field
from manoir.forms._widgets import (
    CheckboxInput,
    MultipleHiddenInput,
    NullBooleanSelect,
    Select,
    SelectMultiple,
)
from manoir.i18n import gettext_lazy as _

FALSE_TEXTS = frozenset({"false", "0"})


def plain(value: Any) -> Any:
    """The value of an Enum member; anything else as it is."""
    return value.value if isinstance(value, enum.Enum) else value


class BooleanField(Field):
    """Yes or no; `required` asks for yes.

    Example:
        >>> BooleanField(required=False).clean("false")
        False
    """

    widget = CheckboxInput

    def to_python(self, value: Any) -> Any:
        """Return True or False: the texts `false` and `0` mean no, as hidden inputs send them."""
        return value.lower() not in FALSE_TEXTS and bool(value) if isinstance(value, str) else bool(value)

    def validate(self, value: Any) -> None:
        """Refuse no where yes is required."""
        if not value and self.required:
            raise self.error("required")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether yes became no or the reverse."""
        return False if self.disabled else self.to_python(initial) != self.to_python(data)


class NullBooleanField(BooleanField):
    """Yes, no or unknown; never refused."""

    widget = NullBooleanSelect

    def to_python(self, value: Any) -> Any:
        """Return True, False or None."""
        if value is True or (isinstance(value, str) and value in ("True", "true", "1")):
            return True
        if value is False or (isinstance(value, str) and value in ("False", "false", "0")):
            return False
        return None

    def validate(self, value: Any) -> None:
        """Accept everything."""


class ChoiceField(Field):
    """One of several values.

    Args:
        choices: pairs of value and label, groups, a mapping, an Enum class, or a callable that is asked each time.
        **options: the options of every field.

    Example:
        >>> ChoiceField(choices=[("s", "Small"), ("l", "Large")]).clean("l")
        'l'
    """

    widget = Select
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_choice": _("Select a valid choice. %(value)s is not one of the available choices."),
    }

    def __init__(self, *, choices: Choices = (), **options: Any) -> None:
        super().__init__(**options)
        self.choices = choices

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = super().__deepcopy__(memo)
        twin._choices = copy.copy(self._choices)
        twin.widget.choices = twin._choices
        return twin

    @property
    def choices(self) -> Any:
        """The pairs; read anew at each iteration where a callable gives them."""
        return self._choices

    @choices.setter
    def choices(self, value: Choices) -> None:
        self._choices = self.widget.choices = normalized(value)

    def prepare_value(self, value: Any) -> Any:
        """Return the value of an Enum member; anything else as it is."""
        if isinstance(value, (list, tuple)):
            return [plain(one) for one in cast("Sequence[Any]", value)]
        return plain(value)

    def to_python(self, value: Any) -> Any:
        """Return the text of the value."""
        return "" if value in self.empty_values else str(plain(value))

    def validate(self, value: Any) -> None:
        """Refuse what is no choice."""
        super().validate(value)
        if value and not self.valid_value(value):
            raise self.error("invalid_choice", value=value)

    def valid_value(self, value: Any) -> bool:
        """Tell whether a value is one of the choices."""
        return str(value) in self._known_texts()

    def _known_texts(self) -> set[str]:
        """The values of all choices as text."""
        return {str("" if key is None else key) for key, _label in flattened(self.choices)}


class TypedChoiceField(ChoiceField):
    """One of several values, turned into what `coerce` makes of it.

    Args:
        coerce: makes the value of its text; raises ValueError, TypeError or ValidationError where it cannot.
        empty_value: what an empty value becomes.
        **options: those of ChoiceField.

    Example:
        >>> TypedChoiceField(choices=[(1, "one"), (2, "two")], coerce=int).clean("2")
        2
    """

    def __init__(
        self, *, coerce: Callable[[Any], Any] = lambda value: value, empty_value: Any = "", **options: Any
    ) -> None:
        self.coerce = coerce
        self.empty_value = empty_value
        super().__init__(**options)

    def _coerced(self, value: Any) -> Any:
        if value == self.empty_value or value in self.empty_values:
            return self.empty_value
        try:
            return self.coerce(value)
        except (ValueError, TypeError, ValidationError) as error:
            raise self.error("invalid_choice", value=value) from error

    def clean(self, value: Any) -> Any:
        """Return the checked value, coerced."""
        return self._coerced(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether another value was chosen, whatever type the initial one has."""
        return False if self.disabled else self.to_python(initial) != self.to_python(data)


class MultipleChoiceField(ChoiceField):
    """Some of several values, as a list of texts."""

    hidden_widget = MultipleHiddenInput
    widget = SelectMultiple
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_choice": _("Select a valid choice. %(value)s is not one of the available choices."),
        "invalid_list": _("Enter a list of values."),
    }

    def to_python(self, value: Any) -> Any:
        """Return the list of texts."""
        if not value:
            return []
        if not isinstance(value, (list, tuple)):
            raise self.error("invalid_list")
        return [str(plain(one)) for one in cast("Sequence[Any]", value)]

    def validate(self, value: Any) -> None:
        """Refuse what is no choice; the choices are looked through once for all values."""
        if self.required and not value:
            raise self.error("required")
        overridden = type(self).valid_value is not ChoiceField.valid_value
        known = None if overridden else self._known_texts()
        for one in value:
            if not (self.valid_value(one) if known is None else one in known):
                raise self.error("invalid_choice", value=one)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether other values were chosen, whatever their order."""
        if self.disabled:
            return False
        before = {str(plain(one)) for one in cast("Sequence[Any]", initial or [])}
        after = {str(one) for one in cast("Sequence[Any]", data or [])}
        return before != after


class TypedMultipleChoiceField(MultipleChoiceField):
    """Some of several values, each turned into what `coerce` makes of it.

    Args:
        coerce: makes a value of its text.
        empty_value: what choosing nothing becomes; None is an empty list.
        **options: those of ChoiceField.
    """

    def __init__(
        self, *, coerce: Callable[[Any], Any] = lambda value: value, empty_value: Any = None, **options: Any
    ) -> None:
        self.coerce = coerce
        self.empty_value: Any = [] if empty_value is None else empty_value
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        """Return the checked values, coerced."""
        values = super().clean(value)
        if values == self.empty_value or values in self.empty_values:
            return self.empty_value
        coerced: list[Any] = []
        for one in values:
            try:
                coerced.append(self.coerce(one))
            except (ValueError, TypeError, ValidationError) as error:
                raise self.error("invalid_choice", value=one) from error
        return coerced

    def validate(self, value: Any) -> None:
        """Refuse what is no choice."""
        if value != self.empty_value:
            super().validate(value)
        elif self.required:
            raise self.error("required")

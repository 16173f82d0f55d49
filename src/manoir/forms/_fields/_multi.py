"""Fields made of several fields."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar, Self, cast

from manoir.exceptions import ValidationError
from manoir.forms._fields._base import Field
from manoir.forms._fields._dates import DateField, TimeField, from_current_timezone
from manoir.forms._widgets import SplitDateTimeWidget, SplitHiddenDateTimeWidget
from manoir.i18n import gettext_lazy as _


class ComboField(Field):
    """A value that several fields check, one after the other.

    Args:
        fields: the fields, in order.
        **options: the options of every field.

    Example:
        >>> ComboField(fields=[CharField(max_length=20), EmailField()]).clean("ada@example.com")
        'ada@example.com'
    """

    def __init__(self, fields: Sequence[Field], **options: Any) -> None:
        super().__init__(**options)
        self.fields = [optional(field) for field in fields]

    def clean(self, value: Any) -> Any:
        """Return what the last field makes of it."""
        super().clean(value)
        for field in self.fields:
            value = field.clean(value)
        return value


def optional(field: Field) -> Field:
    """A copy that accepts nothing: whether a value is required, the whole decides."""
    twin = copy.deepcopy(field)
    twin.required = False
    return twin


class MultiValueField(Field):
    """One value made of several, each with a field of its own; a subclass gives `compress`.

    Args:
        fields: the fields, in the order of the widget's parts.
        require_all_fields: every part is required when the whole is; otherwise each says so for itself.
        **options: the options of every field.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Enter a list of values."),
        "incomplete": _("Enter a complete value."),
    }

    def __init__(self, fields: Sequence[Field], *, require_all_fields: bool = True, **options: Any) -> None:
        self.require_all_fields = require_all_fields
        super().__init__(**options)
        self.fields = [copy.deepcopy(field) for field in fields]
        for field in self.fields:
            field.error_messages.setdefault("incomplete", self.error_messages["incomplete"])
            if self.disabled:
                field.disabled = True
            if require_all_fields:
                field.required = False

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = super().__deepcopy__(memo)
        twin.fields = [copy.deepcopy(field, memo) for field in self.fields]
        return twin

    def compress(self, data_list: list[Any]) -> Any:
        """Return one value made of the checked parts; the list is empty when nothing was sent."""
        raise TypeError(f"{type(self).__name__} must define compress().")

    def validate(self, value: Any) -> None:
        """Accept it: the parts were checked."""

    def clean(self, value: Any) -> Any:
        """Return the value made of the checked parts.

        Raises:
            ValidationError: parts are missing or wrong.
        """
        if self.disabled and not isinstance(value, (list, tuple)):
            value = self.widget.decompress(value)
        parts = list(cast("Sequence[Any]", value)) if isinstance(value, (list, tuple)) else None
        if not value or (parts is not None and all(part in self.empty_values for part in parts)):
            if self.required:
                raise self.error("required")
            return self.compress([])
        if parts is None:
            raise self.error("invalid")
        cleaned = self._clean_parts(parts)
        whole = self.compress(cleaned)
        self.validate(whole)
        self.run_validators(whole)
        return whole

    def _clean_parts(self, parts: list[Any]) -> list[Any]:
        cleaned: list[Any] = []
        errors: list[ValidationError] = []
        for index, field in enumerate(self.fields):
            part = parts[index] if index < len(parts) else None
            if part in self.empty_values:
                if self.require_all_fields and self.required:
                    raise self.error("required")
                if not self.require_all_fields and field.required:
                    incomplete = ValidationError(field.error_messages["incomplete"], code="incomplete")
                    if incomplete not in errors:
                        errors.append(incomplete)
                    continue
            try:
                cleaned.append(field.clean(part))
            except ValidationError as error:
                errors.extend(single for single in error.error_list if single not in errors)
        if errors:
            raise ValidationError(errors)
        return cleaned

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether a part has changed."""
        if self.disabled:
            return False
        if initial is None:
            before: list[Any] = [""] * len(data or [])
        else:
            before = (
                list(cast("Sequence[Any]", initial)) if isinstance(initial, list) else self.widget.decompress(initial)
            )
        for field, first, second in zip(self.fields, before, data or [], strict=False):
            try:
                first = field.to_python(first)
            except ValidationError:
                return True
            if field.has_changed(first, second):
                return True
        return False


class SplitDateTimeField(MultiValueField):
    """A moment, typed as a date and a time.

    Args:
        input_date_formats: formats of the date; None takes the language's.
        input_time_formats: formats of the time; None takes the language's.
        **options: those of MultiValueField.
    """

    widget = SplitDateTimeWidget
    hidden_widget = SplitHiddenDateTimeWidget
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_date": _("Enter a valid date."),
        "invalid_time": _("Enter a valid time."),
    }

    def __init__(
        self,
        *,
        input_date_formats: Sequence[str] | None = None,
        input_time_formats: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        own: dict[str, Any] = dict(options.get("error_messages") or {})
        messages = {**self.default_error_messages, **own}
        localize = bool(options.get("localize", False))
        fields = (
            DateField(
                input_formats=input_date_formats,
                error_messages={"invalid": messages["invalid_date"]},
                localize=localize,
            ),
            TimeField(
                input_formats=input_time_formats,
                error_messages={"invalid": messages["invalid_time"]},
                localize=localize,
            ),
        )
        super().__init__(fields, **options)

    def compress(self, data_list: list[Any]) -> Any:
        """Return the moment; None when nothing was sent."""
        if not data_list:
            return None
        day, clock = data_list
        if day in self.empty_values:
            raise self.error("invalid_date")
        if clock in self.empty_values:
            raise self.error("invalid_time")
        return from_current_timezone(dt.datetime.combine(day, clock))

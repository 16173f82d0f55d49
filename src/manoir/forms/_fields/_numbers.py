"""Fields whose value is a number."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any, ClassVar

from manoir.forms._fields._base import Field
from manoir.forms._fields._reading import read_decimal, read_float, read_integer, sane_decimal
from manoir.forms._widgets import NumberInput, TextInput, Widget
from manoir.i18n import gettext_lazy as _
from manoir.i18n import sanitize_separators
from manoir.validators import DecimalValidator, MaxValueValidator, MinValueValidator, StepValueValidator


class IntegerField(Field):
    """A whole number.

    Args:
        max_value: greatest value; a callable is asked each time.
        min_value: least value.
        step_size: only `min_value` (or 0) plus multiples of it.
        **options: the options of every field.

    Example:
        >>> IntegerField(max_value=10).clean(" 7 ")
        7
    """

    widget = NumberInput
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a whole number.")}

    def __init__(self, *, max_value: Any = None, min_value: Any = None, step_size: Any = None, **options: Any) -> None:
        self.max_value, self.min_value, self.step_size = max_value, min_value, step_size
        # A number with separators is no value of <input type="number">.
        if options.get("localize") and self.widget is NumberInput:
            options.setdefault("widget", TextInput)
        super().__init__(**options)
        if max_value is not None:
            self.validators.append(MaxValueValidator(max_value))
        if min_value is not None:
            self.validators.append(MinValueValidator(min_value))
        if step_size is not None:
            self.validators.append(StepValueValidator(step_size, offset=min_value))

    def read(self, text: str) -> Any:
        """The number of a text; ValueError for none."""
        return read_integer(text)

    def to_python(self, value: Any) -> Any:
        """Return the number; None for an empty value."""
        value = super().to_python(value)
        if value in self.empty_values:
            return None
        if self.localize:
            value = sanitize_separators(value)
        try:
            return self.read(str(value))
        except ValueError as error:
            raise self.error("invalid", value=str(value)[:100]) from error

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        """Return `min`, `max` and `step` for a number input."""
        attrs = super().widget_attrs(widget)
        if isinstance(widget, NumberInput):
            limits = {"min": self.min_value, "max": self.max_value, "step": self.step_size}
            attrs.update({name: limit for name, limit in limits.items() if limit is not None and not callable(limit)})
        return attrs


class FloatField(IntegerField):
    """A floating point number; infinity is none."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a number.")}

    def read(self, text: str) -> Any:
        """The number of a text."""
        return read_float(text)

    def to_python(self, value: Any) -> Any:
        """Return the number; None for an empty value."""
        if isinstance(value, float):
            if not math.isfinite(value):
                raise self.error("invalid")
            return value
        return super().to_python(value)

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        """Return `step="any"` unless there is a step."""
        attrs = super().widget_attrs(widget)
        if isinstance(widget, NumberInput) and "step" not in widget.attrs:
            attrs.setdefault("step", "any")
        return attrs


class DecimalField(IntegerField):
    """A decimal number.

    Args:
        max_digits: most digits, before and after the point, without leading zeros.
        decimal_places: most digits after the point.
        **options: those of IntegerField.

    Example:
        >>> DecimalField(max_digits=4, decimal_places=2).clean("12.50")
        Decimal('12.50')
    """

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a number.")}

    def __init__(self, *, max_digits: int | None = None, decimal_places: int | None = None, **options: Any) -> None:
        self.max_digits, self.decimal_places = max_digits, decimal_places
        super().__init__(**options)
        self.validators.append(DecimalValidator(max_digits, decimal_places))

    def read(self, text: str) -> Any:
        """The number of a text."""
        return read_decimal(text)

    def to_python(self, value: Any) -> Any:
        """Return the number; None for an empty value."""
        if isinstance(value, Decimal):
            try:
                return sane_decimal(value)
            except ValueError as error:
                raise self.error("invalid") from error
        return super().to_python(value)

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        """Return `step`: the least difference that `decimal_places` allows."""
        attrs = super().widget_attrs(widget)
        if isinstance(widget, NumberInput) and "step" not in widget.attrs:
            places = self.decimal_places
            step = "any" if places is None else str(Decimal(1).scaleb(-places)).lower()
            attrs.setdefault("step", step)
        return attrs

"""Validators that compare a value with a limit: size, length, step, digits."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, InvalidOperation
from typing import Any, ClassVar, Final

from manoir.exceptions import ValidationError
from manoir.i18n import gettext_lazy, ngettext_lazy
from manoir.validators._deconstruct import deconstructible

ARITHMETIC: Final = Context(prec=1_000, traps=[InvalidOperation])
"""Exact for numbers of up to a thousand digits; an exponent sent by a user costs no more than that."""


@deconstructible(path="manoir.validators.BaseValidator")
class BaseValidator:
    """A validator with one limit; subclasses say what they compare (`clean`) and when that is wrong (`compare`).

    Args:
        limit_value: the limit, or a function without arguments that returns it.
        message: text for the error; may hold `%(limit_value)s`, `%(show_value)s` (what was compared) and `%(value)s`.
    """

    message: str = gettext_lazy("Ensure this value is %(limit_value)s (it is %(show_value)s).")
    code: ClassVar[str] = "limit_value"

    def __init__(self, limit_value: Any | Callable[[], Any], message: str | None = None) -> None:
        self.limit_value = limit_value
        if message is not None:
            self.message = message

    def __call__(self, value: Any) -> None:
        cleaned = self.clean(value)
        limit = self.limit_value() if callable(self.limit_value) else self.limit_value
        if self.compare(cleaned, limit):
            raise ValidationError(self.message, code=self.code, params=self.params(value, cleaned, limit))

    def params(self, value: Any, cleaned: Any, limit: Any) -> dict[str, Any]:
        """Return what the placeholders of the message stand for."""
        return {"limit_value": limit, "show_value": cleaned, "value": value}

    def compare(self, a: Any, b: Any) -> bool:
        """Tell whether the cleaned value `a` breaks the limit `b`."""
        return a is not b

    def clean(self, x: Any) -> Any:
        """Return what of the value is compared."""
        return x

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)) or type(other) is not type(self):
            return NotImplemented
        return (self.limit_value, self.message, self.code) == (other.limit_value, other.message, other.code)

    def __hash__(self) -> int:
        return hash((type(self), self.code))


@deconstructible(path="manoir.validators.MaxValueValidator")
class MaxValueValidator(BaseValidator):
    """Refuses what is greater than `limit_value`, with code `"max_value"`.

    Example:
        >>> MaxValueValidator(10)(11)
        Traceback (most recent call last):
        manoir.exceptions.ValidationError: ['Ensure this value is less than or equal to 10.']
    """

    message = gettext_lazy("Ensure this value is less than or equal to %(limit_value)s.")
    code = "max_value"

    def compare(self, a: Any, b: Any) -> bool:
        """Tell whether `a` is too great."""
        return a > b


@deconstructible(path="manoir.validators.MinValueValidator")
class MinValueValidator(BaseValidator):
    """Refuses what is less than `limit_value`, with code `"min_value"`."""

    message = gettext_lazy("Ensure this value is greater than or equal to %(limit_value)s.")
    code = "min_value"

    def compare(self, a: Any, b: Any) -> bool:
        """Tell whether `a` is too small."""
        return a < b


@deconstructible(path="manoir.validators.MinLengthValidator")
class MinLengthValidator(BaseValidator):
    """Refuses what is shorter than `limit_value`, with code `"min_length"`."""

    message = ngettext_lazy(
        "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    )
    code = "min_length"

    def compare(self, a: Any, b: Any) -> bool:
        """Tell whether the length `a` is too small."""
        return a < b

    def clean(self, x: Any) -> int:
        """Return the length."""
        return len(x)


@deconstructible(path="manoir.validators.MaxLengthValidator")
class MaxLengthValidator(BaseValidator):
    """Refuses what is longer than `limit_value`, with code `"max_length"`."""

    message = ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    )
    code = "max_length"

    def compare(self, a: Any, b: Any) -> bool:
        """Tell whether the length `a` is too great."""
        return a > b

    def clean(self, x: Any) -> int:
        """Return the length."""
        return len(x)


@deconstructible(path="manoir.validators.StepValueValidator")
class StepValueValidator(BaseValidator):
    """Refuses what is no multiple of `limit_value`, counted from `offset`, with code `"step_size"`.

    Args:
        limit_value: the step, or a function that returns it.
        message: text for the error.
        offset: where counting starts; None is zero.

    Example:
        >>> StepValueValidator(3, offset=1)(7)
    """

    message = gettext_lazy("Ensure this value is a multiple of step size %(limit_value)s.")
    code = "step_size"

    def __init__(
        self, limit_value: Any | Callable[[], Any], message: str | None = None, offset: float | Decimal | None = None
    ) -> None:
        super().__init__(limit_value, message)
        self.offset = offset
        if message is None and offset is not None:
            self.message = gettext_lazy(
                "Ensure this value is a multiple of step size %(limit_value)s, starting from %(offset)s, e.g. "
                "%(offset)s, %(valid_value1)s, %(valid_value2)s, and so on."
            )

    def params(self, value: Any, cleaned: Any, limit: Any) -> dict[str, Any]:
        """Add the offset and the two values that follow it."""
        params = super().params(value, cleaned, limit)
        if self.offset is not None:
            offset, step = exact(self.offset), exact(limit)
            params |= {"offset": self.offset, "valid_value1": offset + step, "valid_value2": offset + step * 2}
        return params

    def compare(self, a: Any, b: Any) -> bool:
        """Tell whether `a` is no multiple of `b`."""
        try:
            distance = ARITHMETIC.subtract(exact(a), exact(self.offset or 0))
            return ARITHMETIC.remainder(distance, exact(b)) != 0
        except InvalidOperation:
            # More digits than we count with, or no number at all.
            return True

    def __eq__(self, other: object) -> bool:
        same = super().__eq__(other)
        return same if same is NotImplemented else same and self.offset == getattr(other, "offset", None)

    __hash__ = BaseValidator.__hash__


def exact(number: Any) -> Decimal:
    """Return the decimal number that is written the same way, so that 0.3 is a multiple of 0.1."""
    return number if isinstance(number, Decimal) else Decimal(repr(number) if isinstance(number, float) else number)


@deconstructible(path="manoir.validators.DecimalValidator")
class DecimalValidator:
    """Refuses decimal numbers that do not fit `max_digits` and `decimal_places`.

    Codes: `"max_digits"`, `"max_decimal_places"`, `"max_whole_digits"`, and `"invalid"` for NaN and infinity.

    Args:
        max_digits: most digits in all; None is any number.
        decimal_places: most digits after the point; None is any number.
    """

    messages: ClassVar[dict[str, str]] = {
        "invalid": gettext_lazy("Enter a number."),
        "max_digits": ngettext_lazy(
            "Ensure that there are no more than %(max)s digit in total.",
            "Ensure that there are no more than %(max)s digits in total.",
            "max",
        ),
        "max_decimal_places": ngettext_lazy(
            "Ensure that there are no more than %(max)s decimal place.",
            "Ensure that there are no more than %(max)s decimal places.",
            "max",
        ),
        "max_whole_digits": ngettext_lazy(
            "Ensure that there are no more than %(max)s digit before the decimal point.",
            "Ensure that there are no more than %(max)s digits before the decimal point.",
            "max",
        ),
    }

    def __init__(self, max_digits: int | None, decimal_places: int | None) -> None:
        self.max_digits = max_digits
        self.decimal_places = decimal_places

    def __call__(self, value: Decimal) -> None:
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise ValidationError(self.messages["invalid"], code="invalid", params={"value": value})
        fraction = max(0, -exponent)
        whole = max(0, len(digits) + exponent) if any(digits) else 0
        self.refuse_above("max_digits", whole + fraction, self.max_digits, value)
        self.refuse_above("max_decimal_places", fraction, self.decimal_places, value)
        if self.max_digits is not None and self.decimal_places is not None:
            self.refuse_above("max_whole_digits", whole, self.max_digits - self.decimal_places, value)

    def refuse_above(self, code: str, count: int, limit: int | None, value: Decimal) -> None:
        """Raise the error `code` when there are more digits than allowed."""
        if limit is not None and count > limit:
            raise ValidationError(self.messages[code], code=code, params={"max": limit, "value": value})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DecimalValidator):
            return NotImplemented
        return (self.max_digits, self.decimal_places) == (other.max_digits, other.decimal_places)

    def __hash__(self) -> int:
        return hash((self.max_digits, self.decimal_places))

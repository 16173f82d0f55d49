"""Fields of numbers and truth. Digits are counted before a number is made of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any, ClassVar

from manoir.bridge import hook
from manoir.exceptions import APIValidationError, ValidationError
from manoir.forms.reading import read_decimal, read_float, read_integer, sane_decimal
from manoir.i18n import gettext_lazy as _
from manoir.i18n import localize_input, sanitize_separators
from manoir.rest._field import MAX_BITS, Field
from manoir.rest.settings import api_settings
from manoir.validators import DecimalValidator, MaxValueValidator, MinValueValidator

MAX_TEXT = 1_000


class BooleanField(Field):
    """True or False; also as texts, which forms and query strings send.

    Example:
        >>> BooleanField().run_validation("on")
        True
    """

    default_empty_html: ClassVar[Any] = False
    initial = False
    default_error_messages: ClassVar[Mapping[str, Any]] = {"invalid": _("This is neither true nor false.")}
    TRUE_VALUES: ClassVar[frozenset[Any]] = frozenset({"t", "y", "yes", "true", "on", "1", 1})
    FALSE_VALUES: ClassVar[frozenset[Any]] = frozenset({"f", "n", "no", "false", "off", "0", 0})
    NULL_VALUES: ClassVar[frozenset[Any]] = frozenset({"null", "", None})

    def __init__(self, **options: Any) -> None:
        if options.get("allow_null"):
            self.default_empty_html, self.initial = None, None  # type: ignore[misc]
        super().__init__(**options)

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the truth of what was sent."""
        if data is True or data is False:
            return data
        if type(data) is str and len(data) <= 10:
            data = data.lower()
        if type(data) in (str, int):
            if data in self.TRUE_VALUES:
                return True
            if data in self.FALSE_VALUES:
                return False
            if data in self.NULL_VALUES and self.allow_null:
                return None
        return self.fail("invalid")

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the truth of a value of the instance."""
        return value if type(value) is bool else bool(value)


class IntegerField(Field):
    """A whole number.

    Args:
        max_value: greatest value.
        min_value: least value.
        **options: those of every field.

    Example:
        >>> IntegerField(max_value=10).run_validation(7.0)
        7
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "invalid": _("This is no whole number."),
        "max_value": _("This is more than {max_value}."),
        "min_value": _("This is less than {min_value}."),
        "max_string_length": _("This number has too many digits."),
    }

    def __init__(self, *, max_value: Any = None, min_value: Any = None, **options: Any) -> None:
        self.max_value, self.min_value = max_value, min_value
        super().__init__(**options)
        if max_value is not None:
            self.validators.append(MaxValueValidator(max_value))
        if min_value is not None:
            self.validators.append(MinValueValidator(min_value))

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the number; `true` is none (H45), and digits are counted first (H53)."""
        kind = type(data)
        if kind is int:
            return data if data.bit_length() <= MAX_BITS else self.fail("max_string_length")
        if kind is float:
            return int(data) if math.isfinite(data) and data.is_integer() else self.fail("invalid")
        if isinstance(data, Decimal):
            data = str(data)
        return self._read(data, read_integer)

    def _read(self, data: Any, read: Any) -> Any:
        if not isinstance(data, str):
            return self.fail("invalid")
        if len(data) > MAX_TEXT:
            return self.fail("max_string_length")
        try:
            return read(data)
        except ValueError:
            return self.fail("invalid")

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the number."""
        return value if type(value) is int else int(value)


class BigIntegerField(IntegerField):
    """A whole number of up to 64 bits, which may be written as text: scripts in browsers round beyond 53.

    Args:
        max_value: greatest value.
        min_value: least value.
        coerce_to_string: whether it is written as text; None says what COERCE_BIGINT_TO_STRING says.
        **options: those of every field.

    Example:
        >>> BigIntegerField(coerce_to_string=True).to_representation(2**60)
        '1152921504606846976'
    """

    def __init__(self, *, coerce_to_string: bool | None = None, **options: Any) -> None:
        self._coerce_to_string = coerce_to_string
        super().__init__(**options)

    @property
    def coerce_to_string(self) -> bool:
        """Whether the number is written as text."""
        own = self._coerce_to_string
        return api_settings.COERCE_BIGINT_TO_STRING if own is None else own

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the number, or its text."""
        return str(value) if self.coerce_to_string else int(value)


class FloatField(IntegerField):
    """A floating point number; infinity is none."""

    default_error_messages: ClassVar[Mapping[str, Any]] = {"invalid": _("This is no number.")}

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the number."""
        if isinstance(data, (float, int, Decimal)) and not isinstance(data, bool):
            try:
                number = float(data)
            except OverflowError:
                return self.fail("invalid")
            return number if math.isfinite(number) else self.fail("invalid")
        return self._read(data, read_float)

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the number."""
        return value if type(value) is float else float(value)


class DecimalField(IntegerField):
    """A decimal number.

    Args:
        max_digits: most digits before and after the point; None for any.
        decimal_places: most digits after the point; None for any.
        coerce_to_string: write it as text, so that nothing is lost; None asks COERCE_DECIMAL_TO_STRING.
        max_value, min_value: the limits.
        localize: read and write it as the language in use does.
        rounding: a rounding mode of `decimal` for digits after the point; None refuses too many.
        normalize_output: drop zeros at the end.
        **options: those of every field.

    Example:
        >>> DecimalField(5, 2).run_validation("12.5")
        Decimal('12.50')
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "invalid": _("This is no number."),
        "max_digits": _("This has more than {max_digits} digits in total."),
        "max_decimal_places": _("This has more than {max_decimal_places} digits after the point."),
        "max_whole_digits": _("This has more than {max_whole_digits} digits before the point."),
    }

    def __init__(
        self,
        max_digits: int | None,
        decimal_places: int | None,
        *,
        coerce_to_string: bool | None = None,
        max_value: Any = None,
        min_value: Any = None,
        localize: bool = False,
        rounding: str | None = None,
        normalize_output: bool = False,
        **options: Any,
    ) -> None:
        self.max_digits, self.decimal_places = max_digits, decimal_places
        self._coerce_to_string = True if localize else coerce_to_string
        self.localize, self.rounding, self.normalize_output = localize, rounding, normalize_output
        super().__init__(max_value=max_value, min_value=min_value, **options)
        self._precision = DecimalValidator(max_digits, decimal_places)

    @property
    def coerce_to_string(self) -> bool:
        """Whether it is written as text."""
        own = self._coerce_to_string
        return api_settings.COERCE_DECIMAL_TO_STRING if own is None else own

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the number, with as many digits after the point as the field has."""
        if isinstance(data, bool):
            return self.fail("invalid")
        if isinstance(data, Decimal):
            try:
                number = sane_decimal(data)
            except ValueError:
                return self.fail("invalid")
        elif isinstance(data, int):
            number = Decimal(data) if data.bit_length() <= MAX_BITS else self.fail("max_string_length")
        else:
            text = repr(data) if isinstance(data, float) else data
            number = self._read(sanitize_separators(text) if self.localize else text, read_decimal)
        return self._placed(number)

    def _placed(self, number: Decimal) -> Decimal:
        """The number with the field's digits after the point, which it may not exceed as it was sent."""
        if self.rounding is not None:
            number = self.quantize(number)
        try:
            self._precision(number)
        except ValidationError as error:
            raise APIValidationError([self._worded(one) for one in error.error_list]) from error
        return self.quantize(number)

    def quantize(self, value: Decimal) -> Decimal:
        """Return the number with exactly `decimal_places` digits after the point."""
        if self.decimal_places is None:
            return value
        context = Context(prec=max(value.adjusted() + 2 + self.decimal_places, self.max_digits or 0, 28))
        return value.quantize(Decimal(1).scaleb(-self.decimal_places), rounding=self.rounding, context=context)

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the number as text, or as a Decimal under `coerce_to_string=False`."""
        if not isinstance(value, Decimal):
            value = Decimal(str(value).strip())
        if value.is_finite():
            value = self.quantize(value)
        if self.normalize_output:
            value = value.normalize()
        if not self.coerce_to_string:
            return value
        return localize_input(value) if self.localize else f"{value:f}"

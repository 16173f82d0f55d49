"""Fields whose canonical value is a decimal, a float or a truth value."""

from __future__ import annotations

import decimal
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal, overload

from typing_extensions import TypeVar as DefaultTypeVar
from typing_extensions import Unpack

from manoir.checks import CheckMessage
from manoir.db import ColumnType
from manoir.i18n import gettext_lazy as _
from manoir.models._fields._base import Field, Validator, builtin
from manoir.models._fields._checks import check_decimal
from manoir.models._fields._integers import MAX_DIGITS_OF_TEXT
from manoir.models._fields._options import OPTION_DEFAULTS, ChoiceOptions
from manoir.validators import DecimalValidator

B = DefaultTypeVar("B", default=bool)
D = DefaultTypeVar("D", default=Decimal)
N = DefaultTypeVar("N", default=float)


@builtin
class FloatField(Field[N, N | int]):
    """A number of double precision; use DecimalField for money.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Floating point number")
    empty_strings_allowed = False
    expected: ClassVar[str] = "a number"
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("“%(value)s” value must be a float.")}

    @overload
    def __init__(
        self: FloatField[float],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        null: Literal[False] = False,
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: FloatField[float | None],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        null: Literal[True],
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    def __init__(self, verbose_name: Any = None, name: str | None = None, **options: Any) -> None:
        super().__init__(verbose_name, name, **options)

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("float")

    def to_python(self, value: Any) -> Any:
        if value is None or type(value) is float:
            return value
        if isinstance(value, str) and len(value) > MAX_DIGITS_OF_TEXT:
            raise self.error("invalid", value=value[:50])
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise self.error("invalid", value=value) from error

    def get_prep_value(self, value: Any) -> Any:
        return value if type(value) is float or value is None else self.prepared(value)


@builtin
class DecimalField(Field[D, D | Decimal | int | float | str]):
    """A number with a fixed count of digits, exact: money, measures.

    Values are rounded half even to `decimal_places` on their way to the database, so that what is read equals what
    was written on every database.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        max_digits: all digits, before and after the point.
        decimal_places: digits after the point.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Decimal number")
    empty_strings_allowed = False
    expected: ClassVar[str] = "a decimal number"
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("“%(value)s” value must be a decimal number.")}
    option_defaults: ClassVar[Mapping[str, Any]] = {**OPTION_DEFAULTS, "max_digits": None, "decimal_places": None}

    @overload
    def __init__(
        self: DecimalField[Decimal],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        max_digits: int,
        decimal_places: int,
        null: Literal[False] = False,
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: DecimalField[Decimal | None],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        max_digits: int,
        decimal_places: int,
        null: Literal[True],
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        max_digits: Any = None,
        decimal_places: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(verbose_name, name, **options)
        self.max_digits = max_digits
        self.decimal_places = decimal_places
        if isinstance(max_digits, int) and isinstance(decimal_places, int) and 0 <= decimal_places <= max_digits:
            self.quantum: Decimal | None = Decimal(1).scaleb(-decimal_places)
            self.context = decimal.Context(prec=max(max_digits, 1) + 5, rounding=decimal.ROUND_HALF_EVEN)
        else:
            self.quantum = None
            self.context = decimal.Context(prec=50)

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("decimal", digits=self.max_digits, places=self.decimal_places)

    @property
    def validators(self) -> list[Validator]:
        return [*super().validators, DecimalValidator(self.max_digits, self.decimal_places)]

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        number = self._as_decimal(value)
        if not number.is_finite():
            raise self.error("invalid", value=value)
        return number

    def _as_decimal(self, value: Any) -> Decimal:
        if isinstance(value, Decimal):
            return value
        if isinstance(value, bool) or (isinstance(value, str) and len(value) > MAX_DIGITS_OF_TEXT):
            raise self.error("invalid", value=str(value)[:50])
        try:
            if isinstance(value, float):
                # 0.1 means what repr() shows, at the precision of the field, not its 55 binary digits.
                return self.context.create_decimal(repr(value)) if math.isfinite(value) else Decimal(value)
            return Decimal(value)
        except (decimal.InvalidOperation, TypeError, ValueError) as error:
            raise self.error("invalid", value=str(value)[:50]) from error

    def get_prep_value(self, value: Any) -> Any:
        value = self.prepared(value)
        if value is None or self.quantum is None:
            return value
        try:
            return value.quantize(self.quantum, context=self.context)
        except decimal.InvalidOperation:
            return value  # more digits than fit: databases and lookups answer as for any other number out of range

    def get_lookup_value(self, value: Any) -> Any:
        # `price__lt=Decimal("9.996")` must not become `price < 10.00`.
        return self.prepared(value)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *check_decimal(self)]


@builtin
class BooleanField(Field[B, B]):
    """True or False; with `null=True` also None.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Boolean (Either True or False)")
    empty_strings_allowed = False
    expected: ClassVar[str] = "True or False"
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("“%(value)s” value must be either True or False."),
        "invalid_nullable": _("“%(value)s” value must be either True, False, or None."),
    }
    empty_values: Sequence[Any] = (None,)

    @overload
    def __init__(
        self: BooleanField[bool],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        null: Literal[False] = False,
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: BooleanField[bool | None],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        null: Literal[True],
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    def __init__(self, verbose_name: Any = None, name: str | None = None, **options: Any) -> None:
        super().__init__(verbose_name, name, **options)

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("bool")

    def to_python(self, value: Any) -> Any:
        if value is True or value is False:
            return value
        if self.null and value in (None, ""):
            return None
        if value in ("t", "True", "true", "1", 1):
            return True
        if value in ("f", "False", "false", "0", 0):
            return False
        raise self.error("invalid_nullable" if self.null else "invalid", value=value)

    def get_prep_value(self, value: Any) -> Any:
        return value if value is True or value is False else self.prepared(value)

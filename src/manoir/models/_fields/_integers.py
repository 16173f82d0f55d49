"""Fields whose canonical value is an integer."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, TypeVar, overload

from typing_extensions import TypeVar as DefaultTypeVar
from typing_extensions import Unpack

from manoir.checks import CheckMessage
from manoir.db import ColumnType
from manoir.i18n import gettext_lazy as _
from manoir.models._fields._base import Field, Validator, builtin
from manoir.models._fields._checks import check_no_max_length
from manoir.models._fields._options import FieldOptions
from manoir.models._fields._text import Text, TextChoicesLike
from manoir.validators import MaxValueValidator, MinValueValidator

E = TypeVar("E", bound=enum.Enum)
I = DefaultTypeVar("I", default=int)  # noqa: E741  # one letter, as every type variable here

IntegerKind: TypeAlias = Literal["smallint", "int", "bigint"]

MAX_DIGITS_OF_TEXT = 1_000
"""Longer texts are refused before they are turned into a number: that conversion is quadratic."""

INTEGER_RANGES: dict[IntegerKind, tuple[int, int]] = {
    "smallint": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}


@builtin
class IntegerField(Field[I, I]):
    """A whole number from -2147483648 to 2147483647.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        choices: an Enum class makes the attribute a member of it; pairs leave it an `int`.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Integer")
    empty_strings_allowed = False
    expected: ClassVar[str] = "a whole number"
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("“%(value)s” value must be an integer.")}
    kind: ClassVar[IntegerKind] = "int"
    positive: ClassVar[bool] = False

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: IntegerField[E],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: IntegerField[E | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: IntegerField[int],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: IntegerField[int | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        def __init__(self, verbose_name: Any = None, name: Text = None, **options: Any) -> None: ...

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType(self.kind)

    @property
    def value_range(self) -> tuple[int, int] | None:
        least, most = INTEGER_RANGES[self.kind]
        return (0 if self.positive else least), most

    @property
    def validators(self) -> list[Validator]:
        least, most = self.value_range or INTEGER_RANGES["bigint"]
        return [*super().validators, MinValueValidator(least), MaxValueValidator(most)]

    def to_python(self, value: Any) -> Any:
        if value is None or type(value) is int:
            return value
        if isinstance(value, str) and len(value) > MAX_DIGITS_OF_TEXT:
            raise self.error("invalid", value=value[:50])
        try:
            number = int(value)
            if isinstance(value, (float, Decimal)) and number != value:
                raise self.error("invalid", value=value)
            return number
        except (TypeError, ValueError, OverflowError) as error:
            raise self.error("invalid", value=value) from error

    def get_prep_value(self, value: Any) -> Any:
        # hot path: benchmarks/orm.py
        return value if type(value) is int or value is None else self.prepared(value)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *check_no_max_length(self)]


@builtin
class SmallIntegerField(IntegerField[I]):
    """A whole number from -32768 to 32767."""

    description: ClassVar[Any] = _("Small integer")
    kind: ClassVar[IntegerKind] = "smallint"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: SmallIntegerField[E],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: SmallIntegerField[E | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: SmallIntegerField[int],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: SmallIntegerField[int | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        def __init__(self, verbose_name: Any = None, name: Text = None, **options: Any) -> None: ...


@builtin
class BigIntegerField(IntegerField[I]):
    """A whole number of 64 bits."""

    description: ClassVar[Any] = _("Big (8 byte) integer")
    kind: ClassVar[IntegerKind] = "bigint"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: BigIntegerField[E],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: BigIntegerField[E | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: BigIntegerField[int],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: BigIntegerField[int | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        def __init__(self, verbose_name: Any = None, name: Text = None, **options: Any) -> None: ...


@builtin
class PositiveIntegerField(IntegerField[I]):
    """A whole number from 0 to 2147483647."""

    description: ClassVar[Any] = _("Positive integer")
    positive: ClassVar[bool] = True

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: PositiveIntegerField[E],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: PositiveIntegerField[E | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: PositiveIntegerField[int],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: PositiveIntegerField[int | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        def __init__(self, verbose_name: Any = None, name: Text = None, **options: Any) -> None: ...


@builtin
class PositiveSmallIntegerField(IntegerField[I]):
    """A whole number from 0 to 32767."""

    description: ClassVar[Any] = _("Positive small integer")
    kind: ClassVar[IntegerKind] = "smallint"
    positive: ClassVar[bool] = True

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: PositiveSmallIntegerField[E],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: PositiveSmallIntegerField[E | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: PositiveSmallIntegerField[int],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: PositiveSmallIntegerField[int | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        def __init__(self, verbose_name: Any = None, name: Text = None, **options: Any) -> None: ...


@builtin
class PositiveBigIntegerField(IntegerField[I]):
    """A whole number from 0 to 9223372036854775807."""

    description: ClassVar[Any] = _("Positive big integer")
    kind: ClassVar[IntegerKind] = "bigint"
    positive: ClassVar[bool] = True

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: PositiveBigIntegerField[E],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: PositiveBigIntegerField[E | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: PositiveBigIntegerField[int],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[False] = False,
            **options: Unpack[FieldOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: PositiveBigIntegerField[int | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[True],
            **options: Unpack[FieldOptions],
        ) -> None: ...
        def __init__(self, verbose_name: Any = None, name: Text = None, **options: Any) -> None: ...


class AutoValue(IntegerField[I]):
    """Common ground of the keys that the database counts."""

    expected: ClassVar[str] = "a whole number"

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType(self.kind, auto=True)

    @property
    def db_returning(self) -> bool:
        return True

    @property
    def validators(self) -> list[Validator]:
        return []  # the database counts, and an empty value is right before it did

    def get_default(self) -> Any:
        return self.default if self.has_default() else None

    def validate(self, value: Any, model_instance: Any) -> None:
        """Nothing: the database gives the value."""

    def formfield(self, **kwargs: Any) -> Any:
        """None: nobody types a key that the database counts."""
        return None


@builtin
class AutoField(AutoValue[I]):
    """An integer key that the database counts."""

    description: ClassVar[Any] = _("Integer")


@builtin
class BigAutoField(AutoValue[I]):
    """A 64-bit integer key that the database counts; the key of models that declare none."""

    description: ClassVar[Any] = _("Big (8 byte) integer")
    kind: ClassVar[IntegerKind] = "bigint"


@builtin
class SmallAutoField(AutoValue[I]):
    """A 16-bit integer key that the database counts."""

    description: ClassVar[Any] = _("Small integer")
    kind: ClassVar[IntegerKind] = "smallint"

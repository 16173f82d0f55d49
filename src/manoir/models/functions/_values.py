"""Functions of any value, of text and of numbers."""

from __future__ import annotations

from typing import Any, ClassVar

from manoir.models._choosing import common_field
from manoir.models._expressions import Value, as_value
from manoir.models._outputs import BIGINT, FLOAT, TEXT
from manoir.models._scope import Scope
from manoir.models._shape import Call, Literal, Node, Param
from manoir.models.functions._func import Func, Transform

# -- any value --------------------------------------------------------------------------------------------------------


class Several(Func):
    """A function of two or more values of one type."""

    def __init__(self, *expressions: Any, output_field: Any = None) -> None:
        if len(expressions) < 2:
            raise ValueError(
                f"{type(self).__name__}() chooses among expressions: give two or more, not {len(expressions)}."
            )
        super().__init__(*expressions, output_field=output_field)

    def arguments(self, scope: Scope) -> list[Node]:
        nodes = [
            None if isinstance(one, Value) and one.output_field is None else one.bind(scope)
            for one in self.source_expressions
        ]
        field = next((node.field for node in nodes if node is not None and node.field is not None), None)
        return [
            node if node is not None else typed_value(expression, field, scope)
            for expression, node in zip(self.source_expressions, nodes, strict=True)
        ]

    def result_field(self, args: list[Node]) -> Any:
        return common_field(args)


def typed_value(value: Value[Any, Any], field: Any, scope: Scope) -> Node:
    """A bare value beside a typed one takes its type, if it can."""
    if field is None or value.value is None or field.enum is not None:
        return scope.constant(value.value, None if value.value is not None else field)
    try:
        return scope.constant(value.value, field)
    except (TypeError, ValueError):
        return scope.constant(value.value)


class Coalesce(Several):
    """The first of the values that is not NULL."""

    builtin = "coalesce"


class Greatest(Several):
    """The largest of the values."""

    builtin = "greatest"


class Least(Several):
    """The smallest of the values."""

    builtin = "least"


class NullIf(Several):
    """NULL when both values are equal, else the first."""

    arity: ClassVar[int | None] = 2
    builtin = "nullif"


class Cast(Func):
    """A value as another type.

    Args:
        expression: the value.
        output_field: a field of the type.
    """

    builtin = "cast"

    def __init__(self, expression: Any, output_field: Any) -> None:
        super().__init__(expression, output_field=output_field)


# -- text -------------------------------------------------------------------------------------------------------------


class TextTransform(Transform):
    """A function from text to text."""

    def result_field(self, args: list[Node]) -> Any:
        return TEXT


class Lower(TextTransform):
    """Text in small letters."""

    builtin = "lower"
    lookup_name = "lower"


class Upper(TextTransform):
    """Text in capitals."""

    builtin = "upper"
    lookup_name = "upper"


class Trim(TextTransform):
    """Text without spaces at both ends."""

    builtin = "trim"
    lookup_name = "trim"


class LTrim(TextTransform):
    """Text without spaces at its beginning."""

    builtin = "ltrim"
    lookup_name = "ltrim"


class RTrim(TextTransform):
    """Text without spaces at its end."""

    builtin = "rtrim"
    lookup_name = "rtrim"


class Length(Transform):
    """How many characters a text has."""

    builtin = "length"
    lookup_name = "length"

    def result_field(self, args: list[Node]) -> Any:
        return BIGINT


class Concat(Func):
    """Texts joined; NULL counts as nothing. Text that is meant as text is `Value("x")`."""

    builtin = "concat"

    def __init__(self, *expressions: Any, output_field: Any = None) -> None:
        if len(expressions) < 2:
            raise ValueError(f"Concat() joins expressions: give two or more, not {len(expressions)}.")
        super().__init__(*expressions, output_field=output_field)

    def result_field(self, args: list[Node]) -> Any:
        return TEXT


class Left(Func):
    """The first `length` characters."""

    builtin = "left"

    def __init__(self, expression: Any, length: Any) -> None:
        super().__init__(expression, checked_length(length))

    def result_field(self, args: list[Node]) -> Any:
        return TEXT


class Right(Left):
    """The last `length` characters."""

    builtin = "right"


class Substr(Func):
    """Characters from `pos` (the first is 1) on, `length` of them or all."""

    builtin = "substr"

    def __init__(self, expression: Any, pos: Any, length: Any = None) -> None:
        if not hasattr(pos, "bind") and pos < 1:
            raise ValueError(f"Substr() counts characters from 1, so pos={pos!r:.40} is before the first.")
        super().__init__(expression, as_value(pos), *([] if length is None else [as_value(length)]))

    def result_field(self, args: list[Node]) -> Any:
        return TEXT


class Replace(Func):
    """Text with every `text` replaced by `replacement`."""

    builtin = "replace"

    def __init__(self, expression: Any, text: Any, replacement: Any = "") -> None:
        super().__init__(expression, as_value(text), as_value(replacement))

    def result_field(self, args: list[Node]) -> Any:
        return TEXT


class Repeat(Func):
    """Text, `number` times."""

    builtin = "repeat"

    def __init__(self, expression: Any, number: Any) -> None:
        if not hasattr(number, "bind") and number is not None and number < 0:
            raise ValueError(f"Repeat() cannot write a text {number!r:.40} times: give 0 or more.")
        super().__init__(expression, as_value(number))

    def result_field(self, args: list[Node]) -> Any:
        return TEXT


class StrIndex(Func):
    """Where a text first stands in another: 1 is the first character, 0 is nowhere."""

    arity: ClassVar[int | None] = 2
    builtin = "index of"

    def result_field(self, args: list[Node]) -> Any:
        return BIGINT


def checked_length(length: Any) -> Any:
    if not hasattr(length, "bind") and length < 1:
        raise ValueError(f"length={length!r:.40} is no number of characters: give 1 or more.")
    return as_value(length)


# -- numbers ----------------------------------------------------------------------------------------------------------


class Abs(Transform):
    """A number without its sign."""

    builtin = "abs"
    lookup_name = "abs"


class Ceil(Transform):
    """The next integer that is not smaller."""

    builtin = "ceil"
    lookup_name = "ceil"


class Floor(Transform):
    """The next integer that is not larger."""

    builtin = "floor"
    lookup_name = "floor"


class Round(Func):
    """A number rounded to `precision` places; halves go away from zero."""

    builtin = "round"
    lookup_name = "round"

    def __init__(self, expression: Any, precision: Any = 0, *, output_field: Any = None) -> None:
        super().__init__(expression, as_value(precision), output_field=output_field)

    def arguments(self, scope: Scope) -> list[Node]:
        number, places = self.source_expressions
        node = places.bind(scope)
        if isinstance(node, Param) and type(node.value) is int and -100 < node.value < 100:
            node = Literal(node.value, BIGINT)
        return [number.bind(scope), node]


class FloatTransform(Transform):
    """A function from a number to a float."""

    def arguments(self, scope: Scope) -> list[Node]:
        return [Call("cast", (node,), FLOAT) for node in super().arguments(scope)]

    def result_field(self, args: list[Node]) -> Any:
        return FLOAT


class Sqrt(FloatTransform):
    """The square root."""

    builtin = "sqrt"
    lookup_name = "sqrt"


class Exp(FloatTransform):
    """e to the power of a number."""

    builtin = "exp"
    lookup_name = "exp"


class Ln(FloatTransform):
    """The natural logarithm."""

    builtin = "ln"
    lookup_name = "ln"


class Sign(Transform):
    """-1, 0 or 1."""

    builtin = "sign"
    lookup_name = "sign"

    def result_field(self, args: list[Node]) -> Any:
        return BIGINT


class Power(Func):
    """A number to the power of another."""

    arity: ClassVar[int | None] = 2
    builtin = "power"

    def arguments(self, scope: Scope) -> list[Node]:
        return [Call("cast", (node,), FLOAT) for node in super().arguments(scope)]

    def result_field(self, args: list[Node]) -> Any:
        return FLOAT


class Mod(Func):
    """What is left of a number divided by another."""

    arity: ClassVar[int | None] = 2
    builtin = "mod"

    def result_field(self, args: list[Node]) -> Any:
        return FLOAT


class Random(Func):
    """A random number."""

    arity: ClassVar[int | None] = 0
    builtin = "random"

    def result_field(self, args: list[Node]) -> Any:
        return FLOAT

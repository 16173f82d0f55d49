"""Angles, logarithms of any base, and the number pi."""

from __future__ import annotations

from typing import Any, ClassVar

from manoir.models._outputs import FLOAT
from manoir.models._scope import Scope
from manoir.models._shape import Call, Node
from manoir.models.functions._func import Func
from manoir.models.functions._values import FloatTransform


class ACos(FloatTransform):
    """The angle, in radians, of which a number is the cosine."""

    builtin = "acos"
    lookup_name = "acos"


class ASin(FloatTransform):
    """The angle, in radians, of which a number is the sine."""

    builtin = "asin"
    lookup_name = "asin"


class ATan(FloatTransform):
    """The angle, in radians, of which a number is the tangent."""

    builtin = "atan"
    lookup_name = "atan"


class Cos(FloatTransform):
    """The cosine of an angle in radians."""

    builtin = "cos"
    lookup_name = "cos"


class Cot(FloatTransform):
    """The cotangent of an angle in radians."""

    builtin = "cot"
    lookup_name = "cot"


class Sin(FloatTransform):
    """The sine of an angle in radians."""

    builtin = "sin"
    lookup_name = "sin"


class Tan(FloatTransform):
    """The tangent of an angle in radians."""

    builtin = "tan"
    lookup_name = "tan"


class Degrees(FloatTransform):
    """An angle in degrees, out of radians."""

    builtin = "degrees"
    lookup_name = "degrees"


class Radians(FloatTransform):
    """An angle in radians, out of degrees."""

    builtin = "radians"
    lookup_name = "radians"


class OfTwoNumbers(Func):
    """Ground of the functions of two numbers whose value is a float."""

    arity: ClassVar[int | None] = 2

    def arguments(self, scope: Scope) -> list[Node]:
        return [Call("cast", (node,), FLOAT) for node in super().arguments(scope)]

    def result_field(self, args: list[Node]) -> Any:
        return FLOAT


class ATan2(OfTwoNumbers):
    """The angle, in radians, whose tangent is the first number divided by the second."""

    builtin = "atan2"


class Log(OfTwoNumbers):
    """The logarithm of the second number, to the base of the first."""

    builtin = "log"


class Pi(Func):
    """The number pi."""

    arity: ClassVar[int | None] = 0
    builtin = "pi"

    def result_field(self, args: list[Node]) -> Any:
        return FLOAT

"""Functions for `Window`: ranks, and the values of rows nearby."""

from __future__ import annotations

from typing import Any, ClassVar

from manoir.exceptions import FieldError
from manoir.models._expressions import Value
from manoir.models._outputs import FLOAT, INTEGER
from manoir.models._scope import Scope
from manoir.models._shape import Literal, Node
from manoir.models.functions._func import Func
from manoir.models.functions._values import typed_value


class WindowFunction(Func):
    """Ground of the functions that need a window."""

    window_compatible: ClassVar[bool] = True

    def bind(self, scope: Scope) -> Node:
        """Refused: such a function has no value outside of a window.

        Raises:
            FieldError: always.
        """
        raise FieldError(f"{self!r} needs a window: write Window({self!r}, order_by=…) (in {scope.method}).")

    def bind_over(self, scope: Scope) -> Node:
        """Bind the arguments; see `Expr.bind_over`."""
        return self.call(self.arguments(scope), scope)


class Ranking(WindowFunction):
    """Ground of the functions without arguments."""

    arity: ClassVar[int | None] = 0

    def result_field(self, args: list[Node]) -> Any:
        return INTEGER


class RowNumber(Ranking):
    """The number of the row in its partition, from 1."""

    builtin = "row_number"


class Rank(Ranking):
    """The rank of the row in its partition, from 1: rows that tie share one, and leave a gap behind them."""

    builtin = "rank"


class DenseRank(Ranking):
    """The rank of the row in its partition, from 1, without gaps."""

    builtin = "dense_rank"


class Fraction(Ranking):
    """Ground of the functions whose value lies between 0 and 1."""

    def result_field(self, args: list[Node]) -> Any:
        return FLOAT


class CumeDist(Fraction):
    """Which part of the partition's rows comes before the row or ties with it."""

    builtin = "cume_dist"


class PercentRank(Fraction):
    """The rank as a part of the partition: 0 for the first row, 1 for one behind all others."""

    builtin = "percent_rank"


class Ntile(WindowFunction):
    """In which of `num_buckets` parts, as equal as they can be, the row lies; from 1."""

    builtin = "ntile"

    def __init__(self, num_buckets: int = 1, **extra: Any) -> None:
        super().__init__(counted(num_buckets, "Ntile", "num_buckets", "parts"), **extra)

    def arguments(self, scope: Scope) -> list[Node]:
        return [Literal(self.source_expressions[0].value)]

    def result_field(self, args: list[Node]) -> Any:
        return INTEGER


class Picked(WindowFunction):
    """Ground of the functions that answer another row's value."""

    def __init__(self, expression: Any, *numbers: Value[Any, Any], output_field: Any = None) -> None:
        if expression is None:
            raise ValueError(f"{type(self).__name__}() needs the name of a field, or an expression.")
        super().__init__(expression, *numbers, output_field=output_field)

    def arguments(self, scope: Scope) -> list[Node]:
        source, *numbers = self.source_expressions
        return [source.bind(scope), *[Literal(number.value) for number in numbers]]


class FirstValue(Picked):
    """The value in the frame's first row."""

    builtin = "first_value"
    arity: ClassVar[int | None] = 1


class LastValue(Picked):
    """The value in the frame's last row; a frame ends with the current row unless another is given."""

    builtin = "last_value"
    arity: ClassVar[int | None] = 1


class NthValue(Picked):
    """The value in row `nth` of the frame, from 1; NULL where there is none."""

    builtin = "nth_value"

    def __init__(self, expression: Any, nth: int = 1, *, output_field: Any = None) -> None:
        super().__init__(expression, counted(nth, "NthValue", "nth", "rows"), output_field=output_field)


class Neighbour(Picked):
    """Ground of `Lag` and `Lead`."""

    def __init__(self, expression: Any, offset: int = 1, default: Any = None, *, output_field: Any = None) -> None:
        self.default = default if default is None or hasattr(default, "bind") else Value(default)
        super().__init__(expression, counted(offset, type(self).__name__, "offset", "rows"), output_field=output_field)

    def arguments(self, scope: Scope) -> list[Node]:
        nodes = super().arguments(scope)
        default = self.default
        if default is None:
            return nodes
        if isinstance(default, Value) and default.output_field is None:
            return [*nodes, typed_value(default, nodes[0].field, scope)]
        return [*nodes, default.bind(scope)]


class Lag(Neighbour):
    """The value `offset` rows before; `default` where there is none."""

    builtin = "lag"


class Lead(Neighbour):
    """The value `offset` rows behind; `default` where there is none."""

    builtin = "lead"


def counted(number: Any, function: str, name: str, things: str) -> Value[Any, Any]:
    """A number from 1 as an argument.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**31:
        raise ValueError(f"{function}({name}={number!r:.80}) is no number of {things}: give 1 or more.")
    return Value(number)

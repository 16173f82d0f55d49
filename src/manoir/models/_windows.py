"""Window functions: a value of each row that is computed out of the rows around it."""

from __future__ import annotations

import enum
from typing import Any, ClassVar, Literal

from manoir.exceptions import FieldError, NotSupportedError
from manoir.models._aggregates import Aggregate
from manoir.models._expressions import Expr, as_reference
from manoir.models._outputs import NUMBERS, kind_of
from manoir.models._recorded import Recorded
from manoir.models._scope import Scope
from manoir.models._shape import Aggregated, Call, Node, Sorted
from manoir.models._terms import as_term, several
from manoir.models._windowing import Frame, Windowed, holds_window

MAX_BOUND = 2**31 - 1
"""How many rows a bound of a frame may be away."""


class WindowFrameExclusion(enum.StrEnum):
    """Rows of a frame that are left out."""

    CURRENT_ROW = "CURRENT ROW"
    GROUP = "GROUP"
    TIES = "TIES"
    NO_OTHERS = "NO OTHERS"


class WindowFrame(Recorded):
    """Which rows around the current one a function sees; see `RowRange` and `ValueRange`.

    Args:
        start: where the frame begins: 0 is the current row, -2 two before it, 2 two behind it, None the partition's begin.
        end: where it ends, likewise; None is the partition's end.
        exclusion: a `WindowFrameExclusion`: what is left out.

    Raises:
        TypeError: a bound is no whole number, or `exclusion` is none of those.
        ValueError: the frame would end before it begins.
    """

    frame_type: ClassVar[Literal["ROWS", "RANGE"]] = "ROWS"

    def __init__(
        self, start: int | None = None, end: int | None = None, exclusion: WindowFrameExclusion | None = None
    ) -> None:
        for name, bound in (("start", start), ("end", end)):
            self._check_bound(name, bound)
        if start is not None and end is not None and start > end:
            raise ValueError(
                f"{type(self).__name__}(start={start}, end={end}) would end before it begins: swap start and end."
            )
        if exclusion is not None and not isinstance(exclusion, WindowFrameExclusion):  # pyright: ignore[reportUnnecessaryIsInstance]
            known = ", ".join([f"WindowFrameExclusion.{one.name}" for one in WindowFrameExclusion])
            raise TypeError(f"{type(self).__name__}(exclusion={exclusion!r:.80}): it is one of {known}.")
        self.start = start
        self.end = end
        self.exclusion = exclusion

    def _check_bound(self, name: str, bound: Any) -> None:
        if bound is not None and (not isinstance(bound, int) or isinstance(bound, bool)):
            raise TypeError(
                f"{type(self).__name__}({name}={bound!r:.80}): a bound is a whole number, or None for the end of the partition."
            )
        if bound is not None and abs(bound) > MAX_BOUND:
            raise ValueError(f"{type(self).__name__}({name}={bound}): {MAX_BOUND:,} is as far as a bound may be away.")

    @property
    def described(self) -> Frame:
        """The frame for the compiler."""
        return Frame(self.frame_type, self.start, self.end, self.exclusion.value if self.exclusion else "")

    @property
    def has_distance(self) -> bool:
        """Whether a bound is neither the current row nor the end of the partition."""
        return bool(self.start) or bool(self.end)

    def identity(self) -> tuple[Any, ...]:
        """Comparable form; see `Expr.identity`."""
        return (type(self), self.described)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WindowFrame) and self.identity() == other.identity()

    def __hash__(self) -> int:
        return hash(self.described)

    def __repr__(self) -> str:
        excluded = "" if self.exclusion is None else f", exclusion=WindowFrameExclusion.{self.exclusion.name}"
        return f"{type(self).__name__}(start={self.start}, end={self.end}{excluded})"


class RowRange(WindowFrame):
    """A frame whose bounds count rows.

    Example:
        >>> RowRange(start=-2, end=0)
        RowRange(start=-2, end=0)
    """


class ValueRange(WindowFrame):
    """A frame whose bounds say how far the value that the rows are ordered by may be away: rows that tie belong together.

    Example:
        >>> ValueRange(end=0)
        ValueRange(start=None, end=0)
    """

    frame_type = "RANGE"


class Window(Recorded, Expr[Any, Any]):
    """A function over the rows around each row; the rows themselves stay.

    Args:
        expression: a function of `manoir.models.functions` for windows (`Rank()`), or an aggregate (`Sum("price")`).
        partition_by: a name or expression, or several: rows that agree in it are looked at together; None: all rows.
        order_by: a name (`"-price"`) or expression, or several: the order inside a partition.
        frame: a `RowRange` or `ValueRange`; None: from the partition's begin to the rows that tie with the current one
            where there is an order, else the whole partition.
        output_field: type of the value, when it cannot be inferred.

    Raises:
        TypeError: an argument is of a type that it cannot be.
        ValueError: the expression is no function for windows.

    Example:
        >>> Window(Rank(), partition_by="author", order_by="-price")
        <Window: Rank() PARTITION BY <F: author> ORDER BY <OrderBy: <F: price> DESC>>
    """

    filterable: ClassVar[bool] = True

    def __init__(
        self,
        expression: Any,
        partition_by: Any = None,
        order_by: Any = None,
        frame: WindowFrame | None = None,
        output_field: Any = None,
    ) -> None:
        if not getattr(expression, "window_compatible", False):
            raise ValueError(
                f"Window() takes one function for windows, such as Rank() or Sum('price'), not {expression!r:.80}; "
                "compute further around it: Window(Sum('price')) / 2."
            )
        if frame is not None and not isinstance(frame, WindowFrame):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"Window(frame={frame!r:.80}) takes a RowRange or a ValueRange.")
        self.source_expression = expression
        self.partition_by = tuple([as_reference(part) for part in several(partition_by)])
        self.order_by = tuple([as_term(term, "Window") for term in several(order_by)])
        self.frame = frame
        self.output_field = output_field

    def bind(self, scope: Scope) -> Node:
        """Bind function, partition and order; see `Expr.bind`."""
        expression = self.source_expression
        function: Any = expression.bind_over(scope)
        partition = [part.bind(scope) for part in self.partition_by]
        order = [term.bind(scope) for term in self.order_by]
        if any(holds_window(part) for part in (*function.parts, *partition, *order)):
            raise FieldError(
                f"{self!r} names a window itself, and windows do not nest (in {scope.method}): "
                "compute the inner one in a Subquery()."
            )
        self._check(function, order, scope)
        field = self.output_field or function.field
        made = Windowed(function, partition, order, None if self.frame is None else self.frame.described, field)
        return expression.or_default(made, scope) if isinstance(expression, Aggregate) else made

    def _check(self, function: Call | Aggregated, order: list[Sorted], scope: Scope) -> None:
        if isinstance(function, Aggregated) and function.distinct:
            raise NotSupportedError(
                f"{self.source_expression!r} counts each value once, and no database does so over a window (in {scope.method}): "
                "leave distinct=True out."
            )
        frame = self.frame
        if isinstance(frame, ValueRange) and frame.has_distance:
            kinds = [kind_of(term.field) for term in order]
            if len(kinds) != 1 or kinds[0] not in NUMBERS:
                raise FieldError(
                    f"{frame!r} says how far a number may be away, so its window is ordered by one number, not by "
                    f"{len(kinds)} values ({', '.join(kinds) or 'none'}) (in {scope.method}). RowRange counts rows instead."
                )

    def __repr__(self) -> str:
        partition = f" PARTITION BY {', '.join(map(repr, self.partition_by))}" if self.partition_by else ""
        order = f" ORDER BY {', '.join(map(repr, self.order_by))}" if self.order_by else ""
        frame = f" {self.frame!r}" if self.frame is not None else ""
        return f"<Window: {self.source_expression!r}{partition}{order}{frame}>"


__all__ = ["RowRange", "ValueRange", "Window", "WindowFrame", "WindowFrameExclusion"]

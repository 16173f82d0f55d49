"""Aggregates: one value out of many rows."""

from __future__ import annotations

from typing import Any, ClassVar

from manoir.exceptions import FieldError
from manoir.models._conditions import Q
from manoir.models._expressions import Expr, F, as_name, as_reference
from manoir.models._outputs import BIGINT, DECIMAL, DURATION, FLOAT, INTEGERS, TEXT, kind_of
from manoir.models._recorded import Recorded
from manoir.models._scope import Scope
from manoir.models._shape import Aggregated, Call, Node, walk
from manoir.models._terms import as_term, several
from manoir.models._windowing import Windowed, holds_window


class Aggregate(Recorded, Expr[Any, Any]):
    """Base of the aggregates.

    Args:
        expression: name of a field, or an expression; relations are counted.
        output_field: type of the value, when it cannot be inferred.
        filter: a condition that rows must fulfil to be counted.
        default: what the value is when there are no rows.
        distinct: repeated values count once (for those aggregates that document it).
        order_by: a name (`"-price"`) or expression, or several: the order in which values are taken (likewise).
    """

    function: ClassVar[str] = ""
    name: ClassVar[str] = ""
    allow_distinct: ClassVar[bool] = False
    allow_order_by: ClassVar[bool] = False
    contains_aggregate = True
    window_compatible: ClassVar[bool] = True
    empty_result_set_value: ClassVar[Any] = None

    def __init__(
        self,
        expression: Any,
        *,
        output_field: Any = None,
        filter: Any = None,
        default: Any = None,
        distinct: bool = False,
        order_by: Any = None,
    ) -> None:
        if order_by is not None and not self.allow_order_by:
            raise TypeError(f"{type(self).__name__}(order_by=…): its value has no order; leave order_by out.")
        if distinct and not self.allow_distinct:
            raise TypeError(f"{type(self).__name__}(distinct=True): this aggregate has no DISTINCT; leave it out.")
        if default is not None and self.empty_result_set_value is not None:
            raise TypeError(
                f"{type(self).__name__}(default={default!r}): this aggregate is never empty; leave default= out."
            )
        self.expression = as_reference(expression)
        self.output_field = output_field
        self.filter = Q(filter) if filter is not None and not isinstance(filter, Q) else filter
        self.default = default
        self.distinct = bool(distinct)
        self.order_by = tuple([as_term(term, type(self).__name__) for term in several(order_by)])

    @property
    def default_alias(self) -> str:
        """`field__function`, for aggregates of a plain name."""
        try:
            return f"{as_name(self.expression)}__{self.name}"
        except TypeError:
            raise TypeError(
                f"No name follows from {self!r}, which is more than one field: pass it by keyword, such as total=…"
            ) from None

    def bind(self, scope: Scope) -> Node:
        """Bind argument and condition; see `Expr.bind`."""
        part = self.bound_argument(scope)
        if part is not None and part.aggregate and (not scope.over_rows or is_aggregated(part)):
            kind = "a window" if holds_window(part) else "an aggregate"
            raise FieldError(f"Cannot compute {self!r}: its argument is {kind} itself (in {scope.method}).")
        return self.or_default(self.aggregated(part, scope), scope)

    def bind_over(self, scope: Scope) -> Aggregated:
        """Bind argument and condition for a window, which is computed after groups: they may be aggregates."""
        return self.aggregated(self.bound_argument(scope), scope)

    def aggregated(self, part: Node | None, scope: Scope) -> Aggregated:
        """The aggregate of a bound argument."""
        condition = None
        if self.filter is not None:
            condition = scope.junction(self.filter)
            if condition.aggregate:
                raise FieldError(f"The filter of {self!r} names an aggregate (in {scope.method}).")
        field = self.output_field or self.result_field(part)
        parts = () if part is None else (part, *self.further(scope))
        order = tuple([term.bind(scope) for term in self.order_by])
        return Aggregated(self.function, parts, field, distinct=self.distinct, condition=condition, order=order)

    def further(self, scope: Scope) -> tuple[Node, ...]:
        """Arguments behind the first."""
        return ()

    def or_default(self, node: Node, scope: Scope) -> Node:
        """The value, or `default` where it is NULL."""
        if self.default is None:
            return node
        field = node.field
        default = self.default.bind(scope) if hasattr(self.default, "bind") else scope.constant(self.default, field)
        return Call("coalesce", (node, default), field)

    def bound_argument(self, scope: Scope) -> Node | None:
        return self.expression.bind(scope)

    def result_field(self, part: Any) -> Any:
        return part.field

    def __repr__(self) -> str:
        filtered = "" if self.filter is None else f", filter={self.filter!r}"
        return f"{type(self).__name__}({self.expression!r}{', distinct=True' if self.distinct else ''}{filtered})"


def is_aggregated(node: Node) -> bool:
    """Whether an aggregate or a window is spelt out in a node; one that an annotation names is a value of the row by then."""
    return any(isinstance(found, (Aggregated, Windowed)) for found in walk(node))


class Count(Aggregate):
    """How many rows there are, or how many related objects, or values that are not NULL.

    Example:
        >>> Count("tags", distinct=True)
        Count(<F: tags>, distinct=True)
    """

    function = "count"
    name = "count"
    allow_distinct = True
    empty_result_set_value = 0

    def __init__(
        self, expression: Any = "*", *, filter: Any = None, distinct: bool = False, output_field: Any = None
    ) -> None:
        if expression == "*" if isinstance(expression, str) else False:
            if distinct:
                raise ValueError(
                    "Count('*', distinct=True) counts rows, which all differ: name the field whose values are counted."
                )
            expression = F("*")
        super().__init__(expression, filter=filter, distinct=distinct, output_field=output_field)

    def bound_argument(self, scope: Scope) -> Node | None:
        if isinstance(self.expression, F) and self.expression.name == "*":
            return None
        return self.expression.bind(scope)

    def result_field(self, part: Any) -> Any:
        return BIGINT


class Sum(Aggregate):
    """The sum of the values."""

    function = "sum"
    name = "sum"
    allow_distinct = True

    def result_field(self, part: Any) -> Any:
        kind = kind_of(part.field)
        if kind in INTEGERS or kind == "bool":
            return BIGINT
        return DECIMAL if kind == "decimal" else part.field


class Avg(Aggregate):
    """The mean of the values: a float, a Decimal of decimals, a timedelta of durations."""

    function = "avg"
    name = "avg"
    allow_distinct = True

    def result_field(self, part: Any) -> Any:
        kind = kind_of(part.field)
        return {"decimal": DECIMAL, "duration": DURATION}.get(kind, FLOAT)


class Min(Aggregate):
    """The smallest value."""

    function = "min"
    name = "min"


class Max(Aggregate):
    """The largest value."""

    function = "max"
    name = "max"


class AnyValue(Aggregate):
    """One of the values that are not NULL, whichever."""

    function = "any"
    name = "anyvalue"


class StringAgg(Aggregate):
    """The values as one text.

    Args:
        expression: name of a field, or an expression; NULL is left out.
        delimiter: what stands between the values: `Value(", ")`.
        **options: those of every aggregate, `distinct` and `order_by` among them.

    Raises:
        TypeError: the delimiter is no expression.

    Example:
        >>> StringAgg("tags__label", Value(", "), order_by="tags__label")
        StringAgg(<F: tags__label>, <Value: ', '>)
    """

    function = "string agg"
    name = "stringagg"
    allow_distinct = True
    allow_order_by = True

    def __init__(self, expression: Any, delimiter: Any, **options: Any) -> None:
        if not hasattr(delimiter, "bind"):
            raise TypeError(
                f"StringAgg(delimiter={delimiter!r:.40}): write Value({delimiter!r:.40}), or F(…) for what a column says."
            )
        self.delimiter = delimiter
        super().__init__(expression, **options)

    def further(self, scope: Scope) -> tuple[Node, ...]:
        return (self.delimiter.bind(scope),)

    def result_field(self, part: Any) -> Any:
        return TEXT

    def __repr__(self) -> str:
        return f"StringAgg({self.expression!r}, {self.delimiter!r})"


class Spread(Aggregate):
    """Ground of StdDev and Variance."""

    prefix: ClassVar[str] = ""

    def __init__(self, expression: Any, sample: bool = False, **options: Any) -> None:
        self.sample = bool(sample)
        super().__init__(expression, **options)

    @property
    def function(self) -> str:  # type: ignore[override]
        """The function of the compiler's table."""
        return f"{self.prefix}_{'samp' if self.sample else 'pop'}"

    def result_field(self, part: Any) -> Any:
        return FLOAT


class StdDev(Spread):
    """The standard deviation, of a sample with `sample=True`."""

    prefix = "stddev"
    name = "stddev"


class Variance(Spread):
    """The variance, of a sample with `sample=True`."""

    prefix = "var"
    name = "variance"

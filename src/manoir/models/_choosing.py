"""CASE: a value that depends on conditions."""

from __future__ import annotations

from typing import Any

from manoir.models._conditions import Q
from manoir.models._expressions import Expr, as_value
from manoir.models._outputs import DECIMAL, FLOAT, INTEGERS, kind_of
from manoir.models._recorded import Recorded
from manoir.models._scope import Scope
from manoir.models._shape import Choose, Literal, Node


class When(Recorded, Expr[Any, Any]):
    """A condition and the value it gives; stands in `Case`.

    Args:
        condition: a `Q` or another condition; or leave it out and give lookups.
        then: the value; text is text here, `F("name")` names a field.
        **lookups: lookups as in `filter()`.
    """

    def __init__(self, condition: Any = None, then: Any = None, **lookups: Any) -> None:
        if lookups:
            condition = Q(**lookups) if condition is None else Q(condition, **lookups)
        if condition is None or not (isinstance(condition, Q) or getattr(condition, "is_condition", False)):
            raise TypeError("When() needs a condition: a Q object, a comparison, or lookups.")
        if isinstance(condition, Q) and not condition.children:
            raise ValueError(
                "When() got an empty Q(), which every row fulfils: write that value as the default of Case()."
            )
        self.condition = condition
        self.result = as_value(then)

    def __repr__(self) -> str:
        return f"WHEN {self.condition!r} THEN {self.result!r}"


class Case(Recorded, Expr[Any, Any]):
    """The value of the first `When` whose condition holds.

    Args:
        *cases: `When` objects.
        default: value when no condition holds; None is NULL.
        output_field: type of the value, when it cannot be inferred.

    Example:
        >>> Case(When(price__lt=10, then=Value("cheap")), default=Value("dear"))
        CASE WHEN <Q: (AND: ('price__lt', 10))> THEN <Value: 'cheap'> ELSE <Value: 'dear'>
    """

    def __init__(self, *cases: When, default: Any = None, output_field: Any = None) -> None:
        for case in cases:
            if not isinstance(case, When):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(
                    f"Case() takes When(condition, then=…) by position, not {case!r:.80}; the value for all other rows is default=."
                )
        self.cases = cases
        self.default = as_value(default)
        self.output_field = output_field

    def bind(self, scope: Scope) -> Node:
        """Bind conditions and values; see `Expr.bind`."""
        whens = [(scope.bound_child(case.condition), case.result.bind(scope)) for case in self.cases]
        default = self.default.bind(scope)
        field = self.output_field or common_field([value for _condition, value in whens] + [default])
        if not whens:
            return default
        if isinstance(default, Literal) and default.value is None:
            default = Literal(None, field)
        return Choose(whens, default, field)

    def __repr__(self) -> str:
        return f"CASE {', '.join(map(repr, self.cases))} ELSE {self.default!r}"


def common_field(nodes: list[Node]) -> Any:
    """The type that several values have together."""
    fields = [
        node.field
        for node in nodes
        if node.field is not None and not (isinstance(node, Literal) and node.value is None)
    ]
    if not fields:
        return None
    kinds = {kind_of(field) for field in fields}
    if len(kinds) > 1 and kinds <= INTEGERS | {"decimal", "float"}:
        return FLOAT if "float" in kinds else DECIMAL if "decimal" in kinds else fields[0]
    return fields[0]

"""`Func`: a function of the database over expressions; base of all functions here and of a project's own."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from manoir.exceptions import FieldError
from manoir.models._expressions import Expr, as_reference
from manoir.models._recorded import Recorded
from manoir.models._scope import Scope
from manoir.models._shape import Call, Key, Node

FUNCTION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}", re.ASCII)


class Func(Recorded, Expr[Any, Any]):
    """A function of the database.

    Args:
        *expressions: arguments; text is the name of a field.
        function: name of the function, for one that is not built in: an identifier, nothing else.
        output_field: type of the value; that of the first argument when left out.

    Example:
        >>> Func("price", function="SQRT")
        Func(<F: price>)
    """

    function: str | None = None
    arity: ClassVar[int | None] = None
    builtin: ClassVar[str] = ""
    """Name in the compiler's table; "" for functions of a project's own."""

    def __init__(self, *expressions: Any, function: str | None = None, output_field: Any = None) -> None:
        if self.arity is not None and len(expressions) != self.arity:
            raise TypeError(
                f"{type(self).__name__}() is a function of {self.arity} expression{'s' if self.arity != 1 else ''}, not of {len(expressions)}."
            )
        self.source_expressions: list[Any] = [self.as_argument(expression) for expression in expressions]
        if function is not None:
            self.function = function
        if not self.builtin and (not isinstance(self.function, str) or not FUNCTION_NAME.fullmatch(self.function)):
            raise FieldError(
                f"{str(self.function)[:60]!r} cannot name a function of the database: letters, digits and '_' only."
            )
        self.output_field = output_field if output_field is not None else getattr(type(self), "output_field", None)

    def as_argument(self, expression: Any) -> Any:
        """An argument as an expression."""
        return as_reference(expression)

    @property
    def contains_aggregate(self) -> bool:  # type: ignore[override]
        """Whether an argument is an aggregate."""
        return any(getattr(expression, "contains_aggregate", False) for expression in self.source_expressions)

    def bind(self, scope: Scope) -> Node:
        """Bind the arguments; see `Expr.bind`."""
        return self.call(self.arguments(scope), scope)

    def arguments(self, scope: Scope) -> list[Node]:
        """The arguments as nodes."""
        return [expression.bind(scope) for expression in self.source_expressions]

    def call(self, args: list[Node], scope: Scope) -> Node:
        """The node for bound arguments."""
        field = self.output_field or self.result_field(args)
        return Call(self.builtin or "named", args, field, extra=self.extra())

    def extra(self) -> Key:
        """What else is a part of the SQL text."""
        return None if self.builtin else self.function

    def result_field(self, args: list[Node]) -> Any:
        """Type of the value when none was given."""
        return next((arg.field for arg in args if arg.field is not None), None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.source_expressions))})"


class Transform(Func):
    """A function of one value that may stand in names of lookups: `Field.register_lookup(Absolute)` → `price__abs__lt`.

    Attributes:
        lookup_name: how queries call it.
        bilateral: it is applied to the value on the right as well.
    """

    arity: ClassVar[int | None] = 1
    lookup_name: ClassVar[str] = ""
    bilateral: ClassVar[bool] = False

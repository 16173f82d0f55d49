"""Lookups and transforms of a project's own: `Field.register_lookup(NotEqual)`.

They are written in expressions, so that no SQL text is written by hand:

    class NotEqual(Lookup):
        lookup_name = "ne"

        def as_expression(self, left, right):
            return ~(left == right)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from manoir.models._expressions import Expr
from manoir.models._shape import Node

if TYPE_CHECKING:
    from manoir.models._scope import Scope


class Lookup:
    """Base of a project's own lookups.

    Attributes:
        lookup_name: how queries call it, behind `__`.
        prepare_rhs: the value is converted by the field before it reaches `as_expression`.
    """

    lookup_name: ClassVar[str] = ""
    prepare_rhs: ClassVar[bool] = True

    def as_expression(self, left: Expr[Any, Any], right: Any) -> Any:
        """Return the condition, made of expressions.

        Args:
            left: the value in front of the lookup.
            right: what the query compares it with; a value, or an expression.
        """
        raise TypeError(f"{type(self).__name__} has no as_expression(self, left, right).")


class BoundExpr(Expr[Any, Any]):
    """A node that is already bound, in the place of an expression."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def bind(self, scope: Scope) -> Node:
        """The node itself."""
        return self.node

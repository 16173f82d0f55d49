"""Queries inside queries: `Subquery`, `Exists`, and `OuterRef`, which names a value of the query around them."""

from __future__ import annotations

from typing import Any, ClassVar

from manoir.models._expressions import Expr, F
from manoir.models._lookups import subquery_of
from manoir.models._names import resolve
from manoir.models._ordering import ordered
from manoir.models._query import Query
from manoir.models._scope import Scope
from manoir.models._shape import FALSE, ExistsQuery, Node, Outer, Selected, walk


class OuterRef(F):
    """A name of the query around a subquery; inside `OuterRef` again, of the one around that.

    Example:
        >>> OuterRef("pk")
        OuterRef(pk)
    """

    def __init__(self, name: Any) -> None:
        self.depth = 1
        if isinstance(name, OuterRef):
            self.depth = name.depth + 1
            name = name.name
        super().__init__(name)

    def bind(self, scope: Scope) -> Node:
        """A node that is looked up when the enclosing query is known; see `Expr.bind`."""
        return Outer(self.name, self.depth)

    def __repr__(self) -> str:
        return f"OuterRef({self.name})"


class Subquery(Expr[Any, Any]):
    """The one value that a queryset reads: `Subquery(Review.objects.filter(book=OuterRef("pk")).values("stars")[:1])`.

    Args:
        queryset: a queryset of one value.
        output_field: type of the value, when another than the queryset's is meant.
    """

    def __init__(self, queryset: Any, output_field: Any = None) -> None:
        self.query = query_of(queryset, type(self).__name__)
        self.output_field = output_field

    def bind(self, scope: Scope) -> Node:
        """Check the names that the subquery takes from here; see `Expr.bind`."""
        query = self.query.single_column()
        check_outer_names(query, scope)
        field = self.output_field or query.output.nodes[0].field
        if query.is_empty:
            return scope.constant(None, field)
        return Selected(settled(query), field)

    def as_subquery(self, scope: Scope) -> Query:
        """The query, for `__in`."""
        check_outer_names(self.query, scope)
        return settled(self.query)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<query of {self.query.model.__name__}>)"


class Exists(Subquery):
    """Whether a queryset has a row; a condition: `filter(Exists(…))`, `~Exists(…)`, `Exists(…) | Q(…)`."""

    is_condition: ClassVar[bool] = True

    def bind(self, scope: Scope) -> Node:
        """Check the names that the subquery takes from here; see `Expr.bind`."""
        query = self.query.for_exists()
        check_outer_names(query, scope)
        if query.is_empty:
            return FALSE
        return ExistsQuery(settled(query))


def query_of(queryset: Any, name: str) -> Query:
    query = subquery_of(queryset)
    if query is None:
        raise TypeError(f"{name}() needs a queryset, not {queryset!r:.80}.")
    return query


def settled(query: Query) -> Query:
    """A sliced subquery needs the order that its slice is of."""
    if not query.is_sliced:
        return query
    return ordered(query)


def check_outer_names(query: Query, scope: Scope) -> None:
    """Refuse names of `OuterRef` that the query around it does not have."""
    for node in nodes_of(query):
        for found in walk(node):
            if isinstance(found, Outer) and found.depth == 1:
                if found.name.split("__")[0] in scope.query.annotations:
                    continue
                resolve(scope.model, found.name, f"OuterRef({found.name[:60]!r}) in {scope.method}")


def nodes_of(query: Query) -> list[Node]:
    return [*query.where, *query.output.nodes, *query.annotations.values(), *(query.order or ())]


__all__ = ["Exists", "OuterRef", "Subquery"]

"""`Q.check`: whether a condition holds for given values, without a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manoir.exceptions import FieldError
from manoir.models import _conditions
from manoir.models._conditions import Q
from manoir.models._names import resolve, unknown_field
from manoir.models._query import Output, Query
from manoir.models._reading import read
from manoir.models._scope import Scope
from manoir.models._shape import Constant, Node


class ValuesScope(Scope):
    """Binds names to values instead of columns.

    Args:
        query: a query without a table.
        values: values or expressions by name.
    """

    __slots__ = ("values",)

    def __init__(self, query: Query, values: Mapping[str, Any]) -> None:
        super().__init__(query, "Q.check()")
        self.values = values

    def given(self, name: str) -> tuple[Node, tuple[str, ...]]:
        """The value that a name begins with, and the names behind it."""
        first, _, rest = name.partition("__")
        names = tuple(rest.split("__")) if rest else ()
        if self.model is None:
            if first not in self.values:
                raise FieldError(
                    f"The condition names {first[:60]!r}, but values are given for {', '.join(self.values)}."
                )
            return self.bound(self.values[first], None), names
        path = resolve(self.model, name, self.method)
        if path.hops:
            raise FieldError(f"{name[:60]!r} leads to another table; a condition on values cannot (in {self.method}).")
        for key in (first, path.field.name, path.field.attname, "pk" if path.field.primary_key else first):
            if key in self.values:
                return self.bound(self.values[key], path.field), path.rest
        raise unknown_field(self.model, first, self.method)

    def bound(self, value: Any, field: Any) -> Node:
        if hasattr(value, "bind"):
            return value.bind(self)
        return self.constant(value, field)

    def condition(self, name: str, value: Any) -> Node:
        node, names = self.given(name)
        return self.settled(self.lookup(node, names, value))

    def value(self, name: str) -> Node:
        return self.transformed(*self.given(name))


async def check_values(condition: Q, against: Mapping[str, Any], using: str, model: Any) -> bool:
    """Whether the condition is not false for the values."""
    query = Query(model)
    node = ValuesScope(query, against).junction(condition)
    if isinstance(node, Constant):
        return node.value
    query = query.copy(tableless=True, order=(), output=Output("flat", ("holds",), (node,)))
    (holds,) = await read(query, using)
    return holds is None or bool(holds)


_conditions.check_values = check_values

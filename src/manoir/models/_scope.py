"""`Scope`: one call on one query, in which names and expressions are bound.

It knows the query's annotations, which joins over many-relations may be shared, and whether a condition stands below a
NOT, where a many-relation becomes an EXISTS (the rows excluded are those for which *some* related row matches).
"""

from __future__ import annotations

import enum
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, cast

from manoir.exceptions import FieldError, NotSupportedError
from manoir.i18n import LazyString
from manoir.models import _lookups as lookups
from manoir.models._conditions import Q, check_child
from manoir.models._expressions import Value
from manoir.models._joining import NamedJoin
from manoir.models._names import Path, hops_of, resolve, unknown_field
from manoir.models._outputs import BOOLEAN, DECIMAL, field_for, kind_of, result_field
from manoir.models._query import Query
from manoir.models._shape import (
    AnnotationRef,
    Call,
    Column,
    Condition,
    Enclosing,
    Hop,
    Hops,
    IsNull,
    Junction,
    Literal,
    ManyExists,
    Node,
    Param,
    Truth,
    all_of,
    any_of,
    negated,
    two_valued,
    walk,
)


class Scope:
    """Binds names and expressions for one call of a queryset's method.

    Args:
        query: the query as it is before the call.
        method: the call, for messages: `filter(titel=…)`.
        fresh: joins over many-relations are this call's own, as `filter()` documents; otherwise existing ones serve.

    Attributes:
        naming: the name that a value gets in `annotate()`; "" elsewhere.
        over_rows: aggregates are computed over the finished rows, so that they may name annotations that are aggregates.
    """

    __slots__ = (
        "fresh",
        "group_count",
        "groups",
        "inside_exists",
        "method",
        "model",
        "naming",
        "negations",
        "over_rows",
        "own",
        "query",
    )

    def __init__(self, query: Query, method: str, *, fresh: bool = False) -> None:
        self.query = query
        self.model = query.model
        self.method = method
        self.fresh = fresh
        self.groups: Any = query.groups
        self.group_count = query.group_count
        self.own: dict[tuple[Hops, Hop], int] = {}
        self.negations = 0
        self.inside_exists = False
        self.over_rows = False
        self.naming = ""

    def joined(self, query: Query) -> Query:
        """`query` with the joins that this scope added."""
        if self.group_count == query.group_count:
            return query
        return query.copy(groups=self.groups, group_count=self.group_count)

    # -- names -----------------------------------------------------------------------------------------------------

    def path(self, name: str) -> Path:
        if self.query.annotations:
            first, _, rest = name.partition("__")
            join = self.query.annotations.get(first)
            if isinstance(join, NamedJoin):
                return join.path(rest, self.method)
        return resolve(self.model, name, self.method)

    def annotation(self, name: str) -> tuple[Node, tuple[str, ...]] | None:
        """The annotation a name begins with, and the names behind it."""
        annotations = self.query.annotations
        if not annotations:
            return None
        first, rest = (name, "") if name in annotations else name.partition("__")[::2]
        found = annotations.get(first)
        if found is None or isinstance(found, NamedJoin):
            return None
        return AnnotationRef(first, found), tuple(rest.split("__")) if rest else ()

    def hops(self, hops: Iterable[Hop]) -> Hops:
        """Give each join over a many-relation its number."""
        way: Hops = ()
        for hop in hops:
            number = self.group(way, hop) if hop.many and not self.inside_exists else 0
            way = (*way, (hop, number if hop.number is None else hop.number))
        return way

    def group(self, way: Hops, hop: Hop) -> int:
        place = (way, hop)
        known = self.own if self.fresh else self.groups
        number = known.get(place)
        if number is None:
            self.group_count += 1
            number = self.group_count
            if self.fresh:
                self.own[place] = number
            self.groups = {place: number, **self.groups}
        return number

    def column(self, path: Path) -> Column:
        return Column(path.field, self.hops(path.hops) if path.hops else ())

    def value(self, name: str) -> Node:
        """The value that a name stands for: an annotation, or a column with transforms behind it."""
        found = self.annotation(name)
        if found is not None:
            return self.transformed(*found)
        try:
            path = self.path(name)
        except FieldError:
            if self.query.annotations:
                raise unknown_field(
                    self.model, name.split("__")[0], self.method, tuple(self.query.annotations)
                ) from None
            raise
        return self.transformed(self.column(path), path.rest)

    def transformed(self, node: Node, names: tuple[str, ...]) -> Node:
        """Apply transforms by name, one after the other."""
        for position, name in enumerate(names):
            node = lookups.apply_transform(node, name, self, names[position + 1 :])
        return node

    # -- conditions ------------------------------------------------------------------------------------------------

    def condition(self, name: str, value: Any) -> Node:
        """The condition that a keyword of `filter()` stands for."""
        # hot path: benchmarks/orm_query.py
        if not self.query.annotations:
            ready = lookups.ready(self.model, name)
            if ready is not None:
                return self.settled(ready.build(value, self))
        found = self.annotation(name)
        if found is not None:
            return self.settled(self.lookup(*found, value))
        try:
            path = self.path(name)
        except FieldError:
            if self.query.annotations:
                raise unknown_field(
                    self.model, name.split("__")[0], self.method, tuple(self.query.annotations)
                ) from None
            raise
        if path.many:
            return self.many_condition(path, value)
        if path.hops and path.hops[0].number is not None:  # a name that is not the model's own, and not to be kept
            return self.settled(self.related_lookup(self.column(path), path, value))
        ready = lookups.make_ready(self.model, name, path, self.method)
        return self.settled(ready.build(value, self))

    def settled(self, condition: Node) -> Node:
        return two_valued(condition) if self.negations else condition

    def many_condition(self, path: Path, value: Any) -> Node:
        """A condition over a many-relation: a join, or below a NOT an EXISTS of its own."""
        if not self.negations or self.inside_exists:
            return self.settled(self.related_lookup(self.column(path), path, value))
        first = next(index for index, hop in enumerate(path.hops) if hop.many)
        way, hop = self.hops(path.hops[:first]), path.hops[first]
        refuse_outer_columns(path, first, self.method)
        inner_hops = tuple([(inner, 0) for inner in path.hops[first + 1 :]])
        if hasattr(value, "bind"):
            value = Bound(Enclosing(value.bind(self)))
        negations, self.negations = self.negations, 0
        self.inside_exists = True
        try:
            condition = self.related_lookup(Column(path.field, inner_hops), path, value)
        finally:
            self.inside_exists = False
            self.negations = negations
        exists = ManyExists(way, hop, condition)
        if isinstance(condition, IsNull) and condition.null:
            # A row without related rows joins a row of NULLs, of which `isnull=True` is true as well.
            return any_of((exists, negated(ManyExists(way, hop, lookups.always()))))
        return exists

    def related_lookup(self, column: Column, path: Path, value: Any) -> Node:
        if path.target is not None:
            value = lookups.related_value(value, path, self.method)
            lookups.check_related_lookup(path, self.method)
        return self.lookup(column, path.rest, value)

    def lookup(self, node: Node, names: tuple[str, ...], value: Any) -> Node:
        """The condition between a node and a value; `names` are transforms and at last a lookup."""
        return lookups.build(node, names, value, self)

    def junction(self, q: Q) -> Node:
        """Bind a `Q`."""
        if q.negated:
            self.negations += 1
        if q.connector == "XOR":
            self.negations += 1
        conditions = [self.bound_child(child) for child in q.children if not (isinstance(child, Q) and not child.terms)]
        if q.connector == "XOR":
            self.negations -= 1
        if q.connector == "AND":
            result = all_of(conditions)
        elif q.connector == "OR":
            result = any_of(conditions)
        else:
            result = Junction("XOR", conditions) if len(conditions) > 1 else all_of(conditions)
        if q.negated:
            self.negations -= 1
            result = negated(result) if conditions else result
        return result

    def bound_child(self, child: Any) -> Node:
        if isinstance(child, tuple):
            name, value = cast("tuple[str, Any]", child)
            return self.condition(name, value)
        if isinstance(child, Q):
            return self.junction(child)
        if not hasattr(child, "bind"):
            check_child(child)
        return self.settled(self.as_condition(child.bind(self)))

    def as_condition(self, node: Node) -> Node:
        """A boolean value as a condition."""
        if isinstance(node, Condition):
            return node
        if isinstance(node, Literal) and isinstance(node.value, bool):
            return lookups.always() if node.value else lookups.never()
        if kind_of(node.field) not in ("bool", ""):
            raise FieldError(
                f"A condition needs a truth value, but {node.field} is {kind_of(node.field)} (in {self.method})."
            )
        return Truth(node)

    def conditions(self, conditions: tuple[Any, ...], named: dict[str, Any]) -> Iterator[Node]:
        """All conditions of one call of `filter()`."""
        for condition in conditions:
            yield self.bound_child(condition)
        for name, value in named.items():
            yield self.condition(name, value)

    @contextmanager
    def negation(self) -> Generator[None]:
        """What is bound inside will be negated."""
        self.negations += 1
        try:
            yield
        finally:
            self.negations -= 1

    # -- values ----------------------------------------------------------------------------------------------------

    def constant(self, value: Any, output_field: Any = None) -> Node:
        """A value of Python's as a node, of the type of `output_field`."""
        if isinstance(value, enum.Enum):
            value = value.value
        elif isinstance(value, LazyString):
            value = str(value)
        if value is None:
            return Literal(None, output_field)
        if output_field is None:
            output_field = field_for(value)
        if isinstance(value, bool) and output_field is BOOLEAN:
            return Literal(value, BOOLEAN)
        return Param(output_field.get_lookup_value(value), output_field)

    def arithmetic(self, left: Any, operator: str, right: Any, output_field: Any) -> Node:
        """Two bound sides with an operator, its type inferred."""
        a = left.bind(self) if not isinstance(left, Value) else None
        b = right.bind(self) if not isinstance(right, Value) else None
        if a is None:
            a = self.operand(left, b.field if b is not None else None)
        if b is None:
            b = self.operand(right, a.field)
        if operator in ("&", "|", "#", "<<", ">>"):
            field = output_field or a.field
        else:
            field = output_field or result_field(a.field, operator, b.field)
        return Call(f"arithmetic {operator}", (a, b), field)

    def operand(self, value: Value[Any, Any], other: Any) -> Node:
        """A number beside a decimal is a decimal: 0.1 means what it shows."""
        raw = value.value
        if value.output_field is None and kind_of(other) == "decimal" and type(raw) in (int, float):
            return Param(Decimal(repr(raw)), DECIMAL)
        return value.bind(self)

    def retyped(self, expression: Any, output_field: Any) -> Node:
        """A bound expression whose type is said by hand."""
        if hasattr(expression, "left") and hasattr(expression, "operator"):
            return self.arithmetic(expression.left, expression.operator, expression.right, output_field)
        return Call("as it is", (expression.bind(self),), output_field)

    def relation(self, name: str) -> Any:
        """The relation of that name, or None."""
        member = self.model._meta.names.get(name)
        return member if member is not None and member.is_relation else None

    def way(self, relation: Any, before: Hops = ()) -> Hops:
        """The joins to a single-valued relation."""
        return (*before, *[(hop, 0) for hop in hops_of(relation)])


def refuse_outer_columns(path: Path, first: int, method: str) -> None:
    """Refuse the condition of a named join that needs the queried row where that is not within reach.

    Raises:
        NotSupportedError: it is over several tables, and compares with columns of the queried model.
    """
    for hop in path.hops[first + 1 :]:
        if hop.condition is not None and any(isinstance(found, Column) for found in walk(hop.condition)):
            raise NotSupportedError(
                f"The condition of the FilteredRelation to {hop.to_model.__name__} compares with columns of other tables, so it "
                f"cannot be excluded by (in {method}): use Exists()."
            )


class Bound:
    """A node in the place of an expression."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node

    def bind(self, scope: Scope) -> Node:
        return self.node

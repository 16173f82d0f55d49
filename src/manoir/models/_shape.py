"""What a query is made of once its names are known: a tree of nodes, each with a shape and with parameters.

An expression that a user writes (`F("price") * 2`) is *bound* to a query and becomes a node. A node knows

- `key`: its shape, hashable and free of values. Two queries with equal keys have the same SQL text;
- `params`: its values, as `Param` objects in a fixed order. They travel to the driver, never into the key;
- `field`: the field whose type the value has (None for conditions);
- `aggregate`: whether an aggregate function stands inside.

Nodes are plain data. `_compiler` turns them into SQLAlchemy constructs, only when no plan with that key is known.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from manoir.models._query import Query

Key: TypeAlias = Hashable


class TypedBy:
    """A key that counts only in rows which say that they belong to one model: the key of a generic relation.

    Attributes:
        field: the foreign key that says the type.
        far: whether it stands in the row that the step leads to; otherwise in the row before.
        model: the model of the types.
        values: the fields by which a type is found, and their values: words that the project's code chose.
    """

    __slots__ = ("far", "field", "model", "values")

    def __init__(self, field: Any, *, far: bool, model: Any, values: tuple[tuple[Any, str], ...]) -> None:
        self.field = field
        self.far = far
        self.model = model
        self.values = values


class Hop:
    """One step over a relation: from a row of one table to the matching rows of another.

    One object per relation and direction (see `_names.hop_of`), so that identity is its shape.

    Attributes:
        name: name of the relation in queries.
        from_model, to_model: where the step begins and ends.
        from_field, to_field: the two columns that must be equal.
        many: one row may meet several.
        nullable: one row may meet none.
        relation: the field or reverse relation the step came from.
        typed: what the rows must say about their type besides; None for keys that point to one model only.
        number: the number of its join, for a named one (`_joining.NamedHop`); None: each way and call has its own.
        condition: what holds for the rows it leads to, likewise.
    """

    __slots__ = (
        "condition", "from_field", "from_model", "many", "name", "nullable", "number", "relation", "to_field", "to_model",
        "typed",
    )  # fmt: skip

    number: int | None
    condition: Node | None

    def __init__(
        self,
        name: str,
        relation: Any,
        from_model: Any,
        to_model: Any,
        from_field: Any,
        to_field: Any,
        *,
        many: bool,
        nullable: bool,
        typed: TypedBy | None = None,
    ) -> None:
        self.name = name
        self.typed = typed
        self.relation = relation
        self.from_model = from_model
        self.to_model = to_model
        self.from_field = from_field
        self.to_field = to_field
        self.many = many
        self.nullable = nullable
        self.number = None
        self.condition = None

    def __repr__(self) -> str:
        return f"<Hop {self.from_model.__name__}.{self.name} -> {self.to_model.__name__}>"


Hops: TypeAlias = tuple[tuple[Hop, int], ...]
"""A way over relations. The number tells joins over one many-relation apart: each `filter()` call has its own."""


class Node:
    """Base of all nodes."""

    __slots__ = ("aggregate", "field", "key", "params")

    key: Key
    params: tuple[Param, ...]
    field: Any
    aggregate: bool

    @property
    def nullable(self) -> bool:
        """Whether the value may be NULL; a condition's whether it may be neither true nor false."""
        return True

    @property
    def children(self) -> tuple[Node, ...]:
        """Nodes directly below."""
        return ()


class Composite(Node):
    """A node above others; its key, parameters and flag follow from theirs."""

    __slots__ = ("parts",)

    parts: tuple[Node, ...]

    def assemble(self, head: Key, parts: Iterable[Node], field: Any = None, aggregate: bool = False) -> None:
        self.parts = parts = tuple(parts)
        self.key = (head, *[part.key for part in parts])
        self.params = parts[0].params if len(parts) == 1 else tuple([p for part in parts for p in part.params])
        self.field = field
        self.aggregate = aggregate or any(part.aggregate for part in parts)

    @property
    def children(self) -> tuple[Node, ...]:
        return self.parts


# -- values -----------------------------------------------------------------------------------------------------------


class Param(Node):
    """A value that is sent beside the SQL text.

    `value` is canonical (see `ColumnType`) and belongs to `field`; `special` is a part of the shape for values that a
    database cannot be sent as they are.
    """

    __slots__ = ("special", "value")

    def __init__(self, value: Any, field: Any, key: Key = None, special: str = "") -> None:
        # hot path: benchmarks/orm_query.py
        self.value = value
        self.field = field
        self.key = key or ("param", shape_of_type(field), special)
        self.params = (self,)
        self.aggregate = False
        self.special = special

    @property
    def nullable(self) -> bool:
        return False


class Late(Param):
    """A value that is known only when the query runs, such as the current time zone."""

    __slots__ = ("compute",)

    def __init__(self, compute: Callable[[], Any], field: Any) -> None:
        self.compute = compute
        self.field = field
        self.key = ("late", shape_of_type(field))
        self.params = (self,)
        self.aggregate = False
        self.special = ""

    @property
    def value(self) -> Any:  # type: ignore[override]
        """The value now."""
        return self.compute()


class Literal(Node):
    """A value that is part of the SQL text, and so of the shape: None, booleans, small integers, checked words."""

    __slots__ = ("value",)

    def __init__(self, value: Any, field: Any = None) -> None:
        self.value = value
        self.field = field
        self.key = ("literal", type(value), value)
        self.params = ()
        self.aggregate = False

    @property
    def nullable(self) -> bool:
        return self.value is None


class Column(Node):
    """A column of the query's table, or of one that `hops` lead to."""

    __slots__ = ("hops",)

    def __init__(self, field: Any, hops: Hops = ()) -> None:
        self.field = field
        self.hops = hops
        self.key = ("column", field, hops)
        self.params = ()
        self.aggregate = False

    @property
    def nullable(self) -> bool:
        return self.field.null or any(hop.nullable for hop, _group in self.hops)


class Outer(Node):
    """A name of the query around a subquery; looked up there when the SQL text is made."""

    __slots__ = ("depth", "name")

    def __init__(self, name: str, depth: int) -> None:
        self.name = name
        self.depth = depth
        self.field = None
        self.key = ("outer", name, depth)
        self.params = ()
        self.aggregate = False


class Enclosing(Composite):
    """A node of the enclosing query, used inside the EXISTS that a negated many-relation becomes."""

    __slots__ = ()

    def __init__(self, node: Node) -> None:
        self.assemble("enclosing", (node,), node.field)

    @property
    def nullable(self) -> bool:
        return self.parts[0].nullable


class AnnotationRef(Node):
    """The value of an annotation of the same query; its parameters are those of the annotation."""

    __slots__ = ("name", "target")

    def __init__(self, name: str, target: Node) -> None:
        self.name = name
        self.target = target
        self.field = target.field
        self.key = ("annotation", name)
        self.params = ()
        self.aggregate = target.aggregate

    @property
    def nullable(self) -> bool:
        return self.target.nullable


class Call(Composite):
    """A function or operator of the compiler's table (`_compiler/_functions.py`) with its arguments.

    `extra` holds what else decides about the SQL text: a closed word such as the part of a date, or a type.
    """

    __slots__ = ("extra", "name")

    def __init__(self, name: str, args: Iterable[Node], field: Any, extra: Key = None) -> None:
        self.name = name
        self.extra = extra
        self.assemble(("call", name, extra, shape_of_type(field)), args, field)


class Aggregated(Composite):
    """An aggregate function: `parts` are its arguments, the terms of its order, then the condition of its FILTER, if any."""

    __slots__ = ("distinct", "filtered", "name", "sorted_by")

    def __init__(
        self,
        name: str,
        args: Iterable[Node],
        field: Any,
        *,
        distinct: bool,
        condition: Node | None,
        order: tuple[Sorted, ...] = (),
    ) -> None:
        self.name = name
        self.distinct = distinct
        self.filtered = condition is not None
        self.sorted_by = len(order)
        parts = (*args, *order, condition) if condition is not None else (*args, *order)
        head = ("aggregate", name, distinct, self.filtered, len(order), shape_of_type(field))
        self.assemble(head, parts, field, aggregate=True)


class Choose(Composite):
    """CASE: conditions and results alternate, then the default."""

    __slots__ = ()

    def __init__(self, whens: Iterable[tuple[Node, Node]], default: Node, field: Any) -> None:
        parts = [part for when in whens for part in when]
        self.assemble(("case", len(parts), shape_of_type(field)), (*parts, default), field)


class Selected(Node):
    """The one value that a subquery reads."""

    __slots__ = ("query",)

    def __init__(self, query: Query, field: Any) -> None:
        self.query = query
        self.field = field
        self.key = ("subquery", query.key())
        self.params = query.params()
        self.aggregate = False


# -- conditions -------------------------------------------------------------------------------------------------------


class Condition(Node):
    """A node that is true or false of a row."""

    __slots__ = ()


class Constant(Condition):
    """A condition that is true, or false, of every row."""

    __slots__ = ("value",)

    def __init__(self, value: bool) -> None:
        self.value = value
        self.field = None
        self.key = ("constant", value)
        self.params = ()
        self.aggregate = False

    @property
    def nullable(self) -> bool:
        return False


class OfType(Condition):
    """Whether a row says that it belongs to one model; see `TypedBy`."""

    __slots__ = ("typed",)

    def __init__(self, typed: TypedBy) -> None:
        self.typed = typed
        self.field = None
        self.key = ("of type", typed)
        self.params = ()
        self.aggregate = False


TRUE = Constant(True)
FALSE = Constant(False)


class CompositeCondition(Composite, Condition):
    """A condition made of others, or of values."""

    __slots__ = ()


class Compare(CompositeCondition):
    """A lookup of the compiler's table between one value and others."""

    __slots__ = ("lookup",)

    def __init__(self, lookup: str, left: Node, *right: Node) -> None:
        self.lookup = lookup
        self.assemble(("compare", lookup), (left, *right))

    @property
    def nullable(self) -> bool:
        return any(part.nullable for part in self.parts)


class FastCompare(Compare):
    """The same, for one column, lookup and parameter whose common key is known."""

    __slots__ = ()

    def __init__(self, key: Key, lookup: str, left: Node, right: Param) -> None:
        # hot path: benchmarks/orm_query.py
        self.key = key
        self.lookup = lookup
        self.parts = (left, right)
        self.params = right.params
        self.field = None
        self.aggregate = False


class IsNull(CompositeCondition):
    """Whether a value is NULL."""

    __slots__ = ("null",)

    def __init__(self, node: Node, null: bool) -> None:
        self.null = null
        self.assemble(("isnull", null), (node,))

    @property
    def nullable(self) -> bool:
        return False


class Truth(CompositeCondition):
    """A boolean value used as a condition."""

    __slots__ = ()

    def __init__(self, node: Node) -> None:
        self.assemble("truth", (node,))

    @property
    def nullable(self) -> bool:
        return self.parts[0].nullable


class Junction(CompositeCondition):
    """AND, OR or XOR of conditions."""

    __slots__ = ("connector",)

    def __init__(self, connector: str, conditions: Iterable[Node]) -> None:
        self.connector = connector
        self.assemble(connector, conditions)

    @property
    def nullable(self) -> bool:
        return any(part.nullable for part in self.parts)


class Not(CompositeCondition):
    """The rows of which a condition is not true; conditions below are never NULL (see `two_valued`)."""

    __slots__ = ()

    def __init__(self, condition: Node) -> None:
        self.assemble("not", (condition,))

    @property
    def nullable(self) -> bool:
        return False


class IsTrue(CompositeCondition):
    """A condition whose unknown counts as false."""

    __slots__ = ()

    def __init__(self, condition: Node) -> None:
        self.assemble("istrue", (condition,))

    @property
    def nullable(self) -> bool:
        return False


class InQuery(CompositeCondition):
    """Whether a value is among those a subquery reads."""

    __slots__ = ("query",)

    def __init__(self, left: Node, query: Query) -> None:
        self.query = query
        self.parts = (left,)
        self.key = ("in", left.key, query.key())
        self.params = (*left.params, *query.params())
        self.field = None
        self.aggregate = left.aggregate


class ExistsQuery(Condition):
    """Whether a subquery has a row."""

    __slots__ = ("query",)

    def __init__(self, query: Query) -> None:
        self.query = query
        self.key = ("exists", query.key())
        self.params = query.params()
        self.field = None
        self.aggregate = False

    @property
    def nullable(self) -> bool:
        return False


class ManyExists(CompositeCondition):
    """Whether a row behind a many-relation fulfils a condition, without joining it to the query.

    `condition` is about the table that `hop` leads to; `hops` is the way to where `hop` begins.
    """

    __slots__ = ("hop", "hops")

    def __init__(self, hops: Hops, hop: Hop, condition: Node) -> None:
        self.hops = hops
        self.hop = hop
        self.assemble(("manyexists", hops, hop), (condition,))

    @property
    def nullable(self) -> bool:
        return False


# -- order ------------------------------------------------------------------------------------------------------------


class Sorted(Composite):
    """One term of ORDER BY."""

    __slots__ = ("descending", "nulls")

    def __init__(self, node: Node, descending: bool, nulls: str | None = None) -> None:
        self.descending = descending
        self.nulls = nulls
        self.assemble(("sorted", descending, nulls), (node,), node.field)

    def reversed(self) -> Sorted:
        nulls = {"first": "last", "last": "first"}.get(self.nulls or "")
        return Sorted(self.parts[0], not self.descending, nulls)


# -- helpers ----------------------------------------------------------------------------------------------------------


def shape_of_type(field: Any) -> Any:
    """The part of a field that SQL text depends on: its column type."""
    # hot path: benchmarks/orm_query.py
    if field is None:
        return None
    known = field.__dict__.get("_query_type")
    if known is None:
        known = field.__dict__["_query_type"] = field.column_type
    return known


def all_of(conditions: Iterable[Node]) -> Node:
    """AND, without what is always true; FALSE as soon as one is."""
    kept: list[Node] = []
    for condition in conditions:
        if condition is FALSE:
            return FALSE
        if condition is not TRUE:
            kept.append(condition)
    return TRUE if not kept else kept[0] if len(kept) == 1 else Junction("AND", kept)


def any_of(conditions: Iterable[Node]) -> Node:
    """OR, without what is always false; TRUE as soon as one is."""
    kept: list[Node] = []
    for condition in conditions:
        if condition is TRUE:
            return TRUE
        if condition is not FALSE:
            kept.append(condition)
    return FALSE if not kept else kept[0] if len(kept) == 1 else Junction("OR", kept)


def negated(condition: Node) -> Node:
    """NOT of a condition that is never NULL."""
    if isinstance(condition, Constant):
        return FALSE if condition.value else TRUE
    return Not(condition)


def two_valued(condition: Node) -> Node:
    """A condition that is false where the given one is unknown, so that its negation is its complement."""
    if not condition.nullable:
        return condition
    if isinstance(condition, Compare) and not any(part.nullable for part in condition.parts[1:]):
        return all_of((condition, IsNull(condition.parts[0], False)))
    return IsTrue(condition)


def walk(node: Node) -> Iterable[Node]:
    """The node and all below it, not going into subqueries."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.children)

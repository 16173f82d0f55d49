"""Joins that have a name: what `FilteredRelation` makes of the steps over a relation."""

from __future__ import annotations

from typing import Any

from manoir.models._names import SEPARATOR, Path, resolve
from manoir.models._shape import Composite, Hop, Hops, Key, Node


class NamedHop(Hop):
    """A step of a named join: it has its own table, whoever else takes the same step.

    Two of them are equal when they have the same text in SQL; the values of the condition are those of the annotation.

    Attributes:
        key: its shape.
    """

    __slots__ = ("key",)

    def __init__(self, hop: Hop, name: str, number: int, condition: Node | None) -> None:
        super().__init__(
            hop.name,
            hop.relation,
            hop.from_model,
            hop.to_model,
            hop.from_field,
            hop.to_field,
            many=hop.many,
            nullable=True,  # no row may fulfil the condition
            typed=hop.typed,
        )
        self.number = number
        self.condition = condition
        self.key: Key = (hop, name, number, None if condition is None else condition.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NamedHop) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class OfJoined(Node):
    """A column of the table that is being joined, in the condition of its join."""

    __slots__ = ()

    def __init__(self, field: Any) -> None:
        self.field = field
        self.key = ("joined", field)
        self.params = ()
        self.aggregate = False

    @property
    def nullable(self) -> bool:
        return self.field.null


class NamedJoin(Composite):
    """The annotation that a `FilteredRelation` is: no value, but a way that names may begin with.

    Attributes:
        hops: the steps.
        model: the model they lead to.
    """

    __slots__ = ("hops", "model")

    def __init__(self, hops: tuple[NamedHop, ...], condition: Node) -> None:
        self.hops = hops
        self.model = hops[-1].to_model
        self.assemble(("named join", hops), (condition,))

    @property
    def way(self) -> Hops:
        """The steps with their numbers."""
        return tuple([(hop, hop.number or 0) for hop in self.hops])

    def path(self, rest: str, method: str) -> Path:
        """What the names behind the join's own lead to; its own is the key of the row."""
        if rest and rest.split(SEPARATOR, 1)[0] in self.model._meta.names:
            inner = resolve(self.model, rest, method)
            return Path((*self.hops, *inner.hops), inner.field, inner.target, inner.rest)
        return Path(self.hops, self.model._meta.pk, self.model, tuple(rest.split(SEPARATOR)) if rest else ())

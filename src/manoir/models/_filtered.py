"""`FilteredRelation`: a relation under a name of its own, joined to the rows that fulfil a condition."""

from __future__ import annotations

from typing import Any, Never

from manoir.exceptions import FieldError, nearest
from manoir.models._conditions import Q
from manoir.models._expressions import as_name, comparable
from manoir.models._joining import NamedHop, NamedJoin, OfJoined
from manoir.models._names import MAX_STEPS, SEPARATOR, Path, hops_of
from manoir.models._query import Query
from manoir.models._recorded import Recorded
from manoir.models._scope import Scope
from manoir.models._shape import TRUE, Column, Hop, Node


class FilteredRelation(Recorded):
    """A relation by another name, in which only rows that fulfil a condition are met; for `annotate()` and `alias()`.

    The condition is a part of the join, so that rows without such related rows stay, with none of them.

    Args:
        relation_name: the relation, `__` leads on: `"books"`, `"books__tags"`; no lookups.
        condition: a `Q` whose names begin with `relation_name`, or are columns of the queried model.

    Raises:
        ValueError: there is no relation's name.
        TypeError: an argument is of another type.

    Example:
        >>> FilteredRelation("books", condition=Q(books__price__lt=5))
        FilteredRelation('books', condition=<Q: (AND: ('books__price__lt', 5))>)
    """

    def __init__(self, relation_name: Any, *, condition: Any = None) -> None:
        name = as_name(relation_name)
        if not name:
            raise ValueError("FilteredRelation() needs the name of a relation, such as 'books'.")
        if condition is not None and not isinstance(condition, Q):
            if not getattr(condition, "is_condition", False):
                raise TypeError(f"FilteredRelation(condition=…) is a Q or a comparison, not {condition!r:.80}.")
            condition = Q(condition)
        self.relation_name = name
        self.condition: Q = Q() if condition is None else condition

    @property
    def default_alias(self) -> Never:
        """None: the name is what it is for."""
        raise TypeError(f"{self!r} needs a name: write annotate(name={self!r}).")

    def bind(self, scope: Scope) -> NamedJoin:
        """Describe the join.

        Raises:
            FieldError: a name is no relation, or the condition is about other tables.
        """
        name = scope.naming
        if SEPARATOR in name:
            raise FieldError(
                f"Names begin with that of a FilteredRelation and '__', so {name!r} cannot hold '__' itself."
            )
        steps = self.steps(scope)
        before: list[NamedHop] = []
        for hop in steps[:-1]:
            scope.group_count += 1
            before.append(NamedHop(hop, name, scope.group_count, None))
        inner = JoinScope(scope, steps, tuple(before), self.relation_name)
        condition = inner.junction(self.condition) if self.condition.terms else TRUE
        if condition.aggregate:
            raise FieldError(
                f"The condition of {self!r} is about single rows, not about aggregates (in {scope.method})."
            )
        scope.group_count += 1
        return NamedJoin((*before, NamedHop(steps[-1], name, scope.group_count, condition)), condition)

    def steps(self, scope: Scope) -> tuple[Hop, ...]:
        """The steps that the relation's name stands for."""
        model: Any = scope.model
        found: list[Hop] = []
        names = self.relation_name.split(SEPARATOR)
        if len(names) > MAX_STEPS:
            raise FieldError(f"FilteredRelation() follows {len(names)} relations; {MAX_STEPS} are the most.")
        for name in names:
            relation = model._meta.names.get(name)
            if (
                relation is None
                or not relation.is_relation
                or name == getattr(relation, "attname", None) != relation.name
            ):
                known = [one for one, member in model._meta.names.items() if member.is_relation and one == member.name]
                raise FieldError(
                    f"FilteredRelation() takes a relation, and {model.__name__} has none named {name[:60]!r} (in {scope.method})."
                    f"{nearest(name[:60], known)} Relations: {', '.join(known) or 'none'}."
                )
            found.extend(hops_of(relation))
            model = relation.related_model
        return tuple(found)

    def identity(self) -> tuple[Any, ...]:
        """Comparable form; see `Expr.identity`."""
        return (type(self), self.relation_name, comparable(self.condition))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FilteredRelation) and self.identity() == other.identity()

    def __hash__(self) -> int:
        return hash(self.relation_name)

    def __repr__(self) -> str:
        condition = f", condition={self.condition!r}" if self.condition.terms else ""
        return f"FilteredRelation({self.relation_name!r}{condition})"


class JoinScope(Scope):
    """Binds the condition of a join: names are columns of the joined table, or of those on the way to it.

    Args:
        scope: that of the query.
        steps: the steps of the relation.
        before: the steps before the last, as they are joined.
        relation_name: the relation, for messages.
    """

    __slots__ = ("before", "relation_name", "steps")

    def __init__(self, scope: Scope, steps: tuple[Hop, ...], before: tuple[NamedHop, ...], relation_name: str) -> None:
        super().__init__(Query(scope.model), f"FilteredRelation({relation_name!r}) in {scope.method}")
        self.steps = steps
        self.before = before
        self.relation_name = relation_name

    def condition(self, name: str, value: Any) -> Node:
        path = self.path(name)
        return self.settled(self.related_lookup(self.column(path), path, value))

    def column(self, path: Path) -> Any:
        length = len(path.hops)
        if path.hops != self.steps[:length]:
            way = SEPARATOR.join([hop.name for hop in path.hops])
            raise FieldError(
                f"The condition of FilteredRelation({self.relation_name!r}) is about its rows and the queried ones, not about "
                f"{way!r} (in {self.method}): use Exists() or a condition in filter()."
            )
        if length == len(self.steps):
            return OfJoined(path.field)
        return Column(path.field, tuple([(hop, hop.number or 0) for hop in self.before[:length]]))


__all__ = ["FilteredRelation"]

"""ORDER BY: from the arguments of `order_by()`, or a model's `Meta.ordering`, to sorted nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from manoir.exceptions import FieldError
from manoir.models._expressions import Ordering
from manoir.models._names import MAX_KNOWN
from manoir.models._outputs import FLOAT
from manoir.models._query import Query
from manoir.models._scope import Scope
from manoir.models._shape import AnnotationRef, Call, Column, Sorted

MAX_TERMS = 100
MAX_DEPTH = 10
"""How far an order may lead from one model's `Meta.ordering` to the next."""

default_orders: WeakKeyDictionary[Any, tuple[int, Any, tuple[Sorted, ...]]] = WeakKeyDictionary()


known_terms: dict[Any, tuple[int, dict[str, list[Sorted]]]] = {}


def order_terms(scope: Scope, terms: Sequence[Any]) -> tuple[Sorted, ...]:
    """The terms of ORDER BY.

    Args:
        scope: the query, and the call for messages.
        terms: names (`-` in front turns one round, `?` is a random order), expressions, `asc()` and `desc()`.

    Raises:
        FieldError: a name does not exist.
    """
    if len(terms) > MAX_TERMS:
        raise FieldError(f"An order has {len(terms)} terms; {MAX_TERMS} are the most.")
    return tuple([bound for term in terms for bound in bound_terms(scope, term, 0)])


def bound_terms(scope: Scope, term: Any, depth: int) -> list[Sorted]:
    if isinstance(term, str):
        return kept_terms(scope, term) if not depth and not scope.query.annotations else named_terms(scope, term, depth)
    if isinstance(term, Ordering):
        return [term.bind(scope)]
    if hasattr(term, "bind"):
        return [Sorted(term.bind(scope), False)]
    if isinstance(term, Sorted) and term in (scope.query.order or ()):
        return [term]  # out of this query's own `query.order_by`, to sort further behind it
    raise FieldError(f"order_by() takes names and expressions, not {term!r:.80} (in {scope.method}).")


def kept_terms(scope: Scope, term: str) -> list[Sorted]:
    """The terms that a name stands for; kept for each model unless it crosses many-relations or holds parameters."""
    # hot path: benchmarks/orm_query.py
    kept = known_terms.get(scope.model)
    version = scope.model._meta.version
    if kept is None or kept[0] != version or len(kept[1]) > MAX_KNOWN:
        kept = known_terms[scope.model] = (version, {})
    found = kept[1].get(term)
    if found is None:
        before = scope.group_count
        found = named_terms(scope, term, 0)
        if scope.group_count == before and not any(one.params for one in found):
            kept[1][term] = found
    return found


def named_terms(scope: Scope, term: str, depth: int) -> list[Sorted]:
    if term == "?":
        return [Sorted(Call("random", (), FLOAT), False)]
    descending = term.startswith("-")
    name = term[1:] if descending else term
    annotation = scope.annotation(name)
    if annotation is None or (not annotation[1] and not isinstance(annotation[0], AnnotationRef)):
        path = scope.path(name) if annotation is None else None
        if path is not None and path.target is not None and not path.rest:
            return related_terms(scope, name, path.target, descending, depth)
    return [Sorted(scope.value(name), descending)]


def related_terms(scope: Scope, name: str, model: Any, descending: bool, depth: int) -> list[Sorted]:
    """The order of a related model, in front of whose names the relation stands; its key when it has none."""
    ordering = model._meta.ordering
    if not ordering or name == "pk" or name.endswith("__pk"):
        return [Sorted(scope.value(name), descending)]
    if depth >= MAX_DEPTH:
        raise FieldError(f"The order of {scope.model.__name__} leads in a circle over {name!r} (in {scope.method}).")
    found: list[Sorted] = []
    for term in ordering:
        if isinstance(term, str) and term != "?":
            inner = f"{name}__{term[1:]}" if term.startswith("-") else f"{name}__{term}"
            bound = named_terms(scope, inner, depth + 1)
            found.extend([one.reversed() for one in bound] if term.startswith("-") else bound)
        else:
            found.extend(bound_terms(prefixed(scope, name), term, depth + 1))
    return [term.reversed() for term in found] if descending else found


class Prefixed(Scope):
    """Binds the names of a related model's expressions from the query's own model."""

    __slots__ = ("prefix",)

    def value(self, name: str) -> Any:
        return super().value(f"{self.prefix}__{name}")


def prefixed(scope: Scope, name: str) -> Scope:
    made = Prefixed(scope.query, scope.method)
    made.prefix = name
    return made


def ordered(query: Query) -> Query:
    """The query with its order settled: the model's own where none was asked for, turned round if that was asked for."""
    # hot path: benchmarks/orm_query.py
    order = query.order
    if order is None:
        ordering = query.model._meta.ordering
        if not ordering or isinstance(query.grouping, tuple) or query.combined is not None or query.source is not None:
            return query
        query, order = default_order(query, ordering)
    if query.backwards:
        return query.copy(order=tuple([term.reversed() for term in order]), backwards=False)
    return query if query.order is order else query.copy(order=order)


def is_total(query: Query) -> bool:
    """Whether no two rows can tie: the order names columns of the model whose values are unique, and never NULL."""
    names = {
        node.field.name
        for node in [term.parts[0] for term in query.order or ()]
        if isinstance(node, Column) and not node.hops and (not node.field.null or node.field.primary_key)
    }
    options = query.model._meta
    unique: list[Any] = [{field.name} for field in options.concrete_fields if field.unique]
    unique += [set(group) for group in options.unique_together]
    unique += [
        set(constraint.fields)
        for constraint in options.constraints
        if getattr(constraint, "fields", ()) and constraint.condition is None and not constraint.deferrable
    ]
    return any(names.issuperset(group) for group in unique)


def default_order(query: Query, ordering: Sequence[Any]) -> tuple[Query, tuple[Sorted, ...]]:
    model = query.model
    known = default_orders.get(model)
    if known is not None and known[0] == model._meta.version and known[1] == ordering and not query.annotations:
        return query, known[2]
    scope = Scope(query, f"{model.__name__}.Meta.ordering")
    order = order_terms(scope, ordering)
    if (
        scope.group_count == query.group_count
        and not query.annotations
        and all(isinstance(term, str) for term in ordering)
    ):
        default_orders[model] = (model._meta.version, ordering, order)
    return scope.joined(query), order

"""The methods of a queryset that only describe: `filter`, `order_by`, `values`, `annotate` … none of them waits."""

from __future__ import annotations

from typing import Any, Never, Self

from typing_extensions import TypeVar

from manoir.db import router
from manoir.exceptions import FieldError, NotSupportedError
from manoir.models._conditions import Q
from manoir.models._expressions import Expr, Ordering, as_name
from manoir.models._fetch_modes import FetchMode
from manoir.models._hydrate import NAME
from manoir.models._joining import NamedJoin
from manoir.models._lookups import quick_conditions
from manoir.models._ordering import order_terms
from manoir.models._query import Lock, Output, Query
from manoir.models._queryset_base import M, QuerySetBase, Row
from manoir.models._scope import Scope
from manoir.models._selecting import restricted, with_related
from manoir.models._shape import Aggregated, AnnotationRef, Hops, Node, all_of, any_of, negated, walk
from manoir.models._state import is_reserved
from manoir.models._windowing import holds_window

V = TypeVar("V")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
Ref = str | Expr[Any, Any]

MAX_NAME = 63
MAX_VALUES = 1_000
"""Values that one row may have."""


class Building(QuerySetBase[M, Row]):
    """Methods that answer another queryset."""

    # -- conditions --------------------------------------------------------------------------------------------------

    def filter(self, /, *conditions: Q | Expr[bool, Any], **lookups: Any) -> Self:
        """The rows that fulfil all conditions.

        Joins over many-relations are shared within one call, and made anew by the next: `filter(tags__label="a",
        tags__slug="b")` asks for one tag that is both, `filter(tags__label="a").filter(tags__slug="b")` for two that may differ.

        Args:
            *conditions: `Q` objects, typed comparisons (`Book.price < 500`), `Exists(…)`.
            **lookups: `author__name__icontains="x"`.

        Raises:
            FieldError: a name or lookup does not exist.
            FieldTypeError: a value can never be one of its field.
        """
        # hot path: benchmarks/orm_query.py
        query = self._changeable("filter")
        if not conditions and not query.annotations:
            quick = quick_conditions(query.model, lookups)
            if quick is not None:
                return self._with(query.copy(where=(*query.where, *quick)))
        scope = Scope(query, "filter()", fresh=True)
        for condition in scope.conditions(conditions, lookups):
            query = query.filtered(condition)
        return self._with(scope.joined(query) if scope.group_count != query.group_count else query)

    def exclude(self, /, *conditions: Q | Expr[bool, Any], **lookups: Any) -> Self:
        """The rows that do not fulfil all conditions: exactly those that `filter()` with the same arguments leaves out.

        A condition over a many-relation excludes a row when any related row fulfils it; several such conditions may be
        fulfilled by different related rows.
        """
        query = self._changeable("exclude")
        scope = Scope(query, "exclude()", fresh=True)
        with scope.negation():
            bound = all_of(list(scope.conditions(conditions, lookups)))
        if not lookups and all(isinstance(condition, Q) and not condition.terms for condition in conditions):
            return self._with(query)
        return self._with(scope.joined(query.filtered(negated(bound))))

    def complex_filter(self, filter_obj: Any) -> Self:
        """`filter()` by a `Q` or by a mapping of lookups."""
        return self.filter(filter_obj) if isinstance(filter_obj, Q) else self.filter(**filter_obj)

    def none(self) -> Self:
        """A queryset without rows, which asks no database."""
        return self._with(self._query.copy(is_empty=True))

    # -- order -------------------------------------------------------------------------------------------------------

    def order_by(self, *fields: Ref | Ordering) -> Self:
        """The rows in another order; without arguments in none at all.

        Args:
            *fields: names (`"-price"` is the largest first, `"author__name"`, `"?"` at random), expressions.
        """
        query = self._changeable("order_by", combined=True)
        if query.is_sliced:
            raise TypeError("This queryset is sliced, and a slice follows the order: call order_by() before it.")
        scope = Scope(query, "order_by()")
        order = order_terms(scope, fields)
        return self._with(scope.joined(query).copy(order=order, backwards=False))

    def reverse(self) -> Self:
        """The rows in the opposite order."""
        query = self._query
        if query.is_sliced:
            raise TypeError("This queryset is sliced, and a slice follows the order: call reverse() before it.")
        return self._with(query.copy(backwards=not query.backwards))

    # -- what a row is -----------------------------------------------------------------------------------------------

    def values(self, /, *fields: Ref, **expressions: Any) -> Any:
        """Dicts instead of instances.

        Args:
            *fields: names; all columns when there are none.
            **expressions: computed values, as in `annotate()`.
        """
        return self._values("dicts", fields, expressions)

    def values_list(self, *fields: Any, flat: bool = False, named: bool = False) -> Any:
        """Tuples instead of instances.

        Args:
            *fields: names or expressions; all columns when there are none.
            flat: single values instead of tuples of one.
            named: named tuples.

        Raises:
            TypeError: `flat` with several fields, or together with `named`.
        """
        if flat and named:
            raise TypeError("flat gives values and named gives tuples: ask for one of them.")
        if flat and len(fields) > 1:
            raise TypeError(
                f"flat=True gives one value of each row, but {len(fields)} fields are named: name one, or leave flat out."
            )
        return self._values("flat" if flat else "named" if named else "tuples", fields, {})

    def _values(self, form: Any, fields: tuple[Any, ...], expressions: dict[str, Any]) -> Any:
        query = self._changeable("values", combined=True)
        if query.combined is not None:
            arms = tuple(
                [
                    one_arm(type(self), query_arm)._values(form, fields, expressions)._query
                    for query_arm in query.combined[2]
                ]
            )
            return self._with(query.copy(output=arms[0].output, combined=(*query.combined[:2], arms)))
        names = list(fields)
        if expressions:
            query = self.annotate(**expressions)._query
            names.extend(expressions)
        scope = Scope(query, f"{'values' if form == 'dicts' else 'values_list'}()")
        labels, nodes = self._selected(scope, query, names)
        if form == "flat" and len(nodes) > 1:
            labels, nodes = labels[:1], nodes[:1]
        query = scope.joined(scope.query).copy(
            output=Output(form, tuple(labels), tuple(nodes)), related=(), only=None, load=None
        )
        return self._with(query)

    def _selected(self, scope: Scope, query: Query, names: list[Any]) -> tuple[list[str], list[Node]]:
        """Labels and nodes of `values()`."""
        if not names:
            names = [field.attname for field in query.model._meta.concrete_fields]
            names.extend([name for name in query.annotations if name not in query.hidden])
        if len(names) > MAX_VALUES:
            raise FieldError(f"values() got {len(names):,} names; {MAX_VALUES} are the most.")
        labels: list[str] = []
        nodes: list[Node] = []
        for number, name in enumerate(names, 1):
            if isinstance(name, str):
                labels.append(name)
                nodes.append(scope.value(name))
            elif hasattr(name, "path") or hasattr(name, "name"):
                labels.append(as_name(name))
                nodes.append(name.bind(scope))
            elif hasattr(name, "bind"):
                label = default_label(name, number)
                labels.append(label)
                node = name.bind(scope)
                if is_grouping(node):
                    scope.query = grouped(scope.query.copy(output=Output("tuples", tuple(labels[:-1]), tuple(nodes))))
                nodes.append(node)
            else:
                raise TypeError(f"{name!r} is neither the name of a field nor an expression.")
        return labels, nodes

    # -- computed values ---------------------------------------------------------------------------------------------

    def annotate(self, /, *unnamed: Any, **expressions: Any) -> Self:
        """Give each row further values.

        Args:
            *unnamed: aggregates that name themselves, `Count("tags")` as `tags__count`.
            **expressions: values by name.

        Raises:
            ValueError: a name is one of the model's fields.
            FieldError: a name is no identifier, or an expression names what does not exist.
        """
        return self._annotated("annotate", unnamed, expressions, hidden=False)

    def alias(self, /, *unnamed: Any, **expressions: Any) -> Self:
        """Computed values for later conditions and orders, which are not part of the rows."""
        return self._annotated("alias", unnamed, expressions, hidden=True)

    def _annotated(self, method: str, unnamed: tuple[Any, ...], expressions: dict[str, Any], *, hidden: bool) -> Self:
        query = self._changeable(method)
        named = named_expressions(unnamed, expressions)
        for name, expression in named.items():
            check_annotation_name(query.model, name, method)
            scope = Scope(query, f"{method}({name}=…)")
            scope.naming = name
            node = bound_value(expression, scope)
            query = scope.joined(query)
            if isinstance(node, NamedJoin):  # no value, but a way to some
                query = query.copy(annotations={**query.annotations, name: node}, hidden=query.hidden | {name})
                continue
            if is_grouping(node):
                query = grouped(query)
            annotations = {**query.annotations, name: node}
            names = query.hidden | {name} if hidden else query.hidden - {name}
            query = query.copy(annotations=annotations, hidden=names)
            if not hidden and query.output.form != "models":
                query = query.copy(output=with_value(query.output, name, AnnotationRef(name, node)))
        return self._with(query)

    def extra(self, *args: Any, **kwargs: Any) -> Never:
        """Refused: pieces of SQL that a project wrote have no place in a query.

        Raises:
            NotSupportedError: always.
        """
        raise NotSupportedError(
            "extra() would put pieces of SQL into the query, which nothing could check: write annotate() with Func(…, function=…), "
            "Subquery(…) or a Window, filter() with Exists(…), or the whole statement by raw()."
        )

    # -- sets --------------------------------------------------------------------------------------------------------

    def distinct(self, *fields: Ref) -> Self:
        """Rows without repetitions; with names, the first row for each of their values (PostgreSQL alone)."""
        query = self._changeable("distinct")
        if query.is_sliced:
            raise TypeError("This queryset is sliced: call distinct() before the slice.")
        if not fields:
            return self._with(query.copy(distinct=True))
        scope = Scope(query, "distinct()")
        nodes = tuple([scope.value(as_name(field)) for field in fields])
        return self._with(scope.joined(query).copy(distinct=nodes))

    def union(self, *others: Any, all: bool = False) -> Self:
        """The rows of this and the other querysets; repetitions stay with `all=True`."""
        return self._combined("union", others, duplicates=all)

    def intersection(self, *others: Any) -> Self:
        """The rows that all of the querysets have."""
        return self._combined("intersection", others)

    def difference(self, *others: Any) -> Self:
        """The rows of this queryset that none of the others has."""
        return self._combined("difference", others)

    def _combined(self, operator: str, others: tuple[Any, ...], duplicates: bool = False) -> Self:
        arms = [self, *others]
        queries = [arm._query for arm in arms]
        if operator == "union":
            queries = [query for query in queries if not query.is_empty] or queries[:1]
        elif operator == "difference":
            queries = [queries[0], *[query for query in queries[1:] if not query.is_empty]]
        elif any(query.is_empty for query in queries):
            return self.none()
        if len(queries) == 1 or queries[0].is_empty:
            return self._with(queries[0])
        self._check_arms(queries, operator)
        first = queries[0]
        made = Query(first.model).copy(
            output=first.output,
            annotations=first.annotations if first.output.form == "models" else {},
            hidden=first.hidden,
            only=first.only,
            fetch=first.fetch,
            combined=(
                operator,
                duplicates,
                tuple([query.copy(order=query.order if query.is_sliced else (), lock=None) for query in queries]),
            ),
        )
        return self._with(made)

    def _check_arms(self, queries: list[Query], operator: str) -> None:
        widths = {len(query.output.nodes) for query in queries}
        forms = {query.output.form == "models" for query in queries}
        if len(widths) > 1 or len(forms) > 1:
            raise FieldError(f"{operator}() needs querysets whose rows have equally many values.")
        if any(query.related for query in queries):
            raise NotSupportedError(
                f"{operator}() cannot read related rows along: take select_related() off, or use prefetch_related()."
            )

    def __and__(self, other: Any) -> Self:
        """Rows that fulfil the conditions of both."""
        self._check_mergeable(other, "&")
        if self._query.is_empty or other._query.is_empty:
            return self.none()
        return self._with(merged(self._query, other._query, "AND"))

    def __or__(self, other: Any) -> Self:
        """Rows that fulfil the conditions of either."""
        self._check_mergeable(other, "|")
        if self._query.is_empty:
            return self._with(other._query)
        if other._query.is_empty:
            return self._clone()
        return self._with(merged(self._query, other._query, "OR"))

    def _check_mergeable(self, other: Any, operator: str) -> None:
        query = getattr(other, "_query", None)
        if not isinstance(query, Query):
            raise TypeError(f"{operator} takes another queryset, not {other!r:.80}.")
        if query.model._meta.concrete_model is not self._query.model._meta.concrete_model:
            raise TypeError(
                f"{operator} joins the conditions of one model, but here are {self._query.model.__name__} and {query.model.__name__}: "
                "use querysets of one of them, or union() of their values()."
            )
        if query.is_sliced or self._query.is_sliced:
            raise TypeError("A queryset that is sliced cannot be combined with & or |: slice the result.")

    # -- what is read along ------------------------------------------------------------------------------------------

    def select_related(self, *fields: Any) -> Self:
        """Read related rows in the same query; single-valued relations only.

        Args:
            *fields: names of relations, `__` leads on; without names all that cannot be NULL; `None` takes back.

        Raises:
            FieldError: a name is no single-valued relation.
        """
        query = self._changeable("select_related")
        if query.output.form != "models":
            raise TypeError(
                "select_related() fills instances, and values() gives none: name the related values in values() instead."
            )
        if none_alone(fields):
            return self._with(query.copy(related=()))
        return self._with(restricted(with_related(query, [as_name(field) for field in fields])))

    def prefetch_related(self, *lookups: Any) -> Self:
        """Read related rows in one further query for each relation; `None` takes back."""
        self._changeable("prefetch_related")
        made = self._clone()
        if none_alone(lookups):
            made._prefetch = ()
        else:
            made._prefetch = (
                *self._prefetch,
                *[lookup if hasattr(lookup, "prefetch_to") else as_lookup(lookup) for lookup in lookups],
            )
        return made

    def only(self, *fields: Ref) -> Self:
        """Read these columns only (and the key); the others are read when they are first touched."""
        return self._loading("only", fields)

    def defer(self, *fields: Any) -> Self:
        """Do not read these columns until they are first touched; `None` takes back."""
        return self._loading("defer", fields)

    def _loading(self, mode: str, fields: tuple[Any, ...]) -> Self:
        query = self._changeable(mode)
        if query.output.form != "models":
            raise TypeError(f"{mode}() is for instances, and values() gives none: name in values() what to read.")
        if none_alone(fields):
            if mode == "only":
                raise TypeError(
                    "only(None) names no field: name the fields to read; defer(None) reads all of them again."
                )
            return self._with(restricted(query.copy(load=None)))
        names = frozenset([as_name(field) for field in fields])
        before = query.load
        if mode == "defer" and before is not None:
            names = before[1] - names if before[0] == "only" else before[1] | names
            mode = before[0]
        return self._with(restricted(query.copy(load=(mode, names)), f"{mode}()"))

    def fetch_mode(self, mode: FetchMode) -> Self:
        """Say what touching a relation or field of the instances does that was not read; it goes on to what is read then.

        Args:
            mode: `FETCH_PEERS` (as without a mode) reads it for all instances of this query at once, `FETCH_ONE` for the
                one alone, `FETCH_RAISE` raises FieldFetchBlocked.

        Raises:
            TypeError: it is none of these.
        """
        if not isinstance(mode, FetchMode):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"fetch_mode() takes models.FETCH_ONE, models.FETCH_PEERS or models.FETCH_RAISE, not {mode!r:.80}."
            )
        return self._with(self._query.copy(fetch=mode))

    # -- locks -------------------------------------------------------------------------------------------------------

    def select_for_update(
        self, nowait: bool = False, skip_locked: bool = False, of: tuple[str, ...] = (), no_key: bool = False
    ) -> Self:
        """Lock the rows until the end of the transaction; without effect on SQLite, which has one writer.

        Args:
            nowait: fail with OperationalError instead of waiting for another transaction.
            skip_locked: leave out rows that others have locked.
            of: names of relations (and "self") whose rows are locked; all that are joined when empty.
            no_key: a weaker lock, which lets others refer to the rows.

        Raises:
            ValueError: `nowait` together with `skip_locked`.
            TransactionManagementError: at evaluation, outside of `transaction.atomic()`.
        """
        if nowait and skip_locked:
            raise ValueError(
                "Rows that others lock either fail the query (nowait) or are left out (skip_locked): give one of them."
            )
        query = self._changeable("select_for_update")
        scope = Scope(query, "select_for_update()")
        ways = tuple([lock_way(scope, query, name) for name in of])
        made = self._with(query.copy(lock=Lock(bool(nowait), bool(skip_locked), ways, bool(no_key))))
        if router.routers and made._db is None:
            made._db = router.db_for_write(self.model, **self._hints)  # rows are locked where they are written
        return made

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _changeable(self, method: str, *, combined: bool = False) -> Query:
        """The query, if it may still be changed by `method`."""
        # hot path: benchmarks/orm_query.py
        query = self._query
        if query.combined is not None and not combined:
            raise NotSupportedError(
                f"{method}() cannot change what {query.combined[0]}() gives: call it on the querysets that go into it."
            )
        if query.is_sliced and method in ("filter", "exclude"):
            raise TypeError("A slice is final: filter before slicing.")
        return query


def none_alone(values: tuple[Any, ...]) -> bool:
    """Whether the only argument is None (expressions compare to conditions, so `==` cannot ask)."""
    return len(values) == 1 and values[0] is None


def one_arm(cls: Any, query: Query) -> Any:
    return cls(query.model, query=query)


def named_expressions(unnamed: tuple[Any, ...], expressions: dict[str, Any]) -> dict[str, Any]:
    """Expressions by name; those without get the one they propose."""
    named: dict[str, Any] = {}
    for expression in unnamed:
        if not hasattr(expression, "default_alias"):
            raise TypeError(f"{expression!r} is no expression.")
        name = expression.default_alias
        if name in named or name in expressions:
            raise TypeError(f"Two values would be called {name!r}: pass one of them by keyword, under another name.")
        named[name] = expression
    return {**named, **expressions}


def check_annotation_name(model: Any, name: str, method: str) -> None:
    check_value_name(name, method)
    if name in model._meta.names and name not in getattr(model._meta, "annotations", ()):
        raise ValueError(
            f"{method}() cannot name a value {name!r}: {model.__name__} has a field of that name. Choose another one."
        )
    if is_reserved(model, name):
        raise ValueError(f"{method}() cannot name a value {name!r}: every model has an attribute of that name.")


def check_value_name(name: str, method: str) -> None:
    if len(name) > MAX_NAME or not NAME.fullmatch(name):
        raise FieldError(
            f"{method}() cannot name a value {name[:80]!r}: use ASCII letters, digits and '_', not beginning with a digit, "
            f"at most {MAX_NAME} characters."
        )


def bound_value(expression: Any, scope: Scope) -> Node:
    """A value of `annotate()`: an expression, a condition or a queryset of one value."""
    query = getattr(expression, "_query", None)
    if isinstance(query, Query):
        raise TypeError(f"Wrap the queryset: Subquery(…) (in {scope.method}).")
    if not hasattr(expression, "bind"):
        raise TypeError(f"{expression!r:.80} is no expression: wrap it in Value() (in {scope.method}).")
    return expression.bind(scope)


def is_grouping(node: Node) -> bool:
    """Whether a value needs GROUP BY: it is an aggregate. A window needs none, unless it is about aggregates."""
    return node.aggregate and (not holds_window(node) or any(isinstance(one, Aggregated) for one in walk(node)))


def grouped(query: Query) -> Query:
    """The query with its GROUP BY, once the first aggregate is there."""
    if query.grouping is not None:
        return query
    if query.output.form == "models":
        return query.copy(grouping=True)
    return query.copy(grouping=tuple([node for node in query.output.nodes if not node.aggregate]))


def with_value(output: Output, name: str, node: Node) -> Output:
    if name in output.labels:
        nodes = tuple([node if label == name else old for label, old in zip(output.labels, output.nodes, strict=True)])
        return Output(output.form, output.labels, nodes)
    if output.form == "flat":
        return output
    return Output(output.form, (*output.labels, name), (*output.nodes, node))


def default_label(expression: Any, number: int) -> str:
    try:
        return expression.default_alias
    except TypeError:
        return f"{type(expression).__name__.lower()}{number}"


def as_lookup(value: Any) -> Any:
    return as_name(value) if not hasattr(value, "queryset") else value


def lock_way(scope: Scope, query: Query, name: str) -> Any:
    """The way to the table that `of=` names; it has to be read along."""
    if name == "self":
        return ()
    known: dict[str, Hops] = {"self": ()}
    stack = [("", query.related)]
    while stack:
        prefix, related = stack.pop()
        for one in related:
            known[prefix + one.name] = one.hops
            stack.append((f"{prefix}{one.name}__", one.below))
    if name not in known:
        raise FieldError(
            f"select_for_update(of=…) cannot lock {name[:80]!r}: it names rows that select_related() reads along, "
            f"or the query's own. Here these are: {', '.join(sorted(known))}."
        )
    return known[name]


def merged(left: Query, right: Query, connector: str) -> Query:
    """Conditions of two queries on one model in one query."""
    combine = all_of if connector == "AND" else any_of
    where = combine([left.condition, right.condition])
    count = max(left.group_count, right.group_count)
    changes: dict[str, Any] = {"groups": {**right.groups, **left.groups}, "group_count": count}
    further = [name for name in right.annotations if name not in left.annotations]
    if further:  # conditions may name them
        changes["annotations"] = {**left.annotations, **{name: right.annotations[name] for name in further}}
        changes["hidden"] = left.hidden.union(further)
    return left.copy(where=()).filtered(where).copy(**changes)

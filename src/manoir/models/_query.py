"""`Query`: the immutable description of one SELECT, in nodes.

A queryset holds one and replaces it at each call. What is not said stays a class attribute, so that a copy costs as
much as what was said. `key()` is the shape, `params()` the values; the compiler reads the rest only for a new shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from manoir.exceptions import FieldError, FieldTypeError
from manoir.models._fetch_modes import FetchMode
from manoir.models._fields import BigIntegerField
from manoir.models._shape import FALSE, TRUE, Column, Hop, Hops, Key, Node, Param, Sorted, all_of

Form = Literal["models", "dicts", "tuples", "flat", "named", "shaped"]

BIGINT = BigIntegerField()


@dataclass(frozen=True, slots=True)
class Lock:
    """What `select_for_update()` was told.

    Attributes:
        nowait: fail instead of waiting for another transaction.
        skip_locked: leave out rows that others have locked.
        of: ways to the tables whose rows are locked; empty: all of the query.
        no_key: leave foreign keys that point here free.
    """

    nowait: bool = False
    skip_locked: bool = False
    of: tuple[Hops, ...] = ()
    no_key: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """A relation whose row is read along (`select_related`).

    Attributes:
        name: key under which the instance is stored in the `__dict__` of the one before.
        hops: the way from the query's table.
        model: the model read.
        fields: its columns to read.
        backward: name under which the instance before is stored in this one's `__dict__` (one-to-one), or None.
        below: relations that are read on from there.
    """

    name: str
    hops: Hops
    model: Any
    fields: tuple[Any, ...]
    backward: str | None = None
    below: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """What a row of the result is.

    Attributes:
        form: model instances, dicts, tuples, single values or named tuples; "shaped" is a ShapedOutput.
        labels: names of the values, in order; not for models.
        nodes: the values, in order; not for models.
    """

    form: Form = "models"
    labels: tuple[str, ...] = ()
    nodes: tuple[Node, ...] = ()

    def key(self) -> Key:
        return (self.form, self.labels, tuple([node.key for node in self.nodes]))


MODELS = Output()
NOTHING: Mapping[Any, Any] = {}


class Query:
    """One SELECT.

    Attributes:
        model: the model whose table is read.
        where: conditions, all of which hold; those on aggregates too.
        annotations: computed values by name.
        hidden: names of annotations that are not part of the result (`alias()`).
        output: what a row of the result is.
        order: terms of ORDER BY; None: the model's own order.
        backwards: the order is turned round.
        low: number of rows left out at the beginning; None: none.
        width: the most rows; None: all.
        limit: a number of rows that the framework chose, part of the text.
        distinct: rows are made unique; a tuple of nodes is PostgreSQL's DISTINCT ON.
        grouping: values of GROUP BY; True: the row itself; None: no GROUP BY.
        related: relations read along.
        only: columns of the model that are read; None: all.
        load: what `only()` and `defer()` were told; `only` and the fields of `related` follow from it.
        lock: row locks; None: none.
        fetch: what touching unread relations and fields of the instances does; None: what is usual.
        combined: operator ("union" …), whether duplicates stay, and the queries; None.
        source: the query that this one reads from instead of the table.
        groups: number of the first join over each many-relation, by the way to it.
        group_count: how many joins over many-relations there are.
        is_empty: no row can fulfil the conditions.
        tableless: the values need no table (`Q.check`).
        known: what `_reading` found out about this very query, for whoever reads it again; no part of it.
        shaped: the same rows in the shape of a serializer, see `_shaped`; likewise.
    """

    # Beside `__dict__`, which a copy takes over.
    __slots__ = ("__dict__", "known", "shaped")

    known: Any
    shaped: Any
    model: Any
    where: tuple[Node, ...] = ()
    annotations: Mapping[str, Node] = NOTHING
    hidden: frozenset[str] = frozenset()
    output: Output = MODELS
    order: tuple[Sorted, ...] | None = None
    backwards: bool = False
    low: Param | None = None
    width: Param | None = None
    limit: int | None = None
    distinct: bool | tuple[Node, ...] = False
    grouping: Literal[True] | tuple[Node, ...] | None = None
    related: tuple[Related, ...] = ()
    only: tuple[Any, ...] | None = None
    load: tuple[str, frozenset[str]] | None = None
    lock: Lock | None = None
    fetch: FetchMode | None = None
    combined: tuple[str, bool, tuple[Query, ...]] | None = None
    source: Query | None = None
    groups: Mapping[tuple[Hops, Hop], int] = NOTHING
    group_count: int = 0
    is_empty: bool = False
    tableless: bool = False

    def __init__(self, model: Any) -> None:
        self.model = model
        self.known = self.shaped = None

    def copy(self, **changes: Any) -> Query:
        """The same query with some attributes changed."""
        # hot path: benchmarks/orm_query.py
        made = object.__new__(Query)
        values = made.__dict__
        values.update(self.__dict__)
        values.update(changes)
        made.known = made.shaped = None
        return made

    def filtered(self, condition: Node) -> Query:
        """The same query with one more condition."""
        if condition is TRUE:
            return self
        if condition is FALSE:
            return self.copy(is_empty=True)
        return self.copy(where=(*self.where, condition))

    @property
    def is_plain(self) -> bool:
        """Whether keywords may be added as they are: no slice, no annotations, no set operation."""
        # hot path: benchmarks/orm_query.py
        values = self.__dict__
        return len(values) < 3 or (RARE.isdisjoint(values) and not self.is_sliced)

    @property
    def is_sliced(self) -> bool:
        return self.low is not None or self.width is not None or self.limit is not None

    @property
    def condition(self) -> Node:
        """All conditions as one node."""
        return all_of(self.where)

    def key(self) -> Key:
        """The shape: equal keys have equal SQL text."""
        # hot path: benchmarks/orm_query.py
        values = self.__dict__
        where = tuple([node.key for node in self.where])
        if len(values) == 2 and where:
            return (self.model, where)
        order = self.order
        return (
            self.model,
            where,
            self.output.key() if "output" in values else None,
            order and tuple([term.key for term in order]),
            self.backwards,
            "low" in values and self.low is not None,
            "width" in values and self.width is not None,
            self.limit,
            None if RARE.isdisjoint(values) else self._rare_key(),
        )

    def _rare_key(self) -> Key:
        distinct, grouping = self.distinct, self.grouping
        return (
            tuple([(name, node.key) for name, node in self.annotations.items()]),
            self.hidden,
            tuple([node.key for node in distinct]) if isinstance(distinct, tuple) else distinct,
            tuple([node.key for node in grouping]) if isinstance(grouping, tuple) else grouping,
            self.related,
            self.only,
            self.lock,
            self.fetch,
            self.combined and (self.combined[0], self.combined[1], tuple([query.key() for query in self.combined[2]])),
            self.source and self.source.key(),
            self.is_empty,
            self.tableless,
        )

    def params(self) -> tuple[Param, ...]:
        """The values, in an order that follows from the shape."""
        # hot path: benchmarks/orm_query.py
        where = self.where
        values = self.__dict__
        found = where[0].params if len(where) == 1 else tuple([param for node in where for param in node.params])
        if len(values) == 2 and where:
            return found
        if "output" in values:
            found += tuple([param for node in self.output.nodes for param in node.params])
        if self.order:
            found += tuple([param for term in self.order for param in term.params])
        if "low" in values and self.low is not None:
            found += (self.low,)
        if "width" in values and self.width is not None:
            found += (self.width,)
        return found if RARE.isdisjoint(values) else found + self._rare_params()

    def _rare_params(self) -> tuple[Param, ...]:
        nodes: list[Node] = [*self.annotations.values()]
        for several in (self.distinct, self.grouping):
            if isinstance(several, tuple):
                nodes.extend(several)
        inner = self.combined[2] if self.combined else ()
        if self.source is not None:
            inner = (*inner, self.source)
        return (*[p for node in nodes for p in node.params], *[p for query in inner for p in query.params()])

    # -- as a part of another query --------------------------------------------------------------------------------

    def bare(self) -> Query:
        """The same rows, without what only matters to whoever reads them."""
        order = self.order if self.is_sliced or isinstance(self.distinct, tuple) else ()
        return self.copy(order=order, related=(), only=None, lock=None)

    def single_column(self, field: Any = None) -> Query:
        """The query as a subquery of one value: what `values()` chose, or else the key that `field` points to.

        Raises:
            FieldError: it reads several values.
        """
        output = self.output
        if output.form == "models":
            if self.combined is not None:
                queries = tuple([query.single_column(field) for query in self.combined[2]])
                output = Output("flat", queries[0].output.labels, queries[0].output.nodes)
                return self.copy(output=output, combined=(*self.combined[:2], queries), order=())
            target = self.model._meta.pk
            if field is not None and field.is_relation and field.target_field.model is self.model:
                target = field.target_field
            output = Output("flat", (target.attname,), (Column(target),))
        elif len(output.nodes) != 1:
            raise FieldError(
                f"A subquery has to read one value, but this one reads {len(output.nodes)} ({', '.join(output.labels[:10])}); "
                "choose one by values()."
            )
        return self.bare().copy(output=output)

    def single_row(self) -> Query:
        """The query as a subquery of one value and one row."""
        one = self.single_column()
        if one.width is None or one.width.value != 1:
            raise FieldTypeError(
                "= compares with one value, and this queryset may have several rows: slice it with [:1], or use __in."
            )
        return one

    def for_exists(self) -> Query:
        """The query as the inside of EXISTS."""
        query = self.copy(order=(), related=(), only=None, lock=None) if not self.is_sliced else self.bare()
        if query.combined is not None:
            return query
        distinct = query.distinct if query.is_sliced else False
        return query.copy(output=Output("flat"), distinct=distinct)

    # -- limits ----------------------------------------------------------------------------------------------------

    def sliced(self, start: int, stop: int | None) -> Query:
        """Rows `start` to `stop` of this query's rows."""
        low = self.low.value if self.low is not None else 0
        rest = None if self.width is None else max(self.width.value - start, 0)
        width = rest if stop is None else max(stop - start, 0) if rest is None else max(min(stop - start, rest), 0)
        return self.copy(
            low=Param(low + start, BIGINT) if low + start else None,
            width=None if width is None else Param(width, BIGINT),
            is_empty=self.is_empty or width == 0,
        )

    def with_limit(self, limit: int) -> Query:
        """At most `limit` rows, a number that is part of the text; a narrower slice stays."""
        if self.width is not None and self.width.value <= limit:
            return self
        return self.copy(width=None, limit=limit)


RARE = frozenset(
    [
        "annotations",
        "hidden",
        "distinct",
        "grouping",
        "related",
        "only",
        "lock",
        "fetch",
        "combined",
        "source",
        "is_empty",
        "tableless",
    ]
)
"""Attributes that few queries have; they are a part of the shape only then."""

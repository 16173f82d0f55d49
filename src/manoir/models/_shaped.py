"""`RowShape`: rows of a query as whatever nested data somebody describes, without instances in between.

A serializer knows which columns it shows and what a row of its answer looks like. It gives the names, and code for one
result; the hydrator of the plan then makes that result of the driver's row in one step. What leads to many is read for
all rows at once, by the keys of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from manoir.db import connections
from manoir.models._lookups._comparisons import ListParam, among_keys
from manoir.models._manager import Manager
from manoir.models._many_side import ManySide, side_of
from manoir.models._peers import BATCH, chunks
from manoir.models._query import Output, Query
from manoir.models._queryset import QuerySet
from manoir.models._reading import plan_for
from manoir.models._scope import Scope
from manoir.models._shape import Column, Key, Node

Expression = Callable[[Any, list[str]], "str | tuple[str, str]"]
"""Makes the code of one result: called with the source (`constant(object)` and `key(label)` give names of objects) and
the code of each value. Answers an expression, or those of a key and an item: then the rows become lists of items by
their key."""


@dataclass(frozen=True, slots=True)
class ShapedOutput(Output):
    """The output of a query whose rows become what `expression` says.

    Attributes:
        expression: see `Expression`.
        asked: indexes of columns whose values have to be asked about first. Then rows become a function and the sets of
            these values; the function makes the results, and takes an answer about each set, which `expression` knows
            by the name `source.answer(number)`.
        known_key: the key. It holds the expression itself, so that no other one can take its place in the plan cache.
    """

    expression: Expression | None = None
    asked: tuple[int, ...] = ()
    known_key: Key = ()

    def key(self) -> Key:
        return self.known_key


def with_output(query: Query, output: ShapedOutput) -> Query:
    """The same rows with another output; what only matters to instances is dropped, so that the key stays short."""
    # hot path: benchmarks/rest.py
    made = query.copy(output=output)
    values = made.__dict__
    for name in OF_INSTANCES:
        values.pop(name, None)
    return made


OF_INSTANCES = ("related", "only", "load", "fetch")


class RowShape:
    """How the rows of one model become results.

    Args:
        model: the model.
        names: columns by the names that `values_list()` takes; relations on the way lead to one row.
        expression: see `Expression`; it is given the values of `names`, after the key where there is a `relation`.
        relation: the rows are the many-side of this relation: a ManyToOneRel, a ManyToManyField or a ManyToManyRel.
        asked: see `ShapedOutput`.

    Attributes:
        key_name: with a `relation`: the attribute of the other side's rows by which they are asked for.
    """

    def __init__(
        self,
        model: Any,
        names: Sequence[str],
        expression: Expression,
        relation: Any = None,
        *,
        asked: tuple[int, ...] = (),
    ) -> None:
        self.model, self.names, self.expression, self.asked = model, tuple(names), expression, asked
        self.side: ManySide | None = None if relation is None else side_of(relation)
        self.key_name: str | None = None if self.side is None else self.side.key_attname
        self.nodes: list[Node] | None = None
        self.output: ShapedOutput | None = None
        self.usual: tuple[Any, Query] | None = None

    def fits(self, queryset: Any) -> bool:
        """Tell whether the rows of a queryset can be read so: it yields instances, each row counting for itself."""
        query: Query = queryset._query
        return (
            query.output.form == "models"
            and query.combined is None
            and query.source is None
            and query.lock is None
            and query.distinct is False
            and not query.model._has_custom_from_db
        )

    def of(self, queryset: Any) -> Any:
        """The same rows in this shape."""
        # hot path: benchmarks/rest.py
        query: Query = queryset._query
        if self.output is None or query.annotations:
            return self._bound(queryset, (), is_usual=True)
        shaped = query.shaped
        if shaped is None or shaped.output is not self.output:
            shaped = query.shaped = with_output(query, self.output)
        return queryset._with(shaped)

    def _bound(self, queryset: Any, before: tuple[Node, ...], *, is_usual: bool) -> Any:
        """The same, names looked up in the query; what does not depend on it is kept for usual queries."""
        query: Query = queryset._query
        scope = Scope(query, "a serializer")
        nodes = (*before, *[scope.value(name) for name in self.names])
        joined = scope.joined(query)
        if is_usual and joined is query and not query.annotations:
            # What the columns are follows from the shape, so that a key need not name them.
            self.output = self._output(nodes, ("shaped", self.expression))
            return queryset._with(with_output(query, self.output))
        key = ("shaped", self.expression, tuple([node.key for node in nodes]))
        return queryset._with(with_output(joined, self._output(nodes, key)))

    def _output(self, nodes: tuple[Node, ...], key: Key) -> ShapedOutput:
        return ShapedOutput("shaped", self.names, nodes, self.expression, self.asked, key)

    def among(self, queryset: Any, keys: Sequence[Any]) -> Any:
        """Rows of the many-side that belong to any of `keys`, in this shape, each with its key."""
        # hot path: benchmarks/rest.py
        side = self.side
        assert side is not None
        base: Query = queryset._query
        query, column = side.placed(base)
        if type(side) is ManySide:
            query = query.filtered(among_keys(column, keys, Scope(query, f"{side.name}.all()")))
        else:  # a relation of another kind knows what else holds for its rows
            query = side.among(queryset, keys)._query.copy(annotations=base.annotations)
        known = self.output
        if known is not None and column is side.first_column and not base.annotations:
            return queryset._with(with_output(query, known))
        return self._bound(
            queryset._with(query), (Column(column.field, column.hops),), is_usual=column is side.first_column
        )

    async def aread_all_among(self, alias: str, keys: Sequence[Any]) -> Any:
        """The rows of the model's default manager that belong to any of `keys`; else like `aread_among`.

        Where that manager is a plain one, the query is always the same, so that only its keys are exchanged.
        """
        # hot path: benchmarks/rest.py
        manager = self.model._default_manager
        if type(keys[0]) is not int or len(keys) > BATCH or not is_plain(type(manager)):
            return await self.aread_among(manager.using(alias), keys)
        if self.usual is None or self.usual[0] is not self.output:
            query = self.among(manager.using(alias), keys)._query
            if type(self.side) is not ManySide or len(query.params()) != 1 or type(query.params()[0]) is not ListParam:
                return await self.aread_among(manager.using(alias), keys)
            self.usual = self.output, query
        connection = connections[alias]
        plan, params = plan_for(self.usual[1], connection)
        of_keys: Any = params[0]
        rows = await connection.fetch(plan.sql, plan.bind((of_keys.holding(keys),)))
        return plan.hydrate(rows, alias)

    async def aread_among(self, queryset: Any, keys: Sequence[Any]) -> Any:
        """The rows that belong to any of `keys`, as a list, or by key; many keys are asked for in parts."""
        # hot path: benchmarks/rest.py
        if len(keys) <= BATCH:
            return await self.among(queryset, keys)._afetch()
        return merged([await self.among(queryset, some)._afetch() for some in chunks(keys)])


def merged(parts: Sequence[Any]) -> Any:
    """One result of several, whatever its kind: lists, lists by key, or functions that wait for answers."""
    found = [part for part in parts if part]
    if not found or isinstance(found[0], list):
        return [row for part in found for row in part]
    if isinstance(found[0], dict):
        return {key: items for part in found for key, items in part.items()}
    finishers = [finish for finish, _ in found]
    asked = [set[Any]().union(*sets) for sets in zip(*[sets for _, sets in found], strict=True)]
    return (lambda *answers: merged([finish(*answers) for finish in finishers])), asked


def is_plain(cls: type[Any]) -> bool:
    """Tell whether managers of a class begin with all rows, read as any queryset reads them."""
    made: Any = cls._queryset_class
    return (
        cls.get_queryset is Manager.get_queryset
        and cls.using is Manager.using
        and made.using is QuerySet.using
        and made._afetch is QuerySet._afetch
        and made.__init__ is QuerySet.__init__
    )

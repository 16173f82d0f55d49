"""The methods of a queryset that ask the database: `get`, `first`, `count`, `aggregate` … in both colours."""

from __future__ import annotations

import datetime as dt
from collections import namedtuple
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from manoir.bridge import blocking
from manoir.db import router
from manoir.exceptions import FieldError, NotSupportedError
from manoir.models import _checking, _hooks
from manoir.models._conditions import Q
from manoir.models._explaining import explain_text
from manoir.models._expressions import Expr
from manoir.models._joining import NamedJoin
from manoir.models._lookups import quick_conditions
from manoir.models._outputs import BIGINT, kind_of
from manoir.models._query import Output, Query
from manoir.models._queryset_base import M, Row, same_model
from manoir.models._queryset_building import Building, bound_value, check_value_name, named_expressions
from manoir.models._raw import Params, RawQuerySet
from manoir.models._reading import read, read_raw
from manoir.models._scope import Scope
from manoir.models._shape import Aggregated, Column, Node, Sorted, walk
from manoir.models._windowing import holds_window
from manoir.models.functions._dates import Trunc

del _checking  # imported for what it plugs into Q

MAX_GET_RESULTS = 21
"""How many rows `get()` reads at most to say how many there are."""


class Reading(Building[M, Row]):
    """Methods that wait for the database."""

    # -- one row -----------------------------------------------------------------------------------------------------

    async def aget(self, /, *conditions: Q | Expr[bool, Any], **lookups: Any) -> Row:
        """The one row that fulfils the conditions.

        Raises:
            DoesNotExist: there is none.
            MultipleObjectsReturned: there are several.
        """
        # hot path: benchmarks/orm_query.py
        query = self._query
        quick = quick_conditions(query.model, lookups) if not conditions and query.is_plain else None
        if quick is not None:
            query = query.copy(where=(*query.where, *quick))
        elif conditions or lookups:
            query = self.filter(*conditions, **lookups)._query
        if query.combined is not None and (conditions or lookups):
            raise NotSupportedError(
                f"get() cannot add conditions to what {query.combined[0]}() gives: filter the querysets that go into it."
            )
        if not query.is_sliced and not isinstance(query.distinct, tuple):
            query = query.copy(order=(), limit=MAX_GET_RESULTS)
        rows = await read(query, self._db or router.db_for_read(self.model, **self._hints))
        if len(rows) == 1:
            if self._prefetch:
                await self._aprefetch(rows)
            if self._related is not None:
                self._related.linked(rows, self)
            return rows[0]
        name = self.model.__name__
        if not rows:
            raise self.model.DoesNotExist(f"No {name} fits this query; first() gives None instead.")
        several = "more than 20" if len(rows) >= MAX_GET_RESULTS else str(len(rows))
        raise self.model.MultipleObjectsReturned(
            f"get() is for one {name}, but {several} fit this query: add conditions, or use filter() or first()."
        )

    get = blocking(aget)

    async def _aprefetch(self, rows: list[Row]) -> None:
        await _hooks.prefetch(self, rows)

    async def _aone(self, query: Query) -> Row | None:
        """The first row of a query, or None."""
        rows = await read(query.with_limit(1), self.db)
        if rows and self._prefetch:
            await self._aprefetch(rows)
        if self._related is not None:
            self._related.linked(rows, self)
        return rows[0] if rows else None

    async def afirst(self) -> Row | None:
        """The first row, or None; by the primary key where there is no order."""
        if self._result is not None:
            return self._result[0] if self._result else None
        return await self._aone(self._surely_ordered("first"))

    first = blocking(afirst)

    async def alast(self) -> Row | None:
        """The last row, or None; by the primary key where there is no order."""
        query = self._surely_ordered("last")
        if query.is_sliced:
            rows = await self._afetch()
            return rows[-1] if rows else None
        return await self._aone(query.copy(backwards=not query.backwards))

    last = blocking(alast)

    def _surely_ordered(self, method: str) -> Query:
        """The query, by its primary key when it has no order; an order that was taken away stays away."""
        query = self._query
        if (
            query.order is not None
            or query.combined is not None
            or query.is_sliced
            or (query.model._meta.ordering and not isinstance(query.grouping, tuple))
        ):
            return query
        if isinstance(query.grouping, tuple):
            raise TypeError(
                f"{method}() needs to know the order of these groups, which have no key to go by: call order_by() before it."
            )
        return query.copy(order=(Sorted(Column(query.model._meta.pk), False),))

    async def aearliest(self, *fields: Any) -> Row:
        """The row with the smallest of `fields`; `Meta.get_latest_by` when there are none.

        Raises:
            DoesNotExist: there is no row.
        """
        return await self._aextreme("earliest", fields, backwards=False)

    earliest = blocking(aearliest)

    async def alatest(self, *fields: Any) -> Row:
        """The row with the largest of `fields`; `Meta.get_latest_by` when there are none.

        Raises:
            DoesNotExist: there is no row.
        """
        return await self._aextreme("latest", fields, backwards=True)

    latest = blocking(alatest)

    async def _aextreme(self, method: str, fields: tuple[Any, ...], *, backwards: bool) -> Row:
        if not fields:
            declared = self.model._meta.get_latest_by
            if not declared:
                raise ValueError(
                    "earliest() and latest() need to know the order: name fields, or set get_latest_by in the model's Meta."
                )
            fields = (declared,) if isinstance(declared, str) else tuple(declared)
        if self._query.is_sliced:
            raise TypeError("This queryset is sliced: ask for earliest() or latest() before the slice.")
        query = self.order_by(*fields)._query
        row = await self._aone(query.copy(backwards=backwards))
        if row is None:
            raise self.model.DoesNotExist(f"No {self.model.__name__} fits this query.")
        return row

    # -- about the rows ----------------------------------------------------------------------------------------------

    async def acount(self) -> int:
        """How many rows there are."""
        if self._result is not None:
            return len(self._result)
        if self._related is not None and (known := await self._related.acount(self)) is not None:
            return known
        query = self._query
        if query.is_empty:
            return 0
        rows: list[int] = await read(counting(query), self.db)
        return rows[0]

    count = blocking(acount)

    async def aexists(self) -> bool:
        """Whether there is a row."""
        if self._result is not None:
            return bool(self._result)
        if self._related is not None and (known := await self._related.acount(self)) is not None:
            return known > 0
        query = self._query
        if not query.is_sliced and query.grouping is True and not any(node.aggregate for node in query.where):
            query = query.copy(grouping=None)
        return bool(await read_raw(query.for_exists().with_limit(1), self.db))

    exists = blocking(aexists)

    async def acontains(self, obj: Any) -> bool:
        """Whether an instance is among the rows.

        Raises:
            TypeError: `obj` is no instance of a model, or the rows are no instances.
            ValueError: `obj` is not saved.
        """
        if self._query.output.form != "models":
            raise TypeError(
                "contains() looks for an instance, and values() gives none: take values() off, or filter() and exists()."
            )
        if not hasattr(type(obj), "_meta"):
            raise TypeError(f"contains() looks for an instance of {self.model.__name__}, not for {obj!r:.80}.")
        if not same_model(obj, self.model):
            return False
        if obj.pk is None:
            raise ValueError(
                f"contains() looks for the key of this {self.model.__name__}, which has none: save it first."
            )
        if self._result is not None:
            return obj in self._result
        return await self.filter(pk=obj.pk).aexists()

    contains = blocking(acontains)

    async def aaggregate(self, /, *unnamed: Any, **expressions: Any) -> dict[str, Any]:
        """Values computed over all rows.

        Args:
            *unnamed: aggregates that name themselves: `Sum("price")` as `price__sum`.
            **expressions: aggregates by name.

        Returns:
            Values by name.

        Raises:
            TypeError: an expression is no aggregate.
        """
        query = self._query
        if isinstance(query.distinct, tuple):
            raise NotSupportedError(
                "aggregate() cannot count what distinct(*fields) keeps: filter(pk__in=…) by that queryset, and aggregate the result."
            )
        named = named_expressions(unnamed, expressions)
        if not named:
            return {}
        bound: dict[str, Node] = {}
        for name, expression in named.items():
            check_value_name(name, "aggregate")
            scope = Scope(query, f"aggregate({name[:60]}=…)")
            scope.over_rows = True
            node = bound_value(expression, scope)
            if not node.aggregate:
                raise TypeError(
                    f"aggregate({name[:60]}=…) takes an aggregate such as Sum() or Count(), not {expression!r:.80}."
                )
            query = scope.joined(query)
            bound[name] = node
        if query.is_empty:
            return {name: empty_value(expression) for name, expression in named.items()}
        output = Output("dicts", tuple(bound), tuple(bound.values()))
        rows: list[dict[str, Any]] = await read(aggregating(query, output), self.db)
        return rows[0]

    aggregate = blocking(aaggregate)

    async def ain_bulk(self, id_list: Iterable[Any] | None = None, *, field_name: str = "pk") -> dict[Any, Row]:
        """Instances by key; behind `values()` and its kin what these give.

        Args:
            id_list: the keys; None is all rows.
            field_name: another field whose values are unique.

        Raises:
            ValueError: the field is not unique.
            TypeError: the queryset is sliced, or its rows are groups.
        """
        if self._query.is_sliced:
            raise TypeError("This queryset is sliced: in_bulk() takes the keys instead.")
        if isinstance(self._query.grouping, tuple):
            raise TypeError("in_bulk() gives rows by key, and groups have none: leave annotate() behind values() out.")
        field = self.model._meta.pk if field_name == "pk" else self.model._meta.get_field(field_name)
        if not field.unique and not is_unique_together(self.model, field.name) and self._query.distinct is False:
            raise ValueError(
                f"in_bulk() gives one row for each {field_name!r}, and several rows may share one: name a unique field."
            )
        queryset: Any = self
        if id_list is not None:
            keys = list(id_list)
            if not keys:
                return {}
            queryset = self.filter(**{f"{field_name}__in": keys})
        if self._query.output.form != "models":
            return await read_keyed(queryset.order_by(), field)
        rows = await queryset.order_by()._clone()._afetch()
        return {getattr(row, field.attname): row for row in rows}

    in_bulk = blocking(ain_bulk)

    # -- SQL of one's own --------------------------------------------------------------------------------------------

    def raw(
        self,
        raw_query: str,
        params: Params = (),
        translations: Mapping[str, str] | None = None,
        using: str | None = None,
    ) -> RawQuerySet[M]:
        """Instances out of a SELECT of one's own, whatever this queryset was told before.

        Args:
            raw_query: the SELECT; values stand in it as `%s` or `%(name)s`.
            params: the values, as a list or a mapping.
            translations: names of fields by names of columns, where these differ.
            using: alias of a database; None takes this queryset's.
        """
        return RawQuerySet(raw_query, self.model, params, translations, using or self._db, self._hints)

    # -- dates -------------------------------------------------------------------------------------------------------

    def dates(
        self, field_name: str, kind: Literal["year", "month", "week", "day"], order: Literal["ASC", "DESC"] = "ASC"
    ) -> Any:
        """The different years, months, weeks or days of a date, as `datetime.date`."""
        if kind not in ("year", "month", "week", "day"):
            raise ValueError(f"dates() cuts to 'year', 'month', 'week' or 'day', not to {kind!r:.80}.")
        return self._truncated(field_name, kind, order, "date", None)

    def datetimes(
        self,
        field_name: str,
        kind: Literal["year", "month", "week", "day", "hour", "minute", "second"],
        order: Literal["ASC", "DESC"] = "ASC",
        tzinfo: dt.tzinfo | None = None,
    ) -> Any:
        """The different moments of a datetime, cut to `kind` in the zone `tzinfo` (the current one when left out)."""
        if kind not in ("year", "month", "week", "day", "hour", "minute", "second"):
            raise ValueError(
                f"datetimes() cuts to 'year', 'month', 'week', 'day', 'hour', 'minute' or 'second', not to {kind!r:.80}."
            )
        return self._truncated(field_name, kind, order, "datetime", tzinfo)

    def _truncated(self, name: str, kind: str, order: str, expected: str, tzinfo: Any) -> Any:
        if order not in ("ASC", "DESC"):
            raise ValueError(f"The order of dates() and datetimes() is 'ASC' or 'DESC', not {order!r:.80}.")
        column = Scope(self._query, "dates()").value(name)
        if kind_of(column.field) != expected:
            raise FieldError(f"{name!r} is no {expected} field.")
        sort = "-" if order == "DESC" else ""
        queryset: Any = self.filter(**{f"{name}__isnull": False}).alias(datefield=Trunc(name, kind, tzinfo=tzinfo))
        return queryset.order_by(f"{sort}datefield").values_list("datefield", flat=True).distinct()

    # -- plans -------------------------------------------------------------------------------------------------------

    async def aexplain(self, *, format: str | None = None, **options: Any) -> str:
        """How the database would run the query.

        Args:
            format: `"text"`, `"json"`, `"yaml"` or `"xml"` where the database has it.
            **options: switches of the database, such as `analyze=True` on PostgreSQL.

        Raises:
            ValueError: the database has no such format or option.
        """
        return await explain_text(self._query, self.db, format, options)

    explain = blocking(aexplain)


async def read_keyed(queryset: Any, field: Any) -> dict[Any, Any]:
    """The rows of `values()` and its kin by the value of a field, whether that is among them or not."""
    query: Query = queryset._query
    output = query.output
    keys = await read(
        query.copy(output=Output("tuples", (*output.labels, "key"), (*output.nodes, Column(field)))), queryset.db
    )
    row = namedtuple("Row", output.labels)._make if output.form == "named" else None  # type: ignore[misc]
    form: dict[str, Any] = {
        "dicts": lambda values: dict(zip(output.labels, values, strict=True)),
        "flat": lambda values: values[0],
        "named": row,
    }
    make = form.get(output.form, tuple)
    return {values[-1]: make(values[:-1]) for values in keys}


def is_unique_together(model: Any, name: str) -> bool:
    """Whether a constraint of one field makes it unique."""
    return any(
        getattr(constraint, "fields", ()) == (name,) and getattr(constraint, "condition", None) is None
        for constraint in model._meta.constraints
    )


def empty_value(expression: Any) -> Any:
    """The value of an aggregate over no rows."""
    default = getattr(expression, "default", None)
    if default is not None:
        return getattr(default, "value", default)
    return getattr(expression, "empty_result_set_value", None)


def crosses_many(node: Node) -> bool:
    """Whether a value can multiply rows: it stands behind a many-relation."""
    return any(isinstance(found, Column) and any(hop.many for hop, _group in found.hops) for found in walk(node))


def counting(query: Query) -> Query:
    """The query that counts the rows of another."""
    count = Aggregated("count", (), BIGINT, distinct=False, condition=None)
    output = Output("flat", ("count",), (count,))
    if (
        query.grouping is True
        and query.output.form == "models"
        and not query.distinct
        and not any(node.aggregate or crosses_many(node) for node in query.where)
    ):
        joins = {name: node for name, node in query.annotations.items() if isinstance(node, NamedJoin)}
        query = query.copy(grouping=None, annotations=joins)
    return aggregating(query, output)


def aggregating(query: Query, output: Output) -> Query:
    """The query that computes aggregates over the rows of another; in one SELECT where that is the same."""
    simple = query.grouping is None and not query.distinct and not query.is_sliced and query.combined is None
    if simple and not any(node.aggregate for node in query.where):
        multiplied = [node for node in (*query.output.nodes, *query.annotations.values()) if crosses_many(node)]
        windows = query.annotations and any(holds_window(node) for node in output.nodes)
        if not multiplied and not windows:
            return query.copy(output=output, order=(), related=(), only=None, lock=None)
    inner = query.copy(related=(), lock=None, order=query.order if query.is_sliced else ())
    if query.output.form == "models" and not query.distinct and query.combined is None:
        annotated = [node for node in query.annotations.values() if crosses_many(node) and not node.aggregate]
        inner = inner.copy(
            output=Output("tuples", ("pk", *["x"] * len(annotated)), (Column(query.model._meta.pk), *annotated)),
            only=None,
        )
    return Query(query.model).copy(source=inner, output=output, annotations=query.annotations, order=())

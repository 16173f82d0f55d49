"""Plans of INSERT and UPDATE for instances: which columns are written, in which form, with which text.

A `Writer` knows one model on one connection: how each field's value becomes the driver's, and for each set of columns
the statement that was compiled for it. A warm write builds nothing: it fills a list and sends it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from manoir.exceptions import FieldError
from manoir.models._expressions import Expr, Value
from manoir.models._fields import (
    CharField,
    DatabaseDefault,
    DateField,
    Field,
    FloatField,
    IntegerField,
    TextField,
    UUIDField,
)
from manoir.models._plan import Plan, binder, compiler, plans_of
from manoir.models._query import Query
from manoir.models._scope import Scope
from manoir.models._shape import AnnotationRef, Column, Compare, Node, Param, walk

PLAIN_TYPES = frozenset(
    {
        *(int, str, bool, float, bytes, list, dict, type(None)),
        *(Decimal, dt.date, dt.datetime, dt.time, dt.timedelta, uuid.UUID),
    }
)
"""Types of values that are surely neither expressions nor defaults of the database."""

MISSING: Any = object()
Convert = Callable[[Any], Any]
Sources = tuple[tuple[int | None, Any], ...]


class Statement:
    """A compiled statement.

    Attributes:
        sql: its text.
        sources: for each argument the position of its value and its conversion; see `_compiler.Statement`.
        returned: attributes that its RETURNING answers, each with what reads the driver's value.
    """

    __slots__ = ("returned", "sources", "sql")

    def __init__(self, sql: str, sources: Sources, returned: tuple[tuple[str, Convert | None], ...] = ()) -> None:
        self.sql = sql
        self.sources = sources
        self.returned = returned

    def args(self, values: Sequence[Any]) -> list[Any]:
        """The driver's arguments for canonical values."""
        # hot path: benchmarks/orm_write.py
        args: list[Any] = []
        for position, convert in self.sources:
            if position is None:
                args.append(convert)
                continue
            value = values[position]
            args.append(value if convert is None or value is None else convert(value))
        return args

    def take(self, instance: Any, row: Sequence[Any]) -> None:
        """Store what RETURNING answered in the instance."""
        values = instance.__dict__
        for (attname, read), value in zip(self.returned, row, strict=True):
            values[attname] = value if read is None or value is None else read(value)


class ColumnWriter:
    """One field on its way to the database.

    Attributes:
        field: the field.
        attname: the attribute that holds the value.
        pre_save: the field's `pre_save` where it does more than read the attribute, else None.
        prepare: from a Python value to the canonical one.
        prepares_none: whether `prepare` wants to see None, too.
        same: the type whose values are canonical as they are; None: there is none.
        through_class: the value is read through the class: the field has a descriptor of its own.
    """

    __slots__ = ("attname", "field", "pre_save", "prepare", "prepares_none", "same", "through_class")

    def __init__(self, field: Any, connection: Any) -> None:
        self.field = field
        self.attname: str = field.attname
        self.pre_save = own_pre_save(field)
        self.prepare = preparer(field, connection)
        self.prepares_none = not is_builtin(field)
        self.same = unchanged_type(field) if self.prepare == field.get_prep_value else None
        self.through_class = field.descriptor is not None

    def value(self, instance: Any, add: bool) -> Any:
        """The instance's value as `pre_save` gives it."""
        if self.pre_save is not None:
            return self.pre_save(instance, add)
        return getattr(instance, self.attname) if self.through_class else instance.__dict__.get(self.attname, MISSING)

    def canonical(self, value: Any) -> Any:
        return value if value is None and not self.prepares_none else self.prepare(value)


UNCHANGED: dict[Any, type] = {
    IntegerField.get_prep_value: int,
    CharField.get_prep_value: str,
    TextField.get_prep_value: str,
    UUIDField.get_prep_value: uuid.UUID,
    DateField.get_prep_value: dt.date,
    FloatField.get_prep_value: float,
}
"""For each way to canonical values the type that it leaves as it is."""


def unchanged_type(field: Any) -> type | None:
    """The type whose values `field.get_prep_value` answers unchanged."""
    way = type(field).get_prep_value
    if field.is_relation and way.__module__ == "manoir.models._relations":
        return unchanged_type(field.target_field)
    return UNCHANGED.get(way)


def is_builtin(field: Any) -> bool:
    return type(field).__module__.startswith("manoir.models.")


def waits(field: Any) -> bool:
    """Whether a field has to wait before its row is written."""
    return type(field).apre_save is not Field.apre_save


def own_pre_save(field: Any) -> Callable[[Any, bool], Any] | None:
    """`field.pre_save`, unless it only reads the attribute."""
    if type(field).pre_save is Field.pre_save or waits(field):
        return None  # what waits was done by `Writer.await_fields`
    if is_builtin(field) and hasattr(field, "auto_now") and not (field.auto_now or field.auto_now_add):
        return None
    return field.pre_save


def preparer(field: Any, connection: Any) -> Convert:
    """The field's way to canonical values: `get_prep_value`, or a documented hook that a subclass overrides."""
    cls = type(field)
    if cls.get_db_prep_save is not Field.get_db_prep_save or cls.get_db_prep_value is not Field.get_db_prep_value:
        return lambda value: field.get_db_prep_save(value, connection)
    return field.get_prep_value


def reader(field: Any, connection: Any) -> Convert | None:
    """From the driver's value to the field's Python value; None when they are the same."""
    convert = None if field.column_type is None else connection.from_driver(field.column_type)
    custom = field.from_db_value
    if custom is None:
        return convert
    if convert is None:
        return lambda value: custom(value, None, connection)
    return lambda value: custom(convert(value), None, connection)


class Writer:
    """Writes instances of one model over one connection."""

    __slots__ = (
        "by_attname", "columns", "connection", "fields", "generated", "inserts", "linked", "makes_keys", "model", "pk",
        "relations", "updates", "waiting",
    )  # fmt: skip

    def __init__(self, model: Any, connection: Any) -> None:
        self.model = model
        self.connection = connection
        self.fields: tuple[Any, ...] = model._meta.concrete_fields
        every = tuple([ColumnWriter(field, connection) for field in self.fields])
        self.columns = tuple([column for column in every if not column.field.generated])
        self.generated = tuple([column.attname for column in every if column.field.generated])
        self.by_attname = {column.attname: column for column in every}
        self.pk = self.by_attname[model._meta.pk.attname]
        self.makes_keys: bool = self.pk.field.has_default()
        self.relations = tuple([field for field in self.fields if field.is_relation])
        private = [field for field in model._meta.concrete_model._meta.private_fields if hasattr(field, "apre_save")]
        self.waiting = (*[field for field in self.fields if waits(field)], *private)
        self.inserts: dict[tuple[str, ...], Statement] = {}
        self.updates: dict[tuple[str, ...], Statement] = {}
        self.linked: dict[Any, Any] = {}  # see `_linked`

    async def await_fields(self, instance: Any, add: bool, names: frozenset[str] | None = None) -> None:
        """Let the fields that have to wait (files) do their part, before the row is written.

        Args:
            instance: the row.
            add: the row is new.
            names: the fields that are written; None for all that the instance has.
        """
        for field in self.waiting:
            if names is not None and field.concrete and not {field.name, field.attname} & names:
                continue
            if field.attname in instance.__dict__:
                await field.apre_save(instance, add)

    # -- INSERT -----------------------------------------------------------------------------------------------------

    async def ainsert(self, instance: Any, *, raw: bool = False) -> None:
        """Insert one instance; what the database computed is read back."""
        # hot path: benchmarks/orm_write.py
        values, omitted, expressions = self.row(instance, raw=raw)
        if expressions:
            await self._ainsert_expressions(instance, values, omitted, expressions)
            return
        statement = self.inserts.get(omitted)
        if statement is None:
            statement = self.inserts[omitted] = self.compile_insert(omitted)
        if statement.returned:
            rows = await self.connection.fetch(statement.sql, statement.args(values))
            statement.take(instance, rows[0])
        else:
            await self.connection.execute(statement.sql, statement.args(values))

    def row(self, instance: Any, *, raw: bool = False) -> tuple[list[Any], tuple[str, ...], dict[int, Expr[Any, Any]]]:
        """Canonical values of the columns to write, the attributes left to the database, expressions by position."""
        # hot path: benchmarks/orm_write.py
        own = instance.__dict__
        values: list[Any] = []
        omitted: tuple[str, ...] = ()
        expressions: dict[int, Expr[Any, Any]] = {}
        for column in self.columns:
            if (column.pre_save is None or raw) and not column.through_class:
                value = own[column.attname]
            else:
                value = column.value(instance, True)
            kind = type(value)
            if kind is column.same:
                values.append(value)
                continue
            if kind not in PLAIN_TYPES:
                if kind is DatabaseDefault:
                    omitted = (*omitted, column.attname)
                    continue
                if isinstance(value, Expr):
                    expressions[len(values)] = value
                    values.append(None)
                    continue
            if value is None and column is self.pk and is_numbered(column.field):
                omitted = (*omitted, column.attname)
                continue
            values.append(value if value is None and not column.prepares_none else column.prepare(value))
        return values, omitted, expressions

    def written(self, omitted: tuple[str, ...]) -> list[ColumnWriter]:
        """The columns of an INSERT that leaves some out."""
        return [column for column in self.columns if column.attname not in omitted]

    def returned(self, attnames: Iterable[str]) -> tuple[tuple[str, Convert | None], ...]:
        return tuple([(name, reader(self.by_attname[name].field, self.connection)) for name in attnames])

    def compile_insert(self, omitted: tuple[str, ...]) -> Statement:
        fields = [column.field for column in self.written(omitted)]
        return self.compile_rows(fields, [[Param(None, field) for field in fields]], (*omitted, *self.generated))

    def compile_rows(
        self, fields: Sequence[Any], rows: list[list[Any]], omitted: tuple[str, ...], **options: Any
    ) -> Statement:
        """Compile the INSERT of rows of nodes."""
        room = compiler()
        params = tuple([param for row in rows for node in row for param in node.params])
        binds = room.Binds(params, self.connection)
        returning = [self.by_attname[attname].field for attname in omitted]
        made = room.rendered(room.insert(self.model, fields, rows, binds, returning=returning, **options), binds)
        return Statement(made.text, made.sources, self.returned(omitted))

    async def _ainsert_expressions(
        self, instance: Any, values: list[Any], omitted: tuple[str, ...], expressions: dict[int, Expr[Any, Any]]
    ) -> None:
        """The same for a row with expressions, whose values are read back."""
        columns = self.written(omitted)
        nodes = self.nodes(columns, values, expressions)
        computed = (*omitted, *[columns[position].attname for position in expressions], *self.generated)
        plans = plans_of(self.connection)
        key = ("insert", self.model, computed, tuple([node.key for node in nodes]))
        plan = plans.get(key)
        if plan is None:
            statement = self.compile_rows([column.field for column in columns], [nodes], computed)
            plan = Plan(statement.sql, binder(statement.sources), statement)
            plans.put(key, plan)
        params = [param for node in nodes for param in node.params]
        rows = await self.connection.fetch(plan.sql, plan.bind(params))
        plan.hydrate.take(instance, rows[0])

    def nodes(self, columns: Sequence[ColumnWriter], values: Sequence[Any], expressions: dict[int, Any]) -> list[Node]:
        """The values of a row as nodes."""
        return [
            inserted_node(expressions[position], self.model, column.field)
            if position in expressions
            else Param(value, column.field)
            for position, (column, value) in enumerate(zip(columns, values, strict=True))
        ]

    # -- UPDATE -----------------------------------------------------------------------------------------------------

    async def aupdate(self, instance: Any, columns: Sequence[ColumnWriter], *, raw: bool = False) -> bool:
        """Update the instance's row.

        Returns:
            Whether there was one.
        """
        # hot path: benchmarks/orm_write.py
        values: list[Any] = []
        names: list[str] = []
        expressions: dict[int, Expr[Any, Any]] = {}
        written: list[ColumnWriter] = []
        for column in columns:
            value = (
                instance.__dict__[column.attname] if raw and not column.through_class else column.value(instance, False)
            )
            if type(value) not in PLAIN_TYPES:
                if type(value) is DatabaseDefault:
                    continue
                if isinstance(value, Expr):
                    expressions[len(values)] = value
            written.append(column)
            names.append(column.attname)
            values.append(None if len(values) in expressions else column.canonical(value))
        key = self.pk.canonical(instance.pk)
        if expressions:
            return await self._aupdate_expressions(instance, written, values, expressions, key)
        if not values:
            return await self.ahas_row(instance)
        shape = tuple(names)
        statement = self.updates.get(shape)
        if statement is None:
            statement = self.updates[shape] = self.compile_update(shape, self.generated)
        values.append(key)
        if not statement.returned:
            return await self.connection.execute(statement.sql, statement.args(values)) > 0
        rows = await self.connection.fetch(statement.sql, statement.args(values))
        if rows:
            statement.take(instance, rows[0])
        return bool(rows)

    def keyed(self, key: Any) -> Query:
        """The query of the row with a key."""
        field = self.pk.field
        return Query(self.model).filtered(Compare("exact", Column(field), Param(key, field)))

    async def ahas_row(self, instance: Any) -> bool:
        """Whether the instance's row is there."""
        return bool(await self.connection.fetch(*self.existence(self.pk.canonical(instance.pk))))

    def existence(self, key: Any) -> tuple[str, list[Any]]:
        """Text and arguments of the question whether a row is there."""
        query = self.keyed(key).for_exists().with_limit(1)
        plans = plans_of(self.connection)
        plan = plans.get(("exists", self.model))
        if plan is None:
            made = compiler().compile_query(query, query.params(), self.connection)
            plan = Plan(made.text, binder(made.sources), None)
            plans.put(("exists", self.model), plan)
        return plan.sql, plan.bind(query.params())

    def compile_update(self, attnames: tuple[str, ...], returned: tuple[str, ...] = ()) -> Statement:
        """Compile the UPDATE of some columns of one row; its values are those columns' in order, then the key.

        Args:
            attnames: attributes of the columns.
            returned: attributes that are read back: what the database computes.
        """
        assignments = [(field := self.by_attname[name].field, Param(None, field)) for name in attnames]
        query = self.keyed(None)
        room = compiler()
        binds = room.Binds((*[param for _field, param in assignments], *query.params()), self.connection)
        fields = [self.by_attname[name].field for name in returned]
        made = room.rendered(room.update(query, assignments, binds, fields), binds)
        return Statement(made.text, made.sources, self.returned(returned))

    async def _aupdate_expressions(
        self,
        instance: Any,
        columns: Sequence[ColumnWriter],
        values: Sequence[Any],
        expressions: dict[int, Any],
        key: Any,
    ) -> bool:
        """The same with expressions, whose values are read back."""
        query = self.keyed(key)
        assignments = [
            (
                column.field,
                assigned_node(expressions[position], query, column.field)
                if position in expressions
                else Param(value, column.field),
            )
            for position, (column, value) in enumerate(zip(columns, values, strict=True))
        ]
        computed = (*[columns[position].attname for position in expressions], *self.generated)
        rows = await afetch_update(
            query, assignments, self.connection, [self.by_attname[name].field for name in computed]
        )
        if rows:
            Statement("", (), self.returned(computed)).take(instance, rows[0])
        return bool(rows)


def is_numbered(field: Any) -> bool:
    """Whether the database numbers the field's values."""
    column_type = field.column_type
    return column_type is not None and column_type.auto


def writer_of(model: Any, connection: Any) -> Writer:
    """The writer of a model (a proxy's is its own) on a connection."""
    # hot path: benchmarks/orm_write.py
    plans: dict[Any, Any] = plans_of(connection).plans
    writer: Writer | None = plans.get(("writer", model))
    if writer is None or writer.fields is not model._meta.concrete_fields:
        writer = plans["writer", model] = Writer(model, connection)
    return writer


# -- expressions as values --------------------------------------------------------------------------------------------


def inserted_node(expression: Expr[Any, Any], model: Any, field: Any) -> Node:
    """An expression as a value of INSERT, where there is no row to refer to.

    Raises:
        ValueError: it refers to a column.
    """
    node = bound(expression, Query(model), field, "save()")
    if any(isinstance(found, Column) for found in walk(node)):
        raise ValueError(
            f"{field} of a new row cannot follow from {expression!r:.80}: that reads the row, which is not there yet. "
            "Give a value, or save the row and update it."
        )
    return node


def assigned_node(expression: Expr[Any, Any], query: Query, field: Any, method: str = "save()") -> Node:
    """An expression as a value of UPDATE: it may refer to columns of the row, but not of others.

    Raises:
        FieldError: it crosses a relation or holds an aggregate.
    """
    node = bound(expression, query, field, method)
    if any(isinstance(found, Column) and found.hops for found in walk_deep(node)):
        raise FieldError(
            f"The value of {field.name!r} crosses a relation, and UPDATE reads one table (in {method}). Use Subquery(…)."
        )
    return node


def walk_deep(node: Node) -> Iterable[Node]:
    """All nodes below, through annotations as well."""
    for found in walk(node):
        yield found
        if isinstance(found, AnnotationRef):
            yield from walk_deep(found.target)


def bound(expression: Expr[Any, Any], query: Query, field: Any, method: str) -> Node:
    if type(expression) is Value and expression.output_field is None:  # it takes the field's type, as 5 would
        return Param(field.get_prep_value(expression.value), field)
    node = expression.bind(Scope(query, method))
    if node.aggregate:
        raise FieldError(
            f"{field.name!r} is written row by row, and {expression!r:.80} is computed over many (in {method}): use Subquery(…)."
        )
    return node


async def afetch_update(
    query: Query, assignments: Sequence[tuple[Any, Node]], connection: Any, returning: Sequence[Any]
) -> list[Any]:
    """Run an UPDATE … RETURNING and answer the driver's rows."""
    plan, params = update_plan(query, assignments, connection, tuple(returning))
    return await connection.fetch(plan.sql, plan.bind(params))


async def aexecute_update(query: Query, assignments: Sequence[tuple[Any, Node]], connection: Any) -> int:
    """Run an UPDATE and answer how many rows it met."""
    plan, params = update_plan(query, assignments, connection, ())
    return await connection.execute(plan.sql, plan.bind(params))


def update_plan(
    query: Query, assignments: Sequence[tuple[Any, Node]], connection: Any, returning: tuple[Any, ...]
) -> tuple[Plan[Any], tuple[Param, ...]]:
    # hot path: benchmarks/orm_write.py
    params = (*[param for _field, node in assignments for param in node.params], *query.params())
    key = ("update", query.key(), tuple([(field, node.key) for field, node in assignments]), returning)
    plans = plans_of(connection)
    plan = plans.get(key)
    if plan is None:
        room = compiler()
        binds = room.Binds(params, connection)
        made = room.rendered(room.update(query, assignments, binds, returning), binds)
        plan = Plan(made.text, binder(made.sources), None)
        plans.put(key, plan)
    return plan, params


async def aexecute_delete(query: Query, connection: Any) -> int:
    """Run the DELETE of a query's rows and answer how many there were."""
    params = query.params()
    key = ("delete", query.key())
    plans = plans_of(connection)
    plan = plans.get(key)
    if plan is None:
        room = compiler()
        binds = room.Binds(params, connection)
        made = room.rendered(room.delete(query, binds), binds)
        plan = Plan(made.text, binder(made.sources), None)
        plans.put(key, plan)
    return await connection.execute(plan.sql, plan.bind(params))


# -- what peers have to know ------------------------------------------------------------------------------------------


def note_write(model: Any) -> None:
    """Remember that rows of a model were written, so that relations loaded before are not trusted any more."""
    options = vars(model._meta.concrete_model._meta)
    options["writes"] = options.get("writes", 0) + 1

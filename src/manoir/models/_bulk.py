"""`bulk_create()` and `bulk_update()`: many instances in as few statements as the database allows.

On PostgreSQL one text serves any number of rows: each column travels as one array, which `unnest` turns into rows. SQLite
has no arrays. Rows that need nothing back go through `executemany`, whose statement is prepared once; rows whose keys
have to be read back stand in VALUES lists of few different lengths, so that few texts are enough.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal

from manoir.db import connections, transaction
from manoir.exceptions import FieldDoesNotExist
from manoir.models._deferred import is_deferred_class
from manoir.models._fields import DatabaseDefault
from manoir.models._peers import aload
from manoir.models._plan import compiler, plans_of
from manoir.models._saving import check_related
from manoir.models._shape import Param
from manoir.models._state import Origin
from manoir.models._writes import MISSING, PLAIN_TYPES, Statement, Writer, is_numbered, writer_of

LARGEST_VALUES = 512
"""Rows in the longest VALUES list of SQLite; shorter lists halve it."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """What `bulk_create()` was told.

    Attributes:
        model: the model.
        batch_size: most rows in one statement; None: any number.
        conflict: what happens to rows that break a unique constraint.
        update_fields: columns that rows which are there already take over.
        unique_fields: the columns whose values decide what is there already.
        raw: the values are written as they are, as those of fixtures: no field computes one.
    """

    model: Any
    batch_size: int | None
    conflict: Literal["", "ignore", "update"]
    update_fields: tuple[Any, ...] = ()
    unique_fields: tuple[Any, ...] = ()
    raw: bool = False


def insertion(
    model: Any,
    batch_size: int | None,
    ignore_conflicts: bool,
    update_conflicts: bool,
    update_fields: Sequence[str] | None,
    unique_fields: Sequence[str] | None,
) -> Insertion:
    """Check the arguments of `bulk_create()`.

    Raises:
        ValueError: they contradict each other, or name what is no column.
    """
    check_batch_size(batch_size)
    if ignore_conflicts and update_conflicts:
        raise ValueError(
            "bulk_create() either leaves rows that conflict alone (ignore_conflicts) or writes them (update_conflicts): give one."
        )
    if not update_conflicts:
        return Insertion(model, batch_size, "ignore" if ignore_conflicts else "")
    if not update_fields:
        raise ValueError(
            "bulk_create(update_conflicts=True) does not know what to write: name it by update_fields=[…]."
        )
    if not unique_fields:
        raise ValueError(
            "bulk_create(update_conflicts=True) does not know what makes rows equal: name it by unique_fields=[…]."
        )
    written = tuple([concrete(model, name, "update_fields") for name in update_fields])
    if any(field.primary_key for field in written):
        raise ValueError(f"A row keeps its key: take {model._meta.pk.name!r} out of bulk_create(update_fields=…).")
    unique = tuple([concrete(model, name, "unique_fields") for name in unique_fields])
    return Insertion(model, batch_size, "update", written, unique)


def check_batch_size(batch_size: int | None) -> None:
    if batch_size is not None and batch_size <= 0:
        raise ValueError(f"batch_size={batch_size!r} is no number of rows: give 1 or more, or leave it out.")


def concrete(model: Any, name: str, argument: str) -> Any:
    if name == "pk":
        return model._meta.pk
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise ValueError(f"bulk_create() got a name in {argument} that is no field: {error}") from None
    if not field.concrete or field.many_to_many:
        raise ValueError(
            f"{name!r} in bulk_create({argument}=…) has no column in the table of {model.__name__}: take it out."
        )
    if field.generated and argument == "update_fields":
        raise ValueError(f"bulk_create(update_fields=…) cannot write {name!r}: {field.source_of_value}")
    return field


# -- INSERT -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Group:
    """Instances whose rows have the same columns.

    Attributes:
        omitted: attributes that are left to the database.
        instances: in the order in which they were given.
        columns: their canonical values, column by column.
        expressions: expressions by row and position.
    """

    omitted: tuple[str, ...]
    instances: list[Any]
    columns: list[Sequence[Any]]
    expressions: dict[int, dict[int, Any]]


async def ainsert(instances: list[Any], plan: Insertion, alias: str) -> None:
    """Insert all instances, or none."""
    connection = connections[alias]
    writer = writer_of(plan.model, connection)
    for instance in instances:
        if is_deferred_class(type(instance)):
            for attname in instance.get_deferred_fields():
                await aload(instance, plan.model._meta.get_field(attname))
    if writer.waiting and not plan.raw:
        for instance in instances:
            await writer.await_fields(instance, True)
    groups = grouped(instances, writer, plan.raw)
    statements = [one for group in groups for one in inserts(group, plan, writer)]
    if len(statements) == 1:
        await statements[0].arun()
    else:
        async with transaction.atomic(using=alias, savepoint=False):
            for statement in statements:
                await statement.arun()
    origin = Origin(alias)
    for instance in instances:
        own = instance.__dict__
        state = own.get("_state")
        if state is None:
            own["_origin"] = origin
        else:
            state.db, state.adding = alias, False
        if writer.relations:
            own.pop("_pending", None)


async def ainsert_columns(model: Any, given: Mapping[str, Sequence[Any]], alias: str) -> bool:
    """Insert rows that are given column by column, by one statement that leaves out those that are there.

    Args:
        model: the model; its key is numbered by the database.
        given: canonical values by attribute, one for each row.
        alias: of the database.

    Returns:
        Whether it was done; False where the model has other columns, or fields that wait: then it takes instances.
    """
    # hot path: benchmarks/rest.py
    writer = writer_of(model, connections[alias])
    others = [column for column in writer.columns if column is not writer.pk]
    names = [column.attname for column in others]
    if writer.waiting or not is_numbered(writer.pk.field) or len(names) != len(given) or not given.keys() >= set(names):
        return False
    columns: list[Sequence[Any]] = []
    for column, name in zip(others, names, strict=True):
        values = given[name]
        columns.append(values if set(map(type, values)) == {column.same} else list(map(column.prepare, values)))
    group = Group((writer.pk.attname,), [None] * len(columns[0]), columns, {})
    for statement in inserts(group, Insertion(model, None, "ignore"), writer):
        await statement.arun()
    return True


def grouped(instances: list[Any], writer: Writer, raw: bool = False) -> list[Group]:
    """Sort instances by the columns that are written."""
    pk = writer.model._meta.pk
    if pk.has_default():
        for instance in instances:
            if instance.__dict__.get(pk.attname) is None:
                setattr(instance, pk.attname, pk.get_default())
    if writer.relations:
        for instance in instances:
            check_related(instance, writer.relations, "bulk_create")
    alike = by_columns(instances, writer, raw)
    return by_rows(instances, writer, raw) if alike is None else [alike]


def by_columns(instances: list[Any], writer: Writer, raw: bool = False) -> Group | None:
    """The instances as one group, made column by column; None when their columns differ or hold expressions."""
    # hot path: benchmarks/orm_write.py
    owns = [instance.__dict__ for instance in instances]
    columns: list[Sequence[Any]] = []
    omitted: tuple[str, ...] = ()
    for column in writer.columns:
        attname = column.attname
        if (column.pre_save is None or raw) and not column.through_class:
            values = [own.get(attname, MISSING) for own in owns]
        else:
            values = [column.value(instance, True) for instance in instances]
        kinds = set(map(type, values))
        if kinds == {column.same} or (kinds <= {column.same, NoneType} and column is not writer.pk):
            columns.append(values)
        elif kinds == {DatabaseDefault} or (kinds == {NoneType} and column is writer.pk and is_numbered(column.field)):
            omitted = (*omitted, attname)
        elif not kinds <= PLAIN_TYPES or (column is writer.pk and NoneType in kinds):
            return None
        elif column.prepares_none or NoneType not in kinds:
            columns.append(list(map(column.prepare, values)))
        else:
            prepare = column.prepare
            columns.append([None if value is None else prepare(value) for value in values])
    return Group(omitted, instances, columns, {})


def by_rows(instances: list[Any], writer: Writer, raw: bool = False) -> list[Group]:
    """The instances in groups, made row by row."""
    groups: dict[tuple[str, ...], tuple[list[Any], list[list[Any]], dict[int, Any]]] = {}
    for instance in instances:
        values, omitted, expressions = writer.row(instance, raw=raw)
        members, rows, held = groups.setdefault(omitted, ([], [], {}))
        if expressions:
            held[len(rows)] = expressions
        members.append(instance)
        rows.append(values)
    return [
        Group(omitted, members, list(zip(*rows, strict=True)), held)
        for omitted, (members, rows, held) in groups.items()
    ]


class Insert:
    """One statement with its rows."""

    __slots__ = ("args", "connection", "instances", "many", "statement")

    def __init__(
        self, statement: Statement, args: list[Any], instances: list[Any], connection: Any, many: bool = False
    ) -> None:
        self.statement = statement
        self.args = args
        self.instances = instances
        self.connection = connection
        self.many = many

    async def arun(self) -> None:
        statement = self.statement
        if self.many:
            await self.connection.execute_many(statement.sql, self.args)
        elif not statement.returned:
            await self.connection.execute(statement.sql, self.args)
        else:
            rows = await self.connection.fetch(statement.sql, self.args)
            take_all(statement, self.instances, rows)


def take_all(statement: Statement, instances: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    """Store what was returned, row by row."""
    if len(statement.returned) == 1 and statement.returned[0][1] is None:
        attname = statement.returned[0][0]
        for instance, row in zip(instances, rows, strict=True):
            instance.__dict__[attname] = row[0]
        return
    for instance, row in zip(instances, rows, strict=True):
        statement.take(instance, row)


def inserts(group: Group, plan: Insertion, writer: Writer) -> Iterator[Insert]:
    """The statements for a group."""
    connection = writer.connection
    returned = (*group.omitted, *writer.generated) if plan.conflict != "ignore" else ()
    if plan.conflict == "update" and not returned:
        returned = (writer.pk.attname,)
    for start, end in cuts(len(group.instances), plan.batch_size):
        part = group if end - start == len(group.instances) else part_of(group, start, end)
        if part.expressions:
            yield from insert_nodes(part, returned, plan, writer)
        elif connection.features.has_native_arrays and part.columns:
            yield insert_arrays(part, returned, plan, writer)
        else:
            yield from insert_values(part, returned, plan, writer)


def part_of(group: Group, start: int, end: int) -> Group:
    held = {row - start: found for row, found in group.expressions.items() if start <= row < end}
    columns: list[Sequence[Any]] = [column[start:end] for column in group.columns]
    return Group(group.omitted, group.instances[start:end], columns, held)


def cuts(count: int, size: int | None) -> Iterator[tuple[int, int]]:
    size = count if size is None else size
    for start in range(0, count, size):
        yield start, min(start + size, count)


def statement_for(
    form: str, omitted: tuple[str, ...], returned: tuple[str, ...], plan: Insertion, writer: Writer, count: int = 1
) -> Statement:
    """The compiled INSERT; kept for its columns, what it returns and how conflicts end."""
    key = (form, writer.model, omitted, returned, plan.conflict, plan.update_fields, plan.unique_fields, count)
    plans: dict[Any, Any] = plans_of(writer.connection).plans
    known: Statement | None = plans.get(key)
    if known is not None:
        return known
    room = compiler()
    fields = [column.field for column in writer.written(omitted)]
    options: dict[str, Any] = {
        "returning": [writer.by_attname[name].field for name in returned],
        "conflict": plan.conflict,
        "unique_fields": plan.unique_fields,
        "update_fields": plan.update_fields,
    }
    if form == "arrays":
        params = tuple([Param(None, field) for field in fields])
        binds = room.Binds(params, writer.connection)
        made = room.rendered(room.insert_arrays(writer.model, fields, params, binds, **options), binds)
    else:
        rows = [[Param(None, field) for field in fields]]
        binds = room.Binds(tuple(rows[0]), writer.connection)
        made = room.rendered(room.insert(writer.model, fields, rows, binds, **options), binds)
        made = room.repeated(made, count) if count > 1 else made
    statement = Statement(made.text, made.sources, writer.returned(returned))
    plans[key] = statement
    return statement


def insert_arrays(part: Group, returned: tuple[str, ...], plan: Insertion, writer: Writer) -> Insert:
    """INSERT … SELECT … FROM unnest(…): one array for each column."""
    # hot path: benchmarks/orm_write.py
    statement = statement_for("arrays", part.omitted, returned, plan, writer)
    return Insert(statement, array_args(statement, part.columns), part.instances, writer.connection)


def array_args(statement: Statement, columns: Sequence[Sequence[Any]]) -> list[Any]:
    """One array for each argument of a statement."""
    args: list[Any] = []
    for position, convert in statement.sources:
        column = columns[position] if position is not None else convert
        if position is None or convert is None:
            args.append(column)
        else:
            args.append([None if value is None else convert(value) for value in column])
    return args


def insert_values(part: Group, returned: tuple[str, ...], plan: Insertion, writer: Writer) -> Iterator[Insert]:
    """INSERT … VALUES …: prepared once when nothing comes back, else in lists of few lengths."""
    connection = writer.connection
    instances = part.instances
    one = statement_for("values", part.omitted, returned, plan, writer)
    rows = list(zip(*array_args(one, part.columns), strict=True)) if part.columns else [()] * len(instances)
    if not returned:
        yield Insert(one, rows, instances, connection, many=True)
        return
    largest = min(LARGEST_VALUES, connection.features.max_parameters // len(part.columns)) if part.columns else 1
    start = 0
    for count in lengths(len(rows), largest):
        statement = statement_for("values", part.omitted, returned, plan, writer, count)
        args = list(itertools.chain.from_iterable(rows[start : start + count]))
        yield Insert(statement, args, instances[start : start + count], connection)
        start += count


def lengths(count: int, largest: int) -> Iterator[int]:
    """Powers of two that add up to `count`, the largest first."""
    size = 1 << (max(largest, 1).bit_length() - 1)
    while count:
        while size > count:
            size >>= 1
        yield size
        count -= size


def insert_nodes(part: Group, returned: tuple[str, ...], plan: Insertion, writer: Writer) -> Iterator[Insert]:
    """Rows with expressions, compiled as they are: one statement for each row."""
    columns = writer.written(part.omitted)
    for position, (row, instance) in enumerate(zip(zip(*part.columns, strict=True), part.instances, strict=True)):
        held = part.expressions.get(position, {})
        nodes = writer.nodes(columns, row, held)
        computed = () if plan.conflict == "ignore" else (*returned, *[columns[index].attname for index in held])
        statement = writer.compile_rows(
            [column.field for column in columns],
            [nodes],
            computed,
            conflict=plan.conflict,
            unique_fields=plan.unique_fields,
            update_fields=plan.update_fields,
        )
        params = [param for node in nodes for param in node.params]
        yield Insert(statement, statement.args([param.value for param in params]), [instance], writer.connection)

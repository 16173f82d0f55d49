"""`bulk_update()`: other values for many instances in as few statements as the database allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from manoir.db import connections, transaction
from manoir.exceptions import FieldDoesNotExist, nearest
from manoir.models._bulk import array_args, check_batch_size, cuts
from manoir.models._choosing import Case, When
from manoir.models._expressions import Expr, Value
from manoir.models._fields import DatabaseDefault
from manoir.models._plan import compiler, plans_of
from manoir.models._saving import check_related
from manoir.models._shape import Param
from manoir.models._writes import PLAIN_TYPES, ColumnWriter, Statement, Writer, writer_of


def updated_fields(model: Any, names: Sequence[str], batch_size: int | None) -> list[Any]:
    """The fields that `bulk_update()` writes.

    Raises:
        ValueError: there are none, or one is no column, or the key.
    """
    check_batch_size(batch_size)
    if not names:
        raise ValueError(
            "bulk_update() got no fields, so there is nothing to write: name them, such as fields=['title']."
        )
    if isinstance(names, str):
        raise ValueError(f"bulk_update() takes a list of names: [{names!r}].")
    fields: list[Any] = []
    for name in names:
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            known = [field.name for field in model._meta.concrete_fields]
            raise ValueError(
                f"bulk_update() got {name!r}, which is no field of {model.__name__}.{nearest(name, known)}"
            ) from None
        if not field.concrete or field.many_to_many:
            raise ValueError(
                f"bulk_update() writes columns, and {name!r} has none in the table of {model.__name__}: take it out."
            )
        if field.primary_key:
            raise ValueError(f"bulk_update() finds rows by their key, so it cannot change {name!r}: take it out.")
        if field.generated:
            raise ValueError(f"bulk_update() cannot write {name!r}: {field.source_of_value}")
        fields.append(field)
    return list(dict.fromkeys(fields))


async def aupdate(queryset: Any, instances: list[Any], fields: list[Any], alias: str, batch_size: int | None) -> int:
    """Update all instances, or none."""
    connection = connections[alias]
    writer = writer_of(queryset.model, connection)
    relations = [field for field in fields if field.is_relation]
    columns = [writer.by_attname[field.attname] for field in fields]
    for instance in instances:
        check_related(instance, relations, "bulk_update")
    if writer.waiting:
        names = frozenset([field.name for field in fields])
        for instance in instances:
            await writer.await_fields(instance, False, names)
    rows = queryset.using(alias)
    count = 0
    async with transaction.atomic(using=alias, savepoint=False):
        for start, end in cuts(len(instances), batch_size):
            batch = instances[start:end]
            if any(is_special(getattr(one, column.attname)) for column in columns for one in batch):
                count += await aupdate_cases(rows, batch, fields)
            elif rows._query.where or not connection.features.has_native_arrays:
                count += await aupdate_many(rows, batch, columns, writer)
            else:
                count += await aupdate_arrays(batch, columns, writer)
            if writer.generated:
                await atake_generated(rows, batch, writer)
    return count


async def atake_generated(rows: Any, batch: list[Any], writer: Writer) -> None:
    """Read what the database computed of the new values, in one query for a batch."""
    found = rows.model._base_manager.using(rows._db).filter(pk__in=[one.pk for one in batch])
    values = {row[0]: row[1:] for row in await found.order_by().values_list("pk", *writer.generated)._afetch()}
    for one in batch:
        one.__dict__.update(zip(writer.generated, values.get(one.pk, ()), strict=False))


def is_special(value: Any) -> bool:
    return type(value) not in PLAIN_TYPES and isinstance(value, (Expr, DatabaseDefault))


async def aupdate_cases(rows: Any, batch: list[Any], fields: list[Any]) -> int:
    """Values that are expressions: CASE for each column."""
    changes: dict[str, Any] = {}
    for field in fields:
        whens = [When(pk=one.pk, then=as_expression(getattr(one, field.attname), field)) for one in batch]
        changes[field.attname] = Case(*whens, output_field=field)
    return await rows.filter(pk__in=[one.pk for one in batch]).aupdate(**changes)


def as_expression(value: Any, field: Any) -> Any:
    return value if isinstance(value, Expr) else Value(value, output_field=field)


async def aupdate_many(rows: Any, batch: list[Any], columns: list[ColumnWriter], writer: Writer) -> int:
    """One prepared UPDATE for all rows: SQLite runs it in the process, without a way to travel."""
    if rows._query.where:
        keys = set(
            await rows.filter(pk__in=[one.pk for one in batch]).order_by().values_list("pk", flat=True)._afetch()
        )
        batch = [one for one in batch if one.pk in keys]
    shape = tuple([column.attname for column in columns])
    known = writer.updates if not writer.generated else writer.linked  # `updates` read back what is generated
    statement = known.get(shape)
    if statement is None:
        statement = known[shape] = writer.compile_update(shape)
    args = [statement.args(values) for values in canonical_rows(batch, columns, writer)]
    return await writer.connection.execute_many(statement.sql, args) if args else 0


def canonical_rows(batch: Iterable[Any], columns: Sequence[ColumnWriter], writer: Writer) -> Iterator[list[Any]]:
    """For each instance the canonical values of columns, then of its key."""
    every = (*columns, writer.pk)
    for one in batch:
        yield [column.canonical(getattr(one, column.attname)) for column in every]


async def aupdate_arrays(batch: list[Any], columns: list[ColumnWriter], writer: Writer) -> int:
    """UPDATE … FROM unnest(…): one array for each column, and one of keys."""
    key = ("update arrays", writer.model, tuple([column.attname for column in columns]))
    plans: dict[Any, Any] = plans_of(writer.connection).plans
    statement: Statement | None = plans.get(key)
    if statement is None:
        room = compiler()
        fields = [column.field for column in columns]
        params = tuple([Param(None, field) for field in (*fields, writer.pk.field)])
        binds = room.Binds(params, writer.connection)
        made = room.rendered(room.update_arrays(writer.model, fields, params, binds), binds)
        statement = plans[key] = Statement(made.text, made.sources)
    arrays = list(zip(*canonical_rows(batch, columns, writer), strict=True))
    return await writer.connection.execute(statement.sql, array_args(statement, arrays))

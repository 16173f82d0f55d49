"""The methods of a queryset that write: `create`, `get_or_create`, `update`, `delete`, `bulk_create` …, in both colours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from manoir.bridge import blocking, spawn
from manoir.db import connections, router, transaction
from manoir.exceptions import FieldDoesNotExist, FieldError, IntegrityError, NotSupportedError, nearest
from manoir.models import _bulk as bulk
from manoir.models import _bulk_update as bulk_update
from manoir.models._deletion import adelete_rows, raw_delete
from manoir.models._expressions import Expr
from manoir.models._queryset_base import M, Row
from manoir.models._queryset_reading import Reading
from manoir.models._saving import ainsert, saves_plainly
from manoir.models._shape import Node, Param
from manoir.models._state import is_model
from manoir.models._writes import (
    ColumnWriter,
    aexecute_update,
    assigned_node,
    note_write,
    writer_of,
)


class WriteMethods(Reading[M, Row]):
    """Methods that change the database."""

    @property
    def _write_db(self) -> str:
        """Alias of the database that is written."""
        return self._db or router.db_for_write(self.model, **self._hints)

    # -- one row -----------------------------------------------------------------------------------------------------

    async def acreate(self, **kwargs: Any) -> M:
        """Make an instance and save it.

        Args:
            **kwargs: values of its fields.

        Returns:
            The instance, with what the database computed.

        Raises:
            TypeError: a name is no field.
            IntegrityError: the database refused the row.
        """
        # hot path: benchmarks/orm_write.py
        refuse_reverse_names(self.model, kwargs)
        model: Any = self.model
        instance = model(**kwargs)
        if saves_plainly(model):
            await ainsert(instance, self._write_db)
        else:
            await instance.asave(force_insert=True, using=self._write_db)
        return instance

    create = blocking(acreate)

    async def aget_or_create(self, defaults: Mapping[str, Any] | None = None, **kwargs: Any) -> tuple[M, bool]:
        """The one row that fulfils the conditions; made when there is none.

        When another transaction makes it at the same time, that row is answered; the conditions should therefore be
        those of a unique constraint.

        Args:
            defaults: further values for a row that is made; callables are called.
            **kwargs: conditions; those without a lookup are values of a row that is made.

        Returns:
            The instance, and whether it was made.

        Raises:
            MultipleObjectsReturned: several rows fulfil the conditions.
            FieldError: a name is no field.
        """
        queryset: Any = self
        alias = self._write_db
        queryset = queryset.using(alias)
        try:
            return await queryset.aget(**kwargs), False
        except self.model.DoesNotExist:
            values = creation_values(self.model, defaults, kwargs)
        try:
            async with transaction.atomic(using=alias):
                return await queryset.acreate(**await acalled(values)), True
        except IntegrityError:
            try:
                return await queryset.aget(**kwargs), False
            except self.model.DoesNotExist:
                pass
            raise

    get_or_create = blocking(aget_or_create)

    async def aupdate_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        create_defaults: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[M, bool]:
        """Update the one row that fulfils the conditions; make it when there is none.

        The row is locked between reading and writing where the database can.

        Args:
            defaults: values to write; callables are called.
            create_defaults: values for a row that is made, in place of `defaults`.
            **kwargs: conditions; those without a lookup are values of a row that is made.

        Returns:
            The instance, and whether it was made.

        Raises:
            MultipleObjectsReturned: several rows fulfil the conditions.
            FieldError: a name is no field.
        """
        changes = dict(defaults or {})
        check_names(self.model, changes)
        alias = self._write_db
        queryset: Any = self
        async with transaction.atomic(using=alias):
            found, created = (
                await queryset.using(alias)
                .select_for_update()
                .aget_or_create(changes if create_defaults is None else create_defaults, **kwargs)
            )
            if created:
                return found, True
            for name, value in (await acalled(changes)).items():
                setattr(found, name, value)
            await found.asave(using=alias, update_fields=columns_changed(self.model, changes, alias))
        return found, False

    update_or_create = blocking(aupdate_or_create)

    # -- all rows of the queryset ------------------------------------------------------------------------------------

    async def aupdate(self, **kwargs: Any) -> int:
        """Write values into all rows, in one statement; neither `save()` nor signals are called.

        Args:
            **kwargs: a value, instance or expression (`F("pages") + 1`) for each field.

        Returns:
            How many rows the conditions met.

        Raises:
            TypeError: the queryset is sliced.
            FieldError: a name is no column, or an expression crosses a relation.
        """
        # hot path: benchmarks/orm_write.py
        query = self._query
        if query.is_sliced:
            raise TypeError("This queryset is sliced, and UPDATE knows no slices: update filter(pk__in=…) of its keys.")
        if isinstance(query.distinct, tuple):
            raise TypeError("UPDATE knows no distinct(*fields): update filter(pk__in=…) of the keys of this queryset.")
        if query.combined is not None:
            raise NotSupportedError(
                f"UPDATE knows no {query.combined[0]}(): update each of the querysets that went into it."
            )
        connection = connections[self._write_db]
        assignments = [self._assignment(name, value, connection) for name, value in kwargs.items()]
        self._result = None
        if query.is_empty or not assignments:
            return 0
        if query.order is not None or query.related or query.lock is not None:
            query = query.copy(order=(), related=(), lock=None)
        count = await aexecute_update(query, assignments, connection)
        note_write(self.model)
        return count

    update = blocking(aupdate)

    def _assignment(self, name: str, value: Any, connection: Any) -> tuple[Any, Node]:
        field = column_named(self.model, name)
        if isinstance(value, Expr):
            return field, assigned_node(cast("Expr[Any, Any]", value), self._query, field, f"update({name}=…)")
        if hasattr(value, "bind") or hasattr(value, "_query"):
            raise FieldError(
                f"update({name}=…) takes a value or an expression, not {type(value).__name__}; wrap it in Subquery() or Value()."
            )
        if is_model(value):
            value = related_key(field, value)
        column: ColumnWriter = writer_of(self.model, connection).by_attname[field.attname]
        return field, Param(column.canonical(value), field)

    async def adelete(self) -> tuple[int, dict[str, int]]:
        """Delete all rows and what depends on them, as each relation's `on_delete` says.

        Returns:
            How many rows were deleted, and how many of each model (by label).

        Raises:
            TypeError: the queryset is sliced, distinct by fields, or of values.
            ProtectedError: a row points to one of them with PROTECT.
            RestrictedError: a row points to one of them with RESTRICT.
        """
        query = self._query
        if query.combined is not None:
            raise NotSupportedError(
                f"DELETE knows no {query.combined[0]}(): delete each of the querysets that went into it."
            )
        if query.is_sliced:
            raise TypeError("This queryset is sliced, and DELETE knows no slices: delete filter(pk__in=…) of its keys.")
        if isinstance(query.distinct, tuple):
            raise TypeError("DELETE knows no distinct(*fields): delete filter(pk__in=…) of the keys of this queryset.")
        if query.output.form != "models":
            raise TypeError("delete() removes rows, and values() reads parts of them: call delete() without values().")
        counts = await adelete_rows(self, self._write_db)
        self._result = None
        return counts

    delete = blocking(adelete)
    cast(Any, adelete).queryset_only = True
    cast(Any, delete).queryset_only = True

    async def _araw_delete(self, using: str) -> int:
        """Delete the rows without looking at relations or signals."""
        return await raw_delete(self._query, using)

    _raw_delete = blocking(_araw_delete)

    # -- many instances ----------------------------------------------------------------------------------------------

    async def abulk_create(
        self,
        objs: Iterable[M],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Sequence[str] | None = None,
        unique_fields: Sequence[str] | None = None,
    ) -> list[M]:
        """Insert instances in as few statements as possible; neither `save()` nor signals are called.

        Args:
            objs: instances, which get their keys and what else the database computes.
            batch_size: most rows in one statement; None lets the database decide.
            ignore_conflicts: leave out rows that break a unique constraint; keys are not set then.
            update_conflicts: write `update_fields` into the rows that are there already.
            update_fields: names of the fields for `update_conflicts`.
            unique_fields: names of the unique fields that decide what is there already.

        Returns:
            The instances as a list.

        Raises:
            ValueError: the arguments contradict each other, or a related instance is not saved.
            IntegrityError: the database refused a row; none is inserted.
        """
        plan = bulk.insertion(self.model, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields)
        rows = list(objs)
        self._result = None
        if rows:
            await bulk.ainsert(rows, plan, self._write_db)
            note_write(self.model)
        return rows

    bulk_create = blocking(abulk_create)

    async def abulk_update(self, objs: Iterable[M], fields: Sequence[str], batch_size: int | None = None) -> int:
        """Write fields of many instances in one statement for each batch; neither `save()` nor signals are called.

        Args:
            objs: instances that are in the database.
            fields: names of the fields to write.
            batch_size: most rows in one statement; None lets the database decide.

        Returns:
            How many rows were met.

        Raises:
            ValueError: no fields, a field that is no column or the key, an instance without a key.
        """
        chosen = bulk_update.updated_fields(self.model, fields, batch_size)
        rows = list(objs)
        if any(row.pk is None for row in cast("list[Any]", rows)):
            raise ValueError(
                "bulk_update() finds rows by their key, and an object has none: save it first, or use bulk_create()."
            )
        self._result = None
        if not rows:
            return 0
        count = await bulk_update.aupdate(self, rows, chosen, self._write_db, batch_size)
        note_write(self.model)
        return count

    bulk_update = blocking(abulk_update)


# -- values -----------------------------------------------------------------------------------------------------------


def refuse_reverse_names(model: Any, kwargs: Mapping[str, Any]) -> None:
    """Refuse relations that only exist on their far sides: a new row has none yet.

    Raises:
        ValueError: a name is such a relation.
    """
    names = model._meta.names
    for name in kwargs:
        found = names.get(name)
        if found is not None and found.is_relation and not found.concrete and hasattr(found, "accessor_name"):
            raise ValueError(
                f"{name!r} is the far side of a relation, which a new row has not got yet: set it once the row is saved."
            )


def creation_values(model: Any, defaults: Mapping[str, Any] | None, conditions: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row that `get_or_create()` makes: conditions without a lookup, then the defaults."""
    values = {name: value for name, value in conditions.items() if "__" not in name}
    values.update(defaults or {})
    check_names(model, values)
    return values


def check_names(model: Any, values: Mapping[str, Any]) -> None:
    """Refuse names that an instance cannot be given.

    Raises:
        FieldError: a name is neither a field nor a property.
    """
    options = model._meta
    unknown = [
        name
        for name in values
        if not (name == "pk" or name in options.names or isinstance(getattr(model, name, None), property))
    ]
    if unknown:
        names = "', '".join(sorted(unknown))
        hint = nearest(unknown[0], [known for known in options.names if known != "pk"])
        raise FieldError(f"{options.object_name} has no field or property '{names}'.{hint}")


async def acalled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with callables replaced by what they answer; they may ask the database, in an island they can wait."""
    return {
        name: await spawn(value) if callable(value) and not isinstance(value, Expr) else value
        for name, value in values.items()
    }


def columns_changed(model: Any, changes: Mapping[str, Any], alias: str) -> set[str] | None:
    """What `update_or_create()` saves: the columns that were changed and those that change themselves; None: all."""
    options = model._meta
    columns = {
        name for field in options.concrete_fields if not field.primary_key for name in (field.name, field.attname)
    }
    if not changes or not columns.issuperset(changes):
        return None
    own = {column.field.name for column in writer_of(model, connections[alias]).columns if column.pre_save is not None}
    return set(changes) | (own - {options.pk.name})


def column_named(model: Any, name: str) -> Any:
    """The field with a column that `update()` names.

    Raises:
        FieldError: there is none of that name.
    """
    options = model._meta
    if name == "pk":
        return options.pk
    try:
        field = options.get_field(name)
    except FieldDoesNotExist:
        known = [name for field in options.concrete_fields for name in (field.name, field.attname)]
        raise FieldError(f"{options.object_name} has no field named {name!r}.{nearest(name, known)}") from None
    if not field.concrete or field.many_to_many:
        raise FieldError(
            f"update() writes columns, and {field} has none in this table: change it through its own manager."
        )
    if field.generated:
        raise FieldError(f"update() cannot write {name!r}: {field.source_of_value}")
    return field


def related_key(field: Any, instance: Any) -> Any:
    """The value of a foreign key that points to an instance.

    Raises:
        ValueError: the field is no foreign key to that model, or the instance is not saved.
    """
    if not field.is_relation or not isinstance(instance, field.related_model._meta.concrete_model):
        raise ValueError(f"{field} cannot take {instance!r} of {type(instance).__name__}.")
    key = getattr(instance, field.target_field.attname)
    if key is None:
        raise ValueError(
            f"update() needs the {field.target_field.attname} of {instance!r:.80}, which is None: save that object first."
        )
    return key

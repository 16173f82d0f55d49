"""The bodies of `save()`, `save_base()` and `refresh_from_db()`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manoir.db import connections, router
from manoir.exceptions import FieldError, nearest
from manoir.models import signals
from manoir.models._deferred import is_deferred_class, restore_class
from manoir.models._fields import DatabaseDefault
from manoir.models._peers import aload, forget_relations
from manoir.models._state import ModelState
from manoir.models._writes import Writer, note_write, writer_of


async def asave(
    instance: Any,
    *,
    force_insert: Any = False,
    force_update: bool = False,
    using: str | None = None,
    update_fields: Iterable[str] | None = None,
) -> None:
    """The body of `Model.asave`."""
    # hot path: benchmarks/orm_write.py
    options = instance._meta
    alias = using or router.db_for_write(options.model, instance=instance)
    check_related(instance, writer_of(options.model, connections[alias]).relations, "save")
    if force_insert and (force_update or update_fields is not None):
        raise ValueError("force_insert makes a row, force_update and update_fields change one: give only one of them.")
    names: frozenset[str] | None = None
    if update_fields is not None:
        names = named_fields(options, update_fields)
        if not names:
            return
    elif not force_insert and is_deferred_class(type(instance)) and alias == instance._state.db:
        names = loaded_fields(instance)
    await asave_base(instance, force_insert=force_insert, force_update=force_update, using=alias, update_fields=names)


def saves_plainly(model: Any) -> bool:
    """Whether creating a row of a model shows it to nobody: no override of `save()`, no receiver of a signal."""
    # hot path: benchmarks/orm_write.py
    if signals.pre_save.receivers or signals.post_save.receivers:
        return False
    base = model._meta.base_class
    return model.asave is base.asave and model.asave_base is base.asave_base


async def ainsert(instance: Any, alias: str) -> None:
    """`asave(force_insert=True)` of a new instance whose model saves plainly."""
    # hot path: benchmarks/orm_write.py
    writer = writer_of(instance._meta.model, connections[alias])
    complete_key(instance, writer)
    if writer.waiting:
        await writer.await_fields(instance, True)
    await writer.ainsert(instance)
    note_inserted(instance, alias)


def complete_key(instance: Any, writer: Writer) -> None:
    """Take the keys of related instances, and make the instance's own where it is not the database that does."""
    if writer.relations:
        check_related(instance, writer.relations, "save")
    if writer.makes_keys and instance.__dict__.get(writer.pk.attname) is None:
        setattr(instance, writer.pk.attname, writer.pk.field.get_default())


def note_inserted(instance: Any, alias: str) -> None:
    """Let a new instance, and whoever loaded its table before, know that its row is there."""
    own = instance.__dict__
    state = own.get("_state")
    if state is None:
        own["_state"] = ModelState(alias, adding=False)
    else:
        state.db, state.adding = alias, False
    if "_pending" in own:
        del own["_pending"]
    note_write(instance._meta.model)


async def asave_base(
    instance: Any,
    *,
    raw: bool = False,
    force_insert: Any = False,
    force_update: bool = False,
    using: str | None = None,
    update_fields: Iterable[str] | None = None,
) -> None:
    """The body of `Model.asave_base`: signals around the statement.

    Raises:
        NotUpdated: an update was forced, and there is no row.
    """
    # hot path: benchmarks/orm_write.py
    options = instance._meta
    alias = using or router.db_for_write(options.model, instance=instance)
    names = None if update_fields is None else frozenset(update_fields)
    sender = options.model
    told = not options.auto_created
    if told and signals.pre_save.receivers:
        await signals.pre_save.asend(sender, instance=instance, raw=raw, using=alias, update_fields=names)
    created = await awrite(instance, alias, raw, bool(force_insert), force_update, names)
    own = instance.__dict__
    state = own.get("_state")
    if state is None:
        if created or "_origin" not in own or own["_origin"].db != alias:
            own["_state"] = ModelState(alias, adding=False)
    else:
        state.db, state.adding = alias, False
    note_write(sender)
    own.pop("_pending", None)
    if told and signals.post_save.receivers:
        await signals.post_save.asend(
            sender, instance=instance, created=created, update_fields=names, raw=raw, using=alias
        )


async def awrite(
    instance: Any, alias: str, raw: bool, force_insert: bool, force_update: bool, names: frozenset[str] | None
) -> bool:
    """Insert or update one row.

    Returns:
        Whether the row is new.
    """
    # hot path: benchmarks/orm_write.py
    options = instance._meta
    writer = writer_of(options.model, connections[alias])
    own = instance.__dict__
    key = getattr(instance, options.pk.attname)
    has_key = key is not None and type(key) is not DatabaseDefault
    must_update = force_update or names is not None
    if key is None and not must_update and options.pk.has_default():
        setattr(instance, options.pk.attname, options.pk.get_default())
    if must_update and not has_key:
        raise ValueError(
            f"This {options.object_name} has no {options.pk.attname}, so there is no row to change: save it without force_update first."
        )
    adding = own["_state"].adding if "_state" in own else "_origin" not in own
    if adding and not must_update and not raw and (options.pk.has_default() or options.pk.has_db_default):
        force_insert = True
    if writer.waiting and not raw:
        await writer.await_fields(instance, adding, names)
    if has_key and not force_insert:
        columns = columns_to_update(instance, writer, names)
        if options.select_on_save and not must_update:
            if await writer.ahas_row(instance):
                await writer.aupdate(instance, columns, raw=raw)
                return False
        elif await writer.aupdate(instance, columns, raw=raw):
            return False
        if force_update:
            raise options.model.NotUpdated(
                f"save(force_update=True) found no row with the key {instance.pk!r:.80}: it is gone, or was never stored."
            )
        if names is not None:
            raise options.model.NotUpdated(
                f"save(update_fields=…) found no row with the key {instance.pk!r:.80}: it is gone, or was never stored."
            )
    if is_deferred_class(type(instance)):
        for attname in instance.get_deferred_fields():
            await aload(instance, options.get_field(attname))
        restore_class(instance)
    await writer.ainsert(instance, raw=raw)
    return True


def columns_to_update(instance: Any, writer: Writer, names: frozenset[str] | None) -> list[Any]:
    """The columns of an UPDATE: all that the instance has, or those that are named; never the key."""
    own = instance.__dict__
    columns = [column for column in writer.columns if column is not writer.pk]
    if names is not None:
        return [column for column in columns if column.field.name in names or column.attname in names]
    return [column for column in columns if column.through_class or column.attname in own]


def named_fields(options: Any, update_fields: Iterable[str]) -> frozenset[str]:
    """The names given as `update_fields`, checked.

    Raises:
        ValueError: a name is no column of the model, or its key.
    """
    if isinstance(update_fields, str):
        raise ValueError(f"update_fields is a list of names; write update_fields=[{update_fields!r}].")
    names = frozenset([getattr(name, "path", name) for name in update_fields])
    known = {
        name
        for field in options.concrete_fields
        if not field.primary_key and not field.generated
        for name in (field.name, field.attname)
    }
    unknown = sorted(names - known, key=str)
    if unknown:
        computed = options.names.get(unknown[0])
        if computed is not None and getattr(computed, "generated", False):
            raise ValueError(f"save(update_fields=…) cannot write {unknown[0]!r}: {computed.source_of_value}")
        raise ValueError(
            f"update_fields names columns of {options.object_name} besides its key; these are none: "
            f"{', '.join(map(str, unknown))}.{nearest(str(unknown[0]), known)}"
        )
    return names


def loaded_fields(instance: Any) -> frozenset[str]:
    own = instance.__dict__
    return frozenset(
        [field.attname for field in instance._meta.concrete_fields if field.attname in own and not field.primary_key]
    )


def check_related(instance: Any, relations: Iterable[Any], operation: str) -> None:
    """Take keys of related instances that were saved after they were assigned; refuse those that were not.

    Raises:
        ValueError: a related instance has no key, so that saving would lose it.
    """
    # hot path: benchmarks/orm_write.py
    own = instance.__dict__
    for field in relations:
        other = own.get(field.name)
        if other is None:
            continue
        key = other.__dict__.get(field.target_attname)
        if other.pk is None:
            raise ValueError(f"{operation}() would lose '{field.name}': that object is not saved yet. Save it first.")
        if own.get(field.attname) in (None, "") and key is not None:
            own[field.attname] = key
        elif key is not None and own.get(field.attname) != key:
            del own[field.name]


async def arefresh_from_db(
    instance: Any, *, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
) -> None:
    """The body of `Model.arefresh_from_db`."""
    options = instance._meta
    names = None if fields is None else list(fields)
    if names is not None:
        names = forget_named_relations(instance, names)
        if not names:
            return
    alias = using or instance._state.db or router.db_for_read(options.model, instance=instance)
    queryset = options.base_manager.using(alias) if from_queryset is None else from_queryset.using(alias)
    wanted = loaded_names(instance) if names is None else names
    queryset = queryset.filter(pk=instance.pk)
    if len(set(wanted)) < len(options.concrete_fields):
        queryset = queryset.only(*wanted)
    found = await queryset.aget()
    take_values(instance, found, names)
    if names is None:
        forget_relations(instance)
    instance._state.db = found._state.db
    instance._state.adding = False


def forget_named_relations(instance: Any, names: list[str]) -> list[str]:
    """Drop what was loaded for relations that are named; answer the other names.

    Raises:
        ValueError: a name crosses a relation.
        FieldError: a name is unknown.
    """
    options = instance._meta
    if any("__" in name for name in names):
        crossing = next(name for name in names if "__" in name)
        raise ValueError(
            f"{crossing[:80]!r} leads to another row, and only this one is read again: name its own fields."
        )
    accessors = {rel.accessor_name for rel in options.related_objects}
    accessors |= {field.name for field in (*options.many_to_many, *options.concrete_model._meta.private_fields)}
    columns = {name for field in options.concrete_fields for name in (field.name, field.attname)} | {"pk"}
    left: list[str] = []
    for name in names:
        if name in accessors:
            forget_relations(instance, name)
        elif name in columns:
            left.append(name)
        else:
            raise FieldError(
                f"{options.object_name} has no field {name!r} to refresh.{nearest(name, [*columns, *accessors])}"
            )
    return left


def loaded_names(instance: Any) -> list[str]:
    own = instance.__dict__
    return [field.attname for field in instance._meta.concrete_fields if field.attname in own]


def take_values(instance: Any, found: Any, names: list[str] | None) -> None:
    """Copy the values that were read; a relation whose key changed is forgotten."""
    own, new = instance.__dict__, found.__dict__
    for field in instance._meta.concrete_fields:
        if field.attname not in new or (names is not None and not {field.name, field.attname} & set(names)):
            continue
        if field.is_relation:
            own.pop(field.name, None)
            if field.name in new:
                own[field.name] = new[field.name]
        own[field.attname] = new[field.attname]
    restore_class(instance)

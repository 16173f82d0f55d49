"""A new row together with its many-to-many relations: one statement where the database can, else one transaction.

On PostgreSQL an INSERT may stand inside of another statement, so the row, its key and the rows between are one round trip
that is all or nothing by itself. With BEGIN and COMMIT around them they would be four.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from manoir.bridge import run_sync
from manoir.db import connections, router, transaction
from manoir.models._manager import FORWARDED, Manager
from manoir.models._many_side import ManySide, side_of
from manoir.models._peers import alias_of
from manoir.models._plan import compiler
from manoir.models._queryset_writing import WriteMethods, refuse_reverse_names
from manoir.models._saving import complete_key, note_inserted, saves_plainly
from manoir.models._shape import Param
from manoir.models._writes import ColumnWriter, Statement, Writer, is_numbered, note_write, writer_of
from manoir.models.signals import m2m_changed


class Link:
    """A many-to-many relation whose rows between can be written with the row itself.

    Attributes:
        model: the model that it leads to.
        source, target: foreign keys of the table between, to the row and to the others.
        column: the writer of `target`.
    """

    __slots__ = ("column", "key_attname", "model", "source", "target")

    def __init__(self, side: ManySide, column: ColumnWriter) -> None:
        self.model = side.model._meta.concrete_model
        self.source, self.target = side.column_field, side.target_field
        self.key_attname: str = self.target.target_field.attname
        self.column = column

    def keys(self, instances: Iterable[Any], alias: str) -> list[Any] | None:
        """The keys of instances, each once; None where `add()` has something to say about one of them."""
        found: dict[Any, None] = {}
        for one in instances:
            key = one.__dict__.get(self.key_attname) if isinstance(one, self.model) else None
            if key is None or alias_of(one) != alias:
                return None
            found[key] = None
        same = self.column.same
        return [key if type(key) is same else self.column.prepare(key) for key in found]


async def acreate_linked(manager: Any, values: Mapping[str, Any], many: Mapping[str, Sequence[Any]]) -> Any:
    """Make and save a row as `manager.acreate(**values)` does, and relate it as `add()` does, all or nothing.

    Args:
        manager: the manager of the row's model.
        values: of the row's fields.
        many: instances of other models, or their keys, by the names of the relations.

    Returns:
        The instance.

    Raises:
        TypeError, ValueError: as `acreate()` and `add()` raise them.
        IntegrityError: the database refused a row.
    """
    # hot path: benchmarks/rest.py
    many = {name: rows for name, rows in many.items() if rows}
    if not many:
        return await acreate_by(manager, values)
    alias: str = manager._db or router.db_for_write(manager.model)
    writer = writer_of(manager.model, connections[alias])
    links = links_of(writer, tuple(many)) if relates_plainly(manager) else ()
    keys = [link.keys(rows, alias) for link, rows in zip(links, many.values(), strict=bool(links))]
    if not links or None in keys:
        return await acreate_and_add(manager, alias, values, many)
    refuse_reverse_names(manager.model, values)
    instance = manager.model(**values)
    complete_key(instance, writer)
    if writer.waiting:
        await writer.await_fields(instance, True)
    row, omitted, expressions = writer.row(instance)
    if expressions:
        return await acreate_and_add(manager, alias, values, many)
    statement = statement_for(writer, omitted, links)
    rows = await writer.connection.fetch(statement.sql, statement.args([*row, *keys]))
    statement.take(instance, rows[0])
    note_inserted(instance, alias)
    for link in links:
        note_write(link.source.model)
    return instance


async def acreate_and_add(
    manager: Any, alias: str, values: Mapping[str, Any], many: Mapping[str, Sequence[Any]]
) -> Any:
    """The same step by step."""
    async with transaction.atomic(using=alias):
        made = await acreate_by(manager, values)
        for name, rows in many.items():
            await getattr(made, name).aadd(*rows)
    return made


async def acreate_by(manager: Any, values: Mapping[str, Any]) -> Any:
    """Make a row by `acreate()` of a manager, or by `create()`, if that is the one that the project wrote."""
    if written(manager, "acreate") is WriteMethods.acreate and written(manager, "create") is not WriteMethods.create:
        return await run_sync(manager.create, **values)
    return await manager.acreate(**values)


def written(manager: Any, name: str) -> Any:
    """What a manager calls under a name: its own method, or that of its querysets."""
    own = getattr(type(manager), name)
    return getattr(manager._queryset_class, name) if hasattr(own, FORWARDED) else own


def creates_plainly(manager: Any) -> bool:
    """Whether making a row by a manager is one INSERT that nobody else changes or looks at."""
    is_ours = written(manager, "acreate") is WriteMethods.acreate and written(manager, "create") is WriteMethods.create
    return is_ours and type(manager).get_queryset is Manager.get_queryset and saves_plainly(manager.model)


def relates_plainly(manager: Any) -> bool:
    """Whether nobody else takes part either where the new row is related to others."""
    return not m2m_changed.receivers and creates_plainly(manager)


def links_of(writer: Writer, names: tuple[str, ...]) -> tuple[Link, ...]:
    """The relations of these names; none where one of them needs a statement of its own."""
    version = writer.model._meta.version
    known: tuple[Link, ...] | None = writer.linked.get((version, names))
    if known is None:
        found = [link_of(writer, name) for name in names]
        known = writer.linked[version, names] = () if None in found else tuple([link for link in found if link])
    return known


def link_of(writer: Writer, name: str) -> Link | None:
    """The link of a relation that the model itself declares; None where its rows between take more than two keys."""
    field = writer.model._meta.names.get(name)
    if not writer.connection.features.has_native_arrays or not hasattr(field, "source_key"):
        return None
    through = field.remote_field.through
    if field.remote_field.symmetrical or not through._meta.auto_created:
        return None
    side, between = side_of(field), writer_of(through, writer.connection)
    keys = {side.column_field.attname, side.target_field.attname, between.pk.attname}
    is_plain = keys == set(between.by_attname) and is_numbered(between.pk.field) and not between.waiting
    if not is_plain or side.key_attname != writer.pk.attname:
        return None
    return Link(side, between.by_attname[side.target_field.attname])


def statement_for(writer: Writer, omitted: tuple[str, ...], links: tuple[Link, ...]) -> Statement:
    """The compiled statement; its values are those of the row, then one list of keys for each link."""
    known: Statement | None = writer.linked.get((omitted, links))
    if known is not None:
        return known
    fields = [column.field for column in writer.written(omitted)]
    params = [Param(None, field) for field in fields]
    lists = [Param(None, link.target) for link in links]
    returned = (*omitted, *writer.generated) or (writer.pk.attname,)
    room = compiler()
    binds = room.Binds((*params, *lists), writer.connection)
    ends = [(link.source, link.target, param) for link, param in zip(links, lists, strict=True)]
    answered = [writer.by_attname[name].field for name in returned]
    made = room.rendered(room.insert_linked(writer.model, fields, params, ends, answered, binds), binds)
    sources = [
        (position, each(convert) if position is not None and position >= len(fields) else convert)
        for position, convert in made.sources
    ]
    statement = writer.linked[omitted, links] = Statement(made.text, tuple(sources), writer.returned(returned))
    return statement


def each(convert: Any) -> Any:
    """A conversion of lists out of one of their members."""
    return None if convert is None else lambda values: [convert(value) for value in values]

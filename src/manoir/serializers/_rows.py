"""From instances to plain records: values, keys of relations, natural keys. What waits is done for a chunk of rows at once."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from manoir.bridge import spawn
from manoir.exceptions import FieldError, nearest
from manoir.models import QuerySet, aprefetch_related_objects
from manoir.serializers._natural import anatural_key_of, has_natural_key

CHUNK = 1000
PLAIN = (type(None), int, float, Decimal, dt.datetime, dt.date, dt.time)
"""Types of values that stay what they are; all others become text, as their field says."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which parts of a row are serialized.

    Attributes:
        fields: names of fields; None: all.
        natural_foreign: relations by natural keys, where the other model has them.
        natural_primary: no primary key where the model has a natural one and the database makes keys.
        secrets: also fields with `secret = True`, that are not named.
    """

    fields: frozenset[str] | None = None
    natural_foreign: bool = False
    natural_primary: bool = False
    secrets: bool = False

    def takes(self, field: Any) -> bool:
        """Whether a field is part of the records."""
        if not field.serialize or getattr(field, "generated", False):
            return False
        if self.fields is None:
            return self.secrets or not getattr(field, "secret", False)
        return field.name in self.fields or field.attname in self.fields


def check_names(model: Any, names: Iterable[str]) -> None:
    """Refuse names that are no fields of a model.

    Raises:
        FieldError: names the nearest.
    """
    options = model._meta
    known = {"pk"} | {name for field in options.concrete_fields for name in (field.name, field.attname)}
    known |= {field.name for field in options.many_to_many}
    for name in names:
        if name not in known:
            raise FieldError(f"fields names {name!r}, which is no field of {options.label}.{nearest(name, known)}")


async def chunks_of(objects: Any, size: int = CHUNK) -> AsyncIterator[list[Any]]:
    """The instances of a queryset, or of any other iterable of either colour, in lists.

    A queryset is streamed: its rows are never all in memory.
    """
    if isinstance(objects, QuerySet) or hasattr(objects, "get_queryset"):
        queryset: Any = objects if isinstance(objects, QuerySet) else objects.all()
        objects = queryset.aiterator(size) if queryset._result is None else queryset._result
    if hasattr(objects, "__aiter__"):
        chunk: list[Any] = []
        async for one in objects:
            chunk.append(one)
            if len(chunk) == size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk
        return
    iterator = iter(objects)
    while chunk := await spawn(taken, iterator, size):  # what iterates may wait: `queryset.iterator()`
        yield chunk


def taken(iterator: Any, size: int) -> list[Any]:
    chunk: list[Any] = []
    for one in iterator:
        chunk.append(one)
        if len(chunk) == size:
            break
    return chunk


async def arecords(chunk: Sequence[Any], choice: Choice) -> list[dict[str, Any]]:
    """The records of some instances: dicts of `model`, `pk` (unless it is left out) and `fields`."""
    groups: dict[Any, list[Any]] = {}
    for instance in chunk:
        if not hasattr(instance, "_meta"):
            raise TypeError(
                f"Only instances of models can be serialized, not {instance!r:.80}. Take values() and values_list() off "
                "the queryset; plain data is written by json.dumps()."
            )
        groups.setdefault(instance._meta.concrete_model, []).append(instance)
    relations = [await Relations.aload(model, instances, choice) for model, instances in groups.items()]
    by_model = dict(zip(groups, relations, strict=True))
    return [await by_model[instance._meta.concrete_model].arecord(instance) for instance in chunk]


class Relations:
    """What the records of instances of one model say about other rows, read for all of them at once."""

    def __init__(self, model: Any, choice: Choice) -> None:
        options = model._meta
        self.model = model
        self.choice = choice
        self.fields = [field for field in options.concrete_fields if field is not options.pk and choice.takes(field)]
        self.many = [
            field
            for field in options.many_to_many
            if choice.takes(field) and field.remote_field.through._meta.auto_created
        ]
        self.leaves_key = choice.natural_primary and has_natural_key(model) and makes_key(options.pk)
        self.many_keys: dict[tuple[str, Any], list[Any]] = {}
        self.natural: dict[tuple[Any, Any], Any] = {}

    @classmethod
    async def aload(cls, model: Any, instances: Sequence[Any], choice: Choice) -> Relations:
        """Read them."""
        self = cls(model, choice)
        saved = [instance for instance in instances if instance.pk is not None]
        if choice.natural_foreign:
            names = [field.name for field in self.fields if field.is_relation and is_natural(field)]
            await aprefetch_related_objects(instances, *names)
        for field in self.many:
            if choice.natural_foreign and is_natural(field):
                await self.aload_natural(field, saved)
            else:
                await self.aload_keys(field, saved)
        return self

    async def aload_keys(self, field: Any, instances: Sequence[Any]) -> None:
        """Read keys out of the table between, in their order."""
        source, target = field.source_key, field.target_key
        for alias, some in by_alias(instances).items():
            keys = [getattr(instance, source.target_field.attname) for instance in some]
            rows = field.remote_field.through._base_manager.using(alias)
            rows = rows.filter(**{f"{source.attname}__in": keys}).order_by(target.attname)
            async for key, other in rows.values_list(source.attname, target.attname):
                self.many_keys.setdefault((field.name, key), []).append(plain_key(other, target.target_field))

    async def aload_natural(self, field: Any, instances: Sequence[Any]) -> None:
        """Read the rows of the other side, for their natural keys."""
        await aprefetch_related_objects(instances, field.name)
        attname = field.source_key.target_field.attname
        for instance in instances:
            found = [await self.anatural(other) async for other in getattr(instance, field.name).all()]
            self.many_keys[field.name, getattr(instance, attname)] = found

    async def anatural(self, other: Any) -> Any:
        """The natural key of a row, asked once."""
        key = (type(other), other.pk)
        if key not in self.natural:
            self.natural[key] = await anatural_key_of(other)
        return self.natural[key]

    async def arecord(self, instance: Any) -> dict[str, Any]:
        """The record of an instance."""
        options = instance._meta
        record: dict[str, Any] = {"model": self.model._meta.label_lower}
        if not self.leaves_key:
            record["pk"] = plain_key(instance.pk, options.pk)
        values = record["fields"] = {}
        for field in self.fields:
            values[field.name] = await self.avalue(instance, field)
        for field in self.many:
            own = getattr(instance, field.source_key.target_field.attname)
            values[field.name] = self.many_keys.get((field.name, own), [])
        return record

    async def avalue(self, instance: Any, field: Any) -> Any:
        """The value of one field."""
        if field.is_relation:
            if self.choice.natural_foreign and is_natural(field):
                other = getattr(instance, field.name)
                return None if other is None else await self.anatural(other)
            return plain_key(getattr(instance, field.attname), field.target_field)
        return plain(field, instance)


def is_natural(field: Any) -> bool:
    return has_natural_key(field.related_model)


def makes_key(pk: Any) -> bool:
    """Whether a row gets its primary key without being told, so that a record may leave it out."""
    return bool(getattr(pk, "auto_created", False) or pk.has_default() or pk.has_db_default or is_auto(pk))


def is_auto(pk: Any) -> bool:
    column_type = pk.column_type
    return column_type is not None and column_type.auto


def by_alias(instances: Iterable[Any]) -> dict[str | None, list[Any]]:
    """Instances by the database that they came from."""
    found: dict[str | None, list[Any]] = {}
    for instance in instances:
        found.setdefault(instance._state.db, []).append(instance)
    return found


def plain(field: Any, instance: Any) -> Any:
    """The value of a field: plain types as they are, all others as the field writes them."""
    value = field.value_from_object(instance)
    if isinstance(value, enum.Enum):
        value = value.value
    return value if isinstance(value, PLAIN) else field.value_to_string(instance)


def plain_key(value: Any, field: Any) -> Any:
    """A key: plain types as they are, all others as text."""
    if isinstance(value, enum.Enum):
        value = value.value
    return value if isinstance(value, PLAIN) else str(value)

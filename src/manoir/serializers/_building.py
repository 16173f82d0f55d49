"""From records to instances. Finding a row by its natural key waits, so that `build` yields what has to be found."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from manoir.apps import apps
from manoir.exceptions import DeserializationError, FieldDoesNotExist, ObjectDoesNotExist, ValidationError, nearest
from manoir.models import Model
from manoir.serializers._deserialized import DeserializedObject, is_key
from manoir.serializers._natural import afind, anatural_key_of, finds_by_natural_key, has_natural_key

LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Reading:
    """How records are read.

    Attributes:
        using: alias of the database that rows are meant for.
        ignorenonexistent: leave out models and fields that there are no more.
        handle_forward_references: put relations to rows that do not exist yet off.
    """

    using: str = "default"
    ignorenonexistent: bool = False
    handle_forward_references: bool = False


class Lookup:
    """A row that has to be found: by a natural key, or (`of`) by that of an instance."""

    __slots__ = ("key", "model", "of", "using")

    def __init__(self, model: Any, using: str, key: Any = None, of: Any = None) -> None:
        self.model = model
        self.using = using
        self.key = key
        self.of = of

    async def afind(self) -> Any:
        """The row; None when there is none."""
        try:
            key = self.key if self.of is None else await anatural_key_of(self.of)
            return await afind(self.model, self.using, key)
        except ObjectDoesNotExist:
            return None


Steps = Generator[Lookup, Any, DeserializedObject | None]


def build(record: Any, reading: Reading) -> Steps:
    """Make an instance of a record.

    Yields:
        Lookups; each wants to be answered by the row that was found, or None.

    Returns:
        The object; None for a record of a model that does not exist, where that is to be ignored.

    Raises:
        DeserializationError: says which record and field is wrong, and what to do.
    """
    if not isinstance(record, Mapping):
        raise DeserializationError(f"Each object is a mapping of model, pk and fields, not {shown(record)}.")
    model = model_of(record, reading)
    if model is None:
        return None
    fields = record.get("fields", {})
    where = f"{model._meta.label_lower}:pk={record.get('pk')!s:.40}"
    if not isinstance(fields, Mapping):
        raise DeserializationError(f"The fields of {where} have to be a mapping, not {shown(fields)}.")
    values: dict[str, Any] = {}
    many: dict[str, list[Any]] = {}
    deferred: dict[Any, Any] = {}
    if record.get("pk") is not None:
        pk = model._meta.pk
        values[pk.attname] = converted(pk, record["pk"], where)
    for name, value in fields.items():
        field = field_of(model, name, where, reading)
        if field is None:
            continue
        if field.many_to_many:
            many_keys = yield from build_many(field, value, where, reading)
            if many_keys is None:
                deferred[field] = value
            else:
                many[field.name] = many_keys
        elif field.is_relation:
            found = yield from build_key(field, value, where, reading)
            if found is DEFER:
                deferred[field] = value
            else:
                values[field.attname] = found
        elif not getattr(field, "generated", False):
            values[field.name] = converted(field, value, where)
    instance = yield from build_instance(model, values, reading, complete=not deferred)
    return DeserializedObject(instance, many, deferred)


DEFER = object()


def model_of(record: Mapping[str, Any], reading: Reading) -> Any:
    """The model that a record names."""
    name = record.get("model")
    try:
        if not isinstance(name, str) or name.count(".") != 1:
            raise LookupError(name)
        return apps.get_model(name)
    except LookupError:
        if reading.ignorenonexistent and name is not None:
            return None
        known = [model._meta.label_lower for model in apps.get_models(include_auto_created=True)]
        hint = nearest(str(name), known)
        raise DeserializationError(
            f"An object names the model {shown(name)}, which is no model of this project.{hint} Is its app in"
            " INSTALLED_APPS? ignorenonexistent=True (--ignorenonexistent) leaves such objects out."
        ) from None


def field_of(model: Any, name: Any, where: str, reading: Reading) -> Any:
    """The field that a record names; None for one that is to be ignored."""
    options = model._meta
    try:
        field = options.get_field(name)
        if field.auto_created and not field.concrete:
            raise FieldDoesNotExist(name)
    except FieldDoesNotExist:
        if reading.ignorenonexistent:
            return None
        known = [one.name for one in (*options.concrete_fields, *options.many_to_many)]
        raise DeserializationError(
            f"{where} has a field {shown(name)}, which {options.label} does not have.{nearest(str(name), known)}"
            " ignorenonexistent=True (--ignorenonexistent) leaves such fields out."
        ) from None
    return field


def converted(field: Any, value: Any, where: str) -> Any:
    """A value in the field's Python type."""
    try:
        return field.to_python(value)
    except (ValidationError, TypeError, ValueError) as error:
        reason = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        raise DeserializationError(f"{where}: field {field.name!r} cannot be {shown(value)}: {reason}") from error


def build_key(field: Any, value: Any, where: str, reading: Reading) -> Generator[Lookup, Any, Any]:
    """The key of a related row; DEFER for a row that does not exist yet."""
    if value is None:
        return None
    model, target = field.related_model, field.target_field
    if not is_key(value):
        return converted(field, value, where)
    if not finds_by_natural_key(model):
        raise no_natural_keys(field, value, where)
    other = yield Lookup(model, reading.using, value)
    if other is not None:
        return getattr(other, target.attname)
    if reading.handle_forward_references:
        return DEFER
    raise not_there(field, value, where)


def build_many(field: Any, value: Any, where: str, reading: Reading) -> Generator[Lookup, Any, list[Any] | None]:
    """The keys of related rows; None when one does not exist yet."""
    if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
        raise DeserializationError(f"{where}: field {field.name!r} has to be a list of keys, not {shown(value)}.")
    model, target = field.related_model, field.target_key.target_field
    keys: list[Any] = []
    for one in value:
        if not is_key(one):
            keys.append(converted(target, one, f"{where}.{field.name}"))
            continue
        if not finds_by_natural_key(model):
            raise no_natural_keys(field, one, where)
        other = yield Lookup(model, reading.using, one)
        if other is None:
            if reading.handle_forward_references:
                return None
            raise not_there(field, one, where)
        keys.append(getattr(other, target.attname))
    return keys


def build_instance(
    model: Any, values: dict[str, Any], reading: Reading, *, complete: bool
) -> Generator[Lookup, Any, Model]:
    """The instance; without a key it takes that of the row with the same natural key.

    A natural key may lead over relations, so that an instance without all of them (not `complete`) tells none.
    """
    instance = model(**values)
    instance._state.db = reading.using
    pk = model._meta.pk
    if complete and values.get(pk.attname) is None and has_natural_key(model) and finds_by_natural_key(model):
        existing = yield Lookup(model, reading.using, of=instance)
        if existing is not None:
            setattr(instance, pk.attname, existing.pk)
    return instance


def no_natural_keys(field: Any, value: Any, where: str) -> DeserializationError:
    label = field.related_model._meta.label
    return DeserializationError(
        f"{where}: field {field.name!r} has the natural key {shown(value)}, but the manager of {label} has no"
        " get_by_natural_key(). Write one, or dump without natural keys."
    )


def not_there(field: Any, value: Any, where: str) -> DeserializationError:
    label = field.related_model._meta.label
    return DeserializationError(
        f"{where}: field {field.name!r} refers to {label} {shown(value)}, which does not exist. Load it first, or use"
        " handle_forward_references=True (loaddata does)."
    )


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"

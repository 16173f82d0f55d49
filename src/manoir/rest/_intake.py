"""What a class of serializers does with its fields, made once: how values are read that were sent, and shown that are kept.

Most fields need nothing of the request, so their copies for each serializer would only be made to be thrown away: the
class's own field does the work, behind a function that knows at a glance the values that surely are right. Whatever a
step does not know (a value that is missing, rows that not everybody may see, a field whose hooks a project overrides) it
leaves to the serializer's own field, which also has the words for what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manoir.models.shapes import KeyedRows, KeyedTogether
from manoir.rest import _fields_choices as choices
from manoir.rest import _fields_dates as dates
from manoir.rest import _fields_numbers as numbers
from manoir.rest import _fields_text as texts
from manoir.rest._at_a_glance import reader_of
from manoir.rest._field import Field, SkipField, empty
from manoir.rest._model_info import field_info
from manoir.rest._relation import MAX_KEYS, ManyRelatedField, PrimaryKeyRelatedField, RelatedField
from manoir.rest._scoping import is_scoped

VALUES = (
    choices.ChoiceField, dates.DateField, dates.DateTimeField, dates.DurationField, dates.TimeField,
    numbers.BigIntegerField, numbers.BooleanField, numbers.DecimalField, numbers.FloatField, numbers.IntegerField,
    texts.CharField, texts.UUIDField,
)  # fmt: skip
"""Fields that read and write a value without asking whose they are."""
KEYS = (PrimaryKeyRelatedField, ManyRelatedField)
"""Fields that ask nothing but who may see the rows."""
MOST_READERS = 32
"""Sets of relations of one class of serializers for which queries are kept."""
READING = ("run_validation", "to_internal_value", "get_value", "validate_empty_values", "run_validators", "fail")
SHOWING = ("get_attribute", "to_representation")
OURS = {name: frozenset(getattr(cls, name) for cls in (Field, *VALUES, *KEYS)) for name in (*READING, *SHOWING)}
"""The hooks of these fields, as nobody has overridden them."""


def needs_nobody(field: Any, hooks: tuple[str, ...]) -> bool:
    """Whether a field does by these hooks what the framework says, and asks nothing of the serializer that it is in."""
    cls = type(field)
    if not isinstance(field, (*VALUES, *KEYS)) or any(getattr(cls, name) not in OURS[name] for name in hooks):
        return False
    if any(getattr(validator, "requires_context", False) for validator in field.validators):
        return False
    if isinstance(field, ManyRelatedField):
        return needs_nobody(field.child_relation, hooks)
    if isinstance(field, PrimaryKeyRelatedField):
        return cls.get_queryset is RelatedField.get_queryset and field.pk_field is None
    return True


class Taken:
    """How a field is read.

    Attributes:
        field_name, source_attrs: as the field has them.
        read: from what was sent to the checked value; None: only the serializer's own field knows.
        model: whose rows are looked up; None: none.
        is_optional: what was not sent is left out.
        takes_null: None is a value.
        is_nested: the value belongs to another row.
    """

    __slots__ = (
        "_check_name", "field_name", "is_nested", "is_optional", "model", "read", "source_attrs", "takes_null"
    )  # fmt: skip

    def __init__(self, field: Any) -> None:
        self.field_name: str = field.field_name
        self._check_name: str = field._check_name
        self.source_attrs: list[str] = field.source_attrs
        self.read: Callable[[Any], Any] | None = reader_of(field) if needs_nobody(field, READING) else None
        relation = getattr(field, "child_relation", field)
        self.model = relation.queryset.model if self.read and isinstance(relation, RelatedField) else None
        self.is_optional: bool = not field.required and field.default is empty
        self.takes_null: bool = field.allow_null and bool(field.source_attrs)
        self.is_nested = is_nested(field)

    def _taken(self, serializer: Any, data: Any) -> Any:
        """See `Field._taken`."""
        # hot path: benchmarks/rest.py
        read = self.read
        if read is not None and (self.model is None or not is_scoped(self.model)):
            value = data.get(self.field_name, empty)
            if value is None:
                if self.takes_null:
                    return None
            elif value is not empty:
                return read(value)
            elif self.is_optional or serializer._is_partial:
                raise SkipField
        return serializer.fields[self.field_name]._taken(serializer, data)


class TakenKeys(Taken):
    """How rows are read that were sent by their keys.

    Attributes:
        relation: the field of a single row.
        is_many: a list of keys is read.
    """

    __slots__ = ("is_many", "relation")

    def __init__(self, field: Any) -> None:
        super().__init__(field)
        self.is_many = isinstance(field, ManyRelatedField)
        self.relation: Any = field.child_relation if self.is_many else field

    def _taken(self, serializer: Any, data: Any) -> Any:
        """See `Field._taken`."""
        found = serializer._looked_up
        if found is not None and self.field_name in found:
            return found[self.field_name]
        return super()._taken(serializer, data)

    def rows(self) -> KeyedRows | None:
        """What reads the rows, where nothing but the keys is asked; None: only the field knows."""
        return self.relation._by_key()

    def keys(self, data: Any, rows: KeyedRows) -> list[Any] | None:
        """The keys that were sent, where they surely are some."""
        # hot path: benchmarks/rest.py
        sent = data.get(self.field_name)
        if not self.is_many:
            keys = [sent]
        elif type(sent) is list and 0 < len(sent) <= MAX_KEYS:
            keys: list[Any] = sent
        else:
            return None
        return keys if rows.takes(keys) else None


class TakenTogether:
    """Rows of several relations that one query looks up before the fields are read.

    Args:
        steps: how the rows of each relation are read.
    """

    __slots__ = ("_readers", "steps")

    def __init__(self, steps: list[TakenKeys]) -> None:
        self.steps = steps
        self._readers: dict[tuple[KeyedRows, ...], KeyedTogether] = {}

    def look_up(self, data: Any) -> dict[str, Any] | None:
        """Return the rows by the names of the fields; what is not among them is left to its field.

        Args:
            data: what was sent.
        """
        # hot path: benchmarks/rest.py
        asked: list[tuple[TakenKeys, KeyedRows, list[Any]]] = []
        for step in self.steps:
            rows = None if is_scoped(step.model) else step.rows()
            keys = None if rows is None else step.keys(data, rows)
            if rows is not None and keys is not None:
                asked.append((step, rows, keys))
        if len(asked) < 2:
            return None
        parts = tuple([rows for _step, rows, _keys in asked])
        reader = self._readers.get(parts)
        if reader is None:
            if len(self._readers) >= MOST_READERS:
                self._readers.clear()
            reader = self._readers[parts] = KeyedTogether(parts)
        found: dict[str, Any] = {}
        for (step, _rows, keys), known in zip(asked, reader.read([keys for _step, _rows, keys in asked]), strict=True):
            if all(key in known for key in keys):
                found[step.field_name] = [known[key] for key in keys] if step.is_many else known[keys[0]]
        return found


def is_nested(field: Any) -> bool:
    """Whether a field's value belongs to another row: it is a serializer, a list of them, or its source has a dot."""
    child = getattr(field, "child", None)
    return hasattr(field, "fields") or hasattr(child, "fields") or len(field.source_attrs) > 1


def all_taken(fields: list[tuple[str, Any, bool]] | None) -> list[Taken] | None:
    """How the fields of a class are read; None where one of them is not ready before it is a serializer's own.

    Args:
        fields: see `BindingDict.adopt`.
    """
    if fields is None or not all(is_bound for _name, _field, is_bound in fields):
        return None
    return [
        TakenKeys(field) if is_read_by_keys(field) else Taken(field)
        for _name, field, _is_bound in fields
        if not field.read_only
    ]


def is_read_by_keys(field: Any) -> bool:
    """Whether nothing but keys of rows can be sent, and nothing but those rows is what is kept."""
    relation = getattr(field, "child_relation", field)
    if (
        not isinstance(field, KEYS)
        or not isinstance(relation, PrimaryKeyRelatedField)
        or not needs_nobody(field, READING)
    ):
        return False
    return relation.pk_field is None and not field.validators and not relation.validators


def all_together(cls: Any, steps: list[Taken] | None) -> TakenTogether | None:
    """How the relations of a class of serializers are looked up by one query.

    Returns:
        None where there are less than two, or a method of a project is called between them, which may make rows.
    """
    places = [index for index, step in enumerate(steps or ()) if isinstance(step, TakenKeys)]
    if steps is None or len(places) < 2 or any(hasattr(cls, step._check_name) for step in steps[: places[-1]]):
        return None
    return TakenTogether([step for step in steps if isinstance(step, TakenKeys)])


class Shown:
    """How a field of a model's instance is shown.

    Attributes:
        field: the class's field, which nobody changes.
        field_name: as the field has it.
        name: of the attribute that holds the value, or of the relation.
        write: from the value to what is shown; None: only the serializer's own field knows.
        model: whose rows are shown by their keys; None: none.
        is_many: it is about several rows.
    """

    __slots__ = ("field", "field_name", "is_many", "model", "name", "write")

    def __init__(self, field: Any, info: Any) -> None:
        self.field = field
        self.field_name: str = field.field_name
        self.name: str = field.source
        self.write: Callable[[Any], Any] | None = None
        self.model: Any = None
        self.is_many = isinstance(field, ManyRelatedField)
        if not needs_nobody(field, SHOWING):
            return
        relation = info.relations.get(field.source)
        column: Any = info.fields_and_pk.get(field.source) if relation is None else relation.model_field
        if isinstance(field, KEYS):
            if relation is not None and relation.to_many == self.is_many and (self.is_many or is_key(column)):
                self.write, self.model = keys_of if self.is_many else as_it_is, relation.related_model
        elif relation is None and column is not None and column.descriptor is None:
            self.write = field.to_representation
        if self.write is not None and column is not None and not self.is_many:
            self.name = column.attname

    def _shown(self, serializer: Any, instance: Any) -> Any:
        """See `Field._shown`."""
        # hot path: benchmarks/rest.py
        if self.write is not None and (self.model is None or not is_scoped(self.model)):
            if self.is_many:
                loaded = instance.__dict__.get("_prefetched") or {}
                rows = loaded.get(self.name)
                return self.field._shown(serializer, instance) if rows is None else self.write(rows)
            value = instance.__dict__.get(self.name, empty)
            if value is not empty:
                return None if value is None else self.write(value)
        return serializer.fields[self.field_name]._shown(serializer, instance)


def is_key(column: Any) -> bool:
    """Whether a column holds the primary key of the row that it leads to."""
    return column is not None and column.concrete and column.target_field.primary_key


def as_it_is(value: Any) -> Any:
    return value


def keys_of(rows: Any) -> list[Any]:
    return [row.pk for row in rows]


def all_shown(fields: list[tuple[str, Any, bool]] | None, model: Any) -> list[Shown] | None:
    """How the fields of a class are shown for instances of a model; None as for `all_taken`."""
    if fields is None or not all(is_bound for _name, _field, is_bound in fields):
        return None
    info = field_info(model)
    return [Shown(field, info) for _name, field, _is_bound in fields if not field.write_only]

"""`RelatedField`: a row of another model as part of an answer or a request, and `many=True` of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self, cast

from manoir.bridge import hook
from manoir.exceptions import APIValidationError, FieldDoesNotExist, FieldTypeError, ValidationError
from manoir.i18n import gettext_lazy as _
from manoir.models import Manager, QuerySet
from manoir.models.shapes import KeyedRows, keyed_rows
from manoir.rest._field import MAX_BITS, Field, empty, value_along
from manoir.rest._field import shown as shown_value
from manoir.rest._nested_rows import visible_rows
from manoir.rest._scoped_paths import named
from manoir.rest._scoping import is_scoped, is_visible, note_found, scoped, was_found
from manoir.rest.settings import api_settings

MAX_KEYS = 10_000
"""Most rows that one request may name in one field (H44)."""
MANY_OPTIONS = frozenset(
    {
        "read_only", "write_only", "required", "default", "initial", "source", "label", "help_text", "style",
        "error_messages", "allow_empty", "html_cutoff", "html_cutoff_text",
    }
)  # fmt: skip
"""Options that concern the list when a relation is declared with `many=True`."""

LOOKUP_ERRORS = (TypeError, ValueError, FieldTypeError, ValidationError)
"""What a look-up raises for a value that can be no key."""


class PKOnlyObject:
    """Stands for a row of which nothing but the key is asked, so that it need not be loaded."""

    __slots__ = ("pk",)

    def __init__(self, pk: Any) -> None:
        self.pk = pk

    def __str__(self) -> str:
        return str(self.pk)


class RelatedField(Field):
    """Base of relations: override `to_representation` and `to_internal_value` for a form of your own.

    Args:
        queryset: the rows that may be named; a queryset or manager. None only with `read_only=True`, or where
            `get_queryset()` is overridden.
        many: there are several rows: a `ManyRelatedField` is made.
        allow_empty: with `many`: none is a value.
        html_cutoff: most options that a form shows.
        html_cutoff_text: what it shows after them.
        **options: those of every field.

    Raises:
        TypeError: a field that is written has no queryset, or a read-only one has.

    Example:
        >>> class Label(RelatedField):
        ...     def to_representation(self, value):
        ...         return value.label.upper()
        >>> Label(read_only=True).source is None
        True
    """

    queryset: Any = None

    def __new__(cls, *args: Any, many: bool = False, **kwargs: Any) -> Self:
        """Make a `ManyRelatedField` for `many=True`."""
        if many:
            return cast("Self", cls.many_init(*args, **kwargs))
        return super().__new__(cls, *args, **kwargs)

    def __init__(
        self,
        *,
        queryset: Any = None,
        many: bool = False,
        allow_empty: bool = True,
        html_cutoff: int | None = None,
        html_cutoff_text: Any = None,
        **options: Any,
    ) -> None:
        if queryset is not None:
            self.queryset = queryset
        self.html_cutoff, self.html_cutoff_text = html_cutoff, html_cutoff_text
        self._key_columns: dict[tuple[Any, str], tuple[str | None, Any]] = {}  # shared by all copies
        self._keyed: dict[str, tuple[Any, KeyedRows | None]] = {}  # likewise, while they have the same queryset
        super().__init__(**options)
        name = type(self).__name__
        if not self.read_only and self.queryset is None and type(self).get_queryset is RelatedField.get_queryset:
            raise TypeError(f"{name} needs queryset=… (the rows that may be named), or read_only=True.")
        if self.read_only and queryset is not None:
            raise TypeError(f"{name}(read_only=True, queryset=…): nothing is looked up, so drop the queryset.")

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        """Make the field of `many=True`; options of the list go to it, all others to its child."""
        child = cls(*args, **{key: value for key, value in kwargs.items() if key not in ("allow_empty",)})
        return ManyRelatedField(
            child_relation=child, **{key: value for key, value in kwargs.items() if key in MANY_OPTIONS}
        )

    # -- rows ---------------------------------------------------------------------------------------------------------

    def get_queryset(self) -> Any:
        """Return the rows that may be named, those that the user may see; override it to limit them further (H01)."""
        queryset = self.queryset
        return self._limited(queryset.all() if isinstance(queryset, (QuerySet, Manager)) else queryset)

    def _visible_rows(self) -> Any:
        """The same, also where `get_queryset()` was overridden."""
        queryset = self.get_queryset()
        return queryset if type(self).get_queryset is RelatedField.get_queryset else self._limited(queryset)

    def _limited(self, queryset: Any) -> Any:
        request = self.context.get("request")
        if request is None or not isinstance(queryset, (QuerySet, Manager)) or not is_scoped(queryset.model):
            return queryset
        return scoped(queryset, request.user)

    def _many(self, data: Sequence[Any]) -> list[Any]:
        """The rows of a list; fields that know how look all up at once."""
        return [self.to_internal_value(one) for one in data]

    def use_pk_only_optimization(self) -> bool:
        """Tell whether nothing but the key of the row is asked."""
        return False

    def get_attribute(self, instance: Any) -> Any:
        """Return the row, or a stand-in with its key where that is all that is asked."""
        if self.use_pk_only_optimization() and self.source_attrs:
            found = self._key_only(instance)
            if found is not empty:
                return found
        return super().get_attribute(instance)

    def _shown(self, serializer: Any, instance: Any) -> Any:
        value = self.get_attribute(instance)
        if value is None or (type(value) is PKOnlyObject and value.pk is None):
            return None
        return self.to_representation(value)

    def _key_only(self, instance: Any) -> Any:
        """The key out of the foreign key's own column, None where the user may not see the row; `empty` without one."""
        # hot path: benchmarks/rest.py
        names = self.source_attrs
        try:
            owner = value_along(instance, names[:-1], self._visible) if len(names) > 1 else instance
            known = (owner._meta, names[-1])
        except Exception:  # whatever it is, the ordinary way says what is wrong
            return empty
        if known not in self._key_columns:
            self._key_columns[known] = key_column(*known)
        column, model = self._key_columns[known]
        if column is None:
            return empty
        key = getattr(owner, column)
        if key is None or (model is not None and not self._is_visible(owner, names[-1], column, model)):
            return None
        return PKOnlyObject(key)

    def _is_visible(self, owner: Any, name: str, column: str, model: Any) -> bool:
        """Whether the user of the request may see the row whose key a column holds (H01)."""
        request = self.context.get("request")
        if request is None or was_found(owner.__dict__.get(name), getattr(owner, column), request.user):
            return True
        return is_visible(owner, column, model, request.user)

    # -- choices of forms ---------------------------------------------------------------------------------------------

    def get_choices(self, cutoff: int | None = None) -> dict[Any, Any]:
        """Return labels by key, at most `cutoff` of them; reads the rows."""
        queryset = self._visible_rows()
        if queryset is None:
            return {}
        rows = queryset if cutoff is None else queryset[:cutoff]
        return {self.to_representation(row): self.display_value(row) for row in rows}

    @property
    def choices(self) -> dict[Any, Any]:
        """Labels by key."""
        return self.get_choices()

    @property
    def grouped_choices(self) -> dict[Any, Any]:
        """Labels by key."""
        return self.choices

    def iter_options(self) -> Iterator[tuple[Any, Any]]:
        """Yield pairs of key and label for a form."""
        cutoff = api_settings.HTML_SELECT_CUTOFF if self.html_cutoff is None else self.html_cutoff
        yield from self.get_choices(cutoff=cutoff).items()

    def display_value(self, instance: Any) -> str:
        """Return the label of a row."""
        return str(instance)


def is_beyond(data: Any, length: int) -> bool:
    """Whether a text or number is larger than any that could be found."""
    return len(data) > length if isinstance(data, str) else isinstance(data, int) and data.bit_length() > MAX_BITS


def key_column(options: Any, name: str) -> tuple[str | None, Any]:
    """The attribute that holds the primary key of the row that a foreign key leads to; None for everything else.

    Returns:
        The attribute, and the model of the row if that says who may see its rows.
    """
    try:
        field = options.get_field(name)
    except FieldDoesNotExist:
        return None, None
    single = getattr(field, "concrete", False) and field.is_relation and not field.many_to_many
    if not single or not field.target_field.primary_key:
        return None, None
    return field.attname, field.related_model if is_scoped(field.related_model) else None


class StringRelatedField(RelatedField):
    """A row as its `str()`; read-only."""

    def __init__(self, **options: Any) -> None:
        options["read_only"] = True
        super().__init__(**options)

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the text of the row."""
        return str(value)


class PrimaryKeyRelatedField(RelatedField):
    """A row as its primary key.

    Args:
        pk_field: the field that reads and writes the key, such as `UUIDField(format="hex")`.
        **options: those of RelatedField.
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "required": _("This field is required."),
        "does_not_exist": _("There is no “{pk_value}” to choose."),
        "incorrect_type": _("A key is needed, not {data_type}."),
    }

    _known: dict[Any, Any] | None = None

    def __init__(self, *, pk_field: Field | None = None, **options: Any) -> None:
        self.pk_field = pk_field
        super().__init__(**options)

    def use_pk_only_optimization(self) -> bool:
        """Tell that the key is all."""
        return True

    def _key(self, data: Any, model: Any) -> Any:
        """The key that was sent; `true`, fractions and lists are none (H45)."""
        if self.pk_field is not None:
            data = self.pk_field.to_internal_value(data)
        if isinstance(data, (bool, float, list, dict, tuple, set)):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if is_beyond(data, 1_000):
            self.fail("does_not_exist", pk_value=shown_value(data))
        try:
            return model._meta.pk.to_python(data)
        except LOOKUP_ERRORS:
            return self.fail("incorrect_type", data_type=type(data).__name__)

    def _found(self, row: Any, queryset: Any) -> Any:
        """A row out of `_visible_rows()`: the answer to a write shows its key without asking again."""
        request = self.context.get("request")
        if request is not None:
            note_found(row, queryset, request.user)
        return row

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the row of the key."""
        if self._by_key() is not None:
            return self._many([data])[0]
        queryset = self._visible_rows()
        key = self._key(data, queryset.model)
        if self._known is not None:
            if key not in self._known:
                return self.fail("does_not_exist", pk_value=shown_value(data))
            return self._found(self._known[key], queryset)
        try:
            return self._found(queryset.get(pk=key), queryset)
        except queryset.model.DoesNotExist:
            return self.fail("does_not_exist", pk_value=shown_value(data))
        except LOOKUP_ERRORS:
            return self.fail("incorrect_type", data_type=type(data).__name__)

    def _many(self, data: Sequence[Any]) -> list[Any]:
        # hot path: benchmarks/rest.py
        if self._known is not None:
            return [self.to_internal_value(one) for one in data]
        rows = self._by_key()
        if rows is not None:
            # Nearly all that is sent is a key already.
            keys = data if self.pk_field is None and rows.takes(data) else [self._key(one, rows.model) for one in data]
            if keys is data or rows.takes(keys):
                found = rows.read(keys)
                for key, sent in zip(keys, data, strict=True):
                    if key not in found:
                        self.fail("does_not_exist", pk_value=shown_value(sent))
                return [found[key] for key in keys]
        queryset = self._visible_rows()
        return looked_up(self, queryset, "pk", [(self._key(one, queryset.model), one) for one in data], "pk_value")

    def _by_key(self) -> KeyedRows | None:
        """The rows that may be named, where they are the same for everybody and read in the usual way."""
        # hot path: benchmarks/rest.py
        queryset, kept = self.queryset, self._keyed.get("rows")
        if kept is None or kept[0] is not queryset:
            if kept is not None:  # a project gave the field of this serializer rows of its own
                self._keyed = {}
            is_usual = type(self).get_queryset is RelatedField.get_queryset
            kept = self._keyed["rows"] = (queryset, keyed_rows(queryset) if is_usual else None)
        rows = kept[1]
        if rows is None or self._known is not None:
            return None
        return None if is_scoped(rows.model) and self.context.get("request") is not None else rows

    def look_up_all(self, values: Iterable[Any]) -> None:
        """Look up whatever of these values are keys, by one query; until `forget_all()` only those rows are known."""
        queryset = self._visible_rows()
        keys: dict[str, Any] = {}
        for value in values:
            try:
                key = self._key(value, queryset.model)
            except (APIValidationError, *LOOKUP_ERRORS):
                continue  # whoever sent it is told when the item is checked
            keys[str(key)] = key
        try:
            self._known = {row.pk: row for row in queryset.filter(pk__in=list(keys.values()))} if keys else {}
        except LOOKUP_ERRORS:
            self._known = None

    def forget_all(self) -> None:
        """Look each key up again."""
        self._known = None

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the key."""
        return value.pk if self.pk_field is None else self.pk_field.to_representation(value.pk)


class SlugRelatedField(RelatedField):
    """A row as the value of one of its fields.

    Args:
        slug_field: name of the field, which should be unique; `"author__name"` follows relations.
        **options: those of RelatedField.
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "does_not_exist": _("There is none whose {slug_name} is “{value}”."),
        "invalid": _("This value cannot be looked up."),
    }

    def __init__(self, slug_field: str, **options: Any) -> None:
        self.slug_field = slug_field
        super().__init__(**options)

    def _checked(self, data: Any) -> Any:
        if isinstance(data, (list, dict, tuple, set)) or is_beyond(data, 10_000):
            self.fail("invalid")
        return data

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the row whose field has this value."""
        queryset = self._visible_rows()
        try:
            return queryset.get(named(self.slug_field, self._checked(data), queryset, self.context.get("request")))
        except queryset.model.DoesNotExist:
            return self.fail("does_not_exist", slug_name=self.slug_field, value=shown_value(data))
        except (*LOOKUP_ERRORS, queryset.model.MultipleObjectsReturned):
            return self.fail("invalid")

    def _many(self, data: Sequence[Any]) -> list[Any]:
        pairs = [(self._checked(one), one) for one in data]
        if "__" in self.slug_field or any(not isinstance(one, (str, int)) for one in data):
            return super()._many(data)
        return looked_up(self, self._visible_rows(), self.slug_field, pairs, "value", slug_name=self.slug_field)

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the field's value."""
        return value_along(value, self.slug_field.split("__"), self._visible)


def looked_up(
    field: RelatedField, queryset: Any, name: str, pairs: Sequence[tuple[Any, Any]], shown: str, **params: Any
) -> list[Any]:
    """The rows of many keys in the order of the keys, by one query.

    Args:
        field: whose errors are raised.
        queryset: the rows that may be named.
        name: the field that is looked up.
        pairs: keys, each with what was sent for it.
        shown: the name of what was sent in the messages.
        **params: further values for the messages.
    """
    if not pairs:
        return []
    attname = queryset.model._meta.pk.attname if name == "pk" else name
    try:
        rows = {
            str(getattr(row, attname)): row for row in queryset.filter(**{f"{name}__in": [key for key, _ in pairs]})
        }
    except LOOKUP_ERRORS:
        return field.fail("incorrect_type" if "incorrect_type" in field.error_messages else "invalid", data_type="list")
    for key, sent in pairs:
        if str(key) not in rows:
            field.fail("does_not_exist", **{shown: shown_value(sent)}, **params)
    return [rows[str(key)] for key, _ in pairs]


class ManyRelatedField(Field):
    """Several related rows; `many=True` of a relation makes one.

    Args:
        child_relation: the field of a single row.
        allow_empty: none is a value.
        html_cutoff, html_cutoff_text: as for RelatedField.
        **options: those of every field.
    """

    initial = []
    default_empty_html: ClassVar[Any] = []
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "not_a_list": _("A list is needed, not {input_type}."),
        "empty": _("This list cannot be empty."),
        "max_length": _("At most {max_length} items are taken."),
    }

    def __init__(
        self,
        child_relation: RelatedField,
        *,
        allow_empty: bool = True,
        html_cutoff: int | None = None,
        html_cutoff_text: Any = None,
        **options: Any,
    ) -> None:
        self.child_relation, self.allow_empty = child_relation, allow_empty
        self.html_cutoff, self.html_cutoff_text = html_cutoff, html_cutoff_text
        super().__init__(**options)
        child_relation.bind(field_name="", parent=self)

    def _copied(self) -> Any:
        twin = super()._copied()
        twin.child_relation = self.child_relation._copied()
        twin.child_relation.parent = twin
        return twin

    def get_value(self, dictionary: Any) -> Any:
        """Return the keys that were sent."""
        if not hasattr(dictionary, "getlist"):
            return dictionary.get(self.field_name, empty)
        if self.field_name not in dictionary:
            return empty if self._is_partial else self.default_empty_html
        return dictionary.getlist(self.field_name)

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the rows, looked up by one query where the relation is by a column."""
        if isinstance(data, (str, Mapping)) or not hasattr(data, "__iter__"):
            self.fail("not_a_list", input_type=type(data).__name__)
        keys = list(itertools.islice(data, MAX_KEYS + 1))
        if len(keys) > MAX_KEYS:
            self.fail("max_length", max_length=MAX_KEYS)
        if not keys and not self.allow_empty:
            self.fail("empty")
        child = self.child_relation
        if type(child).to_internal_value not in KNOWN_LOOKUPS:
            return [child.run_validation(one) for one in keys]
        return child._many(keys)

    def get_attribute(self, instance: Any) -> Any:
        """Return the related rows; none for an instance that is not saved."""
        # hot path: benchmarks/rest.py
        if hasattr(instance, "pk") and instance.pk is None:
            return []
        seen = visible_rows(self, instance)
        if seen is not None:
            return seen
        own: Any = getattr(instance, "__dict__", None)
        loaded = None if own is None else own.get("_prefetched")
        if loaded is not None and self.source in loaded:
            return self._visible(loaded[self.source])
        found = super().get_attribute(instance)
        return found.all() if hasattr(found, "all") else found

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the rows, one by one."""
        child = self.child_relation
        return [child.to_representation(one) for one in value]

    def get_choices(self, cutoff: int | None = None) -> dict[Any, Any]:
        """Return labels by key, at most `cutoff` of them."""
        return self.child_relation.get_choices(cutoff)

    @property
    def choices(self) -> dict[Any, Any]:
        """Labels by key."""
        return self.get_choices()

    @property
    def grouped_choices(self) -> dict[Any, Any]:
        """Labels by key."""
        return self.choices

    def iter_options(self) -> Iterator[tuple[Any, Any]]:
        """Yield pairs of key and label for a form."""
        return self.child_relation.iter_options()


KNOWN_LOOKUPS = frozenset({PrimaryKeyRelatedField.to_internal_value, SlugRelatedField.to_internal_value})
"""Look-ups that nobody has overridden, so that a list of them may be one query."""

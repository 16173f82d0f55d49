"""Fields that hold others, and free documents: lists, mappings and JSON, all with limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from manoir.bridge import hook
from manoir.exceptions import APIValidationError, ValidationError
from manoir.i18n import gettext_lazy as _
from manoir.rest._field import Field, SkipField, details_of, empty
from manoir.rest._fields_text import CharField
from manoir.validators import check_json

MAX_ITEMS = 10_000
"""Most items of a list or mapping that sets no limit of its own (H44, H56)."""
MAX_DEPTH = 100
"""Deepest nesting of a free document (H52)."""


class _UnvalidatedField(Field):
    """Any JSON value: the child of lists and mappings that declare none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.allow_blank = True
        self.allow_null = True

    @hook
    def to_internal_value(self, data: Any) -> Any:
        check_depth(data)
        return data


class _HoldingField(Field):
    """A field with a child; children are instances or classes of fields."""

    child: Any = None

    def __init__(self, *, child: Any = None, allow_empty: bool = True, **options: Any) -> None:
        made: Any = child if child is not None else type(self).child or _UnvalidatedField()
        self.child = made() if isinstance(made, type) else made._copied()
        if self.child.source is not None:
            raise TypeError(
                f"{type(self).__name__}(child={self.child!r}): an item has no source; give source to the field that holds it."
            )
        self.allow_empty = allow_empty
        super().__init__(**options)
        self.child.bind(field_name="", parent=self)

    def _copied(self) -> Any:
        twin = super()._copied()
        twin.child = self.child._copied()
        twin.child.parent = twin
        return twin

    def _run_child(self, items: Iterable[tuple[Any, Any]]) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Values and errors by key or index."""
        found: dict[Any, Any] = {}
        errors: dict[Any, Any] = {}
        for key, one in items:
            try:
                found[key] = self.child.run_validation(one)
            except (APIValidationError, ValidationError) as error:
                errors[key] = details_of(error)
            except SkipField:
                continue
        return found, errors


class ListField(_HoldingField):
    """A list of values of one field.

    Args:
        child: the field of the items; None takes any JSON value.
        allow_empty: an empty list is a value.
        min_length: fewest items.
        max_length: most items; None allows 10,000.
        **options: those of every field.

    Example:
        >>> from manoir.rest import fields
        >>> ListField(child=fields.IntegerField(), max_length=3).run_validation(["1", 2])
        [1, 2]
    """

    initial = []
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "not_a_list": _("A list is needed, not {input_type}."),
        "empty": _("This list cannot be empty."),
        "min_length": _("At least {min_length} items are needed."),
        "max_length": _("At most {max_length} items are taken."),
    }

    def __init__(
        self,
        *,
        child: Any = None,
        allow_empty: bool = True,
        min_length: int | None = None,
        max_length: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(child=child, allow_empty=allow_empty, **options)
        self.min_length, self.max_length = min_length, max_length

    def get_value(self, dictionary: Any) -> Any:
        """Return the items that were sent: in a form `name` repeated, or `name[0]`, `name[1]` and so on."""
        if not hasattr(dictionary, "getlist"):
            return dictionary.get(self.field_name, empty)
        if self.field_name in dictionary:
            sent = dictionary.getlist(self.field_name)
            return [] if sent == [""] else sent
        return items_of(dictionary, self.field_name) or empty

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the checked items; errors come by index."""
        if isinstance(data, (str, Mapping)) or not hasattr(data, "__iter__"):
            self.fail("not_a_list", input_type=type(data).__name__)
        items = list(data)
        limit = MAX_ITEMS if self.max_length is None else self.max_length
        if len(items) > limit:
            self.fail("max_length", max_length=limit)
        if not items and not self.allow_empty:
            self.fail("empty")
        if len(items) < (self.min_length or 0):
            self.fail("min_length", min_length=self.min_length)
        found, errors = self._run_child(enumerate(items))
        if errors:
            raise APIValidationError(errors)
        return list(found.values())

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the items as answers hold them."""
        child = self.child
        return [None if one is None else child.to_representation(one) for one in value]


class DictField(_HoldingField):
    """A mapping of texts to values of one field.

    Args:
        child: the field of the values; None takes any JSON value.
        allow_empty: an empty mapping is a value.
        **options: those of every field.

    Example:
        >>> from manoir.rest import fields
        >>> DictField(child=fields.IntegerField()).run_validation({"a": "1"})
        {'a': 1}
    """

    initial = {}
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "not_a_dict": _("A mapping is needed, not {input_type}."),
        "empty": _("This mapping cannot be empty."),
        "max_length": _("At most {max_length} items are taken."),
    }

    def get_value(self, dictionary: Any) -> Any:
        """Return what was sent: in a form `name.key`."""
        if not hasattr(dictionary, "getlist"):
            return dictionary.get(self.field_name, empty)
        prefix = f"{self.field_name}."
        found = {key.removeprefix(prefix): dictionary[key] for key in dictionary if key.startswith(prefix)}
        return found or empty

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the checked values; errors come by key."""
        if not isinstance(data, Mapping):
            self.fail("not_a_dict", input_type=type(data).__name__)
        if not data and not self.allow_empty:
            self.fail("empty")
        if len(data) > MAX_ITEMS:
            self.fail("max_length", max_length=MAX_ITEMS)
        found, errors = self._run_child((str(key), one) for key, one in data.items())
        if errors:
            raise APIValidationError(errors)
        return found

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the values as answers hold them."""
        child = self.child
        return {str(key): None if one is None else child.to_representation(one) for key, one in value.items()}


class HStoreField(DictField):
    """A mapping of texts to texts or null, as PostgreSQL's hstore holds it."""

    child = CharField(allow_blank=True, allow_null=True)


class JSONField(Field):
    """Any JSON value, at most 100 levels deep.

    Args:
        binary: it is sent and kept as JSON text.
        encoder: class of a `json.JSONEncoder` for values of your own.
        decoder: class of a `json.JSONDecoder`.
        **options: those of every field.

    Example:
        >>> JSONField().run_validation({"a": [1, 2]})
        {'a': [1, 2]}
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "invalid": _("This is no JSON."),
        "max_depth": _("This is nested deeper than {max_depth} levels."),
    }

    def __init__(self, *, binary: bool = False, encoder: Any = None, decoder: Any = None, **options: Any) -> None:
        self.binary, self.encoder, self.decoder = binary, encoder, decoder
        super().__init__(**options)

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the value; of a form or with `binary=True` it is read out of a text."""
        try:
            if self.binary or getattr(data, "is_json_string", False):
                data = json.loads(data.decode() if isinstance(data, bytes) else data, cls=self.decoder)
            check_depth(data, self)
            check_json(data, self.encoder)
        except (TypeError, ValueError, RecursionError):
            self.fail("invalid")
        return data

    def _get_form_value(self, form: Any) -> Any:
        sent = super()._get_form_value(form)
        return _FormJSON(sent) if isinstance(sent, str) else sent

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the value; with `binary=True` its JSON text."""
        return json.dumps(value, cls=self.encoder).encode() if self.binary else value


class _FormJSON(str):
    """JSON as the text of a form."""

    is_json_string = True


def check_depth(data: Any, field: Field | None = None) -> None:
    """Refuse a document that is nested too deep.

    Raises:
        ValidationError: it is.
    """
    level: list[Any] = [data]
    for _depth in range(MAX_DEPTH + 1):
        level = [
            below
            for one in level
            if isinstance(one, (dict, list, tuple))
            for below in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    words = JSONField.default_error_messages["max_depth"].format(max_depth=MAX_DEPTH)
    raise APIValidationError(words, code="max_depth")


def items_of(form: Any, name: str) -> list[Any]:
    """The values `name[0]`, `name[1]` … of a form, as far as they go without a gap."""
    found: list[Any] = []
    while len(found) <= MAX_ITEMS and f"{name}[{len(found)}]" in form:
        found.append(form[f"{name}[{len(found)}]"])
    return found

"""Keys and unique values of many items, looked up together: a list costs as many queries as one of its items.

Unique values that somebody has are asked for one by one: what the database takes for equal, only it knows.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from manoir.exceptions import APIValidationError, ValidationError
from manoir.rest._calls import is_ours
from manoir.rest._relation import LOOKUP_ERRORS, MAX_KEYS, ManyRelatedField, PrimaryKeyRelatedField
from manoir.rest.validators import UniqueValidator


@contextmanager
def looked_up_together(serializer: Any, items: Sequence[Any]) -> Generator[None]:
    """While it is entered, relations by key know the rows of all items, and unique fields which values nobody has.

    Args:
        serializer: the serializer of one item.
        items: what was sent; items that are no mappings are left to their check.
    """
    primed: list[PrimaryKeyRelatedField] = []
    unique: list[UniqueValidator] = []
    mappings = [item for item in items if isinstance(item, Mapping)]
    if len(mappings) > 1:
        for field in getattr(serializer, "_writable_fields", ()):
            unique += [one for one in field.validators if find_free(one, field, mappings)]
            relation = field.child_relation if type(field) is ManyRelatedField else field
            if type(relation) is not PrimaryKeyRelatedField:
                continue
            sent = keys_of(mappings, field.field_name)
            if len(sent) <= MAX_KEYS:
                relation.look_up_all(sent)
                primed.append(relation)
    try:
        yield
    finally:
        for relation in primed:
            relation.forget_all()
        for field in getattr(serializer, "_writable_fields", ()) if unique else ():
            field.__dict__.pop("_free", None)


def find_free(validator: Any, field: Any, items: Sequence[Mapping[str, Any]]) -> bool:
    """Let a unique field know the values of all items, where nobody has one of them; tell whether it does."""
    if type(validator) is not UniqueValidator or validator.lookup != "exact" or not is_ours(type(field)):
        return False
    values: set[Any] = set()
    for sent in keys_of(items, field.field_name):
        try:
            value = field.to_internal_value(sent)
            if not isinstance(value, int) or value.bit_length() <= 64:  # nobody has a larger one; see `keys_of`
                values.add(value)
        except (APIValidationError, ValidationError):
            continue  # whoever sent it is told when the item is checked
        except TypeError:  # values of this field cannot be compared by hash
            return False
    if not 1 < len(values) <= MAX_KEYS:
        return False
    try:
        is_free = not validator.queryset.all().filter(**{f"{field.source_attrs[-1]}__in": list(values)}).exists()
    except LOOKUP_ERRORS:
        return False
    if is_free:
        field.__dict__.setdefault("_free", {})[validator] = values
    return is_free


def keys_of(items: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    """What was sent under one name, each value once where it can be compared."""
    # By text: a client can choose numbers that all have one hash, which would make each look-up as long as the list.
    found: dict[str, Any] = {}
    for item in items:
        value = item.get(name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, (int, str)) and not isinstance(one, bool):
                found[str(one)] = one
    return list(found.values())

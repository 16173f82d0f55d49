"""Keys of many items, looked up together: checking a list costs as many queries as checking one of its items."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from manoir.rest._relation import MAX_KEYS, ManyRelatedField, PrimaryKeyRelatedField


@contextmanager
def looked_up_together(serializer: Any, items: Sequence[Any]) -> Generator[None]:
    """While it is entered, relations by key know the rows of all items.

    Args:
        serializer: the serializer of one item.
        items: what was sent; items that are no mappings are left to their check.
    """
    primed: list[PrimaryKeyRelatedField] = []
    mappings = [item for item in items if isinstance(item, Mapping)]
    if len(mappings) > 1:
        for field in getattr(serializer, "_writable_fields", ()):
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


def keys_of(items: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    """What was sent under one name, each value once where it can be compared."""
    found: dict[Any, None] = {}
    for item in items:
        value = item.get(name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, (int, str)) and not isinstance(one, bool):
                found[one] = None
    return list(found)

"""Which models a field of a historical model refers to, and how such fields are changed.

Fields of the state belong to no model: they say by label what they point to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from manoir.models import Field, ManyToManyField
from manoir.models._conditions import names_in

ModelKey: TypeAlias = tuple[str, str]
"""App label and lower-case model name."""


def key_of(label: str, app_label: str = "") -> ModelKey:
    """`"shop.Book"` as a key; a bare name belongs to `app_label`.

    Raises:
        ValueError: there is no app label.
    """
    app, _dot, name = label.rpartition(".")
    app = app or app_label
    if not app:
        raise ValueError(f"{label!r} is no model: write 'app_label.Model'.")
    return app, name.lower()


def target_key(field: Any, owner: ModelKey) -> ModelKey | None:
    """The model that a relation points to; None for a plain field."""
    if not field.is_relation:
        return None
    label = field.target_label
    return owner if label == "self" else key_of(label, owner[0])


def through_key(field: Any, owner: ModelKey) -> ModelKey | None:
    """The declared model between, for a many-to-many field that names one."""
    if not isinstance(field, ManyToManyField) or field.through is None:
        return None
    through: Any = field.through
    label = through if isinstance(through, str) else through._meta.label
    return key_of(label, owner[0])


def references(field: Any, owner: ModelKey) -> Iterator[ModelKey]:
    """All models that a field refers to."""
    for key in (target_key(field, owner), through_key(field, owner)):
        if key is not None:
            yield key


def computed_from(field: Any) -> list[str]:
    """Names of the fields that a generated field is computed from; none for others."""
    return names_in(field.expression) if field.generated else []


def detached(field: Any, name: str, **changes: Any) -> Any:
    """An equal field for the state, with some arguments changed: bound to no model, but with its names."""
    _name, _path, args, kwargs = field.deconstruct()
    made: Field[Any, Any] = type(field)(*args, **{**kwargs, **changes})
    made.name = name
    made.set_attributes_from_name(name)
    return made


def retargeted(field: Any, name: str, owner: ModelKey, old: ModelKey, new_label: str) -> Any:
    """The field with every reference to the model `old` turned to `new_label`; the same object without one."""
    changes: dict[str, Any] = {}
    if field.is_relation and field.target_label != "self" and target_key(field, owner) == old:
        changes["to"] = new_label
    if through_key(field, owner) == old:
        changes["through"] = new_label
    return detached(field, name, **changes) if changes else field

"""Small functions behind `Field`: counters, options, messages, plain values, pickling."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from manoir.apps import apps
from manoir.db import ColumnType
from manoir.exceptions import nearest
from manoir.i18n import LazyString

if TYPE_CHECKING:
    from manoir.models._fields._base import Field

_counters = {"declared": 0, "automatic": -1}


def next_counter(auto_created: bool) -> int:
    """Number that orders fields as they were declared; fields that the framework adds come first."""
    kind, step = ("automatic", -1) if auto_created else ("declared", 1)
    _counters[kind] += step
    return _counters[kind]


def refuse_unknown_options(field_class: type[Field[Any, Any]], options: Mapping[str, Any]) -> None:
    known = field_class.option_defaults
    for option in options:
        if option not in known:
            raise TypeError(f"{field_class.__name__}() has no option {option!r}.{nearest(option, known)}")


def merged_messages(field_class: type[Field[Any, Any]], own: Mapping[str, Any] | None) -> dict[str, Any]:
    """The error messages of a class and its bases, then those of the option `error_messages`."""
    messages: dict[str, Any] = {}
    for base in reversed(field_class.__mro__):
        messages.update(vars(base).get("default_error_messages", {}))
    messages.update(own or {})
    return messages


def plain_value(value: Any) -> Any:
    """The value inside an Enum member or a lazy string; any other value itself."""
    if isinstance(value, enum.Enum):
        return value.value
    return str(value) if isinstance(value, LazyString) else value


def enum_reader(members: type[enum.Enum]) -> Callable[[Any, Any, Any], Any]:
    """A `from_db_value` that answers members; values that the Enum no longer knows stay as they are."""
    by_value: dict[Any, enum.Enum] = {member.value: member for member in members}

    def read(value: Any, expression: Any, connection: Any) -> Any:
        return by_value.get(value, value)

    return read


def pointing(column_type: ColumnType) -> ColumnType:
    """Type of a column that refers to a column of `column_type`."""
    return ColumnType(
        kind=column_type.kind,
        length=column_type.length,
        digits=column_type.digits,
        places=column_type.places,
        collation=column_type.collation,
    )


def display_method(field: Field[Any, Any], name: str) -> Callable[[Any], Any]:
    """The method `get_<field>_display` of a model."""
    attname = field.attname

    def display(self: Any) -> Any:
        value = plain_value(getattr(self, attname))
        return next((label for choice, label in field.flatchoices if choice == value), value)

    display.__name__ = display.__qualname__ = name
    display.__doc__ = f"Label of the current value of `{field.name}`."
    return display


def public_path(cls: type[Any]) -> str:
    """Import path of a class, by the door of its room where it is one of manoir's."""
    parts = cls.__module__.split(".")
    if parts[0] == "manoir":
        parts = [part for part in parts if not part.startswith("_")]
    return ".".join([*parts, cls.__qualname__])


def same_option(value: Any, default: Any) -> bool:
    """Whether an option still has its default; a list of no validators equals a tuple of none."""
    if isinstance(value, (list, tuple)) and isinstance(default, (list, tuple)):
        return list(cast("Iterable[Any]", value)) == list(cast("Iterable[Any]", default))
    return value is default or (type(value) is type(default) and bool(value == default))


def is_plain_callable(choices: Any) -> bool:
    return callable(choices) and not isinstance(choices, type)


def shown(value: Any) -> str:
    """A value for an error message, cut at 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def rebuilt_field(field_class: type[Field[Any, Any]], state: dict[str, Any]) -> Field[Any, Any]:
    field = field_class.__new__(field_class)
    field.__dict__.update(state)
    return field


def field_of_model(app_label: str, model_name: str, field_name: str) -> Field[Any, Any]:
    return apps.get_model(app_label, model_name)._meta.get_field(field_name)

"""The options that every field takes, as type checkers see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

from manoir.models._choices import ChoicesLike


class FieldOptions(TypedDict, total=False):
    """Keyword options of every field; documented on `Field`."""

    auto_created: bool
    blank: bool
    db_column: str | None
    db_comment: str | None
    db_default: Any
    db_index: bool
    db_tablespace: str | None
    default: Any
    editable: bool
    error_messages: Mapping[str, str] | None
    help_text: str
    primary_key: bool
    serialize: bool
    unique: bool
    unique_for_date: str | None
    unique_for_month: str | None
    unique_for_year: str | None
    validators: Sequence[Callable[[Any], object]]


class ChoiceOptions(FieldOptions, total=False):
    """The same for fields whose value keeps its type whatever the `choices`."""

    choices: ChoicesLike | None


class NOT_PROVIDED:  # the documented spelling
    """Default of the options `default` and `db_default`: nothing was given."""


class DatabaseDefault:
    """Value of a field with `db_default` on an instance that is not saved yet: the database will compute it.

    Args:
        field: the field.
    """

    __slots__ = ("field",)

    def __init__(self, field: Any) -> None:
        self.field = field

    def __repr__(self) -> str:
        return f"<default of {self.field.name!r}, computed by the database>"


OPTION_DEFAULTS: dict[str, Any] = {
    "null": False,
    "blank": False,
    "choices": None,
    "max_length": None,
    "auto_created": False,
    "db_column": None,
    "db_comment": None,
    "db_default": NOT_PROVIDED,
    "db_index": False,
    "db_tablespace": None,
    "default": NOT_PROVIDED,
    "editable": True,
    "error_messages": None,
    "help_text": "",
    "primary_key": False,
    "serialize": True,
    "unique": False,
    "unique_for_date": None,
    "unique_for_month": None,
    "unique_for_year": None,
    "validators": (),
    "verbose_name": None,
}
"""What each option is when it is not given; `deconstruct()` leaves those out."""

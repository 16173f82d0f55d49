"""System checks that concern one field alone."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from manoir.checks import CheckMessage, Error, Warning
from manoir.models._choices import flattened_choices, normalized_choices

if TYPE_CHECKING:
    from manoir.models._fields._base import Field

RESERVED = frozenset({"pk", "objects_"})


def check_field(field: Field[Any, Any]) -> list[CheckMessage]:
    """Name, choices, null and validators of any field."""
    return [
        *check_name(field),
        *check_choices(field),
        *check_primary_key(field),
        *check_validators(field),
        *check_db_default(field),
    ]


def check_name(field: Field[Any, Any]) -> Iterator[CheckMessage]:
    name = field.name
    if name.endswith("_"):
        yield Error(f"The field name {name!r} ends with an underscore.", obj=field, id="manoir.models.E101",
                    hint="Lookups join names with '__', so a name cannot end with '_'.")  # fmt: skip
    if "__" in name:
        yield Error(f"The field name {name!r} contains '__'.", obj=field, id="manoir.models.E102",
                    hint="Two underscores separate names in lookups; use one.")  # fmt: skip
    if name == "pk":
        yield Error("'pk' is reserved: it always means the primary key.", obj=field, id="manoir.models.E103",
                    hint="Choose another name, with primary_key=True if it is the key.")  # fmt: skip
    if keyword.iskeyword(name):
        yield Error(f"The field name {name!r} is a Python keyword.", obj=field, id="manoir.models.E104")


def check_choices(field: Field[Any, Any]) -> Iterator[CheckMessage]:
    if field._choices is None:
        return
    try:
        pairs = normalized_choices(field._choices)
        flat = flattened_choices(pairs)
    except (TypeError, ValueError):
        yield Error(
            "'choices' is not a list of pairs, a mapping, an Enum class or a callable that returns one of them.",
            obj=field,
            id="manoir.models.E105",
            hint='Write choices=[("d", "Draft"), ("p", "Published")].',
        )
        return
    longest = max((len(value) for value, _label in flat if isinstance(value, str)), default=0)
    if field.max_length is not None and longest > field.max_length:
        yield Error(
            f"max_length={field.max_length} is too short for the longest of 'choices' ({longest} characters).",
            obj=field,
            id="manoir.models.E106",
            hint=f"Set max_length to {longest} or more.",
        )


def check_primary_key(field: Field[Any, Any]) -> Iterator[CheckMessage]:
    if field.primary_key and field.null:
        yield Error("A primary key cannot be NULL.", obj=field, id="manoir.models.E107", hint="Remove null=True.")


def check_validators(field: Field[Any, Any]) -> Iterator[CheckMessage]:
    for number, validator in enumerate(field.validators):
        if not callable(validator):
            yield Error(f"Validator {number} ({validator!r}) cannot be called.", obj=field, id="manoir.models.E108")


def check_db_default(field: Field[Any, Any]) -> Iterator[CheckMessage]:
    if field.has_db_default and callable(field.db_default) and not hasattr(field.db_default, "bind"):
        yield Error("'db_default' must be a value or an expression, not a function.", obj=field,
                    id="manoir.models.E109", hint="A Python function belongs into 'default'.")  # fmt: skip


def check_max_length(field: Field[Any, Any], required: bool) -> Iterator[CheckMessage]:
    """`max_length` of text fields: a positive integer, and given where databases need it."""
    length: Any = field.max_length
    if length is None:
        if required:
            yield Error(f"{type(field).__name__} needs 'max_length'.", obj=field, id="manoir.models.E110",
                        hint="Give the longest text in characters, or use TextField.")  # fmt: skip
    elif isinstance(length, bool) or not isinstance(length, int) or length <= 0:
        yield Error(f"'max_length' is {length!r}, not a positive integer.", obj=field, id="manoir.models.E111")


def check_no_max_length(field: Field[Any, Any]) -> Iterator[CheckMessage]:
    if field.max_length is not None:
        yield Warning(f"'max_length' means nothing to {type(field).__name__}.", obj=field, id="manoir.models.W112",
                      hint="Remove 'max_length', or add a validator.")  # fmt: skip


def check_decimal(field: Any) -> Iterator[CheckMessage]:
    """`max_digits` and `decimal_places` of a DecimalField."""
    for option, least in (("max_digits", 1), ("decimal_places", 0)):
        value = getattr(field, option)
        if value is None:
            yield Error(f"DecimalField needs {option!r}.", obj=field, id="manoir.models.E113")
        elif isinstance(value, bool) or not isinstance(value, int) or value < least:
            yield Error(f"{option!r} is {value!r}, not an integer of {least} or more.", obj=field,
                        id="manoir.models.E114")  # fmt: skip
        elif option == "decimal_places" and isinstance(field.max_digits, int) and value > field.max_digits:
            yield Error(f"decimal_places={value} is more than max_digits={field.max_digits}.", obj=field,
                        id="manoir.models.E115")  # fmt: skip


def check_dates(field: Any) -> Iterator[CheckMessage]:
    """`auto_now`, `auto_now_add` and `default` exclude each other."""
    given = [name for name in ("auto_now", "auto_now_add") if getattr(field, name)]
    if field.has_default():
        given.append("default")
    if len(given) > 1:
        yield Error(f"{' and '.join(given)} exclude each other.", obj=field, id="manoir.models.E116",
                    hint="Keep one of them.")  # fmt: skip

"""A field's new name in everything of `Meta` that names it: indexes, constraints, `unique_together`, `ordering`."""

from __future__ import annotations

import copy
from typing import Any

from manoir.models import Expr, F, Q, Value, When

NAMING = frozenset(["condition", "fields", "include"])
"""Arguments of indexes and constraints that name fields."""


def with_field_renamed(options: dict[str, Any], old: str, new: str) -> None:
    """Change the options of a historical model in place."""
    options["indexes"] = [renamed_member(member, old, new) for member in options["indexes"]]
    options["constraints"] = [renamed_member(member, old, new) for member in options["constraints"]]
    if "unique_together" in options:
        groups = options["unique_together"] or ()
        options["unique_together"] = {tuple(new if name == old else name for name in group) for group in groups}
    if options.get("ordering"):
        options["ordering"] = [renamed_in(term, old, new) for term in options["ordering"]]


def renamed_member(member: Any, old: str, new: str) -> Any:
    """An index or constraint with the field's new name; the same object where it does not name it."""
    _path, args, kwargs = member.deconstruct()
    changed = {name: renamed_in(value, old, new) for name, value in kwargs.items() if name in NAMING}
    made = type(member)(*[renamed_in(one, old, new) for one in args], **{**kwargs, **changed})
    return member if made == member else made


def renamed_in(value: Any, old: str, new: str) -> Any:
    """A name, condition or expression with the field's new name."""
    if isinstance(value, str):
        return renamed_name(value, old, new)
    if isinstance(value, (list, tuple)):
        return type(value)([renamed_in(part, old, new) for part in value])
    if isinstance(value, Q):
        return Q.create([renamed_child(child, old, new) for child in value.children], value.connector, value.negated)
    if isinstance(value, F):
        return type(value)(renamed_name(value.name, old, new))
    if isinstance(value, Value):
        return value
    if isinstance(value, Expr) or hasattr(value, "bind"):
        twin = copy.copy(value)
        for name, part in vars(value).items():
            if name == "_made_of":
                twin.__dict__[name] = renamed_arguments(value, old, new)
            elif isinstance(part, (Expr, Q)) or hasattr(part, "bind") or isinstance(part, (list, tuple)):
                twin.__dict__[name] = renamed_in(part, old, new)
        return twin
    return value


def renamed_arguments(value: Any, old: str, new: str) -> tuple[Any, Any]:
    """What an expression was made of, with the field's new name; keywords of `When` are lookups."""
    args, kwargs = value._made_of
    keywords = {
        renamed_name(name, old, new) if isinstance(value, When) and name not in ("condition", "then") else name: (
            part if isinstance(part, str) else renamed_in(part, old, new)
        )
        for name, part in kwargs.items()
    }
    return renamed_in(args, old, new), keywords


def renamed_child(child: Any, old: str, new: str) -> Any:
    if isinstance(child, tuple):
        lookup, value = child
        return renamed_name(lookup, old, new), (
            value if isinstance(value, (str, list, tuple)) else renamed_in(value, old, new)
        )
    return renamed_in(child, old, new)


def renamed_name(name: str, old: str, new: str) -> str:
    """`"-old"`, `"old__lookup"` and `"old_id"` with the new name."""
    sign = "-" if name.startswith("-") else ""
    first, separator, rest = name.removeprefix("-").partition("__")
    if first == old:
        return f"{sign}{new}{separator}{rest}"
    return f"{sign}{new}_id{separator}{rest}" if first == f"{old}_id" else name

"""What happens when a form class is made: its fields are collected, its hooks get their other colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from manoir.bridge import complete_hooks, hook_pairs, sync_hooks
from manoir.forms._cleaning import complete_cleaners, has_sync_cleaner
from manoir.forms._fields import Field

if TYPE_CHECKING:
    from manoir.forms._form import BaseForm


class DeclarativeFieldsMetaclass(type):
    """Collects the fields of a class body and of its bases into `declared_fields` and `base_fields`.

    A name that a subclass sets to None is no field of it.
    """

    declared_fields: dict[str, Field]
    base_fields: dict[str, Field]

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any) -> Any:
        own = {key: value for key, value in attrs.items() if isinstance(value, Field)}
        for key in own:
            del attrs[key]
        cls: Any = super().__new__(mcs, name, bases, attrs, **kwargs)
        declared: dict[str, Field] = {}
        for base in reversed(cls.__mro__[1:]):
            declared.update(vars(base).get("_own_fields", {}))
            forget_shadowed(declared, vars(base))
        declared.update(own)
        forget_shadowed(declared, attrs)
        cls._own_fields = own
        cls.declared_fields = declared
        cls.base_fields = declared
        finish_class(cls)
        return cls


def forget_shadowed(fields: dict[str, Field], namespace: Any) -> None:
    """Remove the fields that a class body sets to None."""
    for key in [key for key in fields if key in namespace and namespace[key] is None]:
        del fields[key]


def finish_class(cls: Any) -> None:
    """Complete the hooks once the fields are known."""
    complete_hooks(cls)
    complete_cleaners(cls, cls.base_fields)
    cls._runs_foreign_code = bool(sync_hooks(cls) & CLEANING) or has_sync_cleaner(cls, cls.base_fields)


CLEANING = frozenset({"clean", "full_clean", "is_valid", "_post_clean", "validate_unique", "validate_constraints"})
"""Hooks that run while a form is checked."""


def hooks_of(cls: type[BaseForm]) -> list[str]:
    """Sync names of all hooks of a form class, those of its fields included."""
    pairs = list(hook_pairs(cast("type", cls)))
    return [*pairs, *(f"clean_{name}" for name in cls.base_fields)]

"""The forms in which choices may be given, and the pairs that they become, read anew at each iteration."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

Pair: TypeAlias = tuple[Any, Any]
Choices: TypeAlias = "Iterable[Any] | Mapping[Any, Any] | type[enum.Enum] | Callable[[], Any]"
"""Pairs of value and label, groups (a name and pairs), a (nested) mapping, an Enum class, or a callable for these."""


class CallableChoices:
    """Choices of a function, which is called at each iteration.

    Args:
        func: returns choices in any form.
    """

    def __init__(self, func: Callable[[], Any]) -> None:
        self.func = func

    def __iter__(self) -> Iterator[Pair]:
        return iter(normalized(self.func()))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CallableChoices):
            return self.func == other.func
        return list(self) == other

    __hash__ = None  # pyright: ignore[reportAssignmentType]


def normalized(choices: Choices) -> Any:
    """Return choices as a list of pairs, or as an object that yields them lazily.

    Args:
        choices: in any of the documented forms.

    Raises:
        TypeError: an element is no pair.
    """
    if isinstance(choices, enum.EnumType):
        own: Any = getattr(choices, "choices", None)
        if own is not None:
            return list(own)
        return [(member.value, member.name.replace("_", " ").title()) for member in cast("type[enum.Enum]", choices)]
    if isinstance(choices, CallableChoices) or hasattr(choices, "reads_rows"):
        return choices
    if callable(choices):
        return CallableChoices(choices)
    if isinstance(choices, Mapping):
        choices = cast("Mapping[Any, Any]", choices).items()
    return [pair_of(choice) for choice in cast("Iterable[Any]", choices)]


def pair_of(choice: Any) -> Pair:
    """One pair; a group's label is a list of pairs."""
    if isinstance(choice, str) or not isinstance(choice, Iterable):
        raise TypeError(f"A choice is a pair of value and label, not {choice!r}.")
    parts = list(cast("Iterable[Any]", choice))
    if len(parts) != 2:
        raise TypeError(f"A choice is a pair of value and label, not {choice!r}.")
    value, label = parts
    if isinstance(label, Mapping):
        return value, normalized(cast("Mapping[Any, Any]", label))
    if isinstance(label, (list, tuple)):
        return value, [pair_of(inner) for inner in cast("Iterable[Any]", label)]
    return value, label


def flattened(choices: Iterable[Pair]) -> Iterator[Pair]:
    """Yield the pairs with groups opened."""
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            yield from cast("Iterable[Pair]", label)
        else:
            yield value, label

"""Enumerations with labels for `choices`, and the reading of every documented form of `choices`."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from manoir.i18n import LazyString

ChoicePair: TypeAlias = tuple[Any, Any]
"""A value with its label, or the name of a group with the pairs in it."""

ChoicesLike: TypeAlias = (
    "type[enum.Enum] | Iterable[ChoicePair | tuple[Any, Iterable[ChoicePair]]] | Mapping[Any, Any] | Callable[[], Any]"
)
"""What the option `choices` takes."""


class ChoicesType(enum.EnumType):
    """Metaclass of `Choices`: takes labels out of the members' values and serves `choices`, `labels`, `values`."""

    def __new__(
        metacls, name: str, bases: tuple[type, ...], classdict: enum._EnumDict, **kwargs: Any
    ) -> ChoicesType:  # the enum machinery fixes this signature
        labels: list[Any] = []
        for key in cast("list[str]", cast(Any, classdict)._member_names):
            value: Any = classdict[key]
            if isinstance(value, (list, tuple)) and len(value) > 1 and is_label(value[-1]):
                *parts, label = value
                value = tuple(parts) if len(parts) > 1 else parts[0]
            else:
                label = key.replace("_", " ").title()
            labels.append(label)
            dict.__setitem__(classdict, key, value)  # the enum's own dict refuses a second value for a name
        cls = super().__new__(metacls, name, bases, classdict, **kwargs)
        for member, label in zip(cls.__members__.values(), labels, strict=True):
            cast("Any", member)._label_ = label
        return cls

    def __contains__(cls, member: object) -> bool:
        """Whether `member` is a member or the value of one (as Python 3.12 answers)."""
        if isinstance(member, cls):
            return True
        try:
            return any(member == known.value for known in cast("type[enum.Enum]", cls))
        except TypeError:
            return False

    @property
    def names(cls) -> list[str]:
        """Names of the members, `"__empty__"` first when there is one."""
        empty = ["__empty__"] if hasattr(cls, "__empty__") else []
        return empty + [member.name for member in cast("type[enum.Enum]", cls)]

    @property
    def choices(cls) -> list[tuple[Any, Any]]:
        """Pairs of value and label, as the option `choices` takes them."""
        empty: list[tuple[Any, Any]] = [(None, cast("Any", cls).__empty__)] if hasattr(cls, "__empty__") else []
        return empty + [(member.value, label_of(member)) for member in cast("type[enum.Enum]", cls)]

    @property
    def labels(cls) -> list[Any]:
        """The labels, in order."""
        return [label for _value, label in cls.choices]

    @property
    def values(cls) -> list[Any]:
        """The values, in order."""
        return [value for value, _label in cls.choices]


class Choices(enum.Enum, metaclass=ChoicesType):
    """An enumeration whose members have a value and a label.

    The label is the last element of a member's tuple; without one it is made from the name. `__empty__` gives the
    empty choice a label.

    Example:
        >>> class Format(TextChoices):
        ...     PAPERBACK = "P", "Paperback"
        ...     HARD_COVER = "H"
        >>> Format.choices
        [('P', 'Paperback'), ('H', 'Hard Cover')]
        >>> Format.HARD_COVER.label
        'Hard Cover'
    """

    @enum.property
    def label(self) -> Any:
        """What people read, possibly lazy."""
        return cast("Any", self)._label_

    @property
    def do_not_call_in_templates(self) -> bool:
        """Templates show the class instead of calling it."""
        return True

    def __str__(self) -> str:
        return str(self.value)

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}.{self.name}"


class IntegerChoices(int, Choices):
    """Choices whose values are integers."""

    if TYPE_CHECKING:
        _value_: int

        def __new__(cls, value: int, label: Any = ...) -> IntegerChoices: ...


class TextChoices(str, Choices):
    """Choices whose values are strings; `auto()` gives a member its name."""

    if TYPE_CHECKING:
        _value_: str

        def __new__(cls, value: str, label: Any = ...) -> TextChoices: ...

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[Any]) -> str:
        return name


def is_label(value: object) -> bool:
    """Whether the last element of a member's tuple is its label: text, or a lazy translation."""
    return isinstance(value, (str, LazyString))


def label_of(member: enum.Enum) -> Any:
    """Label of a member of any Enum: its own, or its name in words."""
    return getattr(member, "_label_", None) or member.name.replace("_", " ").title()


def normalized_choices(choices: Any) -> list[ChoicePair]:
    """Turn every documented form of `choices` into a list of pairs; a group is a pair of its name and a list.

    Args:
        choices: an Enum class, pairs, a mapping (nested mappings are groups), or a callable that returns one of them.
    """
    if isinstance(choices, ChoicesType):
        return choices.choices
    if isinstance(choices, enum.EnumType):
        return [(member.value, label_of(member)) for member in cast("type[enum.Enum]", choices)]
    if callable(choices):
        return normalized_choices(choices())
    if isinstance(choices, Mapping):
        choices = cast("Mapping[Any, Any]", choices).items()
    return [_normalized_pair(pair) for pair in cast("Iterable[Any]", choices)]


def _normalized_pair(pair: Any) -> ChoicePair:
    value, label = pair
    if isinstance(label, (list, tuple, Mapping)):
        return value, normalized_choices(label)
    return value, label


def flattened_choices(choices: Iterable[ChoicePair]) -> list[ChoicePair]:
    """Pairs of value and label with the groups opened."""
    flat: list[ChoicePair] = []
    for value, label in choices:
        if isinstance(label, list):
            flat.extend(cast("list[ChoicePair]", label))
        else:
            flat.append((value, label))
    return flat

"""What an instance knows about its place in a database, beside the values of its fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from manoir.models._fetch_modes import FetchMode


class ModelState:
    """Documented as `instance._state`.

    Attributes:
        db: alias of the database the instance was read from or saved to; None before.
        adding: True until the instance is known to be in a database.
    """

    __slots__ = ("adding", "db")

    def __init__(self, db: str | None = None, adding: bool = True) -> None:
        self.db = db
        self.adding = adding

    def __repr__(self) -> str:
        return f"ModelState(db={self.db!r}, adding={self.adding!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelState) and (self.db, self.adding) == (other.db, other.adding)

    __hash__ = None  # type: ignore[assignment]  # mutable


class Origin:
    """Where all instances of one query came from; one object for the whole result, never changed.

    Attributes:
        db: alias of the database.
        peers: weak references to the instances of the result, which load their relations together; none for one alone.
        level: level of the connection of the open stream that they came over; None for results read at once.
        mode: the fetch mode that the query was given; None without one.
    """

    __slots__ = ("__weakref__", "db", "level", "mode", "peers")

    def __init__(self, db: str, peers: Sequence[Any] = (), level: Any = None, mode: FetchMode | None = None) -> None:
        self.db = db
        self.peers = peers
        self.level = level
        self.mode = mode

    def __repr__(self) -> str:
        return f"Origin(db={self.db!r}, peers={len(self.peers)})"


class Deferred:
    """Type of `DEFERRED`, which stands in `from_db()` and `__init__` for a value that was not read."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<deferred field>"


DEFERRED: Final = Deferred()


def is_model_class(value: object) -> bool:
    """Whether `value` is a model class."""
    return isinstance(value, type) and hasattr(value, "_meta")


def is_model(value: object) -> bool:
    """Whether `value` is an instance of a model."""
    return not isinstance(value, type) and hasattr(type(value), "_meta")


INTERNAL_ATTRIBUTES: Final = frozenset(
    {"_generic", "_managers", "_meta", "_origin", "_pending", "_prefetched", "_shared", "_state"}
)
"""What manoir keeps on instances and classes; no value of a query may take such a name."""


def is_reserved(model: Any, name: str) -> bool:
    """Whether `name` is an attribute that every model has, so that a value of that name would break its instances."""
    if name.startswith("__") or name in INTERNAL_ATTRIBUTES:
        return True
    return any(name in vars(base) for base in model.__mro__ if base.__module__.startswith("manoir."))

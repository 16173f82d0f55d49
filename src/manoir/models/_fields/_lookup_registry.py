"""Which lookups and transforms a field class knows: the documented registration API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, overload

L = TypeVar("L", bound=type)

_known_names: set[str] = set()
"""Every name that was ever registered: most names never are, and need no walk over base classes."""


class LookupRegistry:
    """Base of everything that lookups can be registered on: fields, and transforms (which lead on to lookups)."""

    class_lookups: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.class_lookups = {}

    @classmethod
    def get_lookups(cls) -> dict[str, Any]:
        """All lookups and transforms by name; those of a subclass win over those of its bases."""
        found: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            found.update(vars(base).get("class_lookups", {}))
        return found

    @classmethod
    def _registered(cls, name: str) -> Any:
        # hot path: benchmarks/orm.py
        if name not in _known_names:
            return None
        for base in cls.__mro__:
            registered = vars(base).get("class_lookups")
            if registered and name in registered:
                return registered[name]
        return None

    def get_lookup(self, lookup_name: str) -> Any:
        """The lookup class of that name, or None when there is none (or when it is a transform)."""
        found = self._registered(lookup_name)
        return None if found is None or is_transform(found) else found

    def get_transform(self, lookup_name: str) -> Any:
        """The transform class of that name, or None."""
        found = self._registered(lookup_name)
        return found if found is not None and is_transform(found) else None

    @overload
    @classmethod
    def register_lookup(cls, lookup: None = None, lookup_name: str | None = None) -> Callable[[L], L]: ...
    @overload
    @classmethod
    def register_lookup(cls, lookup: L, lookup_name: str | None = None) -> L: ...
    @classmethod
    def register_lookup(cls, lookup: Any = None, lookup_name: str | None = None) -> Any:
        """Make a lookup or transform known to this field class and its subclasses; usable as a decorator.

        Args:
            lookup: the class; its `lookup_name` is the name used in queries.
            lookup_name: another name for it.

        Example:
            >>> CharField.register_lookup(NotEqual)  # doctest: +SKIP
        """

        def register(lookup_class: Any) -> Any:
            name = lookup_name or lookup_class.lookup_name
            cls.class_lookups[name] = lookup_class
            _known_names.add(name)
            return lookup_class

        return register if lookup is None else register(lookup)

    @classmethod
    def unregister_lookup(cls, lookup: Any, lookup_name: str | None = None) -> None:
        """Forget a lookup that `register_lookup` made known to this very class (tests)."""
        cls.class_lookups.pop(lookup_name or lookup.lookup_name, None)


def is_transform(lookup_class: Any) -> bool:
    """Transforms are told from lookups by their documented attribute `bilateral`."""
    return hasattr(lookup_class, "bilateral")

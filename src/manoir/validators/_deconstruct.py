"""Objects that can be written into a migration: their import path and the arguments they were made with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar, overload

C = TypeVar("C", bound=type[Any])

CONSTRUCTOR = "_constructor_arguments"


def remember(base: Callable[..., Any]) -> Callable[..., Any]:
    """Make the `__new__` that keeps the arguments of the constructor on the instance."""

    def __new__(cls: type[Any], *args: Any, **kwargs: Any) -> Any:
        instance = object.__new__(cls) if base is object.__new__ else base(cls, *args, **kwargs)
        object.__setattr__(instance, CONSTRUCTOR, (args, kwargs))
        return instance

    return __new__


def import_path(instance: Any, path: str | None, owner: type[Any]) -> str:
    """Return the path a migration imports the class by.

    Raises:
        ValueError: the class cannot be imported, for example because it is local to a function.
    """
    cls = type(instance)
    if path and cls is owner:
        return path
    name: str = cls.__qualname__
    found: Any = sys.modules.get(cls.__module__)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not cls:
        raise ValueError(
            f"{name} of {cls.__module__} cannot be written into a migration, because it cannot be imported from there. "
            "Move the class to the top of its module."
        )
    return f"{cls.__module__}.{name}"


@overload
def deconstructible(cls: C, /) -> C: ...
@overload
def deconstructible(*, path: str | None = None) -> Callable[[C], C]: ...
def deconstructible(cls: Any = None, /, *, path: str | None = None) -> Any:
    """Give a class `deconstruct()`, which answers `(path, args, kwargs)`, so that migrations can write its instances.

    Args:
        cls: the class, when used as `@deconstructible` without brackets.
        path: the path to import the class by; None is the module it is defined in.

    Example:
        >>> @deconstructible(path="shop.validators.Even")
        ... class Even:
        ...     def __init__(self, message: str = "odd") -> None:
        ...         self.message = message
        >>> Even(message="not even").deconstruct()
        ('shop.validators.Even', (), {'message': 'not even'})
    """

    def decorate(owner: Any) -> Any:
        def deconstruct(self: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
            """Return import path, positional and keyword arguments that make an equal object."""
            args, kwargs = getattr(self, CONSTRUCTOR)
            return import_path(self, path, owner), args, kwargs

        owner.__new__ = staticmethod(remember(owner.__new__))
        owner.deconstruct = deconstruct
        return owner

    return decorate if cls is None else decorate(cls)

"""A cached property without a lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class lazy_property(Generic[T]):
    """A property computed on first use and kept in the instance.

    `functools.cached_property` of Python 3.11 holds a lock of the whole class while it computes; a computation that
    waits inside `spawn` then stops the loop for good when a second one begins. Here two computations may run at the
    same time; every reader gets the value of the one that ended first. `del instance.name` forgets it.

    Example:
        >>> class Circle:
        ...     radius = 2
        ...
        ...     @lazy_property
        ...     def area(self) -> float:
        ...         return 3.14 * self.radius**2
        >>> Circle().area
        12.56
    """

    def __init__(self, func: Callable[[Any], T]) -> None:
        self.func = func
        self.name = func.__name__
        self.__doc__ = func.__doc__

    def __set_name__(self, owner: type[object], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type[object]) -> lazy_property[T]: ...
    @overload
    def __get__(self, instance: object, owner: type[object]) -> T: ...
    def __get__(self, instance: object | None, owner: type[object]) -> lazy_property[T] | T:
        if instance is None:
            return self
        try:
            values = instance.__dict__
        except AttributeError:
            raise TypeError(
                f"lazy_property {self.name!r} cannot keep its value: {type(instance).__name__} has __slots__ "
                "and no __dict__."
            ) from None
        return values.setdefault(self.name, self.func(instance))

"""Managers: what `Book.objects` is. A manager makes a fresh queryset for each call and forwards the call to it."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, cast

from typing_extensions import TypeVar

from manoir.models import _hooks
from manoir.models._fields._support import next_counter, public_path
from manoir.models._queryset import QuerySet

M = TypeVar("M", bound=Any, default=Any)
Q = TypeVar("Q", bound="QuerySet[Any, Any]")


FORWARDED = "__manoir_forwarded__"
"""Under this name a method of a manager tells which method of the queryset it calls."""


class BaseManager(Generic[M]):
    """What managers do at run time; type checkers see a `QuerySet`, whose methods all are there.

    Attributes:
        model: the model; set when the manager joins one.
        name: the attribute's name.
        auto_created: the metaclass added it.
        use_in_migrations: migrations' models get it, too.
    """

    is_manager: ClassVar[bool] = True
    auto_created: bool = False
    use_in_migrations: bool = False
    model: Any = None
    name: str = ""
    _queryset_class: ClassVar[type[QuerySet[Any, Any]]] = QuerySet
    _made_by_as_manager: bool = False
    _db: str | None = None
    _hints: Mapping[str, Any] = {}

    creation_counter: int
    _arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        manager = super().__new__(cls)
        manager.creation_counter = next_counter(auto_created=False)
        manager._arguments = (args, kwargs)
        return manager

    def __init__(self) -> None: ...

    @classmethod
    def from_queryset(cls, queryset_class: type[Q], class_name: str | None = None) -> type[Q]:
        """Make a manager class with the methods of a queryset class.

        Args:
            queryset_class: its public methods become the manager's; one with `queryset_only = True` stays out, and a
                private one with `queryset_only = False` comes along.
            class_name: name of the new class; None makes one of both names.
        """
        name = class_name or f"{cls.__name__}From{queryset_class.__name__}"
        members = {"__module__": cls.__module__, "_queryset_class": queryset_class, **forwarded(cls, queryset_class)}
        return cast("type[Q]", type(name, (cls,), members))

    def contribute_to_class(self, cls: Any, name: str) -> None:
        """Become the manager `name` of a model; the metaclass calls it."""
        self.name = name
        self.model = cls
        cls._meta.add_manager(name, self)

    def bind(self, model: Any) -> Self:
        """A copy for another model: one that inherits the manager."""
        twin = copy.copy(self)
        twin.creation_counter = self.creation_counter
        twin.model = model
        return twin

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def get_queryset(self) -> Any:
        """Hook: the queryset that every call begins with; override it to leave rows out, or to add to each query."""
        queryset = self._queryset_class(self.model, self._db)
        if self._hints:
            queryset._hints = self._hints
        return queryset

    def all(self) -> Any:
        """All rows, as a queryset."""
        return self.get_queryset()

    def db_manager(self, using: str | None = None, hints: Any = None) -> Self:
        """A copy of the manager that asks another database, or tells routers more by `hints`."""
        twin = copy.copy(self)
        twin._db = using or self._db
        if hints:
            twin._hints = hints
        return twin

    @property
    def db(self) -> str:
        """Alias of the database that is asked."""
        return self._db or self.get_queryset().db

    def deconstruct(self) -> tuple[bool, str | None, str | None, tuple[Any, ...], dict[str, Any]]:
        """Documented: whether `as_manager()` made it, paths of its class and queryset class, its arguments."""
        if self._made_by_as_manager:
            return True, None, public_path(self._queryset_class), (), {}
        return False, public_path(type(self)), None, *self._arguments

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}" if self.model is not None else type(self).__name__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BaseManager) and type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return id(self)


def forwarded(manager_class: type[Any], queryset_class: type[Any]) -> dict[str, Callable[..., Any]]:
    """The methods that a manager class takes over from a queryset class."""
    methods: dict[str, Callable[..., Any]] = {}
    for name, method in inspect.getmembers(queryset_class, inspect.isfunction):
        only = getattr(method, "queryset_only", None)
        if name.startswith("__") or only or (only is None and name.startswith("_")) or hasattr(manager_class, name):
            continue
        methods[name] = forwarding(name, method)
    return methods


def forwarding(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.get_queryset(), name)(*args, **kwargs)

    forward.__name__, forward.__qualname__, forward.__doc__ = name, f"Manager.{name}", method.__doc__
    forward.__dict__[FORWARDED] = method
    return forward


if TYPE_CHECKING:

    class Manager(QuerySet[M, M]):
        """The manager of models that declare none, and the base of managers of your own."""

        is_manager: ClassVar[bool]
        auto_created: bool
        use_in_migrations: bool
        name: str
        creation_counter: int

        def __init__(self) -> None: ...
        @classmethod
        def from_queryset(cls, queryset_class: type[Q], class_name: str | None = None) -> type[Q]: ...
        def contribute_to_class(self, cls: Any, name: str) -> None: ...
        def bind(self, model: Any) -> Self: ...
        def get_queryset(self) -> QuerySet[M, M]: ...
        def db_manager(self, using: str | None = None, hints: Any = None) -> Self: ...
        def deconstruct(self) -> tuple[bool, str | None, str | None, tuple[Any, ...], dict[str, Any]]: ...

else:

    class Manager(BaseManager.from_queryset(QuerySet, "Manager"), Generic[M]):
        """The manager of models that declare none, and the base of managers of your own."""


def as_manager(queryset_class: type[Any]) -> Any:
    """A manager with the methods of a queryset class; `QuerySet.as_manager()` calls it."""
    manager: Any = Manager.from_queryset(queryset_class)()
    manager._made_by_as_manager = True
    return manager


_hooks.as_manager = as_manager

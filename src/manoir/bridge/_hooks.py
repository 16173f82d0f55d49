"""Hooks of two colours: methods that a project overrides as `def name` or as `async def aname`.

There is no dispatcher at call time. When a class is made, each class on its way to `object` that overrides one colour
of a hook is given the other colour, derived from the override. From then on Python's own method resolution finds the
most derived override of either colour, `super()` of either colour goes to the next class, and a hook that nobody
overrides costs nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Literal, ParamSpec, TypeVar, cast, overload

from manoir.bridge._island import spawn
from manoir.bridge._loops import get_loop, is_sync_driven
from manoir.bridge._threads import to_thread
from manoir.bridge._waiting import SyncTwin, blocking_function

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R", covariant=True)
S_contra = TypeVar("S_contra", contravariant=True)
F = TypeVar("F", bound=Callable[..., Any])

SyncMode = Literal["thread", "loop"]
Way = Literal["direct", "spawn", "user"]

PAIR = "__manoir_pair__"
HOOK = "__manoir_hook__"
DERIVED = "__manoir_derived__"


class AsyncTwin(Generic[S_contra, P, R]):
    """What `atwin` returns, as a type checker sees it; at run time it is a plain coroutine function."""

    if TYPE_CHECKING:

        @overload
        def __get__(
            self, instance: None, owner: type[object]
        ) -> Callable[Concatenate[S_contra, P], Coroutine[Any, Any, R]]: ...
        @overload
        def __get__(self, instance: S_contra, owner: type[object]) -> Callable[P, Coroutine[Any, Any, R]]: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class HookPair:
    """The two names of one hook.

    Attributes:
        sync_name: what a project overrides with `def`.
        async_name: what a project overrides with `async def`.
        way: how the sync body runs in a coroutine when it is the framework's own (`@hook def`): called directly
            because it never waits, or by `spawn` because it may.
    """

    sync_name: str
    async_name: str
    way: Way


@dataclass(frozen=True, slots=True)
class HookConflict:
    """A class that overrides both colours of one hook, so that it is undecided which one counts.

    Attributes:
        owner: the class.
        sync_name: the `def` it overrides.
        async_name: the `async def` it overrides.
    """

    owner: type
    sync_name: str
    async_name: str


def _thread_mode() -> SyncMode:
    return "thread"


_sync_mode: Callable[[], SyncMode] = _thread_mode


def set_sync_mode(mode: Callable[[], SyncMode]) -> Callable[[], SyncMode]:
    """Register how the setting SYNC_VIEWS is read: a function that answers `"thread"` or `"loop"`; return the one before."""
    global _sync_mode
    previous, _sync_mode = _sync_mode, mode
    return previous


async def run_sync(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a user's sync code from a coroutine: in a thread, or on the loop under `SYNC_VIEWS = "loop"`.

    Where the loop runs only because a script waits for one result, the code stays in the script's own thread: nobody
    else uses that loop.

    Example:
        >>> run(run_sync(len, "abc"))
        3
    """
    if is_sync_driven(get_loop()) or _sync_mode() == "loop":
        return await spawn(func, *args, **kwargs)
    return await to_thread(func, *args, **kwargs)


def hook(func: F) -> F:
    """Mark the body of a hook: a method that a project may override in either colour.

    The other colour is made beside it by `twin` (for an `async def`) or `atwin` (for a `def`). On a `def` that
    overrides a hook it says that the body is the framework's own, which `run_sync` need not guard.

    Example:
        >>> class Document(TwoColours):
        ...     @hook
        ...     async def asave(self) -> str:
        ...         return "saved"
        ...
        ...     save = twin(asave)
        >>> class Draft(Document):
        ...     def save(self) -> str:
        ...         return "draft " + super().save()
        >>> run(Draft().asave())
        'draft saved'
    """
    setattr(func, HOOK, True)
    return func


def twin(func: Callable[Concatenate[S, P], Coroutine[Any, Any, R]]) -> SyncTwin[S, P, R]:
    """Make the sync colour of a hook whose body is `async def`: its name without the leading `a`."""
    sync = cast(Any, blocking_function(func))
    setattr(sync, PAIR, HookPair(sync.__name__, cast(Any, func).__name__, "spawn"))
    return cast("SyncTwin[S, P, R]", sync)


def atwin(func: Callable[Concatenate[S, P], R], *, waits: bool = False) -> AsyncTwin[S, P, R]:
    """Make the async colour of a hook whose body is `def`: its name with a leading `a`.

    Args:
        func: the sync body.
        waits: whether the body may wait (it uses sync twins): it then runs under `spawn`, else it is simply called.
    """
    way: Way = "spawn" if waits else "direct"
    awaitable = _async_twin(func, way)
    setattr(awaitable, PAIR, HookPair(func.__name__, awaitable.__name__, way))
    return cast("AsyncTwin[S, P, R]", awaitable)


def _async_twin(func: Any, way: Way) -> Any:
    """Make a coroutine function that runs the sync function `func`."""
    if way == "direct":

        async def awaitable(*args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)
    elif way == "spawn":

        async def awaitable(*args: Any, **kwargs: Any) -> Any:
            return await spawn(func, *args, **kwargs)
    else:

        async def awaitable(*args: Any, **kwargs: Any) -> Any:
            return await run_sync(func, *args, **kwargs)

    bare = func.__name__.lstrip("_")
    awaitable.__name__ = f"{func.__name__.removesuffix(bare)}a{bare}"
    owner, dot, _ = func.__qualname__.rpartition(".")
    awaitable.__qualname__ = f"{owner}{dot}{awaitable.__name__}"
    awaitable.__module__ = func.__module__
    awaitable.__doc__ = func.__doc__
    cast(Any, awaitable).__wrapped__ = func
    return awaitable


class TwoColours:
    """Base of classes that have hooks; a class with a metaclass of its own calls `complete_hooks` there instead."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        complete_hooks(cls)


def hook_pairs(cls: type) -> dict[str, HookPair]:
    """Return the hooks of a class by their sync names."""
    return {
        pair.sync_name: pair
        for base in reversed(cls.__mro__)
        for member in vars(base).values()
        if (pair := getattr(member, PAIR, None)) is not None and isinstance(pair, HookPair)
    }


_KNOWN = "__manoir_hooks__"


def _pairs_of_new(cls: type) -> dict[str, HookPair]:
    """The same for a class that is being made: what its bases collected, and its own members."""
    pairs: dict[str, HookPair] = {}
    for base in reversed(cls.__bases__):
        pairs.update(getattr(base, _KNOWN, {}))
    for member in vars(cls).values():
        pair = getattr(member, PAIR, None) if inspect.isfunction(member) else None
        if pair is not None:
            pairs[pair.sync_name] = pair
    setattr(cls, _KNOWN, pairs)
    return pairs


def complete_hooks(cls: type) -> None:
    """Give every class below `cls` that overrides one colour of a hook the other colour.

    Plain mixins are completed too, when the first class that combines them with a hook is made. Calling it twice
    changes nothing.

    Args:
        cls: a class that was just made; its own bases were completed before.

    Raises:
        TypeError: a sync name is overridden by an `async def`, which no sync caller could wait for.
    """
    pairs = _pairs_of_new(cls)
    for base in cls.__mro__[:-1] if pairs else ():
        members = vars(base)
        for pair in pairs.values():
            has_sync, has_async = pair.sync_name in members, pair.async_name in members
            if has_sync != has_async:
                _complete(base, pair, members[pair.sync_name if has_sync else pair.async_name], has_sync)


def _complete(owner: type, pair: HookPair, member: Any, is_sync: bool) -> None:
    if not inspect.isfunction(member):
        return  # `save = None`, a descriptor: nothing to derive from
    if is_sync:
        if inspect.iscoroutinefunction(member):
            raise TypeError(
                f"{owner.__qualname__}.{pair.sync_name} is `async def`, but this name is the sync colour of the hook. "
                f"Write `async def {pair.async_name}` or `def {pair.sync_name}`."
            )
        derived = _async_twin(member, pair.way if hasattr(member, HOOK) else "user")
        name = pair.async_name
    else:
        derived = blocking_function(cast(Any, member))
        name = pair.sync_name
    derived.__name__ = name
    derived.__qualname__ = f"{owner.__qualname__}.{name}"
    setattr(derived, DERIVED, True)
    setattr(owner, name, derived)


def hook_conflicts(cls: type) -> list[HookConflict]:
    """Return the hooks of which `cls` or one of its bases overrides both colours, for checks.

    A pair in which one colour is made from the other (by `twin`, `atwin` or `blocking`) is no conflict.

    Example:
        >>> class Document(TwoColours):
        ...     @hook
        ...     async def asave(self) -> None: ...
        ...
        ...     save = twin(asave)
        >>> class Wrong(Document):
        ...     def save(self) -> None: ...
        ...     async def asave(self) -> None: ...
        >>> [conflict.sync_name for conflict in hook_conflicts(Wrong)]
        ['save']
    """
    return [
        HookConflict(base, pair.sync_name, pair.async_name)
        for base in cls.__mro__
        for pair in getattr(cls, _KNOWN, {}).values()
        if _conflicts(vars(base).get(pair.sync_name), vars(base).get(pair.async_name))
    ]


def _conflicts(sync: Any, awaitable: Any) -> bool:
    if sync is None or awaitable is None:
        return False
    return getattr(sync, "__wrapped__", None) is not awaitable and getattr(awaitable, "__wrapped__", None) is not sync


def sync_hooks(cls: type) -> frozenset[str]:
    """Return the names of the hooks whose most derived override is a user's `def`.

    A view that has one runs as a `def` view: in a thread, unless `SYNC_VIEWS = "loop"`.

    Example:
        >>> class Document(TwoColours):
        ...     @hook
        ...     def clean(self) -> None: ...
        ...
        ...     aclean = atwin(clean)
        >>> class Mine(Document):
        ...     def clean(self) -> None: ...
        >>> sync_hooks(Mine)
        frozenset({'clean'})
    """
    return frozenset(name for name in getattr(cls, _KNOWN, {}) if _is_users_sync(getattr(cls, name, None)))


def _is_users_sync(member: Any) -> bool:
    # A derived or declared sync colour has __wrapped__ (its coroutine function) or is marked as the framework's own.
    if not inspect.isfunction(member) or hasattr(member, HOOK):
        return False
    return not inspect.iscoroutinefunction(getattr(member, "__wrapped__", None))

"""One implementation for sync and async: sync twins of coroutines, and sync code on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R", covariant=True)
S_contra = TypeVar("S_contra", contravariant=True)

__all__ = ["SyncTwin", "blocking", "spawn", "to_thread", "wait"]


class SyncTwin(Generic[S_contra, P, R]):
    """What `blocking` returns, as a type checker sees it; at run time it is a plain function."""

    @overload
    def __get__(self, instance: None, owner: type[object]) -> Callable[Concatenate[S_contra, P], R]: ...
    @overload
    def __get__(self, instance: S_contra, owner: type[object]) -> Callable[P, R]: ...
    def __get__(self, instance: Any, owner: Any) -> Any: ...


_loop: asyncio.AbstractEventLoop | None = None


def wait(coro: Coroutine[Any, Any, T]) -> T:
    global _loop
    if _loop is None:
        _loop = asyncio.new_event_loop()
    return _loop.run_until_complete(coro)


def blocking(func: Callable[Concatenate[S, P], Coroutine[Any, Any, R]]) -> SyncTwin[S, P, R]:
    def sync(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return wait(func(self, *args, **kwargs))

    return cast("SyncTwin[S, P, R]", sync)


async def spawn(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return func(*args, **kwargs)


async def to_thread(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.to_thread(func, *args, **kwargs)

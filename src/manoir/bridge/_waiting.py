"""`wait` and what is made of it: sync twins of coroutines, and sync iteration over what is async."""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

from greenlet import getcurrent

from manoir.bridge._driver import drive, run_main
from manoir.bridge._island import Abandoned, Island
from manoir.bridge._loops import portal_loop
from manoir.bridge._threads import wait_by_portal
from manoir.exceptions import SynchronousOnlyOperation

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R", covariant=True)
S_contra = TypeVar("S_contra", contravariant=True)

_END: Any = object()


class SyncTwin(Generic[S_contra, P, R]):
    """What `blocking` and `twin` return, as a type checker sees it; at run time it is a plain function."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[object]) -> Callable[Concatenate[S_contra, P], R]: ...
        @overload
        def __get__(self, instance: S_contra, owner: type[object]) -> Callable[P, R]: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...


def wait(coro: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from sync code, wherever that stands.

    Inside `spawn` the loop awaits it; in a worker thread the loop of the server does; in a script the main thread's own
    loop does, without a turn of it if the coroutine never waits.

    Args:
        coro: a coroutine that was not started yet.

    Returns:
        What the coroutine returns.

    Raises:
        SynchronousOnlyOperation: called directly inside a coroutine, where waiting would block the loop; await instead.
        Abandoned: inside `spawn`, whose coroutine was closed.
        BaseException: whatever the coroutine raises, with the frames in which it was raised.

    Example:
        >>> async def answer():
        ...     return 42
        >>> wait(answer())
        42
    """
    here = getcurrent()
    if type(here) is Island:
        if here.closing:
            coro.close()
            raise Abandoned
        here.job = coro
        hub = here.parent
        del here, coro  # the garbage collector cannot see a suspended greenlet's stack: it may own neither of them
        return cast(Any, hub).switch()
    if asyncio._get_running_loop() is not None:
        error = refusal(coro)
        if hasattr(coro, "close"):
            coro.close()
        raise error
    return _wait_outside(coro)


def _wait_outside(coro: Coroutine[Any, Any, T]) -> T:
    if type(coro) is not types.CoroutineType:
        coro = _as_coroutine(coro)
    loop = portal_loop()
    return drive(coro) if loop is None else cast(T, wait_by_portal(loop, coro))


async def _as_coroutine(awaitable: Awaitable[T]) -> T:
    # Coroutines of Cython, and other awaitables, cannot be stepped and resumed as native ones can.
    return await awaitable


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run an entry point: an async command, an async test.

    Like `wait` from sync code without a loop, but what runs inside counts as async code of its own: plain threads that
    it starts wait on its loop, and a user's sync hooks run in worker threads.

    Args:
        main: the coroutine.

    Returns:
        What the coroutine returns.

    Raises:
        SynchronousOnlyOperation: called inside a coroutine.
        KeyboardInterrupt: on Ctrl-C, after everything pending was cancelled and cleaned up.

    Example:
        >>> async def main():
        ...     return await to_thread(len, "abc")
        >>> run(main())
        3
    """
    if not can_wait():
        error = refusal(main)
        main.close()
        raise error
    if type(getcurrent()) is Island or portal_loop() is not None:
        return wait(main)
    return run_main(main)


def can_wait() -> bool:
    """Tell whether sync code may wait here: False exactly when it was called directly inside a coroutine.

    Example:
        >>> can_wait()
        True
    """
    return type(getcurrent()) is Island or asyncio._get_running_loop() is None


def refusal(awaitable: object, instance: object = None) -> SynchronousOnlyOperation:
    """Make the error for a sync call in a coroutine; it names what to await.

    Args:
        awaitable: the coroutine, or the coroutine function, that would have been waited for.
        instance: the object whose method it is; its class is named then instead of the one that defines the method.

    Example:
        >>> async def aget(pk): ...
        >>> print(refusal(aget))
        get() was called inside a coroutine, where waiting would block the event loop. Write `await aget(...)` instead; \
sync code as a whole runs there by `await bridge.spawn(func)` or `await bridge.to_thread(func)`.
    """
    name = str(getattr(awaitable, "__qualname__", type(awaitable).__name__)).rpartition("<locals>.")[2]
    owner, dot, method = name.rpartition(".")
    if method == "__aenter__":
        return SynchronousOnlyOperation(
            f"A `with` block of {owner} was entered inside a coroutine, where waiting would block the event loop. "
            f"Write `async with` instead."
        )
    if instance is not None:
        owner, dot = type(instance).__name__, "."
    called = f"{owner}{dot}{_sync_name(method)}()" if method.startswith("a") else f"wait({name}())"
    return SynchronousOnlyOperation(
        f"{called} was called inside a coroutine, where waiting would block the event loop. "
        f"Write `await {owner}{dot}{method}(...)` instead; sync code as a whole runs there by "
        f"`await bridge.spawn(func)` or `await bridge.to_thread(func)`."
    )


def _sync_name(name: str) -> str:
    bare = name.lstrip("_")
    return name[: len(name) - len(bare)] + bare[1:] if bare.startswith("a") and len(bare) > 1 else name


def blocking(func: Callable[Concatenate[S, P], Coroutine[Any, Any, R]]) -> SyncTwin[S, P, R]:
    """Derive the sync twin of an async method: its name without the leading `a`.

    Args:
        func: the method, an `async def` whose name begins with `a`.

    Returns:
        A plain function of the same parameters, result and docstring that waits for it.

    Example:
        >>> class Shop:
        ...     async def aprice(self, vat: int) -> int:
        ...         return 100 + vat
        ...
        ...     price = blocking(aprice)
        >>> Shop().price(20)
        120
    """
    return cast("SyncTwin[S, P, R]", blocking_function(func))


def blocking_function(func: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Derive the sync twin of an async function of a module; `blocking` does so for methods.

    Example:
        >>> async def aadd(left: int, right: int) -> int:
        ...     return left + right
        >>> add = blocking_function(aadd)
        >>> add(1, right=2)
        3
    """

    # hot path: benchmarks/bridge.py (so `wait` is written out once more)
    def sync(*args: P.args, **kwargs: P.kwargs) -> T:
        here = getcurrent()
        if type(here) is Island:
            if here.closing:
                raise Abandoned
            here.job = func(*args, **kwargs)
            hub = here.parent
            del here
            return cast(Any, hub).switch()
        if asyncio._get_running_loop() is not None:
            raise refusal(func)
        return _wait_outside(func(*args, **kwargs))

    function = cast(Any, func)
    sync.__name__ = _sync_name(function.__name__)
    owner, dot, _ = function.__qualname__.rpartition(".")
    sync.__qualname__ = f"{owner}{dot}{sync.__name__}"
    sync.__module__ = function.__module__
    sync.__doc__ = function.__doc__
    cast(Any, sync).__wrapped__ = func
    return sync


def iterate(iterable: AsyncIterable[T]) -> Iterator[T]:
    """Iterate over something async from sync code; left early, it is closed at once.

    Args:
        iterable: an async iterable, most often an async generator.

    Yields:
        Its members.

    Raises:
        SynchronousOnlyOperation: used directly inside a coroutine; write `async for` there.

    Example:
        >>> async def count():
        ...     yield 1
        ...     yield 2
        >>> list(iterate(count()))
        [1, 2]
    """
    iterator = aiter(iterable)
    try:
        while (member := wait(_next(iterator))) is not _END:
            yield member
    finally:
        if hasattr(iterator, "aclose"):
            _close(iterator)


async def _next(iterator: Any) -> Any:
    return await anext(iterator, _END)


async def _aclose(iterator: Any) -> None:
    await iterator.aclose()


def _close(iterator: Any) -> None:
    """Close an async generator from sync code; from a coroutine (which dropped it) by a task of its own."""
    if can_wait():
        wait(_aclose(iterator))
    else:
        task = asyncio.get_running_loop().create_task(_aclose(iterator))
        _closing.add(task)
        task.add_done_callback(_closing.discard)


_closing: set[asyncio.Task[None]] = set()

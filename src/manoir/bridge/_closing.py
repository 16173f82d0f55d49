"""What belongs to one loop and has to end with it: pools, listeners, waiting portals."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

T = TypeVar("T")
LoopCallback = Callable[[], Awaitable[object] | None]

_logger = logging.getLogger("manoir.bridge")


class LoopResources:
    """Callbacks and values of one loop."""

    def __init__(self) -> None:
        self.callbacks: list[LoopCallback] = []
        self.values: dict[LoopLocal[Any], Any] = {}
        self.sentinel: AsyncGenerator[None, None] | None = None
        self.fails_calls = False  # whether the callbacks end the portals that wait for this loop

    async def run(self) -> None:
        """Run the callbacks, the last registered first; one that fails is logged and does not stop the others."""
        while self.callbacks:
            callback = self.callbacks.pop()
            try:
                outcome = callback()
                if inspect.isawaitable(outcome):
                    await outcome
            except Exception:
                _logger.exception("A callback for the end of the event loop failed: %r", callback)
        self.values.clear()
        self.fails_calls = False


_resources: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopResources] = WeakKeyDictionary()


def resources_of(loop: asyncio.AbstractEventLoop) -> LoopResources:
    resources = _resources.get(loop)
    if resources is None:
        for known in list(_resources):
            if known.is_closed():
                _resources.pop(known, None)
        resources = _resources[loop] = LoopResources()
    if resources.sentinel is None and loop is asyncio._get_running_loop() and loop.is_running():
        resources.sentinel = _end_of(loop, resources)
        with suppress(StopIteration):  # that is how it says that it stands at its `yield`; the loop knows it now
            resources.sentinel.__anext__().send(None)
    return resources


async def _end_of(loop: asyncio.AbstractEventLoop, resources: LoopResources) -> AsyncGenerator[None, None]:
    # `asyncio.run` and every careful server call loop.shutdown_asyncgens() before they close a loop, which closes this
    # generator: the one moment at which a loop that is not ours lets us await something at its end.
    try:
        yield
    finally:
        await resources.run()
        _resources.pop(loop, None)


def on_loop_close(callback: LoopCallback, loop: asyncio.AbstractEventLoop | None = None) -> None:
    """Have `callback` called on a loop before it closes, for pools and whatever else lives there.

    It is called by `aclose_loop()`, by `loop.shutdown_asyncgens()` (so by `asyncio.run`) and at the end of the process
    for the bridge's own loops. The last callback registered is the first called. A failing one is logged.

    Args:
        callback: `def` or `async def` without parameters.
        loop: the loop; None means the running one.

    Raises:
        RuntimeError: no loop was given and none is running.

    Example:
        >>> async def main():
        ...     on_loop_close(lambda: print("closed"))
        ...     await aclose_loop()
        >>> run(main())
        closed
    """
    resources_of(loop if loop is not None else asyncio.get_running_loop()).callbacks.append(callback)


async def aclose_loop() -> None:
    """Run and forget the callbacks of the running loop. Servers await it when they stop.

    Example:
        >>> run(aclose_loop())
    """
    resources = _resources.get(asyncio.get_running_loop())
    if resources is not None:
        await resources.run()


class LoopLocal(Generic[T]):
    """A value that each loop has its own of, such as a pool: made on first use, closed with its loop.

    Args:
        factory: makes the value, without parameters.
        close: `def` or `async def` that takes the value when its loop closes; None closes nothing.

    Example:
        >>> numbers = LoopLocal(list)
        >>> async def main():
        ...     numbers.get().append(1)
        ...     return numbers.get()
        >>> run(main())
        [1]
    """

    def __init__(self, factory: Callable[[], T], close: Callable[[T], Awaitable[object] | None] | None = None) -> None:
        self.factory = factory
        self.close = close

    def get(self) -> T:
        """Return the value of the running loop.

        Raises:
            RuntimeError: no loop is running.
        """
        resources = resources_of(asyncio.get_running_loop())
        try:
            return cast(T, resources.values[self])
        except KeyError:
            value = resources.values[self] = self.factory()
        if self.close is not None:
            close = self.close
            resources.callbacks.append(lambda: close(value))
        return value


def _forget_parent() -> None:
    # The parent's pools are its own. The objects stay referenced: collecting them could close what the parent uses.
    global _resources
    _inherited.append(_resources)
    _resources = WeakKeyDictionary()


_inherited: list[object] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)

"""Islands: sync code that runs on the event loop in a greenlet and may wait there.

`spawn` (on the hub: the greenlet in which the loop runs) switches to an island, which runs the function. Where the
function has to wait, the island leaves a coroutine in `job` and switches back; the hub awaits it as part of its own
task and switches to the island again with the result. So a wait inside sync code is an ordinary `await` of the task:
cancellation, time-outs and context variables need no machinery of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar, cast

from greenlet import error as GreenletError
from greenlet import getcurrent, greenlet

P = ParamSpec("P")
T = TypeVar("T")

FREE_ISLANDS = 64
"""Finished greenlets kept for reuse in each thread: a fresh one costs about three times as much as a reused one."""


class Abandoned(BaseException):
    """The coroutine that ran this sync code was closed: the code must unwind now and cannot wait any more.

    Raised inside `spawn` where the code was waiting, and again by every later attempt to wait. Code that owns something
    (a transaction, a connection) catches it and lets go synchronously. Like `asyncio.CancelledError` it is no
    `Exception`, so that `except Exception` does not swallow it.
    """


class Island(greenlet):
    """A greenlet that runs one function after another.

    Attributes:
        work: the function to run next, and its arguments. They are not passed by `switch`: a greenlet keeps the arguments
            of its first switch for life.
        job: the coroutine that the hub has to await, while the island waits.
        finished: whether the current function has ended; `value` or `failure` then holds its outcome.
        closing: the hub's coroutine was closed, so waiting is over.
    """

    work: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
    job: Coroutine[Any, Any, Any] | None
    finished: bool
    closing: bool
    value: Any
    failure: BaseException | None

    def __init__(self) -> None:
        super().__init__(_run_functions)
        self.job = self.value = self.failure = None
        self.finished = self.closing = False


def _run_functions() -> None:
    """Run one function after another; each switch to the parent hands over one outcome.

    No variable here may hold the island while it is suspended: the garbage collector does not see this stack, so an
    island that it holds would never be freed.
    """
    while True:
        island = _this_island()
        func, args, kwargs = island.work
        del island.work, island
        try:
            _this_island().value = func(*args, **kwargs)
        except BaseException as failure:
            # This frame says nothing to the reader of a traceback, and would tie the error to the island.
            failure.__traceback__ = failure.__traceback__ and failure.__traceback__.tb_next
            _this_island().failure = failure
        del func, args, kwargs
        _this_island().finished = True
        if not _this_island().closing:
            cast(Any, _this_island().parent).switch()
        if _this_island().closing:
            return


_this_island = cast("Callable[[], Island]", getcurrent)


class _Free(threading.local):
    # A greenlet belongs to the thread that made it. Only hubs touch this, never code inside an island.
    def __init__(self) -> None:
        self.islands: list[Island] = []


_free = _Free()


async def spawn(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run sync code on the event loop; where it has to wait, the loop goes on with other tasks.

    Inside, sync twins (`Book.objects.get(...)`, `book.author`, `wait(...)`) work, at 1 to 5 µs each, and context
    variables flow both ways. The code must not really block: no `time.sleep`, no blocking sockets, and no lock,
    `functools.cached_property` or `threading.local` across a wait. Such code belongs into `to_thread`.

    Args:
        func: the sync function.
        args: its positional arguments.
        kwargs: its keyword arguments.

    Returns:
        What `func` returns.

    Raises:
        BaseException: whatever `func` raises; the traceback names the frames of awaited coroutines too.

    Example:
        >>> def total():
        ...     return wait(answer()) + 1
        >>> async def answer():
        ...     return 41
        >>> run(spawn(total))
        42
    """
    # hot path: benchmarks/bridge.py
    hub = getcurrent()
    free = _free.islands
    island = free.pop() if free else Island()
    if island.parent is not hub:
        island.parent = hub
    island.gr_context = hub.gr_context  # the same Context object: variables flow both ways for free
    island.work = func, args, kwargs
    del func, args, kwargs
    island.switch()
    while not island.finished:
        job, island.job = cast("Coroutine[Any, Any, Any]", island.job), None
        try:
            result = await job
        except GeneratorExit:
            _close(island)
            raise
        except BaseException as error:
            del job
            # throw(error) alone would lose the frames of the coroutine; the first one is this function's own.
            island.throw(type(error), error, error.__traceback__ and error.__traceback__.tb_next)
        else:
            del job  # what the coroutine closed over may go while the island works on
            island.switch(result)
            del result
    return _collect(island, free)


def _collect(island: Island, free: list[Island]) -> Any:
    """Take the outcome out of a finished island and lay it back among the free ones."""
    value, failure = island.value, island.failure
    island.value = island.failure = None
    island.finished = False
    island.gr_context = None  # an idle island must not keep a request's variables alive
    if len(free) < FREE_ISLANDS:
        free.append(island)
    else:
        island.closing = True  # it comes to its end, and is freed
        island.switch()
    if failure is None:
        return value
    try:
        raise failure
    finally:
        del failure  # an error whose traceback holds this frame must not be held by it


def _close(island: Island) -> None:
    """Unwind an island whose coroutine was closed. It may not wait again, so it ends now."""
    island.closing = True
    here = getcurrent()
    try:
        island.parent = here  # whoever closes (perhaps the garbage collector inside another island) gets control back
        island.gr_context = here.gr_context
        island.throw(Abandoned)
    except (GreenletError, ValueError):
        return  # collected in another thread: the island's own thread drops it
    island.failure = island.value = None


def in_spawn() -> bool:
    """Tell whether this code runs inside `spawn`, where sync code may wait on the loop.

    Example:
        >>> in_spawn()
        False
    """
    return type(getcurrent()) is Island

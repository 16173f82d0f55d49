"""The main thread's own loop at work: a coroutine that never waits costs no turn of it."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Awaitable, Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, Generic, TypeVar, cast

from manoir.bridge import _loops
from manoir.bridge._context import carry_back
from manoir.bridge._portal import end_calls

T = TypeVar("T")

MANY_TIMERS = 128
"""Cancelled timers a loop that never turns may pile up before it is given a turn."""

_Task: Any = asyncio.Task


def drive(coro: Coroutine[Any, Any, T]) -> T:
    """Run `coro` to its end on the main thread's own loop.

    The first step is taken here, as if the loop were running: most often (a query on SQLite) it is the only one. Only a
    coroutine that really waits is handed to the loop.
    """
    # hot path: benchmarks/bridge.py
    loop = _loops.own_loop()
    process = _loops.process
    context = copy_context()
    # The current task, as `asyncio.timeout` asks for it. It is made a working task only if the coroutine has to wait.
    task: asyncio.Task[Any] = _Task.__new__(_Task)
    process.sync_driven = True
    try:
        first = context.run(_first_step, loop, task, coro)
        cancelled = cast(Any, task)._must_cancel
        outcome = Outcome[T]()
        task.__init__(outcome.of(_resume(coro, first)), loop=loop, context=context)
        if cancelled:
            task.cancel()
        run_to_end(loop, task)
    except StopIteration as stop:
        _turn_if_needed(cast(Any, loop))
        return cast(T, stop.value)
    finally:
        process.sync_driven = False
        carry_back(context)
    return outcome.take()


class Outcome(Generic[T]):
    """What a coroutine returned or raised, kept beside its task.

    A task keeps its exception, whose traceback keeps the frames that hold the task: everything those frames know would
    live until the garbage collector comes.
    """

    value: T
    error: BaseException | None = None

    async def of(self, awaitable: Awaitable[T]) -> None:
        try:
            self.value = await awaitable
        except (Exception, asyncio.CancelledError) as error:
            # The first frame is this method's own.
            self.error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)

    def take(self) -> T:
        error, self.error = self.error, None
        if error is None:
            return self.value
        try:
            raise error
        finally:
            del error


def _first_step(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any], coro: Coroutine[Any, Any, Any]) -> Any:
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(cast(Any, loop)._asyncgen_firstiter_hook, cast(Any, loop)._asyncgen_finalizer_hook)
    asyncio._set_running_loop(loop)
    asyncio.tasks._enter_task(loop, task)
    try:
        return coro.send(None)
    finally:
        asyncio.tasks._leave_task(loop, task)
        asyncio._set_running_loop(None)
        sys.set_asyncgen_hooks(*hooks)


@types.coroutine
def _resume(coro: Coroutine[Any, Any, T], first: Any) -> Generator[Any, Any, T]:
    """Continue a coroutine that has been started already and waits for `first`."""
    while True:
        try:
            yield first
        except BaseException as error:
            try:
                first = coro.throw(error)
            except StopIteration as stop:
                return stop.value
        else:
            return (yield from cast("Generator[Any, Any, T]", coro))


def _turn_if_needed(loop: Any) -> None:
    """Let the loop do what the coroutine left behind: tasks it started, generators it abandoned, timers it cancelled."""
    if loop._ready or len(loop._scheduled) > MANY_TIMERS:
        loop.call_soon(loop.stop)
        loop.run_forever()


def run_to_end(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    """Run the loop until `task` is done; Ctrl-C cancels whatever is pending and lets it clean up."""
    try:
        loop.run_until_complete(task)
    except (KeyboardInterrupt, SystemExit):
        if task.done() and not task.cancelled():
            task.exception()  # seen: it is on its way to the caller
        _loops.cancel_pending(loop)
        raise


def run_main(coro: Coroutine[Any, Any, T]) -> T:
    """Run an entry point on the main thread's own loop, which is the home of the process meanwhile."""
    loop = _loops.own_loop()
    context: Context = copy_context()
    outcome = Outcome[T]()
    task = loop.create_task(outcome.of(coro), context=context)
    adoption = _loops.adopt_loop(loop)
    try:
        run_to_end(loop, task)
    finally:
        adoption.release()
        end_calls(loop)
        carry_back(context)
    return outcome.take()

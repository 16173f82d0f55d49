"""Ending a task that takes too long: by cancelling a coroutine, and by an exception in a thread."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from manoir.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded

GRACE_SECONDS = 5.0
"""How long a coroutine may clean up after it was cancelled for good."""


class Stuck(Exception):
    """A task did not end although it was told to; its thread or coroutine is left behind."""


class Interruptible:
    """A function for a worker thread, into which another thread may raise an exception.

    CPython raises it at the next bytecode; a call into C (a sleep, a request) ends first.
    """

    def __init__(self, func: Callable[[], Any]) -> None:
        self.func = func
        self.thread: int | None = None
        self.sent = False
        self.guard = threading.Lock()

    def __call__(self) -> Any:
        self.thread = threading.get_ident()
        try:
            return self.func()
        finally:
            with self.guard:
                self.thread = None
            if self.sent:
                take_pending()

    def interrupt(self, kind: type[BaseException]) -> None:
        """Raise an exception in the function, if it still runs."""
        with self.guard:
            if self.thread is not None:
                self.sent = True
                raise_in(self.thread, kind)


class Taken(BaseException):
    """Stands for an exception that was sent to a thread too late."""


def raise_in(thread: int, kind: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))


def take_pending() -> None:
    """Let nothing that was sent to this thread be raised later.

    Taking it back by `PyThreadState_SetAsyncExc(…, None)` is not enough: CPython 3.11 then keeps the flag that says "look
    for something" for ever, which costs every later call in the process, and makes a profiler hang.
    """
    try:
        raise_in(threading.get_ident(), Taken)
        while True:
            pass
    except Taken:
        return


async def within_limits(
    work: Coroutine[Any, Any, Any],
    *,
    soft: float | None,
    hard: float | None,
    interrupt: Callable[[type[BaseException]], None] | None,
) -> Any:
    """Run a coroutine within a soft and a hard limit.

    Args:
        work: what runs the task.
        soft: seconds after which `SoftTimeLimitExceeded` is raised inside; None: never.
        hard: seconds after which it is ended; None: never.
        interrupt: raises an exception in the thread that does the work; None: the work is a coroutine.

    Raises:
        SoftTimeLimitExceeded: the task did not handle its soft limit.
        TimeLimitExceeded: the hard limit passed.
        Stuck: the hard limit passed, and the work goes on although it was told to end.
    """
    if soft is None and hard is None:
        return await work
    loop = asyncio.get_running_loop()
    inner = loop.create_task(contained(work if interrupt is not None else softened(work, soft)))
    timers = []
    if soft is not None and interrupt is not None:
        timers.append(loop.call_later(soft, interrupt, SoftTimeLimitExceeded))
    try:
        done, _ = await asyncio.wait([inner], timeout=hard)
        if not done:
            await end_for_good(inner, interrupt)
            raise TimeLimitExceeded(f"The task ran longer than its time_limit of {hard:g} seconds.")
        return inner.result()
    except asyncio.CancelledError:
        if not inner.done():
            inner.cancel()
            await asyncio.wait([inner])
        raise
    finally:
        for timer in timers:
            timer.cancel()


async def contained(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that may want to leave the process: out of an asyncio task this would end the loop."""
    try:
        return await work
    except (KeyboardInterrupt, SystemExit) as error:
        raise RuntimeError(f"The task raised {type(error).__name__}.") from error


async def softened(work: Coroutine[Any, Any, Any], soft: float | None) -> Any:
    """Run a coroutine into which the soft limit is thrown where it waits."""
    if soft is None:
        return await work
    return await Softened(work, soft)


class Softened:
    """Steps a coroutine, and throws `SoftTimeLimitExceeded` into it once when its time has passed."""

    def __init__(self, work: Coroutine[Any, Any, Any], seconds: float) -> None:
        self.work = work
        self.seconds = seconds

    def __await__(self) -> Any:
        task = asyncio.current_task()
        assert task is not None
        passed = False

        def expire() -> None:
            nonlocal passed
            passed = True
            task.cancel()

        timer = asyncio.get_running_loop().call_later(self.seconds, expire)
        step: Callable[[], Any] = lambda: self.work.send(None)  # noqa: E731 - replaced below
        try:
            while True:
                try:
                    future = step()
                except StopIteration as end:
                    return end.value
                try:
                    yield future
                except asyncio.CancelledError as error:
                    if passed and task.uncancel() == 0:
                        thrown: BaseException = SoftTimeLimitExceeded(
                            f"The task ran longer than its soft_time_limit of {self.seconds:g} seconds."
                        )
                        passed = False
                    else:
                        thrown = error
                    step = lambda thrown=thrown: self.work.throw(thrown)  # noqa: E731
                except BaseException as error:
                    step = lambda error=error: self.work.throw(error)  # noqa: E731
                else:
                    step = lambda: self.work.send(None)  # noqa: E731
        finally:
            timer.cancel()


async def end_for_good(inner: asyncio.Task[Any], interrupt: Callable[[type[BaseException]], None] | None) -> None:
    """Cancel the work, and wait a little for its end.

    Raises:
        Stuck: it goes on.
    """
    if interrupt is not None:
        interrupt(TimeLimitExceeded)
    inner.cancel()
    done, _ = await asyncio.wait([inner], timeout=GRACE_SECONDS)
    if not done:
        inner.add_done_callback(retrieve)
        raise Stuck
    retrieve(inner)


def retrieve(inner: asyncio.Task[Any]) -> None:
    """Look at the outcome, so that nobody warns of an error that was never retrieved."""
    if not inner.cancelled():
        inner.exception()

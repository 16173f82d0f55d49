"""`to_thread`: code that may really block, run in a worker thread which can wait on the loop it came from.

Two rules keep a full pool from waiting for itself. Work whose context holds a transaction has threads of its own: else
requests that hold every connection wait for a thread while every thread waits for a connection. And a `to_thread` below
a coroutine for which a thread waits is run by that thread (see `_portal`).
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any, ParamSpec, TypeVar, cast

from manoir.bridge._context import carry_back, waiting_call
from manoir.bridge._loops import here
from manoir.bridge._pool import Pool
from manoir.bridge._portal import Call

P = ParamSpec("P")
T = TypeVar("T")

WORKER_THREADS = 16
"""Threads for blocking code, unless `set_threads` says otherwise."""


def _holds_no_transaction() -> bool:
    return False


class _Pools:
    def __init__(self, size: int, transaction_size: int | None) -> None:
        self.workers = Pool("worker", size)
        self.transactions = Pool("transaction", transaction_size, elastic=True)


_pools = _Pools(WORKER_THREADS, None)
_holds_transaction: Callable[[], bool] = _holds_no_transaction


def set_threads(count: int) -> None:
    """Set how many threads run blocking code. Threads that already run stay."""
    _pools.workers.size = count


def set_transaction_threads(count: int | None) -> int | None:
    """Set how many threads run code whose context holds a transaction: as many as there are connections.

    Args:
        count: the number; None means as many as there is work, which the connections bound.

    Returns:
        The number before.
    """
    previous, _pools.transactions.size = _pools.transactions.size, count
    return previous


def set_transaction_probe(probe: Callable[[], bool]) -> Callable[[], bool]:
    """Register how to tell that the current context holds a connection or a transaction.

    Args:
        probe: a function without parameters; it is called in the context of each `to_thread`.

    Returns:
        The function before, for whoever registers another one for a while.
    """
    global _holds_transaction
    previous, _holds_transaction = _holds_transaction, probe
    return previous


class Job:
    """One function on its way through a thread. Methods marked *loop* run in the loop's thread only."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        context: Context,
        work: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]],
    ) -> None:
        self.loop = loop
        self.context = context
        self.work: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]] | None = work
        self.pool = _pools.transactions if _holds_transaction() else _pools.workers
        self.call: Call[Any] | None = None
        self.cancels = 0  # cancellations that the function has not seen yet
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.waiter: asyncio.Future[None] | None = None
        self._claim = threading.Lock()

    def claim(self) -> bool:
        return self._claim.acquire(blocking=False)

    def run(self) -> None:
        """Run the job in a thread that waits in a portal, if no other thread has it."""
        if self.claim():
            self.execute()

    def execute(self) -> None:
        """Run the function in this thread, in the job's context, and answer the loop."""
        outer = here.loop, here.job
        here.loop, here.job = self.loop, self
        func, args, kwargs = cast(Any, self.work)
        self.work = None
        try:
            self.value = self.context.run(func, *args, **kwargs)
        except BaseException as error:
            self.error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        finally:
            here.loop, here.job = outer
        del func, args, kwargs
        with suppress(RuntimeError):  # the loop is closed: nobody waits for the answer
            self.loop.call_soon_threadsafe(self.finish)

    def finish(self) -> None:
        """*loop*: wake the coroutine that waits."""
        self.done = True
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def cancel(self) -> None:
        """*loop*: hand a cancellation to the function, at the wait where it stands or at its next one."""
        if self.call is not None and self.call.task is not None:
            self.call.task.cancel()
        elif self.claim():  # it never began, and never will
            self.error = asyncio.CancelledError()
            self.finish()
        else:
            self.cancels += 1

    def requeue(self) -> None:
        """*loop*: the thread to which this was offered has left; a thread of the pool takes it."""
        self.pool.submit(self)


async def to_thread(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that may block in a worker thread, and wait for it.

    Sync twins inside wait on this loop. Context variables flow both ways. When the waiting task is cancelled, the
    function sees `asyncio.CancelledError` at the wait where it stands or at its next one, once, and may clean up; this
    coroutine ends only after the thread has left the function. A function that has not begun yet never begins.

    Args:
        func: the sync function.
        args: its positional arguments.
        kwargs: its keyword arguments.

    Returns:
        What `func` returns.

    Raises:
        asyncio.CancelledError: the task was cancelled, and `func` did not swallow it.
        BaseException: whatever `func` raises.

    Example:
        >>> run(to_thread(sum, [1, 2, 3]))
        6
    """
    # hot path: benchmarks/bridge.py
    loop = asyncio.get_running_loop()
    job = Job(loop, copy_context(), (func, args, kwargs))
    _dispatch(job)
    cancelled: asyncio.CancelledError | None = None
    while not job.done:
        job.waiter = loop.create_future()
        try:
            await job.waiter
        except asyncio.CancelledError as error:
            cancelled = error
            if job.done:
                job.cancels += 1  # both in one turn: the function cannot see it any more
            else:
                job.cancel()
        except GeneratorExit:
            job.cancels += 1  # nobody waits for it any more: it stops at its next wait
            raise
    carry_back(job.context)
    error, job.error = job.error, None
    try:
        if error is not None:
            raise error
        if cancelled is not None and job.cancels:
            raise cancelled
        return cast(T, job.value)
    finally:
        del error, cancelled


def _dispatch(job: Job) -> None:
    """Find a thread: the one that waits for this very task, else one of the pool, else whichever is free first."""
    call = waiting_call.get()
    if call is None or call.done or call.loop is not job.loop:
        job.pool.submit(job)
    elif call.task is asyncio.current_task() or not job.pool.submit(job):
        call.offer(job)


def wait_by_portal(loop: asyncio.AbstractEventLoop, coro: Any) -> Any:
    """Wait for `coro` on `loop` from this thread."""
    job: Job | None = here.job
    if job is None or job.loop is not loop:
        return Call(loop, coro, None).wait()
    job.pool.enter_wait()
    try:
        return Call(loop, coro, job).wait()
    finally:
        job.pool.leave_wait()


def _forget_parent() -> None:
    """Start new pools in a forked child: threads do not survive a fork."""
    global _pools
    _pools = _Pools(_pools.workers.size or WORKER_THREADS, _pools.transactions.size)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)

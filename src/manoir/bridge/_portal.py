"""Portals: how a thread without a loop waits for a coroutine on a loop of another thread.

The thread submits a `Call` and sleeps on its inbox. The loop runs the coroutine as a task and answers through the
inbox. Meanwhile the loop may send jobs there: a `to_thread` of the very coroutine the thread waits for is run by the
thread itself, so that nested work never waits for a free thread of a pool whose threads all wait.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextvars import Context, copy_context
from queue import Empty, SimpleQueue
from typing import Any, Generic, Protocol, TypeVar, cast

from manoir.bridge._closing import resources_of
from manoir.bridge._context import carry_back, waiting_call

T = TypeVar("T")

POLL_SECONDS = 1.0
"""How often a waiting thread looks whether its loop was closed without a word."""


class Job(Protocol):
    """What a call needs to know of a `to_thread` job: see `_threads.Job`."""

    call: Call[Any] | None
    cancels: int

    def run(self) -> None: ...
    def requeue(self) -> None: ...


_open_calls: set[Call[Any]] = set()


class Call(Generic[T]):
    """One coroutine on its way through a portal. Methods marked *loop* run in the loop's thread only.

    Args:
        loop: where the coroutine runs.
        coro: the coroutine.
        job: the `to_thread` job in which the calling thread is, if any; its cancellation reaches this call.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, T], job: Job | None) -> None:
        self.loop = loop
        self.coro: Coroutine[Any, Any, T] | None = coro
        self.job = job
        self.outer: Call[Any] | None = None
        self.context: Context = copy_context()
        self.context.run(waiting_call.set, self)
        self.inbox: SimpleQueue[Job | None] = SimpleQueue()
        self.task: asyncio.Task[T] | None = None
        self.done = False
        self.value: T | None = None
        self.error: BaseException | None = None

    def wait(self) -> T:
        """Submit the coroutine, serve its jobs, and return or raise its outcome."""
        _open_calls.add(self)
        try:
            self.loop.call_soon_threadsafe(self.start)
            self._serve()
        except BaseException as error:
            self._give_up(error)
            raise
        finally:
            _open_calls.discard(self)
            context = self.context
            del self.context  # it names this call in a variable: a cycle that would keep the caller's variables alive
        carry_back(context)
        value, error = self.value, self.error
        self.value = self.error = self.task = None
        if error is None:
            return cast(T, value)
        try:
            raise error
        finally:
            del error

    def _serve(self) -> None:
        while not self.done:
            try:
                job = self.inbox.get(timeout=POLL_SECONDS)
            except Empty:
                if self.loop.is_closed():
                    self.fail()
            else:
                if job is not None:
                    job.run()

    def _give_up(self, error: BaseException) -> None:
        """Leave without the outcome: the loop is closed, or Ctrl-C met this thread while it waited."""
        if self.loop.is_closed():
            if self.coro is not None:
                self.coro.close()
        else:
            self.loop.call_soon_threadsafe(self.cancel)

    def start(self) -> None:
        """*loop*: make the task, or refuse because the job was cancelled before it waited."""
        coro, self.coro = self.coro, None
        if self.done or coro is None:
            if coro is not None:
                coro.close()
            return
        _watch_end(self.loop)
        job = self.job
        if job is not None:
            if job.cancels:
                job.cancels -= 1
                coro.close()
                self.error = asyncio.CancelledError()
                self._end()
                return
            self.outer, job.call = job.call, self
        self.task = self.loop.create_task(coro, context=self.context)
        self.task.add_done_callback(self.finish, context=self.context)

    def finish(self, task: asyncio.Task[T]) -> None:
        """*loop*: keep the outcome and wake the thread."""
        if self.job is not None:
            self.job.call = self.outer
        if self.done:
            return
        try:
            self.value = task.result()
        except BaseException as error:
            # The first frame is this method's own.
            self.error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        self._end()

    def _end(self) -> None:
        self.done = True
        while True:
            try:
                job = self.inbox.get_nowait()
            except Empty:
                break
            if job is not None:
                job.requeue()  # nobody will look into this inbox again
        self.inbox.put(None)

    def offer(self, job: Job) -> None:
        """*loop*: give the waiting thread a job."""
        self.inbox.put(job)

    def cancel(self) -> None:
        """*loop*: cancel the coroutine."""
        if self.task is not None:
            self.task.cancel()
        else:
            self.done = True

    def fail(self) -> None:
        """End the call because its loop is gone."""
        coro, self.coro = self.coro, None
        if coro is not None:
            coro.close()
        if not self.done:
            self.error = RuntimeError(
                "The event loop was closed while this thread waited for it. "
                "End the threads that use the loop before it is closed."
            )
            self._end()


def _watch_end(loop: asyncio.AbstractEventLoop) -> None:
    resources = resources_of(loop)
    if not resources.fails_calls:
        resources.fails_calls = True
        resources.callbacks.insert(
            0, lambda: fail_calls(loop)
        )  # the last to run: pools may still answer those who wait


def fail_calls(loop: asyncio.AbstractEventLoop) -> None:
    """*loop*: fail every call that waits for `loop`, because it closes."""
    for call in list(_open_calls):
        if call.loop is loop:
            if call.task is not None:
                call.task.cancel()
            call.fail()


def end_calls(loop: asyncio.AbstractEventLoop) -> None:
    """Fail every call that waits for a loop which has stopped and may not run again for long."""
    calls = [call for call in list(_open_calls) if call.loop is loop]
    for call in calls:
        if call.task is not None:
            call.task.cancel()
    tasks = [call.task for call in calls if call.task is not None]
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks))
    for call in calls:
        call.fail()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_open_calls.clear)

"""A thread of its own for one SQLite connection, so that its statements never stall an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

Job: TypeAlias = "tuple[asyncio.Future[Any] | None, Callable[..., Any], tuple[Any, ...]]"


class Worker:
    """Runs functions one after the other on one thread; each call costs one hop there and one back.

    Args:
        loop: where the answers go.
        name: name of the thread.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, name: str) -> None:
        self.loop = loop
        self.jobs: SimpleQueue[Job | None] = SimpleQueue()
        self.thread = threading.Thread(target=serve, args=(self.jobs,), name=name, daemon=True)
        self.thread.start()

    def submit(self, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Queue a call and return the future of its answer."""
        future: asyncio.Future[T] = self.loop.create_future()
        self.jobs.put((future, func, args))
        return future

    def stop(self, last: Callable[[], Any] | None = None) -> None:
        """Run `last` after everything that is queued, and end the thread."""
        if last is not None:
            self.jobs.put((None, last, ()))
        self.jobs.put(None)


def serve(jobs: SimpleQueue[Job | None]) -> None:
    """Run jobs until None comes."""
    while (job := jobs.get()) is not None:
        future, func, args = job
        try:
            answer, value = set_answer, func(*args)
        except BaseException as error:  # whatever it is, it belongs to who waits
            answer, value = set_error, error
        if future is not None:
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
                future.get_loop().call_soon_threadsafe(answer, future, value)
        del job, future, func, args, value  # nothing of the last job stays alive while the thread waits


def set_answer(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def set_error(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)

"""Which requests are running, and the look after clients that have gone away.

A timer for each request would cost more than everything else around a view. So one timer looks at all of them, a few
times a second and only while there are any; a request that it meets twice is watched from then on.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeAlias

LOOK_SECONDS = 0.2
"""Seconds between two looks: a request is watched when it has lasted one to two of them."""

Running: TypeAlias = "dict[Any, asyncio.Task[Any] | None]"
"""The task that answers, by the protocol object of its client."""


class Watch:
    """The requests of one worker.

    Example:
        >>> running = watch.enter(protocol)
        >>> try:
        ...     await answer()
        ... finally:
        ...     running.pop(protocol, None)
    """

    __slots__ = ("_loop", "_running", "_seen")

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: Running = {}
        self._seen: set[int] = set()

    def enter(self, protocol: Any) -> Running:
        """Note that the running task answers the client behind `protocol`; the caller takes it out of what it gets."""
        # hot path: benchmarks/web.py
        running = self._running
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._start(loop)
            running = self._running
        running[protocol] = asyncio.current_task(loop)
        return running

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None:  # another loop before this one, whose requests went with it
            self._running, self._seen = {}, set()
        self._loop = loop
        loop.call_later(LOOK_SECONDS, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch what was here at the last look, too; rest when there is nothing."""
        if self._loop is not loop:
            return
        if not self._running:
            self._loop = None
            self._seen.clear()
            return
        for protocol, task in list(self._running.items()):
            if task is not None and id(protocol) in self._seen:
                # Watched once; the request itself stays, so that the timer goes on.
                self._running[protocol] = None
                cancel_when_gone(protocol, task)
        # By id, so that nothing keeps an answered client alive; one that is used again is watched sooner, no more.
        self._seen = {id(protocol) for protocol in self._running}
        loop.call_later(LOOK_SECONDS, self._look, loop)


def cancel_when_gone(protocol: Any, task: asyncio.Task[Any]) -> None:
    """Start to wait for the client's disconnect, and cancel `task` then."""
    if task.done():
        return

    async def watch() -> None:
        await protocol.client_disconnect()
        if not task.done():
            task.cancel()

    watcher = asyncio.ensure_future(watch())
    task.add_done_callback(lambda _: watcher.cancel())

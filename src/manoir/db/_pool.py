"""The pool: the physical connections of one database on one event loop.

Idle links are a stack (the warmest first), waiters are a queue, and a link is handed over directly, so that nobody
overtakes. Taking and giving back a link that is idle costs about a microsecond and no turn of the loop.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from manoir.db._link import Link
from manoir.db._turn import Turn, WaitedTooLong
from manoir.exceptions import InterfaceError, OperationalError

CLEANING_SECONDS = 2.0
"""A link that is not clean again after this time is thrown away."""


class Pool:
    """Links to one database, bound to one loop.

    Args:
        connect: opens one link.
        describe: names the database in messages, such as "the database 'default'".
        loop: the loop all links live on.
        max_size: links open at a time.
        timeout: seconds to wait for a link; None: for ever.
        max_lifetime: seconds after which a link is not used again; None: never.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Link]],
        *,
        describe: str,
        loop: asyncio.AbstractEventLoop,
        max_size: int,
        timeout: float | None,
        max_lifetime: float | None,
    ) -> None:
        self.connect = connect
        self.describe = describe
        self.loop = loop
        self.max_size = max_size
        self.timeout = timeout
        self.max_lifetime = max_lifetime
        self.idle: list[Link] = []
        self.waiters: deque[asyncio.Future[Link | None]] = deque()
        self.links: set[Link] = set()
        self.size = 0
        self.closed = False
        self.writer = Turn()
        self.cleaners: set[asyncio.Task[None]] = set()

    # hot path: benchmarks/db.py
    def take(self) -> Link | None:
        """Return an idle link, or None when `acquire` has to open one or to wait."""
        if self.idle and not self.waiters:
            link = self.idle.pop()
            if not link.is_closed():
                return link
            self.discard(link)
        return None

    async def acquire(self) -> Link:
        """Return a link: an idle one, a new one, or the next that is given back.

        Raises:
            OperationalError: no link became free in time, or the database cannot be reached.
        """
        while True:
            if self.closed:
                raise InterfaceError(f"The connections to {self.describe} were closed.")
            link = self.take()
            if link is not None:
                return link
            if self.size < self.max_size and not self.waiters:
                self.size += 1
                return await self.open()
            link = await self.next_free()
            if link is None:
                return await self.open()
            if not link.is_closed():
                return link
            self.discard(link)

    async def open(self) -> Link:
        """Open a link in a place that was already counted."""
        try:
            link = await self.connect()
        except BaseException:
            self.free_place()
            raise
        if self.closed:
            link.terminate()
            raise InterfaceError(f"The connections to {self.describe} were closed.")
        if self.max_lifetime is not None:
            link.expires_at = self.loop.time() + self.max_lifetime
        self.links.add(link)
        return link

    async def next_free(self) -> Link | None:
        """Wait for a link, or for None: a place in which to open one."""
        waiter: asyncio.Future[Link | None] = self.loop.create_future()
        self.waiters.append(waiter)
        timer = None if self.timeout is None else self.loop.call_later(self.timeout, expire, waiter)
        try:
            return await waiter
        except WaitedTooLong:
            raise OperationalError(
                f"No connection to {self.describe} became free within {self.timeout:g} seconds: all {self.max_size} are"
                f" in use. Keep transactions short, do not hold one connection while waiting for a second, or raise"
                f' OPTIONS["pool"]["max_size"].'
            ) from None
        except BaseException:
            # Cancelled in the very moment of the hand-over: what we were given goes on to the next.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                given = waiter.result()
                if given is None:
                    self.free_place()
                else:
                    self.put_back(given)
            raise
        finally:
            if timer is not None:
                timer.cancel()

    # hot path: benchmarks/db.py
    def release(self, link: Link) -> None:
        """Give back a link after use. A dirty one is reset first; a closed or old one is thrown away."""
        if link.dirty:
            self.clean(link)
        elif link.is_closed():
            self.discard(link)
        elif self.closed or (link.expires_at is not None and link.expires_at < self.loop.time()):
            self.retire(link)
        else:
            self.put_back(link)

    def put_back(self, link: Link) -> None:
        """Hand a clean link to who waits longest, or lay it on the stack."""
        waiters = self.waiters
        while waiters:
            waiter = waiters.popleft()
            if not waiter.done():
                waiter.set_result(link)
                return
        self.idle.append(link)

    def release_after(self, link: Link, error: BaseException) -> None:
        """Give back a link whose last statement ended with `error`."""
        if isinstance(error, (asyncio.CancelledError, TimeoutError)):
            self.clean(link)
        elif isinstance(error, Exception):
            self.release(link)
        else:  # GeneratorExit, KeyboardInterrupt: nobody will wait for an answer any more
            self.throw_away(link)

    def clean(self, link: Link) -> None:
        """Roll back and reset in the background, then give the link back; throw it away when that takes too long."""
        if link.is_closed():
            self.discard(link)
        elif link.clean_at_once():
            self.release(link)
        elif self.loop.is_closed():
            self.throw_away(link)
        else:
            # An empty context: the cleaner must not keep the transaction of the task that was cancelled alive.
            task = self.loop.create_task(self.clean_in_background(link), context=contextvars.Context())
            self.cleaners.add(task)
            task.add_done_callback(self.cleaners.discard)

    async def clean_in_background(self, link: Link) -> None:
        try:
            async with asyncio.timeout(CLEANING_SECONDS):
                await link.clean()
        except BaseException as error:
            self.throw_away(link)
            if not isinstance(error, Exception):
                raise
        else:
            self.release(link)

    def retire(self, link: Link) -> None:
        """Close a link that is not used again, in the background; its place is free at once."""
        if self.loop.is_closed():
            self.throw_away(link)
            return
        self.discard(link)
        task = self.loop.create_task(close_quietly(link), context=contextvars.Context())
        self.cleaners.add(task)
        task.add_done_callback(self.cleaners.discard)

    def throw_away(self, link: Link) -> None:
        """Drop a link at once."""
        if link in self.links:
            link.terminate()
            self.discard(link)

    def discard(self, link: Link) -> None:
        """Forget a link that is closed, and let another be opened in its place."""
        self.links.discard(link)
        self.free_place()

    def free_place(self) -> None:
        """Hand the place of a link that is gone to who waits longest."""
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self.size -= 1

    async def aclose(self) -> None:
        """Close all links: idle ones politely, those in use when they come back."""
        self.closed = True
        self.fail_waiters()
        while self.cleaners:
            await asyncio.wait(self.cleaners)  # each has a time limit of its own
        idle, self.idle = self.idle, []
        for link in idle:
            self.links.discard(link)
            self.size -= 1
            await close_quietly(link)

    def terminate(self) -> None:
        """Drop all links at once, those in use too."""
        self.closed = True
        self.fail_waiters()
        for link in list(self.links):
            link.terminate()
        self.links.clear()
        self.idle.clear()
        self.size = 0

    def fail_waiters(self) -> None:
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_exception(InterfaceError(f"The connections to {self.describe} were closed."))


def expire(waiter: asyncio.Future[Any]) -> None:
    """End the wait of a waiter that is still waiting."""
    if not waiter.done():
        waiter.set_exception(WaitedTooLong())


async def close_quietly(link: Link) -> None:
    """Close politely, but not for ever."""
    try:
        async with asyncio.timeout(CLEANING_SECONDS):
            await link.close()
    except (Exception, asyncio.CancelledError):
        link.terminate()

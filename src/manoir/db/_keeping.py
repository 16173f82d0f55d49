"""Blocks that keep a link without a transaction: `hold()` for a session of its own, `together()` to wait once.

Where more work is going on than there are links, each statement waits in the queue of the pool, so a request of three
statements waits three times. Inside of `together()` the link of a statement stays for the next one. That is an economy
and never a meaning: whatever cannot have the link takes one out of the pool, as it would without the block.
"""

from __future__ import annotations

from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING

from manoir.bridge import Abandoned, wait
from manoir.db._levels import (
    Level,
    close_held,
    close_held_in_sync,
    context_holds_transaction,
    open_held,
    wait_surely,
)
from manoir.db._link import Link
from manoir.db._pool import Pool

if TYPE_CHECKING:
    from manoir.db._connection import Connection

variables: dict[str, ContextVar[Kept | None]] = {}


def kept_variable(alias: str) -> ContextVar[Kept | None]:
    """Return the context variable that holds what a block of one database keeps."""
    if alias not in variables:
        variables[alias] = ContextVar(f"manoir.db.kept.{alias}", default=None)
    return variables[alias]


def context_holds_link() -> bool:
    """Say whether code of this context holds a link that others may wait for."""
    kept = [variable.get() for variable in variables.values()]
    return context_holds_transaction() or any(one is not None and one.link is not None for one in kept)


class Kept:
    """The link that a block keeps while no statement uses it.

    Two rules rule out that all links are kept by work that waits for one. Whoever needs a link takes the kept one first.
    And nothing is kept while something else of the block waits for the pool: a statement that ran beside it, or the tasks
    of `gather`.

    Attributes:
        pool: where the link came from; code of the block on another loop, or after a reconnect, has nothing to do with it.
        link: the link, clean and idle; None: nothing is kept now.
        is_open: the block has not ended; a task that outlives it does as it would without.
        waiting: how many of the block wait for the pool.
    """

    __slots__ = ("is_open", "link", "pool", "waiting")

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.link: Link | None = None
        self.is_open = True
        self.waiting = 0

    # hot path: benchmarks/rest.py
    def take(self, pool: Pool) -> Link | None:
        """Return the kept link, or an idle one; None when `acquire` has to open one or to wait."""
        link = self.link
        if link is None or pool is not self.pool:
            return pool.take()
        self.link = None
        if not link.is_closed():
            return link
        pool.discard(link)
        return pool.take()

    async def acquire(self, pool: Pool) -> Link:
        """Return a link out of the pool, which keeps nothing meanwhile."""
        self.waiting += 1
        try:
            return await pool.acquire()
        finally:
            self.waiting -= 1

    # hot path: benchmarks/rest.py
    def release(self, pool: Pool, link: Link) -> None:
        """Keep a link after use, or give it back."""
        if self.link is not None or self.waiting or link.dirty or pool is not self.pool or not self.is_open:
            pool.release(link)
        else:
            self.link = link

    def close(self, *, abandoned: bool = False) -> None:
        """End the block; a statement of a task that outlives it gives its link back itself."""
        self.is_open = False
        link, self.link = self.link, None
        if link is not None:
            (self.pool.throw_away if abandoned else self.pool.release)(link)


class Together:
    """The block of `connection.together()`."""

    __slots__ = ("connection", "kept", "previous")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.kept: Kept | None = None
        self.previous: Kept | None = None

    async def __aenter__(self) -> None:
        connection = self.connection
        self.previous = connection.kept.get()
        if connection.is_local or connection.variable.get() is not None:
            return
        if self.previous is None or not self.previous.is_open:
            self.kept = Kept(connection.pool())
            connection.kept.set(self.kept)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        kept, self.kept = self.kept, None
        if kept is not None:
            if self.connection.kept.get() is kept:
                self.connection.kept.set(self.previous)
            kept.close()

    def __enter__(self) -> None:
        wait(self.__aenter__())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        kept = self.kept
        try:
            wait_surely(lambda: self.__aexit__(kind, error, traceback))
        except Abandoned:
            if kept is not None:
                kept.close(abandoned=True)
            raise


class Hold:
    """The block of `connection.hold()`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.level: Level | None = None

    async def __aenter__(self) -> Connection:
        self.level = await open_held(self.connection)
        return self.connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        level, self.level = self.level, None
        if level is not None:
            await close_held(level)

    def __enter__(self) -> Connection:
        return wait(self.__aenter__())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        level, self.level = self.level, None
        if level is not None:
            close_held_in_sync(level)

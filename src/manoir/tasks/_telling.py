"""Telling workers of new tasks, beside the transactions that enqueued them.

PostgreSQL lets only one transaction at a time commit a notification, so a NOTIFY inside of each enqueueing transaction
would make them wait for each other's disk writes (measured: 215 commits a second instead of thousands). So it is sent
right after the commit, by itself, once for all that came meanwhile. Should the process end in between, workers find the
task at their next look.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from manoir.bridge import LoopLocal, is_own_loop
from manoir.db import Connection, Level, transaction
from manoir.exceptions import DatabaseError, InterfaceError

logger = logging.getLogger("manoir.tasks")

PAUSE_SECONDS: Final = 0.01
"""Between two notifications of a server's loop; the first is sent at once."""
TELL: Final = "SELECT pg_notify($1, name) FROM unnest($2::text[]) AS names(name)"


class AfterCommit:
    """The queues to tell of when one block's transaction has been committed."""

    def __init__(self, teller: Teller, level: Level) -> None:
        self.teller = teller
        self.level = level
        self.queues: set[str] = set()
        self.told = False

    async def tell(self) -> None:
        """Tell, unless that was done."""
        self.told = True
        await self.teller.now(self.queues)


class Loop:
    """What waits to be told on one loop."""

    def __init__(self) -> None:
        self.queues: set[str] = set()
        self.task: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Give up: the loop ends, and workers look by themselves."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])


class Teller:
    """Sends the names of queues on a channel.

    Args:
        connection: the database.
        channel: where workers listen.
    """

    def __init__(self, connection: Connection, channel: str) -> None:
        self.connection = connection
        self.channel = channel
        self.loops: LoopLocal[Loop] = LoopLocal(Loop, Loop.close)
        self.latest: AfterCommit | None = None

    # hot path: benchmarks/tasks.py
    async def after_commit(self, queues: Iterable[str]) -> None:
        """Tell of queues when the transaction of this context has been committed; at once when there is none."""
        level = self.connection.level
        if level is None or not level.in_transaction:
            await self.now(queues)
            return
        latest = self.latest
        if latest is None or latest.level is not level or latest.told:
            latest = self.latest = AfterCommit(self, level)
            await transaction.aon_commit(latest.tell, using=self.connection.alias)
        latest.queues.update(queues)

    async def now(self, queues: Iterable[str]) -> None:
        """Tell of queues: in the background on a server's loop, right here in scripts."""
        running = asyncio.get_running_loop()
        if is_own_loop(running):
            await self.send(set(queues))
            return
        here = self.loops.get()
        here.queues.update(queues)
        if here.task is None or here.task.done():
            here.task = running.create_task(self.drain(here))

    async def drain(self, here: Loop) -> None:
        """Send what has gathered, and again what gathers meanwhile."""
        while here.queues:
            queues, here.queues = here.queues, set()
            await self.send(queues)
            await asyncio.sleep(PAUSE_SECONDS)

    async def send(self, queues: set[str]) -> None:
        try:
            with self.connection.within(None):
                await self.connection.fetch(TELL, (self.channel, list(queues)))
        except (DatabaseError, InterfaceError, OSError, TimeoutError):
            logger.warning("Workers could not be told of new tasks; they find them at their next look.", exc_info=True)

"""The relay: publishes what waits in the outbox, brings back what was lost, and watches the clock."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from manoir.tasks._celery._broker import BATCH
from manoir.tasks._clock import Clock
from manoir.tasks._housekeeping import happens, prune
from manoir.tasks._store import TROUBLE

if TYPE_CHECKING:
    from manoir.tasks._celery._backend import CeleryBackend

logger = logging.getLogger("manoir.tasks")

PRUNE_SECONDS: Final = 300.0


class Relay:
    """Does what no Celery worker does. Any number may run: each row is published by one of them.

    Args:
        backend: whose outbox it is.
        name: of this process.
        schedules: whether it may watch the clock.

    Attributes:
        published: messages that it handed to the broker.
    """

    def __init__(self, backend: CeleryBackend, name: str, *, schedules: bool = True) -> None:
        self.backend = backend
        self.poll_seconds = backend.poll_seconds
        self.clock = Clock(backend, name, lead_seconds=min(10.0, backend.lease_seconds)) if schedules else None
        self.stopping = asyncio.Event()
        self.published = 0

    async def run(self) -> None:
        """Work until `stop()` is called."""
        loop = asyncio.get_running_loop()
        rescue_at = prune_at = loop.time()
        while not self.stopping.is_set():
            try:
                wait = await self.publish()
                if loop.time() >= rescue_at:
                    await self.rescue()
                    rescue_at = loop.time() + self.backend.lease_seconds / 4
                if loop.time() >= prune_at:
                    await prune(self.backend.store, self.backend.keep_seconds)
                    prune_at = loop.time() + PRUNE_SECONDS
                tick = await self.clock.tick() if self.clock is not None else None
                wait = min(wait, self.poll_seconds if tick is None else tick)
            except TROUBLE:
                logger.warning("The relay of TASKS[%r] met trouble; it goes on.", self.backend.alias, exc_info=True)
                wait = self.poll_seconds
            except Exception:
                logger.exception("The relay of TASKS[%r] met an error of its own; it goes on.", self.backend.alias)
                wait = max(1.0, self.poll_seconds)
            await happens(self.stopping, max(0.01, wait))

    def stop(self) -> None:
        """Let `run()` return."""
        self.stopping.set()

    async def publish(self) -> float:
        """Publish all that is due; return the seconds until there may be more."""
        while not self.stopping.is_set():
            sent = await self.backend.apublish(limit=BATCH)
            self.published += sent
            if sent < BATCH:
                break
        due = await self.backend.outbox.seconds_until_due()
        # What is due and was not published waits for the broker, which just failed.
        return self.poll_seconds if not due else min(due, self.poll_seconds)

    async def rescue(self) -> None:
        """Put back what was lost with a message or a worker."""
        lost = len(await self.backend.store.rescue(self.backend.max_lost)) + await self.sweep()
        if lost:
            logger.warning("The relay of TASKS[%r] put %d lost tasks back.", self.backend.alias, lost)

    async def sweep(self) -> int:
        """Put back tasks that nobody took although their queue is empty: a worker died with their messages.

        One that a living worker holds is published once more, and done by whoever has time first: the other message has
        nothing to say then.
        """
        outbox, redeliver, lease = self.backend.outbox, self.backend.redeliver_seconds, self.backend.lease_seconds
        count = 0
        for queue in await outbox.overdue_queues(redeliver, lease):
            if await self.backend.broker.adepth(queue) == 0:
                count += await outbox.put_back_overdue(queue, redeliver, lease)
        return count

"""What any worker may do for all: rescue, prune, let scheduled tasks wait, watch the clock, hear of news."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from typing import TYPE_CHECKING, Final

from manoir.tasks._store import CHANNEL, TaskStore

if TYPE_CHECKING:
    from manoir.tasks._worker import Worker

logger = logging.getLogger("manoir.tasks")

PRUNED_AT_ONCE: Final = 2_000
"""Rows a statement deletes, so that none holds locks for long."""


async def tidy(worker: Worker) -> None:
    """Rescue what other workers lost, and now and then prune what is old."""
    rounds = 0
    while True:
        lost = await worker.store.rescue(worker.backend.max_lost)
        if lost:
            logger.warning("Worker %s rescued %d tasks of lost workers.", worker.worker_id, len(lost))
            worker.wake.set()
        await find_queues(worker)
        if rounds % 12 == 0:
            await prune(worker.store, worker.backend.keep_seconds)
            await worker.store.farewell(None, max(60.0, 10 * worker.lease_seconds))
            if rounds:
                logger.info("Worker %s: %s, %d running.", worker.worker_id, worker.stats, len(worker.running))
        rounds += 1
        await asyncio.sleep(worker.lease_seconds / 4 * random.uniform(0.8, 1.2))  # noqa: S311 - no secret


async def prune(store: TaskStore, keep_seconds: dict[str, float]) -> None:
    """Delete what has ended long enough ago, in small statements, until nothing is left."""
    deleted = PRUNED_AT_ONCE
    while deleted >= PRUNED_AT_ONCE:
        deleted = await store.prune(keep_seconds, PRUNED_AT_ONCE)


async def find_queues(worker: Worker) -> None:
    """Find out which queues there are, if the worker works on all."""
    if not worker.chosen_queues:
        worker.queues = sorted({"default", *worker.queues, *await worker.store.queue_names()})


async def watch_clock(worker: Worker) -> None:
    """Let scheduled tasks wait when their moment comes, and enqueue the ticks of schedules."""
    while True:
        worker.look_at_clock.clear()
        due = await worker.store.promote()
        tick = await worker.clock.tick() if worker.clock is not None else None
        if due is None or due > 0:
            waits = [one for one in (due, tick, worker.backend.poll_seconds) if one is not None]
            await happens(worker.look_at_clock, max(0.005, min(waits)))
        worker.wake.set()


async def happens(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but no longer than some seconds.

    `asyncio.wait_for` of Python 3.11 loses a cancellation that comes in the moment of the event, and its task goes on.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def listen(worker: Worker) -> None:
    """Hear of new tasks and of cancelled ones; without this the worker looks every few seconds."""
    async with worker.main.listen(CHANNEL) as notifications:  # type: ignore[attr-defined] - an async context manager there
        worker.wake.set()
        worker.look_at_clock.set()  # for what was said before anybody listened
        async for notification in notifications:
            hear(worker, notification.payload)


def hear(worker: Worker, payload: str) -> None:
    """Act on a notification."""
    if payload.startswith("!"):
        running = worker.running.get(payload[1:])
        if running is not None:
            running.cancel("cancelled")
        return
    if payload not in worker.queues and not worker.chosen_queues:
        worker.queues = [*worker.queues, payload[:100]]
    if payload in worker.queues:
        worker.wake.set()
        worker.look_at_clock.set()

"""Schedules at work: one worker leads and enqueues the task of each tick, and if two do, the tick is still one.

Being the leader saves work and is not what makes a tick happen once. That is done by the row of the schedule, which is
moved on from the tick that was read, in the transaction that enqueues the task; and by the id of the task, which
follows from schedule and tick.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from manoir.db import transaction
from manoir.exceptions import TaskException
from manoir.tasks._message import tick_id, utc_now
from manoir.tasks._planned import Planned, planned

if TYPE_CHECKING:
    from manoir.tasks._database import DatabaseBackend

logger = logging.getLogger("manoir.tasks")


class Clock:
    """Enqueues the tasks of schedules as their ticks come.

    Args:
        backend: where they are enqueued.
        holder: the worker.
        lead_seconds: how long it leads without a sign of life.
    """

    def __init__(self, backend: DatabaseBackend, holder: str, *, lead_seconds: float = 10.0) -> None:
        self.backend = backend
        self.holder = holder
        self.lead_seconds = lead_seconds
        self.plans = planned(backend)
        self.leads = False

    async def tick(self) -> float | None:
        """Enqueue what is due, if this worker leads.

        Returns:
            Seconds after which to look again; None: there are no schedules.
        """
        if not self.plans:
            return None
        self.leads = await self.backend.store.lead(self.holder, self.lead_seconds)
        if not self.leads:
            return self.lead_seconds / 2
        known = await self.backend.store.read_schedules()
        now = utc_now()
        for plan in self.plans:
            try:
                await self.follow(plan, known.get(plan.name), now)
            except TaskException:
                logger.exception("The schedule %s cannot enqueue its task.", plan.name)
        coming = min(plan.schedule.after(now) for plan in self.plans)
        return max(0.0, min((coming - utc_now()).total_seconds(), self.lead_seconds / 2))

    async def follow(self, plan: Planned, known: tuple[str, dt.datetime] | None, now: dt.datetime) -> None:
        """Enqueue the ticks of one schedule since the last one that was."""
        written = str(plan.schedule)[:300]
        if known is None or known[0] != written:
            await self.backend.store.move_schedule(plan.name, written, known and known[1], now)
            return
        before = known[1]
        for tick in self.due(plan, before, now):
            if not await self.enqueue(plan, written, before, tick):
                return  # somebody else was faster, and goes on
            before = tick

    def due(self, plan: Planned, before: dt.datetime, now: dt.datetime) -> list[dt.datetime]:
        """Return the ticks to enqueue: all of the last minutes; of earlier ones that were missed, the latest."""
        recent = plan.schedule.between(max(before, now - dt.timedelta(seconds=self.backend.catch_up_seconds)), now)
        if recent:
            return recent
        latest = plan.schedule.before(now)
        return [latest] if latest > before else []

    async def enqueue(self, plan: Planned, written: str, before: dt.datetime, tick: dt.datetime) -> bool:
        """Enqueue the task of one tick; False: another scheduler has done it."""
        store = self.backend.store
        message = self.backend.make_message(
            plan.task, plan.args, plan.kwargs, message_id=str(tick_id(plan.name, tick)), schedule=plan.name
        )
        async with transaction.atomic(using=self.backend.database):
            if not await store.move_schedule(plan.name, written, before, tick):
                return False
            await self.backend.asubmit([message])
        return True

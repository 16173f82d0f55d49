"""One message in a Celery worker: take the task, run it, store its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from manoir.bridge import wait
from manoir.exceptions import InterfaceError, OperationalError, TaskFailed, TaskLeaseLost, TaskMessageError
from manoir.tasks._celery._outbox import OutboxSteps
from manoir.tasks._database import is_id
from manoir.tasks._limits import Stuck
from manoir.tasks._message import utc_now
from manoir.tasks._result import Progress
from manoir.tasks._running import Outcome, Prepared, prepare, put_aside, run_attempt
from manoir.tasks._store import TROUBLE, Claim, ending_of
from manoir.tasks.signals import task_finished, task_started

if TYPE_CHECKING:
    from manoir.tasks._celery._backend import CeleryBackend

logger = logging.getLogger("manoir.tasks")

T = TypeVar("T")

OUT_OF_REACH: Final = (OperationalError, InterfaceError, OSError, TimeoutError)
"""What passes by itself; what the database refuses, it would refuse again."""
PAUSE_SECONDS: Final = 0.5
"""Before the database is asked again after trouble with it."""


def execute(backend: CeleryBackend, task_id: Any, lease: Any, worker_id: str) -> Outcome | None:
    """Run the task of a message; None: the message has nothing to say (it came twice, too late, or from a stranger).

    Raises:
        TaskFailed: the task failed for good.
    """
    if not isinstance(task_id, str) or len(task_id) != 36 or not is_id(task_id) or not is_lease(lease):
        logger.error("A message in the broker is none of ours: %.100r", task_id)
        return None
    return wait(Execution(backend, worker_id).run(task_id, lease))


def is_lease(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**62


class Execution:
    """One attempt of one task.

    Args:
        backend: whose task it is.
        worker_id: name of the process that runs it.
    """

    def __init__(self, backend: CeleryBackend, worker_id: str) -> None:
        self.backend = backend
        self.outbox: OutboxSteps = backend.outbox
        self.worker_id = worker_id
        self.lost = False

    async def run(self, task_id: str, lease: int) -> Outcome | None:
        """Take the task, run it, store its end."""
        seconds, own = self.backend.lease_seconds, self.outbox.new_lease()
        claim = await self.insist(lambda: self.outbox.take(task_id, lease, self.worker_id, seconds, own))
        if claim is None:
            logger.info("The message of task %s came twice or too late; there is nothing to do.", task_id)
            return None
        outcome, stored = await self.attempt(claim)
        if outcome is None:
            return None
        if not stored and not await self.insist(lambda: self.end(claim, outcome)):
            logger.warning("Task %s was given to another worker meanwhile; its end here is not stored.", task_id)
            return None
        await self.tell(claim, outcome)
        return outcome

    async def end(self, claim: Claim, outcome: Outcome) -> bool:
        """Store how a task ended; tell whether that is stored, perhaps by a statement whose answer was lost."""
        ending = ending_of(claim, outcome)
        return bool(await self.outbox.end([ending])) or await self.outbox.has_ended(claim, ending)

    async def insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask the database, and after trouble with it again for as long as a lease: then others may do the task."""
        now = asyncio.get_running_loop().time
        patience = now() + self.backend.lease_seconds
        while True:
            try:
                return await ask()
            except OUT_OF_REACH:
                if now() >= patience or self.outbox.connection.in_atomic_block:  # a transaction is broken by then
                    raise
                logger.warning(
                    "Trouble with the database of TASKS[%r]; it is asked again.", self.backend.alias, exc_info=True
                )
            await asyncio.sleep(PAUSE_SECONDS)

    async def attempt(self, claim: Claim) -> tuple[Outcome | None, bool]:
        """Run a task; return how it ended, None when it was lost, and whether that is stored already."""
        message = claim.state.message
        if message.expires_at is not None and message.expires_at <= utc_now():
            return Outcome("cancelled"), False

        async def report(progress: Progress) -> None:
            await self.outbox.report(claim, progress)

        try:
            prepared = prepare(self.backend, claim.state, attempt=claim.state.attempts - claim.lost, report=report)
        except TaskMessageError as error:
            return put_aside(error), False
        if prepared.task.options.unique_until == "start":
            await self.outbox.release_key(claim)
        await task_started.asend_robust(type(self.backend), task_result=prepared.result)
        return await self.watched(claim, prepared)

    async def watched(self, claim: Claim, prepared: Prepared) -> tuple[Outcome | None, bool]:
        """Run a task while its lease is renewed, and end it when the lease is lost or somebody cancels it."""

        async def settle(outcome: Outcome) -> None:
            if not await self.outbox.end([ending_of(claim, outcome)]):
                raise TaskLeaseLost(f"The task {claim.id} was given to another worker: its writes are rolled back.")

        work = asyncio.ensure_future(run_attempt(prepared, settle=settle, using=self.backend.database))
        heart = asyncio.ensure_future(self.beat(claim, prepared, work))
        try:
            return await work
        except asyncio.CancelledError:
            if not prepared.context.cancel_requested:
                raise
            return (None if self.lost else Outcome("cancelled")), False
        except TaskLeaseLost as error:
            logger.warning("%s", error)
            return None, False
        except Stuck:
            logger.error("Task %s goes on beyond its time limit; this process ends.", claim.id)
            os._exit(70)
        finally:
            heart.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await heart

    async def beat(self, claim: Claim, prepared: Prepared, work: asyncio.Future[Any]) -> None:
        """Renew the lease three times in its length; after trouble with the database the next time may do."""
        while True:
            await asyncio.sleep(self.backend.lease_seconds / 3)
            try:
                with self.outbox.connection.within(None):  # never inside the task's own transaction
                    held = await self.outbox.renew([claim], self.backend.lease_seconds)
            except TROUBLE:
                logger.warning("The lease of task %s could not be renewed; it is tried again.", claim.id, exc_info=True)
                continue
            self.lost = claim.id not in held
            if self.lost or held[claim.id]:
                prepared.context.cancel_requested = True
                work.cancel()
                return

    async def tell(self, claim: Claim, outcome: Outcome) -> None:
        """Send the signal of a task that has ended, and raise what Celery is to know."""
        if outcome.kind in ("successful", "failed", "cancelled") and task_finished.has_listeners(type(self.backend)):
            with contextlib.suppress(TaskMessageError):  # a name that is not registered has no result
                result = await self.backend.aget_result(claim.id)
                await task_finished.asend_robust(type(self.backend), task_result=result)
        if outcome.kind == "failed":
            text = outcome.error.message if outcome.error else ""
            raise TaskFailed(f"The task {claim.state.message.name} ({claim.id}) failed: {text}")

"""The worker of the database backend: takes tasks in batches, runs them, stores how they ended in batches.

Four things go on at once: `_take` claims tasks as places become free, one asyncio task runs each of them, `_store_ends`
writes what has ended, and `_beat` renews leases, which tells at the same time what was cancelled or lost. What any worker
may do for all stands in `_housekeeping`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import random
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from manoir.bridge import set_threads
from manoir.db import Connection, connections, make_connection
from manoir.exceptions import TaskLeaseLost, TaskMessageError, TimeLimitExceeded
from manoir.tasks._clock import Clock
from manoir.tasks._housekeeping import find_queues, happens, listen, tidy, watch_clock
from manoir.tasks._limits import Stuck
from manoir.tasks._message import utc_now
from manoir.tasks._result import TaskError, TaskResult
from manoir.tasks._running import Outcome, prepare, put_aside, run_attempt
from manoir.tasks._store import TROUBLE, Claim, Ending, TaskStore, ending_of
from manoir.tasks._worker_state import Running, Stats
from manoir.tasks.signals import task_finished, task_started

if TYPE_CHECKING:
    from manoir.tasks._database import DatabaseBackend

logger = logging.getLogger("manoir.tasks")

CONCURRENCY: Final = 50
ENDINGS_A_STATEMENT: Final = 500
GATHER_SECONDS: Final = 0.004
"""The shortest time between two claims that left places free, and between two stores: under load, batches grow."""
CONTROL_LINKS: Final = 4
"""Connections for the worker's own statements, so that tasks which hold all of the pool cannot cost it its leases."""
CONTROL_SETTINGS: Final = {
    "synchronous_commit": "off",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""Every statement of a worker looks rows up in an index. A plan made while the table was small must not read all of it
when it has grown."""
BACKLOG: Final = 1_000
"""Ends that wait to be stored; with more, no tasks are taken."""
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
"""Seconds before a job begins again that ended by an error; the pause doubles while errors follow each other."""


class Worker:
    """Runs the tasks of a database backend in this process, on the running loop.

    Args:
        backend: whose tasks it runs.
        queues: names of queues to work on; empty: all of the backend's.
        concurrency: how many tasks run at once.
        grace_seconds: how long tasks may still run after `stop()`; then they are cancelled and given back. None: for
            ever.
        schedules: whether it may watch the clock.
        own_connections: its own statements run beside the tasks' connections; False: on the connection and in the
            transaction of this context, for tests.
        worker_id: its name; None: host, process and a random part.

    Attributes:
        stats: what it has done.
        stuck: `def` tasks that did not end at their hard limit and still occupy a thread.
        has_remains: threads still run tasks that could not be ended; only the end of the process ends them.

    Example:
        >>> worker = Worker(task_backends["default"], queues=["mail"])
        >>> await worker.run()  # until worker.stop()
    """

    def __init__(
        self,
        backend: DatabaseBackend,
        *,
        queues: Sequence[str] = (),
        concurrency: int = CONCURRENCY,
        grace_seconds: float | None = 30.0,
        schedules: bool = True,
        own_connections: bool = True,
        worker_id: str | None = None,
    ) -> None:
        self.backend = backend
        self.chosen_queues = list(queues) or sorted(backend.queues)
        self.queues: list[str] = list(self.chosen_queues)
        self.concurrency = concurrency
        self.grace_seconds = grace_seconds
        self.worker_id = worker_id or f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(3)}"
        self.lease_seconds = backend.lease_seconds
        self.clock = (
            Clock(backend, self.worker_id, lead_seconds=min(10.0, backend.lease_seconds)) if schedules else None
        )
        self.stats = Stats()
        self.stuck = 0
        self.started_at = utc_now()
        self.running: dict[str, Running] = {}
        self.ends: list[tuple[Running, Outcome]] = []
        self.storing: list[tuple[Running, Outcome]] = []
        self.stopping = False
        self.more = False
        self.wake = asyncio.Event()
        self.ended = asyncio.Event()
        self.look_at_clock = asyncio.Event()
        self.main = connections[backend.database]
        self.control, self.store = self.control_store(apart=own_connections)
        # Tasks in transactions of their own wait for each other here, not at the database until its patience ends.
        at_once = 1 if self.main.features.single_writer else max(1, int(self.main.pool_options["max_size"]) - 1)
        self.transactions = asyncio.Semaphore(at_once)

    def control_store(self, *, apart: bool) -> tuple[Connection | None, TaskStore]:
        """Return a connection object for the worker's own statements, where the database has more than one writer."""
        if self.main.features.single_writer or not apart:
            return None, self.backend.store_on(self.main)
        given = dict(self.main.settings_dict)
        given["OPTIONS"] = {**given["OPTIONS"], "pool": {"max_size": CONTROL_LINKS}}
        if not given["OPTIONS"].get("pgbouncer"):
            # A claim, a sign of life or an end that a power cut takes back is made again; only the end of a task in
            # its own transaction has to be as durable as what it wrote, and that goes over the task's connection.
            kept = given["OPTIONS"].get("server_settings") or {}
            given["OPTIONS"]["server_settings"] = {**CONTROL_SETTINGS, **kept}
        control = make_connection(self.main.alias, given)
        return control, self.backend.store_on(control)

    @property
    def has_remains(self) -> bool:
        """Whether threads still run tasks that could not be ended; only the end of the process ends them."""
        return bool(self.stuck or self.running)

    # -- life -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until `stop()` is called, then until the running tasks have ended.

        Raises:
            DatabaseError: the database cannot be reached at the start.
        """
        set_threads(max(16, self.concurrency))
        helpers = await self.start()
        try:
            await self._take()
            await self.finish_running()
        finally:
            await self.leave(helpers)

    async def run_until_idle(self) -> None:
        """Work until no task is ready or running, for tests and scripts; scheduled tasks that are due are run too."""
        helpers = await self.start(helping=False)
        try:
            while True:
                self.wake.clear()
                await self.store.promote()
                taken = await self.claim()
                if not taken and not self.running and not self.ends and not self.storing:
                    return
                await self.pause(0.01)
        finally:
            await self.leave(helpers)

    def stop(self) -> None:
        """Take no more tasks, and let `run()` return when those that run have ended."""
        self.stopping = True
        self.wake.set()

    def abort(self) -> None:
        """Cancel what runs and give it back; `run()` returns soon."""
        self.stop()
        self.grace_seconds = 0.0
        for one in list(self.running.values()):
            one.cancel("released")

    async def start(self, *, helping: bool = True) -> list[asyncio.Task[None]]:
        """Announce the worker and start what goes on beside it."""
        await self.announce()
        await find_queues(self)
        jobs: list[Callable[[], Awaitable[None]]] = [self._store_ends, self._beat]
        if helping:
            jobs += [functools.partial(tidy, self), functools.partial(watch_clock, self)]
            if self.main.features.has_listen:
                jobs.append(functools.partial(listen, self))
        return [asyncio.create_task(self.keep_going(job)) for job in jobs]

    async def keep_going(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job for ever; trouble with the database is logged, and it begins again after a pause."""
        pause, now = 0.0, asyncio.get_running_loop().time
        while True:
            begun = now()
            try:
                await job()
            except TROUBLE:
                logger.warning("Worker %s: trouble with the database; it goes on.", self.worker_id, exc_info=True)
            except Exception:
                logger.exception("Worker %s: an error of its own; it goes on.", self.worker_id)
            pause = next_pause(pause, now() - begun)
            await asyncio.sleep(pause)

    async def finish_running(self) -> None:
        """Wait for the running tasks; after the grace period cancel them and give them back."""
        deadline = None if self.grace_seconds is None else asyncio.get_running_loop().time() + self.grace_seconds
        while self.running and (deadline is None or asyncio.get_running_loop().time() < deadline):
            self.wake.clear()
            await self.pause(0.2)
            if self.grace_seconds == 0.0:
                deadline = 0.0
        for one in list(self.running.values()):
            one.cancel("released")
        tasks = [one.task for one in self.running.values() if one.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=2.0)

    async def leave(self, helpers: Sequence[asyncio.Task[None]]) -> None:
        """Store what has ended, take leave, and close."""
        await end(helpers)
        with contextlib.suppress(*TROUBLE):
            self.ends = self.storing + self.ends
            while self.ends:
                await self.store_batch()
            await self.store.farewell(self.worker_id, 3_600)
        if self.control is not None:
            await self.control.aclose()
            self.control.terminate()
        logger.info("Worker %s ended: %s.", self.worker_id, self.stats)

    async def pause(self, seconds: float) -> None:
        """Wait until something happens, or some seconds."""
        await happens(self.wake, seconds)

    # -- taking -----------------------------------------------------------------------------------------------------

    async def _take(self) -> None:
        """Claim tasks as long as there are places and tasks; else wait for news."""
        while not self.stopping:
            self.wake.clear()
            try:
                taken = await self.claim()
            except TROUBLE:
                logger.warning("Worker %s cannot take tasks; it tries again.", self.worker_id, exc_info=True)
                await self.pause(1.0)
                continue
            if self.stuck >= self.concurrency:
                logger.critical("Worker %s has no thread left that answers, and stops.", self.worker_id)
                self.stop()
            if taken and not self.more:
                await asyncio.sleep(GATHER_SECONDS)
            elif not taken or len(self.running) >= self.concurrency:
                await self.pause(self.backend.poll_seconds * random.uniform(0.8, 1.2))  # noqa: S311 - no secret

    # hot path: benchmarks/tasks.py
    async def claim(self) -> int:
        """Fill the free places; return how many tasks were taken."""
        free = self.concurrency - len(self.running)
        if len(self.ends) + len(self.storing) > BACKLOG:
            free = 0
        if free <= 0 or not self.queues:
            self.more = free <= 0
            return 0
        claims = await self.store.claim(self.worker_id, self.queues, free, self.lease_seconds)
        self.more = len(claims) == free
        create = asyncio.get_running_loop().create_task
        for claim in claims:
            if claim.id in self.running:  # it was rescued from this worker, which goes on with it
                self.running[claim.id].cancel("lost")
            running = self.running[claim.id] = Running(claim)
            running.task = create(self.perform(running))
        return len(claims)

    # -- running ----------------------------------------------------------------------------------------------------

    # hot path: benchmarks/tasks.py
    async def perform(self, running: Running) -> None:
        """Run a task and hand over how it ended."""
        outcome: Outcome | None = None
        try:
            outcome = await self.attempt(running)
        except asyncio.CancelledError:
            outcome = self.outcome_of_cancel(running)
        except TaskLeaseLost:
            self.note_lost(running)
        except Stuck:
            self.stuck += 1
            outcome = self.outcome_of_stuck(running)
        except Exception as error:
            logger.exception("Worker %s: task %s could not be run.", self.worker_id, running.claim.id)
            outcome = Outcome("failed", error=TaskError.of(error))
        if self.running.get(running.claim.id) is running:
            del self.running[running.claim.id]
        if outcome is not None:
            self.ends.append((running, outcome))
            self.ended.set()
        if self.more or self.stopping or not self.running:
            self.wake.set()

    # hot path: benchmarks/tasks.py
    async def attempt(self, running: Running) -> Outcome | None:
        """Run one attempt; None: its end is stored already."""
        claim = running.claim
        state = claim.state
        if state.message.expires_at is not None and state.message.expires_at <= utc_now():
            text = f"The task expired at {state.message.expires_at}."
            return Outcome("cancelled", error=TaskError("manoir.exceptions.TaskCancelled", text, text))
        try:
            report = functools.partial(self.backend.store.report, claim)
            prepared = prepare(self.backend, state, attempt=state.attempts - claim.lost, report=report)
        except TaskMessageError as error:
            logger.error("Task %s is put aside: %s", claim.id, error)
            return put_aside(error)
        running.context = prepared.context
        options = prepared.task.options
        if options.unique and options.unique_until == "start":
            await self.store.release_key(claim)
        if task_started.has_listeners(type(self.backend)):
            await task_started.asend_robust(type(self.backend), task_result=prepared.result)
        if not options.atomic:
            return (await run_attempt(prepared))[0]
        async with self.transactions:
            settle = functools.partial(self.settle, claim)
            outcome, settled = await run_attempt(prepared, settle=settle, using=self.backend.database)
        if not settled:
            return outcome
        self.stats.finished += 1
        await self.tell_finished(claim)
        return None

    async def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Store the success of a task inside of its own transaction.

        Raises:
            TaskLeaseLost: another worker has it; the transaction is rolled back.
        """
        if not await self.backend.store.end([ending_of(claim, outcome)]):
            raise TaskLeaseLost(f"The lease of {claim.id} was lost.")

    def outcome_of_cancel(self, running: Running) -> Outcome | None:
        """Return how a task ended that was cancelled from here."""
        if running.reason == "lost":
            self.note_lost(running)
            return None
        if running.reason == "cancelled":
            return Outcome("cancelled")
        return Outcome("released")

    def outcome_of_stuck(self, running: Running) -> Outcome:
        name = running.claim.state.message.name
        logger.critical("Task %s (%s) goes on beyond its time_limit and keeps a thread.", name, running.claim.id)
        text = "The task ran longer than its time_limit. Its thread did not end, and may still do things."
        return Outcome("failed", error=TaskError(f"manoir.exceptions.{TimeLimitExceeded.__name__}", text, text))

    def note_lost(self, running: Running) -> None:
        """Log that another worker has the task; nothing is stored."""
        self.stats.lost += 1
        logger.warning(
            "Worker %s lost the lease of %s (%s): what the task did not commit itself is given up.",
            self.worker_id,
            running.claim.state.message.name,
            running.claim.id,
        )

    # -- storing ----------------------------------------------------------------------------------------------------

    async def _store_ends(self) -> None:
        """Store what has ended, as much at once as came while the last statement ran."""
        while True:
            while self.storing or self.ends:
                await self.store_batch()
                await asyncio.sleep(GATHER_SECONDS)
            self.ended.clear()
            await self.ended.wait()

    # hot path: benchmarks/tasks.py
    async def store_batch(self) -> None:
        """Store a batch; after an error it is still in `storing` and is tried again."""
        if not self.storing:
            self.storing, self.ends = self.ends[:ENDINGS_A_STATEMENT], self.ends[ENDINGS_A_STATEMENT:]
        batch = self.storing
        endings: list[Ending] = [ending_of(running.claim, outcome) for running, outcome in batch]
        held = await self.store.end(endings)
        self.storing = []
        if self.more:
            self.wake.set()
        for running, outcome in batch:
            if running.claim.id not in held:
                self.note_lost(running)
                continue
            if outcome.kind == "successful":
                self.stats.finished += 1
            elif outcome.kind in ("failed", "retry"):
                self.stats.failed += 1
                self.stats.retried += outcome.kind == "retry"
            if outcome.kind == "retry":
                self.look_at_clock.set()
                self.wake.set()
            elif outcome.kind != "released":
                await self.tell_finished(running.claim)

    async def tell_finished(self, claim: Claim) -> None:
        """Send `task_finished`, if anybody listens."""
        kind = type(self.backend)
        if task_finished.has_listeners(kind):
            try:
                result: TaskResult[Any] = await self.backend.aget_result(claim.id)
            except Exception:  # pruned, or of a task that is not registered
                return
            await task_finished.asend_robust(kind, task_result=result)

    # -- signs of life ----------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        """Renew leases; cancel what was cancelled or lost."""
        while True:
            await asyncio.sleep(self.lease_seconds / 4)
            await self.beat()

    async def beat(self) -> None:
        """Give one sign of life."""
        claims = [one.claim for one in self.running.values()]
        claims += [running.claim for running, _ in (*self.storing, *self.ends)]
        if claims:
            held = await self.store.renew(claims, self.lease_seconds)
            for claim in claims:
                running = self.running.get(claim.id)
                if running is None or running.claim is not claim:
                    continue
                if claim.id not in held:
                    running.cancel("lost")
                elif held[claim.id]:
                    running.cancel("cancelled")
        await self.announce()

    async def announce(self) -> None:
        """Store this worker's row."""
        await self.store.announce(
            [
                self.worker_id,
                socket.gethostname()[:255],
                os.getpid(),
                " ".join(self.chosen_queues),
                self.concurrency,
                self.started_at,
                len(self.running),
                self.stats.finished,
                self.stats.failed,
                self.stopping,
            ]
        )


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended: what they call may lose a cancellation."""
    remaining = set(tasks)
    while remaining:
        for one in remaining:
            one.cancel()
        _, remaining = await asyncio.wait(remaining, timeout=1.0)
    await asyncio.gather(*tasks, return_exceptions=True)


def next_pause(last: float, ran: float) -> float:
    """Return how long a job waits before it begins again, in seconds.

    Args:
        last: the pause before; 0: there was none.
        ran: how long the job went well; after the longest pause what was before is forgotten.
    """
    return FIRST_PAUSE if not last or ran > LONGEST_PAUSE else min(last * 2, LONGEST_PAUSE)

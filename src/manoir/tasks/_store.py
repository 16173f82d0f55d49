"""The steps that the database backend and its workers take in the table of tasks, whatever the database.

SQL stands in `_store_postgresql` and `_store_sqlite`, and here what both understand: claiming rows that others skip is no
query of the ORM. Every text is a constant, every value is bound.
"""

from __future__ import annotations

import datetime as dt
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from manoir.db import Connection
from manoir.exceptions import DatabaseError, InterfaceError
from manoir.tasks._message import TaskMessage
from manoir.tasks._result import KEPT_ERRORS, Progress, TaskError, TaskResultStatus, TaskState
from manoir.tasks._running import Outcome

CHANNEL: Final = "manoir_tasks"
"""Where PostgreSQL tells workers: the name of a queue with a new task, or `!` and the id of one to cancel."""
TROUBLE: Final = (DatabaseError, InterfaceError, OSError, TimeoutError)
"""What a database that is restarted or out of reach makes of a statement; whoever works on tasks tries again."""
NO_ERRORS: Final = "[]"
COLUMNS: Final = (
    "id, name, arguments, queue, priority, status, enqueued_at, run_at, expires_at, unique_key, schedule, lease,"
    " attempts, lost, started_at, last_attempted_at, finished_at, worker_ids, cancel_requested, result, errors, progress"
)
INSERTED: Final = (
    "id, name, arguments, queue, priority, status, enqueued_at, run_at, expires_at, unique_key, schedule,"
    " attempts, lost, worker_ids, cancel_requested, errors"
)
COUNTED_TO: Final = 10_000
"""Ended tasks are counted up to here: there may be millions."""
# Each part names the rows of one index as the index does, which has only these.
CENSUS: Final = " UNION ALL ".join(
    (
        *(
            f"SELECT status, queue, count(*), min(run_at) FROM manoir_task WHERE {rows} GROUP BY status, queue"  # noqa: S608
            for rows in (
                "status = 'SCHEDULED'",
                "status = 'READY'",
                "status = 'RUNNING'",
                "status = 'OUTBOX'",
                "status IN ('PUBLISHED', 'TAKEN')",
            )
        ),
        *(
            f"SELECT '{status}', NULL, count(*), NULL FROM (SELECT 1 FROM manoir_task WHERE status = '{status}'"  # noqa: S608
            f" AND finished_at IS NOT NULL LIMIT {COUNTED_TO}) AS ended"
            for status in ("SUCCESSFUL", "FAILED", "CANCELLED")
        ),
    )
)
PUBLIC_STATUS: Final = {
    "SCHEDULED": TaskResultStatus.READY,
    "READY": TaskResultStatus.READY,
    "RUNNING": TaskResultStatus.RUNNING,
    "OUTBOX": TaskResultStatus.READY,
    "PUBLISHED": TaskResultStatus.READY,
    "TAKEN": TaskResultStatus.RUNNING,
    "SUCCESSFUL": TaskResultStatus.SUCCESSFUL,
    "FAILED": TaskResultStatus.FAILED,
    "CANCELLED": TaskResultStatus.CANCELLED,
}
ERRORS: Final[msgspec.json.Decoder[list[TaskError]]] = msgspec.json.Decoder(list[TaskError])
PROGRESS: Final[msgspec.json.Decoder[Progress]] = msgspec.json.Decoder(Progress)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many tasks stand alike.

    Attributes:
        status: one of `TaskStatus`.
        queue: where they wait or run; None: they have ended, wherever they waited.
        count: how many; of those that have ended 10,000 at most.
        oldest: the earliest moment at which one of them could run; None: they have ended.
    """

    status: str
    queue: str | None
    count: int
    oldest: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A task that a worker has taken.

    Attributes:
        state: the task.
        lease: the number to show when its end is stored; nobody else has it.
        lost: how many attempts ended with their worker.
    """

    state: TaskState
    lease: int
    lost: int

    @property
    def id(self) -> str:
        """The id of the task."""
        return self.state.message.id


@dataclass(frozen=True, slots=True)
class Ending:
    """What is stored at the end of an attempt, in the words of the table.

    Attributes:
        id: of the task.
        lease: its worker's number.
        status: where it stands now.
        finished: it has ended for good.
        given_back: the attempt does not count.
        result: what it returned.
        errors: all of them, as JSON.
        run_at: when it runs again; None: it does not.
    """

    id: str
    lease: int
    status: str
    finished: bool
    given_back: bool
    result: str | None
    errors: str
    run_at: dt.datetime | None


# hot path: benchmarks/tasks.py
def ending_of(claim: Claim, outcome: Outcome) -> Ending:
    """Return what is stored for an outcome."""
    if outcome.kind == "successful" and not claim.state.errors:
        return Ending(claim.id, claim.lease, "SUCCESSFUL", True, False, outcome.result, NO_ERRORS, None)
    errors = claim.state.errors if outcome.error is None else [*claim.state.errors, outcome.error]
    text = msgspec.json.encode(errors[-KEPT_ERRORS:]).decode()
    finished = outcome.kind in ("successful", "failed", "cancelled")
    status = outcome.kind.upper() if finished else "READY"
    run_at = outcome.run_at
    if run_at is not None and run_at > dt.datetime.now(dt.UTC):
        status = "SCHEDULED"
    return Ending(claim.id, claim.lease, status, finished, outcome.kind == "released", outcome.result, text, run_at)


class TaskStore(ABC):
    """The table of tasks on one database.

    Args:
        connection: the database.
        alias: of the backend in TASKS.
    """

    def __init__(self, connection: Connection, alias: str) -> None:
        self.connection = connection
        self.alias = alias

    # -- asking -----------------------------------------------------------------------------------------------------

    @abstractmethod
    async def insert(self, messages: Sequence[TaskMessage], *, durable: bool = True) -> set[str]:
        """Add rows in the transaction of this context, and return the ids of those that were not there already.

        Args:
            messages: what was asked for.
            durable: wait until the disk has them, where there is no transaction around that decides about it.
        """

    @abstractmethod
    async def holder_of(self, unique_key: str) -> str | None:
        """Return the id of the waiting or running task with a key."""

    @abstractmethod
    async def find(self, ids: Sequence[str]) -> list[TaskState]:
        """Return the tasks with these ids, in any order."""

    @abstractmethod
    async def cancel(self, task_id: str) -> str | None:
        """Cancel a waiting task, or ask the worker of a running one to; return where it stands now, None if it ended."""

    @abstractmethod
    async def retry(self, task_id: str) -> bool:
        """Let a task that failed or was cancelled wait again, as if new."""

    # -- working ----------------------------------------------------------------------------------------------------

    @abstractmethod
    async def claim(self, worker_id: str, queues: Sequence[str], limit: int, lease_seconds: float) -> list[Claim]:
        """Take up to `limit` tasks of the queues: the highest priority first, then those that wait longest."""

    @abstractmethod
    async def end(self, endings: Sequence[Ending]) -> set[str]:
        """Store how attempts ended, and return the ids of those whose lease was still the worker's."""

    @abstractmethod
    async def renew(self, claims: Sequence[Claim], lease_seconds: float) -> dict[str, bool]:
        """Prolong leases; return for each one that is still held whether its task is to be cancelled."""

    @abstractmethod
    async def release_key(self, claim: Claim) -> None:
        """Let others wait with the unique key of a task that runs."""

    @abstractmethod
    async def report(self, claim: Claim, progress: Progress) -> None:
        """Store how far a task has come, if the lease is still held."""

    @abstractmethod
    async def rescue(self, max_lost: int) -> list[tuple[str, str]]:
        """Take tasks whose lease has ended from their workers; return their ids, and where they stand now.

        A task that was lost more than `max_lost` times fails: it probably kills its workers.
        """

    @abstractmethod
    async def promote(self) -> float | None:
        """Let scheduled tasks wait whose moment has come; return the seconds until the next one's, None without one."""

    @abstractmethod
    async def queue_names(self) -> list[str]:
        """Return the names of queues in which tasks wait."""

    @abstractmethod
    async def prune(self, keep_seconds: dict[str, float], limit: int) -> int:
        """Delete up to `limit` tasks that ended longer ago than is kept for their status; return how many."""

    # -- workers and the clock --------------------------------------------------------------------------------------

    @abstractmethod
    async def announce(self, values: Sequence[Any]) -> None:
        """Store the row of a worker that lives."""

    @abstractmethod
    async def farewell(self, worker_id: str | None, older_than: float) -> None:
        """Delete the row of a worker, and those of workers that were not seen for some seconds."""

    @abstractmethod
    async def lead(self, holder: str, seconds: float) -> bool:
        """Become or stay the one that watches the clock for some seconds; False: another one does."""

    @abstractmethod
    async def read_schedules(self) -> dict[str, tuple[str, dt.datetime]]:
        """Return how each schedule was written, and how far it has come."""

    @abstractmethod
    async def move_schedule(self, name: str, written: str, before: dt.datetime | None, after: dt.datetime) -> bool:
        """Note how far a schedule has come, unless somebody else did since; None: it was never seen before."""

    async def census(self) -> list[Counted]:
        """Count tasks by status, and by queue those that have not ended, in one statement."""
        return [
            Counted(row[0], row[1], row[2], row[3] and self.moment(row[3]))
            for row in await self.connection.fetch(CENSUS)
        ]

    # -- shared by databases ----------------------------------------------------------------------------------------

    def new_lease(self) -> int:
        """Return a number that nobody guesses and no other claim has."""
        return secrets.randbits(62)

    # hot path: benchmarks/tasks.py
    def state_of(self, row: Any) -> TaskState:
        """Return the state that a row of `COLUMNS` tells."""
        moment = self.moment
        message = TaskMessage(
            id=self.to_id(row[0]),
            name=row[1],
            arguments=row[2],
            queue=row[3],
            priority=row[4],
            enqueued_at=moment(row[6]),
            run_at=moment(row[7]),
            expires_at=row[8] and moment(row[8]),
            unique_key=row[9],
            backend=self.alias,
            schedule=row[10],
        )
        return TaskState(
            message=message,
            status=PUBLIC_STATUS[row[5]],
            attempts=row[12],
            started_at=row[14] and moment(row[14]),
            last_attempted_at=row[15] and moment(row[15]),
            finished_at=row[16] and moment(row[16]),
            worker_ids=row[17].split(),
            cancel_requested=bool(row[18]),
            result=row[19],
            errors=[] if row[20] == NO_ERRORS else errors_in(row[20]),
            progress=None if row[21] is None else progress_in(row[21]),
        )

    def claims_of(self, rows: Iterable[Any]) -> list[Claim]:
        """Return claims in the order in which they are to run."""
        claims = [Claim(self.state_of(row), row[11], row[13]) for row in rows]
        claims.sort(key=lambda claim: (-claim.state.message.priority, claim.state.message.run_at, claim.id))
        return claims

    @abstractmethod
    def to_id(self, value: Any) -> str:
        """Return an id of a row as messages have it."""

    @abstractmethod
    def moment(self, value: Any) -> dt.datetime:
        """Return a moment of a row, in UTC."""


def errors_in(text: str) -> list[TaskError]:
    """Return the errors that a row tells; of a text that is none, one that says so.

    A row may come from anybody who can write to the table: it must not end the worker that has taken it, or a page (H46).
    """
    try:
        return ERRORS.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        words = "The errors of earlier attempts cannot be read: somebody else wrote into the table."
        return [TaskError("manoir.exceptions.TaskMessageError", words, words)]


def progress_in(text: str) -> Progress | None:
    """Return the progress that a row tells; None for a text that is none."""
    try:
        return PROGRESS.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def lost_error(max_lost: int) -> TaskError:
    """Return the error of a task that was lost too often."""
    text = f"The worker that ran this task was lost {max_lost + 1} times: the task probably kills its workers."
    return TaskError("manoir.exceptions.WorkerLost", text, text)

"""What a page about tasks is told: counts, queues, rows of lists, details, workers, schedules."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from manoir.tasks._result import Progress, TaskError


@dataclass(frozen=True, slots=True)
class QueueInfo:
    """A queue.

    Attributes:
        name: of the queue.
        ready: tasks that wait for a worker.
        scheduled: tasks that wait for their moment.
        running: tasks that run.
        oldest_seconds: how long the oldest ready task has waited; None: none waits.
    """

    name: str
    ready: int
    scheduled: int
    running: int
    oldest_seconds: float | None


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """How many tasks stand where.

    Attributes:
        counts: tasks by their status; of those that have ended 10,000 at most are counted.
        queues: in order of their names.
    """

    counts: dict[str, int]
    queues: list[QueueInfo]


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in a list.

    Attributes:
        id: of the task.
        name: of the task in the registry.
        queue: where it waits.
        status: one of `TaskStatus`.
        priority: larger numbers run first.
        enqueued_at: when it was asked for.
        run_at: not before this moment.
        started_at: when its first attempt began.
        finished_at: when it ended for good.
        attempts: how many attempts have begun.
        worker: the worker that ran it last; "" before.
        schedule: whose tick it is; None: somebody asked for it.
        error: class and message of the latest error; "" without one.
        progress: how far it said it has come.
        cancel_requested: its worker has been asked to cancel it.
        can_cancel: it has not ended.
        can_retry: it failed or was cancelled.
    """

    id: str
    name: str
    queue: str
    status: str
    priority: int
    enqueued_at: dt.datetime
    run_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    attempts: int
    worker: str
    schedule: str | None
    error: str
    progress: Progress | None
    cancel_requested: bool
    can_cancel: bool
    can_retry: bool


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some tasks.

    Attributes:
        rows: the tasks.
        after: what to give `atasks` for the next page; None: this is the last.
    """

    rows: list[TaskRow]
    after: str | None


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """All about one task.

    Attributes:
        row: what a list shows.
        args: positional arguments, each as Python writes it, shortened.
        kwargs: keyword arguments, the same.
        result: what it returned, as Python writes it, shortened; None: nothing yet.
        errors: of its attempts, oldest first.
        worker_ids: the workers that ran it.
    """

    row: TaskRow
    args: list[str]
    kwargs: dict[str, str]
    result: str | None
    errors: list[TaskError]
    worker_ids: list[str]


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker.

    Attributes:
        id: its name.
        host: the machine.
        pid: its process there.
        queues: it works on; empty: all.
        concurrency: how many tasks it runs at once.
        running: how many it runs.
        finished: tasks that ended well there.
        failed: attempts that failed there.
        started_at: when it began.
        seen_at: its last sign of life.
        alive: the sign of life is not older than a lease.
        stopping: it takes no more tasks.
    """

    id: str
    host: str
    pid: int
    queues: list[str]
    concurrency: int
    running: int
    finished: int
    failed: int
    started_at: dt.datetime
    seen_at: dt.datetime
    alive: bool
    stopping: bool


@dataclass(frozen=True, slots=True)
class ScheduleInfo:
    """A schedule.

    Attributes:
        name: of the schedule.
        task: that it runs.
        written: the schedule as text.
        last_tick: the latest tick that was enqueued; None: no worker has seen it yet.
        next_tick: the next one.
    """

    name: str
    task: str
    written: str
    last_tick: dt.datetime | None
    next_tick: dt.datetime

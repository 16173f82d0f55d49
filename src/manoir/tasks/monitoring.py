"""What a page about tasks shows and does: queues, tasks, workers, schedules; repeat, cancel, purge.

Everything here is without permissions: whoever calls it has checked them. It reads the tables of `DatabaseBackend` (and
of backends that keep their tasks there), in steps whose cost does not grow with the number of tasks that have ended.

Each function has its plain twin: `queues()` for `aqueues()`.

Example:
    >>> page = await atasks(status="FAILED")
    >>> [row.name for row in page.rows]
    []
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, cast

from manoir.bridge import blocking_function
from manoir.exceptions import TaskMessageError
from manoir.models import Q
from manoir.tasks._base import read_arguments
from manoir.tasks._database import DatabaseBackend, is_id
from manoir.tasks._handler import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from manoir.tasks._message import utc_now
from manoir.tasks._monitored import (
    QueueInfo,
    ScheduleInfo,
    TaskDetail,
    TaskPage,
    TaskRow,
    TaskSummary,
    WorkerInfo,
)
from manoir.tasks._planned import planned
from manoir.tasks._result import TaskState
from manoir.tasks._store import Counted, errors_in, progress_in
from manoir.tasks.models import QueuedTask, ScheduleState, TaskStatus, TaskWorker

__all__ = [
    "QueueInfo",
    "ScheduleInfo",
    "TaskDetail",
    "TaskPage",
    "TaskRow",
    "TaskSummary",
    "WorkerInfo",
    "acancel",
    "aoverview",
    "apurge",
    "aqueues",
    "aretry",
    "arun_now",
    "aschedules",
    "asummary",
    "atask",
    "atasks",
    "aworkers",
    "cancel",
    "overview",
    "purge",
    "queues",
    "retry",
    "run_now",
    "schedules",
    "summary",
    "task",
    "tasks",
    "workers",
]

LARGEST_PAGE: Final = 200
ENDED: Final = ("SUCCESSFUL", "FAILED", "CANCELLED")
READY: Final = ("READY", "OUTBOX", "PUBLISHED")
RUNNING: Final = ("RUNNING", "TAKEN")


def database_backend(alias: str) -> DatabaseBackend:
    backend = task_backends[alias]
    if not isinstance(backend, DatabaseBackend):
        raise TypeError(f"TASKS[{alias!r}] is a {type(backend).__name__}, which keeps no tasks in the database.")
    return backend


def rows_of(backend: DatabaseBackend) -> Any:
    return cast(Any, QueuedTask.objects).using(backend.database)


async def asummary(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> TaskSummary:
    """Count tasks by status and by queue, in one statement however many queues there are.

    Args:
        backend: alias in TASKS.
    """
    found = database_backend(backend)
    counted = await found.store.census()
    counts = dict.fromkeys(TaskStatus.values, 0)
    parts: dict[str, list[Counted]] = {name: [] for name in found.queues}
    for one in counted:
        counts[one.status] += one.count
        if one.queue is not None:
            parts.setdefault(one.queue, []).append(one)
    return TaskSummary(counts, [queue_of(name, parts[name]) for name in sorted(parts)])


def queue_of(name: str, counted: Sequence[Counted]) -> QueueInfo:
    """Return what is told of a queue."""
    waits = [seconds_since(one.oldest) for one in counted if one.status in READY and one.oldest is not None]
    return QueueInfo(
        name,
        ready=sum(one.count for one in counted if one.status in READY),
        scheduled=sum(one.count for one in counted if one.status == "SCHEDULED"),
        running=sum(one.count for one in counted if one.status in RUNNING),
        oldest_seconds=max(waits, default=None),
    )


async def aoverview(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> dict[str, int]:
    """Count tasks by status; those that have ended up to 10,000 of each.

    Args:
        backend: alias in TASKS.

    Returns:
        A number for each name of `TaskStatus`.
    """
    return (await asummary(backend)).counts


async def aqueues(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> list[QueueInfo]:
    """Return the queues with what waits and runs in them, in order of their names.

    Args:
        backend: alias in TASKS.
    """
    return (await asummary(backend)).queues


def seconds_since(moment: dt.datetime) -> float:
    return max(0.0, (utc_now() - (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))).total_seconds())


async def atasks(
    *,
    status: str | Collection[str] | None = None,
    queue: str | None = None,
    name: str | None = None,
    schedule: str | None = None,
    after: str | None = None,
    size: int = 50,
    backend: str = DEFAULT_TASK_BACKEND_ALIAS,
) -> TaskPage:
    """Return some tasks, those that were asked for last first.

    Args:
        status: one of `TaskStatus`, or several; None: any.
        queue: its name; None: any.
        name: of the task, or the beginning of it; None: any.
        schedule: name of a schedule whose ticks are wanted; None: all tasks.
        after: `TaskPage.after` of the page before; None: the first page.
        size: tasks on a page, 1 to 200.
        backend: alias in TASKS.

    Raises:
        ValueError: `status`, `after` or `size` is none.
    """
    if not 1 <= size <= LARGEST_PAGE:
        raise ValueError(f"size is {size}, but has to be 1 to {LARGEST_PAGE}.")
    if after is not None and not is_id(after):
        raise ValueError(f"after is {after[:60]!r}, which no page gave.")
    chosen = rows_of(database_backend(backend)).order_by("-id").defer("arguments", "result")
    if status is not None:
        chosen = chosen.filter(standing(status))
    wanted = {"queue": queue, "schedule": schedule, "name__startswith": name, "id__lt": after}
    chosen = chosen.filter(**{lookup: value for lookup, value in wanted.items() if value is not None})
    found = [row_of(row) async for row in chosen[: size + 1]]
    return TaskPage(found[:size], found[size - 1].id if len(found) > size else None)


def standing(status: str | Collection[str]) -> Q:
    """Return the condition that tasks stand in one of some ways, in the words of the indexes that have only these rows.

    Raises:
        ValueError: there is no such status, or none is named.
    """
    if not status:
        raise ValueError("status names nothing; None is any.")
    condition = Q()
    for one in (status,) if isinstance(status, str) else status:
        if one not in TaskStatus.values:
            raise ValueError(f"status is {one!r}, but has to be one of {', '.join(TaskStatus.values)}.")
        condition |= Q(status=one, finished_at__isnull=False) if one in ENDED else Q(status=one)
    return condition


def row_of(row: QueuedTask) -> TaskRow:
    """Return what a list shows of a row."""
    status = str(cast(Any, row.status).value if hasattr(row.status, "value") else row.status)
    errors = errors_in(row.errors)
    latest = errors[-1] if errors else None
    return TaskRow(
        id=str(row.id),
        name=row.name,
        queue=row.queue,
        status=status,
        priority=row.priority,
        enqueued_at=row.enqueued_at,
        run_at=row.run_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        attempts=row.attempts,
        worker=row.worker_ids.rpartition(" ")[2],
        schedule=row.schedule,
        error=f"{latest.exception_class_path.rpartition('.')[2]}: {latest.message[:200]}" if latest else "",
        progress=progress_in(row.progress) if row.progress else None,
        cancel_requested=row.cancel_requested,
        can_cancel=row.finished_at is None,
        can_retry=status in (TaskStatus.FAILED, TaskStatus.CANCELLED),
    )


async def atask(task_id: str, *, backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> TaskDetail:
    """Return all about one task.

    Args:
        task_id: its id.
        backend: alias in TASKS.

    Raises:
        TaskResultDoesNotExist: there is none.
    """
    found = database_backend(backend)
    state = await found.aread(task_id)
    row = await rows_of(found).aget(pk=task_id)
    args, kwargs = shown_arguments(state)
    return TaskDetail(row_of(row), args, kwargs, shown_result(found, state), list(state.errors), list(state.worker_ids))


def shown_arguments(state: TaskState) -> tuple[list[str], dict[str, str]]:
    """Return arguments for people; what cannot be read is shown as the text it is."""
    try:
        args, kwargs = read_arguments(state.message)
    except TaskMessageError:
        return [shortened(state.message.arguments)], {}
    return [shortened(one) for one in args], {key[:100]: shortened(value) for key, value in kwargs.items()}


def shown_result(backend: DatabaseBackend, state: TaskState) -> str | None:
    if state.result is None:
        return None
    try:
        return shortened(backend.read_result(state))
    except TaskMessageError:
        return shortened(state.result)


def shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 500 else f"{text[:499]}…"


async def aworkers(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> list[WorkerInfo]:
    """Return the workers that live, and those that did within the last minutes.

    Args:
        backend: alias in TASKS.
    """
    found = database_backend(backend)
    return [
        WorkerInfo(
            one.id,
            one.host,
            one.pid,
            one.queues.split(),
            one.concurrency,
            one.running,
            one.finished,
            one.failed,
            one.started_at,
            one.seen_at,
            seconds_since(one.seen_at) <= found.lease_seconds,
            one.stopping,
        )
        async for one in cast(Any, TaskWorker.objects).using(found.database).order_by("id")[:1000]
    ]


async def aschedules(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> list[ScheduleInfo]:
    """Return the schedules, in order of their names.

    Args:
        backend: alias in TASKS.
    """
    found = database_backend(backend)
    known = {one.name: one async for one in cast(Any, ScheduleState.objects).using(found.database).all()}
    now = utc_now()
    return [
        ScheduleInfo(
            plan.name,
            plan.task.full_name,
            str(plan.schedule),
            known[plan.name].last_tick if plan.name in known else None,
            plan.schedule.after(now),
        )
        for plan in planned(found)
    ]


async def acancel(ids: Sequence[str], *, backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> int:
    """Cancel tasks: at once those that wait, soon those that run.

    Args:
        ids: of the tasks.
        backend: alias in TASKS.

    Returns:
        How many had not ended yet.
    """
    return await count_true(task_backends[backend].acancel(one) for one in ids)


async def aretry(ids: Sequence[str], *, backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> int:
    """Let tasks that failed or were cancelled wait again, as if new.

    Args:
        ids: of the tasks.
        backend: alias in TASKS.

    Returns:
        How many stood so.
    """
    return await count_true(task_backends[backend].aretry(one) for one in ids)


async def count_true(answers: Iterable[Any]) -> int:
    count = 0
    for answer in answers:
        count += await answer
    return count


async def arun_now(schedule: str, *, backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> str:
    """Enqueue the task of a schedule now, beside its ticks.

    Args:
        schedule: its name.
        backend: alias in TASKS.

    Returns:
        The id of the task.

    Raises:
        LookupError: there is no such schedule.
    """
    found = task_backends[backend]
    for plan in planned(found):
        if plan.name == schedule:
            return (await found.aenqueue(plan.task, plan.args, plan.kwargs)).id
    raise LookupError(f"TASKS[{backend!r}] has no schedule {schedule[:100]!r}.")


async def apurge(
    *,
    status: str,
    queue: str | None = None,
    name: str | None = None,
    backend: str = DEFAULT_TASK_BACKEND_ALIAS,
) -> int:
    """Delete tasks that wait or have ended; those that run are left alone.

    Args:
        status: one of `TaskStatus`, but not RUNNING.
        queue: its name; None: any.
        name: of the task; None: any.
        backend: alias in TASKS.

    Returns:
        How many were deleted.

    Raises:
        ValueError: `status` is none, or RUNNING.
    """
    allowed = [value for value in TaskStatus.values if value not in RUNNING]
    if status not in allowed:
        raise ValueError(f"status is {status!r}, but has to be one of {', '.join(allowed)}.")
    found = database_backend(backend)
    condition = Q(status=status)
    if queue is not None:
        condition &= Q(queue=queue)
    if name is not None:
        condition &= Q(name=name)
    deleted, _ = await rows_of(found).filter(condition).adelete()
    return deleted


summary = blocking_function(asummary)
overview = blocking_function(aoverview)
queues = blocking_function(aqueues)
tasks = blocking_function(atasks)
task = blocking_function(atask)
workers = blocking_function(aworkers)
schedules = blocking_function(aschedules)
cancel = blocking_function(acancel)
retry = blocking_function(aretry)
run_now = blocking_function(arun_now)
purge = blocking_function(apurge)

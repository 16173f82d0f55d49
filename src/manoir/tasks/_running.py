"""One attempt: from a message to an outcome. Workers of every backend call this, and store the outcome."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from manoir.bridge import run_sync, to_thread
from manoir.db import DEFAULT_DB_ALIAS, transaction
from manoir.exceptions import (
    Retry,
    TaskArgumentError,
    TaskCancelled,
    TaskLeaseLost,
    TaskMessageError,
    TimeLimitExceeded,
)
from manoir.tasks._base import BaseTaskBackend, read_arguments
from manoir.tasks._context import Report, TaskContext
from manoir.tasks._limits import Interruptible, Stuck, within_limits
from manoir.tasks._message import as_utc, utc_now
from manoir.tasks._options import TaskOptions
from manoir.tasks._registry import registry
from manoir.tasks._result import TaskError, TaskResult, TaskState
from manoir.tasks._task import Task
from manoir.tasks._values import dumps

logger = logging.getLogger("manoir.tasks")

OutcomeKind: TypeAlias = Literal["successful", "failed", "retry", "cancelled", "released"]
NOTHING: Final = "null"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended.

    Attributes:
        kind: "successful"; "failed" for good; "retry": it runs again at `run_at`; "cancelled"; "released": the worker
            stops and gives the task back as if it had not been begun.
        result: what it returned, as text of `_values`.
        error: what it raised.
        run_at: when it runs again.
    """

    kind: OutcomeKind
    result: str | None = None
    error: TaskError | None = None
    run_at: dt.datetime | None = None


SUCCESS: Final = Outcome("successful", NOTHING)

Settle: TypeAlias = Callable[[Outcome], Awaitable[None]]
"""Stores that a task was successful, inside of the task's own transaction; raises `TaskLeaseLost` to roll it back."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message that was understood.

    Attributes:
        task: the registered task.
        args: positional arguments, without the context.
        kwargs: keyword arguments.
        result: the task as it stands, for the context and the signals.
        context: of this attempt.
    """

    task: Task[..., Any]
    args: list[Any]
    kwargs: dict[str, Any]
    result: TaskResult[Any]
    context: TaskContext


# hot path: benchmarks/tasks.py
def prepare(backend: BaseTaskBackend, state: TaskState, *, attempt: int, report: Report | None = None) -> Prepared:
    """Find the task of a message and check its arguments.

    Args:
        backend: where the message came from.
        state: the message, and how it stands.
        attempt: number of the attempt that begins, from 1.
        report: stores what the task says about its progress.

    Raises:
        TaskMessageError: the name is not registered, or the arguments are not those of the task. The message is to be
            put aside: nothing of it is run.
    """
    message = state.message
    task = registry[message.name]
    args, kwargs = read_arguments(message)
    result = TaskResult(task, backend, state, args, kwargs)
    try:
        bound_args, bound_kwargs = task.arguments.bind(args, kwargs) if args or kwargs else ([], {})
        if not args and not kwargs:
            task.arguments.bound((), {})
    except TaskArgumentError as error:
        raise TaskMessageError(str(error)) from error
    context = TaskContext(message, attempt, result, report, task.options.retries)
    return Prepared(task, bound_args, bound_kwargs, result, context)


def put_aside(error: TaskMessageError) -> Outcome:
    """Return the outcome of a message that cannot be run: failed for good, without a traceback of ours."""
    kind = type(error)
    return Outcome("failed", error=TaskError(f"{kind.__module__}.{kind.__qualname__}", str(error), str(error)[:1_000]))


async def run_attempt(
    prepared: Prepared,
    *,
    settle: Settle | None = None,
    using: str = DEFAULT_DB_ALIAS,
    in_threads: bool = True,
) -> tuple[Outcome, bool]:
    """Run a task once.

    Args:
        prepared: what to run.
        settle: for tasks with `atomic=True`: stores their success inside of their transaction.
        using: alias of the database of that transaction.
        in_threads: `def` tasks run in a thread; False: where sync code of this context runs.

    Returns:
        The outcome, and whether `settle` has stored it.

    Raises:
        asyncio.CancelledError: the task was cancelled from outside (a worker that stops).
        TaskLeaseLost: `settle` said that the task belongs to another worker now.
        Stuck: the task goes on beyond its hard limit.
    """
    try:
        if prepared.task.options.atomic and settle is not None:
            async with transaction.atomic(using=using):
                outcome = success(prepared, await call(prepared, in_threads=in_threads))
                await settle(outcome)
            return outcome, True
        return success(prepared, await call(prepared, in_threads=in_threads)), False
    except (TaskLeaseLost, Stuck):
        raise
    except TaskCancelled as error:
        return Outcome("cancelled", error=TaskError.of(error)), False
    except asyncio.CancelledError as error:
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            raise
        return failure(prepared, error), False  # the task cancelled itself
    except (KeyboardInterrupt, SystemExit) as error:
        return failure(prepared, RuntimeError(f"The task raised {type(error).__name__}.")), False
    except BaseException as error:
        return failure(prepared, error), False


# hot path: benchmarks/tasks.py
async def call(prepared: Prepared, *, in_threads: bool) -> Any:
    """Call the function of the task, within its limits."""
    task, options = prepared.task, prepared.task.options
    args = [prepared.context, *prepared.args] if options.takes_context else prepared.args
    if task.is_async:
        work = task.func(*args, **prepared.kwargs)
        if options.soft_time_limit is None and options.time_limit is None:
            return await work
        return await within_limits(work, soft=options.soft_time_limit, hard=options.time_limit, interrupt=None)
    function = Interruptible(functools.partial(task.func, *args, **prepared.kwargs))
    work = to_thread(function) if in_threads else run_sync(function)
    return await within_limits(
        work, soft=options.soft_time_limit, hard=options.time_limit, interrupt=function.interrupt
    )


def success(prepared: Prepared, value: Any) -> Outcome:
    if value is None:
        return SUCCESS
    return Outcome("successful", dumps(value, f"result of {prepared.task.full_name}"))


def failure(prepared: Prepared, error: BaseException) -> Outcome:
    """Decide what follows an error: another attempt, or the end."""
    options, attempt = prepared.task.options, prepared.context.attempt
    if attempt <= repetitions(options, error) and repeats(options, error):
        kept = TaskError.of(error)
        run_at = next_attempt(options, attempt, error)
        logger.info(
            "Task %s (%s) runs again at %s: %s",
            prepared.task.full_name,
            prepared.context.id,
            run_at,
            kept.exception_class_path,
        )
        return Outcome("retry", error=kept, run_at=run_at)
    if isinstance(error, Retry) and error.__cause__ is not None:
        error = error.__cause__  # what went wrong, not the wish to try it again
    logger.error("Task %s (%s) failed.", prepared.task.full_name, prepared.context.id, exc_info=error)
    return Outcome("failed", error=TaskError.of(error))


def repetitions(options: TaskOptions, error: BaseException) -> int:
    """Return how many repetitions a task has; a Retry may say so itself."""
    if isinstance(error, Retry) and error.max_retries is not None:
        return error.max_retries
    return options.retries


def repeats(options: TaskOptions, error: BaseException) -> bool:
    """Tell whether a task is to be run again after an error."""
    if isinstance(error, Retry):
        return True
    if isinstance(error, options.dont_retry_for):
        return False
    if isinstance(error, TimeLimitExceeded):
        return any(kind is not Exception and isinstance(error, kind) for kind in options.retry_for)
    return isinstance(error, options.retry_for)


def next_attempt(options: TaskOptions, attempt: int, error: BaseException) -> dt.datetime:
    """Return when a task runs again: when it said so, else after a wait that doubles from attempt to attempt."""
    if isinstance(error, Retry) and error.eta is not None:
        return as_utc(error.eta, "eta")
    if isinstance(error, Retry) and error.countdown is not None:
        return utc_now() + dt.timedelta(seconds=error.countdown)
    return utc_now() + dt.timedelta(seconds=backoff_seconds(options, attempt))


def backoff_seconds(options: TaskOptions, attempt: int) -> float:
    """Return the wait before the attempt after this one.

    Example:
        >>> backoff_seconds(TaskOptions(backoff=2, jitter=False), 3)
        8.0
    """
    wait = min(options.backoff * 2.0 ** min(attempt - 1, 60), options.backoff_max)
    return wait * random.uniform(0.5, 1.0) if options.jitter else float(wait)  # noqa: S311 - no secret

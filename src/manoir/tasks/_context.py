"""What a task knows about its own attempt: `TaskContext`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Never, NoReturn, TypeAlias

from manoir.bridge import blocking
from manoir.exceptions import Retry, TaskCancelled
from manoir.tasks._advice import ATTEMPT, REQUEST, advice
from manoir.tasks._message import TaskMessage
from manoir.tasks._result import Progress, TaskResult, said_by, storable

Report: TypeAlias = Callable[[Progress], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class TaskRequest:
    """What Celery's tasks know as `self.request`.

    Attributes:
        id: of the task; the same in every attempt.
        task: its name in the registry.
        args: positional arguments, as they were given.
        kwargs: keyword arguments, as they were given.
        retries: how many attempts there were before this one.
        hostname: the worker; None: nobody said.
        eta: the moment before which it did not run.
        expires: the moment after which it is not begun; None: however late.
        delivery_info: `routing_key` (the queue) and `priority`.
    """

    id: str
    task: str
    args: list[Any]
    kwargs: dict[str, Any]
    retries: int
    hostname: str | None
    eta: dt.datetime | None
    expires: dt.datetime | None
    delivery_info: dict[str, Any] = field(default_factory=dict[str, Any])

    if not TYPE_CHECKING:  # a type checker names what is missing by itself

        def __getattr__(self, name: str) -> Any:
            known = ", ".join(TaskRequest.__dataclass_fields__)
            raise AttributeError(f"A request has no {name!r}.{advice(name, REQUEST, ())} There are: {known}.")


class TaskContext:
    """The attempt that is running, given as first argument to tasks with `takes_context=True`.

    Args:
        message: what was asked for.
        attempt: number of this attempt, from 1.
        task_result: the task as it stood when the attempt began.
        report: stores what the task says about its progress; None: nobody listens.
        retries: how many repetitions the task has.

    Attributes:
        message: what was asked for.
        attempt: number of this attempt, from 1.
        task_result: the task as it stood when the attempt began.
        retries: how many repetitions the task has.
        cancel_requested: somebody asked to cancel the task, or its worker lost it. An `async def` is cancelled where it
            waits; a `def` looks here, or calls `check_cancelled()`.
    """

    def __init__(
        self,
        message: TaskMessage,
        attempt: int,
        task_result: TaskResult[Any],
        report: Report | None = None,
        retries: int = 0,
    ) -> None:
        self.message = message
        self.attempt = attempt
        self.task_result = task_result
        self.retries = retries
        self.cancel_requested = False
        self._report = report

    @property
    def id(self) -> str:
        """The id of the task that was enqueued; the same in every attempt."""
        return self.message.id

    @property
    def name(self) -> str:
        """The task's name in the registry."""
        return self.message.name

    @property
    def max_retries(self) -> int:
        """Celery's name for `retries`."""
        return self.retries

    @property
    def request(self) -> TaskRequest:
        """What Celery's tasks know as `self.request`: `id`, `retries` (from 0), `args`, `kwargs` and others."""
        message, result = self.message, self.task_result
        return TaskRequest(
            id=message.id,
            task=message.name,
            args=result.args,
            kwargs=result.kwargs,
            retries=self.attempt - 1,
            hostname=result.worker_ids[-1] if result.worker_ids else None,
            eta=message.run_at,
            expires=message.expires_at,
            delivery_info={"routing_key": message.queue, "priority": message.priority},
        )

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            found = advice(name, ATTEMPT, [one for one in dir(type(self)) if not one.startswith("_")])
            raise AttributeError(f"TaskContext has no attribute {name!r}.{found}")

    async def aprogress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Say how far the task has come; whoever looks at its result sees it.

        It is stored at once, also while the task itself runs in a transaction.

        Args:
            done: steps that are done.
            total: steps in all; None: nobody knows.
            message: what it does now, up to 200 characters.

        Raises:
            TaskCancelled: somebody asked to cancel the task.
        """
        self.check_cancelled()
        if self._report is not None:
            await self._report(Progress(done, total, storable(message[:200])))

    progress = blocking(aprogress)

    def check_cancelled(self) -> None:
        """Leave the task if somebody asked to cancel it.

        Raises:
            TaskCancelled: somebody did.
        """
        if self.cancel_requested:
            raise TaskCancelled(f"The task {self.message.name} ({self.id}) was cancelled.")

    def retry(
        self,
        reason: object = "",
        *,
        exc: BaseException | None = None,
        countdown: float | None = None,
        eta: dt.datetime | None = None,
        max_retries: int | None = None,
        **unknown: Never,
    ) -> NoReturn:
        """End this attempt and run the task again later, as long as it has repetitions left.

        Without any left the task fails, with the exception that was met if there was one.

        Args:
            reason: a text or the exception that was met.
            exc: the exception that was met, as Celery names it; None: `reason`, or the one that is being handled.
            countdown: seconds until then; None: what the task's backoff says.
            eta: the moment; None: what `countdown` says.
            max_retries: how many repetitions it has; None: as many as the task was declared with.
            **unknown: there are no others: a repetition has the arguments of its task.

        Raises:
            Retry: always.
        """
        if unknown:
            raise TypeError(
                f"retry() takes no {next(iter(unknown))!r}: a repetition has the arguments of its task, and always ends this"
                " attempt. It takes a reason, exc, countdown, eta and max_retries."
            )
        met = exc or (reason if isinstance(reason, BaseException) else sys.exception())
        text = said_by(met) if met is not None and (not reason or reason is met) else str(reason)
        raise Retry(text, countdown=countdown, eta=eta, max_retries=max_retries) from met

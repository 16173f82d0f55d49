"""What a task knows about its own attempt: `TaskContext`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeAlias

from manoir.bridge import blocking
from manoir.exceptions import Retry, TaskCancelled
from manoir.tasks._message import TaskMessage
from manoir.tasks._result import Progress, TaskResult, storable

Report: TypeAlias = Callable[[Progress], Awaitable[None]]


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

    def retry(self, reason: object = "", *, countdown: float | None = None, eta: dt.datetime | None = None) -> NoReturn:
        """End this attempt and run the task again later, as long as it has repetitions left.

        Args:
            reason: a text or the exception that was met.
            countdown: seconds until then; None: what the task's backoff says.
            eta: the moment; None: what `countdown` says.

        Raises:
            Retry: always.
        """
        raise Retry(str(reason), countdown=countdown, eta=eta) from (
            reason if isinstance(reason, BaseException) else None
        )

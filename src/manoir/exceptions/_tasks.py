"""Work in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manoir.exceptions._models import ObjectDoesNotExist
from manoir.exceptions._root import ManoirError
from manoir.exceptions._start import ImproperlyConfigured

if TYPE_CHECKING:
    from datetime import datetime


class TaskException(ManoirError):
    """Root of the errors of tasks."""


class InvalidTask(TaskException):
    """A task is declared or asked for in a way that its backend cannot follow."""


class InvalidTaskBackend(TaskException, ImproperlyConfigured):
    """TASKS has no such alias, or the BACKEND of an alias cannot be used."""


class TaskArgumentError(TaskException, TypeError):
    """A task was given arguments that its function does not take, or that no message can carry."""


class TaskMessageError(TaskException):
    """A message out of a queue is damaged, forged or too large; it is put aside, never run."""

    code = "tasks.message"


class UnknownTask(TaskMessageError):
    """A message names a task that no installed app registered; nothing is imported for it."""

    code = "tasks.unknown"


class TaskResultDoesNotExist(TaskException, ObjectDoesNotExist):
    """The backend knows no task of this id: it never did, or the result was pruned."""


class TaskResultMismatch(TaskException):
    """The result of another task was asked for."""


class WorkerLost(TaskException):
    """The workers that ran a task were lost so often that it is not given to another one."""


class TaskFailed(TaskException):
    """A result was waited for, and the task had failed."""


class TaskCancelled(TaskException):
    """A result was waited for, and the task had been cancelled."""


class TaskLeaseLost(TaskException):
    """A worker wanted to finish a task that was given to another worker meanwhile: what it wrote is rolled back."""


class Retry(TaskException):
    """Raised by a task that wants to run again later.

    Args:
        message: why, for the log and the monitoring page.
        countdown: seconds until then; None: what the task's backoff says.
        eta: the moment; None: what `countdown` says.
        max_retries: how many repetitions it has, from now on its own; None: as many as the task.
    """

    def __init__(
        self,
        message: str = "",
        *,
        countdown: float | None = None,
        eta: datetime | None = None,
        max_retries: int | None = None,
    ) -> None:
        self.countdown = countdown
        self.eta = eta
        self.max_retries = max_retries
        super().__init__(message)


class SoftTimeLimitExceeded(TaskException):
    """Raised inside a task that runs longer than its soft limit, so that it can clean up."""


class TimeLimitExceeded(TaskException):
    """A task ran longer than its hard limit and was ended."""

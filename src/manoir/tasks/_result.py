"""What became of a task: `TaskResult`, made of the state that a backend keeps."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from manoir.bridge import blocking
from manoir.exceptions import TaskCancelled, TaskFailed
from manoir.models import TextChoices
from manoir.tasks._advice import RESULT, advice
from manoir.tasks._message import TaskMessage

if TYPE_CHECKING:
    from manoir.tasks._base import BaseTaskBackend
    from manoir.tasks._task import Task

R = TypeVar("R", covariant=True)

LONGEST_TRACEBACK: Final = 20_000
KEPT_ERRORS: Final = 20
"""Errors of a task that are kept; the first ones make room."""
FIRST_LOOK_SECONDS: Final = 0.02
SLOWEST_LOOK_SECONDS: Final = 1.0


class TaskResultStatus(TextChoices):
    """Where a task stands."""

    READY = "READY", "Ready"
    RUNNING = "RUNNING", "Running"
    FAILED = "FAILED", "Failed"
    SUCCESSFUL = "SUCCESSFUL", "Successful"
    CANCELLED = "CANCELLED", "Cancelled"


FINISHED: Final = frozenset({TaskResultStatus.FAILED, TaskResultStatus.SUCCESSFUL, TaskResultStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class TaskError:
    """An error of one attempt.

    Attributes:
        exception_class_path: module and name of its class.
        traceback: as Python prints it, shortened in the middle.
        message: the text of the exception.
    """

    exception_class_path: str
    traceback: str
    message: str = ""

    @classmethod
    def of(cls, error: BaseException) -> TaskError:
        """Keep what an exception says."""
        kind = type(error)
        text = storable("".join(traceback.format_exception(error)))
        if len(text) > LONGEST_TRACEBACK:
            half = LONGEST_TRACEBACK // 2
            text = f"{text[:half]}\n  …\n{text[-half:]}"
        return cls(f"{kind.__module__}.{kind.__qualname__}", text, said_by(error))

    @property
    def exception_class(self) -> type[BaseException]:
        """The class of the exception, out of modules that are loaded already: nothing is imported for stored text.

        Raises:
            ValueError: no loaded module has this exception.
        """
        module_name, _, name = self.exception_class_path.rpartition(".")
        found = vars(sys.modules[module_name]).get(name) if module_name in sys.modules else None
        if not isinstance(found, type) or not issubclass(found, BaseException):
            raise ValueError(f"No module of this process has the exception {self.exception_class_path!r}.")
        return found


def said_by(error: BaseException) -> str:
    """Return the text of an exception, which may fail to tell it."""
    try:
        return storable(str(error)[:1_000])
    except Exception as failure:
        return f"Its text cannot be read: __str__ raised {type(failure).__name__}."


def storable(text: str) -> str:
    """Return a text as UTF-8 has it: half of a surrogate pair, as in names of files, is written as Python writes it."""
    return text.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """What a backend knows about a task; backends return it from `aread`.

    Attributes:
        message: what was asked for.
        status: where it stands.
        started_at: when its first attempt began.
        last_attempted_at: when its latest attempt began.
        finished_at: when it ended for good.
        attempts: how many attempts have begun.
        errors: of its attempts, oldest first.
        worker_ids: the workers that ran it, in order.
        result: what it returned, as text of `_values`; None: nothing yet.
        progress: what it reported last: a tuple of done, total and a text; None: nothing.
        cancel_requested: somebody asked to cancel it while it ran.
    """

    message: TaskMessage
    status: TaskResultStatus = TaskResultStatus.READY
    started_at: dt.datetime | None = None
    last_attempted_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    attempts: int = 0
    errors: list[TaskError] = field(default_factory=list[TaskError])
    worker_ids: list[str] = field(default_factory=list[str])
    result: str | None = None
    progress: Progress | None = None
    cancel_requested: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task has come.

    Attributes:
        done: steps that are done.
        total: steps in all; None: nobody knows.
        message: what it does now.
    """

    done: float
    total: float | None = None
    message: str = ""

    @property
    def percent(self) -> float | None:
        """From 0 to 100; None without a total."""
        return None if not self.total else min(100.0, max(0.0, 100.0 * self.done / self.total))


class TaskResult(Generic[R]):
    """A task that was enqueued, as it stood when this was made or refreshed last.

    Attributes:
        task: the task.
        id: text that identifies it in its backend.
        args: positional arguments.
        kwargs: keyword arguments.
        backend: alias in TASKS.
        status: where it stands.
        enqueued_at: when it was asked for.
        started_at: when its first attempt began; None: not yet.
        last_attempted_at: when its latest attempt began.
        finished_at: when it ended for good.
        attempts: how many attempts have begun.
        errors: of its attempts, oldest first.
        worker_ids: the workers that ran it.
        progress: how far it said it has come.
        cancel_requested: somebody asked to cancel it while it ran.
    """

    __slots__ = ("_backend", "_state", "args", "kwargs", "task")

    def __init__(
        self, task: Task[..., R], backend: BaseTaskBackend, state: TaskState, args: list[Any], kwargs: dict[str, Any]
    ) -> None:
        self.task = task
        self.args = args
        self.kwargs = kwargs
        self._backend = backend
        self._state = state

    if not TYPE_CHECKING:  # a type checker names what is missing by itself

        def __getattr__(self, name: str) -> Any:
            if name in PARTS_OF_STATE:
                return getattr(self._state, name)
            known = [*PARTS_OF_STATE, *(one for one in dir(type(self)) if not one.startswith("_"))]
            raise AttributeError(f"TaskResult has no attribute {name!r}.{advice(name, RESULT, known)}")

    else:
        status: TaskResultStatus
        started_at: dt.datetime | None
        last_attempted_at: dt.datetime | None
        finished_at: dt.datetime | None
        attempts: int
        errors: list[TaskError]
        worker_ids: list[str]
        progress: Progress | None
        cancel_requested: bool

    @property
    def id(self) -> str:
        """Text that identifies it in its backend."""
        return self._state.message.id

    @property
    def backend(self) -> str:
        """Alias in TASKS."""
        return self._backend.alias

    @property
    def enqueued_at(self) -> dt.datetime:
        """When it was asked for."""
        return self._state.message.enqueued_at

    @property
    def run_after(self) -> dt.datetime | None:
        """Not before this moment; None: at once."""
        return self._state.message.run_at

    @property
    def is_finished(self) -> bool:
        """Whether it has ended for good."""
        return self._state.status in FINISHED

    @property
    def return_value(self) -> R:
        """What the task returned.

        Raises:
            ValueError: it has not finished, or not well.
        """
        if self._state.status is not TaskResultStatus.SUCCESSFUL:
            raise ValueError(
                f"The task {self.task.full_name} is {self._state.status.label.lower()}: there is no return value."
                " `await result.arefresh()` asks again, `await result.aget()` waits for it."
            )
        return self._backend.read_result(self._state)

    async def arefresh(self) -> None:
        """Ask the backend how it stands now.

        Raises:
            TaskResultDoesNotExist: the backend has forgotten it.
        """
        self._state = await self._backend.aread(self.id)

    refresh = blocking(arefresh)

    async def aget(self, timeout: float | None = None) -> R:
        """Wait until the task has ended.

        Args:
            timeout: seconds to wait at most; None: for ever.

        Returns:
            What the task returned.

        Raises:
            TaskFailed: it failed; the text says how.
            TaskCancelled: it was cancelled.
            TimeoutError: it has not ended in time.
        """
        if not self.is_finished:
            await self.arefresh()  # however short the timeout is
        limit = asyncio.timeout(timeout)
        try:
            async with limit:
                await self._wait_for_end()
        except TimeoutError as error:
            if timeout is None or not limit.expired():
                raise
            raise TimeoutError(self._told_after(timeout)) from error
        if self.status is TaskResultStatus.CANCELLED:
            raise TaskCancelled(f"The task {self.task.full_name} ({self.id}) was cancelled.")
        if self.status is TaskResultStatus.FAILED:
            last = self.errors[-1] if self.errors else TaskError("", "", "no error was kept")
            raise TaskFailed(
                f"The task {self.task.full_name} ({self.id}) failed: {last.exception_class_path}: {last.message}"
            )
        return self.return_value

    get = blocking(aget)

    async def _wait_for_end(self) -> None:
        """Look again and again, less often with time."""
        pause = FIRST_LOOK_SECONDS
        while not self.is_finished:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, SLOWEST_LOOK_SECONDS)
            await self.arefresh()

    def _told_after(self, seconds: float) -> str:
        """Return what is known of a task that has not ended in time."""
        text = f"The task {self.task.full_name} ({self.id}) is {self.status.label.lower()} after {seconds:g} seconds."
        if self.status is not TaskResultStatus.READY:
            return text
        if self.run_after is not None and self.run_after > dt.datetime.now(dt.UTC):
            return f"{text} It is to wait until {self.run_after:%Y-%m-%d %H:%M:%S} UTC."
        return f"{text} No worker has taken it: does `manoir worker` run, for its queue {self._state.message.queue!r}?"

    async def acancel(self) -> bool:
        """Cancel the task: one that waits never runs, an `async def` that runs is cancelled where it waits.

        Returns:
            False: it had ended already.
        """
        done = await self._backend.acancel(self.id)
        await self.arefresh()
        return done

    cancel = blocking(acancel)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TaskResult) and (other.id, other.backend) == (self.id, self.backend)

    def __hash__(self) -> int:
        return hash((self.id, self.backend))

    def __repr__(self) -> str:
        return f"<TaskResult {self.id} of {self.task.full_name}: {self._state.status.value}>"


PARTS_OF_STATE: Final = frozenset(
    {
        "status",
        "started_at",
        "last_attempted_at",
        "finished_at",
        "attempts",
        "errors",
        "worker_ids",
        "progress",
        "cancel_requested",
    }
)

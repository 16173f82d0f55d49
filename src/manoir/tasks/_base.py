"""What every backend is: the documented `BaseTaskBackend`, on five steps that a backend defines.

A backend takes messages (`asubmit`), tells how a task stands (`aread`), and may cancel, repeat and forget tasks. Naming,
checking and writing arguments is done here, once for all.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from manoir.bridge import blocking
from manoir.checks import CheckMessage
from manoir.exceptions import InvalidTask, InvalidTaskBackend, TaskMessageError, TaskResultDoesNotExist, nearest
from manoir.tasks._message import TaskMessage, as_utc, new_id, utc_now
from manoir.tasks._registry import registry
from manoir.tasks._result import TaskResult, TaskState
from manoir.tasks._task import Task
from manoir.tasks._values import MAX_BYTES, dumps, loads
from manoir.tasks.signals import task_enqueued

NO_ARGUMENTS: Final = "[[],{}]"
KNOWN_PARAMETERS: Final = frozenset({"BACKEND", "QUEUES", "OPTIONS", "SCHEDULES"})


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How a worker works; what `manoir worker` was told.

    Attributes:
        queues: names of queues to work on; empty: all.
        concurrency: how many tasks run at once; None: what suits the backend.
        grace_seconds: how long tasks may still run after SIGTERM; then they are given back. None: for ever.
        schedules: whether it watches the clock, too.
    """

    queues: tuple[str, ...] = ()
    concurrency: int | None = None
    grace_seconds: float | None = 30.0
    schedules: bool = True


class BaseTaskBackend(ABC):
    """A place where tasks wait.

    Args:
        alias: its name in TASKS.
        params: its entry in TASKS.

    Attributes:
        alias: its name in TASKS.
        queues: names of queues that tasks may wait in; empty: any.
        options: OPTIONS of its entry.
        schedules: SCHEDULES of its entry.
        known_options: keys that OPTIONS may have; None: any.
        supports_defer: tasks may have a moment before which they do not run.
        supports_async_task: tasks may be `async def`.
        supports_get_result: results can be asked for by id.
        supports_priority: priorities are looked at.
        supports_unique: unique keys are looked at.
        supports_cancel: tasks can be cancelled.
    """

    known_options: ClassVar[frozenset[str] | None] = None
    supports_defer: ClassVar[bool] = False
    supports_async_task: ClassVar[bool] = False
    supports_get_result: ClassVar[bool] = False
    supports_priority: ClassVar[bool] = False
    supports_unique: ClassVar[bool] = False
    supports_cancel: ClassVar[bool] = False

    def __init__(self, alias: str, params: Mapping[str, Any]) -> None:
        self.alias = alias
        self.params = params
        self.queues: frozenset[str] = frozenset(params.get("QUEUES", ["default"]))
        self.options: dict[str, Any] = dict(params.get("OPTIONS", {}))
        self.schedules: dict[str, dict[str, Any] | None] = dict(params.get("SCHEDULES", {}))
        self.max_bytes: int = min(int(self.options.get("MAX_BYTES", 100_000)), MAX_BYTES)

    # -- the steps of a backend -------------------------------------------------------------------------------------

    @abstractmethod
    async def asubmit(self, messages: Sequence[TaskMessage]) -> list[str]:
        """Take messages, all or none.

        Inside a transaction of the backend's database they become visible to workers when it commits, and vanish with
        it when it is rolled back; a backend elsewhere must keep that promise too.

        Args:
            messages: in order.

        Returns:
            An id for each: its own, or that of the waiting task with the same `unique_key`. A message whose id is known
            already is not taken twice, and its id is returned.
        """

    async def aread(self, result_id: str) -> TaskState:
        """Return how a task stands.

        Raises:
            TaskResultDoesNotExist: the id is unknown.
        """
        raise TaskResultDoesNotExist(f"The backend {self.alias!r} keeps no results.")

    async def acancel(self, result_id: str) -> bool:
        """Cancel a task: at once if it waits, soon if it runs; False: it has ended or is unknown."""
        raise NotImplementedError(f"The backend {self.alias!r} cannot cancel tasks.")

    async def aretry(self, result_id: str) -> bool:
        """Let a task that failed or was cancelled wait again, as if new; False: it does not stand so."""
        raise NotImplementedError(f"The backend {self.alias!r} cannot repeat tasks.")

    async def aclose(self) -> None:
        """Close what the backend holds open."""

    def work(self, options: WorkerOptions) -> None:
        """Run a worker in this process, from its main thread, until it is told to stop by SIGTERM or SIGINT.

        Raises:
            InvalidTaskBackend: the backend has no workers.
        """
        raise InvalidTaskBackend(
            f"The backend {self.alias!r} ({type(self).__name__}) has no workers: its tasks run by themselves, or never."
        )

    # -- enqueueing -------------------------------------------------------------------------------------------------

    async def aenqueue(self, task: Task[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> TaskResult[Any]:
        """Enqueue one call of a task.

        Raises:
            InvalidTask: the backend cannot do what the task asks for.
            TaskArgumentError: the function does not take these arguments, or no message can carry them.
        """
        message = self.make_message(task, args, kwargs)
        (result_id,) = await self.asubmit([message])
        if result_id != message.id:
            return await self.aget_result(result_id)
        result = TaskResult(task, self, TaskState(message=message), list(args), dict(kwargs))
        if task_enqueued.has_listeners(type(self)):
            await task_enqueued.asend(type(self), task_result=result)
        return result

    enqueue = blocking(aenqueue)

    async def aenqueue_many(
        self, task: Task[..., Any], calls: Iterable[tuple[Sequence[Any], Mapping[str, Any]]]
    ) -> list[str]:
        """Enqueue many calls of a task at once.

        Args:
            task: the task.
            calls: pairs of positional and keyword arguments.

        Returns:
            The ids, in order.
        """
        return await self.asubmit([self.make_message(task, args, kwargs) for args, kwargs in calls])

    # hot path: benchmarks/tasks.py
    def make_message(
        self,
        task: Task[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        message_id: str | None = None,
        schedule: str | None = None,
    ) -> TaskMessage:
        """Return the message for a call, after checking it."""
        options = task.options
        self.validate_task(task)
        bound = task.arguments.check(args, kwargs)
        text = NO_ARGUMENTS
        if args or kwargs:
            text = dumps([list(args), dict(kwargs)], f"arguments of {task.full_name}", max_bytes=self.max_bytes)
        unique_key = None
        if options.unique:
            chosen = options.unique(*args, **kwargs) if callable(options.unique) else options.unique
            ingredients = [list(bound.args), bound.kwargs] if chosen is True else str(chosen)
            unique_key = key_of(task.full_name, dumps(ingredients, f"unique key of {task.full_name}"))
        return TaskMessage(
            id=message_id or str(new_id()),
            name=task.full_name,
            arguments=text,
            queue=options.queue_name,
            priority=options.priority,
            enqueued_at=utc_now(),
            run_at=moment_of(options.run_after, "run_after"),
            expires_at=moment_of(options.expires, "expires"),
            unique_key=unique_key,
            backend=self.alias,
            schedule=schedule,
        )

    def validate_task(self, task: Task[..., Any]) -> None:
        """Refuse a task that this backend cannot run.

        Raises:
            InvalidTask: says what it asks for in vain.
        """
        options = task.options
        if self.queues and options.queue_name not in self.queues:
            raise InvalidTask(
                f"The task {task.full_name} asks for the queue {options.queue_name!r}, which TASKS[{self.alias!r}] does"
                f" not have.{nearest(options.queue_name, self.queues)} QUEUES are:"
                f" {', '.join(sorted(self.queues))}. An empty list allows any."
            )
        if options.run_after is not None and not self.supports_defer:
            raise InvalidTask(
                f"The task {task.full_name} is to run later, but the backend {self.alias!r} runs at once. A DatabaseBackend"
                " waits; in tests run_tasks() runs what it has."
            )
        if options.priority and not self.supports_priority:
            raise InvalidTask(f"The task {task.full_name} has a priority, which the backend {self.alias!r} ignores.")
        if task.is_async and not self.supports_async_task:
            raise InvalidTask(f"The task {task.full_name} is `async def`, which the backend {self.alias!r} cannot run.")

    # -- results ----------------------------------------------------------------------------------------------------

    async def aget_result(self, result_id: str) -> TaskResult[Any]:
        """Return a task that was enqueued.

        Raises:
            TaskResultDoesNotExist: the id is unknown.
            UnknownTask: the task is not registered in this process.
        """
        state = await self.aread(str(result_id))
        args, kwargs = read_arguments(state.message)
        return TaskResult(registry[state.message.name], self, state, args, kwargs)

    get_result = blocking(aget_result)

    def read_result(self, state: TaskState) -> Any:
        """Return what a task returned."""
        return None if state.result is None else loads(state.result, f"result of {state.message.name}")

    # -- checks -----------------------------------------------------------------------------------------------------

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Return what is wrong with the backend's settings."""
        return []


def key_of(name: str, ingredients: str) -> str:
    return hashlib.sha256(f"{name}\n{ingredients}".encode()).hexdigest()


def moment_of(value: dt.datetime | dt.timedelta | float | None, what: str) -> dt.datetime | None:
    return None if value is None else as_utc(value, what)


def read_arguments(message: TaskMessage) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments of a message, hostile until they are read.

    Raises:
        TaskMessageError: they are no pair of a list and a dict with names.
    """
    if message.arguments == NO_ARGUMENTS:
        return [], {}
    pair = loads(message.arguments, f"arguments of {message.name}")
    match pair:
        case [list() as args, dict() as kwargs] if all(type(key) is str for key in kwargs):
            return args, kwargs
        case _:
            raise TaskMessageError(f"The arguments of {message.name} are no list and dict.")

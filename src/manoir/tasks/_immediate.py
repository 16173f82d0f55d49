"""Tasks that run where they are asked for: `ImmediateBackend`, for development and tests without a worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from manoir.exceptions import TaskMessageError, TaskResultDoesNotExist
from manoir.tasks._base import BaseTaskBackend
from manoir.tasks._message import TaskMessage, new_id, utc_now
from manoir.tasks._result import TaskResult, TaskResultStatus, TaskState
from manoir.tasks._running import Outcome, prepare, put_aside, run_attempt
from manoir.tasks._task import Task
from manoir.tasks.signals import task_enqueued, task_finished, task_started

KEPT_STATES: Final = 1_000
STATUS: Final = {
    "successful": TaskResultStatus.SUCCESSFUL,
    "failed": TaskResultStatus.FAILED,
    "cancelled": TaskResultStatus.CANCELLED,
    "retry": TaskResultStatus.READY,
    "released": TaskResultStatus.READY,
}


class ImmediateBackend(BaseTaskBackend):
    """Runs a task at once, inside of `enqueue()`, and repeats it without waiting.

    Errors of the task are kept in its result and not raised. The last 1,000 results can be asked for.
    """

    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def __init__(self, alias: str, params: Mapping[str, Any]) -> None:
        super().__init__(alias, params)
        self.worker_id = f"immediate-{new_id().hex[-8:]}"
        self.states: dict[str, TaskState] = {}

    async def aenqueue(self, task: Task[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> TaskResult[Any]:
        """Run one call of a task.

        Returns:
            The task, which has ended.

        Raises:
            InvalidTask: the backend cannot do what the task asks for.
            TaskArgumentError: the function does not take these arguments, or no message could carry them.
        """
        message = self.make_message(task, args, kwargs)
        await task_enqueued.asend(
            type(self), task_result=TaskResult(task, self, TaskState(message=message), list(args), dict(kwargs))
        )
        await self.run(message)
        return TaskResult(task, self, self.states[message.id], list(args), dict(kwargs))

    async def asubmit(self, messages: Sequence[TaskMessage]) -> list[str]:
        """Run messages, one after the other."""
        for message in messages:
            await self.run(message)
        return [message.id for message in messages]

    async def run(self, message: TaskMessage) -> None:
        """Run a message until it has ended."""
        state = TaskState(message=message)
        while state.finished_at is None:
            now = utc_now()
            state = dataclasses.replace(
                state,
                status=TaskResultStatus.RUNNING,
                attempts=state.attempts + 1,
                started_at=state.started_at or now,
                last_attempted_at=now,
                worker_ids=[*state.worker_ids, self.worker_id],
            )
            state = finished(state, await self.attempt(state))
        self.states[message.id] = state
        while len(self.states) > KEPT_STATES:
            del self.states[next(iter(self.states))]

    async def attempt(self, state: TaskState) -> Outcome:
        """Run one attempt, with its signals."""
        try:
            prepared = prepare(self, state, attempt=state.attempts)
        except TaskMessageError as error:
            return put_aside(error)
        await task_started.asend(type(self), task_result=prepared.result)
        outcome, _ = await run_attempt(prepared, settle=accept, in_threads=False)
        if outcome.kind != "retry":
            result = TaskResult(
                prepared.task, self, finished(state, outcome), prepared.result.args, prepared.result.kwargs
            )
            await task_finished.asend(type(self), task_result=result)
        return outcome

    async def aread(self, result_id: str) -> TaskState:
        """Return how a task ended.

        Raises:
            TaskResultDoesNotExist: the id is unknown, or 1,000 tasks have run since.
        """
        try:
            return self.states[result_id]
        except KeyError:
            raise TaskResultDoesNotExist(f"The backend {self.alias!r} knows no task {result_id!r}.") from None


async def accept(outcome: Outcome) -> None:
    """Let the transaction of an atomic task commit: there is nothing to store beside it."""


def finished(state: TaskState, outcome: Outcome) -> TaskState:
    """Return the state after an attempt."""
    return dataclasses.replace(
        state,
        status=STATUS[outcome.kind],
        errors=state.errors if outcome.error is None else [*state.errors, outcome.error],
        result=outcome.result,
        finished_at=None if outcome.kind in ("retry", "released") else utc_now(),
    )

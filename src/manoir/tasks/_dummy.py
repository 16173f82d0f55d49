"""Tasks that wait for ever: `DummyBackend`, for tests that look at what was enqueued."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from manoir.exceptions import TaskResultDoesNotExist
from manoir.tasks._base import BaseTaskBackend, read_arguments
from manoir.tasks._message import TaskMessage, utc_now
from manoir.tasks._registry import registry
from manoir.tasks._result import FINISHED, TaskResult, TaskResultStatus, TaskState


class DummyBackend(BaseTaskBackend):
    """Keeps tasks in memory, in order, and runs none.

    Example:
        >>> send_receipt.enqueue(7)
        >>> default_task_backend.results[0].args
        [7]
    """

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True
    supports_unique = True
    supports_cancel = True

    def __init__(self, alias: str, params: Mapping[str, Any]) -> None:
        super().__init__(alias, params)
        self.states: dict[str, TaskState] = {}

    @property
    def results(self) -> list[TaskResult[Any]]:
        """What was enqueued since the last `clear()`, in order."""
        return [
            TaskResult(registry[state.message.name], self, state, *read_arguments(state.message))
            for state in self.states.values()
        ]

    def clear(self) -> None:
        """Forget everything."""
        self.states.clear()

    async def asubmit(self, messages: Sequence[TaskMessage]) -> list[str]:
        """Keep messages."""
        return [self.keep(message) for message in messages]

    def keep(self, message: TaskMessage) -> str:
        if message.unique_key is not None:
            for state in self.states.values():
                if state.message.unique_key == message.unique_key and state.status not in FINISHED:
                    return state.message.id
        self.states.setdefault(message.id, TaskState(message=message))
        return message.id

    async def aread(self, result_id: str) -> TaskState:
        """Return how a task stands.

        Raises:
            TaskResultDoesNotExist: the id is unknown.
        """
        try:
            return self.states[result_id]
        except KeyError:
            raise TaskResultDoesNotExist(f"The backend {self.alias!r} knows no task {result_id!r}.") from None

    async def acancel(self, result_id: str) -> bool:
        """Cancel a task."""
        state = self.states.get(result_id)
        if state is None or state.status in FINISHED:
            return False
        self.states[result_id] = dataclasses.replace(state, status=TaskResultStatus.CANCELLED, finished_at=utc_now())
        return True

    async def aretry(self, result_id: str) -> bool:
        """Let a cancelled task wait again."""
        state = self.states.get(result_id)
        if state is None or state.status is not TaskResultStatus.CANCELLED:
            return False
        self.states[result_id] = TaskState(message=state.message)
        return True

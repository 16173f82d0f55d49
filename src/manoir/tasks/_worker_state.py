"""What a worker keeps in mind: the tasks that run here, and what it has done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from manoir.tasks._context import TaskContext
from manoir.tasks._store import Claim


@dataclass(slots=True)
class Running:
    """A task that runs here.

    Attributes:
        claim: what was taken.
        task: the asyncio task that runs it.
        context: what the function was given; None: it has not begun.
        reason: why it is cancelled: "cancelled", "lost" or "released"; None: it is not.
    """

    claim: Claim
    task: asyncio.Task[None] | None = None
    context: TaskContext | None = None
    reason: str | None = None

    def cancel(self, reason: str) -> None:
        """Cancel the task, once."""
        if self.reason is None and self.task is not None:
            self.reason = reason
            if self.context is not None:
                self.context.cancel_requested = True
            self.task.cancel()


@dataclass(slots=True)
class Stats:
    """What a worker has done.

    Attributes:
        finished: tasks that ended well.
        failed: attempts that did not.
        retried: of these, those that are repeated.
        lost: attempts whose lease another worker had taken.
    """

    finished: int = 0
    failed: int = 0
    retried: int = 0
    lost: int = 0

    def __str__(self) -> str:
        return f"{self.finished} finished, {self.failed} failed, {self.retried} to be repeated, {self.lost} lost"

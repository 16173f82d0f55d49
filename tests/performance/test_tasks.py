"""What a task costs in calls of our functions, from being asked for to being stored (see benchmarks/tasks.py)."""

from __future__ import annotations

from typing import Any

import pytest

from manoir.db import transaction
from manoir.tasks import TaskMessage, TaskState, prepare, task, task_backends
from manoir.tasks._message import new_id, utc_now
from manoir.tasks._running import run_attempt
from manoir.tasks._store import Claim, ending_of
from tests.performance.counting import guard, warm_calls
from tests.tasks.conftest import _drop, backend, queue_database

__all__ = ["_drop", "backend", "queue_database"]

postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


@task(name="performance.send")
async def send(order: int, note: str = "") -> None: ...


@postgresql
async def test_calls_to_enqueue(backend: Any) -> None:
    async with transaction.atomic():
        guard(await warm_calls(lambda: send.aenqueue(7, note="x")), 57)


async def test_calls_to_run_an_attempt() -> None:
    message = TaskMessage(
        id=str(new_id()), name="performance.send", arguments='[[7],{"note":"x"}]', enqueued_at=utc_now()
    )
    state = TaskState(message=message, attempts=1)

    async def work() -> None:
        prepared = prepare(task_backends["default"], state, attempt=1)
        outcome, _ = await run_attempt(prepared)
        ending_of(Claim(state, 1, 0), outcome)

    guard(await warm_calls(work), 33)

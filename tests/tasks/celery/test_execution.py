"""One attempt in a Celery worker, and a relay, without their processes: what goes wrong beside the task undoes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from manoir.db import transaction
from manoir.exceptions import DataError, OperationalError
from manoir.tasks import CeleryBackend, Outcome, TaskError, TaskResult, TaskResultStatus
from manoir.tasks._celery._execution import Execution, execute
from manoir.tasks._celery._outbox import Parcel
from manoir.tasks._celery._relay import Relay
from manoir.tasks._message import utc_now
from manoir.tasks._store import ending_of
from manoir.tasks.compliance import fail, fail_until
from manoir.tasks.models import QueuedTask
from manoir.tasks.signals import task_finished, task_started
from manoir.testing import arun_tasks
from tests.tasks.celery.conftest import PATIENCE
from tests.tasks.effects import (
    count_up,
    count_up_atomically,
    noop,
    numbers,
    turns,
    write_atomically,
    write_atomically_in_thread,
    write_plainly,
)


@pytest.fixture(autouse=True)
def _nobody_else_publishes(celery_backend: CeleryBackend) -> None:
    celery_backend.publishes_on_commit = False


async def published(backend: CeleryBackend, task: Any, *args: Any) -> tuple[TaskResult[Any], Parcel]:
    """Enqueue a task, and be the one who publishes it: a relay that lives must not be faster."""
    async with transaction.atomic():
        result = await task.aenqueue(*args)
        (parcel,) = await backend.outbox.collect(10, [result.id])
    return result, parcel


async def test_a_lease_that_cannot_be_renewed_once_is_renewed_the_next_time(
    celery_backend: CeleryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the end of the task is stored as if nothing had been."""
    turns[:] = [asyncio.Event()]
    _, parcel = await published(celery_backend, count_up, 1)
    execution = Execution(celery_backend, "one")
    claim = await execution.outbox.take(parcel.id, parcel.lease, "one", 60)
    assert claim is not None
    tries = 0

    async def renew(claims: Any, seconds: float) -> dict[str, bool]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OperationalError("The database is being restarted.")
        turns[0].set()
        return {claim.id: False}

    monkeypatch.setattr(execution.outbox, "renew", renew)
    monkeypatch.setattr(celery_backend, "lease_seconds", 0.03)
    async with asyncio.timeout(PATIENCE):
        outcome, stored = await execution.attempt(claim)
    assert outcome is not None
    assert (outcome.kind, stored, tries > 1) == ("successful", False, True)


async def test_receivers_of_signals_that_fail_do_not_fail_the_task(celery_backend: CeleryBackend) -> None:
    heard: list[str] = []

    def fail(**kwargs: Any) -> None:
        heard.append(kwargs["task_result"].id)
        raise ValueError("no")

    result, parcel = await published(celery_backend, write_plainly, 1)
    task_started.connect(fail)
    task_finished.connect(fail)
    try:
        outcome = await Execution(celery_backend, "one").run(parcel.id, parcel.lease)
    finally:
        task_started.disconnect(fail)
        task_finished.disconnect(fail)
    assert outcome is not None
    assert (outcome.kind, heard, await numbers()) == ("successful", [result.id] * 2, [1])


async def test_a_task_tells_its_progress_out_of_its_own_transaction(celery_backend: CeleryBackend) -> None:
    """Also where that is the one that writes."""
    result, parcel = await published(celery_backend, count_up_atomically, 4)
    async with asyncio.timeout(60):
        outcome = await Execution(celery_backend, "one").run(parcel.id, parcel.lease)
    await result.arefresh()
    assert outcome is not None
    assert (outcome.kind, result.return_value, result.progress.percent) == ("successful", 4, 75.0)


async def test_trouble_with_the_database_is_no_end_of_a_task(
    celery_backend: CeleryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is taken, and before its end is stored: the message would be gone, and others would do it again."""
    monkeypatch.setattr("manoir.tasks._celery._execution.PAUSE_SECONDS", 0.01)
    result, parcel = await published(celery_backend, write_plainly, 1)
    execution = Execution(celery_backend, "one")
    asked: list[str] = []

    def failing_twice(name: str) -> Any:
        step = getattr(execution.outbox, name)

        async def ask(*args: Any) -> Any:
            asked.append(name)
            if asked.count(name) < 3:
                raise OperationalError("The database is being restarted.")
            return await step(*args)

        return ask

    for name in ("take", "end"):
        monkeypatch.setattr(execution.outbox, name, failing_twice(name))
    outcome = await execution.run(parcel.id, parcel.lease)
    await result.arefresh()
    assert outcome is not None
    assert (asked, result.status, result.attempts, await numbers()) == (
        ["take"] * 3 + ["end"] * 3,
        "SUCCESSFUL",
        1,
        [1],
    )


async def test_a_database_that_stays_away_is_given_up_after_a_lease(
    celery_backend: CeleryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manoir.tasks._celery._execution.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(celery_backend, "lease_seconds", 0.05)
    execution = Execution(celery_backend, "one")

    async def take(*args: Any) -> Any:
        raise OperationalError("The database is gone.")

    monkeypatch.setattr(execution.outbox, "take", take)
    async with asyncio.timeout(60):
        with pytest.raises(OperationalError, match="gone"):
            await execution.run("018f0000-0000-7000-8000-000000000000", 7)


@pytest.mark.parametrize("kind", ["retry", "released"])
async def test_who_is_cancelled_while_an_attempt_ends_does_not_wait_again(
    celery_backend: CeleryBackend, kind: Any
) -> None:
    result, parcel = await published(celery_backend, noop)
    claim = await celery_backend.outbox.take(parcel.id, parcel.lease, "one", 60)
    assert claim is not None
    assert await result.acancel() is True  # its worker does not know yet
    error = TaskError("builtins.ValueError", "Traceback …", "again")
    assert await celery_backend.outbox.end([ending_of(claim, Outcome(kind, error=error, run_at=utc_now()))])
    await result.arefresh()
    assert (result.status, result.finished_at is None) == (TaskResultStatus.CANCELLED, False)
    assert not await celery_backend.outbox.end([ending_of(claim, Outcome("successful"))])


async def test_tests_run_what_waits_without_a_broker_and_roll_it_back(celery_backend: CeleryBackend) -> None:
    async with transaction.atomic():
        plain, bad = await write_plainly.aenqueue(1), await fail.aenqueue("no")
        atomic, thread = await write_atomically.aenqueue(2), await write_atomically_in_thread.aenqueue(3)
        again, later = await fail_until.aenqueue(2), await noop.aapply_async(countdown=60)
        assert await arun_tasks() == 4
        for one in (plain, bad, atomic, thread, again, later):
            await one.arefresh()
        assert [one.status.value for one in (plain, atomic, thread, again, bad, later)] == [
            *["SUCCESSFUL"] * 4, "FAILED", "READY",
        ]  # fmt: skip
        assert (await numbers(), await arun_tasks()) == ([1, 2, 3], 0)
        transaction.set_rollback(True)
    assert (await numbers(), await QueuedTask.objects.acount()) == ([], 0)


@pytest.mark.parametrize("task_id", ["x" * 36, "018f0000-0000-7000-8000-00000000000g", "", None, 7, ["a"] * 36])
def test_ids_that_are_none_are_not_even_looked_up(celery_backend: CeleryBackend, task_id: Any) -> None:
    """H46: a stranger's message is logged, and that is all."""
    assert execute(celery_backend, task_id, 7, "one") is None


@pytest.mark.parametrize("lease", ["7", -1, 2**62, True, 1.0, None])
def test_nor_with_leases_that_are_none(celery_backend: CeleryBackend, lease: Any) -> None:
    assert execute(celery_backend, "018f0000-0000-7000-8000-000000000000", lease, "one") is None


async def test_what_the_broker_did_not_take_goes_back_in_one_statement(celery_backend: CeleryBackend) -> None:
    async with transaction.atomic():
        await noop.aenqueue_many([()] * 20)
        parcels = await celery_backend.outbox.collect(100)
        seen: list[str] = []
        with celery_backend.outbox.connection.observe(lambda event: seen.append(event.sql)):
            await celery_backend.settle_parcels(parcels, 0)
        assert len([sql for sql in seen if sql.startswith("UPDATE")]) == 1
        assert await QueuedTask.objects.filter(status="OUTBOX").acount() == 20
        transaction.set_rollback(True)


async def test_a_relay_prunes_until_nothing_is_left_and_survives_errors_of_its_own(
    celery_backend: CeleryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manoir.tasks._housekeeping.PRUNED_AT_ONCE", 5)
    monkeypatch.setattr(celery_backend, "keep_seconds", dict.fromkeys(celery_backend.keep_seconds, 0.0))
    monkeypatch.setitem(celery_backend.options, "POLL", 0.01)
    ended = [QueuedTask(**row, status="SUCCESSFUL", finished_at=utc_now()) for row in rows(23)]
    await QueuedTask.objects.abulk_create(ended)
    calls = 0
    publish = celery_backend.apublish

    async def apublish(*args: Any, **kwargs: Any) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("an error of ours")
        return await publish(*args, **kwargs)

    monkeypatch.setattr(celery_backend, "apublish", apublish)
    relay = Relay(celery_backend, "relay", schedules=False)
    running = asyncio.ensure_future(relay.run())
    async with asyncio.timeout(60):
        while await QueuedTask.objects.aexists():
            await asyncio.sleep(0.02)
        relay.stop()
        await running
    assert calls > 1


def rows(count: int) -> list[dict[str, Any]]:
    """Return values of rows that are like any."""
    like: dict[str, Any] = {"name": "x", "arguments": "[[],{}]", "queue": "default", "priority": 0}
    like |= {"attempts": 1, "lost": 0, "worker_ids": "", "cancel_requested": False, "errors": "[]"}
    like |= {"enqueued_at": utc_now(), "run_at": utc_now()}
    return [{**like, "id": f"018f0000-0000-7000-8000-{number:012}"} for number in range(count)]


async def test_an_answer_of_the_database_that_is_lost_is_no_end_of_a_task(
    celery_backend: CeleryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement was done, so that asking again finds the worker's own lease, or its own end."""
    monkeypatch.setattr("manoir.tasks._celery._execution.PAUSE_SECONDS", 0.01)
    result, parcel = await published(celery_backend, noop)
    execution = Execution(celery_backend, "one")
    asked: list[str] = []

    def losing_the_first_answer(name: str) -> Any:
        step = getattr(execution.outbox, name)

        async def ask(*args: Any) -> Any:
            answer = await step(*args)
            asked.append(name)
            if asked.count(name) == 1:
                raise OperationalError("The connection was lost.")
            return answer

        return ask

    for name in ("take", "end"):
        monkeypatch.setattr(execution.outbox, name, losing_the_first_answer(name), raising=False)
    outcome = await execution.run(parcel.id, parcel.lease)
    await result.arefresh()
    assert outcome is not None
    assert (outcome.kind, result.status, result.attempts) == ("successful", TaskResultStatus.SUCCESSFUL, 1)
    assert asked == ["take", "take", "end", "end"]


async def test_what_the_database_refuses_is_not_asked_again(
    celery_backend: CeleryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    _result, parcel = await published(celery_backend, noop)
    execution = Execution(celery_backend, "one")

    async def refuse(*args: Any) -> Any:
        raise DataError("This value is not taken.")

    monkeypatch.setattr(execution.outbox, "take", refuse, raising=False)
    with pytest.raises(DataError):
        await execution.run(parcel.id, parcel.lease)

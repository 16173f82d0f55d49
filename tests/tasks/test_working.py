"""What a worker does with its tasks, in this process."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from manoir.conf import settings
from manoir.db import transaction
from manoir.signals import Signal
from manoir.tasks import DatabaseBackend, Outcome, TaskResultStatus, Worker, monitoring, task_backends
from manoir.tasks._housekeeping import watch_clock
from manoir.tasks._store import ending_of
from manoir.tasks._worker import next_pause
from manoir.tasks.models import QueuedTask, TaskWorker
from manoir.tasks.signals import task_enqueued, task_finished, task_started
from tests.tasks import effects
from tests.tasks.conftest import tasks_settings

PATIENCE = 40.0
"""Seconds after which a test gives up; fewer than a worker waits between its looks when it is told of nothing."""
only_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


@asynccontextmanager
async def working(backend: DatabaseBackend, **options: Any) -> AsyncIterator[Worker]:
    """Run a worker beside the block."""
    worker = Worker(backend, **{"schedules": False, "grace_seconds": 0.05} | options)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(running, PATIENCE)


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(0.01)


async def status_of(result: Any) -> str:
    await result.arefresh()
    return result.status.value


@pytest.fixture(autouse=True)
def _nothing_ran():
    effects.ran.clear()


# -- order and places -------------------------------------------------------------------------------------------------


async def test_higher_priorities_run_first_then_those_that_wait_longest(backend):
    for text, priority in (("late", -5), ("first", 0), ("urgent", 100), ("second", 0)):
        await effects.note.using(priority=priority).aenqueue(text)
    await Worker(backend, schedules=False, concurrency=1).run_until_idle()
    assert effects.ran == ["urgent", "first", "second", "late"]


@pytest.mark.parametrize(
    "text", ["", "nonsense", "null", '{"a":1}', '[{"traceback":1}]', "[" * 5_000, '"\\ud800"', "[[1],2]"]
)
async def test_a_row_that_was_written_by_others_does_not_end_the_worker(backend, text):
    """H46: it would be taken again by the next one, and by all after it."""
    hostile = await effects.note.using(priority=100).aenqueue("hostile")
    await effects.note.aenqueue("other")
    await QueuedTask.objects.filter(pk=hostile.id).aupdate(errors=text, progress=text, worker_ids=text)
    await Worker(backend, schedules=False, concurrency=1).run_until_idle()
    assert effects.ran == ["hostile", "other"]
    assert await status_of(hostile) == "SUCCESSFUL"
    assert len((await monitoring.atasks()).rows) == 2


async def test_a_worker_works_on_its_queues_only(backend):
    await effects.note.aenqueue("default")
    await effects.note.using(queue_name="mail").aenqueue("mail")
    await Worker(backend, schedules=False, queues=["mail"]).run_until_idle()
    assert effects.ran == ["mail"]


async def test_a_backend_without_names_of_queues_takes_any(queue_database):
    tasks = tasks_settings()
    tasks["default"]["QUEUES"] = []
    with settings.override(TASKS=tasks):
        async with working(task_backends["default"]):
            results = [await effects.note.using(queue_name=name).aenqueue(name) for name in ("a", "b", "ü'; --")]
            for result in results:
                await result.aget(timeout=PATIENCE)
    assert sorted(effects.ran) == ["a", "b", "ü'; --"]


async def test_no_more_tasks_are_taken_than_there_are_places(backend):
    for _ in range(5):
        await effects.wait_for.aenqueue(600)
    async with working(backend, concurrency=2) as worker:

        async def two_run() -> bool:
            return len(worker.running) == 2

        await until(two_run)
        rows = await backend.store.connection.fetch("SELECT count(*) FROM manoir_task WHERE status = 'RUNNING'")
        assert rows[0][0] == 2


async def test_claims_at_once_take_each_task_once(backend):
    """H47: twenty workers reach for a hundred tasks."""
    ids = await effects.noop.aenqueue_many([()] * 100)
    claims = await asyncio.gather(*(backend.store.claim(f"w{number}", ["default"], 7, 60) for number in range(20)))
    taken = [claim.id for some in claims for claim in some]
    assert len(taken) == len(set(taken))
    rest = await backend.store.claim("rest", ["default"], 100, 60)
    assert sorted([*taken, *(claim.id for claim in rest)]) == sorted(ids)


# -- how tasks end ----------------------------------------------------------------------------------------------------


async def test_a_repetition_waits_for_its_moment(backend):
    result = await effects.fail_slowly.aenqueue()
    await Worker(backend, schedules=False).run_until_idle()
    row = await QueuedTask.objects.aget(pk=result.id)
    assert (row.status, row.attempts, effects.ran) == ("SCHEDULED", 1, ["attempt 1"])
    assert dt.timedelta(seconds=25) < row.run_at - row.last_attempted_at < dt.timedelta(seconds=31)
    await result.arefresh()
    assert (result.status, len(result.errors), result.is_finished) == (TaskResultStatus.READY, 1, False)


async def test_what_a_failed_attempt_wrote_is_rolled_back(backend):
    """Of a task in its own transaction."""
    result = await effects.write_and_fail.aenqueue(5)
    await Worker(backend, schedules=False).run_until_idle()
    assert (await status_of(result), result.attempts, await effects.numbers()) == ("SUCCESSFUL", 2, [5])


async def test_a_task_enqueues_another(backend):
    await effects.enqueue_another.aenqueue("child")
    await Worker(backend, schedules=False).run_until_idle()
    assert effects.ran == ["child"]


async def test_a_result_that_no_message_carries_fails_the_task(backend):
    result = await effects.return_nonsense.aenqueue()
    await Worker(backend, schedules=False).run_until_idle()
    assert (await status_of(result), result.errors[0].exception_class_path) == (
        "FAILED", "manoir.exceptions.TaskArgumentError",
    )  # fmt: skip


async def test_a_task_that_wants_to_leave_the_process_fails(backend):
    leaving = (effects.exit_the_process, effects.exit_within_limits, effects.exit_in_thread)
    results = [await task.aenqueue() for task in leaving]
    other = await effects.note.aenqueue("alive")
    await Worker(backend, schedules=False).run_until_idle()
    assert [await status_of(result) for result in results] == ["FAILED"] * 3
    assert "SystemExit" in results[0].errors[0].message
    assert await status_of(other) == "SUCCESSFUL"


async def test_limits_of_def_tasks(backend):
    """An exception is raised in the thread; the hard limit needs no patience of the function."""
    hard, soft = await effects.block_too_long.aenqueue(600), await effects.block_softly.aenqueue(600)
    worker = Worker(backend, schedules=False)
    async with asyncio.timeout(PATIENCE):
        await worker.run_until_idle()
    assert (await status_of(hard), hard.errors[0].exception_class_path, worker.stuck) == (
        "FAILED", "manoir.exceptions.TimeLimitExceeded", 0,
    )  # fmt: skip
    assert await status_of(soft) == "SUCCESSFUL"
    assert soft.return_value == "tidied up"


# -- cancelling, progress ---------------------------------------------------------------------------------------------


async def test_a_running_coroutine_is_cancelled_where_it_waits(backend):
    backend.lease_seconds = 0.4  # SQLite's worker hears of it with its next sign of life
    result = await effects.wait_for.aenqueue(600)
    async with working(backend):
        await until(lambda: is_status(result, "RUNNING"))
        assert await result.acancel() is True
        assert result.cancel_requested is True
        await until(lambda: is_status(result, "CANCELLED"))


async def is_status(result: Any, status: str) -> bool:
    return await status_of(result) == status


async def test_a_running_def_looks_for_itself(backend):
    backend.lease_seconds = 0.4
    result = await effects.block.aenqueue(600)
    async with working(backend, grace_seconds=PATIENCE):
        await until(lambda: is_status(result, "RUNNING"))
        await result.acancel()
        await until(lambda: is_finished(result))
    assert result.attempts == 1


async def is_finished(result: Any) -> bool:
    await result.arefresh()
    return result.is_finished


async def test_progress_is_seen_while_the_task_runs(backend):
    effects.turns[:] = [asyncio.Event() for _ in range(4)]
    result = await effects.count_up.aenqueue(4)

    async def is_at(step: int) -> bool:
        await result.arefresh()
        return result.progress is not None and result.progress.done == step

    async with working(backend):
        for step, turn in enumerate(effects.turns):
            await until(lambda step=step: is_at(step))
            assert (result.progress.total, result.progress.message) == (4, f"step {step}")
            turn.set()
        await until(lambda: is_finished(result))
    assert (result.return_value, result.progress.percent) == (4, 75.0)


async def test_a_unique_task_may_wait_again_once_it_runs(backend):
    first = await effects.unique_until_start.aenqueue(600)
    assert (await effects.unique_until_start.aenqueue(600)).id == first.id
    async with working(backend):
        await until(lambda: is_status(first, "RUNNING"))

        async def is_free() -> bool:
            return await backend.store.holder_of(first._state.message.unique_key) is None

        await until(is_free)
        assert (await effects.unique_until_start.aenqueue(600)).id != first.id
        assert await status_of(first) == "RUNNING"


# -- news -------------------------------------------------------------------------------------------------------------


async def test_an_idle_worker_hears_of_new_tasks(backend, vendor):
    """On PostgreSQL at once, on SQLite with its next look."""
    if vendor == "postgresql":
        backend.options["POLL"] = 60
    async with working(backend, grace_seconds=PATIENCE):
        await asyncio.sleep(0.1)
        for number in range(3):
            result = await effects.note.aenqueue(str(number))
            await result.aget(timeout=PATIENCE)
        later = await effects.note.aapply_async(("later",), countdown=0.1)
        await later.aget(timeout=PATIENCE)
    assert effects.ran == ["0", "1", "2", "later"]


@pytest.mark.parametrize("turns", range(5))
async def test_news_in_the_moment_of_its_end_do_not_keep_a_worker(backend, turns):
    """Its helper that watches the clock is cancelled just when it hears of a task."""
    backend.options["POLL"] = 600
    worker = Worker(backend, schedules=False)
    helpers = await worker.start(helping=False)
    helpers.append(asyncio.create_task(worker.keep_going(lambda: watch_clock(worker))))

    async def waits() -> bool:
        return bool(worker.look_at_clock._waiters)

    await until(waits)
    worker.look_at_clock.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    for helper in helpers:
        helper.cancel()
    _, remaining = await asyncio.wait(helpers, timeout=PATIENCE)
    await worker.leave(helpers)
    assert not remaining


async def test_workers_are_told_after_the_commit(backend, vendor):
    if vendor == "postgresql":
        backend.options["POLL"] = 60
    async with working(backend, grace_seconds=PATIENCE):
        await asyncio.sleep(0.1)
        async with transaction.atomic():
            async with transaction.atomic():
                results = [await effects.note.aenqueue(str(number)) for number in range(5)]
            await asyncio.sleep(0.05)
            assert effects.ran == []
        for result in results:
            await result.aget(timeout=PATIENCE)


async def test_signals_tell_what_happens(backend):
    heard: list[tuple[str, str]] = []

    def listen(name: str, signal: Signal) -> Any:
        def hear(sender: Any, task_result: Any, **named: Any) -> None:
            assert sender is DatabaseBackend
            heard.append((name, task_result.status.value))

        signal.connect(hear)
        return hear

    kept = [listen("enqueued", task_enqueued), listen("started", task_started), listen("finished", task_finished)]
    try:
        await effects.note.aenqueue("x")
        await effects.write_atomically.aenqueue(1)
        await Worker(backend, schedules=False, concurrency=1).run_until_idle()
    finally:
        for signal, receiver in zip((task_enqueued, task_started, task_finished), kept, strict=True):
            signal.disconnect(receiver)
    assert (
        sorted(heard) == [("enqueued", "READY")] * 2 + [("finished", "SUCCESSFUL")] * 2 + [("started", "RUNNING")] * 2
    )


async def test_a_task_that_was_rescued_from_its_own_worker_runs_once_there(backend):
    """Its loop stood still for longer than a lease. What began first is ended, and does not take the second with it."""
    result = await effects.wait_for.aenqueue(30)
    worker = Worker(backend, schedules=False)
    await worker.claim()
    first = worker.running[result.id]
    await asyncio.sleep(0)
    await QueuedTask.objects.filter(pk=result.id).aupdate(lease_until=result.enqueued_at)
    await worker.store.rescue(10)
    await worker.claim()
    second = worker.running[result.id]
    await asyncio.wait([first.task], timeout=PATIENCE)
    assert first.task.done()
    assert (first.reason, worker.stats.lost, worker.running) == ("lost", 1, {result.id: second})
    await worker.beat()  # renews the lease of the second
    assert second.reason is None
    second.cancel("released")
    await asyncio.wait([second.task])
    await worker.leave([])
    await result.arefresh()
    assert (result.status, worker.running) == ("READY", {})


@pytest.mark.parametrize("text", ["é", None], ids=["half a pair", "no text"])
async def test_an_error_that_no_text_can_hold_stops_no_worker(backend, text):
    """Its end is stored together with those of others, and none of them would be."""
    bad, good = await effects.fail_unspeakably.aenqueue(text), await effects.note.aenqueue("good")
    worker = Worker(backend, schedules=False)
    async with asyncio.timeout(PATIENCE):
        await worker.run_until_idle()
    await bad.arefresh()
    assert (await status_of(good), bad.status, worker.running) == ("SUCCESSFUL", "FAILED", {})
    words = "\\udcc3\\udca9" if text else "Its text cannot be read: __str__ raised RuntimeError."
    assert bad.errors[0].message == words
    assert text is None or bad.progress.message == words


# -- housekeeping -----------------------------------------------------------------------------------------------------


async def test_what_ended_long_ago_is_pruned(backend):
    old, young, waiting = [await effects.note.aenqueue(text) for text in ("old", "young", "waiting")]
    await Worker(backend, schedules=False).run_until_idle()
    await backend.aretry(waiting.id)
    moment = "2020-01-01 00:00:00.000000"
    await QueuedTask.objects.filter(pk=old.id).aupdate(
        finished_at=dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
    )
    assert await backend.store.prune(backend.keep_seconds, 100) == 1
    assert {str(pk) async for pk in QueuedTask.objects.values_list("id", flat=True)} == {young.id, waiting.id}


async def test_pruning_goes_on_until_nothing_is_left(backend, monkeypatch):
    """However many tasks have ended since the last time."""
    monkeypatch.setattr("manoir.tasks._housekeeping.PRUNED_AT_ONCE", 5)
    backend.keep_seconds = dict.fromkeys(backend.keep_seconds, 0.0)
    await effects.noop.aenqueue_many([()] * 23)
    await Worker(backend, schedules=False).run_until_idle()
    waiting = await effects.note.aapply_async(("later",), countdown=60)

    async def pruned() -> bool:
        return await QueuedTask.objects.acount() == 1

    async with working(backend):
        await until(pruned)
    assert await status_of(waiting) == "READY"


async def test_a_worker_is_seen_while_it_lives(backend):
    async with working(backend, worker_id="seen"):
        await until(lambda: TaskWorker.objects.filter(id="seen").aexists())
    assert not await TaskWorker.objects.filter(id="seen").aexists()


@only_postgresql
async def test_a_lost_database_ends_no_worker(backend):
    """PostgreSQL ends every connection of the worker, twice; the worker connects again and goes on."""
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with working(backend, grace_seconds=PATIENCE):
        for number in range(2):
            await asyncio.sleep(0.1)
            await backend.store.connection.fetch(cut)
            result = await effects.note.aenqueue(str(number))
            await result.aget(timeout=PATIENCE)
    assert effects.ran == ["0", "1"]


async def test_a_thread_that_cannot_be_ended_is_given_up(backend, monkeypatch):
    """A call into C goes on; its task fails, and the worker runs others."""
    monkeypatch.setattr("manoir.tasks._limits.GRACE_SECONDS", 0.05)
    stuck, other = await effects.block_in_c.aenqueue(), await effects.note.aenqueue("other")
    worker = Worker(backend, schedules=False)
    effects.released.clear()
    try:
        await worker.run_until_idle()
    finally:
        effects.released.set()
    assert (worker.stuck, await status_of(stuck), await status_of(other)) == (1, "FAILED", "SUCCESSFUL")
    assert "did not end" in stuck.errors[0].message


async def test_cancelling_what_is_given_back_is_not_forgotten(backend):
    """The worker stops in the moment in which somebody cancels."""
    result = await effects.wait_for.aenqueue(30)
    (claim,) = await backend.store.claim("one", ["default"], 1, 60)
    await result.acancel()
    await backend.store.end([ending_of(claim, Outcome("released"))])
    assert await status_of(result) == "CANCELLED"


@only_postgresql
async def test_signs_of_life_wait_for_no_lock(backend):
    """A row that is locked by the transaction which ends its task counts as held."""
    first, second = await effects.noop.aenqueue(), await effects.noop.aenqueue()
    claims = await backend.store.claim("one", ["default"], 2, 60)
    async with transaction.atomic():
        await backend.store.end([ending_of(claims[0], Outcome("successful", "null"))])
        with backend.store.connection.within(None):
            async with asyncio.timeout(PATIENCE):
                held = await backend.store.renew(claims, 60)
    assert held == {first.id: False, second.id: False}
    assert await backend.store.renew(claims, 60) == {second.id: False}


def test_a_job_that_went_well_for_a_while_begins_again_soon() -> None:
    pauses = [0.0]
    for ran in (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 60.0, 0.0):
        pauses.append(next_pause(pauses[-1], ran))
    assert pauses[1:] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 0.2, 0.4]

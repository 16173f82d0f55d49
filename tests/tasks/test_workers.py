"""Workers in processes of their own, killed, stopped, and left behind."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from manoir.bridge import wait
from manoir.tasks import Outcome, Worker
from manoir.tasks._store import ending_of
from manoir.tasks._worker_state import Running
from manoir.tasks.models import TaskWorker
from tests.tasks import effects
from tests.tasks.conftest import tasks_settings
from tests.tasks.processes import PATIENCE, kill, wait_until, worker_process

pytestmark = pytest.mark.slow
# What depends on the process and not on the database runs on one of them: each process costs a second.
only_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
only_sqlite = pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)


def states(backend: Any, ids: list[str]) -> list[str]:
    return [wait(backend.aread(one)).status.value for one in ids]


def test_a_killed_workers_task_is_rescued(backend, queue_database):
    """Its lease ends, another worker runs it, and its effect is there once."""
    result = effects.write_and_hang_once.delay(1)
    with worker_process(queue_database, tasks_settings(LEASE=3)) as first:
        wait_until(lambda: states(backend, [result.id]) == ["RUNNING"])
        kill(first)
    with worker_process(queue_database, tasks_settings(LEASE=3)):
        wait_until(lambda: states(backend, [result.id]) == ["SUCCESSFUL"])
    result.refresh()
    assert result.attempts == 2
    assert len(result.worker_ids) == 2
    assert wait(effects.numbers()) == [1]


def test_sigterm_lets_running_tasks_end(backend, queue_database):
    result = effects.wait_until_told.delay()
    later = effects.wait_for.apply_async((0,), countdown=60)
    with worker_process(queue_database, tasks_settings()) as process:
        wait_until(lambda: states(backend, [result.id]) == ["RUNNING"])
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: TaskWorker.objects.filter(stopping=True).exists())
        wait(effects.write(-1))
        assert process.wait(PATIENCE) == 0
    result.refresh()
    later.refresh()
    assert (result.return_value, result.attempts, later.status) == ("told", 1, "READY")


@only_postgresql
def test_a_second_signal_gives_the_task_back(backend, queue_database):
    """It waits again at once, and the attempt does not count."""
    result = effects.wait_for.delay(60)
    with worker_process(queue_database, tasks_settings(LEASE=60)) as process:
        wait_until(lambda: states(backend, [result.id]) == ["RUNNING"])
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)  # two equal signals at once would arrive as one
        assert process.wait(PATIENCE) == 0
    result.refresh()
    assert (result.status, result.attempts) == ("READY", 0)


@only_sqlite
def test_tasks_go_back_after_the_grace_period(backend, queue_database):
    result = effects.wait_for.delay(60)
    with worker_process(queue_database, tasks_settings(LEASE=60), "--grace", "0.2") as process:
        wait_until(lambda: states(backend, [result.id]) == ["RUNNING"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    result.refresh()
    assert (result.status, result.attempts) == ("READY", 0)


async def test_a_worker_that_lost_its_lease_cannot_commit(backend, queue_database):
    """Two workers have one task: the first came to a halt before it began, the second has taken it over."""
    for task in (effects.write_atomically, effects.write_atomically_in_thread):
        result = await task.aenqueue(7)
        slow = Worker(backend, schedules=False, worker_id="slow")
        quick = Worker(backend, schedules=False, worker_id="quick")
        (claim,) = await backend.store.claim("slow", ["default"], 1, -1.0)
        assert await backend.store.rescue(backend.max_lost) == [(result.id, "READY")]
        await quick.run_until_idle()
        await slow.perform(Running(claim))
        await slow.leave([])
        await result.arefresh()
        assert (slow.stats.lost, slow.stats.finished, quick.stats.finished) == (1, 0, 1)
        assert (result.status, result.attempts, result.worker_ids) == ("SUCCESSFUL", 2, ["slow", "quick"])
    assert await effects.numbers() == [7, 7]


@only_postgresql
async def test_a_lease_that_is_lost_inside_of_the_transaction(backend, queue_database):
    """The task has written already when another worker takes it. (SQLite's one writer keeps that from happening.)"""
    result = await effects.write_and_halt.aenqueue(7)
    effects.halts.append(halt := effects.Halt())
    slow = Worker(backend, schedules=False, worker_id="slow")
    helpers = await slow.start(helping=False)
    helpers[1].cancel()  # no more signs of life
    try:
        assert await slow.claim() == 1
        await asyncio.wait_for(halt.begun.wait(), PATIENCE)
        await queue_database.execute("UPDATE manoir_task SET lease_until = '2000-01-01 00:00:00'")
        quick = Worker(backend, schedules=False, worker_id="quick")
        assert await backend.store.rescue(backend.max_lost) == [(result.id, "READY")]
        await quick.run_until_idle()
        halt.go_on.set()
        while slow.running:
            await asyncio.sleep(0.02)
    finally:
        await slow.leave(helpers)
    await result.arefresh()
    assert (slow.stats.lost, slow.stats.finished, quick.stats.finished) == (1, 0, 1)
    assert (result.status, result.attempts, result.worker_ids) == ("SUCCESSFUL", 2, ["slow", "quick"])
    assert await effects.numbers() == [7]


async def test_an_end_that_comes_too_late_is_not_stored(backend, queue_database):
    """A task without a transaction of its own: what it did stays, how it ended is the second worker's."""
    result = await effects.wait_for.aenqueue(0)
    (claim,) = await backend.store.claim("slow", ["default"], 1, -1.0)
    await backend.store.rescue(backend.max_lost)
    assert await backend.store.end([ending_of(claim, Outcome("failed"))]) == set()
    await Worker(backend, schedules=False).run_until_idle()
    await result.arefresh()
    assert result.return_value == "waited"
    assert await backend.store.end([ending_of(claim, Outcome("failed"))]) == set()


async def test_signs_of_life_keep_a_task_that_takes_longer_than_its_lease(queue_database, backend):
    """K3: nobody else takes it, however long it runs."""
    backend.lease_seconds = 2.0
    result = await effects.wait_for.aenqueue(2.5)
    one, other = Worker(backend, schedules=False), Worker(backend, schedules=False)
    both = [asyncio.create_task(worker.run()) for worker in (one, other)]
    assert await result.aget(timeout=PATIENCE) == "waited"
    one.stop()
    other.stop()
    await asyncio.gather(*both)
    assert (result.attempts, one.stats.lost + other.stats.lost) == (1, 0)


async def test_a_task_that_loses_its_workers_again_and_again_fails(backend, queue_database):
    result = await effects.noop.aenqueue()
    for _ in range(backend.max_lost + 1):
        assert len(await backend.store.claim("dies", ["default"], 1, -1.0)) == 1
        await backend.store.rescue(backend.max_lost)
    await result.arefresh()
    assert (result.status, result.errors[-1].exception_class_path) == ("FAILED", "manoir.exceptions.WorkerLost")


@only_postgresql
def test_several_processes_are_kept_alive(backend, queue_database):
    """One that is killed is started anew; SIGTERM ends all."""
    with worker_process(queue_database, tasks_settings(LEASE=1), "--processes", "2") as parent:
        wait_until(lambda: len(wait(living())) == 2)
        first = wait(living())
        os.kill(first[0], signal.SIGKILL)
        wait_until(lambda: len(set(wait(living())) - set(first)) == 1)
        result = effects.wait_for.delay(0)
        wait_until(lambda: states(backend, [result.id]) == ["SUCCESSFUL"])
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(PATIENCE) == 0


async def living() -> list[int]:
    return [row.pid async for row in TaskWorker.objects.all()]


@only_sqlite
def test_a_thread_that_does_not_end_holds_no_process_up(backend, queue_database):
    """After the grace period the process ends; the task's lease does, too, and another worker may run it."""
    result = effects.block_in_c_for_long.delay()
    with worker_process(queue_database, tasks_settings(LEASE=60), "--grace", "0.1") as process:
        wait_until(lambda: states(backend, [result.id]) == ["RUNNING"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert states(backend, [result.id]) == ["RUNNING"]

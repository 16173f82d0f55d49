from __future__ import annotations

import datetime as dt
import io

import pytest

from manoir.commands import acall_command, call_command
from manoir.conf import settings
from manoir.exceptions import CommandError, TaskResultDoesNotExist
from manoir.tasks import Outcome, TaskError, Worker, monitoring
from manoir.tasks._clock import Clock
from manoir.tasks._store import ending_of
from manoir.tasks.models import QueuedTask
from tests.tasks import effects
from tests.tasks.conftest import tasks_settings


async def a_failed_task(backend, text="boom"):
    result = await effects.write_plainly.aenqueue(1)
    (claim,) = await backend.store.claim("somebody", ["default"], 1, 60)
    error = TaskError("builtins.ValueError", "Traceback …", text)
    await backend.store.end([ending_of(claim, Outcome("failed", error=error))])
    return result


async def test_queues_tell_what_waits_and_runs(backend):
    for _ in range(3):
        await effects.noop.aenqueue()
    await effects.noop.using(queue_name="mail", run_after=60).aenqueue()
    await backend.store.claim("somebody", ["default"], 1, 60)
    default, mail = await monitoring.aqueues()
    assert (default.name, default.ready, default.scheduled, default.running) == ("default", 2, 0, 1)
    assert (mail.name, mail.ready, mail.scheduled, mail.running, mail.oldest_seconds) == ("mail", 0, 1, 0, None)
    assert 0 <= default.oldest_seconds < 60
    counted = await monitoring.aoverview()
    assert (counted["READY"], counted["RUNNING"], counted["SCHEDULED"], counted["FAILED"]) == (2, 1, 1, 0)


async def test_counting_is_one_statement_however_many_queues_there_are(backend, queue_database, monkeypatch):
    monkeypatch.setattr(backend, "queues", frozenset())
    await a_failed_task(backend)
    seen = []
    for number in range(30):
        await effects.noop.using(queue_name=f"queue-{number:02}").aenqueue()
        await effects.noop.using(queue_name=f"queue-{number:02}", run_after=60).aenqueue()
    with queue_database.observe(seen.append):
        summary = await monitoring.asummary()
    assert len(seen) == 1
    assert [(one.name, one.ready, one.scheduled) for one in summary.queues] == [
        (f"queue-{number:02}", 1, 1) for number in range(30)
    ]
    assert {status: count for status, count in summary.counts.items() if count} == {
        "READY": 30, "SCHEDULED": 30, "FAILED": 1,
    }  # fmt: skip


async def test_of_ended_tasks_ten_thousand_are_counted(backend):
    """Millions may have ended; what a page costs does not grow with them."""
    await effects.noop.aenqueue_many([()] * 10_001)
    await QueuedTask.objects.aupdate(status="SUCCESSFUL", finished_at=dt.datetime.now(dt.UTC))
    assert (await monitoring.asummary()).counts["SUCCESSFUL"] == 10_000


async def test_tasks_are_listed_page_by_page_the_latest_first(backend):
    ids = [(await effects.write_plainly.aenqueue(number)).id for number in range(5)]
    first = await monitoring.atasks(size=2)
    second = await monitoring.atasks(size=2, after=first.after)
    third = await monitoring.atasks(size=2, after=second.after)
    found = [row.id for page in (first, second, third) for row in page.rows]
    assert sorted(found) == sorted(ids)
    assert found == sorted(found, reverse=True)
    assert third.after is None


async def test_lists_are_narrowed(backend):
    failed = await a_failed_task(backend)
    await effects.noop.using(queue_name="mail").aenqueue()
    (row,) = (await monitoring.atasks(status="FAILED")).rows
    assert (row.id, row.error, row.worker, row.can_retry, row.can_cancel) == (
        failed.id, "ValueError: boom", "somebody", True, False,
    )  # fmt: skip
    assert [row.name for row in (await monitoring.atasks(queue="mail")).rows] == ["tests.tasks.effects.noop"]
    assert len((await monitoring.atasks(name="tests.tasks.effects.write")).rows) == 1
    assert (await monitoring.atasks(schedule="none")).rows == []
    assert len((await monitoring.atasks(status=("FAILED", "READY"))).rows) == 2
    assert [row.id for row in (await monitoring.atasks(status=("FAILED", "RUNNING"))).rows] == [failed.id]
    for wrong in (
        {"status": "x"},
        {"status": ("FAILED", "x")},
        {"status": ()},
        {"size": 0},
        {"size": 1_000},
        {"after": "x"},
    ):
        with pytest.raises(ValueError):
            await monitoring.atasks(**wrong)


async def test_one_task_with_everything(backend):
    failed = await a_failed_task(backend)
    detail = await monitoring.atask(failed.id)
    assert (detail.args, detail.kwargs, detail.result) == (["1"], {}, None)
    assert (detail.errors[0].message, detail.worker_ids) == ("boom", ["somebody"])
    with pytest.raises(TaskResultDoesNotExist):
        await monitoring.atask("nothing")


async def test_repeat_and_cancel(backend):
    failed = await a_failed_task(backend)
    waiting = await effects.noop.aenqueue()
    assert await monitoring.aretry([failed.id, waiting.id, "nonsense"]) == 1
    assert await monitoring.acancel([waiting.id, "nonsense"]) == 1
    await Worker(backend, schedules=False).run_until_idle()
    await failed.arefresh()
    await waiting.arefresh()
    assert (failed.status, failed.attempts, waiting.status) == ("SUCCESSFUL", 1, "CANCELLED")
    assert failed.errors[0].message == "boom"


async def test_purging_leaves_what_runs(backend):
    await a_failed_task(backend)
    await effects.noop.aenqueue()
    with pytest.raises(ValueError, match="RUNNING"):
        await monitoring.apurge(status="RUNNING")
    assert await monitoring.apurge(status="FAILED", queue="mail") == 0
    assert await monitoring.apurge(status="FAILED") == 1
    assert [row.status for row in (await monitoring.atasks()).rows] == ["READY"]


async def test_workers_and_schedules(backend):
    worker = Worker(backend, worker_id="one", queues=["mail"])
    helpers = await worker.start(helping=False)
    (found,) = await monitoring.aworkers()
    assert (found.id, found.queues, found.alive, found.stopping) == ("one", ["mail"], True, False)
    await worker.leave(helpers)
    assert await monitoring.aworkers() == []
    plan = {"nightly": {"task": "tests.tasks.effects.noop", "cron": "0 3 * * *", "tz": "Europe/Paris"}}
    with settings.override(TASKS={"default": tasks_settings()["default"] | {"SCHEDULES": plan}}):
        (schedule,) = await monitoring.aschedules()
        assert (schedule.name, schedule.task, schedule.last_tick) == ("nightly", "tests.tasks.effects.noop", None)
        await Clock(monitoring.database_backend("default"), "one").tick()
        (schedule,) = await monitoring.aschedules()
        assert schedule.last_tick < schedule.next_tick
        result_id = await monitoring.arun_now("nightly")
        assert (await monitoring.atask(result_id)).row.status == "READY"
        with pytest.raises(LookupError, match="weekly"):
            await monitoring.arun_now("weekly")


def test_in_sync_code(backend):
    effects.noop.delay()
    assert [one.ready for one in monitoring.queues()] == [1, 0]
    assert len(monitoring.tasks().rows) == 1


def test_the_command(backend):
    effects.noop.delay()

    def run(*words, **options):
        output = io.StringIO()
        call_command("tasks", *words, stdout=output, **options)
        return output.getvalue()

    assert "default: 1 ready, 0 scheduled, 0 running" in run("queues")
    assert "READY" in run("list", status="READY")
    assert run("workers") == ""
    assert run("schedules") == ""
    assert run("cancel", status="READY") == "1 tasks cancelled.\n"
    assert run("retry", status="CANCELLED") == "1 tasks wait again.\n"
    assert run("purge", status="READY") == "1 tasks deleted.\n"
    with pytest.raises(CommandError, match="--status"):
        run("purge")
    with pytest.raises(CommandError, match="READY"):
        run("list", status="NONSENSE")


async def test_the_command_in_a_coroutine(backend):
    output = io.StringIO()
    await acall_command("tasks", "queues", stdout=output)
    assert output.getvalue().startswith("default: 0 ready")

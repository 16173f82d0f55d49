"""`manoir.testing.run_tasks` inside of a transaction that is rolled back, as the `db` fixture makes it."""

from __future__ import annotations

import pytest

from manoir.bridge import wait
from manoir.conf import settings
from manoir.db import transaction
from manoir.testing import arun_tasks, run_tasks
from tests.conftest import EndOfTest
from tests.tasks import effects


@pytest.fixture
def in_transaction(backend):
    effects.ran.clear()
    block = transaction.Atomic(None, savepoint=True, durable=False, fixture=True)
    block.__enter__()
    yield backend
    block.__exit__(EndOfTest, EndOfTest(), None)
    assert wait(backend.store.connection.fetch("SELECT count(*) FROM manoir_task"))[0][0] == 0
    assert wait(effects.numbers()) == []


async def test_tasks_of_the_tests_transaction_are_run(in_transaction):
    plain, atomic = await effects.note.aenqueue("a"), await effects.write_atomically.aenqueue(1)
    thread, parent = await effects.write_atomically_in_thread.aenqueue(2), await effects.enqueue_another.aenqueue("b")
    later = await effects.note.aapply_async(("later",), countdown=60)
    assert await arun_tasks() == 5
    for result in (plain, atomic, thread, parent, later):
        await result.arefresh()
    assert [one.status.value for one in (plain, atomic, thread, parent)] == ["SUCCESSFUL"] * 4
    assert (later.status, effects.ran, await effects.numbers()) == ("READY", ["a", "b"], [1, 2])
    assert await arun_tasks() == 0


async def test_what_a_failing_task_in_its_transaction_wrote_is_undone(in_transaction):
    result = await effects.write_and_fail.aenqueue(5)
    assert await arun_tasks() == 1
    await result.arefresh()
    assert (result.attempts, await effects.numbers()) == (2, [5])


def test_in_sync_code(in_transaction):
    effects.note.delay("x")
    assert (run_tasks(), effects.ran) == (1, ["x"])


def test_other_backends_are_named(in_transaction):
    dummy = {"default": {"BACKEND": "manoir.tasks.DummyBackend"}}
    with settings.override(TASKS=dummy), pytest.raises(TypeError, match="DummyBackend"):
        run_tasks()

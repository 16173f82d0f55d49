"""What may go wrong between a commit and its effect: nothing is lost, nothing happens twice, strangers have no say."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from manoir.bridge import wait
from manoir.db import transaction
from manoir.tasks import CeleryBackend, TaskResultStatus
from manoir.tasks._celery._execution import Execution
from manoir.tasks._celery._relay import Relay
from manoir.tasks.compliance import fail
from manoir.tasks.models import QueuedTask
from tests.tasks.celery.conftest import PATIENCE, WorkerProcess, until
from tests.tasks.effects import (
    Halt,
    halts,
    numbers,
    wait_for,
    write_and_halt,
    write_and_hang_once,
    write_atomically,
    write_plainly,
    write_slowly,
)

pytestmark = pytest.mark.slow


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def send(backend: CeleryBackend, *args: Any, name: str = "tests.tasks.effects.write_plainly") -> None:
    """Put a message into the broker as somebody who may write there would."""
    queue = backend.broker.prefix + "default"
    await asyncio.to_thread(backend.broker.app.send_task, name, args=list(args), queue=queue, ignore_result=True)


# -- into the broker --------------------------------------------------------------------------------------------------


async def test_nothing_is_published_before_the_commit(celery_backend: CeleryBackend) -> None:
    async with transaction.atomic():
        await write_plainly.aenqueue(1)
        assert await QueuedTask.objects.filter(status="OUTBOX").acount() == 1
    assert await QueuedTask.objects.exclude(status="OUTBOX").acount() == 1  # published, and perhaps done by now


async def test_a_broker_that_is_down_delays_and_loses_nothing(
    celery_backend: CeleryBackend, celery_worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's relay publishes what the process that asked could not."""
    kind = celery_backend.options["BROKER"].partition(":")[0]
    monkeypatch.setitem(celery_backend.options, "BROKER", f"{kind}://127.0.0.1:{closed_port()}/")
    celery_backend._broker = None
    result = await write_plainly.aenqueue(1)
    assert "refused" in str(celery_backend.broker.reason)
    again = await write_plainly.aenqueue(2)  # nobody tries for a while
    for one in (result, again):
        await one.aget(timeout=PATIENCE)
    assert sorted(await numbers()) == [1, 2]


async def test_a_publisher_that_dies_between_its_mark_and_the_broker_loses_nothing(
    celery_backend: CeleryBackend, celery_worker: WorkerProcess
) -> None:
    celery_backend.publishes_on_commit = False
    async with celery_worker.held():  # its relay would be faster
        result = await write_plainly.aenqueue(1)
        assert len(await celery_backend.outbox.collect(10)) == 1  # and here the process dies
        assert await celery_backend.apublish() == 0  # nobody takes it before its time
        await QueuedTask.objects.filter(pk=result.id).aupdate(lease_until=result.enqueued_at)
    await result.aget(timeout=PATIENCE)
    assert await numbers() == [1]


async def test_a_message_that_the_broker_lost_is_published_again(
    celery_backend: CeleryBackend, celery_worker: WorkerProcess
) -> None:
    async with celery_worker.held():
        celery_backend.broker.prefix = "nobody-listens-"
        result = await write_plainly.aenqueue(1)
        assert (await QueuedTask.objects.aget(pk=result.id)).status == "PUBLISHED"
        await QueuedTask.objects.filter(pk=result.id).aupdate(lease_until=result.enqueued_at)
    await result.aget(timeout=PATIENCE)
    assert await numbers() == [1]


async def test_several_relays_publish_each_task_once(
    celery_backend: CeleryBackend, celery_worker: WorkerProcess
) -> None:
    """Two here, and that of the worker."""
    celery_backend.publishes_on_commit = False
    await write_plainly.aenqueue_many([(number,) for number in range(250)])
    relays = [Relay(celery_backend, f"relay-{number}", schedules=False) for number in range(2)]
    await asyncio.gather(*(relay.publish() for relay in relays))
    async with asyncio.timeout(PATIENCE):
        while await QueuedTask.objects.filter(status="SUCCESSFUL").acount() < 250:
            await asyncio.sleep(0.05)
    assert await numbers() == list(range(250))


# -- out of the broker ------------------------------------------------------------------------------------------------


async def test_a_message_that_comes_twice_has_one_effect(
    celery_backend: CeleryBackend, celery_worker: WorkerProcess
) -> None:
    celery_backend.publishes_on_commit = False
    async with celery_worker.held():
        result = await write_plainly.aenqueue(1)
        parcels = await celery_backend.outbox.collect(1)
        for _ in range(3):
            await asyncio.to_thread(celery_backend.broker.send, parcels)
        await celery_backend.outbox.confirm(parcels, 60)
    await result.aget(timeout=PATIENCE)
    after = await write_plainly.aenqueue(2)  # behind the others in the queue
    await after.aget(timeout=PATIENCE)
    await result.arefresh()
    assert (await numbers(), result.attempts) == ([1, 2], 1)


@pytest.mark.parametrize(
    "forged",
    [
        (),
        (1, 2),
        ("not an id", 7),
        ("018f0000-0000-7000-8000-000000000000", 7),
        ("018f0000-0000-7000-8000-000000000000", "7"),
        ("018f0000-0000-7000-8000-000000000000", True),
        (["018f0000-0000-7000-8000-000000000000"], {"$ne": 0}),
        ("x" * 100_000, -1),
    ],
)
async def test_messages_of_strangers_do_nothing(
    celery_backend: CeleryBackend, celery_worker: WorkerProcess, forged: tuple[Any, ...]
) -> None:
    """C09, H46: who may write into the broker cannot run anything, or change what runs."""
    later = await write_plainly.aapply_async((7,), countdown=3600)
    await send(celery_backend, *forged)
    await send(celery_backend, later.id, 12345)  # a task that exists, without its lease
    result = await write_plainly.aenqueue(1)
    await result.aget(timeout=PATIENCE)
    assert await numbers() == [1]
    await later.arefresh()
    assert (later.status, later.attempts) == (TaskResultStatus.READY, 0)


async def test_the_name_in_a_message_decides_nothing(
    celery_backend: CeleryBackend, celery_worker: WorkerProcess
) -> None:
    """C11: the row says what runs."""
    celery_backend.publishes_on_commit = False
    async with celery_worker.held():
        result = await write_plainly.aenqueue(1)
        (parcel,) = await celery_backend.outbox.collect(1)
        await celery_backend.outbox.confirm([parcel], 60)
        await send(celery_backend, parcel.id, parcel.lease, name="tests.tasks.effects.write_slowly")
    await result.aget(timeout=PATIENCE)
    assert await numbers() == [1]


async def test_a_cancelled_task_is_not_taken(celery_backend: CeleryBackend, celery_worker: WorkerProcess) -> None:
    async with celery_worker.held():
        celery_backend.broker.prefix = "nobody-listens-"
        result = await write_plainly.aenqueue(1)
        assert await result.acancel() is True
    assert result.status == TaskResultStatus.CANCELLED
    assert await celery_backend.apublish() == 0


async def test_a_running_task_is_cancelled_where_it_waits(
    celery_backend: CeleryBackend, celery_worker: WorkerProcess
) -> None:
    result = await wait_for.aenqueue(30)
    async with asyncio.timeout(PATIENCE):
        while result.status != TaskResultStatus.RUNNING:
            await asyncio.sleep(0.02)
            await result.arefresh()
        assert await result.acancel() is True
        while not result.is_finished:
            await asyncio.sleep(0.02)
            await result.arefresh()
    assert result.status == TaskResultStatus.CANCELLED


# -- workers that die, and workers that are late -----------------------------------------------------------------------


async def test_a_worker_that_lost_its_lease_cannot_commit(
    celery_backend: CeleryBackend, celery_worker: WorkerProcess
) -> None:
    """Both ran the task, one committed."""
    celery_backend.publishes_on_commit = False
    async with celery_worker.held():
        result = await write_and_halt.aenqueue(1)
        (parcel,) = await celery_backend.outbox.collect(1)
        halts.append(halt := Halt())
        first = asyncio.ensure_future(Execution(celery_backend, "first").run(parcel.id, parcel.lease))
        await asyncio.wait_for(halt.begun.wait(), PATIENCE)
        if celery_backend.store.connection.vendor == "sqlite":
            halt.go_on.set()
            await first  # its one writer is the task's own transaction: nobody can take the lease meanwhile
            assert await numbers() == [1]
            return
        await QueuedTask.objects.filter(pk=result.id).aupdate(lease_until=result.enqueued_at)
        assert [status for _, status in await celery_backend.store.rescue(10)] == ["OUTBOX"]
        (again,) = await celery_backend.outbox.collect(1)
        second = await Execution(celery_backend, "second").run(again.id, again.lease)
        assert second is not None
        halt.go_on.set()
        assert await first is None
        assert await numbers() == [1]
        await result.arefresh()
        assert (result.status, result.worker_ids[-1]) == (TaskResultStatus.SUCCESSFUL, "second")


def test_a_task_survives_its_worker(living_worker: Callable[[], WorkerProcess]) -> None:
    """Killed in the middle of a transaction: the task runs again, and its effect is there once."""
    worker = living_worker()
    result = write_and_hang_once.enqueue(1)
    until(lambda: QueuedTask.objects.filter(pk=result.id, status="TAKEN").exists())
    worker.kill()
    assert wait(numbers()) == []
    living_worker()
    result.get(timeout=PATIENCE)
    assert wait(numbers()) == [1]
    result.refresh()
    assert result.attempts == 2


def test_a_gentle_end_loses_nothing(living_worker: Callable[[], WorkerProcess]) -> None:
    """SIGTERM: what runs ends, what waits is still there."""
    worker = living_worker()
    count = 24  # four seconds of work for two: a worker looks up from its queue once a second
    # At once: on SQLite each would wait for the transaction of the one that runs, and none would be left to wait.
    write_slowly.enqueue_many([(number, 0.3) for number in range(count)])
    until(lambda: QueuedTask.objects.filter(status="TAKEN").exists())
    assert worker.stop() == 0
    ended = QueuedTask.objects.filter(status="SUCCESSFUL").count()
    waiting = QueuedTask.objects.filter(status__in=("OUTBOX", "PUBLISHED")).count()
    assert 0 < len(wait(numbers())) == ended < ended + waiting == count
    living_worker()
    until(lambda: QueuedTask.objects.filter(status="SUCCESSFUL").count() == count)
    assert wait(numbers()) == list(range(count))


def test_a_lost_child_takes_one_attempt_with_it(living_worker: Callable[[], WorkerProcess]) -> None:
    """And no task: Celery starts another process, the relay publishes the task again."""
    living_worker()
    result = write_and_hang_once.enqueue(1)
    until(lambda: QueuedTask.objects.filter(pk=result.id, status="TAKEN").exists())
    pid = int(QueuedTask.objects.get(pk=result.id).worker_ids.rpartition("-")[2])
    os.kill(pid, signal.SIGKILL)
    result.get(timeout=PATIENCE)
    assert wait(numbers()) == [1]


def test_chaos(living_worker: Callable[[], WorkerProcess]) -> None:
    """Workers are killed again and again: each of 80 tasks has its effect once. `make soak` has more of both."""
    count = 80
    write_atomically.enqueue_many([(number,) for number in range(count)])
    worker = living_worker()
    for done in (15, 40):
        until(lambda done=done: len(wait(numbers())) >= done)
        worker.kill()
        worker = living_worker()
    until(lambda: len(wait(numbers())) >= count)
    until(lambda: not QueuedTask.objects.exclude(status="SUCCESSFUL").exists())
    assert wait(numbers()) == list(range(count))


# -- what monitors see ------------------------------------------------------------------------------------------------


def test_monitors_see_tasks_by_their_names(celery_backend: CeleryBackend, celery_worker: WorkerProcess) -> None:
    """The events that Flower listens to: received, started, succeeded or failed; no arguments in them."""
    seen: list[tuple[str, str, str]] = []
    ready, receivers = threading.Event(), list[Any]()
    listener = threading.Thread(target=listen, args=(celery_backend, seen, ready, receivers))
    listener.start()
    try:
        assert ready.wait(PATIENCE)
        good, bad = write_plainly.enqueue(4711), fail.enqueue("a secret reason")
        wanted = {(good.id, "task-received"), (good.id, "task-succeeded"), (bad.id, "task-failed")}
        until(lambda: wanted <= {(task_id, kind) for task_id, kind, _ in seen})
    finally:
        for receiver in receivers:
            receiver.should_stop = True
        listener.join()
    text = str([event for *_, event in seen])
    assert "tests.tasks.effects.write_plainly" in text
    assert "4711" not in text


def listen(backend: CeleryBackend, seen: list[Any], ready: threading.Event, receivers: list[Any]) -> None:
    """Do what a monitor does, on a connection of its own."""
    with backend.broker.app.connection_for_read() as connection:

        def hear(event: dict[str, Any]) -> None:
            ready.set()  # the worker's heart is heard: what it says from now on is, too
            note(event, seen)

        # RabbitMQ drops events after five seconds unless told otherwise, and a busy machine takes longer to fetch them.
        receiver = backend.broker.app.events.Receiver(connection, handlers={"*": hear}, queue_ttl=PATIENCE)
        receivers.append(receiver)
        receiver.capture(limit=None, timeout=PATIENCE, wakeup=False)


def note(event: dict[str, Any], seen: list[tuple[str, str, str]]) -> None:
    if event["type"].startswith("task-"):
        seen.append((event["uuid"], event["type"], repr(event)))

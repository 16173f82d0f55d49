"""What stands in the outbox: when it is due, in which order it leaves, and what nobody takes out of its publisher's hands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from manoir.db import transaction
from manoir.tasks import CeleryBackend
from manoir.tasks._message import utc_now
from manoir.tasks.models import QueuedTask
from tests.tasks.effects import noop, write_plainly


@pytest.fixture(autouse=True)
def _nobody_else_publishes(celery_backend: CeleryBackend) -> None:
    celery_backend.publishes_on_commit = False


async def test_what_was_just_asked_for_is_due_at_once(celery_backend: CeleryBackend) -> None:
    """In the millisecond in which it was, which is all that SQLite's clock tells."""
    found = []
    for number in range(50):
        result = await write_plainly.aenqueue(number)
        found.append([one.id for one in await celery_backend.outbox.collect(10)] == [result.id])
    assert found == [True] * 50


@pytest.mark.parametrize("seconds", [-3600, 3600])
async def test_whatever_clock_the_process_has_that_asks(
    celery_backend: CeleryBackend, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    wrong: Callable[[], dt.datetime] = lambda: utc_now() + dt.timedelta(seconds=seconds)  # noqa: E731
    monkeypatch.setattr("manoir.tasks._base.utc_now", wrong)
    result = await noop.aenqueue()
    assert [one.id for one in await celery_backend.outbox.collect(10)] == [result.id]


async def test_what_is_to_wait_waits(celery_backend: CeleryBackend) -> None:
    await noop.aapply_async(countdown=3600)
    assert await celery_backend.outbox.collect(10) == []


async def test_tasks_leave_in_the_order_in_which_they_were_asked_for(celery_backend: CeleryBackend) -> None:
    ids = await write_plainly.aenqueue_many([(number,) for number in range(200)])
    urgent = await write_plainly.using(priority=10).aenqueue(200)
    assert [one.id for one in await celery_backend.outbox.collect(300)] == [urgent.id, *ids]


async def test_a_message_that_is_on_its_way_into_the_broker_does_not_count_as_lost(
    celery_backend: CeleryBackend,
) -> None:
    """Its queue is empty as long as its publisher has not put it there."""
    outbox, redeliver, lease = celery_backend.outbox, celery_backend.redeliver_seconds, celery_backend.lease_seconds
    await noop.aenqueue()
    parcels = await outbox.collect(10)
    assert await outbox.overdue_queues(redeliver, lease) == []
    await outbox.confirm(parcels, redeliver)
    assert await outbox.overdue_queues(redeliver, lease) == []
    await outbox.confirm(parcels, redeliver - lease - 1)  # as if it had been that long ago
    assert await outbox.overdue_queues(redeliver, lease) == ["default"]


async def test_a_message_that_is_published_again_does_not_take_the_say_from_the_first(
    celery_backend: CeleryBackend,
) -> None:
    """A worker that is slow to take it finds what it came for; whoever comes second finds nothing."""
    outbox, redeliver, lease = celery_backend.outbox, celery_backend.redeliver_seconds, celery_backend.lease_seconds
    await noop.aenqueue()
    (first,) = parcels = await outbox.collect(10)
    await outbox.confirm(parcels, redeliver - lease - 1)
    assert await outbox.put_back_overdue("default", redeliver, lease) == 1
    (second,) = await outbox.collect(10)
    assert second == first
    assert await outbox.take(first.id, first.lease, "one", lease) is not None
    assert await outbox.take(second.id, second.lease, "two", lease) is None


async def test_one_that_was_taken_is_published_with_another_lease(celery_backend: CeleryBackend) -> None:
    """Its first message may be delivered again."""
    result = await noop.aenqueue()
    (first,) = await celery_backend.outbox.collect(10)
    assert await celery_backend.outbox.take(first.id, first.lease, "one", 60) is not None
    async with transaction.atomic():
        await QueuedTask.objects.filter(pk=result.id).aupdate(lease_until=result.enqueued_at)
        await celery_backend.outbox.rescue(10)
        (second,) = await celery_backend.outbox.collect(10)
    assert second.lease != first.lease
    assert await celery_backend.outbox.take(first.id, first.lease, "one", 60) is None


async def test_who_published_does_not_wait_for_the_task_that_began(celery_backend: CeleryBackend) -> None:
    """On SQLite its transaction is the one that writes."""
    result = await noop.aenqueue()
    parcels = await celery_backend.outbox.collect(10)
    assert await celery_backend.outbox.take(result.id, parcels[0].lease, "one", 60) is not None
    seen: list[str] = []
    with celery_backend.outbox.connection.observe(lambda event: seen.append(event.sql.split()[0])):
        await celery_backend.settle_parcels(parcels, 1)
    assert seen == ["SELECT" if celery_backend.outbox.connection.vendor == "sqlite" else "UPDATE"]

"""How many statements work costs: as many for one task as for a hundred."""

from __future__ import annotations

from collections import Counter

import pytest

from manoir.db import transaction
from manoir.tasks import Worker
from tests.tasks import effects

only_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


class Statements(Counter):
    """What was sent while it looks on, by the first words."""

    def __call__(self, event):
        self[" ".join(event.sql.split()[:2])] += 1


async def test_enqueueing_in_a_transaction_is_one_statement_a_task(backend, queue_database):
    async with transaction.atomic():
        await effects.noop.aenqueue()  # workers are told once for all, after the commit
        seen = Statements()
        with queue_database.observe(seen):
            for _ in range(5):
                await effects.noop.aenqueue()
    inserts = seen["INSERT INTO"]
    assert (inserts, sum(seen.values())) == (5, 5)


@only_postgresql
async def test_many_are_enqueued_in_one_statement(backend, queue_database):
    seen = Statements()
    with queue_database.observe(seen):
        await effects.noop.aenqueue_many([()] * 1_000)
    assert seen == {"INSERT INTO": 1, "SELECT pg_notify($1,": 1}


@only_postgresql
async def test_a_hundred_tasks_end_in_a_handful_of_statements(backend, queue_database):
    await effects.noop.aenqueue_many([()] * 100)
    seen = Statements()
    worker = Worker(backend, schedules=False, concurrency=100, own_connections=False)
    with queue_database.observe(seen):
        await worker.run_until_idle()
    assert worker.stats.finished == 100
    assert seen["UPDATE manoir_task"] <= 3  # the ends
    assert sum(seen.values()) <= 25

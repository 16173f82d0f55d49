"""How many statements work costs: as many for one task as for a hundred."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from manoir.db import transaction
from manoir.tasks import Worker
from manoir.tasks import _store_postgresql as sql
from manoir.tasks._message import new_id
from manoir.tasks._store import CENSUS
from manoir.tasks.models import QueuedTask
from manoir.tasks.monitoring import standing
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
    assert sum(seen.values()) < 100  # on a busy machine it looks for tasks more often while ends are stored


@only_postgresql
async def test_pages_about_tasks_read_what_their_indexes_have(backend, queue_database):
    """Behind them stand all tasks that have ended."""
    await effects.noop.aenqueue()
    waiting = QueuedTask.objects.filter(standing(("READY", "OUTBOX", "PUBLISHED"))).order_by("-id")[:51]
    async with transaction.atomic():
        await queue_database.execute("SET LOCAL enable_seqscan = off")
        census = "\n".join(row[0] for row in await queue_database.fetch(f"EXPLAIN {CENSUS}"))
        plans = {"census": census, "list": await waiting.aexplain()}
    for name, plan in plans.items():
        assert "Seq Scan" not in plan, f"{name}:\n{plan}"
        assert "manoir_task_pkey" not in plan, f"{name}:\n{plan}"


@only_postgresql
async def test_a_worker_reads_no_table_from_end_to_end(backend):
    """Even if its plans were made while the table was empty: they are kept while it grows."""
    worker = Worker(backend, schedules=False)
    ids, leases, none = [str(new_id())], [1], [None]
    statements = {
        "claim": (sql.CLAIM, ("w", ["default"], 10, 1, 20.0)),
        "end": (sql.END, (ids, leases, ["READY"], [True], [False], none, ["[]"], none)),
        "renew": (sql.RENEW, (ids, leases, 20.0)),
        "held": (sql.HELD, (ids, leases)),
        "rescue": (sql.RESCUE, (10, "[]")),
        "promote": (sql.PROMOTE, ()),
        "next": (sql.NEXT_DUE, ()),
        "queues": (sql.QUEUES, ()),
        "prune": (sql.PRUNE, ("FAILED", 60.0, 10)),
    }
    try:
        for name, (text, values) in statements.items():
            rows = await worker.store.connection.fetch(f"EXPLAIN {text}", values)
            plan = "\n".join(row[0] for row in rows)
            assert "Seq Scan" not in plan, f"{name}:\n{plan}"
    finally:
        await worker.leave([])


async def test_ends_that_cannot_be_stored_yet_keep_new_tasks_away(backend, monkeypatch):
    """H56: a slow database does not fill the worker's memory."""
    monkeypatch.setattr("manoir.tasks._worker.BACKLOG", 2)
    await effects.noop.aenqueue_many([()] * 10)
    worker = Worker(backend, schedules=False, concurrency=3)
    taken = 0
    for _ in range(5):
        taken += await worker.claim()
        while worker.running:
            await asyncio.sleep(0.005)
    assert (taken, len(worker.ends)) == (3, 3)
    await worker.store_batch()
    assert await worker.claim() == 3
    while worker.running:
        await asyncio.sleep(0.005)
    await worker.leave([])
    assert worker.stats.finished == 6

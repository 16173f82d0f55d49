"""The line of processes before SQLite's write lock."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from manoir.db import transaction
from manoir.db.sqlite._turnstile import Turnstile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks on Windows")


@pytest.fixture
def line(tmp_path):
    """Make turnstiles of one file, as several processes have them."""
    return lambda patience=5.0: Turnstile(str(tmp_path / "db.sqlite3"), patience)


async def test_second_waits_until_the_first_leaves(line):
    ticket = await line().enter()
    second = asyncio.create_task(line().enter())
    await asyncio.sleep(0.02)
    assert not second.done()
    Turnstile.leave(ticket)
    Turnstile.leave(await asyncio.wait_for(second, 1))


async def test_one_who_waited_too_long_goes_on_without(line):
    ticket = await line().enter()
    assert await line(patience=0.01).enter() is None
    Turnstile.leave(ticket)


async def test_cancelled_waiting_leaves_the_line(line):
    ticket = await line().enter()
    second = asyncio.create_task(line().enter())
    await asyncio.sleep(0.01)
    second.cancel()
    await asyncio.wait([second])
    Turnstile.leave(ticket)
    third = await line(patience=0).enter()
    assert third is not None
    Turnstile.leave(third)


async def test_folder_that_does_not_exist_has_no_line(tmp_path):
    assert await Turnstile(str(tmp_path / "nowhere" / "db.sqlite3"), 1).enter() is None


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
async def test_transaction_keeps_the_turnstile_only_until_it_has_the_lock(committing_database):
    other = Turnstile(committing_database.path, 0)
    async with transaction.atomic():
        ticket = await other.enter()
        assert ticket is not None
        Turnstile.leave(ticket)


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
async def test_writer_queues_behind_another_process(committing_database):
    await committing_database.execute("CREATE TABLE line (id integer)")
    ticket = await Turnstile(committing_database.path, 1).enter()
    started = time.monotonic()
    asyncio.get_running_loop().call_later(0.05, Turnstile.leave, ticket)
    await committing_database.execute("INSERT INTO line VALUES (1)")
    assert time.monotonic() - started >= 0.045

"""Many tasks on few connections, and cancellations at any moment, on the loops that servers use."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from manoir import bridge
from manoir.db import Connection, connections, transaction
from tests import databases

LOOPS = ["asyncio"] if sys.platform == "win32" else ["asyncio", "uvloop"]
CONCURRENT = 256
CANCELS = 900


@pytest.fixture(params=LOOPS)
def run(request) -> Callable[[Coroutine[Any, Any, None]], None]:
    """Run a coroutine on a loop that is none of the bridge's, as a server does, within a time limit."""

    def run_on_loop(main: Coroutine[Any, Any, None]) -> None:
        factory = None
        if request.param == "uvloop":
            import uvloop

            factory = uvloop.new_event_loop

        async def adopted() -> None:
            with bridge.adopt_loop():
                async with asyncio.timeout(60):
                    await main
            await bridge.aclose_loop()

        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(adopted())

    return run_on_loop


@pytest.fixture
def busy(vendor):
    """A database with one table and five connections."""
    entry = databases.entry(vendor, databases.session_name("soak"), pool={"max_size": 5, "timeout": 50})
    if vendor == "sqlite":
        entry["OPTIONS"]["timeout"] = 50
    with connections.override({"default": entry}):
        connection = connections["default"]
        bridge.wait(connection.create_database(entry["NAME"]))
        bridge.wait(connection.execute("CREATE TABLE mark (id integer)"))
        bridge.wait(connection.aclose())
        yield connection
    bridge.wait(databases.drop(connection))


async def add(number: int) -> None:
    mark = "?" if connections["default"].placeholder_style == "?" else "$1"
    await connections["default"].execute(f"INSERT INTO mark VALUES ({mark})", [number])


async def seen(number: int) -> int:
    mark = "?" if connections["default"].placeholder_style == "?" else "$1"
    return (await connections["default"].fetch(f"SELECT count(*) FROM mark WHERE id = {mark}", [number]))[0][0]


add_in_sync = bridge.blocking_function(add)
seen_in_sync = bridge.blocking_function(seen)


def sync_view(number: int) -> None:
    with transaction.atomic():
        add_in_sync(number)
        assert seen_in_sync(number) == 1


async def nested_in_thread(number: int) -> None:
    """Holds a connection and wants a thread, while threads want connections: deadlock, but for threads of its own."""
    async with transaction.atomic():
        await add(number)
        await bridge.to_thread(lambda: bridge.wait(bridge.to_thread(sync_view_inside, number)))


def sync_view_inside(number: int) -> None:
    assert seen_in_sync(number) == 1


async def in_thread(number: int) -> None:
    await bridge.to_thread(sync_view, number)


async def in_spawn(number: int) -> None:
    await bridge.spawn(sync_view, number)


async def in_coroutine(number: int) -> None:
    async with transaction.atomic():
        await add(number)
        async with transaction.atomic():
            assert await seen(number) == 1


async def plain(number: int) -> None:
    await add(number)


KINDS = [nested_in_thread, in_thread, in_spawn, in_coroutine, plain]


async def check_pool(connection: Connection) -> None:
    """All links are back, none in a transaction, none dirty."""
    pool = connection.pool()
    while pool.cleaners:
        await asyncio.wait(pool.cleaners)
    assert len(pool.idle) == pool.size == len(pool.links) <= 5
    assert not pool.waiters
    assert not pool.writer.busy
    assert not any(link.needs_cleaning() or link.has_writer_turn for link in pool.links)
    assert connection.level is None


def test_256_at_a_time_neither_stall_nor_mix(busy, run):
    async def main() -> None:
        await asyncio.gather(*(KINDS[number % len(KINDS)](number) for number in range(CONCURRENT)))
        rows = await busy.fetch("SELECT id FROM mark ORDER BY id")
        assert [row[0] for row in rows] == list(range(CONCURRENT))
        await check_pool(busy)

    run(main())


def test_900_random_cancels_lose_nothing(busy, run):
    chance = random.Random(7)

    async def main() -> None:
        ended: dict[int, bool] = {}
        number = 0
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await asyncio.gather(*(KINDS[one % len(KINDS)](20_000 + one) for one in range(30)))
        whole = (
            loop.time() - begun
        )  # how long thirty take here, so that some end before they are cancelled, and some not
        for _ in range(CANCELS // 30):
            tasks = {}
            for _ in range(30):
                number += 1
                tasks[number] = asyncio.create_task(chance.choice(KINDS)(number))
            for task in tasks.values():
                loop.call_later(chance.random() * whole, task.cancel)
            begun = loop.time()
            await asyncio.wait(tasks.values())
            whole = max(whole, (loop.time() - begun) / 2)
            for one, task in tasks.items():
                ended[one] = not task.cancelled()
                assert task.cancelled() or task.exception() is None, task.exception()
        await check_pool(busy)
        assert 0.1 < sum(ended.values()) / CANCELS < 0.95  # both ends were met
        rows = await busy.fetch("SELECT id FROM mark")
        stored = [row[0] for row in rows]
        assert len(stored) == len(set(stored))
        assert {one for one, complete in ended.items() if complete} <= set(stored)
        if busy.vendor == "postgresql":
            sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
            assert (await busy.fetch(sql))[0][0] == 0
        await asyncio.gather(*(in_coroutine(10_000 + one) for one in range(20)))

    run(main())


def test_many_streams_and_their_relations_share_connections(busy, run):
    """A task that reads a stream and wants more rows for each chunk needs one connection, not two."""

    async def read(number: int) -> None:
        connection = connections["default"]
        async with connection.stream("SELECT id FROM mark", (), 10) as stream:
            async for chunk in stream:
                with connection.within(stream.level):
                    assert await seen(chunk[0][0]) == 1

    async def main() -> None:
        for number in range(50):
            await add(number)
        await asyncio.gather(*(read(number) for number in range(20)))
        await check_pool(busy)

    run(main())

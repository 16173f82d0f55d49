import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from manoir.db._pool import Pool
from manoir.db.sqlite._link import SQLiteLink
from manoir.exceptions import InterfaceError, OperationalError


async def open_link() -> SQLiteLink:
    await asyncio.sleep(0)
    link = SQLiteLink(None, timeout=1, begin_sql="BEGIN", prepare_session=lambda raw: None)
    await link.open(lambda: sqlite3.connect(":memory:", isolation_level=None))
    return link


@asynccontextmanager
async def pool_of(max_size: int, connect: Any = open_link, **options: Any) -> AsyncIterator[Pool]:
    loop = asyncio.get_running_loop()
    settings = {"timeout": 1.0, "max_lifetime": None} | options
    pool = Pool(connect, describe="the database 'test'", loop=loop, max_size=max_size, **settings)
    try:
        yield pool
    finally:
        await pool.aclose()


async def test_the_link_used_last_is_used_next():
    async with pool_of(2) as pool:
        first, second = await pool.acquire(), await pool.acquire()
        pool.release(first)
        pool.release(second)
        assert pool.take() is second
        pool.release(second)
        assert pool.size == 2


async def test_waiters_are_served_in_order():
    async with pool_of(1) as pool:
        link = await pool.acquire()
        order: list[int] = []

        async def use(number: int) -> None:
            got = await pool.acquire()
            order.append(number)
            await asyncio.sleep(0)
            pool.release(got)

        tasks = [asyncio.create_task(use(number)) for number in range(5)]
        await asyncio.sleep(0)
        pool.release(link)
        assert pool.take() is None  # the link is promised to the first waiter
        await asyncio.gather(*tasks)
        assert order == [0, 1, 2, 3, 4]
        assert len(pool.idle) == 1


async def test_waiting_too_long_says_what_to_do():
    async with pool_of(1, timeout=0.01) as pool:
        link = await pool.acquire()
        with pytest.raises(OperationalError) as caught:
            await pool.acquire()
        assert str(caught.value) == (
            "No connection to the database 'test' became free within 0.01 seconds: all 1 are in use. Keep transactions"
            ' short, do not hold one connection while waiting for a second, or raise OPTIONS["pool"]["max_size"].'
        )
        pool.release(link)
        assert await pool.acquire() is link
        pool.release(link)


async def test_a_waiter_cancelled_in_its_hand_over_gives_the_link_on():
    async with pool_of(1) as pool:
        link = await pool.acquire()
        cancelled, patient = asyncio.create_task(pool.acquire()), asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        pool.release(link)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        assert await patient is link
        pool.release(link)
        assert (pool.size, len(pool.idle)) == (1, 1)


async def test_a_lost_link_makes_place_for_a_new_one():
    async with pool_of(1) as pool:
        link = await pool.acquire()
        waiter = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        link.terminate()
        pool.release(link)
        fresh = await waiter
        assert fresh is not link
        pool.release(fresh)
        fresh.terminate()  # dies while it is idle
        assert pool.take() is None
        again = await pool.acquire()
        assert not again.is_closed()
        pool.release(again)
        assert pool.size == 1


async def test_a_failed_connect_frees_its_place_for_the_next_waiter():
    failures = 1

    async def connect() -> SQLiteLink:
        nonlocal failures
        await asyncio.sleep(0)
        if failures:
            failures -= 1
            raise OperationalError("not now")
        return await open_link()

    async with pool_of(1, connect) as pool:
        unlucky, patient = asyncio.create_task(pool.acquire()), asyncio.create_task(pool.acquire())
        with pytest.raises(OperationalError, match="not now"):
            await unlucky
        pool.release(await patient)
        assert pool.size == 1


async def test_an_old_link_is_retired():
    async with pool_of(1, max_lifetime=-1.0) as pool:
        link = await pool.acquire()
        pool.release(link)
        await asyncio.sleep(0)
        assert pool.size == 0
        await asyncio.wait(pool.cleaners) if pool.cleaners else None
        assert link.is_closed()


async def test_a_closed_pool_refuses_and_closes_what_comes_back():
    async with pool_of(2) as pool:
        idle, busy = await pool.acquire(), await pool.acquire()
        pool.release(idle)
        await pool.aclose()
        assert idle.is_closed()
        pool.release(busy)
        await pool.aclose()
        assert busy.is_closed()
        with pytest.raises(InterfaceError, match="were closed"):
            await pool.acquire()


async def test_cancellations_at_any_moment_lose_no_link():
    async with pool_of(3) as pool:

        async def use() -> None:
            link = await pool.acquire()
            try:
                await asyncio.sleep(0)
            finally:
                pool.release(link)

        for round_number in range(200):
            tasks = [asyncio.create_task(use()) for _ in range(8)]
            for _ in range(round_number % 5):
                await asyncio.sleep(0)
            for task in tasks[round_number % 3 :: 2]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert len(pool.idle) == pool.size <= 3
        assert not pool.waiters

# ruff: noqa: PT012  (what raises is the block, not one statement)
"""`together()`: the link of a statement stays for the next one, and nothing else is different."""

import asyncio
from contextlib import contextmanager, suppress

import pytest

from manoir import bridge
from manoir.db import connections, context_holds_link, make_connection, transaction
from manoir.exceptions import DataError, IntegrityError
from tests import databases

PID = "SELECT pg_backend_pid()"


@pytest.fixture
def table(committing_database):
    bridge.wait(committing_database.execute("CREATE TABLE item (id integer PRIMARY KEY)"))
    return committing_database


@pytest.fixture
def two_links():
    """PostgreSQL with two connections at most; on SQLite the block changes nothing."""
    databases.require_postgresql()
    options = {"OPTIONS": {"pool": {"max_size": 2, "timeout": 5}}}
    connection = make_connection("default", databases.entry("postgresql", "postgres") | options)
    with connections.using("default", connection):
        yield connection
    bridge.wait(connection.aclose())


@contextmanager
def elsewhere(connection):
    """Let statements run as those of somebody else do."""
    kept = connection.kept.get()
    connection.kept.set(None)
    try:
        yield
    finally:
        connection.kept.set(kept)


async def pid(connection) -> int:
    return (await connection.fetch(PID))[0][0]


async def add(connection, *numbers: int) -> None:
    for number in numbers:
        await connection.execute(f"INSERT INTO item VALUES ({number})")


async def ids(connection) -> list[int]:
    return [row[0] for row in await connection.fetch("SELECT id FROM item ORDER BY id")]


async def everything(connection) -> list[int]:
    """Use the block in all the ways that there are; return what the table holds then."""
    async with connection.together():
        await add(connection, 1, 2)
        with pytest.raises(IntegrityError):
            await add(connection, 1)
        assert not connection.in_atomic_block
        async with connection.together(), transaction.atomic(durable=True):
            await add(connection, 3)
            assert await ids(connection) == [1, 2, 3]
        with pytest.raises(KeyError):
            async with transaction.atomic():
                await add(connection, 4)
                raise KeyError
        async with connection.stream("SELECT id FROM item ORDER BY id", chunk_size=1) as chunks:
            async for chunk in chunks:
                assert chunk[0][0] in await ids(connection)
        await asyncio.gather(*[add(connection, number) for number in (5, 6, 7)])
        async with connection.hold(), connection.cursor() as cursor:
            await cursor.aexecute("INSERT INTO item VALUES (%s)", [8])
        return await ids(connection)


async def test_whatever_stands_in_the_block_does_what_it_does_outside(table):
    assert await everything(table) == [1, 2, 3, 5, 6, 7, 8]
    assert table.pool().size == len(table.pool().idle) + len(table.pool().cleaners)


def test_sync_code_has_the_block_too(table):
    fetch, execute = bridge.blocking_function(table.fetch), bridge.blocking_function(table.execute)
    with table.together():
        execute("INSERT INTO item VALUES (1)")
        with transaction.atomic():
            execute("INSERT INTO item VALUES (2)")
        assert [row[0] for row in fetch("SELECT id FROM item ORDER BY id")] == [1, 2]
    assert bridge.wait(everything_idle(table))


async def everything_idle(connection) -> bool:
    return connection.pool().size == len(connection.pool().idle) and not context_holds_link()


async def test_statements_and_transactions_run_on_one_connection_which_others_cannot_take(two_links):
    pool = two_links.pool()
    async with two_links.together():
        first = await pid(two_links)
        assert (pool.size, pool.idle) == (1, [])
        assert context_holds_link()
        with elsewhere(two_links):
            assert await pid(two_links) != first
        async with transaction.atomic():
            assert await pid(two_links) == first
        async with two_links.together():
            assert await pid(two_links) == first
        async with two_links.stream(PID) as chunks:
            assert [chunk[0][0] async for chunk in chunks] == [first]
        assert await pid(two_links) == first
    assert await everything_idle(two_links)


async def test_a_block_without_statements_takes_no_connection(two_links):
    async with two_links.together():
        assert two_links.pool().size == 0


async def test_statements_at_a_time_run_at_a_time_and_leave_nothing_behind(two_links):
    async with two_links.together():
        await pid(two_links)
        pids = await asyncio.gather(*[two_links.fetch("SELECT pg_backend_pid(), pg_sleep(0.01)") for _ in range(6)])
        assert len({rows[0][0] for rows in pids}) == 2
        assert two_links.pool().size == len(two_links.pool().idle) + 1
    assert await everything_idle(two_links)


async def test_more_blocks_than_connections_with_tasks_in_each_never_wait_for_one_another(two_links):
    async def work() -> list[int]:
        async with two_links.together():
            await pid(two_links)
            found = await asyncio.gather(*[pid(two_links) for _ in range(3)], in_transaction())
            return [*found, await pid(two_links)]

    async def in_transaction() -> int:
        async with transaction.atomic():
            await asyncio.sleep(0)
            return await pid(two_links)

    async with asyncio.timeout(10):
        found = await asyncio.gather(*[work() for _ in range(20)])
    assert [len(pids) for pids in found] == [5] * 20
    assert await everything_idle(two_links)


async def test_an_error_gives_the_connection_back_and_the_block_goes_on(two_links):
    async with two_links.together():
        await pid(two_links)
        with pytest.raises(DataError):
            await two_links.fetch("SELECT 1 / 0")
        assert not context_holds_link()
        assert await pid(two_links)
    assert await everything_idle(two_links)


async def test_a_connection_that_dies_between_two_statements_is_replaced(two_links):
    async with two_links.together():
        first = await pid(two_links)
        with elsewhere(two_links):
            await two_links.fetch("SELECT pg_terminate_backend($1)", [first])
        await asyncio.sleep(0.05)
        assert await pid(two_links) != first
    assert await everything_idle(two_links)


async def test_a_cancelled_statement_is_cleaned_up_behind_the_block(two_links):
    async with two_links.together():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await two_links.fetch("SELECT pg_sleep(10)")
        assert not context_holds_link()
        assert await pid(two_links)
    async with asyncio.timeout(3):
        while not await everything_idle(two_links):
            await asyncio.sleep(0.01)


async def test_a_block_that_is_cancelled_between_statements_gives_its_connection_back(two_links):
    begun = asyncio.Event()

    async def work() -> None:
        async with two_links.together():
            await pid(two_links)
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await everything_idle(two_links)


async def test_a_task_that_outlives_the_block_keeps_nothing(two_links):
    end = asyncio.Event()

    async def late() -> int:
        await end.wait()
        return await pid(two_links)

    async with two_links.together():
        await pid(two_links)
        task = asyncio.create_task(late())
        running = asyncio.create_task(two_links.fetch("SELECT pg_sleep(0.05)"))
        await asyncio.sleep(0.01)
    end.set()
    assert await task
    await running
    assert await everything_idle(two_links)


async def test_raw_sql_is_reset_and_not_kept(two_links):
    async with two_links.together():
        await two_links.run_raw("SET work_mem = '123kB'", ())
        assert not context_holds_link()
        assert (await two_links.fetch("SHOW work_mem"))[0][0] == "4MB"


async def test_closing_all_connections_inside_of_the_block_opens_new_ones(two_links):
    async with two_links.together():
        first = await pid(two_links)
        await two_links.aclose()
        assert await pid(two_links) != first
    assert await everything_idle(two_links)


async def test_sync_code_that_is_abandoned_in_the_block_drops_its_connection(two_links):
    def work() -> None:
        with two_links.together():
            bridge.wait(pid(two_links))
            bridge.wait(asyncio.sleep(60))

    coroutine = bridge.spawn(work)
    task = asyncio.get_running_loop().create_task(coroutine)
    while not two_links.pool().links:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    coroutine.close()
    task.cancel()
    with suppress(RuntimeError, asyncio.CancelledError):  # it would go on with what is closed
        await task
    assert two_links.pool().size == len(two_links.pool().idle)


async def test_hold_gives_the_place_of_a_torn_away_statement_back_once(two_links):
    async def torn() -> None:
        async with two_links.hold():
            statement = two_links.fetch("SELECT pg_sleep(10)")
            statement.send(None)
            statement.close()

    await torn()
    assert two_links.pool().size == 0

# ruff: noqa: PT012  (what raises is the block, not one statement)
import asyncio
import contextvars
import logging
import threading

import pytest

from manoir import bridge
from manoir.db import connections, transaction
from manoir.exceptions import (
    IntegrityError,
    NotSupportedError,
    OperationalError,
    SynchronousOnlyOperation,
    TransactionManagementError,
)


@pytest.fixture
def table(committing_database):
    bridge.wait(committing_database.execute("CREATE TABLE item (id integer PRIMARY KEY)"))
    return committing_database


async def add(number: int) -> None:
    connection = connections["default"]
    await connection.execute(f"INSERT INTO item VALUES ({number})")


async def ids() -> list[int]:
    return [row[0] for row in await connections["default"].fetch("SELECT id FROM item ORDER BY id")]


add_in_sync = bridge.blocking_function(add)
ids_in_sync = bridge.blocking_function(ids)


# -- colours ------------------------------------------------------------------------------------------------------


def test_sync_blocks_commit_and_roll_back(table):
    with transaction.atomic():
        add_in_sync(1)
        with pytest.raises(KeyError), transaction.atomic():
            add_in_sync(2)
            raise KeyError
    with pytest.raises(KeyError), transaction.atomic():
        add_in_sync(3)
        raise KeyError
    assert ids_in_sync() == [1]


def test_the_decorator_takes_functions_of_both_colours(table):
    @transaction.atomic
    def in_sync(number: int) -> int:
        add_in_sync(number)
        return number

    @transaction.atomic(durable=True)
    async def in_async(number: int) -> None:
        await add(number)
        raise KeyError

    assert in_sync(1) == 1
    with pytest.raises(KeyError):
        bridge.wait(in_async(2))
    assert ids_in_sync() == [1]


def test_generators_cannot_be_decorated():
    async def numbers():
        yield 1

    with pytest.raises(TypeError, match=r"atomic cannot decorate the generator .*numbers"):
        transaction.atomic(numbers)


async def test_a_sync_block_in_a_coroutine_is_refused(database):
    with pytest.raises(SynchronousOnlyOperation):
        transaction.atomic().__enter__()


async def test_a_block_entered_in_spawn_is_left_in_a_thread(table):
    block = transaction.atomic()
    await bridge.spawn(block.__enter__)
    await add(1)
    await bridge.to_thread(add_in_sync, 2)
    await bridge.to_thread(block.__exit__, None, None, None)
    assert not table.in_atomic_block
    assert await ids() == [1, 2]


async def test_one_atomic_object_serves_nested_blocks(table):
    block = transaction.atomic()
    async with block:
        await add(1)
        with pytest.raises(KeyError):
            async with block:
                await add(2)
                raise KeyError
    assert await ids() == [1]


# -- durable ------------------------------------------------------------------------------------------------------


async def test_a_durable_block_cannot_be_nested(table):
    async with transaction.atomic():
        with pytest.raises(RuntimeError, match="a block around it is still open: open it outside"):
            await transaction.atomic(durable=True).__aenter__()
        await add(1)
    assert await ids() == [1]


async def test_a_durable_block_may_stand_inside_a_tests_transaction(database):
    async with transaction.atomic(durable=True):
        assert database.in_atomic_block


# -- the fate of a block -------------------------------------------------------------------------------------------


async def test_set_rollback_ends_the_block_with_a_rollback(table):
    async with transaction.atomic():
        await add(1)
        assert not transaction.get_rollback()
        transaction.set_rollback(True)
        assert transaction.get_rollback()
    assert await ids() == []


async def test_questions_about_a_block_need_one(table):
    for ask in (transaction.get_rollback, lambda: transaction.set_rollback(True)):
        with pytest.raises(TransactionManagementError, match="needs an atomic\\(\\) block around it"):
            ask()


async def test_mark_for_rollback_on_error(table):
    async with transaction.atomic():
        await add(1)
        with pytest.raises(KeyError), transaction.mark_for_rollback_on_error():
            raise KeyError
        assert transaction.get_rollback()
    assert await ids() == []


async def test_a_commit_that_is_answered_with_rollback_is_an_error(table):
    """PostgreSQL breaks a transaction by itself and answers COMMIT with ROLLBACK; SQLite keeps the rows before."""

    async def go_on_after_an_error() -> None:
        async with transaction.atomic():
            await add(1)
            with pytest.raises(IntegrityError):
                await add(1)
            transaction.set_rollback(False)

    if table.vendor == "postgresql":
        with pytest.raises(TransactionManagementError, match="answered COMMIT with ROLLBACK"):
            await go_on_after_an_error()
        assert await ids() == []
    else:
        await go_on_after_an_error()
        assert await ids() == [1]


async def test_a_failed_commit_is_an_error_and_leaves_the_connection_usable(table):
    deferred = "CREATE TABLE child (item integer REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)"
    await table.execute(deferred)
    calls = []
    with pytest.raises(IntegrityError):
        async with transaction.atomic():
            await table.execute("INSERT INTO child VALUES (7)")
            transaction.on_commit(lambda: calls.append(1))
    assert calls == []
    async with transaction.atomic():
        await add(1)
    assert await ids() == [1]


# -- savepoints by hand ---------------------------------------------------------------------------------------------


async def test_savepoints_by_hand(table):
    async with transaction.atomic():
        await add(1)
        kept = await transaction.asavepoint()
        await add(2)
        undone = await transaction.asavepoint()
        await add(3)
        await transaction.asavepoint_rollback(undone)
        await transaction.asavepoint_commit(kept)
        open_at_the_end = await transaction.asavepoint()
        assert open_at_the_end not in (kept, undone, None)
        await add(4)
    assert await ids() == [1, 2, 4]


def test_a_savepoint_brings_a_block_back_from_an_error(table):
    with transaction.atomic():
        add_in_sync(1)
        sid = transaction.savepoint()
        with pytest.raises(IntegrityError):
            add_in_sync(1)
        transaction.savepoint_rollback(sid)
        add_in_sync(2)
    assert ids_in_sync() == [1, 2]


async def test_outside_of_a_transaction_savepoints_are_none(table):
    assert await transaction.asavepoint() is None
    await transaction.asavepoint_commit(None)
    await transaction.asavepoint_rollback(None)


async def test_a_savepoint_of_a_sibling_task_is_an_error(table):
    async with transaction.atomic():
        sid = await asyncio.create_task(transaction.asavepoint())
        with pytest.raises(TransactionManagementError, match="A sibling task opened a savepoint"):
            await add(1)
        with pytest.raises(TransactionManagementError, match="is no open savepoint of this task"):
            await transaction.asavepoint_commit(sid)
    async with transaction.atomic():
        await add(2)
    assert await ids() == [2]


# -- tasks, loops, islands --------------------------------------------------------------------------------------------


async def test_waiting_for_a_turn_has_a_limit(table, monkeypatch):
    monkeypatch.setattr("manoir.db._levels.TURN_SECONDS", 0.05)
    monkeypatch.setattr("manoir.db._levels.Level.take_turn.__defaults__", (0.05,))
    async with transaction.atomic():
        started = asyncio.Event()

        async def inner() -> None:
            async with transaction.atomic():
                started.set()
                await asyncio.sleep(0.3)

        task = asyncio.create_task(inner())
        await started.wait()
        with pytest.raises(TransactionManagementError, match="Does that block wait for this task"):
            await add(1)
        await task
        await add(2)
    assert await ids() == [2]


async def test_a_block_left_by_its_abandoned_coroutine_is_rolled_back(table):
    never = asyncio.get_running_loop().create_future()

    async def wait_for_ever() -> None:
        await never

    def in_sync() -> None:
        with transaction.atomic():
            add_in_sync(1)
            bridge.wait(wait_for_ever())

    coroutine = bridge.spawn(in_sync)
    waiting = coroutine.send(None)
    while waiting is not never:  # step it by hand until it stands where nothing comes
        waiting._asyncio_future_blocking = False
        await asyncio.wait([waiting])
        waiting = coroutine.send(None)
    coroutine.close()
    assert not table.in_atomic_block
    assert await ids() == []


def test_a_transaction_of_another_loop_is_refused(table):
    async def add_elsewhere() -> None:
        await add(1)

    with transaction.atomic():
        context, errors = contextvars.copy_context(), []

        def run() -> None:
            try:
                context.run(asyncio.run, add_elsewhere())
            except TransactionManagementError as error:
                errors.append(str(error))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert "belongs to another event loop" in errors[0]


async def test_a_lost_connection_ends_the_transaction(table):
    with pytest.raises(OperationalError):
        async with transaction.atomic():
            await add(1)
            if table.vendor == "sqlite":
                raise OperationalError("nothing to lose here")
            pid = (await table.fetch("SELECT pg_backend_pid()"))[0][0]
            with table.within(None):
                await table.fetch("SELECT pg_terminate_backend($1)", [pid])
            await asyncio.sleep(0.05)
            await add(2)
    assert await ids() == []


async def test_code_without_a_transaction_joins_the_pinned_one(table):
    """A server under test answers in the transaction of the test."""
    async with transaction.atomic():
        await add(1)
        table.pinned_level = table.level
        try:
            seen = await asyncio.create_task(ids(), context=contextvars.Context())
        finally:
            table.pinned_level = None
        unpinned = await asyncio.create_task(ids(), context=contextvars.Context())
    assert (seen, unpinned) == ([1], [])


# -- on_commit ------------------------------------------------------------------------------------------------------


def test_callbacks_run_at_once_outside_of_a_transaction(table):
    calls = []

    async def in_async() -> None:
        calls.append("async")

    transaction.on_commit(lambda: calls.append("sync"))
    transaction.on_commit(in_async)
    assert calls == ["sync", "async"]


def test_callbacks_of_both_colours_run_after_a_sync_commit(table):
    calls = []

    async def in_async() -> None:
        calls.append(await ids())

    with transaction.atomic():
        add_in_sync(1)
        transaction.on_commit(in_async)
        transaction.on_commit(lambda: calls.append(ids_in_sync()))
        assert calls == []
    assert calls == [[1], [1]]


async def test_a_sync_callback_may_wait_after_an_async_commit(table):
    calls = []
    async with transaction.atomic():
        await add(1)
        transaction.on_commit(lambda: calls.append(ids_in_sync()))
    assert calls == [[1]]


async def test_a_robust_callback_is_logged_and_the_others_run(table, caplog):
    calls = []

    def failing() -> None:
        raise KeyError("lost")

    with caplog.at_level(logging.ERROR, "manoir.db.transaction"):
        async with transaction.atomic():
            transaction.on_commit(failing, robust=True)
            transaction.on_commit(lambda: calls.append(1))
    assert calls == [1]
    assert "failing failed" in caplog.text


async def test_a_failing_callback_stops_the_rest_but_not_the_commit(table):
    calls = []

    def failing() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError):
        async with transaction.atomic():
            await add(1)
            transaction.on_commit(failing)
            transaction.on_commit(lambda: calls.append(1))
    assert calls == []
    assert await ids() == [1]


async def test_a_callback_is_a_function(table):
    with pytest.raises(TypeError, match="takes a function without arguments, not 7"):
        transaction.on_commit(7)
    with pytest.raises(TypeError):
        await transaction.aon_commit(None)


def test_a_cancellation_during_the_commit_comes_after_the_callbacks(table):
    """The rows are stored, so what was promised for after the commit has to happen."""
    calls: list[str] = []

    async def promise() -> None:
        calls.append("sent")

    async def write() -> None:
        async with transaction.atomic():
            await add(1)
            transaction.on_commit(promise)
            task = asyncio.current_task()
            assert task is not None
            asyncio.get_running_loop().call_soon(task.cancel)

    async def main() -> None:
        task = asyncio.create_task(write())
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())  # a server's loop: there a commit waits on SQLite too
    assert calls == ["sent"]
    assert ids_in_sync() == [1]


# -- autocommit -----------------------------------------------------------------------------------------------------


def test_autocommit_is_on_and_cannot_be_switched_off(table):
    assert transaction.get_autocommit()
    transaction.set_autocommit(True)
    transaction.commit()
    transaction.rollback()
    with pytest.raises(NotSupportedError, match="cannot be switched off"):
        transaction.set_autocommit(False)
    with transaction.atomic():
        assert not transaction.get_autocommit()
        for forbidden in (transaction.commit, transaction.rollback, lambda: transaction.set_autocommit(True)):
            with pytest.raises(TransactionManagementError, match="inside of atomic"):
                forbidden()


# -- holding a connection -----------------------------------------------------------------------------------------


async def test_hold_keeps_one_connection_and_transactions_begin_on_it(table):
    session = "SELECT pg_backend_pid()" if table.vendor == "postgresql" else "SELECT 1"
    async with table.hold():
        assert not table.in_atomic_block
        first = (await table.fetch(session))[0][0]
        async with transaction.atomic(durable=True):
            await add(1)
            assert (await table.fetch(session))[0][0] == first
        with pytest.raises(IntegrityError):
            await add(1)
        await add(2)
        with pytest.raises(KeyError):
            async with transaction.atomic():
                await add(3)
                raise KeyError
        assert await ids() == [1, 2]
    assert await ids() == [1, 2]


def test_hold_resets_the_session(table):
    if table.vendor == "sqlite":
        change, ask, changed, restored = "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys", 0, 1
    else:
        change, ask, changed, restored = "SET work_mem = '123kB'", "SHOW work_mem", "123kB", "4MB"
    fetch, execute = bridge.blocking_function(table.fetch), bridge.blocking_function(table.execute)
    with table.hold():
        execute(change)
        assert fetch(ask)[0][0] == changed
    bridge.wait(asyncio.sleep(0.05))
    assert fetch(ask)[0][0] == restored

"""Tasks that several ask for at once are stored together, and each caller gets what it would have got alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from manoir.bridge import to_thread
from manoir.db import transaction
from manoir.exceptions import DatabaseError
from manoir.tasks import DatabaseBackend
from manoir.tasks._gathering import Gathering
from manoir.tasks._message import TaskMessage
from manoir.tasks.models import QueuedTask
from tests.tasks import effects


class Inserts:
    """What `Gathering` calls: the store, and a list of how many messages it was given; it can be made to wait or fail."""

    def __init__(self, backend: DatabaseBackend) -> None:
        self.store = backend.store
        self.sizes: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.bad: set[str] = set()
        self.line = Gathering(self)
        backend._gathering = self.line

    async def __call__(self, messages: Sequence[TaskMessage]) -> set[str]:
        self.sizes.append(len(messages))
        await self.gate.wait()
        if self.bad & {one.id for one in messages}:
            raise DatabaseError("One of them is too long.")
        return await self.store.insert(messages)


@pytest.fixture
def inserts(backend: DatabaseBackend) -> Inserts:
    return Inserts(backend)


@pytest.fixture
def message(backend: DatabaseBackend) -> Callable[[], TaskMessage]:
    return lambda: backend.make_message(effects.noop, (), {})


async def turns() -> None:
    """Let everybody go as far as they can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def stored() -> set[str]:
    return {str(pk) async for pk in QueuedTask.objects.values_list("pk", flat=True)}


async def test_who_comes_while_the_first_is_stored_is_stored_together(inserts: Inserts) -> None:
    async def ask() -> None:
        result = await effects.noop.aenqueue()
        assert await QueuedTask.objects.filter(pk=result.id).aexists()  # nobody goes on before

    inserts.gate.clear()
    asking = [asyncio.ensure_future(ask()) for _ in range(50)]
    await turns()
    inserts.gate.set()
    await asyncio.gather(*asking)
    assert inserts.sizes == [1, 49]
    await ask()
    assert inserts.sizes == [1, 49, 1]


async def test_threads_of_sync_code_are_stored_together_too(inserts: Inserts) -> None:
    inserts.gate.clear()
    asking = [asyncio.ensure_future(to_thread(effects.noop.enqueue)) for _ in range(5)]
    while len(inserts.line.lines.get().waiting) < 4:
        await asyncio.sleep(0.005)
    inserts.gate.set()
    ids = {result.id for result in await asyncio.gather(*asking)}
    assert (inserts.sizes, await stored()) == ([1, 4], ids)


async def test_a_statement_has_an_end_and_many_of_one_caller_stay_together(inserts: Inserts, message: Any) -> None:
    for sizes, statements in (((1, 300, 300, 700, 2), [1, 300, 300, 700, 2]), ((1, 200, 200, 200), [1, 400, 200])):
        inserts.sizes.clear()
        inserts.gate.clear()
        asking = [asyncio.ensure_future(inserts.line.add([message() for _ in range(size)])) for size in sizes]
        await turns()
        inserts.gate.set()
        await asyncio.gather(*asking)
        assert inserts.sizes == statements


async def test_transactions_and_unique_keys_do_not_wait_in_line(inserts: Inserts) -> None:
    """A transaction decides about its tasks itself; and a key may have to wait for another transaction."""
    inserts.gate.clear()
    first = asyncio.ensure_future(effects.noop.aenqueue())
    await turns()
    async with asyncio.timeout(60):
        async with transaction.atomic():
            await effects.noop.aenqueue()
        await effects.write_plainly.using(unique=True).aenqueue(1)
    assert (inserts.sizes, len(await stored())) == ([1], 2)
    inserts.gate.set()
    await first


async def test_each_caller_meets_its_own_error(inserts: Inserts, message: Any) -> None:
    messages = [message() for _ in range(4)]
    inserts.bad = {messages[2].id}
    inserts.gate.clear()
    asking = [asyncio.ensure_future(inserts.line.add([one])) for one in messages]
    await turns()
    inserts.gate.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(one) for one in answers] == [set, set, DatabaseError, set]
    assert await stored() == {messages[0].id, messages[1].id, messages[3].id}
    assert inserts.sizes == [1, 3, 1, 1, 1]
    with pytest.raises(DatabaseError):  # and alone, too
        await inserts.line.add([messages[2]])


async def test_a_caller_that_leaves_while_it_stores_leaves_its_work_to_the_next(inserts: Inserts, message: Any) -> None:
    messages = [message() for _ in range(4)]
    inserts.gate.clear()
    first, second, third, fourth = (asyncio.ensure_future(inserts.line.add([one])) for one in messages)
    await turns()
    first.cancel()  # stores alone
    await turns()
    second.cancel()  # stores for three
    await turns()
    inserts.gate.set()
    await asyncio.gather(third, fourth)
    assert (first.cancelled(), second.cancelled(), inserts.sizes) == (True, True, [1, 3, 2])
    assert await stored() == {messages[2].id, messages[3].id}


async def test_what_was_committed_for_one_that_left_is_not_stored_twice(backend: Any, inserts: Inserts) -> None:
    """The statement went through, its answer did not."""
    taken: list[TaskMessage] = []
    insert = inserts.store.insert

    async def late(messages: Sequence[TaskMessage]) -> set[str]:
        await asyncio.sleep(0)  # the others come
        added = await insert(messages)
        if len(messages) == 3:
            taken.extend(messages)
            await asyncio.sleep(60)
        return added

    inserts.line.insert = late
    asking = [asyncio.ensure_future(effects.noop.aenqueue()) for _ in range(4)]
    async with asyncio.timeout(60):
        while not taken:
            await asyncio.sleep(0.005)
        asking[1].cancel()
        ids = {(await one).id for one in (asking[0], *asking[2:])}
    assert ids <= await stored()
    assert len(await stored()) == 4


async def test_a_caller_that_leaves_while_it_waits_is_not_stored(inserts: Inserts, message: Any) -> None:
    messages = [message() for _ in range(3)]
    inserts.gate.clear()
    asking = [asyncio.ensure_future(inserts.line.add([one])) for one in messages]
    await turns()
    asking[1].cancel()
    await turns()
    inserts.gate.set()
    await asyncio.gather(asking[0], asking[2])
    assert await stored() == {messages[0].id, messages[2].id}


async def test_a_caller_that_leaves_in_the_moment_of_its_turn_passes_it_on(inserts: Inserts, message: Any) -> None:
    messages = [message() for _ in range(3)]

    async def ask_first() -> None:
        await inserts.line.add([messages[0]])
        second.cancel()  # it has its turn and does not know it yet

    inserts.gate.clear()
    first = asyncio.ensure_future(ask_first())
    second, third = (asyncio.ensure_future(inserts.line.add([one])) for one in messages[1:])
    await turns()
    inserts.gate.set()
    async with asyncio.timeout(60):
        await asyncio.gather(first, third)
    assert (second.cancelled(), inserts.line.lines.get().busy) == (True, False)
    assert await stored() == {messages[0].id, messages[2].id}

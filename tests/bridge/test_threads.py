"""`to_thread`: threads, cancellation, and the two rules against deadlocks."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from manoir.bridge import (
    set_threads,
    set_transaction_probe,
    set_transaction_threads,
    spawn,
    to_thread,
    wait,
)
from tests.bridge.loops import each_loop, run_on

holds_connection: ContextVar[bool] = ContextVar("holds_connection", default=False)


@pytest.fixture
def sixteen_threads() -> None:
    set_threads(16)


def threads_of_pool() -> int:
    """How many threads may run: sixteen, or those that a worker of tasks started in this process, which stay."""
    return max(16, sum(thread.name.startswith("manoir-worker") for thread in threading.enumerate()))


@pytest.fixture
def transaction_probe() -> Iterator[None]:
    probe, threads = set_transaction_probe(holds_connection.get), set_transaction_threads(10)
    yield
    set_transaction_probe(probe)
    set_transaction_threads(threads)


async def nap(seconds: float = 0.0) -> None:
    await asyncio.sleep(seconds)


def thread_name() -> str:
    return threading.current_thread().name


@each_loop
def test_runs_in_a_worker_thread(loop_name: str) -> None:
    assert run_on(loop_name, to_thread(thread_name)).startswith("manoir-worker-")


@each_loop
def test_blocking_code_does_not_stop_the_loop(loop_name: str) -> None:
    async def main() -> int:
        task = asyncio.create_task(to_thread(time.sleep, 0.1))
        turns = 0
        while not task.done():
            await asyncio.sleep(0.005)
            turns += 1
        return turns

    assert run_on(loop_name, main()) >= 5


async def test_error_of_function_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await to_thread(lambda: 1 // 0)


async def test_threads_are_reused() -> None:
    names = {await to_thread(thread_name) for _ in range(50)}
    assert len(names) <= threads_of_pool()  # which of the idle threads answers is not promised


class Transaction:
    """As the database does it: one of few connections, held by the context."""

    def __init__(self, connections: asyncio.Semaphore) -> None:
        self.connections = connections

    async def __aenter__(self) -> None:
        await self.connections.acquire()
        holds_connection.set(True)

    async def __aexit__(self, *_: object) -> None:
        holds_connection.set(False)
        self.connections.release()


async def test_work_in_a_transaction_has_threads_of_its_own(transaction_probe: None) -> None:
    async with Transaction(asyncio.Semaphore(1)):
        assert (await to_thread(thread_name)).startswith("manoir-transaction-")
    assert (await to_thread(thread_name)).startswith("manoir-worker-")


@each_loop
def test_256_requests_that_hold_connections_and_need_threads(
    loop_name: str, transaction_probe: None, sixteen_threads: None
) -> None:
    """Half hold a connection and want a thread, half hold a thread and want a connection."""

    async def main() -> list[int]:
        connections = asyncio.Semaphore(10)

        async def query(number: int) -> int:
            async with Transaction(connections):
                await nap(0.001)
                return number

        async def async_view_in_atomic(number: int) -> int:
            async with Transaction(connections):
                await nap()
                return await to_thread(lambda: (wait(nap()), number)[1])

        def sync_view(number: int) -> int:
            return wait(query(number))

        views = [async_view_in_atomic(number) if number % 2 else to_thread(sync_view, number) for number in range(256)]
        return await asyncio.wait_for(asyncio.gather(*views), 20)

    assert run_on(loop_name, main()) == list(range(256))


@each_loop
def test_nested_to_thread_is_served_by_the_waiting_thread(loop_name: str, sixteen_threads: None) -> None:
    async def nested(depth: int) -> int:
        return depth and 1 + await to_thread(lambda: wait(nested(depth - 1)))

    async def main() -> list[int]:
        return await asyncio.wait_for(asyncio.gather(*(nested(5) for _ in range(256))), 20)

    assert run_on(loop_name, main()) == [5] * 256


@each_loop
def test_nested_gather_of_threads_ends(loop_name: str, sixteen_threads: None) -> None:
    async def children() -> int:
        return sum(await asyncio.gather(*(to_thread(lambda: (wait(nap(0.001)), 1)[1]) for _ in range(3))))

    async def main() -> list[int]:
        return await asyncio.wait_for(asyncio.gather(*(to_thread(lambda: wait(children())) for _ in range(64))), 20)

    assert run_on(loop_name, main()) == [3] * 64


async def test_nested_job_runs_in_the_very_thread_that_waits() -> None:
    def view() -> tuple[str, str, str]:
        return thread_name(), wait(to_thread(thread_name)), wait(spawn(lambda: wait(to_thread(thread_name))))

    assert len(set(await to_thread(view))) == 1


async def test_turn_held_by_a_coroutine_that_needs_a_transaction_thread(transaction_probe: None) -> None:
    """Threads of one transaction wait for a lock whose holder itself needs such a thread."""
    lock = asyncio.Lock()
    entered = asyncio.Event()
    holds_connection.set(True)

    async def with_turn() -> None:
        async with lock:
            pass

    async def holder() -> None:
        async with lock:
            entered.set()
            await nap(0.02)
            await to_thread(thread_name)

    holding = asyncio.create_task(holder())
    await entered.wait()
    waiting = [to_thread(lambda: wait(with_turn())) for _ in range(30)]
    await asyncio.wait_for(asyncio.gather(holding, *waiting), 10)
    holds_connection.set(False)


async def test_task_left_behind_by_a_call_does_not_need_its_thread() -> None:
    started: list[asyncio.Task[str]] = []

    async def starts_a_task() -> None:
        started.append(asyncio.create_task(to_thread(thread_name)))

    await to_thread(lambda: wait(starts_a_task()))
    assert (await asyncio.wait_for(started[0], 5)).startswith("manoir-worker-")


async def test_cancellation_reaches_the_wait_and_allows_clean_up() -> None:
    events: list[str] = []

    def view() -> None:
        try:
            wait(nap(10))
        except asyncio.CancelledError:
            events.append("cancelled")
            wait(nap(0.01))
            events.append("cleaned up")
            raise

    task = asyncio.create_task(to_thread(view))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events == ["cancelled", "cleaned up"]


async def test_cancellation_waits_for_code_that_blocks() -> None:
    events: list[str] = []

    def blocks() -> None:
        time.sleep(0.05)
        events.append("thread ended")

    task = asyncio.create_task(to_thread(blocks))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events == ["thread ended"]


async def test_cancellation_of_code_that_blocks_is_seen_at_its_next_wait_once() -> None:
    events: list[str] = []

    def view() -> None:
        time.sleep(0.05)
        try:
            wait(nap())
        except asyncio.CancelledError:
            wait(nap())
            events.append("cleaned up")
            raise

    task = asyncio.create_task(to_thread(view))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events == ["cleaned up"]


async def test_function_may_swallow_the_cancellation() -> None:
    def view() -> str:
        try:
            wait(nap(10))
        except asyncio.CancelledError:
            return "swallowed"
        return ""

    task = asyncio.create_task(to_thread(view))
    await asyncio.sleep(0.02)
    task.cancel()
    assert await task == "swallowed"


async def test_timeout_around_a_thread() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await to_thread(lambda: wait(nap(10)))


async def test_cancellation_reaches_nested_threads() -> None:
    events: list[str] = []

    def inner() -> None:
        try:
            wait(nap(10))
        finally:
            events.append(thread_name())

    def outer() -> None:
        try:
            wait(to_thread(inner))
        finally:
            events.append(thread_name())

    task = asyncio.create_task(to_thread(outer))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(events) == 2
    assert len(set(events)) == 1


async def test_cancelled_before_it_began_never_begins(sixteen_threads: None) -> None:
    gate = threading.Event()
    began: list[int] = []
    blockers = [asyncio.create_task(to_thread(gate.wait, 5)) for _ in range(threads_of_pool())]
    queued = [asyncio.create_task(to_thread(began.append, number)) for number in range(5)]
    await asyncio.sleep(0.02)
    for task in queued:
        task.cancel()
    await asyncio.gather(*queued, return_exceptions=True)
    gate.set()
    await asyncio.gather(*blockers)
    await asyncio.sleep(0.02)
    assert (began, all(task.cancelled() for task in queued)) == ([], True)


@each_loop
def test_random_cancels_give_everything_back(loop_name: str, transaction_probe: None, sixteen_threads: None) -> None:
    rng = random.Random(11)

    async def main() -> int:
        connections = asyncio.Semaphore(10)

        async def aview() -> None:
            async with Transaction(connections):
                await nap(rng.random() / 500)
                await to_thread(lambda: wait(nap(rng.random() / 500)))
                await spawn(lambda: wait(nap(rng.random() / 500)))

        def view() -> None:
            wait(aview())

        kinds = [lambda: aview(), lambda: to_thread(view), lambda: spawn(view)]
        tasks = [asyncio.create_task(kinds[number % 3]()) for number in range(600)]
        deadline = time.monotonic() + 30
        while not all(task.done() for task in tasks):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.001)
            rng.choice(tasks).cancel()
        return connections._value

    assert run_on(loop_name, main()) == 10
    # all threads are free again
    assert len(run_on(loop_name, several(16))) == 16


async def several(count: int) -> list[str]:
    return await asyncio.wait_for(asyncio.gather(*(to_thread(thread_name) for _ in range(count))), 5)


async def test_closed_coroutine_stops_its_thread_at_the_next_wait() -> None:
    ended = threading.Event()
    outcome: list[type] = []

    def view() -> None:
        time.sleep(0.02)
        try:
            wait(nap(10))
        except BaseException as error:
            outcome.append(type(error))
        ended.set()

    coro = to_thread(view)
    coro.send(None)
    coro.close()
    assert await to_thread(ended.wait, 5)
    assert outcome == [asyncio.CancelledError]


@each_loop
def test_256_requests_of_every_colour_keep_their_variables_apart(
    loop_name: str, transaction_probe: None, sixteen_threads: None
) -> None:
    marker: ContextVar[int] = ContextVar("marker", default=-1)

    async def query(number: int) -> bool:
        await nap(number % 5 / 1000)
        return marker.get() == number

    def sync_view(number: int) -> bool:
        before = wait(query(number))
        wait(spawn(marker.set, number))
        return before and wait(query(number)) and wait(to_thread(marker.get)) == number

    async def request(number: int) -> bool:
        marker.set(number)
        colour = number % 3
        if colour == 0:
            answer = await to_thread(sync_view, number)
        elif colour == 1:
            answer = await spawn(sync_view, number)
        else:
            answer = await query(number)
        return answer and marker.get() == number

    async def main() -> list[bool]:
        return await asyncio.wait_for(asyncio.gather(*(request(number) for number in range(256))), 20)

    assert run_on(loop_name, main()) == [True] * 256

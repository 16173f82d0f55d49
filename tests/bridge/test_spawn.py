"""Sync code on the event loop, in islands."""

from __future__ import annotations

import asyncio
import gc
import re
import traceback
import weakref
from contextvars import ContextVar

import pytest
from greenlet import greenlet

from manoir.bridge import Abandoned, in_spawn, lazy_property, spawn, to_thread, wait
from manoir.bridge._island import FREE_ISLANDS, Island, _free
from tests.bridge.loops import each_loop, run_on

variable: ContextVar[str] = ContextVar("variable", default="unset")


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


async def fail(message: str) -> None:
    await asyncio.sleep(0)
    raise ValueError(message)


def double_in_sync(number: int) -> int:
    return wait(double(number))


@each_loop
def test_sync_code_waits_on_the_loop(loop_name: str) -> None:
    assert run_on(loop_name, spawn(double_in_sync, 4)) == 8


@each_loop
def test_other_tasks_run_meanwhile(loop_name: str) -> None:
    order: list[str] = []

    def first(gate: asyncio.Event) -> None:
        order.append("first waits")
        wait(gate.wait())
        order.append("first goes on")

    async def main() -> None:
        gate = asyncio.Event()
        task = asyncio.create_task(spawn(first, gate))
        await asyncio.sleep(0)
        order.append("main")
        gate.set()
        await task

    run_on(loop_name, main())
    assert order == ["first waits", "main", "first goes on"]


@each_loop
def test_nested_in_every_way(loop_name: str) -> None:
    def inner() -> int:
        return wait(spawn(double_in_sync, 1)) + wait(double(1))

    def in_a_thread() -> int:
        return wait(spawn(inner)) + wait(double(1))

    def outer() -> int:
        return wait(to_thread(in_a_thread)) + wait(spawn(inner))

    assert run_on(loop_name, spawn(outer)) == 10


async def test_callbacks_of_c_code_may_wait() -> None:
    def work() -> tuple[list[int], str]:
        ordered = sorted([3, 1, 2], key=lambda number: wait(double(number)))
        return ordered, re.sub(r"\d", lambda match: str(wait(double(int(match[0])))), "1 2 3")

    assert await spawn(work) == ([1, 2, 3], "2 4 6")


async def test_recursion_waits_at_every_depth() -> None:
    def depth(number: int) -> int:
        return number if number == 0 else wait(double(1)) - 1 + depth(number - 1)

    assert await spawn(depth, 200) == 200


async def test_in_spawn_is_true_only_inside() -> None:
    async def asked_on_the_hub() -> bool:
        return in_spawn()

    assert [in_spawn(), await spawn(in_spawn), await spawn(lambda: wait(asked_on_the_hub()))] == [False, True, False]


async def test_context_variables_flow_both_ways() -> None:
    async def set_in_coroutine() -> None:
        assert variable.get() == "by sync code"
        variable.set("by coroutine")

    def work() -> str:
        seen = variable.get()
        variable.set("by sync code")
        wait(set_in_coroutine())
        assert variable.get() == "by coroutine"
        variable.set("by sync code again")
        return seen

    variable.set("by caller")
    assert (await spawn(work), variable.get()) == ("by caller", "by sync code again")


async def test_context_variables_of_two_islands_stay_apart() -> None:
    def work(name: str) -> str:
        variable.set(name)
        for _ in range(5):
            wait(asyncio.sleep(0))
        return variable.get()

    names = [str(number) for number in range(100)]
    assert await asyncio.gather(*(spawn(work, name) for name in names)) == names


async def test_error_of_function_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        await spawn(lambda: 1 // 0)


async def test_error_of_coroutine_can_be_caught_in_sync_code() -> None:
    def work() -> str:
        try:
            wait(fail("no"))
        except ValueError as error:
            return str(error)
        return ""

    assert await spawn(work) == "no"


async def test_traceback_names_sync_code_and_coroutine_once() -> None:
    def view() -> None:
        wait(fail("no"))

    with pytest.raises(ValueError, match="no") as caught:
        await spawn(view)
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-3:] == ["view", "wait", "fail"]
    assert names.count("view") == names.count("fail") == 1
    assert "_run_functions" not in names


async def test_timeout_reaches_the_sync_code() -> None:
    seen: list[str] = []

    def work() -> None:
        try:
            wait(asyncio.sleep(10))
        except asyncio.CancelledError:
            seen.append("cancelled")
            wait(asyncio.sleep(0))  # cleaning up may wait
            seen.append("cleaned")
            raise

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await spawn(work)
    assert seen == ["cancelled", "cleaned"]


async def test_timeout_inside_the_coroutine() -> None:
    async def slow() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)

    def work() -> str:
        try:
            wait(slow())
        except TimeoutError:
            return "timed out"
        return ""

    assert await spawn(work) == "timed out"


async def test_islands_are_reused_and_bounded() -> None:
    await asyncio.gather(*(spawn(double_in_sync, number) for number in range(3 * FREE_ISLANDS)))
    assert len(_free.islands) == FREE_ISLANDS
    before = set(map(id, _free.islands))
    await spawn(double_in_sync, 1)
    assert {id(island) for island in _free.islands} == before


async def test_free_islands_keep_nothing_of_their_last_work() -> None:
    class Request:
        pass

    async def answer(request: Request) -> Request:
        await asyncio.sleep(0)
        return request

    def view(request: Request) -> Request:
        held.set(request)
        return wait(answer(request))

    held: ContextVar[object] = ContextVar("held")

    async def handle() -> weakref.ref[Request]:
        return weakref.ref(await spawn(view, Request()))

    gone = await asyncio.create_task(handle())
    await asyncio.sleep(0)  # the callback that woke this task knows the other one
    gc.collect()
    assert gone() is None


def alive(kind: type) -> int:
    gc.collect()
    return sum(1 for thing in gc.get_objects() if type(thing) is kind)


@each_loop
def test_no_greenlet_leaks(loop_name: str) -> None:
    def work(number: int) -> int:
        if number % 7 == 0:
            raise KeyError(number)
        return wait(double(number))

    async def main() -> None:
        await asyncio.gather(*(spawn(work, number) for number in range(500)), return_exceptions=True)

    run_on(loop_name, main())
    before = alive(Island) + alive(greenlet)
    for _ in range(5):
        run_on(loop_name, main())
    assert alive(Island) + alive(greenlet) <= before


def closed_while_waiting(events: list[str]) -> None:
    try:
        wait(asyncio.sleep(3600))
    except Abandoned:
        events.append("abandoned")
        with pytest.raises(Abandoned):
            wait(asyncio.sleep(0))
        with pytest.raises(Abandoned):
            double_in_sync(1)
        raise
    finally:
        events.append("finally")


async def test_closing_the_coroutine_unwinds_the_sync_code() -> None:
    events: list[str] = []
    coro = spawn(closed_while_waiting, events)
    coro.send(None)
    coro.close()
    assert events == ["abandoned", "finally"]


async def test_closing_inside_another_island_returns_there() -> None:
    events: list[str] = []

    def closes_the_other() -> str:
        coro = spawn(closed_while_waiting, events)
        wait(start(coro))
        coro.close()
        events.append("closer goes on")
        return wait(asyncio.sleep(0, "closer waits again"))

    async def start(coro: object) -> None:
        coro.send(None)  # type: ignore[attr-defined]

    assert await spawn(closes_the_other) == "closer waits again"
    assert events == ["abandoned", "finally", "closer goes on"]


def test_forgotten_island_is_collected_and_unwound() -> None:
    events: list[str] = []
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # "Task was destroyed but it is pending" is what happens here

    async def begin() -> weakref.ref[object]:
        async def forever() -> None:
            await asyncio.get_running_loop().create_future()

        def work() -> None:
            try:
                wait(forever())
            finally:
                events.append("finally")

        task = asyncio.get_running_loop().create_task(spawn(work))
        await asyncio.sleep(0)
        return weakref.ref(task)

    gone = loop.run_until_complete(begin())
    loop.close()
    del loop
    gc.collect()
    assert (gone(), events) == (None, ["finally"])


async def test_swallowed_abandonment_still_ends_the_coroutine() -> None:
    def stubborn() -> str:
        try:
            wait(asyncio.sleep(3600))
        except Abandoned:
            return "never mind"
        return ""

    coro = spawn(stubborn)
    coro.send(None)
    coro.close()
    assert coro.cr_frame is None


async def test_lazy_property_may_wait_in_many_islands_at_once() -> None:
    class Page:
        @lazy_property
        def title(self) -> list[int]:
            return [wait(double(1))]

    page = Page()
    titles = await asyncio.wait_for(asyncio.gather(*(spawn(lambda: page.title) for _ in range(10))), 5)
    assert titles == [[2]] * 10
    assert {id(title) for title in titles} == {id(page.title)}


def test_lazy_property_is_forgotten_by_del_and_refuses_slots() -> None:
    class Page:
        count = 0

        @lazy_property
        def number(self) -> int:
            self.count += 1
            return self.count

    class Slotted:
        __slots__ = ()

        @lazy_property
        def number(self) -> int:
            return 1

    page = Page()
    assert (page.number, page.number) == (1, 1)
    del page.number
    assert page.number == 2
    assert isinstance(Page.number, lazy_property)
    with pytest.raises(TypeError, match="Slotted has __slots__"):
        _ = Slotted().number


async def test_random_cancels_lose_nothing() -> None:
    import random

    rng = random.Random(7)
    connections = asyncio.Semaphore(10)
    inside = 0

    async def acquire() -> None:
        nonlocal inside
        await connections.acquire()
        inside += 1

    async def release() -> None:
        nonlocal inside
        inside -= 1
        connections.release()

    def query() -> None:
        wait(acquire())
        try:
            wait(asyncio.sleep(rng.random() / 500))
            wait(asyncio.sleep(0))
        finally:
            wait(release())

    tasks = [asyncio.create_task(spawn(query)) for _ in range(900)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0.0005)
        rng.choice(tasks).cancel()
    assert (inside, connections._value) == (0, 10)

"""`wait`, sync twins and `iterate`, from wherever sync code stands."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import traceback
from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest

from manoir.bridge import (
    _loops,
    blocking,
    blocking_function,
    can_wait,
    get_loop,
    in_spawn,
    iterate,
    run,
    spawn,
    to_thread,
    wait,
)
from manoir.exceptions import SynchronousOnlyOperation
from tests.bridge.loops import each_loop, run_on

variable: ContextVar[str] = ContextVar("variable", default="unset")


async def quick(value: int) -> int:
    return value


async def slow(value: int) -> int:
    await asyncio.sleep(0)
    return value


class Shop:
    """A class as users see it."""

    vat = 20

    async def aprice(self, net: int, *, rounds: int = 1) -> int:
        """Price with VAT."""
        for _ in range(rounds):
            await asyncio.sleep(0)
        return net + self.vat

    price = blocking(aprice)


async def aadd(left: int, right: int = 1) -> int:
    await asyncio.sleep(0)
    return left + right


add = blocking_function(aadd)


def in_plain_thread(func: object) -> object:
    outcome: list[object] = []
    thread = threading.Thread(target=lambda: outcome.append(func()))  # type: ignore[operator]
    thread.start()
    thread.join(10)
    return outcome[0]


def use_twins() -> tuple[int, int, int]:
    return Shop().price(100, rounds=3), add(1, right=2), add(left=5)


@each_loop
def test_twins_answer_everywhere(loop_name: str) -> None:
    expected = (120, 3, 6)
    assert use_twins() == expected
    assert run_on(loop_name, spawn(use_twins)) == expected
    assert run_on(loop_name, to_thread(use_twins)) == expected
    assert in_plain_thread(use_twins) == expected
    assert Shop.price(Shop(), 1) == 21


def test_twin_has_name_docstring_and_signature() -> None:
    import inspect

    assert (Shop.price.__name__, Shop.price.__qualname__, Shop.price.__doc__) == (
        "price",
        "Shop.price",
        "Price with VAT.",
    )
    assert list(inspect.signature(Shop.price).parameters) == ["self", "net", "rounds"]
    assert not asyncio.iscoroutinefunction(Shop.price)


def test_coroutine_that_never_waits_costs_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = get_loop()
    turns: list[str] = []
    monkeypatch.setattr(loop, "run_forever", lambda: turns.append("turn"))

    async def looks_at_its_loop() -> bool:
        assert asyncio.get_running_loop() is loop
        async with asyncio.timeout(5):
            return asyncio.current_task() is not None

    assert (wait(looks_at_its_loop()), wait(quick(1)), turns) == (True, 1, [])
    assert asyncio._get_running_loop() is None


def test_what_a_quick_coroutine_leaves_behind_gets_its_turn() -> None:
    events: list[str] = []

    async def background() -> None:
        events.append("background")

    async def starts_a_task() -> asyncio.Task[None]:
        return asyncio.create_task(background())

    task = wait(starts_a_task())
    assert (events, task.done()) == (["background"], True)


def test_timers_of_quick_coroutines_do_not_pile_up() -> None:
    async def with_timeout() -> None:
        async with asyncio.timeout(1000):
            pass

    for _ in range(2000):
        wait(with_timeout())
    assert len(get_loop()._scheduled) < 500  # type: ignore[attr-defined]


def test_timeout_begun_in_the_first_step_fires() -> None:
    async def slow_query() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)

    with pytest.raises(TimeoutError):
        wait(slow_query())


def test_task_group_works_in_the_first_step() -> None:
    async def group() -> int:
        async with asyncio.TaskGroup() as tasks:
            both = [tasks.create_task(slow(1)), tasks.create_task(slow(2))]
        return sum(task.result() for task in both)

    async def failing() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail("in a task"))
            await asyncio.sleep(10)

    assert wait(group()) == 3
    with pytest.raises(ExceptionGroup):
        wait(failing())


def test_cancel_of_itself_in_the_first_step() -> None:
    async def cancels_itself() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        wait(cancels_itself())


def test_current_task_is_the_same_before_and_after_waiting() -> None:
    async def look() -> bool:
        first = asyncio.current_task()
        await asyncio.sleep(0)
        return first is asyncio.current_task()

    assert wait(look())


def test_cython_coroutines_and_futures_can_be_waited_for() -> None:
    class Awaitable:
        def __await__(self):  # type: ignore[no-untyped-def]
            yield from asyncio.sleep(0).__await__()
            return "awaited"

    assert wait(Awaitable()) == "awaited"  # type: ignore[arg-type]
    assert run(spawn(lambda: wait(Awaitable()))) == "awaited"  # type: ignore[arg-type]


async def fail(message: str) -> None:
    await asyncio.sleep(0)
    raise ValueError(message)


async def fail_at_once(message: str) -> None:
    raise ValueError(message)


def test_errors_keep_the_frames_of_the_coroutine() -> None:
    calls = {
        "fail": lambda: wait(fail("no")),
        "fail_at_once": lambda: wait(fail_at_once("no")),
        "in_thread": lambda: run(to_thread(lambda: wait(fail("no")))),
    }
    for name, call in calls.items():
        with pytest.raises(ValueError, match="no") as caught:
            call()
        names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert names[-1] == name.replace("in_thread", "fail")
        assert names.count(names[-1]) == 1


def test_error_does_not_keep_objects_alive() -> None:
    class Big:
        pass

    async def fails(big: Big) -> None:
        await asyncio.sleep(0)
        raise ValueError

    def view() -> None:
        wait(fails(Big()))

    gc.collect()
    gc.disable()
    try:
        for call in (view, lambda: run(spawn(view)), lambda: run(to_thread(view))):
            with pytest.raises(ValueError):
                call()
            wait(asyncio.sleep(0.01))
            assert [thing for thing in gc.get_objects() if type(thing) is Big] == []
    finally:
        gc.enable()


async def test_wait_in_a_coroutine_names_what_to_await() -> None:
    with pytest.raises(SynchronousOnlyOperation) as caught:
        Shop().price(1)
    assert str(caught.value) == (
        "Shop.price() was called inside a coroutine, where waiting would block the event loop. "
        "Write `await Shop.aprice(...)` instead; sync code as a whole runs there by "
        "`await bridge.spawn(func)` or `await bridge.to_thread(func)`."
    )
    with pytest.raises(SynchronousOnlyOperation, match=r"Write `await slow\(\.\.\.\)` instead"):
        wait(slow(1))  # closed, so nothing warns that it was never awaited
    with pytest.raises(SynchronousOnlyOperation):
        run(slow(1))


def test_wait_inside_the_first_step_is_refused_too() -> None:
    async def view() -> None:
        add(1)

    with pytest.raises(SynchronousOnlyOperation, match=r"await aadd"):
        wait(view())


def test_can_wait_everywhere_but_in_a_coroutine() -> None:
    async def ask() -> tuple[bool, bool, bool]:
        return can_wait(), await spawn(can_wait), await to_thread(can_wait)

    assert (can_wait(), run(ask()), wait(ask())) == (True, (False, True, True), (False, True, True))
    assert not in_spawn()


async def set_variable(value: str) -> str:
    before = variable.get()
    variable.set(value)
    await asyncio.sleep(0)
    return before


async def set_variable_at_once(value: str) -> str:
    before = variable.get()
    variable.set(value)
    return before


def test_context_variables_flow_both_ways_everywhere() -> None:
    def check() -> list[str]:
        seen = [variable.get()]
        for function in (set_variable, set_variable_at_once):
            variable.set("by sync code")
            seen.append(wait(function("by coroutine")))
            seen.append(variable.get())
        return seen

    async def around(runner: object) -> list[str]:
        variable.set("by caller")
        seen = await runner(check)  # type: ignore[operator]
        return [*seen, variable.get()]

    steps = ["by sync code", "by coroutine", "by sync code", "by coroutine"]
    variable.set("at first")
    assert check() == ["at first", *steps]
    assert run(around(spawn)) == ["by caller", *steps, "by coroutine"]
    assert run(around(to_thread)) == ["by caller", *steps, "by coroutine"]
    assert in_plain_thread(check) == ["unset", *steps]
    variable.set("unset")


def test_token_of_the_first_step_resets_after_a_wait() -> None:
    async def attach() -> str:
        token = variable.set("attached")
        await asyncio.sleep(0)
        variable.reset(token)
        return variable.get()

    variable.set("before")
    assert wait(attach()) == "before"
    variable.set("unset")


def test_context_set_before_first_wait_is_seen_inside_an_island_after_it() -> None:
    async def enter() -> None:
        variable.set("entered")
        await asyncio.sleep(0)

    def view() -> str:
        wait(enter())
        return variable.get()

    assert wait(spawn(view)) == "entered"
    variable.set("unset")


class Rows:
    def __init__(self, count: int) -> None:
        self.count = count
        self.closed = False

    async def stream(self) -> AsyncIterator[int]:
        try:
            for number in range(self.count):
                await asyncio.sleep(0)
                yield number
        finally:
            await asyncio.sleep(0)
            self.closed = True


def read_all() -> tuple[list[int], bool]:
    rows = Rows(3)
    return list(iterate(rows.stream())), rows.closed


def read_two() -> tuple[list[int], bool]:
    rows = Rows(100)
    seen: list[int] = []
    iterator = iterate(rows.stream())
    for number in iterator:
        seen.append(number)
        if len(seen) == 2:
            break
    del iterator, number
    return seen, rows.closed


@each_loop
def test_iterate_reads_all_and_closes_what_is_left_early(loop_name: str) -> None:
    for read, expected in ((read_all, [0, 1, 2]), (read_two, [0, 1])):
        assert read() == (expected, True)
        assert run_on(loop_name, spawn(read)) == (expected, True)
        assert run_on(loop_name, to_thread(read)) == (expected, True)
        assert in_plain_thread(read) == (expected, True)


def test_iterate_closes_after_an_error_of_the_consumer() -> None:
    rows = Rows(100)

    def consume() -> None:
        for number in iterate(rows.stream()):
            raise LookupError(number)

    with pytest.raises(LookupError):
        wait(spawn(consume))
    assert rows.closed


async def test_iterate_in_a_coroutine_is_refused() -> None:
    with pytest.raises(SynchronousOnlyOperation):
        list(iterate(Rows(3).stream()))


async def test_iterator_dropped_in_a_coroutine_is_closed_by_a_task() -> None:
    rows = Rows(100)
    iterator = iterate(rows.stream())
    await spawn(next, iterator)
    del iterator
    await asyncio.sleep(0.01)
    assert rows.closed


def test_iterate_accepts_iterators_without_aclose() -> None:
    class Countdown:
        left = 2

        def __aiter__(self) -> Countdown:
            return self

        async def __anext__(self) -> int:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return self.left

    assert list(iterate(Countdown())) == [1, 0]


def test_generator_abandoned_by_a_quick_coroutine_is_finalised() -> None:
    rows = Rows(5)

    class Quick:
        closed = False

        async def stream(self) -> AsyncIterator[int]:
            try:
                yield 1
            finally:
                await asyncio.sleep(0)
                self.closed = True

    quick_rows = Quick()

    async def leaves_early() -> None:
        async for _ in quick_rows.stream():
            return

    wait(leaves_early())
    gc.collect()
    wait(asyncio.sleep(0.01))
    assert quick_rows.closed
    assert not rows.closed


def test_ctrl_c_cancels_what_is_pending_and_lets_it_clean_up() -> None:
    import signal

    events: list[str] = []

    async def child() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0)
            events.append("child cleaned up")

    async def main() -> None:
        task = asyncio.create_task(child())
        asyncio.get_running_loop().call_later(0.02, signal.raise_signal, signal.SIGINT)
        await task

    for entry in (wait, run):
        events.clear()
        with pytest.raises(KeyboardInterrupt):
            entry(main())
        assert events == ["child cleaned up"]
        assert wait(slow(1)) == 1


def test_portal_is_not_used_on_the_main_thread() -> None:
    assert _loops.portal_loop() is None


def test_portal_call_keeps_no_context_variable_alive() -> None:
    class Request:
        pass

    def view() -> None:
        held.set(Request())
        wait(slow(1))

    held: ContextVar[object] = ContextVar("held")

    async def handle() -> None:
        await asyncio.create_task(to_thread(view))
        await asyncio.sleep(0)

    gc.collect()
    gc.disable()
    try:
        run(handle())
        # The worker thread lets go of its last job a moment after its answer has arrived.
        deadline = time.monotonic() + 5
        while (
            alive := [thing for thing in gc.get_objects() if type(thing) is Request]
        ) and time.monotonic() < deadline:
            del alive
            time.sleep(0.01)
        assert [thing for thing in gc.get_objects() if type(thing) is Request] == []
    finally:
        gc.enable()

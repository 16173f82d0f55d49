"""Which loop a thread uses, and what happens when a loop ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from manoir.bridge import (
    LoopLocal,
    aclose_loop,
    adopt_loop,
    get_loop,
    is_own_loop,
    on_loop_close,
    run,
    spawn,
    to_thread,
    wait,
)
from tests.bridge.loops import FACTORIES, each_loop, run_on


async def current() -> asyncio.AbstractEventLoop:
    await asyncio.sleep(0)
    return asyncio.get_running_loop()


def in_threads(func: object, count: int = 3) -> list[object]:
    outcomes: list[object] = []
    threads = [threading.Thread(target=lambda: outcomes.append(func())) for _ in range(count)]  # type: ignore[operator]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return outcomes


def test_main_thread_keeps_its_own_loop() -> None:
    assert wait(current()) is wait(current()) is run(current()) is get_loop()
    assert is_own_loop(get_loop())


def test_plain_threads_share_the_home_loop() -> None:
    loops = set(in_threads(lambda: wait(current())))
    assert len(loops) == 1
    assert not is_own_loop(loops.pop())  # type: ignore[arg-type]


@each_loop
def test_worker_thread_waits_on_the_loop_it_came_from(loop_name: str) -> None:
    async def main() -> bool:
        return await to_thread(lambda: wait(current())) is asyncio.get_running_loop() is await to_thread(get_loop)

    assert run_on(loop_name, main())


def test_plain_threads_wait_on_the_loop_of_a_running_entry_point() -> None:
    async def main() -> set[object]:
        return set(await to_thread(in_threads, lambda: wait(current())))

    assert run(main()) == {get_loop()}


class Server(threading.Thread):
    """A loop in a thread, as a live server has it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(daemon=True)
        self.loop = loop
        self.start()

    def run(self) -> None:
        self.loop.run_forever()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join(5)
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


@each_loop
def test_adopted_loop_serves_every_thread(loop_name: str) -> None:
    server = Server(FACTORIES[loop_name]())
    with adopt_loop(server.loop):
        assert wait(current()) is server.loop is get_loop()
        assert run(current()) is server.loop
        assert set(in_threads(lambda: wait(current()))) == {server.loop}
        # the waiting main thread serves the jobs of its own calls
        assert wait(to_thread(threading.current_thread)) is threading.main_thread()
    assert wait(current()) is not server.loop
    server.stop()


def test_closed_adopted_loop_is_not_used() -> None:
    loop = asyncio.new_event_loop()
    adoption = adopt_loop(loop)
    loop.close()
    assert is_own_loop(wait(current()))
    adoption.release()
    adoption.release()


def test_adopting_without_a_running_loop_is_an_error() -> None:
    with pytest.raises(RuntimeError):
        adopt_loop()


def failure_of(func: object) -> str:
    try:
        func()  # type: ignore[operator]
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "none"


@each_loop
def test_waiting_portals_fail_when_the_loop_closes(loop_name: str) -> None:
    server = Server(FACTORIES[loop_name]())
    server.loop.set_task_factory(None)
    outcomes: list[str] = []
    with adopt_loop(server.loop):
        thread = threading.Thread(target=lambda: outcomes.append(failure_of(lambda: wait(asyncio.sleep(60)))))
        thread.start()
        time.sleep(0.05)
        started = time.monotonic()
        server.stop()
        thread.join(5)
    assert len(outcomes) == 1
    assert outcomes[0].startswith("RuntimeError: The event loop was closed while this thread waited")
    assert time.monotonic() - started < 0.9


def test_waiting_portals_fail_when_the_loop_is_closed_without_a_word() -> None:
    loop = asyncio.new_event_loop()
    outcomes: list[str] = []
    with adopt_loop(loop):  # it never runs
        thread = threading.Thread(target=lambda: outcomes.append(failure_of(lambda: wait(asyncio.sleep(60)))))
        thread.start()
        time.sleep(0.05)
        loop.close()
        thread.join(5)
    assert [outcome[:12] for outcome in outcomes] == ["RuntimeError"]


def test_entry_point_that_ends_fails_the_threads_it_left() -> None:
    outcomes: list[str] = []

    async def main() -> threading.Thread:
        thread = threading.Thread(target=lambda: outcomes.append(failure_of(lambda: wait(asyncio.sleep(60)))))
        thread.start()
        await asyncio.sleep(0.05)
        return thread

    run(main()).join(5)
    assert len(outcomes) == 1
    assert outcomes[0].startswith(("RuntimeError", "CancelledError"))


@each_loop
def test_callbacks_run_when_a_loop_closes_last_first(loop_name: str) -> None:
    events: list[object] = []

    async def aclose() -> None:
        await asyncio.sleep(0)
        events.append("async")

    async def main() -> None:
        on_loop_close(lambda: events.append("sync"))
        on_loop_close(aclose)

    run_on(loop_name, main())
    assert events == ["async", "sync"]


async def test_failing_callback_is_logged_and_does_not_stop_others(caplog: pytest.LogCaptureFixture) -> None:
    events: list[str] = []
    on_loop_close(lambda: events.append("closed"))
    on_loop_close(lambda: {}["missing"])  # type: ignore[arg-type, return-value]
    await aclose_loop()
    await aclose_loop()
    assert events == ["closed"]
    assert "missing" in caplog.text


def test_loop_local_value_belongs_to_one_loop() -> None:
    closed: list[list[int]] = []
    numbers: LoopLocal[list[int]] = LoopLocal(list, closed.append)

    async def main(number: int) -> list[int]:
        numbers.get().append(number)
        numbers.get().append(number)
        await spawn(lambda: numbers.get().append(number))
        return numbers.get()

    assert [asyncio.run(main(1)), asyncio.run(main(2))] == [[1, 1, 1], [2, 2, 2]]
    assert closed == [[1, 1, 1], [2, 2, 2]]
    with pytest.raises(RuntimeError):
        numbers.get()


SCRIPT = """
import asyncio, atexit, threading
from manoir.bridge import on_loop_close, wait

async def aclose(name):
    await asyncio.sleep(0)
    print(name, "closed", flush=True)

async def use(name):
    on_loop_close(lambda: aclose(name))
    await asyncio.sleep(0)

wait(use("own"))
thread = threading.Thread(target=lambda: wait(use("home")))
thread.start(); thread.join()
print("end", flush=True)
"""


def test_pools_close_when_the_process_ends() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, timeout=20)
    assert (done.stdout.split("\n")[:-1], done.stderr) == (["end", "home closed", "own closed"], "")


FORKING = """
import asyncio, os, threading, sys
from manoir.bridge import get_loop, on_loop_close, run, spawn, to_thread, wait

async def work():
    await asyncio.sleep(0)
    on_loop_close(lambda: print(os.getpid() == parent, flush=True))
    return await to_thread(lambda: wait(asyncio.sleep(0, "thread"))), await spawn(lambda: wait(asyncio.sleep(0, "spawn")))

parent = os.getpid()
wait(work())
inherited = get_loop()
thread = threading.Thread(target=lambda: wait(work())); thread.start(); thread.join()
child = os.fork()
if child == 0:
    code = 0 if get_loop() is not inherited and wait(work()) == ("thread", "spawn") else 3
    results = []
    thread = threading.Thread(target=lambda: results.append(wait(work()))); thread.start(); thread.join(5)
    os._exit(code if results == [("thread", "spawn")] else 4)
status = os.waitpid(child, 0)[1]
assert os.waitstatus_to_exitcode(status) == 0, status
assert wait(work()) == ("thread", "spawn")
thread = threading.Thread(target=lambda: wait(work())); thread.start(); thread.join()
print("parent goes on", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_child_starts_anew() -> None:
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=20)
    assert (done.stdout.split("\n")[0], done.returncode) == ("parent goes on", 0), done.stderr


INTERRUPTED = """
import asyncio, threading
from manoir.bridge import adopt_loop, wait

loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()

async def main():
    print("ready", flush=True)
    try:
        await asyncio.sleep(60)
    finally:
        print("cancelled", flush=True)
        loop.call_soon(done.set)

done = threading.Event()
with adopt_loop(loop):
    try:
        wait(main())
    except KeyboardInterrupt:
        done.wait(5)
        print("interrupted", flush=True)
"""


def test_ctrl_c_in_a_portal_cancels_the_call() -> None:
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read().split() == ["cancelled", "interrupted"]


def test_hypothesis_runs_async_tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MANOIR_SETTINGS_MODULE", raising=False)  # a project of its own
    pytester.makepyfile(
        """
        import asyncio
        from hypothesis import given, settings, strategies as st

        @settings(max_examples=5, derandomize=True)
        @given(st.integers())
        async def test_async_property(number):
            await asyncio.sleep(0)
            assert number != number

        async def test_async():
            await asyncio.sleep(0)
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(failed=1, passed=1)


pytest_plugins = ["pytester"]

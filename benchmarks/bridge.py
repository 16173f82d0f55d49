"""What waiting costs: CPU of each way through the bridge, against the plain thing it is made of.

Run: `python benchmarks/bridge.py [--rounds 7] [--count 2000]`. Every figure is the best of interleaved rounds, CPU time
of the whole process in microseconds; the ratio compares it with the row named in the last column, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import platform
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import greenlet
import uvloop

from manoir import bridge
from manoir.bridge import _island


async def quick() -> int:
    return 1


async def turn() -> None:
    await asyncio.sleep(0)


def nothing() -> None:
    pass


class Twin:
    async def aget(self) -> int:
        return 1

    get = bridge.blocking(aget)


def wait_quick(count: int) -> None:
    get = Twin().get
    for _ in range(count):
        get()


def run_until_complete(count: int) -> None:
    loop = bridge.get_loop()
    for _ in range(count):
        loop.run_until_complete(turn())


def wait_turn(count: int) -> None:
    for _ in range(count):
        bridge.wait(turn())


async def await_quick(count: int) -> None:
    twin = Twin()
    for _ in range(count):
        await twin.aget()


async def waits_in_one_spawn(count: int) -> None:
    await bridge.spawn(wait_quick, count)


def one_wait() -> None:
    bridge.wait(quick())


async def spawn_reused(count: int) -> None:
    for _ in range(count):
        await bridge.spawn(one_wait)


async def spawn_fresh(count: int) -> None:
    free = _island._free.islands
    for _ in range(count):
        free.clear()
        await bridge.spawn(one_wait)


async def asyncio_to_thread(count: int) -> None:
    for _ in range(count):
        await asyncio.to_thread(nothing)


async def to_thread(count: int) -> None:
    for _ in range(count):
        await bridge.to_thread(nothing)


async def run_coroutine_threadsafe(count: int) -> None:
    loop = asyncio.get_running_loop()

    def work() -> None:
        for _ in range(count):
            asyncio.run_coroutine_threadsafe(quick(), loop).result()

    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        await loop.run_in_executor(executor, work)


async def portal(count: int) -> None:
    await bridge.to_thread(wait_quick, count)


Bench = Callable[[int], Coroutine[Any, Any, None]] | Callable[[int], None]

SYNC: list[tuple[str, Bench, str | None]] = [
    ("loop.run_until_complete, one turn", run_until_complete, None),
    ("wait, one turn", wait_turn, "loop.run_until_complete, one turn"),
    ("twin in a script, nothing to wait for", wait_quick, "loop.run_until_complete, one turn"),
]
ASYNC: list[tuple[str, Bench, str | None]] = [
    ("await", await_quick, None),
    ("twin inside spawn", waits_in_one_spawn, "await"),
    ("spawn and one wait, reused island", spawn_reused, "await"),
    ("spawn and one wait, fresh island", spawn_fresh, "spawn and one wait, reused island"),
    ("asyncio.to_thread", asyncio_to_thread, None),
    ("bridge.to_thread", to_thread, "asyncio.to_thread"),
    ("run_coroutine_threadsafe", run_coroutine_threadsafe, None),
    ("twin in a worker thread (portal)", portal, "run_coroutine_threadsafe"),
]


def measure(rows: list[tuple[str, Bench, str | None]], rounds: int, count: int, loop: Any = None) -> dict[str, float]:
    """Best CPU time of each row in microseconds per operation."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, bench, _ in rows:
            started = time.process_time()
            outcome = bench(count)
            if outcome is not None:
                loop.run_until_complete(outcome)
            cost = (time.process_time() - started) / count * 1e6
            best[name] = min(cost, best.get(name, cost))
    return best


def report(title: str, rows: list[tuple[str, Bench, str | None]], costs: dict[str, float]) -> None:
    print(f"\n{title:<42}{'µs':>8}  ratio")
    for name, _, base in rows:
        ratio = f"{costs[name] / costs[base]:5.2f} of {base}" if base else ""
        print(f"{name:<42}{costs[name]:8.2f}  {ratio}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=2000)
    options = parser.parse_args()
    print(
        f"Python {sys.version.split()[0]}, greenlet {greenlet.__version__}, uvloop {uvloop.__version__}, "
        f"{platform.machine()} {platform.system()}, threads {threading.active_count()}"
    )
    report("main thread's own loop", SYNC, measure(SYNC, options.rounds, options.count))
    for name, factory in (("asyncio", asyncio.new_event_loop), ("uvloop", uvloop.new_event_loop)):
        loop = factory()
        report(name, ASYNC, measure(ASYNC, options.rounds, options.count, loop))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


if __name__ == "__main__":
    main()

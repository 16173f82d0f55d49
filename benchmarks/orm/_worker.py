"""The child's side: runs one contender's works when it is asked to, in a process of its own.

A contender module calls `serve({"name of a work": function, …})`. The parent writes lines to standard input: `answer
NAME` asks for the answer in plain form, `time NAME SECONDS` for the CPU microseconds of one call.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import sys
import time
from collections.abc import Callable
from typing import Any

Works = dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]]
"""By name: what is timed, and what makes plain data of its result for the comparison of answers."""

WARM_UP = 5


async def serve_async(
    works: Works, prepare: Callable[[], Any] | None = None, clean: Callable[[], Any] | None = None
) -> None:
    """Answer the parent from one event loop, which is the only one, as in a server."""
    if prepare is not None:
        await prepare()
    say("ready")
    while line := sys.stdin.readline().split():
        work, plain = works[line[1]]
        waits = inspect.iscoroutinefunction(work)
        if line[0] == "answer":
            result = await work() if waits else work()
            result = plain(result)
            say(json.dumps(await result if inspect.isawaitable(result) else result, default=str))
        elif waits:
            say(str(await cpu_of_async(work, float(line[2]))))
        else:
            say(str(cpu_of(work, float(line[2]))))
        if clean is not None:
            await clean()


def serve(works: Works, clean: Callable[[], Any] | None = None) -> None:
    """The same for contenders without an event loop."""
    say("ready")
    while line := sys.stdin.readline().split():
        work, plain = works[line[1]]
        say(json.dumps(plain(work()), default=str) if line[0] == "answer" else str(cpu_of(work, float(line[2]))))
        if clean is not None:
            clean()


async def cpu_of_async(work: Callable[[], Any], seconds: float) -> float:
    """CPU microseconds of one call, the average over `seconds`."""
    for _ in range(WARM_UP):
        await work()
    gc.collect()
    calls, start, end = 0, time.process_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(4):
            await work()
        calls += 4
    return (time.process_time() - start) / calls * 1e6


def cpu_of(work: Callable[[], Any], seconds: float) -> float:
    """CPU microseconds of one call, the average over `seconds`."""
    for _ in range(WARM_UP):
        work()
    gc.collect()
    calls, start, end = 0, time.process_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(4):
            work()
        calls += 4
    return (time.process_time() - start) / calls * 1e6


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def same(result: Any) -> Any:
    """For works whose result is plain already."""
    return result


def run_async(works: Works, prepare: Callable[[], Any] | None = None, clean: Callable[[], Any] | None = None) -> None:
    """Serve on a new event loop, uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve_async(works, prepare, clean))
    else:
        uvloop.run(serve_async(works, prepare, clean))

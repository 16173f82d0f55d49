"""Tasks whose effects can be counted: each writes a row, which no constraint keeps from being written twice."""

from __future__ import annotations

import asyncio
import random
import threading
import time

from manoir.db import connection, transaction
from manoir.tasks import SoftTimeLimitExceeded, TaskContext, task

TABLE = "CREATE TABLE task_effect (number integer NOT NULL, worker varchar(100) NOT NULL)"


async def write(number: int, worker: str = "") -> None:
    marks = "?, ?" if connection.vendor == "sqlite" else "$1, $2"
    await connection.execute(f"INSERT INTO task_effect VALUES ({marks})", (number, worker))


async def numbers() -> list[int]:
    return [row[0] for row in await connection.fetch("SELECT number FROM task_effect ORDER BY number")]


@task(atomic=True)
async def write_atomically(number: int) -> None:
    await write(number)
    await asyncio.sleep(random.random() / 50)


@task(atomic=True)
def write_atomically_in_thread(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO task_effect VALUES (%s, %s)", [number, ""])
    time.sleep(random.random() / 50)


@task(atomic=True)
async def write_slowly(number: int, seconds: float) -> None:
    await write(number)
    await asyncio.sleep(seconds)


@task(atomic=True, takes_context=True)
async def write_and_hang_once(context: TaskContext, number: int) -> None:
    """Write, and go on only if this is not the first worker that runs the task."""
    await write(number)
    if len(context.task_result.worker_ids) == 1:
        await asyncio.sleep(600)


class Halt:
    """Where a task of this process stops until a test lets it go on."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()


halts: list[Halt] = []


@task(atomic=True)
async def write_and_halt(number: int) -> None:
    """Write, and stop at the halt that stands there; the next run finds none."""
    await write(number)
    if halts:
        halt = halts.pop()
        halt.begun.set()
        await halt.go_on.wait()


@task
async def wait_until_told() -> str:
    """Go on when somebody has written -1, from whatever process."""
    while -1 not in await numbers():
        await asyncio.sleep(0.02)
    return "told"


@task
async def wait_for(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "waited"


@task
async def write_plainly(number: int) -> None:
    await write(number)


turns: list[asyncio.Event] = []
"""What the steps of `count_up` wait for."""


@task(takes_context=True)
async def count_up(context: TaskContext, total: int) -> int:
    for step in range(total):
        await context.aprogress(step, total, f"step {step}")
        await turns[step].wait()
    return total


@task(takes_context=True)
def block(context: TaskContext, seconds: float) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if context.cancel_requested:
            return "noticed"
        time.sleep(0.01)
    return "blocked"


@task
async def noop() -> None: ...


ran: list[str] = []
"""What the tasks of this process noted."""


@task
async def note(text: str) -> None:
    ran.append(text)


@task(takes_context=True, retries=2, backoff=30, jitter=False)
async def fail_slowly(context: TaskContext) -> None:
    ran.append(f"attempt {context.attempt}")
    raise ValueError("again")


@task(unique=True, unique_until="start")
async def unique_until_start(seconds: float) -> None:
    await asyncio.sleep(seconds)


@task(atomic=True, retries=1, backoff=0, takes_context=True)
async def write_and_fail(context: TaskContext, number: int) -> None:
    await write(number)
    if context.attempt == 1:
        raise ValueError("after the write")


@task(time_limit=0.1)
def block_too_long(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)


@task(soft_time_limit=0.1)
def block_softly(seconds: float) -> str:
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.01)
    except SoftTimeLimitExceeded:
        return "tidied up"
    return "not reached"


@task
async def swallow_cancellation() -> str:
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        return "swallowed"
    return "not reached"


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@task(takes_context=True)
async def fail_unspeakably(context: TaskContext, text: str | None) -> None:
    """Raise an error that names a file as Linux does, or one that has no text."""
    if text is None:
        raise Unspeakable
    name = text.encode().decode("ascii", "surrogateescape")
    await context.aprogress(1, message=name)
    raise FileNotFoundError(name)


@task
async def enqueue_another(text: str) -> None:
    async with transaction.atomic():
        await note.aenqueue(text)


@task
def return_nonsense() -> object:
    return object()


@task
async def exit_the_process() -> None:
    raise SystemExit(3)


@task(time_limit=20)
async def exit_within_limits() -> None:
    raise SystemExit(3)


@task
def exit_in_thread() -> None:
    raise SystemExit(3)


released = threading.Event()


@task(time_limit=0.05)
def block_in_c() -> None:
    released.wait(600)


@task
def block_in_c_for_long() -> None:
    time.sleep(120)


@task(atomic=True, takes_context=True)
async def count_up_atomically(context: TaskContext, total: int) -> int:
    for step in range(total):
        await context.aprogress(step, total)
    return total

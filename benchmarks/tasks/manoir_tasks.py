"""manoir's contender: setup, worker, a client that enqueues in several ways; and what the disk allows at most."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from _data import database_url, server_url

from manoir.conf import parse_database_url, settings

NAME = "manoir_bench_tasks"

settings.configure(
    SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyz of benchmarks",
    INSTALLED_APPS=["manoir.tasks"],
    DATABASES={"default": parse_database_url(database_url(NAME))},
    LOGGING_CONFIG=None,
    TASKS={
        "default": {"BACKEND": "manoir.tasks.DatabaseBackend"},
        "unflushed": {"BACKEND": "manoir.tasks.DatabaseBackend", "OPTIONS": {"DURABLE": False}},
    },
)

import manoir

manoir.setup()

from manoir.commands import call_command
from manoir.db import connection, connections, transaction
from manoir.tasks import WorkerOptions, task, task_backends


@task(name="bench.noop")
async def noop() -> None: ...


async def create() -> None:
    import asyncpg

    server = await asyncpg.connect(server_url())
    await server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    await server.execute(f"CREATE DATABASE {NAME}")
    await server.close()


async def enqueue(mode: str, count: int) -> None:
    if mode == "many":
        await noop.aenqueue_many([()] * count)
    elif mode == "transaction":
        async with transaction.atomic():
            for _ in range(count):
                await noop.aenqueue()
    elif mode == "concurrent":
        waiting = iter(range(count))

        async def request() -> None:
            for _ in waiting:
                await noop.aenqueue()

        await asyncio.gather(*(request() for _ in range(50)))
    else:
        chosen = noop if mode == "single" else noop.using(backend="unflushed")
        for _ in range(count):
            await chosen.aenqueue()


async def client(mode: str, count: int) -> dict[str, float]:
    if mode == "ready":
        await (await noop.aenqueue()).aget(timeout=30)
        return {}
    await connection.fetch("SELECT 1")
    before = (await connection.fetch("SELECT count(*) FROM manoir_task WHERE status = 'SUCCESSFUL'"))[0][0]
    start = time.perf_counter()
    await enqueue(mode, count)
    enqueued = time.perf_counter()
    while (await connection.fetch("SELECT count(*) FROM manoir_task WHERE status = 'SUCCESSFUL'"))[0][
        0
    ] < before + count:
        await asyncio.sleep(0.01)
    total = time.perf_counter()
    await connections.aclose_all()
    return {"enqueue": enqueued - start, "total": total - start}


async def limits(seconds: float = 1.0) -> dict[str, float]:
    """Return how often a second the driver alone commits a row of this size, and the disk of this folder is flushed."""
    import asyncpg

    link = await asyncpg.connect(database_url(NAME))
    await link.execute("CREATE TABLE IF NOT EXISTS bench_row (id uuid PRIMARY KEY, arguments text)")
    text = "x" * 300
    commits = 0
    start = time.perf_counter()
    while time.perf_counter() < start + seconds:
        await link.execute("INSERT INTO bench_row VALUES (gen_random_uuid(), $1)", text)
        commits += 1
    rates = {"commits": commits / (time.perf_counter() - start)}
    await link.close()
    with tempfile.TemporaryFile(dir=Path(__file__).parent) as file:
        flushes = 0
        start = time.perf_counter()
        while time.perf_counter() < start + seconds:
            os.pwrite(file.fileno(), b"x" * 8_192, 0)
            os.fdatasync(file.fileno())
            flushes += 1
        rates["flushes"] = flushes / (time.perf_counter() - start)
    return rates


def main() -> None:
    if sys.argv[1] == "setup":
        asyncio.run(create())
        call_command("migrate", verbosity=0)
    elif sys.argv[1] == "worker":
        task_backends["default"].work(WorkerOptions(concurrency=int(sys.argv[2]) if len(sys.argv) > 2 else 100))
    elif sys.argv[1] == "limits":
        print(json.dumps(asyncio.run(limits())))
    else:
        import uvloop

        print(json.dumps(uvloop.run(client(sys.argv[1], int(sys.argv[2])))))


if __name__ == "__main__":
    main()

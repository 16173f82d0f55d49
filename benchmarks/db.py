"""What the db room costs over the drivers: CPU time, ratios, rounds interleaved on one core.

python benchmarks/db.py            (PostgreSQL at TEST_POSTGRESQL_URL or 127.0.0.1:5432)
"""

from __future__ import annotations

import asyncio
import gc
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from manoir.conf import settings

if not settings.configured:
    settings.configure(SECRET_KEY="benchmark " * 5)

from manoir import bridge
from manoir.db import Connection, make_connection, transaction
from manoir.db._handler import connections

ROUNDS = 40
Work = Callable[[int], Awaitable[None]]


async def measure(works: dict[str, Work], count: int) -> dict[str, float]:
    """Return the least CPU microseconds per call of each work, of many short rounds; the rounds of all are interleaved."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        await work(count // 5 or 1)
    gc.disable()
    for _ in range(ROUNDS):
        for name, work in works.items():
            started = time.process_time()
            await work(count)
            times[name].append((time.process_time() - started) / count * 1e6)
    gc.enable()
    return {name: min(values) for name, values in times.items()}


def table(title: str, results: dict[str, float]) -> None:
    """Print results as ratios to the first."""
    base = next(iter(results.values()))
    print(f"\n{title}")
    for name, value in results.items():
        print(f"  {name:<44} {value:9.2f} µs  {value / base:6.2f} x")


def postgresql_entry() -> dict[str, Any]:
    url = urlsplit(os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres"))
    return {
        "ENGINE": "manoir.db.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": url.username or "",
        "PASSWORD": url.password or "",
        "HOST": url.hostname or "",
        "PORT": url.port or "",
    }


async def postgresql() -> None:
    connection = make_connection("default", postgresql_entry())
    with connections.using("default", connection):
        raw = await connection.connect_driver()  # type: ignore[attr-defined]
        sql = "SELECT n, 'name ' || n FROM generate_series(1, $1::int) n"
        statement = await raw.prepare(sql)
        for rows in (1, 100):
            results = await measure(
                {
                    "asyncpg, prepared": repeat(lambda rows=rows: statement.fetch(rows)),
                    "asyncpg, connection.fetch": repeat(lambda rows=rows: raw.fetch(sql, rows)),
                    "manoir, pooled": repeat(lambda rows=rows: connection.fetch(sql, (rows,))),
                    "manoir, in atomic": in_atomic(lambda rows=rows: connection.fetch(sql, (rows,))),
                },
                300,
            )
            table(f"PostgreSQL, fetch of {rows} row(s)", results)

        async def raw_transaction(count: int) -> None:
            for _ in range(count):
                async with raw.transaction():
                    await statement.fetch(1)

        async def our_transaction(count: int) -> None:
            for _ in range(count):
                async with transaction.atomic():
                    await connection.fetch(sql, (1,))

        table(
            "PostgreSQL, a transaction of one fetch",
            await measure({"asyncpg": raw_transaction, "manoir": our_transaction}, 150),
        )
        await raw.close()
        await connection.aclose()


async def pool() -> None:
    connection = make_connection("default", postgresql_entry())
    ours = connection.pool()
    ours.release(await ours.acquire())

    async def take_and_release(count: int) -> None:
        for _ in range(count):
            link = ours.take() or await ours.acquire()
            ours.release(link)

    async def acquire_and_release(count: int) -> None:
        for _ in range(count):
            ours.release(await ours.acquire())

    import asyncpg

    theirs = await asyncpg.create_pool(
        **connection.connect_arguments(None) | {"timeout": 10},
        min_size=1,
        max_size=10,  # type: ignore[attr-defined]
    )

    async def asyncpg_pool(count: int) -> None:
        for _ in range(max(count // 20, 1)):
            async with theirs.acquire():
                pass

    results = await measure({"take and release": take_and_release, "acquire and release": acquire_and_release}, 2000)
    slow = await measure({"asyncpg": asyncpg_pool}, 2000)
    table("Pool, one use", results | {"asyncpg's pool": slow["asyncpg"] * 20})
    await theirs.close()
    await connection.aclose()


def repeat(call: Callable[[], Awaitable[Any]]) -> Work:
    async def work(count: int) -> None:
        for _ in range(count):
            await call()

    return work


def in_atomic(call: Callable[[], Awaitable[Any]]) -> Work:
    async def work(count: int) -> None:
        async with transaction.atomic():
            for _ in range(count):
                await call()

    return work


def make_sqlite(folder: str, **options: Any) -> Connection:
    return make_connection(
        "default", {"ENGINE": "manoir.db.sqlite", "NAME": str(Path(folder) / "bench.sqlite3"), "OPTIONS": options}
    )


async def sqlite(folder: str) -> None:
    inline, threaded = make_sqlite(folder, threads=False), make_sqlite(folder, threads=True)
    await inline.execute("CREATE TABLE IF NOT EXISTS item (id integer PRIMARY KEY, name text)")
    await inline.execute_many("INSERT OR IGNORE INTO item VALUES (?, ?)", [[n, f"name {n}"] for n in range(1000)])
    raw = sqlite3.connect(str(Path(folder) / "bench.sqlite3"), isolation_level=None, cached_statements=1024)
    one, hundred = "SELECT id, name FROM item WHERE id = ?", "SELECT id, name FROM item LIMIT ?"

    def raw_fetch(sql: str, args: tuple[Any, ...]) -> Work:
        async def work(count: int) -> None:
            for _ in range(count):
                raw.execute(sql, args).fetchall()

        return work

    for title, sql, args in (("1 row", one, (7,)), ("100 rows", hundred, (100,))):
        table(
            f"SQLite, fetch of {title}",
            await measure(
                {
                    "sqlite3": raw_fetch(sql, args),
                    "manoir, inline": repeat(lambda sql=sql, args=args: inline.fetch(sql, args)),
                    "manoir, on a thread": repeat(lambda sql=sql, args=args: threaded.fetch(sql, args)),
                    "asyncio.to_thread": repeat(
                        lambda sql=sql, args=args: asyncio.to_thread(lambda: inline_fetch(folder, sql, args))
                    ),
                },
                600,
            ),
        )
    raw.close()
    await inline.aclose()
    await threaded.aclose()


shared: list[sqlite3.Connection] = []


def inline_fetch(folder: str, sql: str, args: tuple[Any, ...]) -> list[Any]:
    if not shared:
        shared.append(sqlite3.connect(str(Path(folder) / "bench.sqlite3"), check_same_thread=False))
    return shared[0].execute(sql, args).fetchall()


def sqlite_from_sync_code(folder: str) -> None:
    connection = make_sqlite(folder)
    raw = sqlite3.connect(str(Path(folder) / "bench.sqlite3"), isolation_level=None, cached_statements=1024)
    sql = "SELECT id, name FROM item WHERE id = ?"
    fetch = bridge.blocking_function(connection.fetch)
    results: dict[str, list[float]] = {"sqlite3": [], "manoir, sync": []}
    for _ in range(ROUNDS):
        for name, call in (
            ("sqlite3", lambda: raw.execute(sql, (7,)).fetchall()),
            ("manoir, sync", lambda: fetch(sql, (7,))),
        ):
            started = time.process_time()
            for _ in range(1000):
                call()
            results[name].append((time.process_time() - started) / 1000 * 1e6)
    table("SQLite from sync code, 1 row", {name: min(values) for name, values in results.items()})
    raw.close()
    connection.close()


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    print(
        f"Python {platform.python_version()}, {platform.machine()}, one core, CPU time of this process, best of {ROUNDS} rounds"
    )
    if "sqlite" not in sys.argv:
        bridge.run(pool())
        bridge.run(postgresql())
    with tempfile.TemporaryDirectory() as folder:
        bridge.run(sqlite(folder))
        sqlite_from_sync_code(folder)
        while shared:
            shared.pop().close()


if __name__ == "__main__":
    main()

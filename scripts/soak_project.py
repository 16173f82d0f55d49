"""The project that `soak.py` serves in a process of its own: views of every kind, each with the marker of its request.

    python scripts/soak_project.py PORT DATABASE_URL [TIMEOUT]

A view puts its marker into a context variable, waits for the database a few times, and answers with what it finds
there afterwards: one request that sees another's marker, rows or transaction is a mix-up, and answers 500.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import sys
import threading
import time
from collections import Counter
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from manoir import bridge, setup
from manoir.bridge import _island
from manoir.conf import parse_database_url, settings

POOL_SIZE = 8
HEARTBEAT_SECONDS = 0.005
FOLDER = Path(__file__).parent

marker: ContextVar[str] = ContextVar("soak.marker", default="")


def configure(database_url: str, timeout: float) -> None:
    """Configure this process as a production server would be."""
    entry = parse_database_url(database_url)
    entry["OPTIONS"] = {**entry.get("OPTIONS", {}), "pool": {"max_size": POOL_SIZE, "timeout": 60}}
    if entry["ENGINE"].endswith("sqlite"):
        entry["OPTIONS"]["timeout"] = timeout
    settings.configure(
        SECRET_KEY="only-for-soak-runs-" + "0123456789abcdef" * 3,
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": entry},
        ROOT_URLCONF="soak_project",
        INSTALLED_APPS=[],
        MIDDLEWARE=[
            "manoir.middleware.SecurityMiddleware",
            "manoir.middleware.CommonMiddleware",
            "manoir.security.CsrfViewMiddleware",
            "manoir.middleware.XFrameOptionsMiddleware",
        ],
        LOGGING={
            "version": 1,
            "disable_existing_loggers": False,
            "loggers": {"manoir.server": {"level": "WARNING"}},
        },
    )


if __name__ == "__main__":
    configure(sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 5.0)
    sys.modules["soak_project"] = sys.modules["__main__"]
    setup()

from manoir.db import connections, transaction  # noqa: E402 - the settings come first
from manoir.http import HttpResponse, JsonResponse, StreamingHttpResponse  # noqa: E402
from manoir.urls import path  # noqa: E402


class MixUp(Exception):
    """A request met what belongs to another."""


def placeholders(sql: str) -> str:
    """Write `?` as the driver wants it."""
    if connections["default"].placeholder_style == "?":
        return sql
    parts = sql.split("?")
    return parts[0] + "".join(f"${number}{part}" for number, part in enumerate(parts[1:], 1))


async def afetch(sql: str, *args: Any) -> list[Any]:
    """Run a statement that answers rows."""
    return await connections["default"].fetch(placeholders(sql), args)


async def aexecute(sql: str, *args: Any) -> int:
    """Run a statement that answers none."""
    return await connections["default"].execute(placeholders(sql), args)


fetch = bridge.blocking_function(afetch)
execute = bridge.blocking_function(aexecute)


def check(mark: str, *found: Any) -> None:
    """Raise if anything found is not this request's own."""
    if marker.get() != mark or any(one != mark for one in found):
        raise MixUp(f"{mark} found {marker.get()} and {found}")


# -- views ------------------------------------------------------------------------------------------------------------


async def async_view(request: Any, mark: str) -> HttpResponse:
    """Queries on the loop."""
    marker.set(mark)
    first = await afetch("SELECT CAST(? AS varchar(40))", mark)
    await asyncio.sleep(0)
    rows = await asyncio.gather(*(afetch("SELECT CAST(? AS varchar(40))", mark) for _ in range(2)))
    check(mark, first[0][0], rows[0][0][0], rows[1][0][0])
    return HttpResponse(mark)


def def_view(request: Any, mark: str) -> HttpResponse:
    """Queries from a worker thread."""
    marker.set(mark)
    check(mark, fetch("SELECT CAST(? AS varchar(40))", mark)[0][0])
    with transaction.atomic():
        execute("INSERT INTO soak_mark (mark) VALUES (?)", mark)
        check(mark, *(row[0] for row in fetch("SELECT mark FROM soak_mark WHERE mark = ?", mark)))
        execute("DELETE FROM soak_mark WHERE mark = ?", mark)
    check(mark)
    return HttpResponse(mark)


def spawn_view(request: Any, mark: str) -> HttpResponse:
    """Queries from sync code on the loop."""
    marker.set(mark)
    for _ in range(3):
        check(mark, fetch("SELECT CAST(? AS varchar(40))", mark)[0][0])
    return HttpResponse(mark)


spawn_view.sync_view_mode = "loop"  # type: ignore[attr-defined]


async def atomic_view(request: Any, mark: str) -> HttpResponse:
    """A transaction that holds its connection, wants a thread, and rolls a savepoint back."""
    marker.set(mark)
    async with transaction.atomic():
        await aexecute("INSERT INTO soak_mark (mark) VALUES (?)", mark)
        try:
            async with transaction.atomic():
                await aexecute("INSERT INTO soak_mark (mark) VALUES (?)", "rolled back")
                raise LookupError
        except LookupError:
            pass
        rows = await bridge.to_thread(fetch, "SELECT mark FROM soak_mark WHERE mark = ?", mark)
        check(mark, *(row[0] for row in rows))
        if len(rows) != 1:
            raise MixUp(f"{len(rows)} rows of {mark}")
        await aexecute("DELETE FROM soak_mark WHERE mark = ?", mark)
    return HttpResponse(mark)


async def stream_view(request: Any, mark: str) -> StreamingHttpResponse:
    """Rows streamed out of the database."""
    marker.set(mark)
    sql = (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
        " SELECT CAST(? AS varchar(40)) FROM n"
    )

    async def chunks() -> Any:
        async with connections["default"].stream(placeholders(sql), (mark,), 10) as stream:
            async for rows in stream:
                for row in rows:
                    yield f"{row[0]}\n"

    return StreamingHttpResponse(chunks())


async def writer_view(request: Any, mark: str) -> HttpResponse:
    """Read, wait, write: an update is lost as soon as two writers overlap."""
    async with transaction.atomic():
        value = (await afetch("SELECT value FROM soak_counter"))[0][0]
        await asyncio.sleep(0.002)
        await aexecute("UPDATE soak_counter SET value = ?", value + 1)
    return HttpResponse(mark)


def def_writer_view(request: Any, mark: str) -> HttpResponse:
    """The same, from a thread."""
    with transaction.atomic():
        value = fetch("SELECT value FROM soak_counter")[0][0]
        time.sleep(0.002)
        execute("UPDATE soak_counter SET value = ?", value + 1)
    return HttpResponse(mark)


async def slow_view(request: Any, mark: str) -> HttpResponse:
    """A query that lasts, in a transaction."""
    async with transaction.atomic():
        await aexecute("INSERT INTO soak_mark (mark) VALUES (?)", mark)
        await slow_statement()
        await aexecute("DELETE FROM soak_mark WHERE mark = ?", mark)
    return HttpResponse(mark)


def slow_def_view(request: Any, mark: str) -> HttpResponse:
    """The same in a thread."""
    with transaction.atomic():
        execute("INSERT INTO soak_mark (mark) VALUES (?)", mark)
        bridge.wait(slow_statement())
        execute("DELETE FROM soak_mark WHERE mark = ?", mark)
    return HttpResponse(mark)


def slow_spawn_view(request: Any, mark: str) -> HttpResponse:
    """The same in sync code on the loop."""
    return slow_def_view(request, mark)


slow_spawn_view.sync_view_mode = "loop"  # type: ignore[attr-defined]


async def slow_stream_view(request: Any, mark: str) -> StreamingHttpResponse:
    """A stream whose query lasts."""

    async def chunks() -> Any:
        async with connections["default"].stream(placeholders("SELECT CAST(? AS varchar(40))"), (mark,), 1) as stream:
            async for rows in stream:
                yield f"{rows[0][0]}\n"
                await slow_statement()
        yield "end"

    return StreamingHttpResponse(chunks())


async def slow_statement() -> None:
    """Keep the database busy for about 0.4 seconds."""
    if connections["default"].vendor == "postgresql":
        await afetch("SELECT pg_sleep(0.4)")
        return
    sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT count(*) FROM n"
    await afetch(sql)


async def threads_view(request: Any, mark: str) -> JsonResponse:
    """Say on which threads statements run: only on SQLite, whose connections know the function `thread_id`."""
    found = [(await afetch("SELECT thread_id()"))[0][0]]
    async with transaction.atomic():
        found.append((await afetch("SELECT thread_id()"))[0][0])
        found += [(await afetch("UPDATE soak_counter SET value = value RETURNING thread_id()"))[0][0]]
    found.append((await bridge.spawn(fetch, "SELECT thread_id()"))[0][0])
    found.append((await bridge.to_thread(fetch, "SELECT thread_id()"))[0][0])
    return JsonResponse({"loop": str(threading.get_ident()), "statements": [str(one) for one in found]})


# -- what the server knows about itself -------------------------------------------------------------------------------


class Heartbeat:
    """A task that wants to run every few milliseconds, and notes how late it does.

    Attributes:
        longest: the longest stall of the loop since the last `reset`, in seconds.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self.task: asyncio.Task[None] | None = None

    def reset(self) -> None:
        """Begin to measure anew."""
        self.longest = 0.0

    async def beat(self) -> None:
        """Measure for ever."""
        while True:
            started = time.perf_counter()
            await asyncio.sleep(HEARTBEAT_SECONDS)
            self.longest = max(self.longest, time.perf_counter() - started - HEARTBEAT_SECONDS)


heartbeat = Heartbeat()


def resident_megabytes() -> float:
    """Return the memory of this process that is in use now (elsewhere than on Linux: at most)."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


async def stats_view(request: Any) -> JsonResponse:
    """Return what must be flat, after a farewell to what is unreachable."""
    connection = connections["default"]
    pool = connection.pool()
    while pool.cleaners:
        await asyncio.wait(pool.cleaners)
    stall = heartbeat.longest  # before the collection below, which is not part of the load
    gc.unfreeze()  # get_objects() tells nothing of what is set aside, and it may have become unreachable
    gc.collect()
    gc.unfreeze()  # the first full collection of a worker sets aside what is left
    kinds = Counter(type(one).__name__ for one in gc.get_objects())
    answer = {
        "links": len(pool.links),
        "size": pool.size,
        "idle": len(pool.idle),
        "waiters": len(pool.waiters),
        "writer_busy": pool.writer.busy,
        "dirty": sum(link.needs_cleaning() for link in pool.links),
        "levels": kinds["Level"],
        "greenlets": kinds["Island"] - len(_island._free.islands),  # those kept for reuse become more with the load
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "megabytes": round(resident_megabytes(), 1),
        "stall_milliseconds": round(stall * 1000, 1),
    }
    gc.freeze()
    heartbeat.reset()
    return JsonResponse(answer)


urlpatterns = [
    path("async/<str:mark>/", async_view),
    path("def/<str:mark>/", def_view),
    path("spawn/<str:mark>/", spawn_view),
    path("atomic/<str:mark>/", atomic_view),
    path("stream/<str:mark>/", stream_view),
    path("writer/<str:mark>/", writer_view),
    path("def-writer/<str:mark>/", def_writer_view),
    path("slow/<str:mark>/", slow_view),
    path("slow-def/<str:mark>/", slow_def_view),
    path("slow-spawn/<str:mark>/", slow_spawn_view),
    path("slow-stream/<str:mark>/", slow_stream_view),
    path("threads/<str:mark>/", threads_view),
    path("stats/", stats_view),
]


def teach_thread_id() -> None:
    """Give SQLite's connections a function that tells on which thread it is called."""
    connection: Any = connections["default"]
    if connection.vendor != "sqlite":
        return
    open_raw = connection.open_raw

    def open_with_function() -> Any:
        raw = open_raw()
        raw.create_function("thread_id", 0, threading.get_ident)
        return raw

    connection.open_raw = open_with_function


async def serve(port: int) -> None:
    """Serve until the process is told to end."""
    from granian.server.embed import Server

    from manoir.server import RSGIApplication

    application = RSGIApplication()
    server = Server(application, address="127.0.0.1", port=port, log_enabled=False, websockets=False, backlog=1024)
    heartbeat.task = asyncio.create_task(heartbeat.beat())
    try:
        await server.serve()
    finally:
        await application.lifespan.shutdown()


def main() -> None:
    """Serve, on uvloop where there is one."""
    teach_thread_id()
    factory = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()

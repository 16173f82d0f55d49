"""The soak runs: a server in a process of its own (`soak_project.py`), clients in this one, and what must hold.

Each run returns a dict of figures, and raises `Fault` when something that must hold does not.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent
START_SECONDS = 30
VIEWS = ("async", "def", "spawn", "atomic", "stream")
SLOW_VIEWS = ("slow", "slow-def", "slow-spawn", "slow-stream")
TIMEOUT_SECONDS = 5.0
"""OPTIONS["timeout"] of SQLite, its default: no writer may wait longer."""
ALLOWED_GROWTH_MEGABYTES = 12.0
GOAL_STALL_MILLISECONDS = 50.0
ROUNDS = 3
"""Looks at the server under mixed load: what leaks grows from one to the next."""

TABLES = (
    "CREATE TABLE soak_mark (mark varchar(40))",
    "CREATE TABLE soak_counter (value integer)",
    "INSERT INTO soak_counter VALUES (0)",
)


class Fault(AssertionError):
    """Something that must hold does not."""


# -- databases --------------------------------------------------------------------------------------------------------


@contextmanager
def sqlite_database() -> Iterator[str]:
    """Make an SQLite file with the tables; give its URL."""
    import sqlite3

    with tempfile.TemporaryDirectory(prefix="manoir-soak-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "soak.sqlite3"
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in TABLES:
            connection.execute(statement)
        connection.commit()
        connection.close()
        yield f"sqlite:///{file}"


@contextmanager
def postgresql_database(url: str) -> Iterator[str]:
    """Make a database with the tables on a server, drop it afterwards; give its URL."""
    import asyncpg

    name = f"manoir_soak_{os.getpid()}"
    own = urlsplit(url)._replace(path=f"/{name}").geturl()

    async def run(where: str, *statements: str) -> None:
        connection = await asyncpg.connect(where)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run(url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"))
    try:
        asyncio.run(run(own, *TABLES))
        yield own
    finally:
        asyncio.run(run(url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def postgresql_answers(url: str) -> bool:
    """Say whether there is a server."""
    import asyncpg

    async def connect() -> None:
        await (await asyncpg.connect(url, timeout=3)).close()

    try:
        asyncio.run(connect())
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    return True


# -- the server -------------------------------------------------------------------------------------------------------


class Server:
    """The served project.

    Attributes:
        port: where it listens, on 127.0.0.1.
    """

    def __init__(self, database_url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.log = tempfile.TemporaryFile("w+")
        command = [sys.executable, str(FOLDER / "soak_project.py"), str(self.port), database_url, str(timeout)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def __enter__(self) -> Server:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Fault(f"The server did not start:\n{self.words()}")
            time.sleep(0.02)

    def __exit__(self, *exc_info: object) -> None:
        self.stop()
        self.log.close()

    def stop(self) -> None:
        """End the process."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def words(self) -> str:
        """Return the end of what the server wrote, for messages."""
        self.log.seek(0)
        return self.log.read()[-4000:]


class Connection:
    """A kept-alive HTTP connection, as much of it as the runs need."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def get(self, path: str) -> tuple[int, bytes]:
        """Send a request and return status and body."""
        self.send(path)
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        if fields.get(b"transfer-encoding") != b"chunked":
            return status, await self.reader.readexactly(int(fields[b"content-length"]))
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()
        return status, body

    def send(self, path: str) -> None:
        """Send a request and wait for nothing."""
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    def leave(self) -> None:
        """Close the connection at once."""
        self.writer.transport.abort()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """Open a connection for a block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connection = Connection(reader, writer)
    try:
        yield connection
    finally:
        connection.leave()


async def stats(server: Server) -> dict[str, Any]:
    """Ask the server about itself; give it some time to come to rest."""
    deadline = time.monotonic() + 15
    while True:
        async with connected(server.port) as connection:
            status, body = await connection.get("/stats/")
        if status != 200:
            raise Fault(f"/stats/ answers {status}:\n{server.words()}")
        figures = json.loads(body)
        if at_rest(figures) or time.monotonic() > deadline:
            return figures
        await asyncio.sleep(0.1)


def at_rest(figures: dict[str, Any]) -> bool:
    """Say whether all connections are back and nobody waits."""
    return (
        figures["idle"] == figures["size"] == figures["links"]
        and not figures["waiters"]
        and not figures["writer_busy"]
        and not figures["dirty"]
        and not figures["levels"]
    )


def demand(condition: bool, message: str, server: Server, figures: Any = None) -> None:
    """Raise a Fault with what the server wrote, unless the condition holds."""
    if not condition:
        raise Fault(f"{message}\n{figures or ''}\nThe server wrote:\n{server.words()}")


def expected_body(view: str, mark: str) -> bytes:
    """Return what a view has to answer."""
    return f"{mark}\n".encode() * 50 if view == "stream" else mark.encode()


# -- mixed load -------------------------------------------------------------------------------------------------------


async def send_requests(port: int, number: int, deadline: float, done: Counter[str], faults: list[str]) -> None:
    """Send requests of all kinds over one connection until the deadline."""
    chance = random.Random(number)
    async with connected(port) as connection:
        count = 0
        while time.monotonic() < deadline and len(faults) < 10:
            count += 1
            view, mark = chance.choice(VIEWS), f"m{number}x{count}"
            status, body = await connection.get(f"/{view}/{mark}/")
            if status != 200 or body != expected_body(view, mark):
                faults.append(f"/{view}/{mark}/ answered {status} {body[:80]!r}")
            done[view] += 1


async def mixed_load(server: Server, seconds: float, connections: int) -> dict[str, Any]:
    """Send requests of all kinds over many connections; compare the server before and after."""

    async def load(seconds: float) -> Counter[str]:
        done: Counter[str] = Counter()
        faults: list[str] = []
        deadline = time.monotonic() + seconds
        async with asyncio.timeout(seconds + 60):
            numbers = range(connections)
            await asyncio.gather(*(send_requests(server.port, number, deadline, done, faults) for number in numbers))
        demand(not faults, "Requests were mixed up or failed.", server, faults)
        return done

    await load(max(seconds / 4, 0.5))  # threads, connections and caches are there afterwards
    before = await stats(server)
    seen, done, stall = [before], Counter[str](), 0.0
    for _ in range(ROUNDS):
        done += await load(seconds / ROUNDS)
        seen.append(await stats(server))
        stall = max(stall, seen[-1]["stall_milliseconds"])
        demand(at_rest(seen[-1]), "Connections did not come back, or somebody still waits.", server, seen)
        demand(seen[-1]["greenlets"] <= before["greenlets"] + 8, "Greenlets are left.", server, seen)
        demand(seen[-1]["tasks"] <= before["tasks"] + 2, "Tasks are left.", server, seen)
    growth = seen[-1]["megabytes"] - before["megabytes"]
    demand(growth < ALLOWED_GROWTH_MEGABYTES, f"Memory grew by {growth:.1f} MB.", server, seen)
    return {
        "requests": done.total(),
        "per second": round(done.total() / seconds),
        "by view": dict(done),
        "connections to the database": before["size"],
        "greenlets, before and after each third": [one["greenlets"] for one in seen],
        "megabytes, before and after each third": [one["megabytes"] for one in seen],
        "longest stall of the loop, ms (with every connection busy, the queue of a turn included)": stall,
    }


# -- writers on SQLite ------------------------------------------------------------------------------------------------

SECOND_PROCESS = """
import sys, time
from manoir.conf import settings, parse_database_url
entry = parse_database_url(sys.argv[1])
entry["OPTIONS"] = {"timeout": float(sys.argv[3])}
settings.configure(SECRET_KEY="x" * 50, DATABASES={"default": entry})
from manoir import bridge
from manoir.db import connection, transaction
deadline, count, longest = time.monotonic() + float(sys.argv[2]), 0, 0.0
while time.monotonic() < deadline:
    started = time.monotonic()
    with transaction.atomic():
        value = bridge.wait(connection.fetch("SELECT value FROM soak_counter"))[0][0]
        time.sleep(0.002)
        bridge.wait(connection.execute("UPDATE soak_counter SET value = ?", [value + 1]))
    count += 1
    longest = max(longest, time.monotonic() - started)
print(count, longest)
"""


async def sqlite_writers(server: Server, database_url: str, seconds: float) -> dict[str, Any]:
    """Two writers in the server and a second process add to one counter, while others read; nothing may be lost."""
    async with connected(server.port) as connection:
        status, body = await connection.get("/threads/x/")
        demand(status == 200, f"/threads/ answered {status}.", server)
        threads = json.loads(body)
        demand(threads["loop"] not in threads["statements"], "Statements of SQLite ran on the loop.", server, threads)
    await stats(server)  # the stall is measured from here
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SECOND_PROCESS, database_url, str(seconds), str(TIMEOUT_SECONDS),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    faults: list[str] = []
    counts: Counter[str] = Counter()
    waits: list[float] = []
    deadline = time.monotonic() + seconds

    async def repeat(view: str) -> None:
        async with connected(server.port) as connection:
            while time.monotonic() < deadline and not faults:
                started = time.monotonic()
                status, body = await connection.get(f"/{view}/m/")
                if view.endswith("writer"):
                    waits.append(time.monotonic() - started)
                if status != 200:
                    faults.append(f"/{view}/ answered {status} {body[:80]!r}")
                counts[view] += 1

    async with asyncio.timeout(seconds + 60):
        await asyncio.gather(*(repeat(view) for view in ("writer", "def-writer", "async", "spawn", "async")))
        words = (await second.communicate())[0].decode()
    demand(not faults, "A request failed.", server, faults)
    demand(second.returncode == 0, "The second process failed.", server, words)
    figures = await stats(server)
    import sqlite3

    with sqlite3.connect(urlsplit(database_url).path) as reading:
        value = reading.execute("SELECT value FROM soak_counter").fetchone()[0]
    reading.close()
    others, their_longest = words.split()
    written = counts["writer"] + counts["def-writer"] + int(others)
    demand(value == written, f"Updates were lost: {written} were written, the counter says {value}.", server)
    demand(max(waits) < TIMEOUT_SECONDS, f"A writer waited {max(waits):.1f} seconds.", server)
    demand(at_rest(figures), "Connections did not come back.", server, figures)
    return {
        "writes in the server": counts["writer"] + counts["def-writer"],
        "writes of the second process": int(others),
        "lost": 0,
        "reads beside them": counts["async"] + counts["spawn"],
        "longest wait of a writer, s": f"{max(waits):.2f} in the server, {float(their_longest):.2f} in the process",
        f"longest stall of the loop, ms (goal {GOAL_STALL_MILLISECONDS:g})": figures["stall_milliseconds"],
    }


# -- clients that leave -----------------------------------------------------------------------------------------------


async def random_cancels(server: Server, seconds: float, clients: int = 24) -> dict[str, Any]:
    """Clients leave in the middle of their queries; every connection comes back and works."""
    deadline = time.monotonic() + seconds
    counts: Counter[str] = Counter()

    async def come_and_go(number: int) -> None:
        chance = random.Random(number)
        while time.monotonic() < deadline:
            async with connected(server.port) as connection:
                connection.send(f"/{chance.choice(SLOW_VIEWS)}/c{number}/")
                await asyncio.sleep(chance.random() * 0.9)
            counts["left"] += 1

    async def stay() -> None:
        async with connected(server.port) as connection:
            while time.monotonic() < deadline:
                status, body = await connection.get("/slow/stays/")
                demand((status, body) == (200, b"stays"), f"Who stayed was answered {status}.", server, body[:200])
                counts["stayed"] += 1

    async with asyncio.timeout(seconds + 90):
        await asyncio.gather(stay(), *(come_and_go(number) for number in range(clients)))
        figures = await stats(server)
        demand(at_rest(figures), "Connections did not come back.", server, figures)
        async with connected(server.port) as connection:
            for number in range(30):
                mark = f"after{number}"
                answer = await connection.get(f"/atomic/{mark}/")
                demand(answer == (200, mark.encode()), f"A connection is broken: {answer}.", server)
    return {
        "clients that left": counts["left"],
        "requests of one that stayed": counts["stayed"],
        "connections, all back": figures["size"],
        "greenlets": figures["greenlets"],
        "longest stall of the loop, ms": figures["stall_milliseconds"],
    }


# -- the machine itself -----------------------------------------------------------------------------------------------

IDLE = """
import select, sys, time
longest = 0.0
while True:
    started = time.perf_counter()
    ended = select.select([sys.stdin], [], [], 0.005)[0]
    if ended:
        break
    longest = max(longest, time.perf_counter() - started - 0.005)
print(round(longest * 1000, 1))
"""


class IdleProcess:
    """A process that does nothing but measure how late it wakes: what of a stall is the machine's own."""

    def __enter__(self) -> IdleProcess:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, "-c", IDLE], stdin=pipe, stdout=pipe, text=True)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.milliseconds = self.process.communicate()[0].strip()


# -- all of them ------------------------------------------------------------------------------------------------------


def run_all(parts: list[str], *, seconds: float, connections: int, postgresql: str) -> int:
    """Run the parts and print their figures; 1 when one failed."""
    has_postgresql = postgresql_answers(postgresql)
    if not has_postgresql:
        print(f"No PostgreSQL answers at {urlsplit(postgresql).hostname}: its runs are left out.")
    runs = [(part, vendor) for part in parts for vendor in vendors_of(part) if vendor == "sqlite" or has_postgresql]
    each = max(seconds / max(len(runs), 1) - 3, 1.0)  # less what starting and settling take
    status = 0
    for part, vendor in runs:
        database = sqlite_database() if vendor == "sqlite" else postgresql_database(postgresql)
        idle = IdleProcess()
        with database as url, Server(url, 60.0 if part == "load" else TIMEOUT_SECONDS) as server, idle:
            try:
                figures = asyncio.run(run_part(part, server, url, each, connections))
            except (Fault, TimeoutError) as fault:
                print(f"\n{part} on {vendor}: FAILED\n{fault or 'It did not come to an end.'}\n{server.words()}")
                status = 1
                continue
        print(f"\n{part} on {vendor}, {each:.0f} s")
        for name, value in figures.items():
            print(f"  {name}: {value}")
        print(f"  longest delay of an idle process meanwhile, ms: {idle.milliseconds}")
    return status


def vendors_of(part: str) -> tuple[str, ...]:
    """Return the databases a part is for."""
    return ("sqlite",) if part == "writers" else ("postgresql", "sqlite")


async def run_part(part: str, server: Server, url: str, seconds: float, connections: int) -> dict[str, Any]:
    """Run one part."""
    if part == "load":
        return await mixed_load(server, seconds * 0.8, connections)
    if part == "writers":
        return await sqlite_writers(server, url, seconds)
    return await random_cancels(server, seconds)

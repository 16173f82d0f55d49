"""Chaos for tasks: workers that are killed with -9 at random, and what must hold nevertheless.

`chaos`: every task's effect is there exactly once, none is lost, none of a rolled back transaction ran.
`ticks`: three schedulers, killed at random: every tick has one task, and one effect. With Celery they are relays, and a
worker that lives runs the tasks.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent
PROJECT = FOLDER / "soak_tasks_project.py"


class Fault(AssertionError):
    """Something that must hold does not."""


# -- the database -----------------------------------------------------------------------------------------------------


@contextmanager
def task_database(server: str | None) -> Iterator[str]:
    """Make a database with the tables of tasks: on a PostgreSQL server, or an SQLite file for None; give its URL."""
    with tempfile.TemporaryDirectory(prefix="manoir-soak-", ignore_cleanup_errors=True) as folder:
        if server is None:
            url = f"sqlite:///{Path(folder) / 'tasks.sqlite3'}"
        else:
            name = f"manoir_soak_tasks_{os.getpid()}"
            url = urlsplit(server)._replace(path=f"/{name}").geturl()
            asyncio.run(on_server(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"))
        try:
            project(url, "setup")
            yield url
        finally:
            if server is not None:
                asyncio.run(on_server(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


async def on_server(url: str, *statements: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Read rows, with the driver and nothing of ours."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()
    return asyncio.run(fetch(url, sql))


async def fetch(url: str, sql: str) -> list[tuple[Any, ...]]:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


# -- processes --------------------------------------------------------------------------------------------------------


BROKERS: dict[str, str] = {}
"""The broker of a database's tasks, by the database's URL; none: they wait in the database."""


def broker_of(url: str) -> dict[str, str]:
    """Return what tells a process which broker to use."""
    if url not in BROKERS:
        return {}
    return {"SOAK_TASKS_BROKER": BROKERS[url], "SOAK_TASKS_PREFIX": f"soak-{os.getpid()}-"}


def environment(url: str, **more: str) -> dict[str, str]:
    return {**os.environ, "SOAK_TASKS_URL": url, **broker_of(url), **more}


def project(url: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run the project's script to its end."""
    return subprocess.run([sys.executable, PROJECT, *words], env=environment(url), timeout=300, check=True)


class Workers:
    """A number of worker processes; whoever is killed is replaced.

    Args:
        url: the database.
        count: how many.
        word: what the project's script is told to be.
        more: further environment variables.
    """

    def __init__(self, url: str, count: int, word: str = "worker", **more: str) -> None:
        self.url = url
        self.word = word
        self.more = {**broker_of(url), **more}
        self.kills = 0
        self.processes = [self.start() for _ in range(count)]

    def start(self) -> subprocess.Popen[bytes]:
        """Start one."""
        return subprocess.Popen(
            [sys.executable, PROJECT, self.word],
            env=environment(self.url, **self.more),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a worker of Celery is several processes, which a power cut ends together
        )

    def check(self, began: float, limit: float) -> None:
        """Refuse to wait longer."""
        if time.monotonic() - began > limit:
            raise Fault(f"After {limit:g} s there are still {rows(self.url, WAITING)[0][0]} tasks.")

    def all_work(self) -> bool:
        """Tell whether every process has begun to work; relays do not say so, but one enqueues a tick."""
        if self.word == "relay":
            return bool(rows(self.url, "SELECT 1 FROM manoir_task LIMIT 1"))
        alive = {row[0] for row in rows(self.url, "SELECT pid FROM manoir_task_worker")}
        return alive >= {process.pid for process in self.processes}

    def wait_for_all(self, limit: float = 120.0) -> float:
        """Wait until every process works; return how long the slowest needed."""
        began = time.monotonic()
        while not self.all_work():
            if time.monotonic() - began > limit:
                raise Fault(f"After {limit:g} s not all workers have started.")
            time.sleep(0.1)
        return time.monotonic() - began

    def kill_one(self) -> None:
        """End a random worker as a power cut would, and start another one."""
        place = random.randrange(len(self.processes))
        victim = self.processes[place]
        os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()
        self.kills += 1
        self.processes[place] = self.start()

    def stop(self) -> None:
        """Let all end as they should; a fault if one does not."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            with suppress(ProcessLookupError, PermissionError):  # what is left: a relay beside Celery's worker
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


# -- what must hold ---------------------------------------------------------------------------------------------------

WAITING = "SELECT count(*) FROM manoir_task WHERE status NOT IN ('SUCCESSFUL', 'FAILED', 'CANCELLED')"


def chaos(
    url: str, *, tasks: int, workers: int = 3, kills: int | None = None, pause: float = 1.0, limit: float = 900.0
) -> dict[str, Any]:
    """Run tasks while workers are killed, and check their effects.

    Args:
        url: the database.
        tasks: how many.
        workers: how many processes.
        kills: how many kills; None: as long as tasks wait.
        pause: seconds between kills, on average.
        limit: seconds after which it is a fault that tasks still wait.

    Raises:
        Fault: an effect is missing, there twice, or of a transaction that was rolled back.
    """
    project(url, "enqueue", "0", str(tasks))
    began = time.monotonic()
    running = Workers(url, workers)
    try:
        while not rows(url, "SELECT 1 FROM manoir_task WHERE attempts > 0 LIMIT 1"):
            running.check(began, limit)
            time.sleep(0.02)
        running.kill_one()  # in the middle of the first tasks
        pause = max(pause, (time.monotonic() - began) / 2)  # on a busy machine a worker needs time to get to work
        while rows(url, WAITING)[0][0]:
            running.check(began, limit)
            time.sleep(random.uniform(0.5, 1.5) * pause)
            if kills is None or running.kills < kills:
                running.kill_one()
    finally:
        running.stop()
    seconds = time.monotonic() - began
    effects = Counter(row[0] for row in rows(url, "SELECT number FROM soak_effect"))
    missing = [number for number in range(tasks) if not effects[number]]
    twice = [number for number, count in effects.items() if count > 1]
    foreign = [number for number in effects if not 0 <= number < tasks]
    if missing or twice or foreign:
        raise Fault(f"Missing: {missing[:20]}; twice: {twice[:20]}; rolled back: {foreign[:20]}.")
    statuses = dict(rows(url, "SELECT status, count(*) FROM manoir_task GROUP BY status"))
    if statuses != {"SUCCESSFUL": tasks}:
        raise Fault(f"Not every task is successful: {statuses}.")
    lost, attempts = rows(url, "SELECT sum(lost), max(attempts) FROM manoir_task")[0]
    return {
        "tasks, each with one effect": tasks,
        "workers killed": running.kills,
        "attempts that ended with their worker": int(lost),
        "most attempts of one task": attempts,
        "seconds": round(seconds, 1),
    }


def ticks(
    url: str, *, seconds: float, schedulers: int = 3, pause: float = 1.5, rest: float = 4.0, least: int = 5
) -> dict[str, Any]:
    """Let a schedule tick every second under schedulers that are killed, and look for each tick.

    Args:
        url: the database.
        seconds: how long they are killed.
        schedulers: how many processes.
        pause: seconds between kills, on average.
        rest: seconds without kills at the end, until a new leader has made up for what was missed.
        least: how many ticks there must have been; it goes on until then.

    Raises:
        Fault: a tick is missing, or was run twice.
    """
    from manoir.tasks import tick_id

    celery = url in BROKERS
    running = Workers(url, schedulers, "relay" if celery else "worker", SOAK_TASKS_TICK="1")
    consumers = Workers(url, int(celery), "consumer", SOAK_TASKS_TICK="1")
    try:
        pause = max(pause, running.wait_for_all() / 2)
        began = time.monotonic()
        counted = "SELECT count(*), count(finished_at) FROM manoir_task WHERE schedule = 'soak.tick'"
        while (
            time.monotonic() < began + seconds
            or running.kills < 2
            or (count := rows(url, counted)[0])[0] < least
            or not count[1]
        ):
            if time.monotonic() > began + seconds + 120:
                raise Fault(f"After {seconds + 120:g} s there are not {least} ticks.")
            time.sleep(random.uniform(0.5, 1.5) * pause)
            running.kill_one()
        time.sleep(rest)
    finally:
        running.stop()
        consumers.stop()
    found = {
        str(row[0]).replace("-", "") for row in rows(url, "SELECT id FROM manoir_task WHERE schedule = 'soak.tick'")
    }
    effects = Counter(row[0].replace("-", "") for row in rows(url, "SELECT task FROM soak_effect WHERE number = -7"))
    now = int(time.time())
    there = [
        second
        for second in range(now - int(seconds) - 400, now + 1)
        if tick_id("soak.tick", datetime.fromtimestamp(second, UTC)).hex in found
    ]
    if not there or there != list(range(there[0], there[-1] + 1)) or len(there) != len(found):
        raise Fault(f"Ticks are missing: {sorted(set(range(there[0], there[-1] + 1)) - set(there))[:20]}")
    twice = [task for task, count in effects.items() if count != 1]
    if twice or not set(effects) <= found:
        raise Fault(f"Ticks with more than one effect: {twice[:20]}.")
    unfinished = rows(url, WAITING)[0][0]
    if len(effects) + unfinished != len(found):
        raise Fault(f"{len(found)} ticks, {len(effects)} effects, {unfinished} still wait.")
    return {
        "ticks, each with one task": len(there),
        "with their effect": len(effects),
        "schedulers killed": running.kills,
    }


def run_celery(*, tasks: int, seconds: float, postgresql: str | None, broker: str) -> int:
    """Have Celery run tasks and ticks while workers and schedulers are killed; print the figures, 1 when one failed.

    Args:
        tasks: how many.
        seconds: how long schedulers are killed.
        postgresql: URL of the server; None: there is none.
        broker: URL of the broker.
    """
    if postgresql is None:
        print("No PostgreSQL answers: celery is left out.")
        return 0
    status = 0
    for part in ("tasks", "ticks"):
        with task_database(postgresql) as url:
            BROKERS[url] = broker
            try:
                figures = (
                    chaos(url, tasks=tasks, pause=8.0, limit=1_800.0)
                    if part == "tasks"
                    else ticks(url, seconds=seconds, rest=8.0)
                )
            except Fault as fault:
                print(f"\n{part} by celery on {broker}: FAILED\n{fault}")
                status = 1
                continue
        print(f"\n{part} by celery on {broker.partition(':')[0]}, outbox on postgresql")
        for name, value in figures.items():
            print(f"  {name}: {value}")
    return status


def run_all(parts: list[str], *, tasks: int, seconds: float, postgresql: str | None) -> int:
    """Run the parts and print their figures; 1 when one failed.

    Args:
        parts: of "tasks" and "ticks".
        tasks: how many on PostgreSQL; a tenth of them on SQLite, which has one writer.
        seconds: how long schedulers are killed, on each database.
        postgresql: URL of the server; None: there is none.
    """
    status = 0
    for part in parts:
        for vendor, server in (("postgresql", postgresql), ("sqlite", None)):
            if vendor == "postgresql" and server is None:
                print(f"No PostgreSQL answers: {part} on it is left out.")
                continue
            count = tasks if vendor == "postgresql" else max(tasks // 10, 1)
            with task_database(server) as url:
                try:
                    figures = chaos(url, tasks=count) if part == "tasks" else ticks(url, seconds=seconds)
                except Fault as fault:
                    print(f"\n{part} on {vendor}: FAILED\n{fault}")
                    status = 1
                    continue
            print(f"\n{part} on {vendor}")
            for name, value in figures.items():
                print(f"  {name}: {value}")
    return status

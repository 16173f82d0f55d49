"""The project of the soak runs of tasks: `soak_tasks_project.py setup`, `… enqueue 0 300`, `… worker`.

SOAK_TASKS_URL names the database, SOAK_TASKS_LEASE the seconds of a lease, SOAK_TASKS_TICK whether it has a schedule.
With SOAK_TASKS_BROKER the tasks are run by Celery: a worker is then Celery's, with a relay beside it; `… consumer` and
`… relay` are one without the other.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time

from manoir.conf import parse_database_url, settings

BROKER = os.environ.get("SOAK_TASKS_BROKER", "")
LEASE = float(os.environ.get("SOAK_TASKS_LEASE", "3" if BROKER else "1"))
OPTIONS = {"LEASE": LEASE, "POLL": 0.2, "MAX_LOST": 1_000}
DATABASE = {"BACKEND": "manoir.tasks.DatabaseBackend", "OPTIONS": OPTIONS}
CELERY = {
    "BACKEND": "manoir.tasks.CeleryBackend",
    "OPTIONS": {**OPTIONS, "BROKER": BROKER, "QUEUE_PREFIX": os.environ.get("SOAK_TASKS_PREFIX", "soak-")},
}

settings.configure(
    SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyz of soak runs",  # noqa: S106 - of processes that nobody reaches
    INSTALLED_APPS=["manoir.tasks"],
    DATABASES={"default": parse_database_url(os.environ["SOAK_TASKS_URL"])},
    LOGGING_CONFIG=None,
    TASKS={"default": CELERY if BROKER else DATABASE},
)

import manoir  # noqa: E402 - after the settings

manoir.setup()

from manoir.commands import call_command  # noqa: E402
from manoir.db import connection, transaction  # noqa: E402
from manoir.tasks import TaskContext, WorkerOptions, every, task, task_backends  # noqa: E402
from manoir.tasks._celery._relay import Relay  # noqa: E402
from manoir.tasks._celery._worker import celery_backend, worker_app  # noqa: E402

EFFECT = "CREATE TABLE soak_effect (number integer NOT NULL, task varchar(40) NOT NULL)"


async def write(number: int, task_id: str) -> None:
    """Leave a row, which no constraint keeps from being there twice."""
    marks = "?, ?" if connection.vendor == "sqlite" else "$1, $2"
    await connection.execute(f"INSERT INTO soak_effect VALUES ({marks})", (number, task_id))  # noqa: S608


@task(name="soak.effect", atomic=True, takes_context=True)
async def effect(context: TaskContext, number: int) -> None:
    """Write, and be caught by a kill before or after."""
    await asyncio.sleep(random.random() / 50)
    await write(number, context.id)
    await asyncio.sleep(random.random() / 50)


@task(name="soak.effect_in_thread", atomic=True, takes_context=True)
def effect_in_thread(context: TaskContext, number: int) -> None:
    """Do the same in a thread."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO soak_effect VALUES (%s, %s)", [number, context.id])
    time.sleep(random.random() / 50)


if os.environ.get("SOAK_TASKS_TICK"):

    @task(name="soak.tick", atomic=True, takes_context=True, schedule=every(seconds=1))
    async def tick(context: TaskContext) -> None:
        """Write that a tick was run."""
        await write(-7, context.id)


async def enqueue(first: int, count: int) -> None:
    """Ask for `count` tasks, in transactions of up to 50; after each, ask for one that is rolled back."""
    for start in range(first, first + count, 50):
        async with transaction.atomic():
            for number in range(start, min(start + 50, first + count)):
                await (effect if number % 2 else effect_in_thread).aenqueue(number)
        try:
            async with transaction.atomic():
                await effect.aenqueue(-1)
                raise ValueError
        except ValueError:
            pass


def main() -> None:
    """Do what the arguments say."""
    if sys.argv[1] == "setup":
        call_command("migrate", verbosity=0)
        asyncio.run(connection.execute(EFFECT))
    elif sys.argv[1] == "enqueue":
        asyncio.run(enqueue(int(sys.argv[2]), int(sys.argv[3])))
    elif sys.argv[1] == "relay":
        asyncio.run(Relay(celery_backend(), f"relay-{os.getpid()}").run())
    elif sys.argv[1] == "consumer":
        consume()
    elif BROKER:
        work_for_celery()
    else:
        task_backends["default"].work(WorkerOptions(concurrency=8, grace_seconds=5))


def work_for_celery() -> None:
    """Be an ordinary Celery worker, with a relay as a child."""
    relay = subprocess.Popen([sys.executable, __file__, "relay"])
    try:
        consume()
    finally:
        relay.kill()


def consume() -> None:
    """Be an ordinary Celery worker."""
    worker_app(celery_backend()).worker_main(["worker", "--concurrency", "4", "--loglevel", "ERROR"])


if __name__ == "__main__":
    main()

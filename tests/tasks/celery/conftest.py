"""Real Celery workers on real brokers, beside the relay.

A worker takes seconds to start. So the tests of a file run pair by pair of database and broker, and one worker serves
all of a pair: whoever kills it starts the next one, which serves on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from manoir.bridge import wait
from manoir.conf import settings
from manoir.db import Connection, connections, transaction
from manoir.tasks import CeleryBackend, task_backends
from manoir.tasks._celery import _broker
from manoir.tasks.models import QueuedTask
from tests import databases
from tests.services import require_broker
from tests.tasks.conftest import TABLES, queue_connection

ROOT = Path(__file__).parents[3]
PAIRS = ["sqlite-redis", "postgresql-redis", "postgresql-rabbitmq"]
PATIENCE = 90
"""Seconds after which a test gives up: a worker needs two to start, on a busy machine many more."""
RUN = uuid.uuid4().hex[:8]


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine answers late; that is no broker that falls silent."""
    monkeypatch.setattr(_broker, "ANSWER_SECONDS", PATIENCE)


SETTINGS = """
import json, os
SECRET_KEY = "0f9e8d7c6b5a49382716" * 3
INSTALLED_APPS = ["manoir.tasks", "tests.tasks.celery"]
DATABASES = json.loads(os.environ["CELERY_TEST_DATABASES"])
TASKS = json.loads(os.environ["CELERY_TEST_TASKS"])
"""


def tasks_settings(pair: str, **options: Any) -> dict[str, Any]:
    """TASKS for a database and a broker; queues in the broker have names of this run, so that nobody else takes them."""
    given = {
        "BROKER": require_broker(pair.split("-")[1]),
        "QUEUE_PREFIX": f"manoir-{RUN}-{pair}-",
        "LEASE": 2,
        "POLL": 0.1,
        **options,
    }
    return {"default": {"BACKEND": "manoir.tasks.CeleryBackend", "QUEUES": ["default", "mail"], "OPTIONS": given}}


class WorkerProcess:
    """`manoir worker` in a process of its own.

    Args:
        pair: database and broker.
        folder: for its settings and its log.
        options: further OPTIONS of the backend.
        words: further arguments of the command.
    """

    def __init__(self, pair: str, folder: Path, options: dict[str, Any] | None = None, *words: str) -> None:
        (folder / "celery_conf.py").write_text(SETTINGS)
        self.log = folder / f"worker-{uuid.uuid4().hex[:6]}.log"
        entry = databases.entry(pair.split("-")[0], databases.session_name("tasks"))
        environment = {
            **os.environ,
            "MANOIR_SETTINGS_MODULE": "celery_conf",
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT), str(ROOT / "src")]),
            "CELERY_TEST_DATABASES": json.dumps({"default": entry}),
            "CELERY_TEST_TASKS": json.dumps(tasks_settings(pair, **(options or {}))),
        }
        command = [sys.executable, "-m", "manoir", "worker", "--backend", "celery", "--concurrency", "2", *words]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)

    def children(self) -> list[int]:
        """Return the process ids of the Celery worker and of its children."""
        found = [self.process.pid]
        for pid in found:
            listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
            found += [int(word) for word in listed.stdout.split()]
        return found[1:]

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Let its relay stand still; not while it writes, as SQLite's one writer would lock everybody out."""
        async with transaction.atomic():
            await QueuedTask.objects.filter(status="NONE").adelete()  # whoever writes is alone
            self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """End it gently; return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        """End it and all its children at once."""
        for pid in [*self.children(), self.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(10)


@pytest.fixture(scope="module", params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database and a broker; their worker ends with the last test that has them, as two pairs share a database."""
    name: str = request.param
    if name.startswith("postgresql"):
        databases.require_postgresql()
    require_broker(name.split("-")[1])
    yield name
    if name in workers:
        workers.pop(name).kill()


@pytest.fixture
def celery_database(pair: str) -> Iterator[Connection]:
    """`connections["default"]` on a database with the tables of tasks, empty; nothing is rolled back."""
    connection = queue_connection(pair.split("-")[0])
    with connections.using("default", connection):
        for table in TABLES:
            wait(connection.execute(f"DELETE FROM {table}"))
        yield connection


@pytest.fixture
def celery_backend(pair: str, celery_database: Connection) -> Iterator[CeleryBackend]:
    """`task_backends["default"]`, a CeleryBackend."""
    with settings.override(TASKS=tasks_settings(pair)):
        yield task_backends["default"]


workers: dict[str, WorkerProcess] = {}


@pytest.fixture
def living_worker(
    pair: str, celery_backend: CeleryBackend, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], WorkerProcess]:
    """Give the worker of this database and broker; where none lives, a new one."""

    def living() -> WorkerProcess:
        if pair not in workers or workers[pair].process.poll() is not None:
            workers[pair] = WorkerProcess(pair, tmp_path_factory.mktemp("celery"))
        return workers[pair]

    return living


@pytest.fixture
def celery_worker(living_worker: Callable[[], WorkerProcess]) -> WorkerProcess:
    """A worker for this database and broker."""
    return living_worker()


def until(condition: Any, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)

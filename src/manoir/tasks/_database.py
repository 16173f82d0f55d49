"""Tasks in the application's own database: `DatabaseBackend`."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from manoir.apps import apps
from manoir.checks import CheckMessage, Error
from manoir.db import DEFAULT_DB_ALIAS, Connection, connections
from manoir.exceptions import InvalidTaskBackend, TaskResultDoesNotExist
from manoir.tasks._base import BaseTaskBackend, WorkerOptions
from manoir.tasks._gathering import Gathering
from manoir.tasks._message import TaskMessage
from manoir.tasks._result import TaskState
from manoir.tasks._serving import serve
from manoir.tasks._store import TaskStore
from manoir.tasks._store_postgresql import PostgreSQLStore
from manoir.tasks._store_sqlite import SQLiteStore
from manoir.tasks._worker import CONCURRENCY, Worker

STORES: Final[dict[str, type[TaskStore]]] = {"postgresql": PostgreSQLStore, "sqlite": SQLiteStore}
DAY: Final = 86_400.0
TRIES: Final = 10
"""How often a unique task is offered while others with its key come and go."""


class DatabaseBackend(BaseTaskBackend):
    """Keeps tasks in a table of the application's database, in the transaction that asked for them.

    OPTIONS: `DATABASE` (alias, "default"), `LEASE` (20 seconds for which a worker holds a task without a sign of life),
    `POLL` (seconds between looks without a notification: 5 on PostgreSQL, 0.5 on SQLite), `KEEP` (604,800 seconds that
    results are kept) and `KEEP_FAILED` (2,592,000), `MAX_LOST` (10: a task that was lost more often with its workers
    fails), `CATCH_UP` (600: seconds for which every missed tick of a schedule is made up for; of earlier ones, the
    latest), `DURABLE` (True; False: a task that is enqueued outside of a transaction does not wait for the disk, so that
    one of the last half second may be lost in a power cut, as with most brokers), `MAX_BYTES` (100,000: the longest
    arguments).
    """

    known_options = frozenset(
        {"DATABASE", "LEASE", "POLL", "KEEP", "KEEP_FAILED", "MAX_LOST", "CATCH_UP", "DURABLE", "MAX_BYTES"}
    )
    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True
    supports_unique = True
    supports_cancel = True

    def __init__(self, alias: str, params: Mapping[str, Any]) -> None:
        super().__init__(alias, params)
        self.database: str = self.options.get("DATABASE", DEFAULT_DB_ALIAS)
        self.lease_seconds = float(self.options.get("LEASE", 20))
        self.max_lost = int(self.options.get("MAX_LOST", 10))
        self.catch_up_seconds = float(self.options.get("CATCH_UP", 600))
        keep = float(self.options.get("KEEP", 7 * DAY))
        self.keep_seconds = {
            "SUCCESSFUL": keep,
            "CANCELLED": keep,
            "FAILED": float(self.options.get("KEEP_FAILED", 30 * DAY)),
        }
        self.durable = bool(self.options.get("DURABLE", True))
        self._store: TaskStore | None = None
        self._gathering: Gathering | None = None

    # hot path: benchmarks/tasks.py
    @property
    def store(self) -> TaskStore:
        """The table of tasks, on the connection of this context.

        Raises:
            InvalidTaskBackend: the app of tasks is not installed, or the database has no such store.
        """
        connection = connections[self.database]
        if self._store is None or self._store.connection is not connection:
            self._store = self.store_on(connection)
            self._gathering = Gathering(functools.partial(self._store.insert, durable=self.durable))
        return self._store

    def store_on(self, connection: Connection) -> TaskStore:
        """Return the table of tasks on a connection."""
        if not apps.is_installed("manoir.tasks"):
            raise InvalidTaskBackend(
                f"TASKS[{self.alias!r}] keeps tasks in the database, but its tables are missing: add 'manoir.tasks' to"
                " INSTALLED_APPS and run migrate."
            )
        if connection.vendor not in STORES:
            raise InvalidTaskBackend(
                f"TASKS[{self.alias!r}] keeps tasks in {connection.describe}, a {connection.display_name} database."
                f" There are stores for: {', '.join(sorted(STORES))}."
            )
        return STORES[connection.vendor](connection, self.alias)

    @property
    def poll_seconds(self) -> float:
        """Seconds between two looks for tasks when nobody tells of new ones."""
        told = connections[self.database].features.has_listen
        return float(self.options.get("POLL", 5 if told else 0.5))

    # -- the steps of a backend -------------------------------------------------------------------------------------

    # hot path: benchmarks/tasks.py
    async def asubmit(self, messages: Sequence[TaskMessage]) -> list[str]:
        """Add tasks in the transaction of this context; without one, together with what others ask for just now.

        Returns:
            Their ids; for a unique task, perhaps that of the one that waits already.
        """
        if not messages:
            return []
        store, gathering = self.store, self._gathering
        level = store.connection.level
        alone = level is not None and level.in_transaction
        if alone or gathering is None or any(one.unique_key is not None for one in messages):
            added = await store.insert(messages, durable=self.durable)
        else:
            added = await gathering.add(messages)
        return [one.id if one.id in added else await self.known_id(one) for one in messages]

    async def known_id(self, message: TaskMessage) -> str:
        """Return the id of the task in whose favour a message was not added."""
        for _ in range(TRIES):
            if message.unique_key is None:
                return message.id
            holder = await self.store.holder_of(message.unique_key)
            if holder is not None:
                return holder
            if await self.store.insert([message]):  # the holder ended meanwhile
                return message.id
        return message.id

    async def aread(self, result_id: str) -> TaskState:
        """Return how a task stands.

        Raises:
            TaskResultDoesNotExist: the id is unknown, or its task was pruned.
        """
        found = await self.store.find([result_id]) if is_id(result_id) else []
        if not found:
            raise TaskResultDoesNotExist(
                f"The backend {self.alias!r} has no task {result_id[:60]!r}. Was its transaction rolled back, or has it"
                " been pruned?"
            )
        return found[0]

    async def acancel(self, result_id: str) -> bool:
        """Cancel a task: at once if it waits; if it runs, its worker is told.

        Returns:
            False: it has ended, or is unknown.
        """
        return is_id(result_id) and await self.store.cancel(result_id) is not None

    async def aretry(self, result_id: str) -> bool:
        """Let a task that failed or was cancelled wait again, as if new.

        Returns:
            False: it does not stand so, or is unknown.
        """
        return is_id(result_id) and await self.store.retry(result_id)

    # -- working ----------------------------------------------------------------------------------------------------

    def worker(self, options: WorkerOptions) -> Worker:
        """Return a worker for this backend, on the running loop."""
        return Worker(
            self,
            queues=options.queues,
            concurrency=options.concurrency or CONCURRENCY,
            grace_seconds=options.grace_seconds,
            schedules=options.schedules,
        )

    def work(self, options: WorkerOptions) -> None:
        """Run a worker in this process until SIGTERM or SIGINT; a second signal gives back what runs."""
        serve(lambda: self.worker(options))

    async def arun_waiting(self) -> int:
        """Run what waits and is due here, in the transaction of this context, until nothing is left; for tests.

        Returns:
            How many tasks ended well.
        """
        worker = Worker(self, schedules=False, own_connections=False, worker_id="test")
        await worker.run_until_idle()
        return worker.stats.finished

    # -- checks -----------------------------------------------------------------------------------------------------

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Return what is wrong with the backend's settings."""
        messages: list[CheckMessage] = []
        if not apps.is_installed("manoir.tasks"):
            messages.append(
                Error(
                    f"TASKS[{self.alias!r}] keeps tasks in the database, but 'manoir.tasks' is not installed.",
                    hint="Add 'manoir.tasks' to INSTALLED_APPS and run migrate.",
                    id="tasks.E003",
                )
            )
        if self.database not in connections:
            messages.append(
                Error(
                    f"TASKS[{self.alias!r}] names the database {self.database!r}, which DATABASES does not have.",
                    hint=f"DATABASES has: {', '.join(connections)}.",
                    id="tasks.E004",
                )
            )
        return messages


def is_id(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False

"""`CeleryBackend`: tasks are rows of the application's database until a broker and a Celery worker have done them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final

from manoir.checks import CheckMessage, Error
from manoir.db import Connection, transaction
from manoir.exceptions import ImproperlyConfigured, InvalidTaskBackend, TaskFailed
from manoir.tasks._base import WorkerOptions
from manoir.tasks._celery._broker import BATCH, Broker, make_app
from manoir.tasks._celery._execution import Execution
from manoir.tasks._celery._outbox import CeleryPostgreSQLStore, CelerySQLiteStore, OutboxSteps, Parcel
from manoir.tasks._celery._supervisor import Supervisor
from manoir.tasks._database import DatabaseBackend
from manoir.tasks._message import TaskMessage, utc_now
from manoir.tasks._serving import serve

logger = logging.getLogger("manoir.tasks")

STORES: Final[dict[str, type[OutboxSteps]]] = {"postgresql": CeleryPostgreSQLStore, "sqlite": CelerySQLiteStore}


class CeleryBackend(DatabaseBackend):
    """Has tasks run by ordinary Celery workers, on RabbitMQ or Redis, without losing one and without doing one twice.

    A task is a row in the transaction that asked for it (the outbox), published after the commit, and again by the
    relay of `manoir worker` if that failed. Its worker takes the row with a lease, and ends it, for tasks with
    `atomic=True` in the task's own transaction: a message that comes again finds nothing to do (the inbox).

    OPTIONS: those of `DatabaseBackend` (POLL is 1 here: seconds between the relay's looks), and `BROKER` (URL, required), `REDELIVER` (3,600 seconds
    after which a published message that no worker took counts as lost; LEASE where its queue is empty), `PUBLISH` ("commit": the process that asked
    publishes after its commit; "relay": only the relay does), `QUEUE_PREFIX` (stands before queue names in the broker),
    `CELERY` (further settings of Celery, by their lower-case names).
    """

    known_options = (DatabaseBackend.known_options or frozenset()) | {
        "BROKER",
        "REDELIVER",
        "PUBLISH",
        "QUEUE_PREFIX",
        "CELERY",
    }

    def __init__(self, alias: str, params: Mapping[str, Any]) -> None:
        super().__init__(alias, params)
        self.redeliver_seconds = float(self.options.get("REDELIVER", 3_600))
        self.publishes_on_commit = self.options.get("PUBLISH", "commit") == "commit"
        self._broker: Broker | None = None

    @property
    def broker(self) -> Broker:
        """The way into the broker.

        Raises:
            ImproperlyConfigured: Celery is not installed, or BROKER is not set.
        """
        if self._broker is None:
            url = self.options.get("BROKER")
            if not url:
                raise ImproperlyConfigured(
                    f"TASKS[{self.alias!r}] needs OPTIONS['BROKER'], such as 'redis://127.0.0.1:6379/2' or"
                    " 'amqp://guest:guest@127.0.0.1:5672//'."
                )
            app = make_app(str(url), self.options.get("CELERY", {}))
            self._broker = Broker(app, self.options.get("QUEUE_PREFIX", ""))
        return self._broker

    @property
    def poll_seconds(self) -> float:
        """Seconds between two looks of the relay into an empty outbox."""
        return float(self.options.get("POLL", 1))

    def store_on(self, connection: Connection) -> OutboxSteps:
        """Return the outbox on a connection."""
        if (store := STORES.get(connection.vendor)) is None:
            raise InvalidTaskBackend(
                f"TASKS[{self.alias!r}] keeps its outbox in {connection.describe}, a {connection.display_name} database."
                f" There are stores for: {', '.join(sorted(STORES))}."
            )
        super().store_on(connection)
        return store(connection, self.alias)

    @property
    def outbox(self) -> OutboxSteps:
        """The table of tasks, on the connection of this context."""
        store = self.store
        assert isinstance(store, OutboxSteps)
        return store

    async def asubmit(self, messages: Sequence[TaskMessage]) -> list[str]:
        """Add tasks in the transaction of this context, and publish them after its commit.

        Returns:
            Their ids; for a unique task, perhaps that of the one that waits already.
        """
        ids = await super().asubmit(messages)
        if messages and self.publishes_on_commit:
            now = utc_now()
            due = [one.id for one in messages if one.run_at is None or one.run_at <= now]
            await transaction.aon_commit(lambda: self.apublish_soon(due), using=self.database, robust=True)
        return ids

    async def apublish_soon(self, ids: Sequence[str]) -> None:
        """Publish tasks of a transaction that was committed, unless the broker failed just now: the relay will."""
        for start in range(0, len(ids), BATCH):
            if not self.broker.turn():
                return
            await self.apublish(ids[start : start + BATCH])

    async def apublish(self, ids: Sequence[str] | None = None, limit: int = BATCH) -> int:
        """Publish tasks that are due.

        Args:
            ids: only these; None: any.
            limit: how many at most.

        Returns:
            How many the broker has now.
        """
        parcels = await self.outbox.collect(limit, ids)
        if not parcels:
            return 0
        sent = await self.broker.asend(parcels)
        await self.settle_parcels(parcels, sent)
        return sent

    async def settle_parcels(self, parcels: Sequence[Parcel], sent: int) -> None:
        """Note which messages the broker has."""
        await self.outbox.confirm(parcels[:sent], self.redeliver_seconds)
        if sent < len(parcels):
            logger.warning(
                "The broker of TASKS[%r] took %d of %d messages; the relay publishes the others: %s",
                self.alias,
                sent,
                len(parcels),
                self.broker.reason,
            )
            await self.outbox.put_back(parcels[sent:])

    def work(self, options: WorkerOptions) -> None:
        """Run a Celery worker as a child process and the relay in this one, until SIGTERM or SIGINT."""
        serve(lambda: Supervisor(self, options))

    async def arun_waiting(self) -> int:
        """Run what is due in the outbox here, as Celery workers would, without a broker; for tests.

        Returns:
            How many tasks ended well.
        """
        count = 0
        while parcels := await self.outbox.collect(BATCH):
            for one in parcels:
                with contextlib.suppress(TaskFailed):  # it is kept in the result
                    outcome = await Execution(self, "test").run(one.id, one.lease)
                    count += outcome is not None and outcome.kind == "successful"
        return count

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Return what is wrong with the backend's settings."""
        messages = super().check(**kwargs)
        if not self.options.get("BROKER"):
            messages.append(
                Error(
                    f"TASKS[{self.alias!r}] has no OPTIONS['BROKER'].",
                    hint="Set it to the URL of the broker, such as 'redis://127.0.0.1:6379/2'.",
                    id="tasks.E010",
                )
            )
        if find_spec("celery") is None:
            messages.append(
                Error(
                    f"TASKS[{self.alias!r}] hands tasks to Celery, which is not installed.",
                    hint="pip install 'manoir[celery]'",
                    id="tasks.E011",
                )
            )
        if self.options.get("PUBLISH", "commit") not in ("commit", "relay"):
            messages.append(
                Error(
                    f"TASKS[{self.alias!r}]: PUBLISH is {self.options['PUBLISH']!r}.",
                    hint='It is "commit" (the process that asked publishes) or "relay" (the worker does).',
                    id="tasks.E012",
                )
            )
        return messages

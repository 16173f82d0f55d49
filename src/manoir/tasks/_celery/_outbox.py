"""Rows on their way through a broker: OUTBOX (waiting to be published), PUBLISHED, TAKEN by a worker.

Workers of the database backend look at READY, SCHEDULED and RUNNING only, so both kinds live in one table: one page
shows them, one rule makes a task unique, one command prunes. These steps are queries of the ORM: each happens once for
a message that costs a broker several times as much.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from manoir.apps import apps
from manoir.db import transaction
from manoir.models import F, Q, Value
from manoir.models.functions import Coalesce, Concat, LTrim, Now
from manoir.tasks._message import TaskMessage
from manoir.tasks._result import Progress
from manoir.tasks._store import NO_ERRORS, Claim, Ending, TaskStore
from manoir.tasks._store_postgresql import PostgreSQLStore, lost_error
from manoir.tasks._store_sqlite import SQLiteStore

WAITING: Final = "OUTBOX"
PUBLISHED: Final = "PUBLISHED"
TAKEN: Final = "TAKEN"
PUBLISHING_SECONDS: Final = 10.0
"""How long a message may be on its way into the broker before another attempt is made."""
MOST_LAPSED: Final = 500
AT_ONCE: Final = Q(run_at=F("enqueued_at"))
"""What nobody asked to wait is due whatever the time is: the process that asked has a clock of its own, and that of SQLite
has milliseconds, so a row that was committed just now would wait for the relay."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way into the broker.

    Attributes:
        id: of the task.
        lease: the number that its worker shows when it takes the task.
        name: of the task; tells a person what it is, decides nothing.
        queue: where it waits.
        priority: -100 to 100.
    """

    id: str
    lease: int
    name: str
    queue: str
    priority: int


class OutboxSteps(TaskStore):
    """The steps of a task that goes through a broker, on any database."""

    @property
    def rows(self) -> Any:
        """All tasks, on the database of this store."""
        return self.model.objects.using(self.connection.alias)

    @property
    def model(self) -> Any:
        """The model of tasks; it can only be loaded once the registry of apps is."""
        return apps.get_model("manoir_tasks", "QueuedTask")

    # -- asking -----------------------------------------------------------------------------------------------------

    async def insert(self, messages: Sequence[TaskMessage], *, durable: bool = True) -> set[str]:
        """Add rows in the transaction of this context, and return the ids of those that were not there already."""
        ids = [one.id for one in messages]
        async with transaction.atomic(using=self.connection.alias):
            known = {str(one) async for one in self.rows.filter(pk__in=ids).values_list("pk", flat=True)}
            await self.rows.abulk_create([self.model(**row_of(one)) for one in messages], ignore_conflicts=True)
            there = {str(one) async for one in self.rows.filter(pk__in=ids).values_list("pk", flat=True)}
        return there - known

    async def cancel(self, task_id: str) -> str | None:
        """Cancel a task that waits or is published; ask the worker of one that runs to."""
        ended = {"status": "CANCELLED", "finished_at": Now(), "unique_key": None, "lease": None, "lease_until": None}
        if await self.rows.filter(pk=task_id, status__in=(WAITING, PUBLISHED)).aupdate(**ended):
            return "CANCELLED"
        running = self.rows.filter(pk=task_id, status=TAKEN)
        return "RUNNING" if await running.aupdate(cancel_requested=True) else await super().cancel(task_id)

    async def retry(self, task_id: str) -> bool:
        """Let a task that failed or was cancelled wait again, as if new."""
        anew = {"status": WAITING, "run_at": Now(), "expires_at": None, "attempts": 0, "lost": 0, "errors": NO_ERRORS}
        gone = {"finished_at": None, "started_at": None, "cancel_requested": False, "result": None, "progress": None}
        return bool(await self.rows.filter(pk=task_id, status__in=("FAILED", "CANCELLED")).aupdate(**anew, **gone))

    # -- publishing -------------------------------------------------------------------------------------------------

    async def collect(self, limit: int, ids: Sequence[str] | None = None) -> list[Parcel]:
        """Take tasks that are due out of the outbox; nobody else publishes them for some seconds.

        One that was published before and that nobody took keeps its lease: whichever message comes first has the say.

        Args:
            limit: how many at most.
            ids: only these; None: any of this backend's queues, the highest priority first.
        """
        lease = self.new_lease()
        due = self.rows.filter(AT_ONCE | Q(run_at__lte=Now()), status=WAITING)
        if ids is not None:
            due = due.filter(pk__in=ids)
        async with transaction.atomic(using=self.connection.alias):
            locked = due.select_for_update(skip_locked=True).order_by("-priority", "run_at", "id")
            found = [row async for row in locked.values_list("pk", "lease", "name", "queue", "priority")[:limit]]
            until = Now() + dt.timedelta(seconds=PUBLISHING_SECONDS)
            chosen = self.rows.filter(pk__in=[row[0] for row in found])
            if found:
                await chosen.aupdate(status=PUBLISHED, lease=Coalesce(F("lease"), lease), lease_until=until)
        return [Parcel(str(row[0]), lease if row[1] is None else row[1], *row[2:]) for row in found]

    async def confirm(self, parcels: Sequence[Parcel], seconds: float) -> None:
        """Note that the broker has these messages; in `seconds` they count as lost and are published again."""
        await self.settle(parcels, lease_until=Now() + dt.timedelta(seconds=seconds))

    async def put_back(self, parcels: Sequence[Parcel]) -> None:
        """Note that the broker does not have these messages."""
        await self.settle(parcels, status=WAITING, lease_until=None)

    async def settle(self, parcels: Sequence[Parcel], **changes: Any) -> None:
        """Change the rows of messages that nobody took meanwhile, by one statement: no two rows have one lease by chance."""
        ids, leases = [one.id for one in parcels], {one.lease for one in parcels}
        nobody_took = self.rows.filter(pk__in=ids, lease__in=list(leases), status=PUBLISHED)
        # The one writer may be a worker that took them, and who asked would wait for the end of its task.
        if not self.connection.features.single_writer or await nobody_took.aexists():
            await nobody_took.aupdate(**changes)

    async def seconds_until_due(self) -> float | None:
        """Return the seconds until the next task of the outbox is due; None without one."""
        first = await self.rows.filter(status=WAITING).order_by("run_at").values_list("run_at", flat=True).afirst()
        return None if first is None else max(0.0, (first - dt.datetime.now(dt.UTC)).total_seconds())

    async def overdue_queues(self, redeliver: float, seconds: float) -> list[str]:
        """Return the queues with a task that was published `seconds` ago or earlier, and that nobody took."""
        overdue = self.overdue(redeliver, seconds)
        return [name async for name in overdue.order_by().values_list("queue", flat=True).distinct()]

    async def put_back_overdue(self, queue: str, redeliver: float, seconds: float) -> int:
        """Put the overdue tasks of a queue back into the outbox, because the broker has no message for them."""
        overdue = self.overdue(redeliver, seconds).filter(queue=queue)
        return await overdue.aupdate(status=WAITING, lease_until=None)

    def overdue(self, redeliver: float, seconds: float) -> Any:
        """Return published tasks, but for those that are still on their way into the broker."""
        confirmed, before = (Now() + dt.timedelta(seconds=one) for one in (PUBLISHING_SECONDS, redeliver - seconds))
        return self.rows.filter(status=PUBLISHED, lease_until__gt=confirmed, lease_until__lt=before)

    # -- working ----------------------------------------------------------------------------------------------------

    async def take(
        self, task_id: str, lease: int, worker_id: str, seconds: float, own: int | None = None
    ) -> Claim | None:
        """Exchange the lease of a message for a worker's own; None: this message has nothing to say any more.

        Args:
            task_id: of the task.
            lease: that of the message.
            worker_id: who takes it.
            seconds: for how long.
            own: the worker's lease, for one who asks again because the answer was lost; None makes one.
        """
        asks_again = own is not None
        own = self.new_lease() if own is None else own
        taken = await self.rows.filter(pk=task_id, lease=lease, status__in=(WAITING, PUBLISHED)).aupdate(
            status=TAKEN,
            lease=own,
            lease_until=Now() + dt.timedelta(seconds=seconds),
            attempts=F("attempts") + 1,
            started_at=Coalesce(F("started_at"), Now()),
            last_attempted_at=Now(),
            worker_ids=LTrim(Concat(F("worker_ids"), Value(f" {worker_id}"))),
            cancel_requested=False,
        )
        if not taken and not (asks_again and await self.rows.filter(pk=task_id, lease=own, status=TAKEN).aexists()):
            return None
        (state,) = await self.find([task_id])
        lost = await self.rows.filter(pk=task_id).values_list("lost", flat=True).aget() if state.attempts > 1 else 0
        return Claim(state, own, lost)

    async def end(self, endings: Sequence[Ending]) -> set[str]:
        """Store how attempts ended, and return the ids of those whose lease was still the worker's."""
        return {one.id for one in endings if await self.end_one(one)}

    async def has_ended(self, claim: Claim, ending: Ending) -> bool:
        """Tell whether this very attempt is stored as ended: by a statement whose answer was lost."""
        if not ending.finished:
            return False
        attempt = {"attempts": claim.state.attempts, "worker_ids": " ".join(claim.state.worker_ids)}
        return await self.rows.filter(pk=claim.id, status=ending.status, errors=ending.errors, **attempt).aexists()

    async def end_one(self, ending: Ending) -> bool:
        """Store how an attempt ended, if its lease is still held; who was cancelled meanwhile does not wait again."""
        mine = self.rows.filter(**held(ending))
        if ending.finished:
            return bool(await mine.aupdate(**stored(ending)))
        if await mine.filter(cancel_requested=False).aupdate(**stored(ending)):
            return True
        return bool(await mine.aupdate(**stored(replace(ending, status="CANCELLED", finished=True, run_at=None))))

    async def renew(self, claims: Iterable[Claim], lease_seconds: float) -> dict[str, bool]:
        """Prolong leases; return for each one that is still held whether its task is to be cancelled."""
        until = Now() + dt.timedelta(seconds=lease_seconds)
        found: dict[str, bool] = {}
        for one in claims:
            mine = self.rows.filter(**held(one))
            if await mine.aupdate(lease_until=until):
                found[one.id] = bool(await mine.filter(cancel_requested=True).aexists())
        return found

    async def report(self, claim: Claim, progress: Progress) -> None:
        """Store how far a task has come, if the lease is still held."""
        with self.connection.within(None):  # seen at once, although the task's own transaction is still open
            await self.rows.filter(**held(claim)).aupdate(progress=msgspec.json.encode(progress).decode())

    async def rescue(self, max_lost: int) -> list[tuple[str, str]]:
        """Put tasks back into the outbox whose message or worker was lost; return their ids, and where they stand now."""
        lapsed = self.rows.filter(status__in=(PUBLISHED, TAKEN), lease_until__lt=Now())
        async with transaction.atomic(using=self.connection.alias):
            locked = lapsed.select_for_update(skip_locked=True).order_by("lease_until")
            found = [row async for row in locked[:MOST_LAPSED]]
            for row in found:
                lose(row, max_lost)
                await row.asave(using=self.connection.alias, update_fields=LOST_FIELDS)
        return [(str(row.pk), row.status) for row in found]


class CeleryPostgreSQLStore(OutboxSteps, PostgreSQLStore):
    """The outbox on PostgreSQL."""


class CelerySQLiteStore(OutboxSteps, SQLiteStore):
    """The outbox on SQLite."""

    async def report(self, claim: Claim, progress: Progress) -> None:
        """Store how far a task has come; there is no second writer beside the task's own transaction."""
        await SQLiteStore.report(self, claim, progress)


def row_of(message: TaskMessage) -> dict[str, Any]:
    """Return the values of the row of a message that waits to be published."""
    return {
        "id": message.id,
        "name": message.name,
        "arguments": message.arguments,
        "queue": message.queue,
        "priority": message.priority,
        "status": WAITING,
        "enqueued_at": message.enqueued_at,
        "run_at": message.run_at or message.enqueued_at,
        "expires_at": message.expires_at,
        "unique_key": message.unique_key,
        "schedule": message.schedule,
        "attempts": 0,
        "lost": 0,
        "worker_ids": "",
        "cancel_requested": False,
        "errors": NO_ERRORS,
    }


def held(one: Claim | Ending) -> dict[str, Any]:
    """Return the condition that a task is still its worker's."""
    return {"pk": one.id, "lease": one.lease, "status": TAKEN}


def stored(ending: Ending) -> dict[str, Any]:
    """Return what the end of an attempt changes in a row."""
    changes: dict[str, Any] = {
        "status": ending.status if ending.finished else WAITING,
        "result": ending.result,
        "errors": ending.errors,
        "lease": None,
        "lease_until": None,
        "cancel_requested": False,
    }
    if ending.finished:
        changes |= {"finished_at": Now(), "unique_key": None}
    if ending.run_at is not None:
        changes["run_at"] = ending.run_at
    if ending.given_back:
        changes["attempts"] = F("attempts") - 1
    return changes


LOST_FIELDS: Final = ("status", "lease", "lease_until", "lost", "finished_at", "unique_key", "errors")


def lose(row: Any, max_lost: int) -> None:
    """Change a row whose message or worker was lost: it waits again, unless it was cancelled or kills its workers."""
    with_worker = row.status == TAKEN
    row.status, row.lease_until = WAITING, None
    if not with_worker:
        return
    row.lease = None
    row.lost += 1
    if row.cancel_requested:
        row.status = "CANCELLED"
    elif row.lost > max_lost:
        row.status, row.errors = "FAILED", msgspec.json.encode([lost_error(max_lost)]).decode()
    if row.status != WAITING:
        row.finished_at, row.unique_key = dt.datetime.now(dt.UTC), None

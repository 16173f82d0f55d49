"""The table of tasks on SQLite: one writer at a time, moments are this machine's, as text in UTC."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from manoir.db import transaction
from manoir.tasks._message import TaskMessage, utc_now
from manoir.tasks._result import Progress, TaskState
from manoir.tasks._store import COLUMNS, INSERTED, Claim, Ending, TaskStore, lost_error

INSERT: Final = (
    f"INSERT INTO manoir_task ({INSERTED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', 0, '[]')"
    " ON CONFLICT DO NOTHING RETURNING id"
)
# A look before the claim: an idle worker must not take the one turn that writers have.
ANY_READY: Final = (
    "SELECT 1 FROM json_each(?) AS wanted WHERE EXISTS"
    " (SELECT 1 FROM manoir_task WHERE status = 'READY' AND queue = wanted.value)"
)
CLAIM: Final = (
    "UPDATE manoir_task SET status = 'RUNNING', lease = ?, lease_until = ?, attempts = attempts + 1,"
    " started_at = coalesce(started_at, ?), last_attempted_at = ?, worker_ids = ltrim(worker_ids || ' ' || ?),"
    " cancel_requested = 0 WHERE id IN (SELECT id FROM manoir_task WHERE status = 'READY'"
    " AND queue IN (SELECT value FROM json_each(?)) ORDER BY priority DESC, run_at, id LIMIT ?)"
    f" RETURNING {COLUMNS}"
)
END: Final = (
    "UPDATE manoir_task SET result = ?1, errors = ?2, run_at = coalesce(?3, run_at), attempts = attempts - ?4,"
    " status = CASE WHEN cancel_requested AND NOT ?5 THEN 'CANCELLED' ELSE ?6 END,"
    " finished_at = CASE WHEN ?5 OR cancel_requested THEN ?7 END,"
    " unique_key = CASE WHEN ?5 OR cancel_requested THEN NULL ELSE unique_key END,"
    " lease = NULL, lease_until = NULL, cancel_requested = 0"
    " WHERE id = ?8 AND lease = ?9 AND status = 'RUNNING' RETURNING id"
)
RENEW: Final = (
    "UPDATE manoir_task SET lease_until = ? WHERE status = 'RUNNING' AND (id, lease) IN"
    " (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"
    " RETURNING id, cancel_requested"
)
RELEASE_KEY: Final = "UPDATE manoir_task SET unique_key = NULL WHERE id = ? AND lease = ?"
REPORT: Final = "UPDATE manoir_task SET progress = ? WHERE id = ? AND lease = ?"
ANY_LOST: Final = "SELECT 1 FROM manoir_task WHERE status = 'RUNNING' AND lease_until < ? LIMIT 1"
RESCUE: Final = (
    "UPDATE manoir_task SET lease = NULL, lease_until = NULL, lost = lost + 1,"
    " status = CASE WHEN cancel_requested THEN 'CANCELLED' WHEN lost >= ?1 THEN 'FAILED' ELSE 'READY' END,"
    " finished_at = CASE WHEN cancel_requested OR lost >= ?1 THEN ?2 END,"
    " unique_key = CASE WHEN cancel_requested OR lost >= ?1 THEN NULL ELSE unique_key END,"
    " errors = CASE WHEN cancel_requested OR lost < ?1 THEN errors ELSE ?3 END"
    " WHERE status = 'RUNNING' AND lease_until < ?2 RETURNING id, status"
)
NEXT_DUE: Final = "SELECT run_at FROM manoir_task WHERE status = 'SCHEDULED' ORDER BY run_at LIMIT 1"
PROMOTE: Final = "UPDATE manoir_task SET status = 'READY' WHERE status = 'SCHEDULED' AND run_at <= ?"
QUEUES: Final = "SELECT DISTINCT queue FROM manoir_task WHERE status = 'READY'"
CANCEL: Final = (
    "UPDATE manoir_task SET status = CASE WHEN status = 'RUNNING' THEN status ELSE 'CANCELLED' END,"
    " cancel_requested = (status = 'RUNNING'), finished_at = CASE WHEN status = 'RUNNING' THEN NULL ELSE ? END,"
    " unique_key = CASE WHEN status = 'RUNNING' THEN unique_key END"
    " WHERE id = ? AND status IN ('READY', 'SCHEDULED', 'RUNNING') RETURNING status"
)
RETRY: Final = (
    "UPDATE manoir_task SET status = 'READY', attempts = 0, lost = 0, finished_at = NULL, started_at = NULL,"
    " expires_at = NULL, run_at = ?, cancel_requested = 0, result = NULL, progress = NULL"
    " WHERE id = ? AND status IN ('FAILED', 'CANCELLED') RETURNING id"
)
PRUNE: Final = (
    "DELETE FROM manoir_task WHERE id IN (SELECT id FROM manoir_task WHERE status = ? AND finished_at IS NOT NULL"
    " AND finished_at < ? ORDER BY finished_at LIMIT ?) RETURNING 1"
)
ANNOUNCE: Final = (
    "INSERT INTO manoir_task_worker (id, host, pid, queues, concurrency, started_at, running, finished, failed,"
    " stopping, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET queues = excluded.queues, running = excluded.running,"
    " finished = excluded.finished, failed = excluded.failed, stopping = excluded.stopping, seen_at = excluded.seen_at"
)
FAREWELL: Final = "DELETE FROM manoir_task_worker WHERE id = ? OR seen_at < ?"
LEAD: Final = (
    "INSERT INTO manoir_task_leader (name, holder, until) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until"
    " WHERE manoir_task_leader.holder = excluded.holder OR manoir_task_leader.until < ?4 RETURNING name"
)
SCHEDULES: Final = "SELECT name, written, last_tick FROM manoir_task_schedule"
FIRST_TICK: Final = (
    "INSERT INTO manoir_task_schedule (name, written, last_tick) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING name"
)
MOVE_TICK: Final = (
    "UPDATE manoir_task_schedule SET written = ?, last_tick = ? WHERE name = ? AND last_tick = ? RETURNING name"
)


class SQLiteStore(TaskStore):
    """The table of tasks on SQLite."""

    # -- asking -----------------------------------------------------------------------------------------------------

    async def insert(self, messages: Sequence[TaskMessage], *, durable: bool = True) -> set[str]:
        added: set[str] = set()
        now = utc_now()
        async with transaction.atomic(using=self.connection.alias):
            for one in messages:
                run_at = one.run_at or one.enqueued_at
                found = await self.connection.fetch(
                    INSERT,
                    (
                        hex_of(one.id),
                        one.name,
                        one.arguments,
                        one.queue,
                        one.priority,
                        "SCHEDULED" if one.run_at is not None and run_at > now else "READY",
                        text_of(one.enqueued_at),
                        text_of(run_at),
                        one.expires_at and text_of(one.expires_at),
                        one.unique_key,
                        one.schedule,
                    ),
                )
                added.update(self.to_id(row[0]) for row in found)
        return added

    async def holder_of(self, unique_key: str) -> str | None:
        rows = await self.connection.fetch("SELECT id FROM manoir_task WHERE unique_key = ?", (unique_key,))
        return self.to_id(rows[0][0]) if rows else None

    async def find(self, ids: Sequence[str]) -> list[TaskState]:
        rows = await self.connection.fetch(
            f"SELECT {COLUMNS} FROM manoir_task WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps([hex_of(one) for one in ids]),),
        )
        return [self.state_of(row) for row in rows]

    async def cancel(self, task_id: str) -> str | None:
        rows = await self.connection.fetch(CANCEL, (text_of(utc_now()), hex_of(task_id)))
        return rows[0][0] if rows else None

    async def retry(self, task_id: str) -> bool:
        return bool(await self.connection.fetch(RETRY, (text_of(utc_now()), hex_of(task_id))))

    # -- working ----------------------------------------------------------------------------------------------------

    async def claim(self, worker_id: str, queues: Sequence[str], limit: int, lease_seconds: float) -> list[Claim]:
        names = json.dumps(list(queues))
        if not await self.connection.fetch(ANY_READY, (names,)):
            return []
        now = utc_now()
        until = text_of(now + dt.timedelta(seconds=lease_seconds))
        args = (self.new_lease(), until, text_of(now), text_of(now), worker_id, names, limit)
        return self.claims_of(await self.connection.fetch(CLAIM, args))

    async def end(self, endings: Sequence[Ending]) -> set[str]:
        held: set[str] = set()
        now = text_of(utc_now())
        async with transaction.atomic(using=self.connection.alias):
            for one in endings:
                found = await self.connection.fetch(
                    END,
                    (
                        one.result,
                        one.errors,
                        one.run_at and text_of(one.run_at),
                        int(one.given_back),
                        int(one.finished),
                        one.status,
                        now,
                        hex_of(one.id),
                        one.lease,
                    ),
                )
                held.update(self.to_id(row[0]) for row in found)
        return held

    async def renew(self, claims: Sequence[Claim], lease_seconds: float) -> dict[str, bool]:
        held = json.dumps([[hex_of(claim.id), claim.lease] for claim in claims])
        until = text_of(utc_now() + dt.timedelta(seconds=lease_seconds))
        rows = await self.connection.fetch(RENEW, (until, held))
        return {self.to_id(row[0]): bool(row[1]) for row in rows}

    async def release_key(self, claim: Claim) -> None:
        await self.connection.execute(RELEASE_KEY, (hex_of(claim.id), claim.lease))

    async def report(self, claim: Claim, progress: Progress) -> None:
        # Inside of the task's own transaction, if it has one: a second writer would have to wait for its end.
        text = msgspec.json.encode(progress).decode()
        await self.connection.execute(REPORT, (text, hex_of(claim.id), claim.lease))

    async def rescue(self, max_lost: int) -> list[tuple[str, str]]:
        now = text_of(utc_now())
        if not await self.connection.fetch(ANY_LOST, (now,)):
            return []
        error = msgspec.json.encode([lost_error(max_lost)]).decode()
        rows = await self.connection.fetch(RESCUE, (max_lost, now, error))
        return [(self.to_id(row[0]), row[1]) for row in rows]

    async def promote(self) -> float | None:
        rows = await self.connection.fetch(NEXT_DUE)
        if rows and self.moment(rows[0][0]) <= utc_now():
            await self.connection.execute(PROMOTE, (text_of(utc_now()),))
            rows = await self.connection.fetch(NEXT_DUE)
        return max(0.0, (self.moment(rows[0][0]) - utc_now()).total_seconds()) if rows else None

    async def queue_names(self) -> list[str]:
        return [row[0] for row in await self.connection.fetch(QUEUES)]

    async def prune(self, keep_seconds: dict[str, float], limit: int) -> int:
        count = 0
        for status, seconds in keep_seconds.items():
            moment = text_of(utc_now() - dt.timedelta(seconds=min(seconds, 1e9)))
            count += len(await self.connection.fetch(PRUNE, (status, moment, limit)))
        return count

    # -- workers and the clock --------------------------------------------------------------------------------------

    async def announce(self, values: Sequence[Any]) -> None:
        row = [text_of(one) if isinstance(one, dt.datetime) else one for one in values]
        await self.connection.execute(ANNOUNCE, [*row, text_of(utc_now())])

    async def farewell(self, worker_id: str | None, older_than: float) -> None:
        moment = text_of(utc_now() - dt.timedelta(seconds=older_than))
        await self.connection.execute(FAREWELL, (worker_id, moment))

    async def lead(self, holder: str, seconds: float) -> bool:
        now = utc_now()
        until = text_of(now + dt.timedelta(seconds=seconds))
        return bool(await self.connection.fetch(LEAD, (self.alias, holder, until, text_of(now))))

    async def read_schedules(self) -> dict[str, tuple[str, dt.datetime]]:
        return {row[0]: (row[1], self.moment(row[2])) for row in await self.connection.fetch(SCHEDULES)}

    async def move_schedule(self, name: str, written: str, before: dt.datetime | None, after: dt.datetime) -> bool:
        if before is None:
            return bool(await self.connection.fetch(FIRST_TICK, (name, written, text_of(after))))
        return bool(await self.connection.fetch(MOVE_TICK, (written, text_of(after), name, text_of(before))))

    # -- values -----------------------------------------------------------------------------------------------------

    def to_id(self, value: Any) -> str:
        return str(uuid.UUID(hex=value))

    def moment(self, value: Any) -> dt.datetime:
        return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)


def hex_of(task_id: str) -> str:
    return uuid.UUID(task_id).hex


def text_of(moment: dt.datetime) -> str:
    """Return a moment as the column has it; always with six digits, so that text sorts as time does."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

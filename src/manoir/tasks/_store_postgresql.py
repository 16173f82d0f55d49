"""The table of tasks on PostgreSQL: rows that others hold are skipped, moments are the server's.

`statement_timestamp()` is right inside of long transactions, as `now()` is not, and can be looked up in an index, as
`clock_timestamp()` cannot (111 ms instead of 1 with 100,000 scheduled tasks).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from manoir.db import Connection
from manoir.tasks._message import TaskMessage
from manoir.tasks._result import Progress, TaskState
from manoir.tasks._store import CHANNEL, COLUMNS, INSERTED, Claim, Ending, TaskStore, lost_error
from manoir.tasks._telling import Teller

TAKEN: Final = ", ".join(f"t.{name}" for name in COLUMNS.split(", "))

INSERT: Final = (
    f"INSERT INTO manoir_task ({INSERTED}) VALUES ($1, $2, $3, $4, $5,"
    " CASE WHEN $7::timestamptz > statement_timestamp() THEN 'SCHEDULED' ELSE 'READY' END,"
    " $6, coalesce($7, $6), $8, $9, $10, 0, 0, '', false, '[]') ON CONFLICT DO NOTHING RETURNING id"
)
INSERT_MANY: Final = (
    f"INSERT INTO manoir_task ({INSERTED})"
    " SELECT d.id, d.name, d.arguments, d.queue, d.priority,"
    " CASE WHEN d.run_at > statement_timestamp() THEN 'SCHEDULED' ELSE 'READY' END,"
    " d.enqueued_at, coalesce(d.run_at, d.enqueued_at), d.expires_at, d.unique_key, d.schedule, 0, 0, '', false, '[]'"
    " FROM unnest($1::uuid[], $2::varchar[], $3::text[], $4::varchar[], $5::smallint[], $6::timestamptz[],"
    " $7::timestamptz[], $8::timestamptz[], $9::varchar[], $10::varchar[])"
    " AS d(id, name, arguments, queue, priority, enqueued_at, run_at, expires_at, unique_key, schedule)"
    " ON CONFLICT DO NOTHING RETURNING id"
)
# Read when the statement commits by itself: it does not wait for the disk then. In a transaction it would speak for all
# of it, so it is not used there.
UNFLUSHED: Final = ", set_config('synchronous_commit', 'off', true)"
# Each queue is read in the order of its index and no further than the limit, however much waits in it.
CLAIM: Final = (
    "WITH picked AS MATERIALIZED (SELECT head.id FROM unnest($2::varchar[]) AS wanted(queue)"
    " CROSS JOIN LATERAL (SELECT id, priority, run_at FROM manoir_task WHERE status = 'READY' AND queue = wanted.queue"
    " ORDER BY priority DESC, run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED) head"
    " ORDER BY head.priority DESC, head.run_at LIMIT $3)"
    " UPDATE manoir_task t SET status = 'RUNNING', lease = $4,"
    " lease_until = statement_timestamp() + $5 * interval '1 second', attempts = t.attempts + 1,"
    " started_at = coalesce(t.started_at, statement_timestamp()), last_attempted_at = statement_timestamp(),"
    " worker_ids = ltrim(t.worker_ids || ' ' || $1), cancel_requested = false"
    f" FROM picked WHERE t.id = picked.id RETURNING {TAKEN}"
)
# Who was cancelled meanwhile does not wait again.
END: Final = (
    "UPDATE manoir_task t SET result = d.result, errors = d.errors,"
    " status = CASE WHEN t.cancel_requested AND NOT d.finished THEN 'CANCELLED' ELSE d.status END,"
    " run_at = coalesce(d.run_at, t.run_at), attempts = t.attempts - d.given_back::int,"
    " finished_at = CASE WHEN d.finished OR t.cancel_requested THEN statement_timestamp() END,"
    " unique_key = CASE WHEN d.finished OR t.cancel_requested THEN NULL ELSE t.unique_key END,"
    " lease = NULL, lease_until = NULL, cancel_requested = false"
    " FROM unnest($1::uuid[], $2::bigint[], $3::varchar[], $4::bool[], $5::bool[], $6::text[], $7::text[],"
    " $8::timestamptz[]) AS d(id, lease, status, finished, given_back, result, errors, run_at)"
    " WHERE t.id = d.id AND t.lease = d.lease AND t.status = 'RUNNING'"
    f" RETURNING t.id, CASE WHEN t.status = 'READY' THEN pg_notify('{CHANNEL}', t.queue) END"
)
# Signs of life wait for nobody: a row that is locked is being ended or cancelled, and cannot be taken meanwhile.
RENEW: Final = (
    "WITH mine AS MATERIALIZED (SELECT t.id FROM manoir_task t JOIN unnest($1::uuid[], $2::bigint[]) AS d(id, lease)"
    " ON t.id = d.id AND t.lease = d.lease WHERE t.status = 'RUNNING' FOR UPDATE OF t SKIP LOCKED)"
    " UPDATE manoir_task t SET lease_until = statement_timestamp() + $3 * interval '1 second' FROM mine"
    " WHERE t.id = mine.id RETURNING t.id, t.cancel_requested"
)
HELD: Final = (
    "SELECT t.id, t.cancel_requested FROM manoir_task t JOIN unnest($1::uuid[], $2::bigint[]) AS d(id, lease)"
    " ON t.id = d.id AND t.lease = d.lease WHERE t.status = 'RUNNING'"
)
RELEASE_KEY: Final = "UPDATE manoir_task SET unique_key = NULL WHERE id = $1 AND lease = $2"
REPORT: Final = "UPDATE manoir_task SET progress = $3 WHERE id = $1 AND lease = $2"
RESCUE: Final = (
    "WITH lost AS MATERIALIZED (SELECT id FROM manoir_task WHERE status = 'RUNNING' AND lease_until < statement_timestamp()"
    " ORDER BY lease_until LIMIT 1000 FOR UPDATE SKIP LOCKED)"
    " UPDATE manoir_task t SET lease = NULL, lease_until = NULL, lost = t.lost + 1,"
    " status = CASE WHEN t.cancel_requested THEN 'CANCELLED' WHEN t.lost >= $1 THEN 'FAILED' ELSE 'READY' END,"
    " finished_at = CASE WHEN t.cancel_requested OR t.lost >= $1 THEN statement_timestamp() END,"
    " unique_key = CASE WHEN t.cancel_requested OR t.lost >= $1 THEN NULL ELSE t.unique_key END,"
    " errors = CASE WHEN t.cancel_requested OR t.lost < $1 THEN t.errors ELSE $2 END"
    f" FROM lost WHERE t.id = lost.id RETURNING t.id, t.status, pg_notify('{CHANNEL}', t.queue)"
)
PROMOTE: Final = (
    "WITH due AS MATERIALIZED (SELECT id FROM manoir_task WHERE status = 'SCHEDULED' AND run_at <= statement_timestamp()"
    " ORDER BY run_at LIMIT 1000 FOR UPDATE SKIP LOCKED)"
    " UPDATE manoir_task t SET status = 'READY' FROM due WHERE t.id = due.id"
    f" RETURNING pg_notify('{CHANNEL}', t.queue)"
)
NEXT_DUE: Final = (
    "SELECT extract(epoch FROM run_at - statement_timestamp())::float8 FROM manoir_task WHERE status = 'SCHEDULED'"
    " ORDER BY run_at LIMIT 1"
)
# One step through the index for each queue, instead of one for each task that waits.
QUEUES: Final = (
    "WITH RECURSIVE names AS ((SELECT queue FROM manoir_task WHERE status = 'READY' ORDER BY queue LIMIT 1)"
    " UNION ALL SELECT (SELECT t.queue FROM manoir_task t WHERE t.status = 'READY' AND t.queue > names.queue"
    " ORDER BY t.queue LIMIT 1) FROM names WHERE names.queue IS NOT NULL)"
    " SELECT queue FROM names WHERE queue IS NOT NULL"
)
CANCEL: Final = (
    "UPDATE manoir_task SET status = CASE WHEN status = 'RUNNING' THEN status ELSE 'CANCELLED' END,"
    " cancel_requested = (status = 'RUNNING'),"
    " finished_at = CASE WHEN status = 'RUNNING' THEN NULL ELSE statement_timestamp() END,"
    " unique_key = CASE WHEN status = 'RUNNING' THEN unique_key END"
    " WHERE id = $1 AND status IN ('READY', 'SCHEDULED', 'RUNNING')"
    f" RETURNING status, CASE WHEN status = 'RUNNING' THEN pg_notify('{CHANNEL}', '!' || id::text) END"
)
RETRY: Final = (
    "UPDATE manoir_task SET status = 'READY', attempts = 0, lost = 0, finished_at = NULL, started_at = NULL,"
    " expires_at = NULL, run_at = statement_timestamp(), cancel_requested = false, result = NULL, progress = NULL"
    " WHERE id = $1 AND status IN ('FAILED', 'CANCELLED')"
    f" RETURNING id, pg_notify('{CHANNEL}', queue)"
)
PRUNE: Final = (
    "DELETE FROM manoir_task WHERE id IN (SELECT id FROM manoir_task WHERE status = $1 AND finished_at IS NOT NULL"
    " AND finished_at < statement_timestamp() - $2 * interval '1 second' ORDER BY finished_at LIMIT $3 FOR UPDATE SKIP LOCKED)"
    " RETURNING 1"
)
ANNOUNCE: Final = (
    "INSERT INTO manoir_task_worker (id, host, pid, queues, concurrency, started_at, running, finished, failed,"
    " stopping, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, statement_timestamp())"
    " ON CONFLICT (id) DO UPDATE SET queues = excluded.queues, running = excluded.running,"
    " finished = excluded.finished, failed = excluded.failed, stopping = excluded.stopping, seen_at = excluded.seen_at"
)
FAREWELL: Final = (
    "DELETE FROM manoir_task_worker WHERE id = $1 OR seen_at < statement_timestamp() - $2 * interval '1 second'"
)
LEAD: Final = (
    "INSERT INTO manoir_task_leader AS leader (name, holder, until)"
    " VALUES ($1, $2, statement_timestamp() + $3 * interval '1 second')"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until"
    " WHERE leader.holder = excluded.holder OR leader.until < statement_timestamp() RETURNING name"
)
SCHEDULES: Final = "SELECT name, written, last_tick FROM manoir_task_schedule"
FIRST_TICK: Final = "INSERT INTO manoir_task_schedule (name, written, last_tick) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING name"
MOVE_TICK: Final = (
    "UPDATE manoir_task_schedule SET written = $2, last_tick = $3 WHERE name = $1 AND last_tick = $4 RETURNING name"
)


class PostgreSQLStore(TaskStore):
    """The table of tasks on PostgreSQL."""

    def __init__(self, connection: Connection, alias: str) -> None:
        super().__init__(connection, alias)
        self.teller = Teller(connection, CHANNEL)

    # -- asking -----------------------------------------------------------------------------------------------------

    # hot path: benchmarks/tasks.py
    async def insert(self, messages: Sequence[TaskMessage], *, durable: bool = True) -> set[str]:
        rows = [
            (
                uuid.UUID(one.id),
                one.name,
                one.arguments,
                one.queue,
                one.priority,
                one.enqueued_at,
                one.run_at,
                one.expires_at,
                one.unique_key,
                one.schedule,
            )
            for one in messages
        ]
        ending = UNFLUSHED if not durable and self.connection.level is None else ""
        if len(rows) == 1:
            found = await self.connection.fetch(INSERT + ending, rows[0])
        else:
            found = await self.connection.fetch(INSERT_MANY + ending, tuple(map(list, zip(*rows, strict=True))))
        if found:
            await self.teller.after_commit({one.queue for one in messages})
        return {str(row[0]) for row in found}

    async def holder_of(self, unique_key: str) -> str | None:
        rows = await self.connection.fetch("SELECT id FROM manoir_task WHERE unique_key = $1", (unique_key,))
        return str(rows[0][0]) if rows else None

    async def find(self, ids: Sequence[str]) -> list[TaskState]:
        rows = await self.connection.fetch(
            f"SELECT {COLUMNS} FROM manoir_task WHERE id = ANY($1::uuid[])",
            ([uuid.UUID(one) for one in ids],),
        )
        return [self.state_of(row) for row in rows]

    async def cancel(self, task_id: str) -> str | None:
        rows = await self.connection.fetch(CANCEL, (uuid.UUID(task_id),))
        return rows[0][0] if rows else None

    async def retry(self, task_id: str) -> bool:
        return bool(await self.connection.fetch(RETRY, (uuid.UUID(task_id),)))

    # -- working ----------------------------------------------------------------------------------------------------

    # hot path: benchmarks/tasks.py
    async def claim(self, worker_id: str, queues: Sequence[str], limit: int, lease_seconds: float) -> list[Claim]:
        args = (worker_id, list(queues), limit, self.new_lease(), lease_seconds)
        return self.claims_of(await self.connection.fetch(CLAIM, args))

    # hot path: benchmarks/tasks.py
    async def end(self, endings: Sequence[Ending]) -> set[str]:
        rows = await self.connection.fetch(
            END,
            (
                [one.id for one in endings],
                [one.lease for one in endings],
                [one.status for one in endings],
                [one.finished for one in endings],
                [one.given_back for one in endings],
                [one.result for one in endings],
                [one.errors for one in endings],
                [one.run_at for one in endings],
            ),
        )
        return {str(row[0]) for row in rows}

    async def renew(self, claims: Sequence[Claim], lease_seconds: float) -> dict[str, bool]:
        ids, leases = [one.id for one in claims], [one.lease for one in claims]
        rows = await self.connection.fetch(RENEW, (ids, leases, lease_seconds))
        if len(rows) < len(ids):
            rows = await self.connection.fetch(HELD, (ids, leases))
        return {str(row[0]): row[1] for row in rows}

    async def release_key(self, claim: Claim) -> None:
        await self.connection.execute(RELEASE_KEY, (uuid.UUID(claim.id), claim.lease))

    async def report(self, claim: Claim, progress: Progress) -> None:
        text = msgspec.json.encode(progress).decode()
        with self.connection.within(None):  # seen at once, although the task's own transaction is still open
            await self.connection.execute(REPORT, (uuid.UUID(claim.id), claim.lease, text))

    async def rescue(self, max_lost: int) -> list[tuple[str, str]]:
        error = msgspec.json.encode([lost_error(max_lost)]).decode()
        rows = await self.connection.fetch(RESCUE, (max_lost, error))
        return [(str(row[0]), row[1]) for row in rows]

    async def promote(self) -> float | None:
        await self.connection.fetch(PROMOTE)
        rows = await self.connection.fetch(NEXT_DUE)
        return max(0.0, rows[0][0]) if rows else None

    async def queue_names(self) -> list[str]:
        return [row[0] for row in await self.connection.fetch(QUEUES)]

    async def prune(self, keep_seconds: dict[str, float], limit: int) -> int:
        count = 0
        for status, seconds in keep_seconds.items():
            count += len(await self.connection.fetch(PRUNE, (status, seconds, limit)))
        return count

    # -- workers and the clock --------------------------------------------------------------------------------------

    async def announce(self, values: Sequence[Any]) -> None:
        await self.connection.execute(ANNOUNCE, values)

    async def farewell(self, worker_id: str | None, older_than: float) -> None:
        await self.connection.execute(FAREWELL, (worker_id, older_than))

    async def lead(self, holder: str, seconds: float) -> bool:
        return bool(await self.connection.fetch(LEAD, (self.alias, holder, seconds)))

    async def read_schedules(self) -> dict[str, tuple[str, dt.datetime]]:
        return {row[0]: (row[1], self.moment(row[2])) for row in await self.connection.fetch(SCHEDULES)}

    async def move_schedule(self, name: str, written: str, before: dt.datetime | None, after: dt.datetime) -> bool:
        if before is None:
            return bool(await self.connection.fetch(FIRST_TICK, (name, written, after)))
        return bool(await self.connection.fetch(MOVE_TICK, (name, written, after, before)))

    # -- values -----------------------------------------------------------------------------------------------------

    def to_id(self, value: Any) -> str:
        return str(value)

    def moment(self, value: Any) -> dt.datetime:
        return value

"""One SQLite connection: inline in scripts and tests, on a thread of its own on every other loop."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar, cast

from manoir.db._link import Link, RawResult, Row, to_the_end
from manoir.db.sqlite._worker import Worker

T = TypeVar("T")

BUSY = 5
BUSY_SNAPSHOT = 517
FIRST_PAUSE_SECONDS = 0.001
LONGEST_PAUSE_SECONDS = 0.005
"""Short, for another process that writes all the time leaves the lock free for moments only; one link of a process tries."""
STEPS_BETWEEN_LOOKS = 20_000
"""Steps of SQLite's machine (about a millisecond) between two looks at the clock, where statements have a time limit."""


class Unopened:
    """What stands for the sqlite3 connection of a link that is being opened."""

    def interrupt(self) -> None:
        """Nothing runs yet."""

    def close(self) -> None:
        """Nothing is open yet."""


class SQLiteLink(Link):
    """A sqlite3 connection in autocommit mode; `open` has to be awaited first.

    Another process may hold the lock of the file: a statement that meets it is repeated, with awaited pauses, until
    `timeout` seconds have passed; sqlite3's own waiting would stall the loop.

    Args:
        worker: the thread it lives on; None: it is used inline.
        timeout: seconds to wait for the lock of another process.
        time_limit: seconds a statement may run; None: no limit.
        begin_sql: how a writing transaction begins.
        prepare_session: brings the session's settings back to what the project says.
    """

    __slots__ = (
        "begin_sql",
        "closed",
        "deadline",
        "prepare_session",
        "raw_connection",
        "time_limit",
        "timeout",
        "worker",
    )

    def __init__(
        self,
        worker: Worker | None,
        *,
        timeout: float,
        time_limit: float | None = None,
        begin_sql: str,
        prepare_session: Callable[[sqlite3.Connection], None],
    ) -> None:
        super().__init__()
        self.raw_connection = cast(sqlite3.Connection, Unopened())
        self.worker = worker
        self.timeout = timeout
        self.time_limit = time_limit
        self.deadline = 0.0
        self.begin_sql = begin_sql
        self.prepare_session = prepare_session
        self.closed = False

    async def open(self, open_raw: Callable[[], sqlite3.Connection]) -> None:
        """Open the sqlite3 connection where it will live; if that fails or is cancelled, nothing is left open."""

        def assign(_: sqlite3.Connection) -> None:
            self.raw_connection = open_raw()
            if self.time_limit is not None:
                self.raw_connection.set_progress_handler(self.is_late, STEPS_BETWEEN_LOOKS)

        try:
            await self.call(assign)
        except BaseException:
            self.terminate()
            raise

    def is_late(self) -> bool:
        """Asked by SQLite while a statement runs: True stops it."""
        return time.monotonic() > self.deadline

    def close_raw(self) -> None:
        self.raw_connection.close()

    # hot path: benchmarks/db.py
    async def fetch(self, sql: str, args: Sequence[Any]) -> list[Row]:
        if self.worker is None and self.time_limit is None:
            try:
                return self.raw_connection.execute(sql, args).fetchall()
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise
        return await self.call(fetch, sql, args)

    async def fetch_row(self, sql: str, args: Sequence[Any]) -> Row | None:
        return await self.call(fetch_row, sql, args)

    async def execute(self, sql: str, args: Sequence[Any]) -> int:
        return await self.call(execute, sql, args)

    async def execute_many(self, sql: str, args: Iterable[Sequence[Any]]) -> int:
        return await self.call(execute_many, sql, args)

    async def raw(self, sql: str, args: Sequence[Any]) -> RawResult:
        self.dirty = True
        return await self.call(run_raw, sql, args)

    async def stream(self, sql: str, args: Sequence[Any], chunk_size: int) -> AsyncGenerator[list[Row], None]:
        cursor = await self.call(open_cursor, sql, args)
        try:
            while rows := await self.call(fetch_many, cursor, chunk_size):
                yield rows
        finally:
            with suppress(sqlite3.ProgrammingError):  # the connection was closed meanwhile
                await self.call(close_cursor, cursor)

    async def begin(self, *, writes: bool = True) -> None:
        await self.call(control, (self.begin_sql if writes else "BEGIN",))

    async def commit(self) -> bool:
        _, cancelled = await to_the_end(self.call(control, ("COMMIT",)))
        return cancelled

    async def control(self, *statements: str) -> None:
        await self.call(control, statements)

    def needs_cleaning(self) -> bool:
        return self.dirty or self.raw_connection.in_transaction

    async def clean(self) -> None:
        await self.call(reset, self.prepare_session)
        self.dirty = False

    def clean_at_once(self) -> bool:
        if self.worker is not None:
            return False
        try:
            reset(self.raw_connection, self.prepare_session)
        except sqlite3.Error:
            return False
        self.dirty = False
        return True

    def is_closed(self) -> bool:
        return self.closed

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            if self.worker is None:
                self.raw_connection.close()
            else:
                await self.worker.submit(self.raw_connection.close)
                self.worker.stop()

    def terminate(self) -> None:
        if self.closed:
            return
        self.closed = True
        if self.worker is None:
            self.raw_connection.close()
        else:
            self.raw_connection.interrupt()
            self.worker.stop(self.close_raw)

    async def call(self, func: Callable[..., T], *args: Any) -> T:
        """Call `func(raw_connection, *args)` where this connection lives; again while another process has the lock."""
        pause, deadline = FIRST_PAUSE_SECONDS, None
        while True:
            if self.time_limit is not None:
                self.deadline = time.monotonic() + self.time_limit
            try:
                if self.worker is None:
                    return func(self.raw_connection, *args)
                return await self.hop(self.worker, func, args)
            except sqlite3.OperationalError as error:
                now = asyncio.get_running_loop().time()
                deadline = deadline or now + self.timeout
                if not is_busy(error) or now >= deadline:
                    raise
            # A random part, so that two processes do not keep meeting.
            await asyncio.sleep(min(pause * (0.5 + random.random()), max(deadline - now, 0.0)))  # noqa: S311
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def hop(self, worker: Worker, func: Callable[..., T], args: tuple[Any, ...]) -> T:
        try:
            return await worker.submit(func, self.raw_connection, *args)
        except asyncio.CancelledError:
            # No-op when the statement has ended; what comes next on this connection queues behind it on the thread.
            self.raw_connection.interrupt()
            raise


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Say whether waiting helps: a lock of another connection, but not a snapshot that is too old to write from."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == BUSY and code != BUSY_SNAPSHOT


def fetch(raw: sqlite3.Connection, sql: str, args: Sequence[Any]) -> list[Row]:
    return raw.execute(sql, args).fetchall()


def fetch_row(raw: sqlite3.Connection, sql: str, args: Sequence[Any]) -> Row | None:
    rows = raw.execute(sql, args).fetchall()  # to the end: a statement with RETURNING commits when it is through
    return rows[0] if rows else None


def execute(raw: sqlite3.Connection, sql: str, args: Sequence[Any]) -> int:
    cursor = raw.execute(sql, args)
    count = cursor.rowcount
    cursor.close()
    return max(count, 0)


def execute_many(raw: sqlite3.Connection, sql: str, rows: Iterable[Sequence[Any]]) -> int:
    if raw.in_transaction:
        return max(raw.executemany(sql, rows).rowcount, 0)
    raw.execute("BEGIN IMMEDIATE")
    try:
        count = raw.executemany(sql, rows).rowcount
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise
    return max(count, 0)


def run_raw(raw: sqlite3.Connection, sql: str, args: Sequence[Any]) -> RawResult:
    cursor = raw.execute(sql, args)
    if cursor.description is None:
        return RawResult(None, None, cursor.rowcount)
    rows = cursor.fetchall()
    return RawResult(rows, cursor.description, max(cursor.rowcount, len(rows)))


def open_cursor(raw: sqlite3.Connection, sql: str, args: Sequence[Any]) -> sqlite3.Cursor:
    return raw.execute(sql, args)


def fetch_many(raw: sqlite3.Connection, cursor: sqlite3.Cursor, size: int) -> list[Row]:
    return cursor.fetchmany(size)


def close_cursor(raw: sqlite3.Connection, cursor: sqlite3.Cursor) -> None:
    cursor.close()


def control(raw: sqlite3.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        if statement == "ROLLBACK" and not raw.in_transaction:
            continue  # some errors end the transaction by themselves (disk full, interrupted)
        raw.execute(statement)


def reset(raw: sqlite3.Connection, prepare_session: Callable[[sqlite3.Connection], None]) -> None:
    if raw.in_transaction:
        raw.execute("ROLLBACK")
    prepare_session(raw)

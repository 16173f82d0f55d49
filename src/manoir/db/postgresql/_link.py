"""One asyncpg connection."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Iterable, Sequence
from typing import Any

from manoir.db._link import Link, RawResult, Row, to_the_end
from manoir.exceptions import TransactionManagementError

TEXT_TYPES = frozenset({"text", "varchar", "bpchar", "name", "unknown"})


class PostgreSQLLink(Link):
    """An asyncpg connection in autocommit mode; its own cache holds the prepared statements."""

    __slots__ = ("driver",)

    def __init__(self, driver: Any) -> None:
        super().__init__()
        self.driver = driver

    # hot path: benchmarks/db.py (no coroutine of our own around the driver's)
    def fetch(self, sql: str, args: Sequence[Any]) -> Awaitable[list[Row]]:
        return self.driver.fetch(sql, *args)

    def fetch_row(self, sql: str, args: Sequence[Any]) -> Awaitable[Row | None]:
        return self.driver.fetchrow(sql, *args)

    async def execute(self, sql: str, args: Sequence[Any]) -> int:
        return affected(await self.driver.execute(sql, *args))

    async def execute_many(self, sql: str, args: Iterable[Sequence[Any]]) -> int:
        rows = args if isinstance(args, list) else list(args)
        await self.driver.executemany(sql, rows)  # atomic: all or none; PostgreSQL's counts do not reach us
        return len(rows)

    async def raw(self, sql: str, args: Sequence[Any]) -> RawResult:
        self.dirty = True
        if not args and several_statements(sql):
            return RawResult(None, None, affected(await self.driver.execute(sql)))
        statement = await self.driver.prepare(sql)
        types = [parameter.name for parameter in statement.get_parameters()]
        records = await statement.fetch(*(as_text(value, name) for value, name in zip(args, types, strict=False)))
        attributes = statement.get_attributes()
        count = affected(statement.get_statusmsg(), unknown=-1)
        if not attributes:
            return RawResult(None, None, count)
        description = tuple((one.name, one.type.oid, None, None, None, None, None) for one in attributes)
        return RawResult([tuple(record) for record in records], description, count)

    async def stream(self, sql: str, args: Sequence[Any], chunk_size: int) -> AsyncGenerator[list[Row], None]:
        cursor = await self.driver.cursor(sql, *args)
        while rows := await cursor.fetch(chunk_size):
            yield rows

    async def begin(self, *, writes: bool = True) -> None:
        await self.driver.execute("BEGIN")

    async def commit(self) -> bool:
        tag, cancelled = await to_the_end(self.driver.execute("COMMIT"))
        if tag != "COMMIT":
            raise TransactionManagementError(
                "PostgreSQL answered COMMIT with ROLLBACK: an error had broken the transaction and was not seen, so"
                " nothing of it was stored."
            )
        return cancelled

    async def control(self, *statements: str) -> None:
        await self.driver.execute("; ".join(statements))

    def needs_cleaning(self) -> bool:
        return self.dirty or self.driver.is_in_transaction()

    async def clean(self) -> None:
        # asyncpg waits here for the end of the statement that was cancelled, before it sends anything.
        await self.driver.execute("ROLLBACK" if self.driver.is_in_transaction() else "SELECT 1")
        if self.driver.is_in_transaction():
            await self.driver.execute("ROLLBACK")
        if self.dirty:
            await self.driver.reset()
            self.dirty = False

    def is_closed(self) -> bool:
        return self.driver.is_closed()

    async def close(self) -> None:
        await self.driver.close()

    def terminate(self) -> None:
        self.driver.terminate()


def affected(tag: str | None, *, unknown: int = 0) -> int:
    """Return the count at the end of a command tag such as `INSERT 0 3`; `unknown` where there is none."""
    count = (tag or "").rpartition(" ")[2]
    return int(count) if count.isdecimal() else unknown


def several_statements(sql: str) -> bool:
    """Say whether a text may hold more than one statement, which PostgreSQL cannot prepare."""
    return ";" in sql.rstrip().rstrip(";")


def as_text(value: Any, type_name: str) -> Any:
    """An untyped placeholder (`SELECT %s`) is text for PostgreSQL; other values become text there."""
    if value is None or isinstance(value, str) or type_name not in TEXT_TYPES:
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)

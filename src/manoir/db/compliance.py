"""The tests that every database backend passes.

Subclass `DatabaseCompliance` in a test module of the backend, under a name that begins with `Test`, and say how an empty
database comes and goes. pytest with manoir's plug-in runs the coroutines.

Example:
    >>> class TestMyBackend(DatabaseCompliance):
    ...     async def make(self) -> Connection:
    ...         return make_connection("default", {"ENGINE": "my.backend", "NAME": "scratch"})
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from manoir import bridge
from manoir.conf import settings
from manoir.db import transaction
from manoir.db._columns import ColumnType
from manoir.db._connection import Connection
from manoir.db._handler import connections
from manoir.exceptions import (
    DatabaseError,
    DataError,
    IntegrityError,
    ProgrammingError,
    TransactionManagementError,
)

__all__ = ["SAMPLES", "DatabaseCompliance"]

SAMPLES: dict[ColumnType, list[Any]] = {
    ColumnType("smallint"): [0, -32768, 32767],
    ColumnType("int"): [0, -(2**31), 2**31 - 1],
    ColumnType("bigint"): [0, -(2**63), 2**63 - 1],
    ColumnType("decimal", digits=30, places=4): [
        Decimal("0.0000"),
        Decimal("-1234567890123456.7891"),
        Decimal("99999999999999999999999999.9999"),
    ],
    ColumnType("decimal"): [Decimal("1.10"), Decimal("0.1"), Decimal("12345678901234567890.123456789")],
    ColumnType("float"): [0.0, -1.5, 0.1, 1e300],
    ColumnType("bool"): [True, False],
    ColumnType("char", length=20): ["", "naïve ☃ 𝄞", "'; DROP TABLE x; --", "a%s $1 ? :b"],
    ColumnType("text"): ["", "line\nbreak", "\\ ' \" `"],
    ColumnType("date"): [date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31)],
    ColumnType("time"): [time(0), time(23, 59, 59, 999999)],
    ColumnType("datetime"): [
        datetime(1, 1, 2, tzinfo=UTC),
        datetime(2024, 3, 31, 1, 30, 0, 5, tzinfo=UTC),
        datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC),
    ],
    ColumnType("duration"): [timedelta(0), timedelta(days=-5, microseconds=7), timedelta(days=40000, seconds=3)],
    ColumnType("uuid"): [uuid.UUID("12345678-1234-5678-1234-567812345678")],
    ColumnType("json"): [{}, [1, 2.5, None, True], {"a": {"b": "c\"'"}}, "text", 7, 2**70],
    ColumnType("binary"): [b"", bytes(range(256))],
}
"""Values of each column type that have to come back as they went in."""


class DatabaseCompliance:
    """Behaviour that the rest of manoir relies on; one coroutine per behaviour."""

    async def make(self) -> Connection:
        """Return a connection object with the alias `default` on an empty database that nobody else uses."""
        raise TypeError(f"{type(self).__name__} has to define `async def make(self) -> Connection`.")

    async def unmake(self, connection: Connection) -> None:
        """Close what `make` made, and drop its database."""
        await connection.aclose()
        connection.terminate()
        await connection.drop_database(connection.settings_dict["NAME"])

    @asynccontextmanager
    async def scratch(self) -> AsyncGenerator[Connection]:
        """Let `connections["default"]` be an empty database with one table, `item(id, name)`, for a block."""
        connection = await self.make()
        try:
            with connections.using("default", connection):
                number = connection.sql_type(ColumnType("int"))
                text = connection.sql_type(ColumnType("char", length=20))
                await connection.execute(f"CREATE TABLE item (id {number} PRIMARY KEY, name {text} NOT NULL UNIQUE)")
                yield connection
        finally:
            await self.unmake(connection)

    def mark(self, connection: Connection, number: int) -> str:
        """Return the placeholder of the argument with this number, from 1."""
        return "?" if connection.placeholder_style == "?" else f"${number}"

    async def insert(self, connection: Connection, number: int, name: str | None = None) -> int:
        """Insert one item."""
        first, second = self.mark(connection, 1), self.mark(connection, 2)
        sql = f"INSERT INTO item (id, name) VALUES ({first}, {second})"  # noqa: S608
        return await connection.execute(sql, [number, name or f"item {number}"])

    async def ids(self, connection: Connection) -> list[int]:
        """Return the ids of all items."""
        return [row[0] for row in await connection.fetch("SELECT id FROM item ORDER BY id")]

    # -- statements -------------------------------------------------------------------------------------------------

    async def test_rows_are_read_by_position(self) -> None:
        """`fetch` gives all rows, `fetch_row` the first or None."""
        async with self.scratch() as connection:
            assert await self.insert(connection, 1, "one") == 1
            await self.insert(connection, 2, "two")
            rows = await connection.fetch("SELECT id, name FROM item ORDER BY id")
            row = await connection.fetch_row("SELECT name FROM item ORDER BY id")
            nothing = await connection.fetch_row("SELECT name FROM item WHERE id = 3")
            assert [(row[0], row[1]) for row in rows] == [(1, "one"), (2, "two")]
            assert row is not None
            assert row[0] == "one"
            assert nothing is None

    async def test_execute_counts_rows(self) -> None:
        """`execute` answers the rows affected, 0 for what has no such number."""
        async with self.scratch() as connection:
            for number in range(3):
                await self.insert(connection, number)
            assert await connection.execute("UPDATE item SET name = name || '!' WHERE id < 2") == 2
            assert await connection.execute("DELETE FROM item") == 3
            assert await connection.execute("CREATE TABLE other (id integer)") == 0

    async def test_execute_many_is_all_or_nothing(self) -> None:
        """One bad row undoes the rows before it."""
        async with self.scratch() as connection:
            sql = f"INSERT INTO item (id, name) VALUES ({self.mark(connection, 1)}, {self.mark(connection, 2)})"  # noqa: S608
            assert await connection.execute_many(sql, ([n, f"n{n}"] for n in range(5))) == 5
            await raises(IntegrityError, connection.execute_many(sql, [[10, "ten"], [1, "again"]]))
            assert await self.ids(connection) == [0, 1, 2, 3, 4]

    async def test_every_type_comes_back_as_it_went_in(self) -> None:
        """Values of `SAMPLES`, and NULL."""
        async with self.scratch() as connection:
            for number, (column_type, values) in enumerate(SAMPLES.items()):
                table = f"sample{number}"
                await connection.execute(f"CREATE TABLE {table} (id integer, value {connection.sql_type(column_type)})")
                assert await round_trip(connection, self, table, column_type, values) == [*values, None]

    async def test_decimals_are_ordered_as_numbers(self) -> None:
        """Also where the database stores them as text."""
        async with self.scratch() as connection:
            column_type = ColumnType("decimal", digits=30, places=2)
            await connection.execute(f"CREATE TABLE price (id integer, value {connection.sql_type(column_type)})")
            values = [
                Decimal(text)
                for text in ("9.00", "10.00", "-3.50", "12345678901234567890.01", "12345678901234567890.02")
            ]
            await round_trip(connection, self, "price", column_type, values)
            rows = await connection.fetch("SELECT value FROM price WHERE value IS NOT NULL ORDER BY value")
            back = connection.from_driver(column_type)
            assert [back(row[0]) if back else row[0] for row in rows] == sorted(values)

    async def test_statements_with_bad_input_name_the_kind_of_error(self) -> None:
        """Mapped errors, with the driver's as cause, and without the values."""
        async with self.scratch() as connection:
            await self.insert(connection, 1, "secret-name")
            duplicate = await raises(IntegrityError, self.insert(connection, 2, "secret-name"))
            missing = await raises(ProgrammingError, connection.fetch("SELECT * FROM no_such_table"))
            await raises(ProgrammingError, connection.fetch("SELEC 1"))
            await raises(DatabaseError, connection.fetch("SELECT no_such_column FROM item"))
            assert duplicate.__cause__ is not None
            assert "secret-name" not in str(duplicate)
            assert "no_such_table" in str(missing)
            assert await self.ids(connection) == [1]

    async def test_an_integer_beyond_64_bits_is_refused(self) -> None:
        """DataError, not a wrong row."""
        async with self.scratch() as connection:
            sql = f"SELECT name FROM item WHERE id = {self.mark(connection, 1)}"  # noqa: S608
            await raises(DataError, connection.fetch(sql, [2**70]))

    async def test_half_a_surrogate_pair_is_refused(self) -> None:
        """No database of ours can store it."""
        async with self.scratch() as connection:
            await raises(DataError, self.insert(connection, 1, "\ud800"))

    async def test_table_names_lists_the_tables(self) -> None:
        """Sorted, without the database's own."""
        async with self.scratch() as connection:
            await connection.execute("CREATE TABLE another (id integer)")
            assert await connection.table_names() == ["another", "item"]

    async def test_names_are_quoted(self) -> None:
        """A name with quotes stays one name."""
        async with self.scratch() as connection:
            name = connection.quote_name('a"b; DROP TABLE item')
            await connection.execute(f"CREATE TABLE {name} (id integer)")
            assert 'a"b; DROP TABLE item' in await connection.table_names()
            assert await self.ids(connection) == []

    async def test_streams_give_chunks(self) -> None:
        """Outside and inside of a transaction, to the end or left early."""
        async with self.scratch() as connection:
            sql = f"INSERT INTO item (id, name) VALUES ({self.mark(connection, 1)}, {self.mark(connection, 2)})"  # noqa: S608
            await connection.execute_many(sql, [[n, f"n{n}"] for n in range(10)])
            query = "SELECT id FROM item ORDER BY id"
            sizes = [len(rows) async for rows in connection.stream(query, (), 4)]
            async with transaction.atomic():
                inside = [len(rows) async for rows in connection.stream(query, (), 4)]
                async with connection.stream(query, (), 3) as stream:
                    first = await anext(stream)
                assert await self.insert(connection, 99) == 1
            assert sizes == inside == [4, 4, 2]
            assert [row[0] for row in first] == [0, 1, 2]
            assert len(await self.ids(connection)) == 11

    async def test_cursor_runs_raw_sql_in_both_colours(self) -> None:
        """`%s` placeholders; description and rowcount as the DB-API has them."""
        async with self.scratch() as connection:
            async with connection.cursor() as cursor:
                await cursor.aexecute("INSERT INTO item (id, name) VALUES (%s, %s)", [1, "100%"])
                assert cursor.rowcount == 1
                await cursor.aexecute(
                    "SELECT id, name FROM item WHERE name LIKE '%%!%%' ESCAPE '!' OR id = %(id)s", {"id": 1}
                )
                assert cursor.description is not None
                assert [column[0] for column in cursor.description] == ["id", "name"]
                assert await cursor.afetchall() == [(1, "100%")]

            def in_sync() -> Any:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT name FROM item")
                    return cursor.fetchone()

            assert await bridge.spawn(in_sync) == ("100%",)

    # -- transactions -----------------------------------------------------------------------------------------------

    async def test_a_block_commits_or_rolls_back(self) -> None:
        """All or nothing; the exception goes on."""
        async with self.scratch() as connection:
            async with transaction.atomic():
                await self.insert(connection, 1)
                assert connection.in_atomic_block
            await raises(KeyError, self.fail_in_block(connection, 2))
            assert not connection.in_atomic_block
            assert await self.ids(connection) == [1]

    async def fail_in_block(self, connection: Connection, number: int, **options: Any) -> None:
        """Insert in a block that an exception leaves."""
        async with transaction.atomic(**options):
            await self.insert(connection, number)
            raise KeyError(number)

    async def test_inner_blocks_are_savepoints(self) -> None:
        """An inner block undoes only itself."""
        async with self.scratch() as connection:
            async with transaction.atomic():
                await self.insert(connection, 1)
                await raises(KeyError, self.fail_in_block(connection, 2))
                async with transaction.atomic():
                    await self.insert(connection, 3)
            assert await self.ids(connection) == [1, 3]

    async def test_an_inner_block_without_savepoint_dooms_the_outer(self) -> None:
        """What encloses it is rolled back, silently, for the exception was seen."""
        async with self.scratch() as connection:
            async with transaction.atomic():
                await self.insert(connection, 1)
                await raises(KeyError, self.fail_in_block(connection, 2, savepoint=False))
                assert transaction.get_rollback()
            assert await self.ids(connection) == []

    async def test_a_failed_statement_dooms_its_block(self) -> None:
        """No more statements in the block; around an inner block everything goes on."""
        async with self.scratch() as connection:
            await self.insert(connection, 1)
            async with transaction.atomic():
                await raises(IntegrityError, self.insert(connection, 1))
                error = await raises(TransactionManagementError, self.insert(connection, 2))
                assert "atomic()" in str(error)
            async with transaction.atomic():
                await raises(IntegrityError, self.duplicate_in_block(connection))
                await self.insert(connection, 3)
            assert await self.ids(connection) == [1, 3]

    async def duplicate_in_block(self, connection: Connection) -> None:
        """Violate a constraint in a block."""
        async with transaction.atomic():
            await self.insert(connection, 1)

    async def test_ddl_rolls_back(self) -> None:
        """Where the backend says so."""
        async with self.scratch() as connection:
            if connection.features.can_rollback_ddl:
                async with transaction.atomic():
                    await connection.execute("CREATE TABLE later (id integer)")
                    transaction.set_rollback(True)
                assert await connection.table_names() == ["item"]

    async def test_tasks_take_turns(self) -> None:
        """Statements and inner blocks of sibling tasks never interleave; failed ones undo only themselves."""
        async with self.scratch() as connection:

            async def block(number: int) -> None:
                async with transaction.atomic():
                    await self.insert(connection, number)
                    await asyncio.sleep(0)
                    await self.insert(connection, number + 100)
                    if number % 2:
                        raise KeyError(number)

            async with transaction.atomic():
                await asyncio.gather(*(self.insert(connection, 200 + number) for number in range(20)))
                await asyncio.gather(*map(block, range(10)), return_exceptions=True)
            expected = [n for n in range(10) if n % 2 == 0]
            assert await self.ids(connection) == [*expected, *(n + 100 for n in expected), *range(200, 220)]

    async def test_a_task_that_outlives_its_block_is_refused(self) -> None:
        """TransactionManagementError, and nothing is written."""
        async with self.scratch() as connection:
            gate = asyncio.Event()

            async def late() -> None:
                await gate.wait()
                await self.insert(connection, 1)

            async with transaction.atomic():
                task = asyncio.create_task(late())
                await asyncio.sleep(0)
            gate.set()
            error = await raises(TransactionManagementError, task)
            assert "outlives" in str(error)
            assert await self.ids(connection) == []

    async def test_one_transaction_for_both_colours(self) -> None:
        """Sync code in spawn and in a thread writes into the transaction of the coroutine."""
        async with self.scratch() as connection:

            def in_sync(number: int) -> bool:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("INSERT INTO item (id, name) VALUES (%s, %s)", [number, f"item {number}"])
                return connection.in_atomic_block

            async with transaction.atomic():
                inside = [await bridge.spawn(in_sync, 1), await bridge.to_thread(in_sync, 2)]
                seen = await self.ids(connection)
                transaction.set_rollback(True)
            assert inside == [True, True]
            assert seen == [1, 2]
            assert await self.ids(connection) == []

    async def test_a_cancelled_block_leaves_nothing(self) -> None:
        """Its rows are undone and its connection serves again."""
        async with self.scratch() as connection:

            async def slow() -> None:
                async with transaction.atomic():
                    await self.insert(connection, 1)
                    await asyncio.sleep(30)

            task = asyncio.create_task(slow())
            await asyncio.sleep(0.05)
            task.cancel()
            await raises(asyncio.CancelledError, task)
            assert await self.insert(connection, 1) == 1
            async with transaction.atomic():
                assert await self.ids(connection) == [1]

    async def test_callbacks_wait_for_the_commit(self) -> None:
        """In order; those of a block that was rolled back are forgotten."""
        async with self.scratch() as connection:
            calls: list[Any] = []

            async def counting() -> None:
                calls.append(len(await self.ids(connection)))

            async with transaction.atomic():
                await self.insert(connection, 1)
                transaction.on_commit(lambda: calls.append("first"))
                await raises(KeyError, self.fail_with_callback(calls))
                async with transaction.atomic():
                    transaction.on_commit(counting)
                assert calls == []
            assert calls == ["first", 1]

    async def fail_with_callback(self, calls: list[Any]) -> None:
        """Register a callback in a block that is rolled back."""
        async with transaction.atomic():
            transaction.on_commit(lambda: calls.append("never"))
            raise KeyError

    async def test_settings_decide_about_zones(self) -> None:
        """With USE_TZ a naive datetime is refused, without it an aware one."""
        async with self.scratch() as connection:
            naive, aware = datetime(2024, 5, 1, 12), datetime(2024, 5, 1, 12, tzinfo=UTC)  # noqa: DTZ001
            for use_tz, good, bad in ((True, aware, naive), (False, naive, aware)):
                with settings.override(USE_TZ=use_tz):
                    to_driver = connection.to_driver(ColumnType("datetime"))
                    from_driver = connection.from_driver(ColumnType("datetime"))
                    assert to_driver is not None
                    stored = to_driver(good)
                    assert (from_driver(stored) if from_driver else stored) == good
                    try:
                        to_driver(bad)
                    except DataError:
                        continue
                    raise AssertionError(f"{bad!r} was accepted with USE_TZ={use_tz}")


async def round_trip(
    connection: Connection, suite: DatabaseCompliance, table: str, column_type: ColumnType, values: list[Any]
) -> list[Any]:
    """Store values, and NULL behind them, and read them back."""
    to_driver, from_driver = connection.to_driver(column_type), connection.from_driver(column_type)
    sql = f"INSERT INTO {table} (id, value) VALUES ({suite.mark(connection, 1)}, {suite.mark(connection, 2)})"  # noqa: S608
    for number, value in enumerate([*values, None]):
        await connection.execute(sql, [number, to_driver(value) if to_driver and value is not None else value])
    rows = await connection.fetch(f"SELECT value FROM {table} ORDER BY id")  # noqa: S608
    return [from_driver(row[0]) if from_driver and row[0] is not None else row[0] for row in rows]


async def raises(kind: type[BaseException], awaitable: Any) -> BaseException:
    """Await what has to raise, and return the error."""
    try:
        await awaitable
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")

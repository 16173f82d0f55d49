import asyncio
import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manoir import bridge
from manoir.db import ColumnType, connections, make_connection, transaction
from manoir.db.sqlite import _functions
from manoir.db.sqlite._connection import is_reading
from manoir.exceptions import ImproperlyConfigured, OperationalError, ProgrammingError


@pytest.fixture
def entry(tmp_path):
    return {"ENGINE": "manoir.db.sqlite", "NAME": str(tmp_path / "test.sqlite3")}


@pytest.fixture
def connection(entry):
    with connections.override({"default": entry}):
        yield connections["default"]


# -- opening ------------------------------------------------------------------------------------------------------


async def test_a_connection_is_prepared(connection):
    async def pragma(name: str) -> object:
        return (await connection.fetch(f"PRAGMA {name}"))[0][0]

    assert await pragma("journal_mode") == "wal"
    assert await pragma("foreign_keys") == 1
    assert await pragma("busy_timeout") == 0


async def test_init_command_comes_last(entry):
    with connections.override(
        {"default": entry | {"OPTIONS": {"init_command": "PRAGMA cache_size=-123; PRAGMA foreign_keys=OFF"}}}
    ):
        rows = await connections["default"].fetch("PRAGMA cache_size")
        assert rows[0][0] == -123


def test_a_missing_directory_is_named(tmp_path):
    entry = {"ENGINE": "manoir.db.sqlite", "NAME": str(tmp_path / "no" / "db.sqlite3")}
    with pytest.raises(OperationalError) as caught:
        make_connection("default", entry).ensure_connection()
    assert str(caught.value) == (
        f"SQLite cannot open the database 'default' ({tmp_path}/no/db.sqlite3): the directory {tmp_path}/no does not exist."
        " Create it, or correct NAME (or DATABASE_URL)."
    )
    assert isinstance(caught.value.__cause__, sqlite3.Error)


def test_a_directory_and_a_file_of_another_kind_are_named(tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("these are my notes, not a database " * 50)
    for name, message in ((tmp_path, "it is a directory"), (other, "the file is no SQLite database")):
        with pytest.raises(OperationalError, match=message):
            make_connection("default", {"ENGINE": "manoir.db.sqlite", "NAME": str(name)}).ensure_connection()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"NAME": ""}, "has no NAME: give the path of a file"),
        ({"OPTIONS": {"timout": 3}}, "unknown key 'timout' for SQLite. Did you mean 'timeout'?"),
        ({"OPTIONS": {"transaction_mode": "LATER"}}, 'has to be "IMMEDIATE", "DEFERRED" or "EXCLUSIVE"'),
        ({"OPTIONS": {"pool": {"size": 3}}}, "unknown key 'size'"),
        ({"OPTIONS": {"pool": 3}}, "has to be True or a dict"),
        ({"NMAE": "x"}, "unknown key 'NMAE'. Did you mean 'NAME'?"),
        ({"ENGINE": "manoir.db.sqlite3"}, "Did you mean 'manoir.db.sqlite' or"),
        ({"ENGINE": "django.db.backends.sqlite3"}, "manoir.db.sqlite"),
        ({"ENGINE": ""}, "has no ENGINE"),
    ],
)
def test_wrong_entries_say_what_is_right(entry, changes, message):
    with pytest.raises(ImproperlyConfigured) as caught:
        make_connection("default", entry | changes)
    assert message in str(caught.value)


async def test_databases_in_memory_are_apart_and_outlive_a_close():
    entry = {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}
    one, other = make_connection("default", entry), make_connection("default", entry)
    await one.execute("CREATE TABLE here (id integer)")
    await one.aclose()
    assert await one.table_names() == ["here"]
    assert await other.table_names() == []
    await one.aclose()
    await other.aclose()
    one.terminate()
    other.terminate()


async def test_a_missing_table_reminds_of_migrations(connection):
    with pytest.raises(ProgrammingError, match=r"no such table: shop_book\. Have the migrations been applied"):
        await connection.fetch("SELECT * FROM shop_book")


# -- values ---------------------------------------------------------------------------------------------------------


def test_column_types_are_djangos_but_for_decimals(connection):
    expected = {
        ColumnType("bigint", auto=True): "integer",
        ColumnType("char", length=20): "varchar(20)",
        ColumnType("decimal", digits=8, places=2): "decimaltext(8, 2) COLLATE decimal",
        ColumnType("uuid"): "char(32)",
        ColumnType("json"): "text",
        ColumnType("text", collation="NOCASE"): 'text COLLATE "NOCASE"',
    }
    assert {column_type: connection.sql_type(column_type) for column_type in expected} == expected


async def test_decimals_of_other_programs_are_read(connection):
    """They are REAL there; their shortest text is what was meant."""
    await connection.execute("CREATE TABLE price (value decimal)")
    await connection.execute("INSERT INTO price VALUES ('12.30'), (7), ('0.1')")
    convert = connection.from_driver(ColumnType("decimal", digits=8, places=2))
    values = [convert(row[0]) for row in await connection.fetch("SELECT value FROM price")]
    assert [str(value) for value in values] == ["12.30", "7.00", "0.10"]


async def test_decimals_compare_and_compute_exactly(connection):
    await connection.execute("CREATE TABLE price (value decimaltext(30, 2) COLLATE decimal UNIQUE)")
    await connection.execute("INSERT INTO price VALUES ('9.00'), ('10.00'), ('12345678901234567890.12')")
    row = await connection.fetch_row(
        "SELECT max(value), min(value), decimal_sum(value), decimal_avg(value), (SELECT count(*) FROM price WHERE value > '9.5'),"
        " (SELECT count(*) FROM price WHERE decimal_mul(value, '2') COLLATE decimal < '20.01'), decimal_div('1', '0'),"
        " decimal_round('2.345', 2), decimal_add('0.1', NULL) FROM price"
    )
    assert row == (
        "12345678901234567890.12",
        "9.00",
        "12345678901234567909.12",
        "4115226300411522636.3733333333333333333",
        2,
        2,
        None,
        "2.35",
        None,
    )
    with pytest.raises(Exception, match="UNIQUE"):
        await connection.execute("INSERT INTO price VALUES ('9.0')")


async def test_dates_are_cut_and_taken_apart_in_their_zone(connection):
    row = await connection.fetch_row(
        "SELECT manoir_date_trunc('day', '2024-03-31 22:30:00', 'Europe/Berlin'),"
        " manoir_date_trunc('month', '2024-03-31', NULL), manoir_date_trunc('date', '2024-03-31 22:30:00', 'Europe/Berlin'),"
        " manoir_extract('hour', '2024-03-31 22:30:00.5', 'Europe/Berlin'), manoir_extract('week_day', '2024-03-31', NULL),"
        " manoir_datetime_add('2024-03-31 22:30:00', 5400000000), manoir_datetime_diff('2024-03-02', '2024-03-01'),"
        " manoir_extract('year', NULL, NULL), 'abc' REGEXP '^a.c$', NULL REGEXP 'a', manoir_date_trunc('hour', '10:20:30', NULL)"
    )
    assert row == (
        "2024-03-31 22:00:00",
        "2024-03-01",
        "2024-04-01",
        0,
        1,
        "2024-04-01 00:00:00",
        86_400_000_000,
        None,
        1,
        None,
        "10:00:00",
    )


@settings(derandomize=True, max_examples=200)
@given(
    st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**20), max_value=10**20),
        min_size=2,
        max_size=3,
    )
)
def test_the_collation_orders_as_decimals_do(values):
    texts = [format(value, "f") for value in values]
    for left, a in zip(texts, values, strict=True):
        for right, b in zip(texts, values, strict=True):
            assert _functions.compare_decimals(left, right) == (a > b) - (a < b)


@settings(derandomize=True, max_examples=100)
@given(st.dates(), st.sampled_from(["year", "quarter", "month", "week", "day"]))
def test_cutting_a_date_gives_the_last_start_before_it(day, kind):
    cut = date.fromisoformat(_functions.date_trunc(kind, day.isoformat(), None)) if day > date(1, 1, 7) else day
    assert cut <= day
    assert _functions.date_trunc(kind, cut.isoformat(), None) == cut.isoformat() or day <= date(1, 1, 7)


def test_a_float_that_is_no_number_is_refused(connection):
    with pytest.raises(Exception, match="would become NULL"):
        connection.to_driver(ColumnType("float"))(float("nan"))
    with pytest.raises(Exception, match="not a number, or is infinite"):
        connection.to_driver(ColumnType("decimal"))(Decimal("Infinity"))


# -- one writer -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ("SELECT 1", True),
        ("  (select 1)", True),
        ("WITH x AS (SELECT 1) SELECT * FROM x", True),
        ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", False),
        ("INSERT INTO t VALUES (1)", False),
        ("CREATE TABLE t (id integer)", False),
        ("/* */ SELECT 1", False),
    ],
)
def test_only_what_surely_reads_does_not_queue(sql, reads):
    assert is_reading(sql) is reads


async def test_readers_do_not_wait_for_a_writer(connection):
    await connection.execute("CREATE TABLE item (id integer)")
    async with transaction.atomic():
        await connection.execute("INSERT INTO item VALUES (1)")
        with connection.within(None):
            assert await asyncio.wait_for(connection.fetch("SELECT * FROM item"), 1) == []


async def test_a_writer_that_waits_too_long_is_told_why(entry):
    with connections.override({"default": entry | {"OPTIONS": {"timeout": 0.05}}}):
        connection = connections["default"]
        await connection.execute("CREATE TABLE item (id integer)")
        async with transaction.atomic():
            with connection.within(None), pytest.raises(OperationalError, match="another transaction of this process"):
                await connection.execute("INSERT INTO item VALUES (1)")


async def test_the_lock_of_another_process_is_waited_for_and_then_told(entry):
    with connections.override({"default": entry | {"OPTIONS": {"timeout": 0.3}}}):
        connection = connections["default"]
        await connection.execute("CREATE TABLE item (id integer)")
        foreign = sqlite3.connect(entry["NAME"], isolation_level=None, check_same_thread=False)
        foreign.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.1, foreign.execute, "COMMIT")
        await connection.execute("INSERT INTO item VALUES (1)")
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match=r"another process has been writing to it for 0\.3 seconds"):
            await connection.execute("INSERT INTO item VALUES (2)")
        foreign.close()


OTHER_PROCESS = """
    import asyncio, sys
    from manoir.conf import settings
    settings.configure(SECRET_KEY="x" * 50, DATABASES={"default": {"ENGINE": "manoir.db.sqlite", "NAME": sys.argv[1]}})
    from manoir.db import connection, transaction

    async def main():
        for number in range(int(sys.argv[2])):
            async with transaction.atomic():
                rows = await connection.fetch("SELECT n FROM counter")
                await asyncio.sleep(0.001)
                await connection.execute("UPDATE counter SET n = ?", [rows[0][0] + 1])

    asyncio.run(main())
"""


def test_two_writers_and_a_second_process_never_meet_a_locked_database(entry):
    """On a server's loop: statements run off the loop, no update is lost, the loop stays awake."""
    rounds, threads = 40, set()

    async def writer() -> None:
        connection = connections["default"]
        for _ in range(rounds):
            async with transaction.atomic():
                rows = await connection.fetch("SELECT n FROM counter")
                await asyncio.sleep(0.001)
                await connection.execute("UPDATE counter SET n = ?", [rows[0][0] + 1])

    async def heartbeat(stalls: list[float]) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            stalls.append(time.perf_counter() - before - 0.005)

    async def serve() -> list[float]:
        connection = connections["default"]
        await connection.execute("CREATE TABLE counter (n integer)")
        await connection.execute("INSERT INTO counter VALUES (0)")
        stalls: list[float] = []
        beat = asyncio.create_task(heartbeat(stalls))
        code = textwrap.dedent(OTHER_PROCESS)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, entry["NAME"], str(rounds))
        async with asyncio.timeout(60):
            await asyncio.gather(writer(), writer())
            assert await process.wait() == 0
        beat.cancel()
        rows = await connection.fetch("SELECT n FROM counter")
        assert rows[0][0] == 3 * rounds
        threads.update(thread.name for thread in threading.enumerate())
        return stalls

    with connections.override({"default": entry}):
        stalls = asyncio.run(serve())
    assert any(name.startswith("manoir-sqlite-default") for name in threads)
    assert sorted(stalls)[len(stalls) // 2] < 0.05


def test_statements_run_off_a_servers_loop_and_inline_in_scripts(entry):
    seen = []

    async def ask() -> None:
        connection = connections["default"]
        pool = connection.pool()
        link = await connection.acquire(pool)
        seen.append(await link.call(lambda raw: threading.current_thread().name))
        pool.release(link)

    with connections.override({"default": entry}):
        bridge.wait(ask())
        asyncio.run(ask())
    assert seen == [threading.current_thread().name, "manoir-sqlite-default"]


def test_a_closed_loop_leaves_no_thread_behind(entry):
    async def use() -> None:
        await asyncio.gather(*(connections["default"].fetch("SELECT 1") for _ in range(5)))

    with connections.override({"default": entry}):
        asyncio.run(use())
    for thread in threading.enumerate():
        if thread.name == "manoir-sqlite-default":
            thread.join(1)
    assert not [thread for thread in threading.enumerate() if thread.name == "manoir-sqlite-default"]


@pytest.mark.parametrize("threads", [True, False])
async def test_a_statement_has_a_time_limit_if_told(entry, threads):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with connections.override({"default": entry | {"OPTIONS": {"threads": threads, "command_timeout": 0.05}}}):
        with pytest.raises(OperationalError, match="took longer than"):
            await connections["default"].fetch(endless)
        assert await connections["default"].fetch("SELECT 1") == [(1,)]


async def test_a_cancelled_statement_stops_and_its_connection_serves_again(entry):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with connections.override({"default": entry | {"OPTIONS": {"threads": True, "pool": {"max_size": 1}}}}):
        connection = connections["default"]
        started = time.perf_counter()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.fetch(endless), 0.05)
        assert (await connection.fetch("SELECT 1"))[0][0] == 1
        assert time.perf_counter() - started < 2
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), transaction.atomic():
                await connection.fetch(endless)
        assert (await connection.fetch("SELECT 2"))[0][0] == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_opens_connections_of_its_own(connection):
    bridge.wait(connection.execute("CREATE TABLE item (id integer)"))
    code = f"""
        import os, sys
        from manoir.conf import settings
        settings.configure(SECRET_KEY="x" * 50, DATABASES={{"default": {connection.settings_dict!r}}})
        from manoir import bridge
        from manoir.db import connection
        insert = lambda n: bridge.wait(connection.execute("INSERT INTO item VALUES (?)", [n]))
        insert(1)
        inherited = list(connection.latest_pool.links)[0].raw_connection
        child = os.fork()
        insert(2 if child else 3)
        own = list(connection.latest_pool.links)[0].raw_connection
        assert (own is inherited) == bool(child)
        if child:
            assert os.waitpid(child, 0)[1] == 0
            connection.close()
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=30)
    rows = bridge.wait(connection.fetch("SELECT id FROM item ORDER BY id"))
    assert rows == [(1,), (2,), (3,)]

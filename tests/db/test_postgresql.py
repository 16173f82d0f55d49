import asyncio
import os
import socket
import subprocess
import sys
import textwrap
from datetime import UTC, datetime

import pytest

from manoir import bridge
from manoir.conf import settings
from manoir.db import ColumnType, connections, make_connection, transaction
from manoir.exceptions import (
    DataError,
    ImproperlyConfigured,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from tests import databases


@pytest.fixture
def base():
    databases.require_postgresql()
    return databases.entry("postgresql", "postgres")


@pytest.fixture
def connection(base):
    name = databases.session_name("room")
    owner = make_connection("default", databases.entry("postgresql", name))
    bridge.wait(owner.create_database(name))
    with connections.override({"default": databases.entry("postgresql", name)}):
        yield connections["default"]
    bridge.wait(databases.drop(owner))


async def backend(connection) -> int:
    return (await connection.fetch("SELECT pg_backend_pid()"))[0][0]


async def kill(base, pid: int) -> None:
    other = make_connection("default", base)
    await other.fetch("SELECT pg_terminate_backend($1)", [pid])
    await other.aclose()
    await asyncio.sleep(0.05)


# -- opening ------------------------------------------------------------------------------------------------------


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_a_server_that_is_down_is_named_with_what_to_do(base):
    port = closed_port()
    entry = base | {"HOST": "127.0.0.1", "PORT": port, "NAME": "shop", "PASSWORD": "s3cret"}
    with pytest.raises(OperationalError) as caught:
        make_connection("default", entry).ensure_connection()
    assert str(caught.value) == (
        f"PostgreSQL cannot be reached for the database 'default' ('shop' at 127.0.0.1:{port}): the connection was refused."
        " Is the server running? Check HOST and PORT of DATABASES['default'] (or DATABASE_URL)."
    )
    assert "s3cret" not in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_missing_database_is_named_with_what_to_do(base):
    with pytest.raises(OperationalError, match=r"there is no database 'manoir_nowhere' on this server\. Create it"):
        make_connection("default", base | {"NAME": "manoir_nowhere"}).ensure_connection()


def test_an_unknown_user_is_named(base):
    with pytest.raises(
        OperationalError, match=r"the server refuses the user 'manoir_nobody'\. Check USER and PASSWORD"
    ):
        make_connection("default", base | {"USER": "manoir_nobody"}).ensure_connection()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"NAME": ""}, "has no NAME: give the name of a PostgreSQL database"),
        ({"OPTIONS": {"sslmode": "yes"}}, "is 'yes', but has to be one of 'disable'"),
        ({"OPTIONS": {"plan_cache_mode": "x"}}, "has to be one of 'auto', 'force_custom_plan'"),
        ({"OPTIONS": {"ssl_mode": "require"}}, "unknown key 'ssl_mode' for PostgreSQL. Did you mean 'sslmode'?"),
    ],
)
def test_wrong_entries_say_what_is_right(base, changes, message):
    with pytest.raises(ImproperlyConfigured) as caught:
        make_connection("default", base | changes)
    assert message in str(caught.value)


async def test_options_reach_the_session(base):
    options = {
        "plan_cache_mode": "force_custom_plan",
        "application_name": "shop",
        "server_settings": {"work_mem": "5MB"},
    }
    connection = make_connection("default", base | {"OPTIONS": options})
    shown = [
        (await connection.fetch(f"SHOW {name}"))[0][0]
        for name in ("plan_cache_mode", "application_name", "work_mem", "TimeZone")
    ]
    await connection.aclose()
    assert shown == ["force_custom_plan", "shop", "5MB", "UTC"]


async def test_a_socket_directory_is_a_host(base):
    other = make_connection("default", base)
    directory = (await other.fetch("SHOW unix_socket_directories"))[0][0].split(",")[0].strip()
    port = (await other.fetch("SHOW port"))[0][0]
    await other.aclose()
    entry = base | {"HOST": directory, "PORT": port}
    connection = make_connection("default", entry)
    assert connection.where == f"{directory}/.s.PGSQL.{port}"
    assert (await connection.fetch("SELECT inet_server_addr()"))[0][0] is None
    await connection.aclose()


async def test_behind_pgbouncer_nothing_is_prepared(base):
    connection = make_connection("default", base | {"OPTIONS": {"pgbouncer": True, "pool": {"max_size": 1}}})
    for _ in range(3):
        await connection.fetch("SELECT $1::int", [1])
    assert (await connection.fetch("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''"))[0][0] == 0
    await connection.aclose()


# -- values and errors ------------------------------------------------------------------------------------------------


def test_column_types(connection):
    expected = {
        ColumnType("bigint", auto=True): "bigint GENERATED BY DEFAULT AS IDENTITY",
        ColumnType("char", length=20): "varchar(20)",
        ColumnType("char"): "varchar",
        ColumnType("decimal", digits=8, places=2): "numeric(8, 2)",
        ColumnType("datetime"): "timestamp with time zone",
        ColumnType("json"): "jsonb",
        ColumnType("text", collation="C"): 'text COLLATE "C"',
    }
    assert {column_type: connection.sql_type(column_type) for column_type in expected} == expected


async def test_a_naive_datetime_is_local_time_of_the_project(connection):
    with settings.override(USE_TZ=False, TIME_ZONE="Asia/Tokyo"):
        local = make_connection("default", dict(connection.settings_dict))
        stored = local.to_driver(ColumnType("datetime"))(datetime(2024, 5, 1, 9))
        assert stored == datetime(2024, 5, 1, tzinfo=UTC)
        assert local.from_driver(ColumnType("datetime"))(stored.astimezone(UTC)) == datetime(2024, 5, 1, 9)


async def test_errors_tell_no_values(connection):
    await connection.execute("CREATE TABLE person (mail text UNIQUE, age int CHECK (age > 0))")
    await connection.execute("INSERT INTO person VALUES ('ann@example.org', 5)")
    attempts = {
        IntegrityError: [
            ("INSERT INTO person VALUES ($1, 1)", ["ann@example.org"]),
            ("INSERT INTO person VALUES ($1, -1)", ["zoe"]),
        ],
        DataError: [
            ("SELECT $1::int", ["ann@example.org"]),
            ("SELECT $1::text::int", ["ann@example.org"]),
            ("SELECT $1::text", ["ann@example.org\x00"]),
            ("SELECT 1 / $1::int", [0]),
        ],
        ProgrammingError: [("SELECT $1::int", [1, 2]), ("SELECT * FROM nowhere", [])],
    }
    for kind, statements in attempts.items():
        for sql, args in statements:
            with pytest.raises(kind) as caught:
                await connection.fetch(sql, args)
            assert "ann@" not in str(caught.value)
            assert "zoe" not in str(caught.value)
            assert "(in the database 'default')" in str(caught.value) or "in the database 'default'" in str(
                caught.value
            )


async def test_a_table_that_changes_under_a_transaction_asks_for_another_try(connection):
    await connection.execute("CREATE TABLE a (id int)")
    async with connection.hold():
        await connection.fetch("SELECT * FROM a")
        with connection.within(None):
            await connection.execute("ALTER TABLE a ALTER id TYPE bigint")
        with pytest.raises(OperationalError, match="run the transaction again"):
            async with transaction.atomic():
                await connection.fetch("SELECT * FROM a")
        assert await connection.fetch("SELECT * FROM a") == []


async def test_too_many_parameters_are_refused(connection):
    marks = ", ".join(f"${number}::int" for number in range(1, 32_769))
    with pytest.raises(ProgrammingError, match="32767"):
        await connection.fetch(f"SELECT 1 WHERE 1 IN ({marks})", [1] * 32_768)


def test_a_script_that_just_ends_leaves_no_warning(base):
    code = f"""
        from manoir.conf import settings
        settings.configure(SECRET_KEY="x" * 50, DATABASES={{"default": {base!r}}})
        from manoir.db import connection, transaction
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    """
    ended = subprocess.run(
        [sys.executable, "-W", "always", "-c", textwrap.dedent(code)], check=True, timeout=30, capture_output=True
    )
    assert ended.stderr == b""


async def test_a_raw_statement_may_be_several(connection):
    async with connection.cursor() as cursor:
        await cursor.aexecute("CREATE TABLE a (id int); INSERT INTO a VALUES (1), (2)")
        await cursor.aexecute("SELECT count(*), %s, %s FROM a", ["text", 5])
        assert cursor.fetchone() == (2, "text", "5")
        await cursor.aexecutemany("INSERT INTO a VALUES (%s)", [[3], [4]])
        await cursor.aexecute("DELETE FROM a WHERE id > %s", [2])
        assert cursor.rowcount == 2


# -- the pool and lost connections ------------------------------------------------------------------------------------


async def test_a_connection_that_died_while_idle_is_replaced(connection, base):
    pid = await backend(connection)
    await kill(base, pid)
    assert await backend(connection) != pid


async def test_a_connection_that_dies_in_use_is_an_operational_error(connection, base):
    pids = asyncio.get_running_loop().create_future()

    async def slow() -> None:
        async with connection.hold():
            pids.set_result(await backend(connection))
            await connection.fetch("SELECT pg_sleep(10)")

    task = asyncio.create_task(slow())
    await kill(base, await pids)
    with pytest.raises(OperationalError):
        await task
    assert (await connection.fetch("SELECT 1"))[0][0] == 1
    assert connection.pool().size == len(connection.pool().idle)


async def test_raw_sql_makes_a_connection_dirty_and_the_reset_cleans_it(base):
    connection = make_connection("default", base | {"OPTIONS": {"pool": {"max_size": 1}}})
    with connections.using("default", connection):
        async with connection.cursor() as cursor:
            await cursor.aexecute("SET work_mem = '77kB'")
            await cursor.aexecute("SELECT pg_advisory_lock(77)")
            assert (await connection.fetch("SHOW work_mem"))[0][0] == "77kB"
        assert (await connection.fetch("SHOW work_mem"))[0][0] != "77kB"
        assert (await connection.fetch("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77"))[0][
            0
        ] == 0
    await connection.aclose()


async def test_a_cancelled_query_stops_on_the_server_and_its_connection_is_used_again(base):
    connection = make_connection("default", base | {"OPTIONS": {"pool": {"max_size": 1}}})
    pid = await backend(connection)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(connection.fetch("SELECT pg_sleep(30)"), 0.05)
    async with asyncio.timeout(5):
        assert await backend(connection) == pid
    await connection.aclose()


async def test_a_statement_has_a_time_limit_if_told(base):
    connection = make_connection("default", base | {"OPTIONS": {"command_timeout": 1}})
    with pytest.raises(OperationalError, match="took longer than"):
        await connection.fetch("SELECT pg_sleep(30)")
    assert (await connection.fetch("SELECT 1"))[0][0] == 1
    await connection.aclose()


async def test_a_stream_left_early_gives_its_connection_back(base):
    connection = make_connection("default", base | {"OPTIONS": {"pool": {"max_size": 1, "timeout": 3}}})
    query = "SELECT n FROM generate_series(1, 100) n"
    with connections.using("default", connection):
        stream = connection.stream(query, (), 10)
        await anext(stream)
        with connection.within(stream.level):
            assert (await connection.fetch("SELECT 7"))[0][0] == 7  # shares the connection of the chunk
        del stream
        assert (await connection.fetch("SELECT 8"))[0][0] == 8
        async for chunk in connection.stream(query, (), 60):
            assert len(chunk) in (60, 40)
        assert (await connection.fetch("SELECT 9"))[0][0] == 9
    await connection.aclose()


def test_connections_end_with_their_loop(base):
    connection = make_connection("default", base | {"OPTIONS": {"application_name": "manoir-loop-end"}})

    async def use() -> None:
        await asyncio.gather(*(connection.fetch("SELECT 1") for _ in range(3)))

    for _ in range(2):
        asyncio.run(use())

    async def count() -> int:
        other = make_connection("default", base)
        rows = await other.fetch("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'manoir-loop-end'")
        await other.aclose()
        return rows[0][0]

    assert asyncio.run(count()) == 0
    assert all(loop.is_closed() for loop in connection.pools)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_leaves_the_parents_connections_alone(base):
    code = f"""
        import os
        from manoir.conf import settings
        settings.configure(SECRET_KEY="x" * 50, DATABASES={{"default": {base!r}}})
        from manoir import bridge
        from manoir.db import connection
        pid = lambda: bridge.wait(connection.fetch("SELECT pg_backend_pid()"))[0][0]
        before = pid()
        child = os.fork()
        if child:
            assert os.waitpid(child, 0)[1] == 0
            assert pid() == before
            connection.close()
        else:
            assert pid() != before
            connection.close()
    """
    subprocess.run([sys.executable, "-W", "error", "-c", textwrap.dedent(code)], check=True, timeout=30)


# -- notifications -----------------------------------------------------------------------------------------------------


async def test_notifications_arrive_when_their_transaction_commits(connection):
    async with connection.listen("orders", 'odd "name"') as notifications:
        async with transaction.atomic():
            await connection.notify("orders", "7")
            transaction.set_rollback(True)
        async with transaction.atomic():
            await connection.notify("orders", "8")
        await connection.notify('odd "name"')
        async with asyncio.timeout(5):
            received = [await anext(notifications) for _ in range(2)]
    assert [(one.channel, one.payload) for one in received] == [("orders", "8"), ('odd "name"', "")]
    assert connection.pool().size == 1  # the listener's connection is none of the pool's


async def test_a_listener_that_lost_its_connection_says_so(connection, base):
    async with connection.listen("orders") as notifications:
        waiting = asyncio.create_task(anext(notifications))
        await asyncio.sleep(0)
        await kill(base, notifications.driver.get_server_pid())
        with pytest.raises(OperationalError, match="that listened on orders"):
            await waiting


async def test_listening_needs_a_channel(connection):
    with pytest.raises(ValueError, match="at least one channel"):
        connection.listen()
    with pytest.raises(ProgrammingError, match="cannot be a name"):
        connection.listen("x" * 64)


async def test_sqlite_has_no_listen():
    connection = make_connection("default", {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"})
    with pytest.raises(NotSupportedError, match="SQLite has no LISTEN"):
        connection.listen("orders")
    with pytest.raises(NotSupportedError, match="SQLite has no NOTIFY"):
        await connection.notify("orders")

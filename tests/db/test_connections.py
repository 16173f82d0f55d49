import asyncio
import subprocess
import sys
import textwrap

import pytest

from manoir import bridge, db
from manoir.conf import settings
from manoir.db import connection, connections, create_test_database, destroy_test_database, transaction
from manoir.exceptions import ImproperlyConfigured, IntegrityError, InterfaceError, ProgrammingError

MEMORY = {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}


def test_the_door_names_what_it_has():
    assert sorted(db.__all__) == db.__all__ or set(db.__all__) == set(dict.fromkeys(db.__all__))
    assert all(hasattr(db, name) for name in db.__all__)
    assert all(hasattr(transaction, name) for name in transaction.__all__)


def test_heavy_libraries_load_when_they_are_needed():
    code = """
        import sys
        from manoir.conf import settings
        settings.configure(SECRET_KEY="x" * 50, DATABASES={"default": {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}})
        import manoir.db.postgresql
        from manoir.db import connection
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        assert "sqlalchemy" not in sys.modules and "asyncpg" not in sys.modules, sorted(sys.modules)
        assert connection.dialect.name == "sqlite"
        assert "sqlalchemy" in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=30)


def test_dialects_compile_for_the_drivers(database):
    from sqlalchemy import Integer, bindparam, select

    assert database.dialect is database.dialect
    text = str(select(bindparam("n", type_=Integer)).compile(dialect=database.dialect))
    assert text == {"sqlite": "SELECT ? AS anon_1", "postgresql": "SELECT $1::INTEGER AS anon_1"}[database.vendor]


def test_an_unknown_alias_names_the_near_one():
    with connections.override({"default": MEMORY, "archive": MEMORY}):
        with pytest.raises(KeyError) as caught:
            connections["archiv"]
        assert "DATABASES has no 'archiv'. Did you mean 'archive'?" in str(caught.value)
        assert isinstance(caught.value, ImproperlyConfigured)
        assert "archive" in connections
        assert set(connections) >= {"default", "archive"}
        assert {one.alias for one in connections.all()} >= {"default", "archive"}


def test_connection_stands_for_the_default_one():
    with connections.override({"default": MEMORY}):
        assert connection == connections["default"]
        assert connection.alias == "default"
        assert hash(connection) == hash(connections["default"])
        assert repr(connection) == "<manoir.db.sqlite._connection.SQLiteConnection alias='default'>"


def test_override_brings_the_former_connection_back():
    with connections.override({"default": MEMORY}):
        outer = connections["default"]
        bridge.wait(outer.execute("CREATE TABLE here (id integer)"))
        with connections.override({"default": MEMORY}):
            assert connections["default"] is not outer
            assert bridge.wait(connection.table_names()) == []
        assert connections["default"] is outer
        assert bridge.wait(connection.table_names()) == ["here"]


async def test_override_of_another_database_leaves_a_transaction_alone(database):
    async with transaction.atomic():
        async with connections.override({"default": MEMORY}):
            assert not connection.in_atomic_block
            await connection.execute("CREATE TABLE here (id integer)")
        assert connection.in_atomic_block
        assert "here" not in await connection.table_names()


# -- watching -----------------------------------------------------------------------------------------------------


async def test_the_log_is_kept_with_debug_only(database):
    await database.fetch("SELECT 1")
    with settings.override(DEBUG=True):
        db.reset_queries()
        await database.fetch("SELECT 2")
        await database.execute("CREATE TABLE log (id integer)")
        await database.execute_many("INSERT INTO log VALUES (1)", [[], []])
        logged = database.queries
    await database.fetch("SELECT 3")
    assert [one["sql"] for one in logged] == [
        "SELECT 2",
        "CREATE TABLE log (id integer)",
        "2 times: INSERT INTO log VALUES (1)",
    ]
    assert all(float(one["time"]) >= 0 for one in logged)
    assert len(database.queries) == 3


async def test_each_request_has_a_log_of_its_own(database):
    async def request(number: int) -> list[str]:
        db.reset_queries()
        await asyncio.sleep(0)
        await database.fetch(f"SELECT {number}")
        return [one["sql"] for one in database.queries]

    with settings.override(DEBUG=True):
        logs = await asyncio.gather(request(1), request(2))
    assert logs == [["SELECT 1"], ["SELECT 2"]]


async def test_observers_see_the_statements_of_their_context(database):
    events = []

    async def elsewhere() -> None:
        await database.fetch("SELECT 'elsewhere'")

    outsider = asyncio.create_task(elsewhere())
    with database.observe(events.append):
        await database.fetch("SELECT 1")
        await asyncio.create_task(elsewhere())
        with pytest.raises(ProgrammingError):
            async with transaction.atomic():
                await database.fetch("SELEC")
        await outsider
    await database.fetch("SELECT 2")
    assert [event.sql for event in events] == ["SELECT 1", "SELECT 'elsewhere'", "SELEC"]
    assert isinstance(events[2].error, ProgrammingError)
    assert events[0].alias == "default"


async def test_wrappers_of_both_colours_wrap_statements(database):
    calls = []

    def in_sync(execute, sql, params, many, context):
        calls.append(("sync", sql, list(params), many, context["connection"] is database))
        return execute(sql.replace("1", "2"), params, many, context)

    async def in_async(execute, sql, params, many, context):
        calls.append(("async", sql))
        return await execute(sql, params, many, context)

    with database.execute_wrapper(in_sync), database.execute_wrapper(in_async):
        rows = await database.fetch("SELECT 1")
    assert rows[0][0] == 2
    assert calls == [("async", "SELECT 1"), ("sync", "SELECT 1", [], False, True)]


def test_a_wrapper_may_refuse_statements(database):
    def blocker(*args):
        raise InterfaceError("No queries here.")

    with (
        database.execute_wrapper(blocker),
        pytest.raises(InterfaceError, match="No queries here"),
        database.cursor() as cursor,
    ):
        cursor.execute("SELECT 1")
    assert database.watched == 0


# -- life ---------------------------------------------------------------------------------------------------------


async def test_closing_is_not_for_ever(committing_database):
    await committing_database.aensure_connection()
    assert await committing_database.ais_usable()
    await connections.aclose_all()
    assert (await committing_database.fetch("SELECT 1"))[0][0] == 1


def test_a_cursor_tells_what_it_is_asked_for(database):
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE item (id integer PRIMARY KEY)")
        with pytest.raises(ProgrammingError, match="no result to fetch"):
            cursor.fetchone()
        cursor.executemany("INSERT INTO item VALUES (%s)", [[n] for n in range(6)])
        assert cursor.rowcount == 6
        cursor.execute("SELECT id FROM item ORDER BY id")
        assert cursor.fetchone() == (0,)
        assert cursor.fetchmany() == [(1,)]
        assert cursor.fetchmany(2) == [(2,), (3,)]
        assert list(cursor) == [(4,), (5,)]
        assert cursor.fetchone() is None
        assert cursor.fetchall() == []
    with pytest.raises(InterfaceError, match="is closed"):
        cursor.execute("SELECT 1")


def test_a_failed_raw_statement_dooms_its_block(database):
    with transaction.atomic():
        with database.cursor() as cursor, pytest.raises(ProgrammingError):
            cursor.execute("SELECT * FROM nowhere")
        assert transaction.get_rollback()


def test_test_databases_are_beside_the_projects_own(vendor, tmp_path):
    from tests import databases

    entry = databases.entry(vendor, databases.session_name("project"))
    if vendor == "sqlite":
        entry["TEST"] = {"NAME": str(tmp_path / "for_tests.sqlite3")}
    with connections.override({"default": entry}):
        made = create_test_database("default", suffix="gw1")
        expected = f"test_{entry['NAME']}_gw1" if vendor == "postgresql" else f"{tmp_path}/for_tests.sqlite3_gw1"
        assert made["NAME"] == expected
        with connections.override({"default": made}):
            bridge.wait(connection.execute("CREATE TABLE here (id integer)"))
        kept = create_test_database("default", suffix="gw1", keep=True)
        with connections.override({"default": kept}):
            assert bridge.wait(connection.table_names()) == ["here"]
        fresh = create_test_database("default", suffix="gw1")
        with connections.override({"default": fresh}):
            assert bridge.wait(connection.table_names()) == []
        destroy_test_database(fresh)
        assert not bridge.wait(connections["default"].database_exists(made["NAME"]))


def test_sqlite_tests_in_memory_unless_told():
    with connections.override({"default": {"ENGINE": "manoir.db.sqlite", "NAME": "never.sqlite3"}}):
        assert create_test_database()["NAME"] == ":memory:"


async def test_a_session_connection_survives_errors_of_a_test(database):
    await database.execute("CREATE TABLE item (id integer PRIMARY KEY)")
    await database.execute("INSERT INTO item VALUES (1)")
    with pytest.raises(IntegrityError):
        await database.execute("INSERT INTO item VALUES (1)")

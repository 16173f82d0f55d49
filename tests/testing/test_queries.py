"""Counted queries and captured commits, whatever code they come from."""

import pytest

from manoir import bridge, mail
from manoir.db import connection, connections, transaction
from manoir.testing import AsyncClient, CaptureQueriesContext, Client, assert_num_queries, capture_on_commit_callbacks
from tests.testing.urls import aadd, add, anames, names

pytestmark = pytest.mark.usefixtures("project", "database")


@pytest.mark.parametrize(("view", "count"), [("async", 1), ("def", 1), ("loop", 1), ("generic", 1), ("stream", 1)])
def test_queries_of_every_kind_of_view_are_counted(view, count):
    with assert_num_queries(count) as queries:
        response = Client().get(f"/{view}/")
        if response.streaming:
            response.getvalue()
    assert queries[0]["sql"].startswith("SELECT name")


async def test_queries_of_async_tests_are_counted():
    with assert_num_queries(4):
        await AsyncClient().post("/def/", {"name": "x"})
        await bridge.to_thread(names)
        await bridge.spawn(names)


def test_failure_lists_the_queries():
    with pytest.raises(AssertionError) as caught, assert_num_queries(1):
        Client().post("/def/", {"name": "x"})
    lines = str(caught.value).splitlines()
    assert lines[0] == "2 queries were sent, where 1 should be. These are:"
    assert lines[1].strip().startswith("1. INSERT INTO note")
    assert lines[2].strip().startswith("2. SELECT name FROM note")


def test_at_most():
    with assert_num_queries(2, exact=False):
        names()
    with (
        pytest.raises(AssertionError, match="2 queries were sent, where at most 1"),
        assert_num_queries(1, exact=False),
    ):
        Client().post("/def/", {"name": "x"})


def test_error_inside_is_not_hidden_by_the_count():
    with pytest.raises(LookupError, match="inside"), assert_num_queries(5):
        raise LookupError("inside")


def test_captured_queries_tell_sql_params_and_time():
    with CaptureQueriesContext(connection) as queries:
        add("x")
    assert len(queries) == 1
    (query,) = queries
    assert query["sql"].startswith("INSERT INTO note")
    assert query["params"] == ["x"]
    assert float(query["time"]) >= 0
    assert queries.captured_queries == list(queries)
    names()
    assert len(queries) == 1


def test_raw_cursor_is_counted():
    with assert_num_queries(1), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM note WHERE name = %s", ["x"])


def test_commit_functions_wait_and_are_collected():
    ran = []
    with capture_on_commit_callbacks() as callbacks:
        with transaction.atomic():
            transaction.on_commit(lambda: ran.append("kept"))
        with transaction.atomic():
            transaction.on_commit(lambda: ran.append("rolled back"))
            transaction.set_rollback(True)
    assert (len(callbacks), ran) == (1, [])
    callbacks[0]()
    assert ran == ["kept"]


def test_executed_functions_may_register_more():
    ran = []

    def first():
        ran.append("first")
        transaction.on_commit(lambda: ran.append("second"))

    with capture_on_commit_callbacks(execute=True) as callbacks:
        transaction.on_commit(first)
    assert (ran, len(callbacks)) == (["first", "second"], 2)


def test_functions_of_before_are_left_alone():
    ran = []
    transaction.on_commit(lambda: ran.append("before"))
    with capture_on_commit_callbacks(execute=True):
        transaction.on_commit(lambda: ran.append("inside"))
    assert ran == ["inside"]


def test_error_in_the_block_executes_nothing():
    ran = []

    def fail():
        transaction.on_commit(lambda: ran.append(1))
        raise LookupError

    with pytest.raises(LookupError), capture_on_commit_callbacks(execute=True) as callbacks:
        fail()
    assert (len(callbacks), ran) == (1, [])


def test_commit_functions_of_a_view_run():
    mail.outbox.clear()
    with capture_on_commit_callbacks(execute=True) as callbacks:
        assert Client().get("/commit/").content == b"ordered"
        assert mail.outbox == []
    assert (len(callbacks), [message.subject for message in mail.outbox]) == (1, ["Receipt"])


def test_async_functions_run_in_sync_blocks():
    with capture_on_commit_callbacks(execute=True):
        transaction.on_commit(lambda: aadd("by a commit"))
    assert names() == ["by a commit"]


async def test_functions_of_both_colours_run_in_async_blocks():
    async def add_more():
        await aadd("async")

    async with capture_on_commit_callbacks(execute=True) as callbacks:
        transaction.on_commit(add_more)
        transaction.on_commit(lambda: add("def"))
        assert await anames() == []
    assert len(callbacks) == 2
    assert await anames() == ["async", "def"]


def test_alias_is_chosen():
    with capture_on_commit_callbacks(using="default") as callbacks:
        transaction.on_commit(lambda: None, using="default")
    assert len(callbacks) == 1
    assert connections["default"].in_atomic_block

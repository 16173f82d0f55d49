"""The central promise: a test and the view it calls share one transaction, whatever the colour of either."""

import asyncio

import pytest

from manoir import bridge
from manoir.db import connections, transaction
from manoir.testing import AsyncClient, Client
from tests.testing.urls import aadd, add, anames, names

VIEWS = ["async", "def", "loop", "generic", "async-generic", "atomic", "durable"]

pytestmark = pytest.mark.usefixtures("project", "database")


@pytest.mark.parametrize("view", VIEWS)
def test_sync_test_and_view_see_each_other(view):
    add("by the test")
    response = Client().post(f"/{view}/", {"name": "by the view"})
    assert response.json() == ["by the test", "by the view"]
    assert names() == ["by the test", "by the view"]


@pytest.mark.parametrize("view", VIEWS)
async def test_async_test_and_view_see_each_other(view):
    await aadd("by the test")
    response = await AsyncClient().post(f"/{view}/", {"name": "by the view"})
    assert response.json() == ["by the test", "by the view"]
    assert await anames() == ["by the test", "by the view"]


@pytest.mark.parametrize("view", VIEWS)
def test_what_the_tests_before_wrote_is_gone(view):
    assert Client().get(f"/{view}/").json() == []


@pytest.mark.parametrize("run", [bridge.spawn, bridge.to_thread])
async def test_sync_client_works_in_sync_code_of_an_async_test(run):
    await aadd("by the test")
    response = await run(lambda: Client().post("/def/", {"name": "by the view"}))
    assert response.json() == ["by the test", "by the view"]


async def test_requests_at_once_share_the_transaction_in_turns():
    client = AsyncClient()
    await asyncio.gather(*(client.post(f"/{view}/", {"name": view}) for view in VIEWS))
    assert await anames() == sorted(VIEWS)


async def test_tasks_of_a_view_share_the_transaction():
    assert (await AsyncClient().get("/gather/")).json() == ["gathered 0", "gathered 1", "gathered 2"]


def test_view_that_fails_in_its_own_block_rolls_back_only_that():
    add("by the test")
    with pytest.raises(LookupError, match="inside its transaction"):
        Client().get("/fails-in-transaction/")
    assert names() == ["by the test"]


def test_atomic_requests_roll_a_failing_view_back():
    entry = connections["default"].settings_dict
    add("by the test")
    entry["ATOMIC_REQUESTS"] = True
    try:
        with pytest.raises(RuntimeError), connections_settings(entry):
            Client().get("/fails/")
    finally:
        entry["ATOMIC_REQUESTS"] = False
    assert names() == ["by the test"]


def connections_settings(entry):
    from manoir.testing import override_settings

    return override_settings(DATABASES={"default": entry})


def test_stream_reads_in_the_transaction():
    add("one")
    add("two")
    response = Client().get("/stream/")
    assert response.streaming
    assert b"".join(response.streaming_content) == b"one\ntwo\n"


async def test_stream_is_read_by_async_test():
    await aadd("one")
    response = await AsyncClient().get("/stream/")
    assert [chunk async for chunk in response.streaming_content] == [b"one\n"]
    assert [chunk async for chunk in (await AsyncClient().get("/sync-stream/"))] == [b"one\n", b"two\n"]


def test_savepoint_of_the_test_takes_back_what_a_view_wrote():
    with transaction.atomic():
        Client().post("/async/", {"name": "by the view"})
        transaction.set_rollback(True)
    assert names() == []

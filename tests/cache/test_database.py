from __future__ import annotations

import pytest

from manoir.bridge import wait
from manoir.cache import BaseCache, caches
from manoir.cache.compliance import CacheCompliance
from manoir.commands import call_command
from manoir.db import DatabaseCache, connections, make_connection, transaction
from manoir.exceptions import ImproperlyConfigured
from tests import databases


@pytest.fixture(scope="module", params=databases.VENDORS)
def committing(request):
    """A database for the whole module, as making one takes a third of a second; tests commit in it."""
    connection = make_connection("default", databases.entry(request.param, databases.session_name("cache")))
    wait(connection.create_database(connection.settings_dict["NAME"]))
    yield connection
    wait(databases.drop(connection))


@pytest.fixture
def table(committing):
    with connections.using("default", committing):
        cache = DatabaseCache("tests_cache")
        cache.create_table()
        cache.clear()
        yield cache


class TestDatabaseCache(CacheCompliance):
    @pytest.fixture
    def cache(self, table: DatabaseCache) -> BaseCache:
        return table


@pytest.mark.parametrize("name", ["", 'a"; DROP TABLE x', "a b", "1a", "a" * 64])
def test_the_name_of_the_table_is_a_name(name):
    """C01"""
    with pytest.raises(ImproperlyConfigured, match="name of its table"):
        DatabaseCache(name)


def test_keys_are_values_and_never_sql(table):
    """C08"""
    hostile = "'); DELETE FROM tests_cache; --"
    table.set_many({"other": 1, hostile.replace(" ", "_"): 2})
    assert table.get("other") == 1


def test_keys_that_do_not_fit_are_refused(table):
    with pytest.raises(ValueError, match="at most 255"), pytest.warns(RuntimeWarning, match="memcached"):
        table.set("x" * 300, 1)


async def test_a_rolled_back_transaction_stores_nothing(table):
    async def fail() -> None:
        async with transaction.atomic():
            await table.aset("key", 1)
            assert await table.aget("key") == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await table.aget("key") is None


def test_a_full_table_is_culled(committing_database):
    cache = DatabaseCache("tests_cache", {"OPTIONS": {"MAX_ENTRIES": 6, "CULL_FREQUENCY": 3}})
    cache.create_table()
    cache.clear()
    for number in range(6):
        cache.set(f"k{number}", number, timeout=100 + number)
    cache.set("new", 1)
    assert sorted(key for key in [*(f"k{n}" for n in range(6)), "new"] if key in cache) == [
        "k2",
        "k3",
        "k4",
        "k5",
        "new",
    ]


async def test_a_number_that_is_stored_while_one_counts_is_counted_with(table):
    """H47: it was not there for the UPDATE, and is there when it is asked why."""

    class SlowCache(DatabaseCache):
        async def fetch(self, sql, values):
            rows = await super().fetch(sql, values)
            if sql.startswith("UPDATE") and not rows:
                await table.aadd("key", 5)
            return rows

    assert await SlowCache(table.location).aincr("key") == 6


async def test_many_keys_are_few_statements(table):
    statements: list[str] = []
    with table.connection.observe(lambda event: statements.append(event.sql)):
        await table.aset_many({f"k{n}": n for n in range(150)})
        first = len(statements)
        assert len(await table.aget_many([f"k{n}" for n in range(150)])) == 150
    assert first <= 3
    assert len(statements) - first == 1


def test_the_command_makes_the_tables(committing_database, settings):
    settings.CACHES = {
        "default": {"BACKEND": "manoir.cache.LocMemCache"},
        "rows": {"BACKEND": "manoir.db.DatabaseCache", "LOCATION": "tests_cache_made"},
    }
    lines: list[str] = []

    class Out:
        def write(self, text: str) -> None:
            lines.append(text)

    call_command("createcachetable", stdout=Out())
    caches["rows"].set("key", 1)
    assert caches["rows"].get("key") == 1
    call_command("createcachetable", stdout=Out())
    assert "was made" in lines[0]
    assert "is there already" in "".join(lines)

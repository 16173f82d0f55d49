from __future__ import annotations

import asyncio
import warnings

import pytest
from tests.services import require_redis

from manoir.cache import BaseCache, RedisCache
from manoir.cache.compliance import CacheCompliance
from manoir.exceptions import ImproperlyConfigured, SuspiciousOperation


@pytest.fixture
def url() -> str:
    return require_redis(database=9)


@pytest.fixture
def cache(url) -> BaseCache:
    cache = RedisCache(url)
    cache.clear()
    return cache


class TestRedisCache(CacheCompliance):
    @pytest.fixture
    def cache(self, url: str) -> BaseCache:
        cache = RedisCache(url)
        cache.clear()
        return cache


def test_no_location_is_refused():
    with pytest.raises(ImproperlyConfigured, match="redis://"):
        RedisCache("")


async def test_several_keys_cost_one_round_trip(cache):
    async def commands() -> int:
        return (await cache.writer.info("stats"))["total_commands_processed"]

    await cache.aset_many({f"k{n}": n for n in range(100)})
    counted: list[int] = []
    for _ in range(20):  # the server counts everybody's commands; somewhere there is a quiet moment
        start = await commands()
        assert await cache.aget_many([f"k{n}" for n in range(100)]) == {f"k{n}": n for n in range(100)}
        counted.append(await commands() - start)
    assert min(counted) == 2  # MGET and INFO itself


async def test_what_somebody_else_wrote_is_an_error_and_never_code(cache):
    """C09"""
    for data in (b"cos\nsystem\n(S'true'\ntR.", b"text", b"12a", b"\x80\x04K\x01."):
        await cache.writer.set(cache.make_key("key"), data)
        with pytest.raises(SuspiciousOperation):
            await cache.aget("key")


async def test_answers_never_cross_when_calls_are_cancelled(cache):
    """C23: a connection whose call was cancelled is not used again."""
    await cache.aset_many({f"k{n}": n for n in range(50)})

    async def read(number: int) -> None:
        for _ in range(20):
            assert await cache.aget(f"k{number}") == number

    async def storm() -> None:
        for _ in range(100):
            task = asyncio.create_task(read(49))
            await asyncio.sleep(0.0005)
            task.cancel()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        await asyncio.gather(storm(), *(read(number) for number in range(20)))


async def test_reading_from_replicas(url, cache):
    spread = RedisCache(f"{url}; {url}")
    await spread.aset("key", 1)
    assert len(spread.clients.get()) == 2
    assert await spread.aget("key") == 1


async def test_more_callers_than_connections_wait(url):
    cache = RedisCache(url, {"OPTIONS": {"max_connections": 2}})
    await cache.aset("key", 0)
    assert sorted(await asyncio.gather(*(cache.aincr("key") for _ in range(200)))) == list(range(1, 201))
    await cache.aclose()


async def test_integers_beyond_64_bits_are_kept_but_not_counted(cache):
    await cache.aset("key", 2**63 - 1)
    with pytest.raises(ValueError, match="64 bits"):
        await cache.aincr("key")
    await cache.aset("key", 2**80)
    assert await cache.aget("key") == 2**80
    with pytest.raises(ValueError, match="64 bits"):
        await cache.aincr("key")


@pytest.mark.parametrize(
    "named", ["redis.BlockingConnectionPool", "redis.asyncio.ConnectionPool", "redis.ConnectionPool"]
)
async def test_another_pool_can_be_named(url, named):
    """Django's documentation names pools of sync code; the one of the same name that awaits is meant."""
    cache = RedisCache(url, {"OPTIONS": {"pool_class": named, "db": "9"}})
    await cache.aset("pool", named)
    assert await cache.aget("pool") == named
    assert type(cache.writer.connection_pool).__name__ == named.rpartition(".")[2]
    assert type(cache.writer.connection_pool).__module__.startswith("redis.asyncio")


def test_what_is_no_pool_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match=r"is a pool of redis\.asyncio.*'collections\.OrderedDict'"):
        RedisCache(url, {"OPTIONS": {"pool_class": "collections.OrderedDict"}}).get("a")


def test_options_that_redis_does_not_know_are_named(url):
    with pytest.raises(ImproperlyConfigured, match=r"go to the connections of redis-py.*'CLIENT_CLASS'"):
        RedisCache(url, {"OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"}}).get("a")

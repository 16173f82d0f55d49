from __future__ import annotations

import threading

import pytest

from manoir.cache import BaseCache, DummyCache, LocMemCache
from manoir.cache.compliance import CacheCompliance


class TestLocMemCache(CacheCompliance):
    @pytest.fixture
    def cache(self) -> BaseCache:
        cache = LocMemCache("compliance")
        cache.clear()
        return cache


class TwoStepCache(LocMemCache):
    """A backend whose store compares nothing by itself."""

    expire_if = BaseCache.expire_if
    remove_if = BaseCache.remove_if


async def test_a_backend_without_steps_of_its_own_for_locks_has_those_of_the_base():
    cache = TwoStepCache("two-steps")
    await cache.aclear()
    await CacheCompliance().test_only_the_holder_of_a_lock_keeps_it_or_gives_it_back(cache)


def test_the_least_recently_used_values_go_first():
    cache = LocMemCache("lru", {"OPTIONS": {"MAX_ENTRIES": 9, "CULL_FREQUENCY": 3}})
    cache.clear()
    for number in range(9):
        cache.set(f"k{number}", number)
    cache.get("k0")
    cache.set("new", 1)
    assert [number for number in range(9) if f"k{number}" in cache] == [0, 4, 5, 6, 7, 8]
    assert "new" in cache


def test_overwriting_a_full_cache_drops_nothing():
    cache = LocMemCache("full", {"OPTIONS": {"MAX_ENTRIES": 2}})
    cache.clear()
    cache.set_many({"a": 1, "b": 2})
    cache.set("a", 3)
    assert cache.get_many(["a", "b"]) == {"a": 3, "b": 2}


def test_a_cull_frequency_of_zero_drops_all():
    cache = LocMemCache("zero", {"OPTIONS": {"MAX_ENTRIES": 3, "CULL_FREQUENCY": 0}})
    cache.clear()
    for number in range(4):
        cache.set(str(number), number)
    assert cache.get_many(map(str, range(4))) == {"3": 3}


def test_locations_share_and_separate():
    LocMemCache("one").clear()
    LocMemCache("one").set("key", 1)
    assert (LocMemCache("one").get("key"), LocMemCache("two").get("key")) == (1, None)


def test_prefixes_and_versions_of_the_settings():
    LocMemCache("prefix").clear()
    plain, prefixed = LocMemCache("prefix"), LocMemCache("prefix", {"KEY_PREFIX": "p", "VERSION": 2})
    prefixed.set("key", 1)
    assert (plain.get("key"), prefixed.get("key"), prefixed.make_key("key")) == (None, 1, "p:2:key")


def test_threads_count_without_loss():
    cache = LocMemCache("threads")
    cache.set("key", 0)

    def count() -> None:
        for _ in range(50):
            cache.incr("key")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.get("key") == 200


def test_the_dummy_keeps_nothing():
    cache = DummyCache()
    cache.set("key", 1)
    assert (cache.get("key"), cache.add("key", 1), cache.add("key", 1), cache.delete("key")) == (
        None,
        True,
        True,
        False,
    )
    assert (cache.get_or_set("key", lambda: 5), cache.set_many({"a": 1}), cache.get_many(["a"])) == (5, [], {})
    assert (cache.touch("key"), "key" in cache) == (False, False)
    cache.clear()
    with pytest.raises(ValueError):
        cache.incr("key")
    with pytest.raises(TypeError):
        cache.set("key", object())

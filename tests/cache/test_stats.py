"""How often caches help: in this process, and in all."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.services import require_redis

from manoir.cache import BaseCache, CacheStats, FileBasedCache, LocMemCache, RedisCache, _base


@pytest.fixture(params=["file", "redis"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[type[BaseCache], str]:
    kind, location = (RedisCache, require_redis(10)) if request.param == "redis" else (FileBasedCache, str(tmp_path))
    kind(location).clear()
    return kind, location


def look(cache: BaseCache, hits: int, misses: int) -> None:
    cache.set("there", 1)
    for _ in range(hits):
        cache.get("there")
    for _ in range(misses):
        cache.get("absent")


def test_hits_and_misses_of_one_process() -> None:
    cache = LocMemCache("counted")
    assert cache.stats.hit_ratio is None
    look(cache, 1, 1)
    cache.get_many(["there", "absent", "another"])
    assert (cache.stats.hits, cache.stats.misses, cache.stats.hit_ratio) == (2, 3, 0.4)
    assert cache.shared_stats() == CacheStats(2, 3)


def test_a_value_made_once_counts_as_one_miss() -> None:
    cache = LocMemCache("counted-flight")
    assert cache.get_or_set("key", 8, 60, stale=5) == 8
    assert cache.get_or_set("key", 9, 60, stale=5) == 8
    assert cache.stats.hits == 1


def test_two_caches_of_one_place_add_up(location: tuple[type[BaseCache], str]) -> None:
    kind, place = location
    first, second = kind(place), kind(place)
    look(first, 3, 1)
    look(second, 1, 0)
    assert first.shared_stats() == CacheStats(3, 1)
    assert second.shared_stats() == CacheStats(4, 1)
    assert first.shared_stats() == CacheStats(4, 1)
    assert first.stats == CacheStats(3, 1)


def test_emptying_the_cache_starts_the_sums_anew(location: tuple[type[BaseCache], str]) -> None:
    kind, place = location
    cache = kind(place)
    look(cache, 3, 1)
    cache.shared_stats()
    cache.clear()
    look(cache, 1, 0)
    assert cache.shared_stats() == CacheStats(1, 0)


def test_counts_are_added_to_the_sums_now_and_then(
    location: tuple[type[BaseCache], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "SHARE_EVERY", 4)
    kind, place = location
    look(kind(place), 3, 2)
    assert kind(place).shared_stats() == CacheStats(3, 1)


def test_processes_add_up() -> None:
    url = require_redis(10)
    RedisCache(url).clear()
    program = textwrap.dedent(f"""
        from manoir.cache import RedisCache

        cache = RedisCache({url!r})
        for _ in range(1_000):
            cache.get("absent")
    """)
    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert RedisCache(url).shared_stats() == CacheStats(0, 2_000)

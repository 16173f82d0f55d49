from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap

import pytest
from tests.services import require_redis

from manoir.cache import BaseCache, FileBasedCache, LocMemCache, RedisCache, _single_flight


@pytest.fixture(params=["memory", "file", "redis"])
def cache(request, tmp_path) -> BaseCache:
    if request.param == "redis":
        cache: BaseCache = RedisCache(require_redis(10))
    elif request.param == "file":
        cache = FileBasedCache(tmp_path)
    else:
        cache = LocMemCache("flight")
    cache.clear()
    return cache


async def test_a_dead_process_holds_up_others_for_one_lease_only(cache, monkeypatch):
    monkeypatch.setattr(_single_flight, "LEASE_SECONDS", 0.2)
    finished = cache.make_key("key")
    await cache.write_new(_single_flight.lock_key(finished), b"\xa3who", 0.2)
    assert await asyncio.wait_for(cache.aget_or_set("key", "mine", 60, stale=0), 30) == "mine"


class UnhurriedCache(LocMemCache):
    """Finishes what it began before it lets itself be cancelled."""

    renewing: asyncio.Event

    async def expire_if(self, key, data, seconds):
        self.renewing.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.1)
            raise
        return True


async def test_a_maker_that_is_cancelled_while_its_lock_is_let_go_is_cancelled(monkeypatch):
    monkeypatch.setattr(_single_flight, "LEASE_SECONDS", 0.01)
    cache, made = UnhurriedCache("unhurried"), asyncio.Event()
    await cache.aclear()
    cache.renewing = asyncio.Event()

    async def make():
        await cache.renewing.wait()
        made.set()
        return "value"

    maker = asyncio.create_task(cache.aget_or_set("key", make, 60, stale=0))
    await made.wait()
    await asyncio.sleep(0)
    maker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(maker, 30)
    assert await cache.aget("key") is None


def test_in_sync_code(cache):
    assert cache.get_or_set("key", lambda: cache.get("none", 7), 60, stale=5) == 7
    assert cache.get_or_set("key", 8, 60, stale=5) == 7
    assert cache.get_or_set("plain", lambda: cache.get("none", 9)) == 9


def test_processes_wait_for_each_other(tmp_path):
    url = require_redis(10)
    RedisCache(url).clear()
    program = textwrap.dedent(f"""
        import asyncio, pathlib, uuid
        from manoir.bridge import run
        from manoir.cache import RedisCache

        cache = RedisCache({url!r})

        async def expensive():
            pathlib.Path({str(tmp_path)!r}, uuid.uuid4().hex).touch()
            await asyncio.sleep(0.5)
            return 42

        async def main():
            found = await asyncio.gather(*(cache.aget_or_set("key", expensive, 60, stale=30) for _ in range(250)))
            assert set(found) == {{42}}

        run(main())
    """)
    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert len(list(tmp_path.iterdir())) == 1

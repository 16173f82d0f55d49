"""The tests that every cache backend passes.

Subclass it in your tests and give it a cache:

    from manoir.cache.compliance import CacheCompliance

    class TestMyCache(CacheCompliance):
        @pytest.fixture
        def cache(self):
            return MyCache("location", {})

The cache must be empty at the start of each test and keep values at least for the time of one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from manoir.cache import _single_flight
from manoir.cache._base import BaseCache
from manoir.exceptions import SuspiciousOperation

VALUES: list[Any] = [
    None, True, False, 0, -1, 2**63, 2**64, -(2**70), 10**300, 0.5, float("inf"), "", "text", "ü\x00\U0001f600", b"", b"\xff",
    [], [1, "a", [None]], (), (1, (2,)), {}, {"a": {"b": [1]}}, {1: "a", (1, 2): "b", None: 3}, set(), {1, 2}, frozenset({"a"}),
    Decimal("1.10"), Decimal("-Infinity"), dt.date(2026, 11, 22), dt.time(1, 2, 3, 4), dt.time(1, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 22, 1, 2, 3, 4),  # noqa: DTZ001 - naive ones are values too
    dt.datetime(2026, 11, 22, tzinfo=dt.UTC), dt.timedelta(days=-1, microseconds=1),
    dt.datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1), UUID(int=7), Markup("<b>"),
    [(1, {2: {Decimal(3): dt.date(2026, 1, 1)}})],
]  # fmt: skip
"""One value of every kind a cache holds, and some that are easy to get wrong."""


class CacheCompliance:
    """What every cache does, whatever it stores its values in."""

    shortest_seconds: ClassVar[float] = 0.05
    """The shortest time to live that the backend keeps to; where it counts whole seconds, 1."""

    @pytest.fixture
    def cache(self) -> BaseCache:
        """Return an empty cache; subclasses do."""
        raise NotImplementedError("Define the fixture `cache` in your subclass of CacheCompliance.")

    async def test_look_ups_are_counted_and_added_up(self, cache: BaseCache) -> None:
        """Hits and misses of this process, and the sums of all processes."""
        own, before = (cache.stats.hits, cache.stats.misses), await cache.ashared_stats()
        await cache.aget("absent")
        await cache.aget_many(["absent", "another"])
        assert cache.stats.hits == own[0]
        assert cache.stats.misses == own[1] + 3
        after = await cache.ashared_stats()
        assert (after.hits - before.hits, after.misses - before.misses) == (0, 3)

    @pytest.mark.parametrize(
        "value", VALUES, ids=[f"{type(value).__name__}{place}" for place, value in enumerate(VALUES)]
    )
    async def test_values_come_back_with_their_type(self, cache: BaseCache, value: Any) -> None:
        """Nothing becomes a similar type."""
        await cache.aset("key", value)
        found = await cache.aget("key", "missing")
        assert (type(found), found) == (type(value), value)
        if isinstance(value, dt.datetime):
            assert (found.utcoffset(), found.fold, str(found.tzinfo)) == (
                value.utcoffset(),
                value.fold,
                str(value.tzinfo),
            )

    async def test_changing_a_value_changes_nobody_elses(self, cache: BaseCache) -> None:
        """What is stored and what is read are copies."""
        value = {"list": [1]}
        await cache.aset("key", value)
        value["list"].append(2)
        (await cache.aget("key"))["list"].append(3)
        assert await cache.aget("key") == {"list": [1]}

    async def test_what_cannot_be_stored_is_refused_and_stores_nothing(self, cache: BaseCache) -> None:
        """The error names the place."""
        with pytest.raises(TypeError, match=r"builtins\.object \(at value\['a'\]\[1\]\)"):
            await cache.aset("key", {"a": [1, object()]})
        with pytest.raises(TypeError):
            await cache.aset_many({"fine": 1, "key": object()})
        assert await cache.aget_many(["fine", "key"]) == {}

    async def test_missing_keys_give_the_default(self, cache: BaseCache) -> None:
        """A stored None is no missing key."""
        assert await cache.aget("missing") is None
        assert await cache.aget("missing", 7) == 7
        await cache.aset("none", None)
        assert await cache.aget("none", 7) is None
        assert await cache.ahas_key("none") is True
        assert await cache.ahas_key("missing") is False

    async def test_add_stores_only_what_is_not_there(self, cache: BaseCache) -> None:
        """The first one wins."""
        assert await cache.aadd("key", 1) is True
        assert await cache.aadd("key", 2) is False
        assert await cache.aget("key") == 1

    async def test_of_many_adds_at_once_one_wins(self, cache: BaseCache) -> None:
        """It is one step."""
        results = await asyncio.gather(*(cache.aadd("key", number) for number in range(20)))
        assert results.count(True) == 1
        assert await cache.aget("key") == results.index(True)

    async def test_get_or_set(self, cache: BaseCache) -> None:
        """Values, functions and coroutine functions make the default, only when it is needed."""
        calls: list[str] = []

        def make() -> str:
            calls.append("made")
            return "value"

        async def amake() -> str:
            return make()

        assert await cache.aget_or_set("plain", 1) == 1
        assert await cache.aget_or_set("plain", 2) == 1
        assert await cache.aget_or_set("function", make) == "value"
        assert await cache.aget_or_set("function", make) == "value"
        assert await cache.aget_or_set("coroutine", amake) == "value"
        assert await cache.aget_or_set("none", lambda: None) is None
        assert await cache.aget_or_set("none", make) is None
        assert calls == ["made", "made"]

    async def test_delete(self, cache: BaseCache) -> None:
        """It tells whether there was something."""
        await cache.aset("key", 1)
        assert await cache.adelete("key") is True
        assert await cache.adelete("key") is False
        assert await cache.aget("key") is None

    async def test_many_at_once(self, cache: BaseCache) -> None:
        """Absent keys are left out."""
        assert await cache.aset_many({"a": 1, "b": 2, "c": 3}) == []
        assert await cache.aget_many(["a", "b", "missing"]) == {"a": 1, "b": 2}
        await cache.adelete_many(["a", "b", "missing"])
        assert await cache.aget_many(["a", "b", "c"]) == {"c": 3}
        assert await cache.aset_many({}) == []
        assert await cache.aget_many([]) == {}
        await cache.adelete_many([])

    async def test_clear(self, cache: BaseCache) -> None:
        """Every version goes."""
        await cache.aset("key", 1)
        await cache.aset("key", 1, version=2)
        await cache.aclear()
        assert await cache.aget("key") is None
        assert await cache.aget("key", version=2) is None

    async def test_values_expire(self, cache: BaseCache) -> None:
        """Whatever method looks."""
        await cache.aset("short", 1, timeout=self.shortest_seconds)
        await cache.aset("long", 1, timeout=100)
        await cache.aset("for ever".replace(" ", "_"), 1, timeout=None)
        await asyncio.sleep(self.shortest_seconds * 1.2)
        assert await cache.aget_many(["short", "long", "for_ever"]) == {"long": 1, "for_ever": 1}
        assert await cache.ahas_key("short") is False
        assert await cache.atouch("short", 100) is False
        assert await cache.adelete("short") is False
        assert await cache.aadd("short", 2) is True

    async def test_replacing(self, cache: BaseCache) -> None:
        """Only what is there is replaced, with a new time to live."""
        assert await cache.areplace("key", 1) is False
        assert await cache.aget("key") is None
        await cache.aset("key", 1, timeout=100)
        assert await cache.areplace("key", {"a": "new"}, timeout=None) is True
        assert await cache.aget("key") == {"a": "new"}
        await cache.aset("short", 1, timeout=self.shortest_seconds)
        await asyncio.sleep(self.shortest_seconds * 1.2)
        assert await cache.areplace("short", 2) is False
        assert await cache.areplace("key", 3, timeout=0) is True
        assert await cache.aget_many(["key", "short"]) == {}

    async def test_what_was_deleted_does_not_come_back_by_replacing(self, cache: BaseCache) -> None:
        """H47: however deletions and replacements meet."""
        for round_ in range(5):
            await cache.aset("key", round_)
            await asyncio.gather(
                *(cache.areplace("key", number) for number in range(5)),
                cache.adelete("key"),
                *(cache.areplace("key", number) for number in range(5)),
            )
            assert await cache.aget("key") is None

    @pytest.mark.parametrize("timeout", [0, -1])
    async def test_without_time_to_live_nothing_is_kept(self, cache: BaseCache, timeout: int) -> None:
        """An older value goes too."""
        await cache.aset_many({"key": 1, "touched": 1})
        await cache.aset("key", 2, timeout=timeout)
        assert await cache.atouch("touched", timeout) is True
        await cache.aset_many({"several": 1}, timeout=timeout)
        await cache.aadd("added", 1, timeout=timeout)
        assert await cache.aget_many(["key", "touched", "several", "added"]) == {}

    async def in_time(self, step: Callable[[float], Awaitable[bool]]) -> float:
        """Do a step with what lives for a short time, and with what lives longer if a busy machine let that pass.

        Returns:
            The time to live with which the step went well, in seconds.
        """
        for factor in (2, 6, 20, 60, 200):
            if await step(self.shortest_seconds * factor):
                return self.shortest_seconds * factor
        raise AssertionError("It did not go well, however long the value was to live.")

    async def test_touch(self, cache: BaseCache) -> None:
        """A value gets a new time to live, longer or shorter than before."""

        async def keep(seconds: float) -> bool:
            await cache.aset("kept", 1, timeout=seconds)
            return await cache.atouch("kept", 100)

        soon = await self.in_time(keep)
        await cache.aset("dropped", 1, timeout=100)
        assert await cache.atouch("dropped", soon) is True
        assert await cache.atouch("missing", 100) is False
        await asyncio.sleep(soon * 1.1)
        assert await cache.aget_many(["kept", "dropped"]) == {"kept": 1}

    async def test_counting(self, cache: BaseCache) -> None:
        """By any step, in both directions."""
        await cache.aset("key", 10)
        assert await cache.aincr("key") == 11
        assert await cache.aincr("key", 5) == 16
        assert await cache.adecr("key") == 15
        assert await cache.adecr("key", 20) == -5
        assert await cache.aget("key") == -5

    async def test_counting_needs_a_number(self, cache: BaseCache) -> None:
        """A missing key, and one that is no integer, are errors."""
        await cache.aset("text", "a")
        for key in ("missing", "text"):
            with pytest.raises(ValueError, match="count with"):
                await cache.aincr(key)
            with pytest.raises(ValueError, match="count with"):
                await cache.adecr(key)

    async def test_counting_at_once_loses_nothing(self, cache: BaseCache) -> None:
        """It is one step."""
        await cache.aset("key", 0)
        assert sorted(await asyncio.gather(*(cache.aincr("key") for _ in range(50)))) == list(range(1, 51))

    async def test_counting_keeps_the_time_to_live(self, cache: BaseCache) -> None:
        """A counter of a moment is gone after it."""

        async def count(seconds: float) -> bool:
            await cache.aset("key", 1, timeout=seconds)
            try:
                return await cache.aincr("key") == 2
            except ValueError:
                return False

        soon = await self.in_time(count)
        await asyncio.sleep(soon * 1.1)
        assert await cache.aget("key") is None

    async def test_versions_are_apart(self, cache: BaseCache) -> None:
        """And values move between them."""
        await cache.aset("key", "one")
        await cache.aset("key", "two", version=2)
        assert await cache.aget("key") == "one"
        assert await cache.aget_many(["key"], version=2) == {"key": "two"}
        assert await cache.aincr_version("key", delta=4, version=2) == 6
        assert await cache.aget("key", version=2) is None
        assert await cache.aget("key", version=6) == "two"
        assert await cache.adecr_version("key", delta=1, version=6) == 5
        assert await cache.aget("key", version=5) == "two"
        with pytest.raises(ValueError, match="no key 'missing' in version 1"):
            await cache.aincr_version("missing")

    async def test_a_thousand_concurrent_misses_compute_once(self, cache: BaseCache) -> None:
        """The others wait for the one that does."""
        calls: list[int] = []

        async def expensive() -> str:
            calls.append(1)
            await asyncio.sleep(0.05)
            return "value"

        found = await asyncio.gather(*(cache.aget_or_set("key", expensive, 60, stale=30) for _ in range(1_000)))
        assert set(found) == {"value"}
        assert len(calls) == 1

    async def test_while_the_next_value_is_made_others_get_the_old_one(self, cache: BaseCache) -> None:
        """That is what `stale` allows."""
        started, finish = asyncio.Event(), asyncio.Event()

        async def slow() -> str:
            started.set()
            await finish.wait()
            return "new"

        assert await cache.aget_or_set("key", "old", self.shortest_seconds, stale=60) == "old"
        await asyncio.sleep(self.shortest_seconds * 1.2)
        maker = asyncio.create_task(cache.aget_or_set("key", slow, 60, stale=60))
        await started.wait()
        assert await cache.aget_or_set("key", "other", 60, stale=60) == "old"
        assert await cache.aget("key") == "old"
        finish.set()
        assert await maker == "new"
        assert await cache.aget_or_set("key", "other", 60, stale=60) == "new"

    async def test_when_making_fails_the_next_caller_makes_it(self, cache: BaseCache) -> None:
        """An error reaches its own caller alone."""
        attempts: list[int] = []

        async def failing_once() -> str:
            attempts.append(1)
            await asyncio.sleep(0.01)
            if len(attempts) == 1:
                raise RuntimeError("the first attempt")
            return "value"

        outcomes = await asyncio.gather(
            *(cache.aget_or_set("key", failing_once, 60, stale=0) for _ in range(5)), return_exceptions=True
        )
        assert sorted(map(str, outcomes)) == ["the first attempt", "value", "value", "value", "value"]

    async def test_a_cancelled_maker_hands_over(self, cache: BaseCache) -> None:
        """Whoever waits goes on."""
        started = asyncio.Event()

        async def slow() -> str:
            started.set()
            await asyncio.sleep(600)
            return "never"

        maker = asyncio.create_task(cache.aget_or_set("key", slow, 60, stale=0))
        await started.wait()
        waiter = asyncio.create_task(cache.aget_or_set("key", "mine", 60, stale=0))
        await asyncio.sleep(0.05)  # it waits by then, or comes a little later
        maker.cancel()
        assert await asyncio.wait_for(waiter, 30) == "mine"
        with pytest.raises(asyncio.CancelledError):
            await maker

    async def test_only_the_holder_of_a_lock_keeps_it_or_gives_it_back(self, cache: BaseCache) -> None:
        """The bytes say whose it is."""
        assert await cache.expire_if("lock", b"\xa4mine", 100) is False
        assert await cache.remove_if("lock", b"\xa4mine") is False

        async def keep(seconds: float) -> bool:
            await cache.remove_if("kept", b"\xa4mine")
            assert await cache.write_new("kept", b"\xa4mine", seconds) is True
            return await cache.expire_if("kept", b"\xa4mine", 100)

        soon = await self.in_time(keep)
        assert await cache.write_new("let_go", b"\xa4mine", soon) is True
        assert await cache.expire_if("let_go", b"\xa6theirs", 100) is False
        assert await cache.remove_if("kept", b"\xa6theirs") is False
        await asyncio.sleep(soon * 1.1)
        assert await cache.read(["kept", "let_go"]) == {"kept": b"\xa4mine"}
        assert await cache.remove_if("kept", b"\xa4mine") is True
        assert await cache.read(["kept"]) == {}

    async def test_of_many_who_give_a_lock_back_one_does(self, cache: BaseCache) -> None:
        """It is one step."""
        await cache.write_new("lock", b"\xa4mine", 100)
        given = await asyncio.gather(*(cache.remove_if("lock", b"\xa4mine") for _ in range(10)))
        assert given.count(True) == 1

    async def test_a_maker_that_lost_its_lock_leaves_the_next_one_alone(
        self, cache: BaseCache, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """H47: it neither keeps nor gives back the lock of another one, nor stores an older value beside it."""
        lease = self.shortest_seconds * 6
        monkeypatch.setattr(_single_flight, "LEASE_SECONDS", lease)
        started, finish = asyncio.Event(), asyncio.Event()

        async def slow() -> str:
            started.set()
            await finish.wait()
            return "old"

        lock, theirs = _single_flight.lock_key(cache.make_key("key")), b"\xa6theirs"
        maker = asyncio.create_task(cache.aget_or_set("key", slow, 60, stale=60))
        await started.wait()
        await cache.write({lock: theirs}, lease)
        await asyncio.sleep(lease * 1.1)
        assert await cache.read([lock]) == {}
        await cache.write({lock: theirs}, 100)
        finish.set()
        assert await maker == "old"
        assert await cache.read([lock]) == {lock: theirs}
        assert await cache.aget("key") is None

    async def test_values_of_other_names_stand_in_nobodys_way(self, cache: BaseCache) -> None:
        """H41: where a visitor chooses part of a name, no choice is the lock of another name, or makes it look fresh."""
        for derived in (_single_flight.lock_key, _single_flight.fresh_key):
            for end in (derived(""), derived("key")):
                await cache.aset(f"key{end}", 1, 100)
                await cache.aset(f"key:{end.strip(':')}", 1, 100)
                await cache.aset(end, 1, 100)
        for name in ("key:lock", "key:fresh"):
            await cache.aset(name, 1, 100)
        await cache.aset("key", "old", 100)  # with no mark that it is fresh
        assert await asyncio.wait_for(cache.aget_or_set("key", lambda: "made", 60, stale=60), 30) == "made"

    async def test_a_function_that_asks_for_its_own_key_is_told_so(self, cache: BaseCache) -> None:
        """Instead of waiting for itself."""

        async def itself() -> str:
            return await cache.aget_or_set("key", "inner", 60, stale=0)

        with pytest.raises(RuntimeError, match="would wait for itself"):
            await cache.aget_or_set("key", itself, 60, stale=0)
        assert await cache.aget_or_set("key", "next", 60, stale=0) == "next"

    async def test_hostile_bytes_are_an_error_and_never_code(self, cache: BaseCache) -> None:
        """A pickle, an unknown extension, nonsense."""
        key = cache.make_key("key")
        for data in (b"cos\nsystem\n(S'true'\ntR.", b"\xc7\x01\x63a", b"\xc1", b"", b"\x81" * 10_000, b"\xd4\x02x"):
            await cache.write({key: data}, 100)
            with pytest.raises(SuspiciousOperation, match="not written by this application"):
                await cache.aget("key")

    async def test_closing_is_not_the_end(self, cache: BaseCache) -> None:
        """A closed cache opens again."""
        await cache.aset("key", 1)
        await cache.aclose()
        assert await cache.aget("key") == 1

    def test_the_sync_twins(self, cache: BaseCache) -> None:
        """Every method works in sync code."""
        cache.set("key", 1)
        assert (cache.get("key"), cache.add("key", 2), cache.has_key("key"), "key" in cache) == (1, False, True, True)
        assert (cache.incr("key"), cache.decr("key"), cache.touch("key", 100)) == (2, 1, True)
        assert (cache.set_many({"a": 1}), cache.get_many(["a", "key"])) == ([], {"a": 1, "key": 1})
        assert (cache.get_or_set("b", lambda: 3), cache.incr_version("b"), cache.decr_version("b", version=2)) == (
            3,
            2,
            1,
        )
        assert cache.delete("key") is True
        cache.delete_many(["a"])
        assert cache.get_many(["a", "b", "key"]) == {"b": 3}
        cache.clear()
        cache.close()
        assert cache.get("b") is None

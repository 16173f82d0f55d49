"""What every cache offers, in both colours, on top of the eight steps that a backend defines.

A backend stores bytes under finished keys. Everything else (keys, versions, timeouts, values, the documented methods)
is here, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from manoir.bridge import blocking
from manoir.cache._keys import key_function, warn_about
from manoir.cache._single_flight import MISSING, made, single_flight
from manoir.cache._stats import SHARE_EVERY, STATS_KEYS, CacheStats
from manoir.cache._values import pack, unpack


class Default:
    """The argument `timeout` was left out: the cache's own TIMEOUT holds."""


DEFAULT_TIMEOUT: Final = Default()
DEFAULT_SECONDS: Final = 300


class BaseCache:
    """A cache. Every method that waits has two names: `get` for sync code, `aget` for coroutines.

    A backend subclasses it and defines `read`, `write`, `write_new`, `write_existing`, `remove`, `expire`, `add_to` and
    `remove_all`, and where its store can, `expire_if` and `remove_if` as one step each; the suite in
    `manoir.cache.compliance` says whether it did it right.

    Args:
        location: LOCATION of the setting: an address, a folder, a name.
        params: the other members of an entry of CACHES: TIMEOUT, KEY_PREFIX, VERSION, KEY_FUNCTION, OPTIONS.

    Attributes:
        stats: hits and misses of this process since it started; `ashared_stats()` has those of all processes.
        is_shared: whether other processes see what is stored here.
    """

    is_shared: bool = True

    def __init__(self, location: Any = "", params: Mapping[str, Any] | None = None) -> None:
        params = params or {}
        options = params.get("OPTIONS", {})
        timeout = params.get("TIMEOUT", DEFAULT_SECONDS)
        self.location = location
        self.options: Mapping[str, Any] = options
        self.default_timeout: float | None = None if timeout is None else float(timeout)
        self.stats = CacheStats()
        self._shared = CacheStats()  # the part of `stats` that is in the sums of all processes
        self.key_prefix: str = params.get("KEY_PREFIX", "")
        self.version: int = params.get("VERSION", 1)
        self.key_func = key_function(params.get("KEY_FUNCTION"))
        self._max_entries = int(options.get("MAX_ENTRIES", params.get("MAX_ENTRIES", 300)))
        self._cull_frequency = int(options.get("CULL_FREQUENCY", params.get("CULL_FREQUENCY", 3)))

    # -- the eight steps of a backend -----------------------------------------------------------------------------

    async def read(self, keys: list[str]) -> dict[str, bytes]:
        """Return what is stored under `keys` and has not expired; absent keys are left out."""
        raise TypeError(f"{type(self).__name__} does not define read().")

    async def write(self, items: Mapping[str, bytes], seconds: float | None) -> list[str]:
        """Store all items for `seconds` (None: for ever) and return the keys that could not be stored."""
        raise TypeError(f"{type(self).__name__} does not define write().")

    async def write_new(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Store an item unless the key has one, in one step; tell whether it was stored."""
        raise TypeError(f"{type(self).__name__} does not define write_new().")

    async def write_existing(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Store an item if the key has a live one, in one step; tell whether it was stored."""
        raise TypeError(f"{type(self).__name__} does not define write_existing().")

    async def remove(self, keys: list[str]) -> int:
        """Remove items and return how many there were."""
        raise TypeError(f"{type(self).__name__} does not define remove().")

    async def expire(self, key: str, seconds: float | None) -> bool:
        """Let an item live for `seconds` (None: for ever) from now on; tell whether there was one."""
        raise TypeError(f"{type(self).__name__} does not define expire().")

    async def add_to(self, key: str, delta: int) -> int | None:
        """Add to a stored integer in one step, keep its expiry, and return the sum; None when there is no such key."""
        raise TypeError(f"{type(self).__name__} does not define add_to().")

    async def remove_all(self) -> None:
        """Remove everything in this location."""
        raise TypeError(f"{type(self).__name__} does not define remove_all().")

    async def expire_if(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Let an item live on, as `expire` does, if it is `data`; tell whether it was. Here two steps, where possible one."""
        return (await self.read([key])).get(key) == data and await self.expire(key, seconds)

    async def remove_if(self, key: str, data: bytes) -> bool:
        """Remove an item if it is `data`; tell whether it was. Here two steps, where possible one."""
        return (await self.read([key])).get(key) == data and bool(await self.remove([key]))

    # -- keys and timeouts ----------------------------------------------------------------------------------------

    def make_key(self, key: str, version: int | None = None) -> str:
        """Return the finished key of a name: with prefix and version."""
        return self.key_func(key, self.key_prefix, self.version if version is None else version)

    def validate_key(self, key: str) -> None:
        """Warn about a key that memcached would refuse (CacheKeyWarning); backends may refuse it."""
        warn_about(key)

    def make_and_validate_key(self, key: str, version: int | None = None) -> str:
        """Return the finished key of a name after a look at it."""
        finished = self.make_key(str(key), version)
        self.validate_key(finished)
        return finished

    def seconds(self, timeout: float | Default | None) -> float | None:
        """Return for how long a value lives; 0 and less means that it is not kept.

        Raises:
            TypeError: it is no number.
        """
        if timeout is None or isinstance(timeout, (int, float)):
            return timeout
        if isinstance(timeout, Default):
            return self.default_timeout
        hint = " Write timeout.total_seconds()." if isinstance(timeout, timedelta) else ""
        raise TypeError(
            f"The timeout of a cached value is a number of seconds, or None for ever, not {timeout!r}.{hint}"
        )

    # -- one value ------------------------------------------------------------------------------------------------

    async def aget(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the value stored under `key`, or `default`.

        Args:
            key: the name of the value.
            default: what to return when there is none, or it has expired.
            version: version of the key; None is the cache's VERSION.
        """
        finished = self.make_and_validate_key(key, version)
        found = await self.read([finished])
        if self.count(len(found), 1):
            await self.ashared_stats()
        return unpack(found[finished], finished) if finished in found else default

    get = blocking(aget)

    async def aset(
        self, key: str, value: Any, timeout: float | Default | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Store a value.

        Args:
            key: the name of the value.
            value: None, bool, numbers, text, bytes, dates, UUIDs, and lists, tuples, dicts and sets of them.
            timeout: seconds it lives; None is for ever, 0 is not at all; left out, the cache's TIMEOUT.
            version: version of the key; None is the cache's VERSION.

        Raises:
            TypeError: the value cannot be stored.
        """
        finished, data, seconds = self.make_and_validate_key(key, version), pack(value), self.seconds(timeout)
        if seconds is not None and seconds <= 0:
            await self.remove([finished])
        else:
            await self.write({finished: data}, seconds)

    set = blocking(aset)

    async def aadd(
        self, key: str, value: Any, timeout: float | Default | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store a value unless the key has one already; tell whether it was stored."""
        finished, data, seconds = self.make_and_validate_key(key, version), pack(value), self.seconds(timeout)
        if seconds is not None and seconds <= 0:
            return finished not in await self.read([finished])
        return await self.write_new(finished, data, seconds)

    add = blocking(aadd)

    async def areplace(
        self, key: str, value: Any, timeout: float | Default | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store a value only if the key has one, in one step; tell whether it was stored.

        What another process deletes meanwhile does not come back by it.
        """
        finished, data, seconds = self.make_and_validate_key(key, version), pack(value), self.seconds(timeout)
        if seconds is not None and seconds <= 0:
            return bool(await self.remove([finished]))
        return await self.write_existing(finished, data, seconds)

    replace = blocking(areplace)

    async def aget_or_set(
        self,
        key: str,
        default: Any,
        timeout: float | Default | None = DEFAULT_TIMEOUT,
        version: int | None = None,
        *,
        stale: float | None = None,
    ) -> Any:
        """Return the stored value; when there is none, store `default` and return it.

        Args:
            key: the name of the value.
            default: a value, or a function (`def` or `async def`) that makes it when it is needed.
            timeout: seconds it lives, as in `aset`.
            version: version of the key.
            stale: seconds for which the value may still be given out after `timeout`, while one caller makes the next
                one. With it (0 will do), `default` is called once at a time, however many callers, threads and
                processes miss the value: the others wait, or get the old one. None calls it for every miss.

        Raises:
            RuntimeError: with `stale`, when `default` asks for the same key, and so would wait for itself.
        """
        if stale is not None:
            return await single_flight(self, key, default, self.seconds(timeout), version, stale)
        found = await self.aget(key, MISSING, version)
        if found is not MISSING:
            return found
        value = await made(default)
        await self.aadd(key, value, timeout, version)
        # Somebody else may have stored another value meanwhile: then everybody gets that one.
        return await self.aget(key, value, version)

    get_or_set = blocking(aget_or_set)

    async def atouch(
        self, key: str, timeout: float | Default | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Give a stored value a new time to live; tell whether there was one."""
        finished, seconds = self.make_and_validate_key(key, version), self.seconds(timeout)
        if seconds is not None and seconds <= 0:
            return bool(await self.remove([finished]))
        return await self.expire(finished, seconds)

    touch = blocking(atouch)

    async def adelete(self, key: str, version: int | None = None) -> bool:
        """Remove a value; tell whether there was one."""
        return bool(await self.remove([self.make_and_validate_key(key, version)]))

    delete = blocking(adelete)

    async def ahas_key(self, key: str, version: int | None = None) -> bool:
        """Tell whether there is a value that has not expired. `key in cache` does the same in sync code."""
        finished = self.make_and_validate_key(key, version)
        return finished in await self.read([finished])

    has_key = blocking(ahas_key)

    def __contains__(self, key: str) -> bool:
        return self.has_key(key)

    # -- several values -------------------------------------------------------------------------------------------

    async def aget_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """Return the stored values by key, in one step; keys without a value are left out."""
        finished = {self.make_and_validate_key(key, version): key for key in keys}
        found = await self.read(list(finished))
        if self.count(len(found), len(finished)):
            await self.ashared_stats()
        return {finished[key]: unpack(data, key) for key, data in found.items()}

    get_many = blocking(aget_many)

    async def aset_many(
        self, data: Mapping[str, Any], timeout: float | Default | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[str]:
        """Store several values in one step and return the keys that could not be stored."""
        names = {self.make_and_validate_key(key, version): key for key in data}
        items = {finished: pack(data[key]) for finished, key in names.items()}
        seconds = self.seconds(timeout)
        if seconds is not None and seconds <= 0:
            await self.remove(list(items))
            return []
        return [names[key] for key in await self.write(items, seconds)]

    set_many = blocking(aset_many)

    async def adelete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        """Remove several values in one step."""
        await self.remove([self.make_and_validate_key(key, version) for key in keys])

    delete_many = blocking(adelete_many)

    async def aclear(self) -> None:
        """Remove every value of this cache, whatever its prefix and version."""
        await self.remove_all()

    clear = blocking(aclear)

    # -- how often it helps ---------------------------------------------------------------------------------------

    def count(self, found: int, asked: int) -> bool:
        """Count look-ups; tell whether it is time to add them to the sums of all processes."""
        self.stats.hits += found
        self.stats.misses += asked - found
        return self.stats.asked - self._shared.asked >= SHARE_EVERY and self.may_share_stats()

    def may_share_stats(self) -> bool:
        """Tell whether counts may be written now; a backend that takes part in transactions says no inside of one."""
        return self.is_shared

    async def ashared_stats(self) -> CacheStats:
        """Return hits and misses of all processes since the cache was last emptied, with this one's up to now.

        Other processes add theirs after every 500 look-ups. A cache that no other process sees returns its own.

        Example:
            >>> from manoir.cache import LocMemCache
            >>> LocMemCache("shop").shared_stats()
            CacheStats(hits=0, misses=0)
        """
        if not self.may_share_stats():
            return CacheStats(self.stats.hits, self.stats.misses)
        new = (self.stats.hits - self._shared.hits, self.stats.misses - self._shared.misses)
        self._shared = CacheStats(self.stats.hits, self.stats.misses)
        return CacheStats(*[await self.add_to_sum(key, delta) for key, delta in zip(STATS_KEYS, new, strict=True)])

    shared_stats = blocking(ashared_stats)

    async def add_to_sum(self, key: str, delta: int) -> int:
        finished = self.make_key(key, 0)
        if (total := await self.add_to(finished, delta)) is None:
            await self.write_new(finished, pack(0), None)
            total = await self.add_to(finished, delta)
        return delta if total is None else total

    # -- numbers and versions -------------------------------------------------------------------------------------

    async def aincr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add `delta` to a stored integer and return the sum; its time to live stays.

        Raises:
            ValueError: there is no such key, or its value is no integer.
        """
        total = await self.add_to(self.make_and_validate_key(key, version), delta)
        if total is None:
            raise ValueError(f"The cache has no key {key!r} to count with. Start with add({key!r}, 0).")
        return total

    incr = blocking(aincr)

    async def adecr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Subtract `delta` from a stored integer and return the difference; its time to live stays.

        Raises:
            ValueError: there is no such key, or its value is no integer.
        """
        return await self.aincr(key, -delta, version)

    decr = blocking(adecr)

    async def aincr_version(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Move a value to a higher version of its key and return that version.

        Raises:
            ValueError: there is no such key.
        """
        old = self.version if version is None else version
        value = await self.aget(key, MISSING, old)
        if value is MISSING:
            raise ValueError(f"The cache has no key {key!r} in version {old}.")
        await self.aset(key, value, version=old + delta)
        await self.adelete(key, version=old)
        return old + delta

    incr_version = blocking(aincr_version)

    async def adecr_version(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Move a value to a lower version of its key and return that version.

        Raises:
            ValueError: there is no such key.
        """
        return await self.aincr_version(key, -delta, version)

    decr_version = blocking(adecr_version)

    async def aclose(self, **kwargs: Any) -> None:
        """Close the connections of this cache; it opens them again when it is used."""

    close = blocking(aclose)

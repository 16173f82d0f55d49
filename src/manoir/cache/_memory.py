"""A cache in the memory of this process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from manoir.cache._base import BaseCache
from manoir.cache._values import pack, unpack


class Store:
    """The items of one LOCATION: key → (bytes, moment of expiry), the least recently used first."""

    def __init__(self) -> None:
        self.items: OrderedDict[str, tuple[bytes, float | None]] = OrderedDict()
        # Held for dict operations only, never across a wait.
        self.lock = threading.Lock()

    def live(self, key: str) -> tuple[bytes, float | None] | None:
        """Return an item that has not expired and mark it used; an expired one is dropped."""
        item = self.items.get(key)
        if item is None:
            return None
        if item[1] is not None and item[1] <= time.monotonic():
            del self.items[key]
            return None
        self.items.move_to_end(key)
        return item


stores: dict[str, Store] = {}
"""By LOCATION, which comes from the settings: a closed set."""


class LocMemCache(BaseCache):
    """A cache in the memory of this process: fast, shared by its threads, not shared with other processes.

    Entries of CACHES with the same LOCATION share their values. OPTIONS: `MAX_ENTRIES` (300) and `CULL_FREQUENCY` (3):
    when it is full, one third of the values goes, those that were not used for longest; 0 drops all.

    Example:
        >>> cache = LocMemCache("example")
        >>> cache.set("answer", 42)
        >>> cache.get("answer")
        42
    """

    is_shared = False

    def __init__(self, location: Any = "", params: Mapping[str, Any] | None = None) -> None:
        super().__init__(location, params)
        self.store = stores.setdefault(str(location), Store())

    async def read(self, keys: list[str]) -> dict[str, bytes]:
        """Return the live items."""
        with self.store.lock:
            found = {key: self.store.live(key) for key in keys}
        return {key: item[0] for key, item in found.items() if item is not None}

    async def write(self, items: Mapping[str, bytes], seconds: float | None) -> list[str]:
        """Store all items."""
        expiry = self.expiry(seconds)
        with self.store.lock:
            for key, data in items.items():
                self.put(key, data, expiry)
        return []

    async def write_new(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Store an item unless there is a live one."""
        expiry = self.expiry(seconds)
        with self.store.lock:
            if self.store.live(key) is not None:
                return False
            self.put(key, data, expiry)
        return True

    async def write_existing(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Store an item if there is a live one."""
        expiry = self.expiry(seconds)
        with self.store.lock:
            if self.store.live(key) is None:
                return False
            self.put(key, data, expiry)
        return True

    async def remove(self, keys: list[str]) -> int:
        """Remove items."""
        with self.store.lock:
            live = [key for key in dict.fromkeys(keys) if self.store.live(key) is not None]
            for key in live:
                del self.store.items[key]
        return len(live)

    async def expire(self, key: str, seconds: float | None) -> bool:
        """Give an item a new expiry."""
        expiry = self.expiry(seconds)
        with self.store.lock:
            item = self.store.live(key)
            if item is not None:
                self.store.items[key] = (item[0], expiry)
        return item is not None

    async def expire_if(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Give an item a new expiry if it is `data`."""
        expiry = self.expiry(seconds)
        with self.store.lock:
            item = self.store.live(key)
            if item is None or item[0] != data:
                return False
            self.store.items[key] = (data, expiry)
        return True

    async def remove_if(self, key: str, data: bytes) -> bool:
        """Remove an item if it is `data`."""
        with self.store.lock:
            item = self.store.live(key)
            if item is None or item[0] != data:
                return False
            del self.store.items[key]
        return True

    async def add_to(self, key: str, delta: int) -> int | None:
        """Add to an integer."""
        with self.store.lock:
            item = self.store.live(key)
            if item is None:
                return None
            number = unpack(item[0])
            if not isinstance(number, int):
                raise ValueError(
                    f"The value of {key!r} is no integer, but {type(number).__name__}: nothing to count with."
                )
            self.store.items[key] = (pack(number + delta), item[1])
        return number + delta

    async def remove_all(self) -> None:
        """Remove everything."""
        with self.store.lock:
            self.store.items.clear()

    def expiry(self, seconds: float | None) -> float | None:
        """Return the moment, on the monotonic clock, when an item stored now expires."""
        return None if seconds is None else time.monotonic() + seconds

    def put(self, key: str, data: bytes, expiry: float | None) -> None:
        """Store an item, after making room for it."""
        items = self.store.items
        if key not in items and len(items) >= self._max_entries:
            surplus = len(items) if self._cull_frequency == 0 else max(1, len(items) // self._cull_frequency)
            for _ in range(surplus):
                items.popitem(last=False)
        items[key] = (data, expiry)
        items.move_to_end(key)

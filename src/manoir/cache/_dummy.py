"""A cache that keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping

from manoir.cache._base import BaseCache


class DummyCache(BaseCache):
    """A cache that keeps nothing, for development: keys and values are checked as in every other one.

    Example:
        >>> cache = DummyCache()
        >>> cache.set("answer", 42)
        >>> cache.get("answer") is None
        True
    """

    is_shared = False

    async def read(self, keys: list[str]) -> dict[str, bytes]:
        """Find nothing."""
        return {}

    async def write(self, items: Mapping[str, bytes], seconds: float | None) -> list[str]:
        """Keep nothing."""
        return []

    async def write_new(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Keep nothing, and say that there was room."""
        return True

    async def write_existing(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Find nothing to replace."""
        return False

    async def remove(self, keys: list[str]) -> int:
        """Find nothing to remove."""
        return 0

    async def expire(self, key: str, seconds: float | None) -> bool:
        """Find nothing to keep longer."""
        return False

    async def expire_if(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Find nothing to keep longer."""
        return False

    async def remove_if(self, key: str, data: bytes) -> bool:
        """Find nothing to remove."""
        return False

    async def add_to(self, key: str, delta: int) -> int | None:
        """Find nothing to count with."""
        return None

    async def remove_all(self) -> None:
        """Find nothing to remove."""

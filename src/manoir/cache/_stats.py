"""How often a cache had what was asked for: counted in each process, added up in the cache itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STATS_KEYS: Final = ("manoir.cache.hits", "manoir.cache.misses")
"""Keys of the sums of all processes, in version 0 of the cache, which no value of a project has by default."""
SHARE_EVERY: Final = 500
"""How many look-ups a process counts before it adds them to the sums: one more command for each five hundred."""


@dataclass(slots=True)
class CacheStats:
    """Counts of one cache.

    Attributes:
        hits: values that were asked for and found.
        misses: values that were asked for and not found.

    Example:
        >>> CacheStats(hits=3, misses=1).hit_ratio
        0.75
    """

    hits: int = 0
    misses: int = 0

    @property
    def asked(self) -> int:
        """All values that were asked for."""
        return self.hits + self.misses

    @property
    def hit_ratio(self) -> float | None:
        """Hits of all values asked for, from 0 to 1; None while nothing was asked for."""
        return self.hits / self.asked if self.asked else None

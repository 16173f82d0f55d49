"""How often a cache had what was asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class CacheStats:
    """Counts of one cache in this process, since it started.

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
    def hit_ratio(self) -> float | None:
        """Hits of all values asked for, from 0 to 1; None while nothing was asked for."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None

"""The caches of the settings, by alias."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from manoir.cache._base import BaseCache
from manoir.conf import import_string, settings
from manoir.exceptions import InvalidCacheBackendError, nearest

DEFAULT_CACHE_ALIAS: Final = "default"


class CacheHandler:
    """The caches of CACHES: `caches["default"]`. Each is made at its first use, one for the process."""

    def __init__(self) -> None:
        self.made: dict[str, BaseCache] = {}

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """The setting CACHES."""
        return settings.CACHES

    def __getitem__(self, alias: str) -> BaseCache:
        cache = self.made.get(alias)
        if cache is None:
            # Two threads may both make one: setdefault lets only the first be used.
            cache = self.made.setdefault(alias, self.create(alias))
        return cache

    def create(self, alias: str) -> BaseCache:
        """Make the cache of an alias.

        Raises:
            InvalidCacheBackendError: CACHES has no such alias, or its BACKEND cannot be imported.
        """
        try:
            entry = dict(self.settings[alias])
        except KeyError:
            known = ", ".join(map(repr, self.settings)) or "none"
            raise InvalidCacheBackendError(
                f"CACHES has no {alias!r}.{nearest(alias, self.settings)} There are: {known}."
            ) from None
        backend: str = entry.pop("BACKEND", "")
        location = entry.pop("LOCATION", "")
        try:
            factory = import_string(backend)
        except ImportError as error:
            raise InvalidCacheBackendError(f"CACHES[{alias!r}]: the BACKEND cannot be imported. {error}") from error
        return factory(location, entry)

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def __contains__(self, alias: object) -> bool:
        return alias in self.settings

    def all(self, initialized_only: bool = False) -> list[BaseCache]:
        """Return all caches, or those made so far."""
        return list(self.made.values()) if initialized_only else [self[alias] for alias in self]

    async def aclose_all(self) -> None:
        """Close the connections of all caches made so far."""
        for cache in self.all(initialized_only=True):
            await cache.aclose()

    def forget(self, name: str, value: Any = None, enter: bool = True) -> None:
        """Make the caches anew after CACHES changed."""
        if name == "CACHES":
            self.made.clear()


caches: Final = CacheHandler()
"""The caches of the setting CACHES, by alias."""

settings.on_change(caches.forget)


class DefaultCache:
    """Stands for `caches["default"]`, whatever that is at the moment."""

    def __getattr__(self, name: str) -> Any:
        return getattr(caches[DEFAULT_CACHE_ALIAS], name)

    def __contains__(self, key: str) -> bool:
        return key in caches[DEFAULT_CACHE_ALIAS]

    def __repr__(self) -> str:
        return f"<cache: {caches[DEFAULT_CACHE_ALIAS]!r}>"


cache: Final = cast(BaseCache, DefaultCache())
"""The cache `"default"` of the setting CACHES."""

"""Checks of throttles: whether what they count stays where they count it (H30)."""

from __future__ import annotations

from typing import Any

from manoir.cache import BaseCache, DummyCache, FileBasedCache, LocMemCache
from manoir.checks import CheckMessage, Tags, Warning, register
from manoir.conf import settings
from manoir.db import DatabaseCache
from manoir.rest._checks import views_of_apis
from manoir.rest.throttling import CACHE, SimpleRateThrottle

ROOM = 10_000
"""Values that a cache should hold where anybody's values may push out counts."""


@register(Tags.security)
def check_counts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name caches in which throttles count that lose counts, so that whoever sends much is not limited (H30)."""
    found: dict[int, CheckMessage] = {}
    for callback in views_of_apis():
        for throttle in callback.cls.throttle_classes:
            counts = isinstance(throttle, type) and issubclass(throttle, SimpleRateThrottle)
            cache: Any = throttle.cache if counts else None
            why = None if cache is None else problem_of(cache)
            if why is not None:
                found[id(cache)] = Warning(
                    f"{throttle.__name__} counts in a {type(cache).__name__}, which {why}.",
                    hint=f"Give throttles a cache of their own: CACHES[{CACHE!r}], in Redis, or with OPTIONS = "
                    f"{{'MAX_ENTRIES': {ROOM * 10}}}.",
                    obj=throttle,
                    id="manoir.rest.W004",
                )
    return list(found.values())


def problem_of(cache: BaseCache) -> str | None:
    """Say why counts do not stay in a cache; None where they do."""
    if isinstance(cache, DummyCache):
        return "keeps nothing: nobody is limited"
    if not isinstance(cache, (LocMemCache, FileBasedCache, DatabaseCache)):
        return None
    database = settings.DATABASES.get(cache.options.get("DATABASE", "default"), {})
    if isinstance(cache, DatabaseCache) and database.get("ATOMIC_REQUESTS"):
        return "forgets the requests that are rolled back (ATOMIC_REQUESTS): those that failed are not counted"
    room = int(cache.options.get("MAX_ENTRIES", 300))
    return f"keeps {room} values: others push out what was counted" if room < ROOM else None

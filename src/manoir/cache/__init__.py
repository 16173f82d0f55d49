"""Caching: values that may be forgotten, kept where they are quick to reach.

The room's map:

- `_handler`: `caches` (by alias, out of CACHES) and `cache` (the default one).
- `_base`: `BaseCache`: the documented methods in both colours, on the eight steps a backend defines.
- `_memory`, `_file`, `_redis`, `_dummy`: the backends; `manoir.db.DatabaseCache` lives where the database is.
- `_single_flight`: `get_or_set(stale=…)`, which makes a value once for everybody; `_stats`: hits and misses.
- `_values`, `_keys`: what can be stored and the bytes it becomes; how keys are made.
- `compliance`: the tests every backend passes; run them for your own.
"""

from __future__ import annotations

from manoir.cache._base import DEFAULT_TIMEOUT, BaseCache
from manoir.cache._dummy import DummyCache
from manoir.cache._file import FileBasedCache
from manoir.cache._handler import DEFAULT_CACHE_ALIAS, CacheHandler, cache, caches
from manoir.cache._keys import CacheKeyWarning, default_key_function, hashed_key, make_template_fragment_key
from manoir.cache._memory import LocMemCache
from manoir.cache._redis import RedisCache
from manoir.cache._stats import CacheStats
from manoir.cache._values import integer_of, pack, register_type, unpack
from manoir.exceptions import InvalidCacheBackendError

__all__ = [
    "DEFAULT_CACHE_ALIAS",
    "DEFAULT_TIMEOUT",
    "BaseCache",
    "CacheHandler",
    "CacheKeyWarning",
    "CacheStats",
    "DummyCache",
    "FileBasedCache",
    "InvalidCacheBackendError",
    "LocMemCache",
    "RedisCache",
    "cache",
    "caches",
    "default_key_function",
    "hashed_key",
    "integer_of",
    "make_template_fragment_key",
    "pack",
    "register_type",
    "unpack",
]

from __future__ import annotations

import warnings
from datetime import timedelta
from typing import Any

import pytest

from manoir.bridge import run
from manoir.cache import (
    CacheKeyWarning,
    InvalidCacheBackendError,
    LocMemCache,
    cache,
    caches,
    default_key_function,
)
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, SuspiciousOperation

ENTRIES = {
    "default": {"BACKEND": "manoir.cache.LocMemCache", "LOCATION": "handler", "TIMEOUT": 60, "KEY_PREFIX": "site"},
    "other": {"BACKEND": "manoir.cache.DummyCache"},
    "broken": {"BACKEND": "manoir.cache.LocMemCash"},
    "keyed": {"BACKEND": "manoir.cache.LocMemCache", "KEY_FUNCTION": "tests.cache.test_handler.reverse_key"},
}


def reverse_key(key: str, key_prefix: str, version: int) -> str:
    return f"{version}{key_prefix}{key[::-1]}"


@pytest.fixture(autouse=True)
def entries():
    with settings.override(CACHES=ENTRIES):
        yield


def test_caches_are_made_once_from_the_settings():
    assert caches["default"] is caches["default"]
    assert isinstance(caches["default"], LocMemCache)
    assert (caches["default"].default_timeout, caches["default"].make_key("a")) == (60.0, "site:1:a")
    assert list(caches) == list(ENTRIES)


def test_cache_is_the_default_one():
    cache.set("key", 5)
    assert (caches["default"].get("key"), "key" in cache) == (5, True)
    assert "LocMemCache" in repr(cache)


def test_changed_settings_make_new_caches():
    before = caches["default"]
    with settings.override(CACHES={"default": {"BACKEND": "manoir.cache.DummyCache"}}):
        assert caches["default"] is not before
        cache.set("key", 1)
        assert cache.get("key") is None


def test_an_unknown_alias_names_the_near_one():
    with pytest.raises(
        InvalidCacheBackendError, match=r"CACHES has no 'othr'\. Did you mean 'other'\? There are: 'default'"
    ):
        caches["othr"]
    assert "othr" not in caches


def test_a_backend_that_cannot_be_imported_is_named():
    with pytest.raises(ImproperlyConfigured, match=r"CACHES\['broken'\]: the BACKEND cannot be imported.*LocMemCache"):
        caches["broken"]


def test_key_functions():
    assert caches["keyed"].make_key("abc") == "1cba"
    assert default_key_function("k", "p", 2) == "p:2:k"


@pytest.mark.parametrize(
    ("key", "problem"), [("a b", "white space"), ("a\nb", "white space"), ("x" * 300, "more than 250")]
)
def test_keys_that_memcached_refuses_are_warned_about(key: str, problem: str):
    with pytest.warns(CacheKeyWarning, match=problem):
        cache.set(key, 1)


@pytest.mark.parametrize(
    "store", [lambda: cache.set("a b", 1), lambda: run(cache.aset("a b", 1))], ids=["sync", "async"]
)
def test_the_warning_points_at_the_projects_line(store: Any):
    with pytest.warns(CacheKeyWarning) as caught:
        store()
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize(
    ("timeout", "message"),
    [
        (timedelta(minutes=5), r"not datetime\.timedelta\(seconds=300\)\. Write timeout\.total_seconds\(\)\."),
        ("60", "is a number of seconds, or None for ever, not '60'"),
    ],
)
async def test_a_timeout_that_is_no_number_is_refused(timeout: Any, message: str):
    for store in (cache.aset, cache.aadd, cache.areplace):
        with pytest.raises(TypeError, match=message):
            await store("key", 1, timeout)
    with pytest.raises(TypeError, match=message):
        await cache.atouch("key", timeout)


async def test_a_value_of_another_application_is_named_by_its_key():
    await cache.write({cache.make_key("theirs"): b"\x80\x04K\x01."}, None)
    for read in (cache.aget("theirs"), cache.aget_many(["theirs"]), cache.aget_or_set("theirs", 1, stale=1)):
        with pytest.raises(SuspiciousOperation, match=r"under the key 'site:1:theirs'.*KEY_PREFIX or empty the cache"):
            await read


def test_the_warning_can_be_silenced_and_the_value_is_stored():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CacheKeyWarning)
        cache.set("a b", 1)
        assert cache.get("a b") == 1


async def test_all_and_closing():
    caches["default"]
    assert caches.all(initialized_only=True) == [caches["default"]]
    await caches.aclose_all()

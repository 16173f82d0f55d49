from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from manoir.cache import BaseCache, FileBasedCache, pack
from manoir.cache.compliance import CacheCompliance
from manoir.exceptions import ImproperlyConfigured


class TestFileBasedCache(CacheCompliance):
    @pytest.fixture
    def cache(self, tmp_path) -> BaseCache:
        return FileBasedCache(tmp_path / "deep" / "cache")


def test_no_location_is_refused():
    with pytest.raises(ImproperlyConfigured, match="LOCATION"):
        FileBasedCache("")


@pytest.mark.parametrize("key", ["../../outside", "/etc/passwd", "a\\b", "\ud800", "x" * 240])
def test_no_key_is_a_path(tmp_path, key):
    """C20"""
    cache = FileBasedCache(tmp_path / "cache")
    cache.set(key, 1)
    assert cache.get(key) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_only_the_own_user_reads_the_files(tmp_path):
    """M07: whatever the umask says."""
    old = os.umask(0)
    try:
        cache = FileBasedCache(tmp_path / "cache")
        cache.set("key", 1)
        cache.add("counter", 1)
    finally:
        os.umask(old)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "cache").iterdir()} == {0o600}
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


def test_clear_leaves_other_files_alone(tmp_path):
    cache = FileBasedCache(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    cache.set("key", 1)
    cache.clear()
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert cache.get("key") is None


def test_a_full_cache_lets_go_of_what_expires_first(tmp_path):
    cache = FileBasedCache(tmp_path, {"OPTIONS": {"MAX_ENTRIES": 6, "CULL_FREQUENCY": 3}})
    for number in range(6):
        cache.set(f"k{number}", number, timeout=100 + number)
    cache.set("new", 1)
    assert sorted(key for key in [*(f"k{n}" for n in range(6)), "new"] if key in cache) == [
        "k2",
        "k3",
        "k4",
        "k5",
        "new",
    ]


def test_what_has_expired_makes_room_before_anything_else(tmp_path):
    cache = FileBasedCache(tmp_path, {"OPTIONS": {"MAX_ENTRIES": 6, "CULL_FREQUENCY": 2}})
    cache.set("expired", 1, timeout=0.01)
    cache.set_many({f"k{number}": number for number in range(5)})
    time.sleep(0.02)
    cache.set("new", 1)
    assert len(cache.get_many(["expired", "new", *(f"k{number}" for number in range(5))])) == 6
    assert len(list(tmp_path.glob("*.cache"))) == 6


def test_a_reader_removes_nothing_that_was_written_since_it_looked(tmp_path, monkeypatch):
    """H47: another process writes a key when a reader has just found that it has expired."""
    cache = FileBasedCache(tmp_path)
    cache.set("key", "old", timeout=0.01)
    time.sleep(0.02)
    clock, written = time.time, []

    def time_after_another_write():
        if not written:
            written.append("new")
            cache.write_file(cache.make_key("key"), pack("new"), float("inf"))
        return clock()

    monkeypatch.setattr("manoir.cache._file.time.time", time_after_another_write)
    cache.get("key")
    assert written
    assert cache.get("key") == "new"


@pytest.mark.parametrize(
    ("meanwhile", "left"), [(lambda cache: cache.set("key", 100), 100), (lambda cache: cache.clear(), None)],
    ids=["set", "clear"],
)  # fmt: skip
def test_what_happens_while_another_one_counts_is_not_undone(tmp_path, meanwhile, left):
    """H47: between the look at a number and the write of its successor nobody else has a turn."""
    other = threading.Thread(target=lambda: meanwhile(FileBasedCache(tmp_path)))

    class SlowCache(FileBasedCache):
        def write_file(self, key, data, moment):
            if other.ident is None:
                other.start()
                other.join(0.2)
            super().write_file(key, data, moment)

    FileBasedCache(tmp_path).set("key", 5)
    assert SlowCache(tmp_path).incr("key") == 6
    other.join()
    assert FileBasedCache(tmp_path).get("key") == left


def test_counting_in_several_processes_loses_nothing(tmp_path):
    """H47"""
    cache = FileBasedCache(tmp_path)
    cache.set("count", 0)
    program = (
        "from manoir.cache import FileBasedCache\n"
        f"cache = FileBasedCache({str(tmp_path)!r})\n"
        "for _ in range(50): cache.incr('count')\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    threads = [threading.Thread(target=lambda: [cache.incr("count") for _ in range(50)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert [process.wait(60) for process in processes] == [0, 0]
    for thread in threads:
        thread.join()
    assert cache.get("count") == 200


def test_a_broken_file_is_a_missing_value(tmp_path):
    cache = FileBasedCache(tmp_path)
    cache.set("key", 1)
    next(tmp_path.glob("*.cache")).write_bytes(b"abc")
    assert cache.get("key") is None

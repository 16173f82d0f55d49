"""A cache in a folder: one file an item, shared by all processes of one machine."""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from manoir.bridge import to_thread
from manoir.cache._base import BaseCache
from manoir.cache._values import pack, unpack
from manoir.exceptions import ImproperlyConfigured

try:
    import fcntl
except ImportError:  # Windows: counting and add() are one step within a process only
    fcntl = None  # type: ignore[assignment]

T = TypeVar("T")

SUFFIX: Final = ".cache"
LOCK_NAME: Final = "lock"
HEADER: Final = struct.Struct("<d")
"""The moment of expiry, in seconds since 1970; infinity is never."""
NEVER: Final = float("inf")


class FileBasedCache(BaseCache):
    """A cache in the folder LOCATION, which is made when it is missing; only the process's own user may read it.

    OPTIONS: `MAX_ENTRIES` (300) and `CULL_FREQUENCY` (3): when it is full, what has expired goes, then a third of the
    rest, what expires first. The files are read and written in threads, so no request waits for another one's disk.

    Raises:
        ImproperlyConfigured: LOCATION is empty.

    Example:
        >>> cache = FileBasedCache("/var/tmp/example_cache")
        >>> cache.set("answer", 42)
        >>> cache.get("answer")
        42
    """

    def __init__(self, location: Any = "", params: Mapping[str, Any] | None = None) -> None:
        super().__init__(location, params)
        if not location:
            raise ImproperlyConfigured("A FileBasedCache needs a LOCATION in CACHES: the folder it keeps its files in.")
        self.folder = Path(location).absolute()
        self.within_process = threading.Lock()
        self.writes_until_cull = 0

    async def read(self, keys: list[str]) -> dict[str, bytes]:
        """Return the live items."""
        return await to_thread(self.read_files, keys)

    async def write(self, items: Mapping[str, bytes], seconds: float | None) -> list[str]:
        """Store all items."""
        return await self.alone(lambda: self.write_files(items, expiry(seconds)))

    async def write_new(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Store an item unless there is a live one."""

        def put() -> bool:
            if self.read_file(key) is not None:
                return False
            self.write_files({key: data}, expiry(seconds))
            return True

        return await self.alone(put)

    async def write_existing(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Store an item if there is a live one."""

        def put() -> bool:
            if self.read_file(key) is None:
                return False
            self.write_files({key: data}, expiry(seconds))
            return True

        return await self.alone(put)

    async def remove(self, keys: list[str]) -> int:
        """Remove items; alone, so that nobody who looked before writes one of them again."""
        return await self.alone(lambda: sum(self.remove_file(key) for key in dict.fromkeys(keys)))

    async def expire(self, key: str, seconds: float | None) -> bool:
        """Give an item a new expiry."""

        def renew() -> bool:
            item = self.read_file(key)
            if item is not None:
                self.write_file(key, item[1], expiry(seconds))
            return item is not None

        return await self.alone(renew)

    async def expire_if(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Give an item a new expiry if it is `data`."""

        def renew() -> bool:
            item = self.read_file(key)
            if item is None or item[1] != data:
                return False
            self.write_file(key, data, expiry(seconds))
            return True

        return await self.alone(renew)

    async def remove_if(self, key: str, data: bytes) -> bool:
        """Remove an item if it is `data`."""

        def remove() -> bool:
            item = self.read_file(key)
            return item is not None and item[1] == data and self.remove_file(key)

        return await self.alone(remove)

    async def add_to(self, key: str, delta: int) -> int | None:
        """Add to an integer."""

        def count() -> int | None:
            item = self.read_file(key)
            if item is None:
                return None
            number = unpack(item[1])
            if not isinstance(number, int):
                raise ValueError(
                    f"The value of {key!r} is no integer, but {type(number).__name__}: nothing to count with."
                )
            self.write_file(key, pack(number + delta), item[0])
            return number + delta

        return await self.alone(count)

    async def remove_all(self) -> None:
        """Remove every file that a cache made in the folder, and no other."""

        def clear() -> None:
            for path in self.files():
                path.unlink(missing_ok=True)

        await self.alone(clear)

    # -- files ----------------------------------------------------------------------------------------------------

    def path(self, key: str) -> Path:
        """Return the file of a key; its name is a hash, so that no key is a path."""
        return self.folder / (hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest() + SUFFIX)

    def files(self) -> Iterator[Path]:
        """Yield the files of this cache."""
        with suppress(FileNotFoundError):
            yield from [self.folder / name for name in os.listdir(self.folder) if name.endswith(SUFFIX)]  # noqa: PTH208

    def read_file(self, key: str) -> tuple[float, bytes] | None:
        """Return expiry and bytes of a live item.

        The file of one that has expired stays until it is written anew or culled: a reader holds no lock, and would
        remove what another process has written since it looked.
        """
        try:
            content = self.path(key).read_bytes()
        except FileNotFoundError:
            return None
        moment = HEADER.unpack_from(content)[0] if len(content) >= HEADER.size else 0.0
        return None if moment <= time.time() else (moment, content[HEADER.size :])

    def read_files(self, keys: list[str]) -> dict[str, bytes]:
        found = {key: self.read_file(key) for key in keys}
        return {key: item[1] for key, item in found.items() if item is not None}

    def write_files(self, items: Mapping[str, bytes], moment: float) -> list[str]:
        self.cull(len(items))
        for key, data in items.items():
            self.write_file(key, data, moment)
        return []

    def write_file(self, key: str, data: bytes, moment: float) -> None:
        """Write beside, then rename: a reader sees the old file or the new one, never half of it."""
        self.make_folder()
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".new")  # made with mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(HEADER.pack(moment) + data)
            Path(name).replace(self.path(key))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def remove_file(self, key: str) -> bool:
        if self.read_file(key) is None:
            return False
        with suppress(FileNotFoundError):
            self.path(key).unlink()
            return True
        return False

    def make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def cull(self, count: int) -> None:
        """Make room before `count` writes. The folder is listed only once in a tenth of MAX_ENTRIES writes."""
        self.writes_until_cull -= count
        if self.writes_until_cull > 0:
            return
        names = list(self.files())
        self.writes_until_cull = max(1, min(self._max_entries // 10, self._max_entries - len(names)))
        if len(names) < self._max_entries:
            return
        moments, moment = {path: expiry_of(path) for path in names}, time.time()
        live = sorted((path for path in names if moments[path] > moment), key=moments.__getitem__)
        share = len(live) if self._cull_frequency == 0 else max(1, len(live) // self._cull_frequency)
        kept = live if len(live) < self._max_entries else live[share:]
        for path in {*names}.difference(kept):
            path.unlink(missing_ok=True)

    async def alone(self, work: Callable[[], T]) -> T:
        """Do what reads and then writes in one step, within all processes that share the folder."""

        def locked() -> T:
            with self.within_process, self.between_processes():
                return work()

        return await to_thread(locked)

    @contextmanager
    def between_processes(self) -> Generator[None]:
        if fcntl is None:
            yield
            return
        self.make_folder()
        handle = os.open(self.folder / LOCK_NAME, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)  # which unlocks it


def expiry(seconds: float | None) -> float:
    """Return the moment when an item stored now expires. Of the wall clock: other processes read it."""
    return NEVER if seconds is None else time.time() + seconds


def expiry_of(path: Path) -> float:
    """Return when the item of a file expires; 0 for a file that is gone or broken."""
    try:
        with path.open("rb") as file:
            return HEADER.unpack(file.read(HEADER.size))[0]
    except (OSError, struct.error):
        return 0.0

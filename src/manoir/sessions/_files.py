"""Sessions in files: one for each, named by the hash of its key, readable for the process's own user only."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from manoir.bridge import blocking, to_thread
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.sessions._base import SessionBase
from manoir.sessions._encoding import Content, decode, encode
from manoir.timezone import now

try:
    import fcntl
except ImportError:  # not on Windows: a reader may see half of what is written, which counts as an empty session
    fcntl = None

PREFIX: Final = "session-"
PRIVATE: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
MAX_BYTES: Final = 10_000_000


class FileStore(SessionBase):
    """Sessions in the directory SESSION_FILE_PATH: for one machine without a database. Run `manoir clearsessions` daily."""

    async def read(self, key: str) -> Content | None:
        """Return what stands in the file, unless it has expired."""
        found = await to_thread(lambda: read_file(place(key)))
        if found is None or found[0] <= time.time():
            return None
        return decode(found[1])

    async def insert(self, key: str, content: Content, expires: dt.datetime) -> bool:
        """Make the file, unless there is one."""
        return await to_thread(make_file, key, written(content, expires))

    async def replace(self, key: str, content: Content, expires: dt.datetime) -> bool:
        """Write the file that is there: one that is removed meanwhile stays removed."""
        return await to_thread(change_file, key, written(content, expires))

    async def remove(self, key: str) -> None:
        """Remove the file."""
        await to_thread(lambda: place(key).unlink(missing_ok=True))

    @classmethod
    async def aclear_expired(cls) -> int:
        """Remove the files of sessions that have expired."""
        return await to_thread(clear_files)

    clear_expired = blocking(aclear_expired)


def place(key: str) -> Path:
    """Return the file of a hashed key, which is hexadecimal and so the name of a file."""
    return directory() / f"{PREFIX}{key}"


def directory() -> Path:
    """Return the directory of sessions, made for this user alone when it is missing.

    Raises:
        ImproperlyConfigured: it cannot be made, is no directory, or belongs to somebody else.
    """
    chosen = settings.SESSION_FILE_PATH
    own = f"manoir-sessions-{os.getuid()}" if hasattr(os, "getuid") else "manoir-sessions"
    path = Path(chosen) if chosen else Path(tempfile.gettempdir()) / own
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = path.lstat().st_uid
    except OSError as error:
        raise ImproperlyConfigured(f"SESSION_FILE_PATH: the directory {str(path)!r} cannot be used: {error}") from error
    if not chosen and hasattr(os, "getuid") and (owner != os.getuid() or path.is_symlink()):
        raise ImproperlyConfigured(
            f"The directory of sessions {str(path)!r} belongs to somebody else: set SESSION_FILE_PATH to one of your own."
        )
    return path


def written(content: Content, expires: dt.datetime) -> bytes:
    """Return what a file holds: the moment of its end, and the signed data."""
    return f"{time.time() + (expires - now()).total_seconds()}\n{encode(content)}".encode()


def read_file(path: Path) -> tuple[float, str] | None:
    """Return end and data of a session; None without the file, or when it holds something else."""
    try:
        with locked(path, os.O_RDONLY) as descriptor:
            return parts_of(os.read(descriptor, MAX_BYTES))
    except FileNotFoundError:
        return None


def parts_of(data: bytes) -> tuple[float, str] | None:
    """Return the two parts of what `written` made; None of anything else."""
    ends, _, text = data.decode(errors="replace").partition("\n")
    try:
        return float(ends), text
    except ValueError:
        return None


def make_file(key: str, data: bytes) -> bool:
    """Make a file; False when it is there, or was taken for a broken one and removed before it could be locked."""
    try:
        with locked(place(key), os.O_WRONLY | os.O_CREAT | os.O_EXCL) as descriptor:
            write_all(descriptor, data)
            return os.fstat(descriptor).st_nlink > 0
    except FileExistsError:
        return False


def change_file(key: str, data: bytes) -> bool:
    """Write a file that is there; False when it is not, or was removed before it could be locked."""
    try:
        with locked(place(key), os.O_WRONLY) as descriptor:
            if os.fstat(descriptor).st_nlink == 0:
                return False
            os.ftruncate(descriptor, 0)
            write_all(descriptor, data)
            return os.fstat(descriptor).st_nlink > 0
    except FileNotFoundError:
        return False


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


@contextmanager
def locked(path: Path, flags: int) -> Generator[int]:
    """Open a file alone with other writers, or beside other readers; nobody else may read it from its first moment (M07)."""
    descriptor = os.open(path, flags | PRIVATE, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_SH if flags == os.O_RDONLY else fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def clear_files() -> int:
    """Remove files whose session has ended, and return how many."""
    return sum(remove_ended(path) for path in directory().glob(f"{PREFIX}*"))


def remove_ended(path: Path) -> bool:
    """Remove a file whose session has ended, alone with it: what is being written just now is left, or is not written."""
    try:
        with locked(path, os.O_RDWR) as descriptor:
            found = parts_of(os.read(descriptor, MAX_BYTES))
            if found is not None and found[0] > time.time():
                return False
            path.unlink()
            return True
    except FileNotFoundError:
        return False

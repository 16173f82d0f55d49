"""Files in the memory of this process, for tests and for what need not last."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from io import BytesIO, TextIOWrapper
from typing import Any

from manoir.bridge import hook
from manoir.conf import settings
from manoir.storage._base import Storage
from manoir.storage._file import File
from manoir.storage._path import StoragePath, folder_path, split_extension
from manoir.storage._urls import file_url, moment, site_url, with_slash
from manoir.validators import deconstructible


class Content:
    """The bytes of a stored file and its times, as POSIX times."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        self.created = self.modified = self.accessed = time.time()

    def replace(self, data: bytes) -> None:
        """Change the bytes."""
        self.data = data
        self.modified = time.time()


class MemoryStream(BytesIO):
    """An open file of the storage: what was written becomes the content at flush and at close."""

    def __init__(self, content: Content, mode: str) -> None:
        super().__init__(b"" if "w" in mode else content.data)
        self.content = content
        self.open_mode = mode
        if "a" in mode:
            self.seek(0, 2)

    def flush(self) -> None:
        """Make what was written the content of the file."""
        if not self.closed and self.open_mode.strip("bt") != "r":
            self.content.replace(self.getvalue())

    def close(self) -> None:
        """Keep what was written."""
        self.flush()
        super().close()


@deconstructible(path="manoir.storage.InMemoryStorage")
class InMemoryStorage(Storage):
    """Files in the memory of this process.

    Args:
        location: accepted as in FileSystemStorage; None is MEDIA_ROOT.
        base_url: URL of the files; None is MEDIA_URL.
        file_permissions_mode: accepted as in FileSystemStorage; memory has no modes.
        directory_permissions_mode: the same.
    """

    def __init__(
        self,
        location: Any = None,
        base_url: str | None = None,
        file_permissions_mode: int | None = None,
        directory_permissions_mode: int | None = None,
    ) -> None:
        self.location = location
        self._base_url = base_url
        self.file_permissions_mode = file_permissions_mode
        self.directory_permissions_mode = directory_permissions_mode
        self.contents: dict[str, Content] = {}
        # Held for dict operations only, never across a wait.
        self.lock = threading.Lock()

    @property
    def base_url(self) -> str | None:
        """The URL of the files, with a slash at its end."""
        return with_slash(site_url(settings.MEDIA_URL) if self._base_url is None else self._base_url)

    def url(self, name: str) -> str:
        """Return the URL of a file.

        Raises:
            ValueError: the storage has no base_url.
        """
        return file_url(self.base_url, name)

    def content(self, name: str) -> Content:
        """Return the content of a file.

        Raises:
            FileNotFoundError: there is none.
        """
        try:
            return self.contents[StoragePath(name)]
        except KeyError:
            raise FileNotFoundError(f"The storage has no file {name!r}.") from None

    @hook
    async def _aopen(self, name: StoragePath, mode: str) -> File:
        if "x" in mode and name in self.contents:
            raise FileExistsError(f"The storage has a file {str(name)!r} already.")
        if set(mode).isdisjoint("wax"):
            content = self.content(name)
        else:
            content = self.contents.setdefault(name, Content())
        content.accessed = time.time()
        stream = MemoryStream(content, mode)
        return File(stream if "b" in mode else TextIOWrapper(stream, "utf-8", write_through=True), name=name)

    @hook
    async def _asave(self, name: StoragePath, content: File) -> str:
        chunks = [chunk.encode() if isinstance(chunk, str) else chunk for chunk in content.chunks()]
        stored = Content(b"".join(chunks))
        root, extension = split_extension(name.basename)
        folder = f"{name.parent}/" if name.parent else ""
        with self.lock:
            while name in self.contents:
                name = StoragePath(folder + self.storable_alternative(root, extension))
            self.contents[name] = stored
        return str(name)

    @hook
    async def adelete(self, name: str) -> None:
        """Remove a file; one that is not there is no error.

        Raises:
            ValueError: the name is empty.
        """
        if not name:
            raise ValueError("delete() needs the name of a file; an empty one would be the whole storage.")
        with self.lock:
            self.contents.pop(StoragePath(name), None)

    @hook
    async def aexists(self, name: str) -> bool:
        """Tell whether there is a file, or a folder with files, of this name."""
        path = StoragePath(name)
        with self.lock:
            return path in self.contents or any(other.startswith(f"{path}/") for other in self.contents)

    @hook
    async def alistdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the names of the folders and of the files in a folder; "" is the root."""
        folder = folder_path(path)
        prefix = f"{folder}/" if folder else ""
        with self.lock:
            inside = [name[len(prefix) :] for name in self.contents if name.startswith(prefix)]
        if folder and not inside:
            raise FileNotFoundError(f"The storage has no folder {str(folder)!r}.")
        folders = {name.partition("/")[0] for name in inside if "/" in name}
        return sorted(folders), sorted(name for name in inside if "/" not in name)

    @hook
    async def asize(self, name: str) -> int:
        """Return the length of a file in bytes."""
        return len(self.content(name).data)

    @hook
    async def aget_accessed_time(self, name: str) -> datetime:
        """Return when a file was opened last."""
        return moment(self.content(name).accessed)

    @hook
    async def aget_created_time(self, name: str) -> datetime:
        """Return when a file was made."""
        return moment(self.content(name).created)

    @hook
    async def aget_modified_time(self, name: str) -> datetime:
        """Return when a file was changed last."""
        return moment(self.content(name).modified)

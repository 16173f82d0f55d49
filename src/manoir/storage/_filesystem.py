"""Files in a folder of this machine.

A path is walked part by part through open folders (`openat`), and no symbolic link below the root is followed, so that
nothing leads out of it, not even a link that somebody makes at this very moment. New files are made exclusively
(`O_EXCL`) and readable by nobody else until they are complete.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from manoir.bridge import hook, to_thread
from manoir.conf import settings
from manoir.exceptions import SuspiciousFileOperation
from manoir.signing import get_random_string
from manoir.storage._base import MAX_ATTEMPTS, Storage
from manoir.storage._file import File
from manoir.storage._path import StoragePath, folder_path, split_extension
from manoir.storage._urls import file_url, moment, site_url, with_slash
from manoir.validators import deconstructible

NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | NOFOLLOW
PRIVATE: Final = 0o600
LINK_ERRORS: Final = frozenset({errno.ELOOP, errno.EMLINK, errno.ENOTDIR})


class StoredFile(File):
    """A file of a storage on this machine: opens again through its storage."""

    def __init__(self, file: Any, name: str, storage: FileSystemStorage) -> None:
        super().__init__(file, name=name)
        self.storage = storage

    def open(self, mode: str | None = None) -> StoredFile:
        """Go back to the beginning; a closed file is opened again."""
        if self.closed:
            self.file = self.storage.open_stream(StoragePath(self.name), mode or self.mode)
        else:
            self.seek(0)
        return self


@deconstructible(path="manoir.storage.FileSystemStorage")
class FileSystemStorage(Storage):
    """Files in a folder of this machine.

    Args:
        location: the folder; None is MEDIA_ROOT.
        base_url: URL below which the folder is served; None is MEDIA_URL.
        file_permissions_mode: mode of new files; None is FILE_UPLOAD_PERMISSIONS.
        directory_permissions_mode: mode of new folders; None is FILE_UPLOAD_DIRECTORY_PERMISSIONS.
        allow_overwrite: True replaces a file of the same name, in one step, instead of finding a free name.

    Example:
        >>> from tempfile import mkdtemp
        >>> from manoir.storage import ContentFile
        >>> storage = FileSystemStorage(location=mkdtemp(), base_url="/media/")
        >>> storage.url(storage.save("notes/a.txt", ContentFile(b"hello")))
        '/media/notes/a.txt'
    """

    def __init__(
        self,
        location: str | os.PathLike[str] | None = None,
        base_url: str | None = None,
        file_permissions_mode: int | None = None,
        directory_permissions_mode: int | None = None,
        allow_overwrite: bool = False,
    ) -> None:
        self._location = location
        self._base_url = base_url
        self._file_permissions_mode = file_permissions_mode
        self._directory_permissions_mode = directory_permissions_mode
        self._allow_overwrite = allow_overwrite

    # Read when they are needed, so that settings changed by a test are seen.

    @property
    def base_location(self) -> str | os.PathLike[str]:
        """The folder as it was given."""
        return settings.MEDIA_ROOT if self._location is None else self._location

    @property
    def location(self) -> str:
        """The folder as an absolute path."""
        return os.path.abspath(self.base_location)  # noqa: PTH100 - Path.resolve() would follow the root's own link

    @property
    def base_url(self) -> str | None:
        """The URL of the folder, with a slash at its end."""
        return with_slash(site_url(settings.MEDIA_URL) if self._base_url is None else self._base_url)

    @property
    def file_permissions_mode(self) -> int | None:
        """Mode of new files; None is what the system gives."""
        return settings.FILE_UPLOAD_PERMISSIONS if self._file_permissions_mode is None else self._file_permissions_mode

    @property
    def directory_permissions_mode(self) -> int | None:
        """Mode of new folders; None is what the system gives."""
        given = self._directory_permissions_mode
        return settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS if given is None else given

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FileSystemStorage) or type(other) is not type(self):
            return NotImplemented
        return self.arguments() == other.arguments()

    def __hash__(self) -> int:
        return hash(self.arguments())

    def arguments(self) -> tuple[Any, ...]:
        """Return what equal storages were made with."""
        modes = self._file_permissions_mode, self._directory_permissions_mode
        return str(self._location), self._base_url, *modes, self._allow_overwrite

    # -- names ----------------------------------------------------------------------------------------------------

    def path(self, name: str) -> str:
        """Return where a file lies, or would lie, on this machine."""
        return os.path.join(self.location, *StoragePath(name).parts)  # noqa: PTH118 - text in, text out

    def url(self, name: str) -> str:
        """Return the URL of a file.

        Raises:
            ValueError: the storage has no base_url.
        """
        return file_url(self.base_url, name)

    # -- walking to a file ----------------------------------------------------------------------------------------

    @contextmanager
    def opened_folder(self, parts: list[str], *, make: bool = False) -> Generator[int]:
        """Open the folder below the root that `parts` lead to, making missing ones when asked to."""
        if make:
            Path(self.location).mkdir(parents=True, exist_ok=True)
        # The root itself may be a link: who deploys the site chose it.
        descriptor = os.open(self.location, FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
        try:
            for part in parts:
                if make:
                    self.make_folder(part, descriptor)
                with links_refused(part):
                    inner = os.open(part, FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    def make_folder(self, part: str, descriptor: int) -> None:
        """Make a folder in an open one unless it is there."""
        mode = self.directory_permissions_mode
        with suppress(FileExistsError):
            os.mkdir(part, 0o777 if mode is None else mode, dir_fd=descriptor)
            if mode is not None:
                # The umask took bits away that the setting asks for; we made this folder, so it is ours to change.
                made = os.open(part, FOLDER, dir_fd=descriptor)
                try:
                    os.fchmod(made, mode)
                finally:
                    os.close(made)

    def open_stream(self, path: StoragePath, mode: str) -> Any:
        """Open a file below the root as a Python file object."""

        def opener(_: str, flags: int) -> int:
            with self.opened_folder(path.parts[:-1]) as folder, links_refused(path):
                return os.open(path.basename, flags | NOFOLLOW, PRIVATE, dir_fd=folder)

        encoding = None if "b" in mode else "utf-8"
        made = not set(mode).isdisjoint("wax") and not Path(self.path(path)).exists()
        stream = open(self.path(path), mode, encoding=encoding, opener=opener)  # noqa: SIM115 - needs the opener
        if made:
            os.fchmod(stream.fileno(), self.mode_of_new_files())
        return stream

    def status(self, name: str) -> os.stat_result:
        """Return the facts about a file, without following links."""
        path = StoragePath(name)
        with self.opened_folder(path.parts[:-1]) as folder:
            return os.stat(path.basename, dir_fd=folder, follow_symlinks=False)

    def mode_of_new_files(self) -> int:
        """Return the mode of a finished file."""
        mode = self.file_permissions_mode
        return 0o666 & ~current_umask() if mode is None else mode

    # -- opening, saving, deleting --------------------------------------------------------------------------------

    @hook
    async def _aopen(self, name: StoragePath, mode: str) -> File:
        stream = await to_thread(self.open_stream, StoragePath(name), mode)
        return StoredFile(stream, name, self)

    @hook
    async def _asave(self, name: StoragePath, content: File) -> str:
        return await to_thread(self.write_file, StoragePath(name), content)

    @hook
    async def aget_available_name(self, name: str, max_length: int | None = None) -> str:
        """Return a free name; with `allow_overwrite` any name that is short enough."""
        if self._allow_overwrite and (max_length is None or len(name) <= max_length):
            return str(StoragePath(name))
        return await super().aget_available_name(name, max_length)

    def write_file(self, path: StoragePath, content: File) -> str:
        """Write a new file, exclusively, and return the name it got."""
        with self.opened_folder(path.parts[:-1], make=True) as folder:
            if self._allow_overwrite:
                self.replace_file(folder, path.basename, content)
                return str(path)
            basename, (root, extension) = path.basename, split_extension(path.basename)
            for _ in range(MAX_ATTEMPTS):
                try:
                    self.create_file(folder, basename, content)
                except FileExistsError:
                    # Somebody took the name since we looked.
                    basename = StoragePath(self.storable_alternative(root, extension)).basename
                else:
                    return f"{path.parent}/{basename}" if path.parent else basename
        raise FileExistsError(errno.EEXIST, f"No free name was found in {MAX_ATTEMPTS} attempts", str(path))

    def create_file(self, folder: int, basename: str, content: File) -> None:
        """Make a file that nobody has and fill it; nothing is left of it when that fails."""
        descriptor = os.open(basename, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NOFOLLOW, PRIVATE, dir_fd=folder)
        try:
            try:
                for chunk in content.chunks():
                    write_all(descriptor, chunk.encode() if isinstance(chunk, str) else chunk)
                os.fchmod(descriptor, self.mode_of_new_files())
            finally:
                os.close(descriptor)
        except BaseException:
            os.unlink(basename, dir_fd=folder)
            raise

    def replace_file(self, folder: int, basename: str, content: File) -> None:
        """Write beside the file, then take its place in one step: readers see the old one or the new one."""
        temporary = f".{get_random_string(16)}.part"
        self.create_file(folder, temporary, content)
        try:
            os.replace(temporary, basename, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(temporary, dir_fd=folder)
            raise

    @hook
    async def adelete(self, name: str) -> None:
        """Remove a file, or an empty folder; one that is not there is no error.

        Raises:
            ValueError: the name is empty, which would be the whole storage.
        """
        if not name:
            raise ValueError("delete() needs the name of a file; an empty one would be the whole storage.")
        await to_thread(self.remove_file, StoragePath(name))

    def remove_file(self, path: StoragePath) -> None:
        """Remove a file or an empty folder."""
        with suppress(FileNotFoundError), self.opened_folder(path.parts[:-1]) as folder:
            status = os.stat(path.basename, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                os.rmdir(path.basename, dir_fd=folder)
            else:
                os.unlink(path.basename, dir_fd=folder)

    # -- asking ---------------------------------------------------------------------------------------------------

    @hook
    async def aexists(self, name: str) -> bool:
        """Tell whether the name is taken, be it by a link."""
        try:
            await to_thread(self.status, StoragePath(name))
        except FileNotFoundError:
            return False
        return True

    @hook
    async def alistdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the names of the folders and of the files in a folder; "" is the root."""
        return await to_thread(self.list_folder, folder_path(path))

    def list_folder(self, path: StoragePath | None) -> tuple[list[str], list[str]]:
        """Return the names in a folder; None is the root."""
        folders: list[str] = []
        files: list[str] = []
        with self.opened_folder(path.parts if path else []) as folder, os.scandir(folder) as entries:
            for entry in entries:
                (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
        return sorted(folders), sorted(files)

    @hook
    async def asize(self, name: str) -> int:
        """Return the length of a file in bytes."""
        return (await to_thread(self.status, StoragePath(name))).st_size

    @hook
    async def aget_accessed_time(self, name: str) -> datetime:
        """Return when a file was read last."""
        return moment((await to_thread(self.status, StoragePath(name))).st_atime)

    @hook
    async def aget_created_time(self, name: str) -> datetime:
        """Return when a file was made, as far as the system tells."""
        return moment((await to_thread(self.status, StoragePath(name))).st_ctime)

    @hook
    async def aget_modified_time(self, name: str) -> datetime:
        """Return when a file was changed last."""
        return moment((await to_thread(self.status, StoragePath(name))).st_mtime)


@contextmanager
def links_refused(name: str) -> Generator[None]:
    """Say clearly that a symbolic link was met."""
    try:
        yield
    except OSError as error:
        if error.errno in LINK_ERRORS:
            raise SuspiciousFileOperation(
                f"{name!r} is, or leads through, a symbolic link or something that is no folder. A storage follows no "
                "links below its root; make `location` itself the link."
            ) from error
        raise


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`; the system may take less at once."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def current_umask() -> int:
    """Return the umask of the process without changing it, which would be seen by other threads."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("Umask:")).split()[1], 8)
    return 0o077

"""What every storage offers, in both colours.

A storage of your own overrides `_open`, `_save`, `delete`, `exists`, `listdir`, `size` and `url`, each as `def` or, with
an `a` in its name (`_asave`, `aexists`), as `async def`. Names reach `_open` and `_save` as StoragePath only: they were
checked before, in methods that are not meant to be overridden, and what an override answers is checked again. The other
methods are called as they are, so they begin with `StoragePath(name)`; `manoir.storage.compliance` tells of one that does not.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from manoir.bridge import TwoColours, blocking, hook, twin
from manoir.exceptions import SuspiciousFileOperation
from manoir.signing import get_random_string
from manoir.storage._file import File
from manoir.storage._path import MAX_PART_BYTES, SHOWN, StoragePath, cut, is_device, split_extension

SUFFIX_LENGTH: Final = 7
MAX_ATTEMPTS: Final = 100
UNWANTED = re.compile(r"[^-\w.]")


class Storage(TwoColours):
    """A place for files. Every method that waits has two names: `save` for sync code, `asave` for coroutines."""

    # -- what a project calls -------------------------------------------------------------------------------------

    async def aopen(self, name: str, mode: str = "rb") -> File:
        """Open a stored file.

        Args:
            name: its name.
            mode: as for Python's `open`.

        Raises:
            FileNotFoundError: there is none.
            SuspiciousFileOperation: the name leads out of the storage.
        """
        return await self._aopen(StoragePath(name), mode)

    open = blocking(aopen)

    async def asave(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Store a file under a free name and return that name.

        Args:
            name: the wished name, relative, with `/`; None takes the content's own.
            content: a `File`, or an open Python file object.
            max_length: longest name that can be kept, for example in a database column; None is no limit.

        Returns:
            The name it got: the wished one, or that with a random part when it was taken.

        Raises:
            SuspiciousFileOperation: the name leads out of the storage, or no free name is short enough.
        """
        wished = content.name if name is None else name
        if not hasattr(content, "chunks"):
            content = File(content, wished)
        free = await self.aget_available_name(StoragePath(wished), max_length)
        return str(StoragePath(await self._asave(StoragePath(free), content)))

    save = blocking(asave)

    # -- names ----------------------------------------------------------------------------------------------------

    def get_valid_name(self, name: str) -> str:
        """Return a name that file systems and URLs take: blanks become `_`, odd characters and dots at its end go.

        A name that means a device on Windows gets a `_`, one that is longer than file systems take is cut in front of
        its extension.

        Raises:
            SuspiciousFileOperation: nothing is left of it.

        Example:
            >>> Storage().get_valid_name("my summer (2026).jpg")
            'my_summer_2026.jpg'
            >>> Storage().get_valid_name("aux.txt")
            'aux_.txt'
        """
        cleaned = UNWANTED.sub("", str(name)[: SHOWN * 10].strip().replace(" ", "_")).rstrip(".")
        if not cleaned:
            raise SuspiciousFileOperation(f"No file name can be made of {str(name)[:SHOWN]!r}.")
        if is_device(cleaned):
            device, dot, rest = cleaned.partition(".")
            cleaned = f"{device}_{dot}{rest}"
        surplus = len(cleaned.encode()) - MAX_PART_BYTES
        if surplus <= 0:
            return cleaned
        root, extension = split_extension(cleaned)
        room = max(0, MAX_PART_BYTES - len(extension.encode()))
        return cut(root, room) + extension if room else cut(cleaned, MAX_PART_BYTES).rstrip(".")

    def get_alternative_name(self, file_root: str, file_ext: str) -> str:
        """Return another name for a file whose name is taken: with seven random characters, which nobody can count up."""
        return f"{file_root}_{get_random_string(SUFFIX_LENGTH)}{file_ext}"

    def storable_alternative(self, file_root: str, file_ext: str) -> str:
        """Return an alternative name whose bytes a file system takes; what is too much is cut out of the root."""
        surplus = len(self.get_alternative_name(file_root, file_ext).encode()) - MAX_PART_BYTES
        root = cut(file_root, max(0, len(file_root.encode()) - surplus)) if surplus > 0 else file_root
        return self.get_alternative_name(root, file_ext)

    @hook
    async def aget_available_name(self, name: str, max_length: int | None = None) -> str:
        """Return `name`, or when it is taken or too long an alternative that is free.

        Raises:
            SuspiciousFileOperation: no name is short enough.
        """
        path = StoragePath(name)
        folder = f"{path.parent}/" if path.parent else ""
        root, extension = split_extension(path.basename)
        candidate = str(path)
        for _ in range(MAX_ATTEMPTS):
            surplus = len(candidate) - max_length if max_length is not None else 0
            if surplus > 0:
                # The random part must fit too, so it is cut out of the original root.
                room = len(root) - (len(folder + self.get_alternative_name(root, extension)) - (max_length or 0))
                if room <= 0:
                    raise SuspiciousFileOperation(
                        f"No name for {str(path)[:SHOWN]!r} fits into {max_length} characters. Allow a longer one: "
                        "a larger max_length."
                    )
                root = root[:room]
            elif not await self.aexists(candidate):
                return candidate
            candidate = folder + self.storable_alternative(root, extension)
        raise SuspiciousFileOperation(f"No free name was found for {str(path)[:SHOWN]!r} in {MAX_ATTEMPTS} attempts.")

    get_available_name = twin(aget_available_name)

    def generate_filename(self, filename: str) -> str:
        """Return the name to store a file under that was sent as `filename`: its last part made valid.

        Raises:
            SuspiciousFileOperation: the name leads out of the storage.
        """
        folder, slash, basename = str(filename).replace("\\", "/").rpartition("/")
        return str(StoragePath(f"{folder}{slash}{self.get_valid_name(basename)}"))

    # -- what a storage defines -----------------------------------------------------------------------------------

    @hook
    async def _aopen(self, name: StoragePath, mode: str) -> File:
        raise NotImplementedError(undefined(self, "_open"))

    _open = twin(_aopen)

    @hook
    async def _asave(self, name: StoragePath, content: File) -> str:
        raise NotImplementedError(undefined(self, "_save"))

    _save = twin(_asave)

    def path(self, name: str) -> str:
        """Return where a file lies on this machine.

        Raises:
            NotImplementedError: this storage keeps no files on this machine; open them instead.
        """
        raise NotImplementedError(
            f"{type(self).__name__} keeps no files on this machine, so they have no path: use open()."
        )

    def url(self, name: str) -> str:
        """Return the URL under which a visitor gets the file."""
        raise NotImplementedError(undefined(self, "url"))

    @hook
    async def adelete(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        raise NotImplementedError(undefined(self, "delete"))

    delete = twin(adelete)

    @hook
    async def aexists(self, name: str) -> bool:
        """Tell whether the name is taken."""
        raise NotImplementedError(undefined(self, "exists"))

    exists = twin(aexists)

    @hook
    async def alistdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the names of the folders and of the files in a folder; "" is the root."""
        raise NotImplementedError(undefined(self, "listdir"))

    listdir = twin(alistdir)

    @hook
    async def asize(self, name: str) -> int:
        """Return the length of a file in bytes."""
        raise NotImplementedError(undefined(self, "size"))

    size = twin(asize)

    @hook
    async def aget_accessed_time(self, name: str) -> datetime:
        """Return when a file was read last: aware with USE_TZ, else naive in local time."""
        raise NotImplementedError(undefined(self, "get_accessed_time"))

    get_accessed_time = twin(aget_accessed_time)

    @hook
    async def aget_created_time(self, name: str) -> datetime:
        """Return when a file was made: aware with USE_TZ, else naive in local time."""
        raise NotImplementedError(undefined(self, "get_created_time"))

    get_created_time = twin(aget_created_time)

    @hook
    async def aget_modified_time(self, name: str) -> datetime:
        """Return when a file was changed last: aware with USE_TZ, else naive in local time."""
        raise NotImplementedError(undefined(self, "get_modified_time"))

    get_modified_time = twin(aget_modified_time)


def undefined(storage: Storage, name: str) -> str:
    plain = name.lstrip("_")
    underscore = name[: len(name) - len(plain)]
    return f"{type(storage).__name__} does not define {name}() (or {underscore}a{plain}() as async def)."

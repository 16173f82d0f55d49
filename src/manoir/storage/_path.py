"""The name of a stored file as a type: one strict constructor, required by everything that opens, writes or deletes."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from typing import Any, Final

from manoir.exceptions import SuspiciousFileOperation

MAX_NAME_LENGTH: Final = 1_024
MAX_PARTS: Final = 64
MAX_PART_BYTES: Final = 255
SHOWN: Final = 100

RESERVED: Final = frozenset({
    "con", "prn", "aux", "nul", "conin$", "conout$",
    *(f"{device}{number}" for device in ("com", "lpt") for number in "0123456789¹²³"),
})  # fmt: skip
"""Names that Windows takes for devices, with any extension. Refused everywhere, so that a site can move."""


def is_device(part: str) -> bool:
    """Tell whether Windows takes a part of a name for a device."""
    return part.partition(".")[0].rstrip(" ").lower() in RESERVED


def cut(text: str, most_bytes: int) -> str:
    """Return the beginning of a text that takes at most so many bytes in UTF-8."""
    return text.encode()[:most_bytes].decode(errors="ignore")


def problem_of_part(part: str) -> str | None:
    """Say what is wrong with one part of a name; None when nothing is."""
    if part in {"", ".", ".."}:
        return f"the part {part!r} leads elsewhere"
    if len(part.encode("utf-8", "surrogatepass")) > MAX_PART_BYTES:
        return f"a part is longer than {MAX_PART_BYTES} bytes"
    if part[-1] in " ." or part[0] == " ":
        return f"the part {part[:SHOWN]!r} begins or ends with a blank, or ends with a dot"
    if is_device(part):
        return f"{part[:SHOWN]!r} is the name of a device on Windows"
    return None


def problem_of(name: str) -> str | None:
    """Say what is wrong with a name; None when nothing is."""
    if not name:
        return "it is empty"
    if len(name) > MAX_NAME_LENGTH:
        return f"it is longer than {MAX_NAME_LENGTH} characters"
    for character in name:
        if character in '\\:*?"<>|' or unicodedata.category(character) in {"Cc", "Cs"}:
            return f"it holds the character {character!r}"
    parts = name.split("/")
    if not parts[0]:
        return "it is an absolute path"
    if len(parts) > MAX_PARTS:
        return f"it has more than {MAX_PARTS} parts"
    return next(filter(None, map(problem_of_part, parts)), None)


class StoragePath(str):
    """The name of a file below the root of a storage, relative, with `/` between its parts.

    Args:
        name: text, or anything `str` makes a path of.

    Raises:
        SuspiciousFileOperation: the name could lead out of the storage, or means something else on another system.

    Example:
        >>> StoragePath("covers/atlas.jpg").parent
        'covers'
        >>> StoragePath("../settings.py")
        Traceback (most recent call last):
        manoir.exceptions.SuspiciousFileOperation: '../settings.py' cannot name a stored file: the part '..' leads elsewhere.
    """

    __slots__ = ()

    def __new__(cls, name: Any) -> StoragePath:
        if type(name) is StoragePath:
            return name
        text = str(name)
        problem = problem_of(text)
        if problem is not None:
            raise SuspiciousFileOperation(f"{text[:SHOWN]!r} cannot name a stored file: {problem}.")
        return super().__new__(cls, text)

    @property
    def parts(self) -> list[str]:
        """The parts between the slashes."""
        return self.split("/")

    @property
    def parent(self) -> str:
        """The folder, "" at the root."""
        return self.rpartition("/")[0]

    @property
    def basename(self) -> str:
        """The last part."""
        return self.rpartition("/")[2]


def folder_path(name: str) -> StoragePath | None:
    """Return the path of a folder; None is the root, which is "", "." or "/"'s relative form."""
    text = str(name).strip("/") if str(name) in {"", ".", "./", "/"} else str(name).rstrip("/")
    return None if text in {"", "."} else StoragePath(text)


def split_extension(basename: str) -> tuple[str, str]:
    """Split a name into root and all its extensions' text (`photo` and `.tar.gz`)."""
    suffixes = "".join(PurePosixPath(basename).suffixes)
    return basename[: len(basename) - len(suffixes)], suffixes

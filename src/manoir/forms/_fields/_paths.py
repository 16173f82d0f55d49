"""A field whose choices are the files in a folder of the server."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from manoir.forms._fields._choices import ChoiceField

MAX_PATHS: Final = 10_000
"""Most files and folders that are looked at for one field."""

Folder: TypeAlias = "str | os.PathLike[str] | Callable[[], str | os.PathLike[str]]"


class FilePathField(ChoiceField):
    r"""One of the files in a folder of the server; its value is the file's path.

    The folder is looked into each time the choices are needed, so new files are offered at once.

    Args:
        path: the folder, absolute; or a function that returns it.
        match: regular expression that the names of files have to match; None takes all.
        recursive: look into the folders below, too.
        allow_files: offer files.
        allow_folders: offer folders.
        **options: the options of every field.

    Raises:
        ValueError: neither files nor folders are allowed.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.txt").write_text("a")
        >>> [label for value, label in FilePathField(path=folder, match=r"\.txt$").choices]
        ['a.txt']
    """

    def __init__(
        self,
        path: Folder,
        *,
        match: str | None = None,
        recursive: bool = False,
        allow_files: bool = True,
        allow_folders: bool = False,
        **options: Any,
    ) -> None:
        if not allow_files and not allow_folders:
            raise ValueError(
                "FilePathField offers neither files nor folders: set allow_files=True or allow_folders=True."
            )
        self.path = path
        self.match = match
        self.recursive = recursive
        self.allow_files = allow_files
        self.allow_folders = allow_folders
        super().__init__(**options)
        self.set_choices()

    def set_choices(self) -> None:
        """Offer what lies in the folder, whatever was assigned to `choices` before."""
        self.choices = self.listed

    def listed(self) -> Iterator[tuple[str, str]]:
        """Yield the paths that are offered with their labels, which begin below the folder; first the empty one.

        Raises:
            ValueError: there are more than 10,000 files and folders.
        """
        if not self.required:
            yield "", "---------"
        folder = Path(self.path() if callable(self.path) else self.path)
        wanted = re.compile(self.match) if self.match else None
        for found in sorted(everything_in(folder, self.recursive)):
            allowed = self.allow_files if found.is_file() else self.allow_folders and found.is_dir()
            if allowed and (wanted is None or wanted.search(found.name)):
                yield str(found), str(found.relative_to(folder))


def everything_in(folder: Path, recursive: bool) -> list[Path]:
    """Files and folders of a folder, in no order; what Python keeps beside its modules is left out."""
    found = list(itertools.islice(folder.rglob("*") if recursive else folder.iterdir(), MAX_PATHS + 1))
    if len(found) > MAX_PATHS:
        raise ValueError(f"FilePathField: {folder} holds more than {MAX_PATHS:,} files; offer a smaller folder.")
    return [one for one in found if "__pycache__" not in one.relative_to(folder).parts]

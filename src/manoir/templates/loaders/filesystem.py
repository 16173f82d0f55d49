"""Templates in directories."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manoir.exceptions import SuspiciousFileOperation, TemplateDoesNotExist
from manoir.templates import _loader

if TYPE_CHECKING:
    from manoir.templates._engine import Engine

__all__ = ["Loader"]

MAX_SUGGESTED = 5_000


class Loader(_loader.Loader):
    """Finds templates in directories.

    Args:
        engine: the engine it loads for.
        dirs: the directories, in order; None takes the engine's.
    """

    def __init__(self, engine: Engine, dirs: Sequence[Any] | None = None) -> None:
        super().__init__(engine)
        self.dirs = None if dirs is None else [os.fspath(directory) for directory in dirs]

    def get_dirs(self) -> Sequence[str]:
        """Return the directories to look in."""
        return self.engine.dirs if self.dirs is None else self.dirs

    def get_template_sources(self, template_name: str) -> Iterator[_loader.Origin]:
        """Return the file of this name in each directory; names that lead out of a directory are left out."""
        for directory in self.get_dirs():
            try:
                path = _loader.contained_path(directory, template_name)
            except SuspiciousFileOperation:
                continue
            yield _loader.Origin(path, template_name, self)

    def get_contents(self, origin: _loader.Origin) -> str:
        """Read a file."""
        try:
            return Path(origin.name).read_text(encoding=self.engine.file_charset)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise TemplateDoesNotExist(origin.name) from error

    def version(self, origin: _loader.Origin) -> Any:
        """Return time and size of a file."""
        try:
            status = Path(origin.name).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def names(self) -> Iterator[str]:
        """Return the names of the files in the directories."""
        for directory in self.get_dirs():
            files = (path for path in Path(directory).rglob("*") if path.is_file())
            for path in islice(files, MAX_SUGGESTED):
                yield path.relative_to(directory).as_posix()

"""Where static files are found: directories of the project, then the directory `static` of each app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from manoir.apps import apps
from manoir.conf import import_string, settings
from manoir.exceptions import ImproperlyConfigured

IGNORED = ("CVS", ".*", "*~")
"""Names that `collectstatic` leaves out unless told otherwise."""


class BaseFinder:
    """Finds static files; a project may add its own to STATICFILES_FINDERS."""

    def roots(self) -> list[tuple[str, Path]]:
        """Return pairs of a URL prefix ("" for none) and a directory, the most important first."""
        raise NotImplementedError("A finder says where it looks: roots() must return pairs of prefix and directory.")

    def find(self, path: str, find_all: bool = False) -> Any:
        """Find one file.

        Args:
            path: path below STATIC_URL, with forward slashes.
            find_all: return a list of all matches instead of the first.

        Returns:
            The file's path as text, or None; with `find_all` a list.
        """
        found = [str(file) for prefix, root in self.roots() if (file := file_below(root, prefix, path)) is not None]
        return found if find_all else found[0] if found else None

    def list(self, ignore_patterns: Iterable[str] | None = None) -> Iterator[tuple[str, Path]]:
        """Yield path below STATIC_URL and file, of every file."""
        patterns = tuple(ignore_patterns or ())
        for prefix, root in self.roots():
            for file in walk(root, patterns):
                yield str(PurePosixPath(prefix) / file.relative_to(root).as_posix()), file


class FileSystemFinder(BaseFinder):
    """Finds files in STATICFILES_DIRS."""

    def roots(self) -> list[tuple[str, Path]]:
        """Return the entries of STATICFILES_DIRS."""
        roots: list[tuple[str, Path]] = []
        for entry in settings.STATICFILES_DIRS:
            prefix, directory = entry if isinstance(entry, (list, tuple)) else ("", entry)
            roots.append((str(prefix).strip("/"), Path(directory)))
        return roots


class AppDirectoriesFinder(BaseFinder):
    """Finds files in the directory `static` of each installed app, and the single files that an app takes from others.

    An AppConfig may have `static_files`, files by their path below STATIC_URL: so an app serves a script out of the
    package that ships it.

    Attributes:
        source_dir: name of that directory.
    """

    source_dir = "static"

    def roots(self) -> list[tuple[str, Path]]:
        """Return the directories that exist, in the order of INSTALLED_APPS."""
        directories = [Path(config.path) / self.source_dir for config in apps.get_app_configs()]
        return [("", directory) for directory in directories if directory.is_dir()]

    def find(self, path: str, find_all: bool = False) -> Any:
        """Find one file, in the directories first."""
        found: list[str] = super().find(path, find_all=True)
        found += [str(file) for known, file in self.taken() if known == path]
        return found if find_all else found[0] if found else None

    def list(self, ignore_patterns: Iterable[str] | None = None) -> Iterator[tuple[str, Path]]:
        """Yield path below STATIC_URL and file, of every file."""
        yield from super().list(ignore_patterns)
        yield from self.taken()

    def taken(self) -> Iterator[tuple[str, Path]]:
        """Yield path below STATIC_URL and file, of the files that apps take out of other packages."""
        for config in apps.get_app_configs():
            taken: dict[str, Path] = getattr(config, "static_files", {})
            yield from taken.items()


def file_below(root: Path, prefix: str, path: str) -> Path | None:
    """Return the file that `path` means below `root`; None when there is none, or it would leave `root`."""
    if prefix:
        if not path.startswith(f"{prefix}/"):
            return None
        path = path[len(prefix) + 1 :]
    if not is_plain(path):
        return None
    file = root / path
    if not file.is_file():
        return None
    # A link may lead elsewhere; what counts is where the file really is.
    return file if file.resolve().is_relative_to(root.resolve()) else None


def is_plain(path: str) -> bool:
    """Tell whether a path has only names in it: no `..`, no empty part, no backslash, NUL or drive."""
    if not path or len(path) > 1024 or "\x00" in path or "\\" in path or ":" in path:
        return False
    return all(part not in ("", ".", "..") for part in path.split("/"))


def walk(root: Path, ignore_patterns: tuple[str, ...], within: Path | None = None) -> Iterator[Path]:
    """Yield the files below `root` in the order of their names, without ignored ones and links that lead elsewhere."""
    if not root.is_dir():
        return
    within = within or root.resolve()
    for entry in sorted(root.iterdir()):
        if any(fnmatchcase(entry.name, pattern) for pattern in ignore_patterns):
            continue
        if entry.is_symlink() and not entry.resolve().is_relative_to(within):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from walk(entry, ignore_patterns, within)
        elif entry.is_file():
            yield entry


def get_finders() -> list[BaseFinder]:
    """Return the finders of STATICFILES_FINDERS.

    Raises:
        ImproperlyConfigured: an entry is no finder.
    """
    finders: list[BaseFinder] = []
    for path in settings.STATICFILES_FINDERS:
        finder: Callable[[], Any] = import_string(path)
        if not (isinstance(finder, type) and issubclass(finder, BaseFinder)):
            raise ImproperlyConfigured(
                f"STATICFILES_FINDERS: {path!r} is no finder; derive it from manoir.staticfiles.BaseFinder."
            )
        finders.append(finder())
    return finders


def find(path: str, find_all: bool = False) -> Any:
    """Find a static file with all finders.

    Args:
        path: path below STATIC_URL.
        find_all: return a list of all matches, in the order of the finders.

    Returns:
        The file's path as text, or None; with `find_all` a list.

    Example:
        >>> find("no/such/file.css") is None
        True
    """
    if find_all:
        return [match for finder in get_finders() for match in finder.find(path, find_all=True)]
    for finder in get_finders():
        match = finder.find(path)
        if match is not None:
            return match
    return None

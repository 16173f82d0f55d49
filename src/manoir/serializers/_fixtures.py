"""Finding fixtures: files of serialized rows, in folders of apps and of FIXTURE_DIRS, possibly compressed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manoir.apps import apps
from manoir.conf import settings
from manoir.exceptions import CommandError, ImproperlyConfigured, nearest
from manoir.serializers._formats import get_public_serializer_formats

STDIN = "-"
FOLDER = "fixtures"

Opener = Callable[[Path, str], Any]


def open_xz(path: Path, mode: str) -> Any:
    return lzma.open(path, mode)


def open_lzma(path: Path, mode: str) -> Any:
    return lzma.open(path, mode, format=lzma.FORMAT_ALONE if "w" in mode else lzma.FORMAT_AUTO)


def open_gzip(path: Path, mode: str) -> Any:
    return gzip.open(path, mode)


def open_bz2(path: Path, mode: str) -> Any:
    return bz2.open(path, mode)


COMPRESSIONS: dict[str, Opener] = {"gz": open_gzip, "bz2": open_bz2, "lzma": open_lzma, "xz": open_xz}
"""How files are opened by their last suffix; "zip" is only read."""
ARCHIVE = "zip"


@dataclass(frozen=True, slots=True)
class Fixture:
    """A file of serialized rows.

    Attributes:
        path: where it is; None: standard input.
        format: of what is inside.
        compression: its last suffix where it is compressed, else None.
    """

    path: Path | None
    format: str
    compression: str | None = None

    def __str__(self) -> str:
        return "standard input" if self.path is None else str(self.path)

    @contextmanager
    def open(self, stdin: Any = None) -> Generator[Any]:
        """Open it for reading; gives a stream of bytes (or what `stdin` is).

        Raises:
            CommandError: an archive holds more than one file, or a file is not compressed as its suffix says.
        """
        if self.path is None:
            yield stdin
            return
        with ExitStack() as stack:
            if self.compression == ARCHIVE:
                yield stack.enter_context(open_archive(stack, self.path))
            elif self.compression is not None:
                yield stack.enter_context(COMPRESSIONS[self.compression](self.path, "rb"))
            else:
                yield stack.enter_context(self.path.open("rb"))


def open_archive(stack: ExitStack, path: Path) -> Any:
    """Open the only file of a ZIP archive."""
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
    except zipfile.BadZipFile as error:
        raise CommandError(f"{path} is no ZIP archive: {error}.") from error
    names = archive.namelist()
    if len(names) != 1:
        raise CommandError(f"{path} holds {len(names)} files, but an archive of a fixture holds one.")
    return archive.open(names[0])


class Finder:
    """Finds fixtures by the names that `loaddata` takes.

    Args:
        using: alias of the database: `name.alias.json` is only for that one.
        app_label: look only in the folder of this app; None: in all.
        format: the only format that is looked for; None: all. It is also the format of standard input.
    """

    def __init__(self, using: str, app_label: str | None = None, format: str | None = None) -> None:
        self.using = using
        self.format = format
        self.formats = [format] if format is not None else get_public_serializer_formats()
        self.folders = fixture_folders(app_label)
        self.suffixes = ["", *(f".{name}" for name in (*COMPRESSIONS, ARCHIVE))]

    def find(self, label: str) -> list[Fixture]:
        """Return the files that a name means: at most one in each folder, and those without and with the alias.

        Raises:
            CommandError: there is none (the nearest names are given), or a folder has several of that name.
        """
        if label == STDIN:
            if self.format is None:
                raise CommandError("Rows out of standard input need their format: --format=json.")
            return [Fixture(None, self.format)]
        base, formats, suffixes = self.taken_apart(label)
        path = Path(base)
        folders = [path.parent] if path.is_absolute() else [*self.folders, Path()]
        found: list[Fixture] = []
        for folder in dict.fromkeys(folders if path.is_absolute() else [one / path.parent for one in folders]):
            found += self.in_folder(folder, path.name, label, formats, suffixes)
        if not found:
            raise CommandError(self.nothing(label, folders, base))
        return found

    def taken_apart(self, label: str) -> tuple[str, list[str], list[str]]:
        """A name without its suffixes, with the formats and compressions that these leave possible."""
        base, suffixes = label, self.suffixes
        head, dot, last = base.rpartition(".")
        if dot and (last in COMPRESSIONS or last == ARCHIVE):
            base, suffixes = head, [f".{last}"]
        head, dot, last = base.rpartition(".")
        if dot and last in get_public_serializer_formats():
            if self.format is not None and last != self.format:
                raise CommandError(f"The fixture {label!r} is {last}, but --format says {self.format}.")
            return head, [last], suffixes
        if dot and "/" not in last and self.looks_like_format(label, last):
            known = get_public_serializer_formats()
            raise CommandError(
                f"The fixture {label!r} cannot be read: there is no serialization format {last!r}.{nearest(last, known)}"
                f" Formats: {', '.join(sorted(known))}."
            )
        return base, self.formats, suffixes

    def looks_like_format(self, label: str, last: str) -> bool:
        """Whether a name ends with a suffix that is no format: a file of exactly that name is there."""
        return any((folder / label).is_file() for folder in (*self.folders, Path())) or last in ("yaml", "yml", "csv")

    def in_folder(
        self, folder: Path, name: str, label: str, formats: Sequence[str], suffixes: Sequence[str]
    ) -> list[Fixture]:
        """The files of one folder."""
        found: list[Fixture] = []
        for alias in ("", f".{self.using}"):
            here = [
                Fixture(path, format, suffix.removeprefix(".") or None)
                for format in formats
                for suffix in suffixes
                if (path := folder / f"{name}{alias}.{format}{suffix}").is_file()
            ]
            if len(here) > 1:
                names = ", ".join(sorted(one.path.name for one in here if one.path is not None))
                raise CommandError(
                    f"The folder {folder} has several fixtures {label!r}: {names}. Name one with its suffix."
                )
            found += here
        return found

    def nothing(self, label: str, folders: Iterable[Path], base: str) -> str:
        """Say that there is no such fixture, which is near, and where it was looked for."""
        known = {
            file.name.partition(".")[0]
            for folder in folders
            if folder.is_dir()
            for file in folder.iterdir()
            if file.is_file() and not set(file.name.split(".")[1:]).isdisjoint(self.formats)
        }
        places = [*(str(folder) for folder in folders if folder != Path()), "the working directory"]
        return f"There is no fixture {label!r}.{nearest(Path(base).name, known)} Looked in: {', '.join(places)}."


def fixture_folders(app_label: str | None = None) -> list[Path]:
    """Return the folders with fixtures: of apps first, then FIXTURE_DIRS.

    Raises:
        ImproperlyConfigured: FIXTURE_DIRS names a folder twice, or the one of an app.
        CommandError: there is no such app.
    """
    try:
        configs = apps.get_app_configs() if app_label is None else [apps.get_app_config(app_label)]
    except LookupError as error:
        raise CommandError(str(error)) from error
    own = [Path(config.path) / FOLDER for config in configs]
    if app_label is not None:
        return [folder for folder in own if folder.is_dir()]
    given = [Path(folder) for folder in settings.FIXTURE_DIRS]
    for index, folder in enumerate(given):
        if folder in given[:index]:
            raise ImproperlyConfigured(f"FIXTURE_DIRS names {str(folder)!r} twice.")
        if folder in own:
            raise ImproperlyConfigured(
                f"FIXTURE_DIRS names {str(folder)!r}, the folder of an app, where loaddata looks anyway. Take it out."
            )
    return [folder for folder in (*own, *given) if folder.is_dir()]


@contextmanager
def open_output(path: Path) -> Generator[Any]:
    """Open a file for text, compressed as its last suffix says; only its owner may read it.

    What is there stays until the new content is complete. A device or pipe is written as it is.
    """
    suffix = path.suffix.removeprefix(".")
    is_new = not path.exists() or path.is_file()
    # The name inside of an archive is made of the path, so the file in the making has the same name, in a folder of its own.
    folder = Path(tempfile.mkdtemp(prefix=".dump-", dir=path.parent)) if is_new else None
    target = path if folder is None else folder / path.name
    try:
        if folder is not None:
            target.touch(mode=0o600)
        opened = COMPRESSIONS[suffix](target, "wb") if suffix in COMPRESSIONS else target.open("wb")
        with io.TextIOWrapper(opened, encoding="utf-8", newline="\n") as stream:
            yield stream
        if folder is not None:
            target.replace(path.resolve())
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

"""Compressed copies of static files, made once by `collectstatic` and sent to whoever takes them.

gzip is always there; Brotli and Zstandard where their packages are (`manoir[compression]`). A copy that saves less than a
twentieth is not kept.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import Any, ClassVar, Final

from manoir.staticfiles._manifest import ManifestFilesMixin, Processed, read, replace
from manoir.staticfiles._storage import StaticFilesStorage

SUFFIXES: Final[dict[str, str]] = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""What is put behind a name for each coding of RFC 9110, 8.4.1, RFC 7932 and RFC 8878; the smallest first."""

PACKED: Final = frozenset(
    {
        ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".zip", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".br", ".zst",
        ".7z", ".woff", ".woff2", ".mp3", ".mp4", ".m4a", ".ogg", ".webm", ".mov", ".swf", ".flv", ".pdf",
    }
)  # fmt: skip
"""Extensions of files that are compressed already."""

WORTH: Final = 0.95
"""A copy is kept when it is at most this part of the original."""

Compress = Callable[[bytes], bytes]


def compressors() -> dict[str, Compress]:
    """Return the functions that compress, by coding, as far as they are installed."""
    found: dict[str, Compress] = {"gzip": lambda content: gzip.compress(content, 9, mtime=0)}
    if find_spec("brotli") is not None:
        brotli: Any = import_module("brotli")
        found["br"] = lambda content: brotli.compress(content, quality=11)
    if find_spec("zstandard") is not None:
        zstandard: Any = import_module("zstandard")
        found["zstd"] = lambda content: zstandard.ZstdCompressor(level=19).compress(content)
    return found


class CompressedFilesMixin:
    """Gives a storage of static files compressed copies of what it has."""

    skip_compress_extensions: ClassVar[frozenset[str]] = PACKED

    def post_process(self: Any, paths: Iterable[str], dry_run: bool = False, **options: Any) -> Iterator[Processed]:
        """Compress what pages link: with a manifest the files under names with hashes, else all.

        Args:
            paths: names of all files that were collected.
            dry_run: do nothing.
            **options: those of other storages.

        Yields:
            As `ManifestFilesMixin.post_process`, then for each copy the name of the file, that of the copy and True.
        """
        before: Any = getattr(super(), "post_process", None)
        linked: list[str] = list(paths) if before is None else []
        if before is not None:
            for name, hashed, outcome in before(paths, dry_run=dry_run, **options):
                yield name, hashed, outcome
                if not isinstance(outcome, Exception):
                    linked.append(hashed)
        if dry_run:
            return
        known = compressors()
        for name in linked:
            yield from self.compress(name, known)

    def compress(self: Any, name: str, known: dict[str, Compress]) -> Iterator[Processed]:
        """Store the compressed copies of a file that are worth it, and not there yet."""
        if PurePosixPath(name).suffix.lower() in self.skip_compress_extensions:
            return
        missing = {coding: pack for coding, pack in known.items() if not is_fresh_copy(self, name, SUFFIXES[coding])}
        if not missing:
            return
        content = read(self, name)
        for coding, pack in missing.items():
            packed = pack(content)
            if content and len(packed) <= WORTH * len(content):
                replace(self, name + SUFFIXES[coding], packed)
                yield name, name + SUFFIXES[coding], True
            elif self.exists(name + SUFFIXES[coding]):
                self.delete(name + SUFFIXES[coding])  # of an older content


def is_fresh_copy(storage: Any, name: str, suffix: str) -> bool:
    """Whether a compressed copy is there, and no older than the file."""
    copy = name + suffix
    return storage.exists(copy) and storage.get_modified_time(copy) >= storage.get_modified_time(name)


class CompressedStaticFilesStorage(CompressedFilesMixin, StaticFilesStorage):
    """Files below STATIC_ROOT with compressed copies, for `STORAGES["staticfiles"]`.

    Args:
        location: directory; None takes STATIC_ROOT.
        base_url: URL; None takes STATIC_URL.
    """


class CompressedManifestStaticFilesStorage(CompressedFilesMixin, ManifestFilesMixin, StaticFilesStorage):
    """Files below STATIC_ROOT under names with hashes and with compressed copies: what a site in production wants.

    Args:
        location: directory; None takes STATIC_ROOT.
        base_url: URL; None takes STATIC_URL.
        manifest_storage: storage of the manifest; None is this one.
    """

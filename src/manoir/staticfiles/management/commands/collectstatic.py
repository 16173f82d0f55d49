"""`collectstatic`: gathers the static files of the project and its apps into STATIC_ROOT."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from manoir.commands import BaseCommand
from manoir.exceptions import CommandError
from manoir.staticfiles._compressed import SUFFIXES
from manoir.staticfiles._finders import IGNORED, get_finders
from manoir.staticfiles._storage import StaticFilesStorage
from manoir.storage import File, Storage, storages


class Command(BaseCommand):
    """Copies what is new or changed."""

    help = "Gathers static files into STATIC_ROOT; files that did not change are left alone."
    requires_system_checks = ("staticfiles",)

    def add_arguments(self, parser: Any) -> None:
        """Take what to ignore, whether to clear, whether to ask."""
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="do not ask")
        parser.add_argument("-n", "--dry-run", action="store_true", help="say what would be done")
        parser.add_argument(
            "--no-post-process",
            action="store_false",
            dest="post_process",
            help="do not give files names with hashes or compressed copies",
        )
        parser.add_argument(
            "-c", "--clear", action="store_true", help="remove files in STATIC_ROOT that have no source"
        )
        parser.add_argument(
            "-i",
            "--ignore",
            action="append",
            default=[],
            dest="ignore_patterns",
            metavar="PATTERN",
            help="leave out names like this",
        )
        parser.add_argument(
            "--no-default-ignore", action="store_false", dest="use_default_ignore", help="also take .* and *~"
        )

    def handle(self, *, clear: bool = False, dry_run: bool = False, interactive: bool = True, **options: Any) -> str:
        """Copy, and say how many files."""
        storage: Storage = storages["staticfiles"] if "staticfiles" in storages else StaticFilesStorage()
        if isinstance(storage, StaticFilesStorage):
            storage.require_location()
        patterns = [
            *(IGNORED if options.get("use_default_ignore", True) else ()),
            *(options.get("ignore_patterns") or ()),
        ]
        files = collect(patterns)
        verbose = options.get("verbosity", 1) > 1
        if clear and interactive and not dry_run and not self.confirm():
            raise CommandError("Nothing was collected.")
        copied = 0
        for path, file in files.items():
            if is_fresh(storage, path, file):
                continue
            copied += 1
            if verbose:
                self.stdout.write(f"{'Would copy' if dry_run else 'Copying'} {file}")
            if not dry_run:
                copy(storage, path, file)
        made = self.process(storage, files, verbose) if options.get("post_process", True) and not dry_run else None
        kept = kept_names(storage, files)
        removed = remove_orphans(storage, kept, dry_run=dry_run) if clear else 0
        verb = "would be copied" if dry_run else "copied"
        further = "" if made is None else f", {made} post-processed"
        gone = f", {removed} removed" if removed else ""
        unmodified = len(files) - copied
        return f"{copied} static file{'' if copied == 1 else 's'} {verb}, {unmodified} unmodified{further}{gone}."

    def process(self, storage: Any, files: Iterable[str], verbose: bool) -> int | None:
        """Have the storage make of the files what it likes to; None where it does nothing."""
        if not hasattr(storage, "post_process"):
            return None
        made = 0
        faults: list[str] = []
        for name, result, outcome in storage.post_process(list(files)):
            if isinstance(outcome, Exception):
                faults.append(str(outcome))
            elif outcome:
                made += 1
                if verbose:
                    self.stdout.write(f"Post-processed {name} as {result}")
        if faults:
            raise CommandError("\n".join(["Some files name others that are not there:", *dict.fromkeys(faults)]))
        return made

    def confirm(self) -> bool:
        """Ask before files are removed."""
        return (
            input("Files in STATIC_ROOT that have no source will be removed. Go on? [yes/no] ").strip().lower() == "yes"
        )


def collect(ignore_patterns: Iterable[str]) -> dict[str, Path]:
    """Return the file for each path; where several finders know one, the first wins."""
    files: dict[str, Path] = {}
    for finder in get_finders():
        for path, file in finder.list(ignore_patterns):
            files.setdefault(path, file)
    return files


def is_fresh(storage: Storage, path: str, file: Path) -> bool:
    """Tell whether the collected copy is as new as its source, and as large."""
    if not storage.exists(path):
        return False
    copied, changed = storage.get_modified_time(path).timestamp(), file.stat().st_mtime
    if copied == int(copied):  # a storage that knows no parts of a second
        changed = int(changed)
    return copied >= changed and storage.size(path) == file.stat().st_size


def copy(storage: Storage, path: str, file: Path) -> None:
    """Store one file under its own name, in place of an older one."""
    if storage.exists(path):
        storage.delete(path)
    with file.open("rb") as source:
        storage.save(path, File(source, name=path))


def kept_names(storage: Any, files: Iterable[str]) -> set[str]:
    """Return the names that have a source: the files, what the storage made of them, and its manifest."""
    kept = set(files)
    hashed: dict[str, str] | None = getattr(storage, "hashed_files", None)
    if hashed is not None:
        kept |= {storage.manifest_name, *(hashed[name] for name in files if name in hashed)}
    return kept | {name + suffix for name in kept for suffix in SUFFIXES.values()}


def remove_orphans(storage: Storage, files: Collection[str], *, dry_run: bool, directory: str = "") -> int:
    """Remove collected files that no finder knows any more, and return how many."""
    if directory and not storage.exists(directory):
        return 0
    try:
        directories, names = storage.listdir(directory)
    except FileNotFoundError:
        return 0
    removed = 0
    for name in names:
        path = f"{directory}/{name}" if directory else name
        if path not in files:
            removed += 1
            if not dry_run:
                storage.delete(path)
    for name in directories:
        removed += remove_orphans(
            storage, files, dry_run=dry_run, directory=f"{directory}/{name}" if directory else name
        )
    return removed

"""Static files under names with a hash of their content, so that browsers may keep them for ever.

Each file is stored beside the original as `css/style.3f1c9d2a7b60.css`, and what style sheets and scripts name is
replaced by those names, the innermost file first: a name changes exactly when the content does, or that of a file it
names. Files that name each other in a circle share one hash of all their contents. The names stand in `staticfiles.json`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit, urlunsplit

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, nearest
from manoir.staticfiles._references import Reference, is_read, references
from manoir.staticfiles._storage import StaticFilesStorage
from manoir.storage import ContentFile, Storage

HASH_LENGTH = 12
Processed = tuple[str, str, bool | Exception]
"""A name, the name with the hash, and whether the file was written now; or what is wrong with it."""


class MissingReference(ValueError):
    """A file names one that was not collected."""


class ManifestFilesMixin:
    """Gives a storage of static files names with hashes, and a manifest of them.

    Attributes:
        manifest_name: name of the manifest in `manifest_storage`.
        manifest_version: of its form; Django's manifests are read.
        manifest_strict: a name that the manifest has not is an error; False looks whether the file is there.
        support_js_module_import_aggregation: also replace what modules of JavaScript import.
        hashed_files: names with hashes by name.
    """

    manifest_name: ClassVar[str] = "staticfiles.json"
    manifest_version: ClassVar[str] = "1.1"
    manifest_strict = True
    support_js_module_import_aggregation = False

    def __init__(self, *args: Any, manifest_storage: Storage | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._manifest_storage = manifest_storage
        self._hashed_files: dict[str, str] | None = None
        self.manifest_hash = ""

    @property
    def manifest_storage(self) -> Any:
        """The storage that has the manifest: this one, unless another was given."""
        return self if self._manifest_storage is None else self._manifest_storage

    # -- URLs ---------------------------------------------------------------------------------------------------------

    @property
    def hashed_files(self) -> dict[str, str]:
        """Names with hashes by name; read once, with the first URL."""
        if self._hashed_files is None:
            self._hashed_files, self.manifest_hash = self.load_manifest()
        return self._hashed_files

    def url(self: Any, name: str, force: bool = False) -> str:
        """Return the URL of a file: by its name with the hash, or with DEBUG by the plain one.

        Args:
            name: below STATIC_URL; a query and a fragment stay behind it.
            force: use the name with the hash with DEBUG, too.

        Raises:
            ValueError: `manifest_strict` is on, and the manifest does not have the name.
        """
        if (settings.DEBUG and not force) or not name or name.endswith("/"):
            return super().url(name)  # type: ignore[misc]
        scheme, host, path, query, fragment = urlsplit(name)
        address: str = super().url(self.stored_name(path.lstrip("/")))  # type: ignore[misc]
        if not query and not fragment:
            return address
        return urlunsplit((scheme, host, address, query, fragment))

    def stored_name(self: Any, name: str) -> str:
        """Return the name with the hash.

        Raises:
            ValueError: `manifest_strict` is on, and the manifest does not have the name; or the file is not there.
        """
        found = self.hashed_files.get(name)
        if found is not None:
            return found
        if not self.manifest_strict and self.exists(name):
            return self.hashed_name(name)
        known = self.hashed_files
        cure = f"Is the name right?{nearest(name, known)}" if known else f"There is no {self.manifest_name} yet."
        raise ValueError(
            f"The manifest of static files has no entry for {name!r}. {cure} Run collectstatic after each change of"
            " static files; tests may use manoir.staticfiles.StaticFilesStorage in STORAGES['staticfiles']."
        )

    # -- hashes -------------------------------------------------------------------------------------------------------

    def file_hash(self, name: str, content: bytes) -> str:
        """Return the hash of a content that becomes part of the name; override it for one of your own.

        Args:
            name: of the file.
            content: of the file, with the names of other files already replaced.
        """
        return hashlib.sha256(content).hexdigest()[:HASH_LENGTH]

    def hashed_name(self: Any, name: str, content: bytes | None = None) -> str:
        """Return the name of a file with the hash of its content; None reads the content."""
        return with_hash(name, self.file_hash(name, read(self, name) if content is None else content))

    # -- collectstatic ------------------------------------------------------------------------------------------------

    def post_process(self: Any, paths: Iterable[str], dry_run: bool = False, **options: Any) -> Iterator[Processed]:
        """Store the files that were collected under names with hashes, and write the manifest.

        Args:
            paths: names of all files that were collected.
            dry_run: do nothing.
            **options: those of other storages.

        Yields:
            For each file its name, the name with the hash, and whether it was written now; or what is wrong with it.
        """
        if dry_run:
            return
        run = Hashing(self, paths)
        is_whole = True
        for name in run.names:
            try:
                hashed, content = run.finished(name)
            except MissingReference as error:
                is_whole = False
                yield name, "", error
                continue
            is_new = not self.exists(hashed)
            if is_new:
                self.save(hashed, ContentFile(content))
            yield name, hashed, is_new
        if is_whole:  # else the manifest of the last run stays, whose files are all there
            self._hashed_files = {name: run.hashed[name] for name in run.names}
            self.save_manifest()

    def save_manifest(self) -> None:
        """Write the manifest, in place of the one that is there."""
        paths = dict(sorted(self.hashed_files.items()))
        self.manifest_hash = self.file_hash(self.manifest_name, json.dumps(paths).encode())
        text = json.dumps({"paths": paths, "version": self.manifest_version, "hash": self.manifest_hash}, indent=1)
        replace(self.manifest_storage, self.manifest_name, text.encode())

    def read_manifest(self) -> bytes | None:
        """Return the content of the manifest; None where there is none."""
        try:
            with self.manifest_storage.open(self.manifest_name) as file:
                return file.read()
        except FileNotFoundError:
            return None

    def load_manifest(self) -> tuple[dict[str, str], str]:
        """Return names with hashes by name, and the hash of all of them.

        Raises:
            ImproperlyConfigured: the manifest cannot be read.
        """
        content = self.read_manifest()
        if content is None:
            return {}, ""
        try:
            stored = json.loads(content)
            if stored["version"] in ("1.0", self.manifest_version):
                return dict(stored["paths"]), str(stored.get("hash", ""))
            problem = f"its version is {stored['version']!r}"
        except (ValueError, TypeError, KeyError) as error:
            problem = f"{type(error).__name__}: {error}"
        raise ImproperlyConfigured(f"{self.manifest_name} cannot be read ({problem}). Run collectstatic again.")


class Hashing:
    """One run over all files: contents are read once, files that name others wait for these.

    Args:
        storage: has the files.
        paths: their names.
    """

    def __init__(self, storage: Any, paths: Iterable[str]) -> None:
        self.storage = storage
        self.names = sorted(paths)
        self.known = frozenset(self.names)
        self.hashed: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}
        self.named: dict[str, list[Reference]] = {}
        self.circles = circles({name: self.neighbours(name) for name in self.names if is_read(name)})

    def neighbours(self, name: str) -> list[str]:
        """The files that a file names, as far as they were collected."""
        content = self.contents[name] = read(self.storage, name)
        prefix: str = urlsplit(self.storage.base_url).path
        modules: bool = self.storage.support_js_module_import_aggregation
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return []  # in another encoding: it is kept as it is
        self.named[name] = list(references(name, text, prefix, modules=modules))
        return [one.name for one in self.named[name] if one.name in self.known]

    def finished(self, name: str) -> tuple[str, bytes]:
        """The name with the hash, and the content in which the names of other files are replaced."""
        content = self.contents.get(name)
        if content is None:
            content = read(self.storage, name)
        found = self.named.get(name)
        if not found:
            hashed = self.hashed[name] = with_hash(name, self.storage.file_hash(name, content))
            return hashed, content
        circle = self.circles.get(name, frozenset())
        if circle:
            for other in sorted(circle):
                self.hashed.setdefault(other, with_hash(other, self.shared_hash(other, circle)))
        replaced = self.replaced(name, content.decode(), found)
        if not circle:
            self.hashed[name] = with_hash(name, self.storage.file_hash(name, replaced))
        return self.hashed[name], replaced

    def shared_hash(self, name: str, circle: frozenset[str]) -> str:
        """The hash of a file of a circle: of all that stands in the circle, and of what it names outside."""
        whole = [name.encode()]
        for other in sorted(circle):
            whole.append(self.contents[other])
            whole.extend(
                self.final_name(one.name).encode()
                for one in self.named[other]
                if one.name in self.known and one.name not in circle
            )
        return self.storage.file_hash(name, b"\0".join(whole))

    def final_name(self, name: str) -> str:
        if name not in self.hashed:
            self.finished(name)
        return self.hashed[name]

    def replaced(self, name: str, text: str, found: list[Reference]) -> bytes:
        """A content with the names of other files replaced."""
        pieces: list[str] = []
        position = 0
        for one in found:
            if one.name not in self.known:
                if one.is_map:
                    continue  # packages often leave their source maps out
                raise MissingReference(
                    f"{name}, line {one.line}: {one.address!r} means {one.name!r}, which was not collected."
                    f"{nearest(one.name, self.known)} Correct the address, or add the file."
                )
            file = quote(PurePosixPath(self.final_name(one.name)).name)
            head, _slash, _old = urlsplit(one.address).path.rpartition("/")
            tail = one.address[len(urlsplit(one.address).path) :]
            pieces += [text[position : one.start], f"{head}/{file}" if head or one.address[0] == "/" else file, tail]
            position = one.end
        return "".join([*pieces, text[position:]]).encode()


def circles(graph: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    """The circle that each file stands in, of those that name each other (Tarjan's strongly connected components)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: dict[str, frozenset[str]] = {}
    for first in graph:
        if first in order:
            continue
        work: list[tuple[str, Iterator[str]]] = [(first, iter(graph[first]))]
        order[first] = lowest[first] = len(order)
        stack.append(first)
        while work:
            name, rest = work[-1]
            after = next(rest, None)
            if after is None:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[name])
                if lowest[name] == order[name]:
                    members = frozenset(stack[stack.index(name) :])
                    del stack[stack.index(name) :]
                    if len(members) > 1 or name in graph[name]:
                        found.update(dict.fromkeys(members, members))
            elif after not in graph:
                continue
            elif after not in order:
                order[after] = lowest[after] = len(order)
                stack.append(after)
                work.append((after, iter(graph[after])))
            elif after in stack:
                lowest[name] = min(lowest[name], order[after])
    return found


def read(storage: Any, name: str) -> bytes:
    with storage.open(name) as file:
        return file.read()


def with_hash(name: str, digest: str) -> str:
    """A name with a hash in front of its last extension."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}.{digest}{path.suffix}"))


def replace(storage: Any, name: str, content: bytes) -> None:
    """Store a file in place of another; on this machine in one step, so that readers see the old or the new one."""
    if isinstance(storage, StaticFilesStorage):
        modes = {name: getattr(storage, name) for name in ("file_permissions_mode", "directory_permissions_mode")}
        StaticFilesStorage(location=storage.location, allow_overwrite=True, **modes).save(name, ContentFile(content))
        return
    if storage.exists(name):
        storage.delete(name)
    storage.save(name, ContentFile(content))


class ManifestStaticFilesStorage(ManifestFilesMixin, StaticFilesStorage):
    """Files below STATIC_ROOT under names with hashes, for `STORAGES["staticfiles"]`.

    Args:
        location: directory; None takes STATIC_ROOT.
        base_url: URL; None takes STATIC_URL.
        manifest_storage: storage of the manifest; None is this one.

    Example:
        >>> with_hash("css/style.css", "3f1c9d2a7b60")
        'css/style.3f1c9d2a7b60.css'
    """

"""Answers below STATIC_URL, before any middleware runs: no session, no query, no host-dependent page.

With DEBUG each file is looked up when it is asked for, so that a new file is there at once. Without, the known files are
listed once at start, and nothing else on the disk can be reached. Files under names with hashes may be kept for ever
(RFC 8246); compressed copies go to those who take them.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from manoir import bridge
from manoir.conf import settings
from manoir.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, http_date
from manoir.middleware import Onion
from manoir.server import Handler, called_by
from manoir.staticfiles._compressed import SUFFIXES
from manoir.staticfiles._finders import IGNORED, find, get_finders, is_plain, walk
from manoir.staticfiles._storage import static_prefix
from manoir.storage import storages

FRESH_SECONDS = 60
"""How long browsers may use a file without asking again, where its name says nothing about its content."""
FOR_EVER = "public, max-age=31536000, immutable"


class StaticFilesHandler(Handler):
    """A handler that answers below STATIC_URL itself, and hands everything else to another.

    Args:
        handler: answers the rest.
    """

    def __init__(self, handler: Handler) -> None:
        super().__init__()
        self.handler = handler
        self.prefix = urlsplit(static_prefix(settings.STATIC_URL or "/static/")).path
        self._index: dict[str, Path] | None = None
        self._lasting: frozenset[str] = frozenset()

    def load(self) -> Onion:
        """Load the handler behind, and list the files where DEBUG is off."""
        if not settings.DEBUG:
            self._index = known_files()
            self._lasting = lasting_names()
        return self.handler.load()

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        path = request.path
        if not path.startswith(self.prefix):
            return await self.handler(request)
        return await called_by(bridge.to_thread, self.serve, request)

    async def finish(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Let go of what belongs to an answered request."""
        await self.handler.finish(request, response)

    def serve(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with a file, or 404."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        file = self.locate(request.path[len(self.prefix) :])
        if file is None:
            return HttpResponse("Not found.", status=404, content_type="text/plain; charset=utf-8")
        path = request.path[len(self.prefix) :]
        copies = self.copies(path)
        coding = best_coding(request.headers.raw.get("accept-encoding", ""), copies) if copies else None
        content_type, encoding = mimetypes.guess_type(file.name)
        response = FileResponse(
            (file if coding is None else copies[coding]).open("rb"),
            content_type=content_type_header(content_type) if encoding is None else "application/octet-stream",
        )
        response.headers["Content-Disposition"] = "inline"
        response.headers["Last-Modified"] = http_date(file.stat().st_mtime)
        response.headers["Cache-Control"] = self.freshness(path)
        response.headers["X-Content-Type-Options"] = "nosniff"
        if copies:
            response.headers["Vary"] = "Accept-Encoding"
        if coding is not None:
            response.headers["Content-Encoding"] = coding
        return response.conclude(request)

    def freshness(self, path: str) -> str:
        """Return the Cache-Control of a file."""
        if path in self._lasting:
            return FOR_EVER
        return "no-cache" if settings.DEBUG else f"public, max-age={FRESH_SECONDS}"

    def copies(self, path: str) -> dict[str, Path]:
        """Return the compressed copies of a file by their codings, the smallest first."""
        index = self._index
        if index is None:
            return {}
        found = {coding: index[path + suffix] for coding, suffix in SUFFIXES.items() if path + suffix in index}
        if not found or path in self._lasting:
            return found
        changed = index[path].stat().st_mtime  # a copy that is older is one of another content
        return {coding: copy for coding, copy in found.items() if copy.stat().st_mtime >= changed}

    def locate(self, path: str) -> Path | None:
        """Return the file behind a path below STATIC_URL; None when there is none."""
        if not is_plain(path):
            return None
        if self._index is not None:
            return self._index.get(path)
        found = find(path)
        return Path(found) if found is not None else None


def best_coding(header: str, copies: Iterable[str]) -> str | None:
    """Return the first of the codings that a client takes; None: the file as it is (RFC 9110, 12.5.3).

    Args:
        header: Accept-Encoding.
        copies: codings that there are.
    """
    taken: dict[str, bool] = {}
    for part in header[:1_000].lower().split(","):
        coding, _, parameter = part.partition(";")
        quality = parameter.replace(" ", "").removeprefix("q=")
        taken[coding.strip()] = not parameter or quality.rstrip("0") not in ("", ".", "0.")
    return next((coding for coding in copies if taken.get(coding, taken.get("*", False))), None)


def lasting_names() -> frozenset[str]:
    """Return the names that change with the content of their files."""
    if "staticfiles" not in storages:
        return frozenset()
    storage: Any = storages["staticfiles"]
    return frozenset(getattr(storage, "hashed_files", {}).values())


def content_type_header(content_type: str | None) -> str:
    """Return the Content-Type of a file; text is UTF-8."""
    if content_type is None:
        return "application/octet-stream"
    if content_type.startswith("text/") or content_type in ("application/javascript", "image/svg+xml"):
        return f"{content_type}; charset=utf-8"
    return content_type


def known_files() -> dict[str, Path]:
    """List the static files: what was collected into STATIC_ROOT, else what the finders find."""
    root = Path(settings.STATIC_ROOT) if settings.STATIC_ROOT else None
    if root is not None and root.is_dir() and any(root.iterdir()):
        return {file.relative_to(root).as_posix(): file for file in walk(root, ())}
    files: dict[str, Path] = {}
    for finder in get_finders():
        for path, file in finder.list(IGNORED):
            files.setdefault(path, file)
    return files

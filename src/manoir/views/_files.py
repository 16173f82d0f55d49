"""Stored files as answers that cannot become pages: no sniffing, no scripts, shown only where a kind is known to be safe."""

from __future__ import annotations

from typing import Any, Final

from manoir.bridge import to_thread
from manoir.conf import settings
from manoir.exceptions import BadSignature, SuspiciousFileOperation
from manoir.http import FileResponse, Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from manoir.storage import Storage, default_storage, private_storage
from manoir.uploads import KINDS, UNKNOWN, Kind, kind_of
from manoir.urls import path

POLICY: Final = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
"""For whoever opens the file as a page: nothing runs, and it has no origin. Viewers of browsers style their own page."""
FRESH_SECONDS: Final = 60
MAX_PARAMETER: Final = 200

BY_EXTENSION: Final = {extension: kind for kind in KINDS.values() for extension in kind.extensions}


async def stored_file(storage: Storage, name: str, *, filename: str = "", max_age: int = 0) -> FileResponse:
    """Make the answer with a stored file, for a view that has checked who may have it.

    Pictures (PNG, JPEG, GIF, WebP, by name and content) may be shown, everything else is for download. SVG, HTML and
    whatever else browsers would run is never shown.

    Args:
        storage: where it lies.
        name: its name there.
        filename: the name that people save it under; "" takes the stored one.
        max_age: seconds for which the visitor's browser may keep it.

    Raises:
        Http404: there is no such file.

    Example:
        >>> async def contract(request, pk):  # doctest: +SKIP
        ...     paper = await aget_object_or_404(Paper.objects.filter(owner=request.user), pk=pk)
        ...     return await stored_file(paper.file.storage, paper.file.name, filename="contract.pdf")
    """
    try:
        opened = await storage.aopen(name)
    except (OSError, SuspiciousFileOperation) as error:
        raise Http404(f"There is no stored file {name[:MAX_PARAMETER]!r}.") from error
    stream: Any = getattr(opened, "file", None) or opened
    kind = await to_thread(shown_kind, stream, name)
    shown_name = filename or name.rpartition("/")[2]
    response = FileResponse(stream, as_attachment=not kind.inline, filename=shown_name, content_type=kind.media_type)
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = POLICY
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cache-Control"] = f"private, max-age={max_age}" if max_age > 0 else "private, no-cache"
    return response


def shown_kind(stream: Any, name: str) -> Kind:
    """What to serve a file as: what its name says, and for what is shown its content too."""
    kind = BY_EXTENSION.get(name.rpartition(".")[2].lower(), UNKNOWN)
    if kind.inline and kind_of(stream) is not kind:
        return UNKNOWN
    stream.seek(0)
    return kind


async def private_file(request: HttpRequest, name: str, storage: Storage | None = None) -> HttpResponseBase:
    """View: answer a signed link to a private file, as `PrivateFileSystemStorage.url` makes it.

    Whoever has the link has the file until the link ends. For files that certain people may have, write a view that
    asks who it is, and answer with `stored_file`.

    Args:
        request: the request, with `until` and `signature` in its query.
        name: name of the file.
        storage: the private storage; None takes `"private"` of STORAGES.

    Raises:
        Http404: the link is wrong or has ended, or the file is gone; which of them is not told.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    request.logged_path = request.path  # the query is the key to the file, so it stays out of logs
    chosen: Any = storage or private_storage
    check: Any = getattr(chosen, "checked_link", None)
    if check is None:
        raise Http404(f"{type(chosen).__name__} has links of its own, which lead elsewhere.")
    try:
        checked, left = check(name, request.GET.get("until", ""), request.GET.get("signature", ""))
    except (BadSignature, SuspiciousFileOperation) as error:
        raise Http404("This link leads nowhere, or has ended.") from error
    response = await stored_file(chosen, checked, max_age=left)
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


async def public_file(request: HttpRequest, name: str, storage: Storage | None = None) -> HttpResponseBase:
    """View: answer with a file of the default storage, for everybody; for development and small sites.

    Args:
        request: the request.
        name: name of the file.
        storage: the storage; None takes the default one.

    Raises:
        Http404: there is no such file.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    response = await stored_file(storage or default_storage, name)
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return response


def media_urls() -> list[Any]:
    """Return the routes of uploaded files: signed links below PRIVATE_MEDIA_URL, public ones below MEDIA_URL.

    A setting that is empty or names another host gives no route. Where another server answers below MEDIA_URL it should
    send the headers of `stored_file`, or at least `X-Content-Type-Options: nosniff`.

    Example:
        >>> urlpatterns = [*media_urls()]
        >>> [route.name for route in urlpatterns]
        ['private-file']
    """
    routes: list[Any] = []
    for url, view, name in (
        (settings.PRIVATE_MEDIA_URL, private_file, "private-file"),
        (settings.MEDIA_URL, public_file, "public-file"),
    ):
        below = url.strip("/")
        if below and "//" not in below:
            routes.append(path(f"{below}/<path:name>", view, name=name))
    return routes

"""URLs and times of stored files, the same for every storage that has a base URL."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from manoir.conf import settings
from manoir.storage._path import StoragePath


def file_url(base_url: str | None, name: str) -> str:
    """Return the URL of a file below a base URL.

    Raises:
        ValueError: there is no base URL.
        SuspiciousFileOperation: the name leads elsewhere.
    """
    if base_url is None:
        raise ValueError("These files have no URL: the storage has no base_url.")
    return base_url + quote(StoragePath(name), safe="/~!*()'")


def with_slash(url: str | None) -> str | None:
    return f"{url}/" if url is not None and not url.endswith("/") else url


def site_url(url: str) -> str:
    """Return a URL of the settings as pages need it: one that is relative begins at the root of the site."""
    if url.startswith(("http://", "https://", "/")):
        return url
    return f"{(settings.FORCE_SCRIPT_NAME or '').rstrip('/')}/{url}"


def moment(timestamp: float) -> datetime:
    """Return a POSIX time as the application keeps it: aware in UTC with USE_TZ, otherwise naive and local."""
    return datetime.fromtimestamp(timestamp, UTC if settings.USE_TZ else None)

"""Where `collectstatic` gathers files, and the URLs under which they are served."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.storage import FileSystemStorage, storages


class StaticFilesStorage(FileSystemStorage):
    """Files below STATIC_ROOT, served below STATIC_URL.

    Args:
        location: directory; None takes STATIC_ROOT.
        base_url: URL; None takes STATIC_URL.

    Raises:
        ImproperlyConfigured: STATIC_URL is not set.
    """

    def __init__(self, location: Any = None, base_url: str | None = None, **options: Any) -> None:
        base_url = base_url if base_url is not None else settings.STATIC_URL
        if not base_url:
            raise ImproperlyConfigured('Static files need the setting STATIC_URL, for example "static/".')
        self.is_located = bool(location or settings.STATIC_ROOT)
        super().__init__(location=location or settings.STATIC_ROOT or None, base_url=static_prefix(base_url), **options)

    def url(self, name: str) -> str:
        """Return the URL of a file, or of a folder: "" and names with a slash at their end.

        A query and a fragment stay behind the name.
        """
        if name and not name.endswith("/"):
            path, mark, rest = name.partition("#") if "?" not in name else name.partition("?")
            return f"{super().url(path)}{mark}{rest}"
        return f"{self.base_url}{quote(name.lstrip('/'))}"

    def require_location(self) -> None:
        """Refuse to write where no directory is named.

        Raises:
            ImproperlyConfigured: STATIC_ROOT is not set.
        """
        if not self.is_located:
            raise ImproperlyConfigured(
                "collectstatic needs the setting STATIC_ROOT: the directory into which it gathers static files."
            )


def static_prefix(url: str) -> str:
    """Return STATIC_URL as it stands in pages: absolute, with a slash at both ends."""
    if url.startswith(("http://", "https://", "/")):
        return url
    prefix = settings.FORCE_SCRIPT_NAME or ""
    return f"{prefix.rstrip('/')}/{url}"


def static(path: str) -> str:
    """Return the URL of a static file.

    Args:
        path: path below STATIC_URL.

    Raises:
        ImproperlyConfigured: STATIC_URL is not set.

    Example:
        >>> static("shop/style.css")
        '/static/shop/style.css'
    """
    # hot path: benchmarks/templates.py
    configured = settings.STORAGES.get("staticfiles")
    if configured and configured["BACKEND"] != "manoir.staticfiles.StaticFilesStorage":
        return storages["staticfiles"].url(path)
    url = settings.STATIC_URL
    if not url:
        raise ImproperlyConfigured('{% static %} needs the setting STATIC_URL, for example "static/".')
    return static_prefix(url) + quote(str(path).lstrip("/"), safe="/~:@!$&'()*+,;=")

"""Static files in front of the handler, where the project installs `manoir.staticfiles`."""

from __future__ import annotations

from manoir.conf import settings
from manoir.server import Handler
from manoir.staticfiles import StaticFilesHandler


def with_static_files(handler: Handler) -> Handler:
    """Return a handler that also answers below STATIC_URL; `handler` itself where static files are not installed."""
    if "manoir.staticfiles" not in settings.INSTALLED_APPS or not settings.STATIC_URL:
        return handler
    return StaticFilesHandler(handler)

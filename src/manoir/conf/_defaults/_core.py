"""Settings of the process itself: apps, keys, debugging, logging, checks, tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal


class CoreDefaults:
    DEBUG: bool = False
    """Show debug pages, collect queries, relax the rules for SECRET_KEY and ALLOWED_HOSTS. Never True in production."""
    DEBUG_PROPAGATE_EXCEPTIONS: bool = False
    """Let exceptions of views leave the handler, for a debugger or an outer server; otherwise they become a 500 page."""
    SECRET_KEY: str = ""
    """The key all signatures derive from: at least 32 random characters, out of the environment. No default key."""
    SECRET_KEY_FALLBACKS: Sequence[str] = []
    """Former secret keys, newest first: still accepted when a signature is verified, never used to sign."""
    INSTALLED_APPS: Sequence[str] = []
    """Dotted paths of apps or of their AppConfig classes. Where two apps offer the same template or command, the first wins."""
    ROOT_URLCONF: str = ""
    """Dotted path of the module with the project's `urlpatterns`, such as "shop.urls"."""
    WSGI_APPLICATION: str | None = None
    """Accepted for projects that come from Django; manoir serves by RSGI and ASGI."""
    ASGI_APPLICATION: str | None = None
    """Dotted path of the ASGI application; None builds it from the settings."""
    ABSOLUTE_URL_OVERRIDES: dict[str, Any] = {}
    """Functions by "app.model" (lower case) that replace `get_absolute_url()` of these models."""
    ADMINS: Sequence[Any] = []
    """Mail addresses (or pairs of name and address) that are told about errors when DEBUG is False."""
    MANAGERS: Sequence[Any] = []
    """The same shape as ADMINS, for broken links."""
    FIXTURE_DIRS: Sequence[str | Path] = []
    """Further directories in which `loaddata` looks for fixtures."""
    SERIALIZATION_MODULES: dict[str, str] = {}
    """Dotted paths of serializer modules by format name."""
    SITE_ID: int | None = None
    """Primary key of the current site, for projects that use a sites app."""
    INTERNAL_IPS: Sequence[str] = []
    """Addresses that may see the toolbar and the `debug` template variable."""

    SYNC_VIEWS: Literal["thread", "loop"] = "thread"
    """Where `def` views run: "thread" in a worker thread, so that blocking code is harmless; "loop" on the event loop in
    a greenlet, much faster, for code that waits only for manoir's own I/O."""

    # -- logging and reports --
    LOGGING_CONFIG: str | None = "logging.config.dictConfig"
    """Dotted path of the callable that gets LOGGING; None leaves logging alone."""
    LOGGING: dict[str, Any] = {}
    """A `dictConfig` mapping, applied after manoir's defaults (one request line and errors on stderr)."""
    DEFAULT_EXCEPTION_REPORTER: str = "manoir.server.ExceptionReporter"
    """Dotted path of the class that writes error reports."""
    DEFAULT_EXCEPTION_REPORTER_FILTER: str = "manoir.server.SafeExceptionReporterFilter"
    """Dotted path of the class that removes secrets from error reports."""

    # -- checks and tests --
    SILENCED_SYSTEM_CHECKS: Sequence[str] = []
    """Ids of check messages that are not shown, such as "manoir.conf.W001"; errors that stop the start are never silenced."""
    TEST_RUNNER: str = "manoir.testing.PytestRunner"
    """Dotted path of the class behind `manoir test`."""
    TEST_NON_SERIALIZED_APPS: Sequence[str] = []
    """Apps whose rows need not be restored between tests that use real transactions."""

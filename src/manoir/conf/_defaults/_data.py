"""Settings of what is stored and sent: databases, caches, storages, tasks, mail, the REST layer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any


class DataDefaults:
    DATABASES: dict[str, dict[str, Any]] = {}
    """Databases by alias: ENGINE, NAME, USER, PASSWORD, HOST, PORT, OPTIONS …; "default" is the one used without `using`."""
    DATABASE_ROUTERS: Sequence[Any] = []
    """Routers (dotted paths or objects) that choose a database per model, asked in order."""
    DB_CONNECT_TIMEOUT: float | None = 10.0
    """Seconds to wait for a new database connection; None: for ever. DATABASES[alias]["OPTIONS"] may say otherwise."""
    DB_POOL_TIMEOUT: float | None = 30.0
    """Seconds to wait for a free connection of the pool before OperationalError; None: for ever."""
    DB_TIMEOUT: float | None = None
    """Seconds one statement may run before it is cancelled; None: no limit of manoir's own."""
    DEFAULT_AUTO_FIELD: str = "manoir.models.BigAutoField"
    """Dotted path of the primary key field of models that declare none."""
    DEFAULT_TABLESPACE: str = ""
    """Tablespace of tables, on databases that have them."""
    DEFAULT_INDEX_TABLESPACE: str = ""
    """Tablespace of indexes, on databases that have them."""
    MIGRATION_MODULES: dict[str, str | None] = {}
    """Dotted path of the migrations package by app label; None: the app has no migrations."""

    # -- caches and storages --
    CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "manoir.cache.LocMemCache"}}
    """Caches by alias: BACKEND, LOCATION, TIMEOUT, KEY_PREFIX, VERSION, OPTIONS …"""
    CACHE_MIDDLEWARE_ALIAS: str = "default"
    """Alias of the cache that the cache middleware uses."""
    CACHE_MIDDLEWARE_KEY_PREFIX: str = ""
    """Prefix of the keys of the cache middleware."""
    CACHE_MIDDLEWARE_SECONDS: int | None = 600
    """Seconds for which the cache middleware keeps a page; None: for ever."""
    STORAGES: dict[str, dict[str, Any]] = {
        "default": {"BACKEND": "manoir.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "manoir.staticfiles.StaticFilesStorage"},
    }
    """File storages by alias: BACKEND and OPTIONS; "default" for uploads, "staticfiles" for static files."""

    # -- tasks --
    TASKS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "manoir.tasks.DatabaseBackend"}}
    """Task backends by alias: BACKEND, QUEUES (names; an empty list allows any), SCHEDULES, OPTIONS."""

    # -- signing --
    SIGNING_BACKEND: str = "manoir.signing.TimestampSigner"
    """Dotted path of the class that signs cookies and other values."""

    # -- mail --
    MAILERS: dict[str, dict[str, Any]] = {}
    """Mail backends by alias: BACKEND and OPTIONS; empty: one "default" made of EMAIL_BACKEND and the EMAIL_* settings."""
    EMAIL_BACKEND: str = "manoir.mail.SMTPBackend"
    """Dotted path of the class that sends mail."""
    EMAIL_FILE_PATH: str | Path | None = None
    """Directory of the backend that writes mail to files."""
    EMAIL_HOST: str = "localhost"
    """Host of the SMTP server."""
    EMAIL_PORT: int = 25
    """Port of the SMTP server."""
    EMAIL_HOST_USER: str = ""
    """User name at the SMTP server; empty: no authentication."""
    EMAIL_HOST_PASSWORD: str = ""
    """Password at the SMTP server."""
    EMAIL_USE_TLS: bool = False
    """Upgrade the connection by STARTTLS (usually port 587)."""
    EMAIL_USE_SSL: bool = False
    """Connect by TLS from the start (usually port 465)."""
    EMAIL_SSL_CERTFILE: str | Path | None = None
    """File with the client certificate."""
    EMAIL_SSL_KEYFILE: str | Path | None = None
    """File with the key of the client certificate."""
    EMAIL_TIMEOUT: int | float | None = None
    """Seconds to wait for the SMTP server; None: the system's default."""
    EMAIL_SUBJECT_PREFIX: str = "[manoir] "
    """Put before the subject of mails to ADMINS and MANAGERS."""
    EMAIL_USE_LOCALTIME: bool = False
    """Write the Date header in local time instead of UTC."""
    DEFAULT_FROM_EMAIL: str = "webmaster@localhost"
    """Sender of mail that names none."""
    SERVER_EMAIL: str = "root@localhost"
    """Sender of error reports."""

    # -- REST --
    REST_FRAMEWORK: dict[str, Any] = {}
    """Settings of `manoir.rest`, under the names of Django REST framework."""
    SIMPLE_JWT: dict[str, Any] = {}
    """Settings of `manoir.rest.jwt`, under the names of SimpleJWT."""

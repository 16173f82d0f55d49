"""Checks of caches, mail, sessions and templates: what serves a developer, and loses something in production."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from manoir.checks._messages import CheckMessage, Error, Warning
from manoir.checks._registry import CheckRegistry, Tags
from manoir.conf import settings

LOCAL_CACHES = ("manoir.cache.LocMemCache", "manoir.cache.DummyCache")
FILE_CACHE = "manoir.cache.FileBasedCache"
DEVELOPERS_MAIL = (
    "manoir.mail.ConsoleBackend",
    "manoir.mail.DummyBackend",
    "manoir.mail.FileBasedBackend",
    "manoir.mail.InMemoryBackend",
)
SMTP = "manoir.mail.SMTPBackend"
CACHED_SESSIONS = ("manoir.sessions.CacheStore", "manoir.sessions.CachedDatabaseStore")
LOCAL_HOSTS = ("", "localhost", "127.0.0.1", "::1")


def register_backend_checks(registry: CheckRegistry) -> None:
    """Register the checks of this module."""
    registry.register(check_cache_directories, Tags.caches)
    registry.register(check_caches, Tags.caches, deploy=True)
    registry.register(check_sessions, Tags.security, deploy=True)
    registry.register(check_mail, Tags.mail, deploy=True)
    registry.register(check_templates, Tags.templates, deploy=True)


def check_cache_directories(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of caches in files that visitors could read or write, or whose place depends on where a command runs."""
    return list(cache_directories())


def cache_directories() -> Iterator[CheckMessage]:
    for alias, config in settings.CACHES.items():
        location = config.get("LOCATION")
        if config.get("BACKEND") != FILE_CACHE or not location:
            continue
        directory = Path(location)
        if not directory.is_absolute():
            message = f"CACHES[{alias!r}] keeps files in the relative directory {str(location)!r}."
            yield warning("cache.W003", message, "Write an absolute path.")
        for name in ("MEDIA_ROOT", "STATIC_ROOT", "STATICFILES_DIRS"):
            if any(overlap(directory.absolute(), other) for other in directories(name)):
                message = f"CACHES[{alias!r}] and {name} share a directory: visitors could read or write the cache."
                yield warning("cache.W002", message, "Give the cache a directory of its own.")


def directories(name: str) -> Iterator[Path]:
    value: Any = getattr(settings, name)
    entries: list[Any] = list(value) if name == "STATICFILES_DIRS" else [value]
    for entry in entries:
        place = entry[1] if isinstance(entry, (tuple, list)) else entry
        if place:
            yield Path(place).absolute()


def overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def check_caches(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of caches that keep nothing."""
    return [
        warning(
            "cache.W001",
            f"CACHES[{alias!r}] is a DummyCache: it keeps nothing.",
            "Use manoir.cache.RedisCache, manoir.db.DatabaseCache or manoir.cache.LocMemCache.",
        )
        for alias, config in settings.CACHES.items()
        if config.get("BACKEND") == "manoir.cache.DummyCache"
    ]


def check_sessions(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of sessions in a cache that no other process sees."""
    if settings.SESSION_ENGINE not in CACHED_SESSIONS or "manoir.sessions" not in settings.INSTALLED_APPS:
        return []
    alias = settings.SESSION_CACHE_ALIAS
    backend = settings.CACHES.get(alias, {}).get("BACKEND")
    if backend is None:
        message = f"SESSION_CACHE_ALIAS is {alias!r}, which CACHES does not have."
        return [Error(message, hint="Name one of CACHES.", obj="settings", id="manoir.sessions.E001")]
    if backend not in LOCAL_CACHES:
        return []
    message = f"SESSION_ENGINE keeps sessions in CACHES[{alias!r}], whose {backend} each worker has for itself."
    hint = "Use a cache that all workers share, or manoir.sessions.DatabaseStore."
    return [warning("sessions.W001", message, hint)]


def check_mail(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of mail that is not sent, or sent in clear."""
    return list(mail_warnings())


def mail_warnings() -> Iterator[CheckMessage]:
    mailers = settings.MAILERS or {"default": {"BACKEND": settings.EMAIL_BACKEND}}
    for alias, mailer in mailers.items():
        where = f"MAILERS[{alias!r}]" if settings.MAILERS else "EMAIL_BACKEND"
        backend, options = mailer.get("BACKEND", settings.EMAIL_BACKEND), mailer.get("OPTIONS", {})
        if backend in DEVELOPERS_MAIL:
            yield warning("mail.W001", f"{where} is {backend}: no mail leaves the machine.", f"Use {SMTP}.")
        if backend == SMTP and in_clear(options):
            host = options.get("host") or settings.EMAIL_HOST
            message = f"{where} sends mail to {host!r} without TLS: passwords and links to reset them travel in clear."
            yield warning("mail.W002", message, "Set EMAIL_USE_TLS (port 587) or EMAIL_USE_SSL (port 465).")


def in_clear(options: dict[str, Any]) -> bool:
    """Tell whether a mailer speaks to another machine without TLS."""
    host = options.get("host") or settings.EMAIL_HOST
    tls = options.get("use_tls", settings.EMAIL_USE_TLS) or options.get("use_ssl", settings.EMAIL_USE_SSL)
    return not tls and host not in LOCAL_HOSTS


def check_templates(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of engines that do not escape, or that show their insides."""
    return list(template_warnings())


def template_warnings() -> Iterator[CheckMessage]:
    for at, engine in enumerate(settings.TEMPLATES):
        options: dict[str, Any] = engine.get("OPTIONS", {})
        where = f"TEMPLATES[{at}]['OPTIONS']"
        if options.get("autoescape") is False:
            message = f"{where} has 'autoescape': False: what a visitor wrote becomes HTML."
            yield warning("templates.W002", message, "Remove it, and mark what is safe by mark_safe or |safe.")
        if options.get("debug") is True:
            message = f"{where} has 'debug': True: each rendering looks whether files have changed."
            yield warning("templates.W003", message, "Remove it: DEBUG decides.")


def warning(number: str, message: str, hint: str) -> CheckMessage:
    return Warning(message, hint=hint, obj="settings", id=f"manoir.{number}")

"""Settings in which no check finds anything, and what the checks say of others."""

from __future__ import annotations

from typing import Any

from manoir import checks
from manoir.conf import settings

LAYERS = [
    "manoir.middleware.SecurityMiddleware",
    "manoir.sessions.SessionMiddleware",
    "manoir.middleware.CommonMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.auth.AuthenticationMiddleware",
    "manoir.messages.MessageMiddleware",
    "manoir.middleware.XFrameOptionsMiddleware",
    "manoir.middleware.ContentSecurityPolicyMiddleware",
]

STRICT: dict[str, Any] = {
    "DEBUG": False,
    "ALLOWED_HOSTS": ["example.com"],
    "SITE_URL": "https://example.com",
    "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRST",
    "SECRET_KEY_FALLBACKS": [],
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_CSP": {"default-src": ["'self'"]},
    "INSTALLED_APPS": ["manoir.sessions"],
    "MIDDLEWARE": LAYERS,
    "AUTH_PASSWORD_VALIDATORS": [{"NAME": "manoir.auth.MinimumLengthValidator"}],
    "PASSWORD_HASHERS": ["manoir.auth.Argon2PasswordHasher", "manoir.auth.PBKDF2PasswordHasher"],
    "EMAIL_BACKEND": "manoir.mail.SMTPBackend",
    "CACHES": {"default": {"BACKEND": "manoir.cache.LocMemCache"}},
    "SESSION_ENGINE": "manoir.sessions.DatabaseStore",
    "MAILERS": {},
    "TEMPLATES": [],
}

TAGS = ["security", "middleware", "caches", "mail"]


def found(*, deploy: bool = True, tags: list[str] | None = None, **changes: Any) -> list[str]:
    """Return the ids of what is found in strict settings with some changes, sorted."""
    with settings.override(**{**STRICT, **changes}):
        messages = checks.run_checks(tags=tags or TAGS, include_deployment_checks=deploy)
    return sorted(message.id or "" for message in messages)


def without(*names: str) -> list[str]:
    """Return the layers but those whose class is named."""
    return [path for path in LAYERS if path.rpartition(".")[2] not in names]

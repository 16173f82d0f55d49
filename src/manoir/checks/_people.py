"""Checks for production of what protects passwords."""

from __future__ import annotations

from typing import Any

from manoir.checks._messages import CheckMessage, Warning
from manoir.checks._registry import CheckRegistry, Tags
from manoir.conf import settings

QUICK_HASHERS = ("manoir.auth.MD5PasswordHasher", "manoir.auth.PBKDF2SHA1PasswordHasher")


def register_people_checks(registry: CheckRegistry) -> None:
    """Register the checks of this module."""
    registry.register(check_passwords, Tags.security, deploy=True)


def check_passwords(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of passwords that anybody guesses, and of hashes that are guessed quickly."""
    found: list[CheckMessage] = []
    if "manoir.auth" not in settings.INSTALLED_APPS:
        return found
    if not settings.AUTH_PASSWORD_VALIDATORS:
        hint = "Name the validators of manoir.auth, as a project made by startproject does."
        found.append(warning("W111", "AUTH_PASSWORD_VALIDATORS is empty: any password is taken.", hint))
    if settings.PASSWORD_HASHERS and settings.PASSWORD_HASHERS[0] in QUICK_HASHERS:
        message = f"PASSWORD_HASHERS begins with {settings.PASSWORD_HASHERS[0]}: who steals the table guesses quickly."
        found.append(warning("W112", message, "Put manoir.auth.Argon2PasswordHasher first."))
    return found


def warning(number: str, message: str, hint: str) -> CheckMessage:
    return Warning(message, hint=hint, obj="settings", id=f"manoir.security.{number}")

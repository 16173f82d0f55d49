"""Checks of the names of settings, and the registration of all checks that need nothing but settings."""

from __future__ import annotations

from typing import Any

from manoir.checks._backends import register_backend_checks
from manoir.checks._cookies import register_cookie_checks
from manoir.checks._messages import CheckMessage, Warning
from manoir.checks._middleware import register_middleware_checks
from manoir.checks._people import register_people_checks
from manoir.checks._registry import CheckRegistry, Tags
from manoir.checks._security import register_security_checks
from manoir.conf import near_misses, settings


def register_settings_checks(registry: CheckRegistry) -> None:
    """Register the checks of settings."""
    registry.register(check_names, Tags.settings)
    register_security_checks(registry)
    register_cookie_checks(registry)
    register_middleware_checks(registry)
    register_backend_checks(registry)
    register_people_checks(registry)


def check_names(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of settings whose name is nearly that of a known one."""
    return [
        Warning(
            f"The setting {name} is unknown to manoir, but close to {known}.",
            hint=f"Rename it to {known}, or silence this message if it is your own.",
            obj=settings.where,
            id="manoir.conf.W001",
        )
        for name, known in near_misses(settings.explicit_names)
    ]

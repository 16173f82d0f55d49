"""System checks: what is wrong with a project, said before it hurts.

- `CheckMessage` and its levels `Debug`, `Info`, `Warning`, `Error`, `Critical`: level, message, hint, object, id.
- `register` adds a check; `run_checks` runs them; `Tags` names their subjects.

Ids are "manoir.<room>.E001". Map: `_messages`, `_registry`, `_settings` (checks of settings).
"""

from __future__ import annotations

from manoir.checks._messages import (
    CRITICAL,
    DEBUG,
    ERROR,
    INFO,
    WARNING,
    CheckMessage,
    Critical,
    Debug,
    Error,
    Info,
    Warning,
)
from manoir.checks._registry import CheckRegistry, Tags, register, registry, run_checks, tag_exists
from manoir.checks._settings import register_settings_checks

__all__ = [
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "INFO",
    "WARNING",
    "CheckMessage",
    "CheckRegistry",
    "Critical",
    "Debug",
    "Error",
    "Info",
    "Tags",
    "Warning",
    "register",
    "register_settings_checks",
    "registry",
    "run_checks",
    "tag_exists",
]

register_settings_checks(registry)

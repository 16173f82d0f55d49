"""System checks: what is wrong with a project, said before it hurts.

- `CheckMessage` and its levels `Debug`, `Info`, `Warning`, `Error`, `Critical`: level, message, hint, object, id.
- `register` adds a check; `run_checks` runs them; `Tags` names their subjects.

Ids are "manoir.<room>.E001". Those of `manoir.security` below 100 have the numbers of Django's documentation.

The room's map:

- `_messages`, `_registry`: what a check finds, and how it is found
- `_settings`: names of settings, and the registration of what follows
- `_security`, `_cookies`: what keeps a site safe in production
- `_layers`, `_middleware`: which layers MIDDLEWARE has, and in which order
- `_people`: what protects passwords
- `_backends`: caches, sessions, mail and templates

Checks that need more than settings stand in their rooms.
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

"""What the projects of these folders have in common."""

from __future__ import annotations

from typing import Any

from tests.checks.strict import LAYERS

SETTINGS: dict[str, Any] = {
    "STATIC_URL": "/static/",
    "PASSWORD_HASHERS": ["manoir.auth.MD5PasswordHasher"],
    "MIDDLEWARE": LAYERS,
    "SECURE_CSP": {"default-src": ["'self'"], "base-uri": ["'none'"], "form-action": ["'self'"]},
    "TEMPLATES": [{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}],
}

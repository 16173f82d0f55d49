"""Checks of SECURE_CSP: a policy that cannot be written into a header would be an error at each request."""

from __future__ import annotations

from typing import Any

from manoir.checks import CheckMessage, Error, Tags, register
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.middleware._csp import build_policy


@register(Tags.security)
def check_policies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Build both policies of the settings."""
    found: list[CheckMessage] = []
    for name in ("SECURE_CSP", "SECURE_CSP_REPORT_ONLY"):
        try:
            build_policy(getattr(settings, name), nonce="nonce")
        except (ImproperlyConfigured, TypeError, ValueError) as error:
            hint = "Write a dict of directives and lists of sources."
            found.append(Error(f"{name} cannot be sent: {error}", hint=hint, obj="settings", id="manoir.security.E026"))
    return found

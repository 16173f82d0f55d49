"""Settings of static files that cannot work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from manoir.checks import CheckMessage, Error, Warning
from manoir.conf import settings


def check_settings(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Check STATICFILES_DIRS, STATIC_ROOT and STATIC_URL."""
    messages: list[CheckMessage] = []
    if not settings.STATIC_URL:
        messages.append(
            Error(
                "manoir.staticfiles is installed, but STATIC_URL is not set.",
                hint='Set STATIC_URL, for example to "static/".',
                id="manoir.staticfiles.E001",
            )
        )
    if isinstance(settings.STATICFILES_DIRS, str):
        return [
            *messages,
            Error(
                "STATICFILES_DIRS must be a list, not a string.",
                hint="Write [...] around it.",
                id="manoir.staticfiles.E002",
            ),
        ]
    root = Path(settings.STATIC_ROOT).resolve() if settings.STATIC_ROOT else None
    for entry in settings.STATICFILES_DIRS:
        directory = Path(entry[1] if isinstance(entry, (list, tuple)) else entry)
        if root is not None and directory.resolve() == root:
            messages.append(
                Error(
                    f"STATICFILES_DIRS contains STATIC_ROOT ({directory}).",
                    hint="Keep your own files elsewhere: collectstatic writes into STATIC_ROOT.",
                    id="manoir.staticfiles.E003",
                )
            )
        elif not directory.is_dir():
            messages.append(
                Warning(
                    f"The directory {str(directory)!r} in STATICFILES_DIRS does not exist.",
                    id="manoir.staticfiles.W004",
                )
            )
    return messages

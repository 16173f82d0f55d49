"""How important a message is, and the CSS class that says so."""

from __future__ import annotations

from typing import Final

from manoir.conf import settings

DEBUG: Final = 10
INFO: Final = 20
SUCCESS: Final = 25
WARNING: Final = 30
ERROR: Final = 40

DEFAULT_LEVELS: Final = {"DEBUG": DEBUG, "INFO": INFO, "SUCCESS": SUCCESS, "WARNING": WARNING, "ERROR": ERROR}
DEFAULT_TAGS: Final = {DEBUG: "debug", INFO: "info", SUCCESS: "success", WARNING: "warning", ERROR: "error"}


def tag_of(level: int) -> str:
    """Return the CSS class of a level: of MESSAGE_TAGS, else the usual one; empty for a level without one."""
    return str(settings.MESSAGE_TAGS.get(level, DEFAULT_TAGS.get(level, "")))

"""What this room reads from the rooms below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.conf import settings

__all__ = ["app_paths", "settings"]


def app_paths() -> Iterator[Any]:
    """Give the folders of the installed apps, in their order."""
    yield from ()

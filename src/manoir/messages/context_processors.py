"""`messages` in templates."""

from __future__ import annotations

from typing import Any

from manoir.messages._api import get_messages
from manoir.messages._levels import DEFAULT_LEVELS

__all__ = ["messages"]


def messages(request: Any) -> dict[str, Any]:
    """Give templates the messages to show, and the levels by name."""
    return {"messages": get_messages(request), "DEFAULT_MESSAGE_LEVELS": DEFAULT_LEVELS}

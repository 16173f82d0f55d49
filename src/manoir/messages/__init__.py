"""Messages: what a page tells its user once, on this page or the next ("Saved.").

The room's map:

- `_api`: `add_message`, `success` and its kin, `get_messages`; `_levels`: DEBUG to ERROR and their tags.
- `_storage`: where messages wait: `CookieStorage`, `SessionStorage`, `FallbackStorage`.
- `_middleware`: `MessageMiddleware`; `context_processors`: `messages` in templates; `_mixin`: `SuccessMessageMixin`.
"""

from __future__ import annotations

from manoir.exceptions import MessageFailure
from manoir.messages._api import (
    add_message,
    aget_messages,
    debug,
    error,
    get_level,
    get_messages,
    info,
    set_level,
    success,
    warning,
)
from manoir.messages._levels import DEBUG, DEFAULT_LEVELS, DEFAULT_TAGS, ERROR, INFO, SUCCESS, WARNING
from manoir.messages._middleware import MessageMiddleware
from manoir.messages._mixin import SuccessMessageMixin
from manoir.messages._storage import BaseStorage, CookieStorage, FallbackStorage, Message, SessionStorage

__all__ = [
    "DEBUG",
    "DEFAULT_LEVELS",
    "DEFAULT_TAGS",
    "ERROR",
    "INFO",
    "SUCCESS",
    "WARNING",
    "BaseStorage",
    "CookieStorage",
    "FallbackStorage",
    "Message",
    "MessageFailure",
    "MessageMiddleware",
    "SessionStorage",
    "SuccessMessageMixin",
    "add_message",
    "aget_messages",
    "debug",
    "error",
    "get_level",
    "get_messages",
    "info",
    "set_level",
    "success",
    "warning",
]

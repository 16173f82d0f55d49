"""Adding messages to a request, and reading them."""

from __future__ import annotations

from typing import Any

from manoir.exceptions import MessageFailure
from manoir.messages._levels import DEBUG, ERROR, INFO, SUCCESS, WARNING
from manoir.messages._storage import BaseStorage, Message


def storage_of(request: Any) -> BaseStorage | None:
    return getattr(request, "_messages", None)


def add_message(request: Any, level: int, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Tell the user something, on this page or the next. It waits for nothing, so it is the same in coroutines.

    Args:
        request: the request.
        level: how important it is, such as `messages.INFO`; below MESSAGE_LEVEL it is not kept.
        message: the text; escaped where it is shown, unless it is Markup.
        extra_tags: further CSS classes.
        fail_silently: do nothing, instead of raising, when there is no MessageMiddleware.

    Raises:
        TypeError: `request` is no request.
        MessageFailure: there is no MessageMiddleware.
    """
    storage = storage_of(request)
    if storage is not None:
        storage.add(level, message, extra_tags)
    elif not hasattr(request, "META"):
        raise TypeError(f"add_message() takes the request first, not {type(request).__name__}.")
    elif not fail_silently:
        raise MessageFailure(
            "There is nowhere to keep messages: put manoir.messages.MessageMiddleware into MIDDLEWARE, after the sessions."
        )


async def aget_messages(request: Any) -> list[Message]:
    """Return the messages to show; they count as shown."""
    storage = storage_of(request)
    if storage is None:
        return []
    await storage.aload()
    return list(storage)


def get_messages(request: Any) -> BaseStorage | list[Message]:
    """Return the messages to show; those that are looped over count as shown. In coroutines: `aget_messages`."""
    storage = storage_of(request)
    return [] if storage is None else storage


def get_level(request: Any) -> int:
    """Return the lowest level that is kept for a request."""
    storage = storage_of(request)
    return INFO if storage is None else storage.level


def set_level(request: Any, level: int | None) -> bool:
    """Keep messages of this level and above for one request; None: MESSAGE_LEVEL again. Tell whether that was done."""
    storage = storage_of(request)
    if storage is None:
        return False
    storage.level = type(storage)(request).level if level is None else int(level)
    return True


def debug(request: Any, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Add a message for developers."""
    add_message(request, DEBUG, message, extra_tags, fail_silently)


def info(request: Any, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Add a message that informs."""
    add_message(request, INFO, message, extra_tags, fail_silently)


def success(request: Any, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Add a message that something worked."""
    add_message(request, SUCCESS, message, extra_tags, fail_silently)


def warning(request: Any, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Add a message that something may go wrong."""
    add_message(request, WARNING, message, extra_tags, fail_silently)


def error(request: Any, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Add a message that something did not work."""
    add_message(request, ERROR, message, extra_tags, fail_silently)

"""Calling what projects write: handlers of either colour, and the small builders that a view asks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from manoir.bridge import run_sync, spawn
from manoir.views import answers_in_either_colour


async def call_handler(handler: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a handler: a coroutine on the loop, a user's `def` where it may block."""
    # hot path: benchmarks/rest.py
    if answers_in_either_colour(handler) or inspect.iscoroutinefunction(handler):
        return await handler(*args, **kwargs)
    result = await run_sync(handler, *args, **kwargs)
    return await result if inspect.isawaitable(result) else result


def is_ours(function: Any) -> bool:
    """Tell whether a function is manoir's own, which never waits unless it says so."""
    return (getattr(function, "__module__", None) or "").startswith("manoir.")


async def build(builder: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a builder (`get_permissions`, `get_serializer_class` …); a project's own may read what has to be waited for."""
    if is_ours(builder):
        return builder(*args, **kwargs)
    return await spawn(builder, *args, **kwargs)

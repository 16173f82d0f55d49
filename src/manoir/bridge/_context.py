"""Context variables on their way back: what a coroutine or a thread changed becomes visible to who waited for it."""

from __future__ import annotations

from contextvars import Context, ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manoir.bridge._portal import Call

MISSING: Any = object()

waiting_call: ContextVar[Call[Any] | None] = ContextVar("manoir.bridge.waiting_call", default=None)
"""The call by which a thread waits for the coroutine that runs in this context; it serves that coroutine's `to_thread`."""


def carry_back(context: Context) -> None:
    """Set every variable that differs in `context` in the current context.

    The coroutine ran in a copy, because one Context cannot be entered twice. A variable that was set before and is
    *unset* there stays: only `var.reset(token)` could do that, and tokens do not cross contexts.
    """
    for variable, value in context.items():
        if variable.get(MISSING) is not value and variable is not waiting_call:
            variable.set(value)

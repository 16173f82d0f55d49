"""What a signal keeps of each connected receiver: weak references, identities, colour."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType
from typing import Any, TypeAlias

Receiver: TypeAlias = Callable[..., Any]
Reference: TypeAlias = Callable[[], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """One connected receiver.

    Attributes:
        key: identity of the connection; a second `connect()` with an equal key changes nothing.
        receiver: returns the receiver, or None when it is gone.
        sender: returns the sender it is limited to; None: any sender.
        is_async: the receiver is a coroutine function.
    """

    key: tuple[object, object]
    receiver: Reference
    sender: Reference | None
    is_async: bool

    def wants(self, sender: object) -> bool:
        """Tell whether the receiver wants to hear of this sender."""
        return self.sender is None or self.sender() is sender

    def alive(self) -> bool:
        """Tell whether receiver and sender still exist."""
        return self.receiver() is not None and (self.sender is None or self.sender() is not None)


def identity(receiver: object) -> object:
    """Return what tells receivers apart; bound methods are made anew at each access, so their parts count."""
    if isinstance(receiver, MethodType):
        return id(receiver.__self__), id(receiver.__func__)
    return id(receiver)


def weak_reference(receiver: Receiver, gone: Callable[[object], None]) -> Reference:
    if isinstance(receiver, MethodType):
        return weakref.WeakMethod(receiver, gone)
    return weakref.ref(receiver, gone)


def strong_reference(value: object) -> Reference:
    return lambda: value


def sender_reference(sender: object, gone: Callable[[object], None]) -> Reference | None:
    """Refer to a sender weakly where it can be, so that a signal keeps no model class alive."""
    if sender is None:
        return None
    try:
        return weakref.ref(sender, gone)
    except TypeError:
        return strong_reference(sender)


def is_async_callable(receiver: object) -> bool:
    """Tell whether calling gives a coroutine: `async def`, a partial of one, an object with `async def __call__`."""
    return inspect.iscoroutinefunction(receiver) or inspect.iscoroutinefunction(getattr(receiver, "__call__", None))  # noqa: B004


def accepts_keywords(receiver: Receiver) -> bool:
    """Tell whether the receiver takes `**kwargs`; what cannot be inspected is trusted."""
    try:
        parameters = inspect.signature(receiver).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)

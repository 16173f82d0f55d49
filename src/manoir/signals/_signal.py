"""The signal: connect receivers of either colour, send to them from code of either colour."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeAlias, TypeVar

from manoir.bridge import can_wait, run_sync, wait
from manoir.exceptions import SynchronousOnlyOperation
from manoir.signals._receivers import (
    Connection,
    Receiver,
    accepts_keywords,
    identity,
    is_async_callable,
    sender_reference,
    strong_reference,
    weak_reference,
)

F = TypeVar("F", bound=Receiver)

Responses: TypeAlias = list[tuple[Receiver, Any]]
"""Each receiver with what it returned, or with the exception it raised."""

logger = logging.getLogger("manoir.signals")


class Signal:
    """Something that happens, and those who want to know.

    Receivers are called as `receiver(signal=…, sender=…, **named)`, in the order in which they were connected: first
    those written `def`, then all written `async def`, concurrently.

    Args:
        use_caching: remember the receivers of each sender; for signals with few, long-lived senders such as classes.

    Attributes:
        receivers: the connections; empty for a signal nobody listens to, which then costs one attribute test to send.

    Example:
        >>> paid = Signal()
        >>> def thank(sender, order, **kwargs):
        ...     return f"thanks for {order}"
        >>> paid.connect(thank)
        >>> [answer for _, answer in paid.send(sender=None, order=7)]
        ['thanks for 7']
    """

    def __init__(self, use_caching: bool = False) -> None:
        # A tuple that is replaced, never changed: sending needs no lock.
        self.receivers: tuple[Connection, ...] = ()
        self.use_caching = use_caching
        self._by_sender: weakref.WeakKeyDictionary[type, tuple[Connection, ...]] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()
        self._has_dead = False

    # -- connecting -----------------------------------------------------------------------------------------------

    def connect(
        self, receiver: Receiver, sender: object = None, weak: bool = True, dispatch_uid: object = None
    ) -> None:
        """Call `receiver` whenever this signal is sent.

        Args:
            receiver: a function, method or callable object of either colour that takes `**kwargs`.
            sender: only signals of this sender; None: of all.
            weak: keep a weak reference, so that a local function or the method of a dead object is forgotten.
            dispatch_uid: a name under which the receiver is connected once, however often the module is imported.

        Raises:
            TypeError: the receiver is not callable.
            ValueError: the receiver does not take `**kwargs`.
        """
        if not callable(receiver):
            raise TypeError(f"{receiver!r} cannot receive a signal: it is not callable.")
        if not accepts_keywords(receiver):
            name = getattr(receiver, "__qualname__", repr(receiver))
            raise ValueError(
                f"{name} cannot receive a signal: it must accept **kwargs, as signals may send more later."
            )
        connection = Connection(
            key=connection_key(receiver, sender, dispatch_uid),
            receiver=weak_reference(receiver, self._forget) if weak else strong_reference(receiver),
            sender=sender_reference(sender, self._forget),
            is_async=is_async_callable(receiver),
        )
        with self._lock:
            living = self._living()
            if all(other.key != connection.key for other in living):
                living = (*living, connection)
            self._replace(living)

    def disconnect(self, receiver: Receiver | None = None, sender: object = None, dispatch_uid: object = None) -> bool:
        """Undo a `connect()`; the arguments must be those of the connection.

        Returns:
            True when there was such a connection.
        """
        key = connection_key(receiver, sender, dispatch_uid)
        with self._lock:
            living = self._living()
            remaining = tuple(connection for connection in living if connection.key != key)
            self._replace(remaining)
            return len(remaining) < len(living)

    def has_listeners(self, sender: object = None) -> bool:
        """Tell whether anybody would hear a signal of this sender."""
        return bool(self.receivers) and bool(self._listening(sender))

    # -- sending --------------------------------------------------------------------------------------------------

    def send(self, sender: object, **named: Any) -> Responses:
        """Tell all receivers; an exception of one ends the sending and is raised.

        Args:
            sender: who sends, usually a class.
            **named: what happened.

        Returns:
            Pairs of receiver and what it returned.

        Raises:
            SynchronousOnlyOperation: called directly in a coroutine although a receiver is `async def`; await `asend()`.
        """
        # hot path: benchmarks/foundations.py
        if not self.receivers:
            return []
        plain, coroutines = self._receivers(sender)
        if coroutines:
            self._check_can_wait(coroutines, "send")
        responses = [(receiver, receiver(signal=self, sender=sender, **named)) for receiver in plain]
        return responses + wait(self._gather(coroutines, sender, named)) if coroutines else responses

    async def asend(self, sender: object, **named: Any) -> Responses:
        """Tell all receivers, from a coroutine; see `send()`.

        Receivers written `def` run as SYNC_VIEWS says: in a thread, or on the loop under `bridge.spawn`.
        """
        if not self.receivers:
            return []
        plain, coroutines = self._receivers(sender)
        responses: Responses = []
        if plain:
            responses = await run_sync(self._call_all, plain, sender, named)
        return responses + await self._gather(coroutines, sender, named) if coroutines else responses

    def send_robust(self, sender: object, **named: Any) -> Responses:
        """Tell all receivers, whatever some of them raise; exceptions are logged and stand among the responses.

        Raises:
            SynchronousOnlyOperation: called directly in a coroutine although a receiver is `async def`; await `asend_robust()`.
        """
        if not self.receivers:
            return []
        plain, coroutines = self._receivers(sender)
        if coroutines:
            self._check_can_wait(coroutines, "send_robust")
        responses = self._call_all_robust(plain, sender, named)
        return responses + wait(self._gather_robust(coroutines, sender, named)) if coroutines else responses

    async def asend_robust(self, sender: object, **named: Any) -> Responses:
        """Tell all receivers, from a coroutine, whatever some of them raise; see `send_robust()`."""
        if not self.receivers:
            return []
        plain, coroutines = self._receivers(sender)
        responses: Responses = []
        if plain:
            responses = await run_sync(self._call_all_robust, plain, sender, named)
        return responses + await self._gather_robust(coroutines, sender, named) if coroutines else responses

    # -- calling receivers ----------------------------------------------------------------------------------------

    def _call_all(self, receivers: list[Receiver], sender: object, named: dict[str, Any]) -> Responses:
        return [(receiver, receiver(signal=self, sender=sender, **named)) for receiver in receivers]

    def _call_all_robust(self, receivers: list[Receiver], sender: object, named: dict[str, Any]) -> Responses:
        responses: Responses = []
        for receiver in receivers:
            try:
                responses.append((receiver, receiver(signal=self, sender=sender, **named)))
            except Exception as error:
                responses.append((receiver, logged(error, receiver)))
        return responses

    async def _acall(self, receiver: Receiver, sender: object, named: dict[str, Any]) -> Any:
        return await receiver(signal=self, sender=sender, **named)

    async def _gather(self, receivers: list[Receiver], sender: object, named: dict[str, Any]) -> Responses:
        answers = await together([self._acall(receiver, sender, named) for receiver in receivers])
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return list(zip(receivers, answers, strict=True))

    async def _gather_robust(self, receivers: list[Receiver], sender: object, named: dict[str, Any]) -> Responses:
        answers = await together([self._acall(receiver, sender, named) for receiver in receivers])
        for receiver, answer in zip(receivers, answers, strict=True):
            if isinstance(answer, Exception):
                logged(answer, receiver)
            elif isinstance(answer, BaseException):
                raise answer
        return list(zip(receivers, answers, strict=True))

    def _check_can_wait(self, coroutines: list[Receiver], method: str) -> None:
        if not can_wait():
            name = getattr(coroutines[0], "__qualname__", repr(coroutines[0]))
            raise SynchronousOnlyOperation(
                f"Signal.{method}() was called in a coroutine, but the receiver {name} is `async def`. "
                f"Write: await signal.a{method}(…)"
            )

    # -- keeping receivers ----------------------------------------------------------------------------------------

    def _receivers(self, sender: object) -> tuple[list[Receiver], list[Receiver]]:
        """Return the living receivers for a sender: those written `def`, and those written `async def`."""
        plain: list[Receiver] = []
        coroutines: list[Receiver] = []
        for connection in self._listening(sender):
            receiver = connection.receiver()
            if receiver is not None:
                (coroutines if connection.is_async else plain).append(receiver)
        return plain, coroutines

    def _listening(self, sender: object) -> tuple[Connection, ...]:
        if self._has_dead:
            with self._lock:
                self._replace(self._living())
        if self.use_caching and isinstance(sender, type):  # instances may be equal to each other
            return self._by_sender.get(sender) or self._remember(sender)
        return self._wanting(sender)

    def _wanting(self, sender: object) -> tuple[Connection, ...]:
        return tuple(connection for connection in self.receivers if connection.wants(sender))

    def _remember(self, sender: type) -> tuple[Connection, ...]:
        found = self._by_sender.get(sender)
        if found is None:  # an empty tuple is an answer too
            with self._lock:  # a connect() in between would be lost otherwise
                found = self._by_sender[sender] = self._wanting(sender)
        return found

    def _living(self) -> tuple[Connection, ...]:
        if not self._has_dead:
            return self.receivers
        self._has_dead = False
        return tuple(connection for connection in self.receivers if connection.alive())

    def _replace(self, connections: tuple[Connection, ...]) -> None:
        self.receivers = connections
        self._by_sender = weakref.WeakKeyDictionary()

    def _forget(self, reference: object) -> None:
        # Runs inside the garbage collector, perhaps while this thread holds the lock: only leaves a note.
        self._has_dead = True


def receiver(signal: Signal | Iterable[Signal], **connect_arguments: Any) -> Callable[[F], F]:
    """Connect the decorated function to one signal or several.

    Args:
        signal: the signal or signals.
        **connect_arguments: as for `Signal.connect()`: sender, weak, dispatch_uid.

    Example:
        >>> paid = Signal()
        >>> @receiver(paid, dispatch_uid="thanks")
        ... async def thank(sender, order, **kwargs):
        ...     return order
        >>> paid.has_listeners()
        True
    """
    signals = [signal] if isinstance(signal, Signal) else list(signal)

    def connect(function: F) -> F:
        for each in signals:
            each.connect(function, **connect_arguments)
        return function

    return connect


def connection_key(receiver: object, sender: object, dispatch_uid: object) -> tuple[object, object]:
    return (identity(receiver) if dispatch_uid is None else dispatch_uid, id(sender))


async def together(coroutines: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Await all coroutines concurrently, each to its end; exceptions stand among the answers."""
    if len(coroutines) > 1:
        return await asyncio.gather(*coroutines, return_exceptions=True)
    try:
        return [await coroutines[0]]
    except Exception as error:
        return [error]


def logged(error: Exception, receiver: Receiver) -> Exception:
    """Log the exception of a robust send, and return it."""
    name = getattr(receiver, "__qualname__", repr(receiver))
    logger.error("The signal receiver %s raised %r.", name, error, exc_info=error)
    return error

"""Transactions: `atomic` in both colours, what runs after a commit, and savepoints by hand.

Example:
    >>> async with transaction.atomic():
    ...     await connection.execute("UPDATE account SET balance = balance - 5 WHERE id = 1")
    ...     transaction.on_commit(send_receipt)
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast, overload

from manoir.bridge import Abandoned, blocking_function, run_sync, wait
from manoir.db._connection import Connection
from manoir.db._handler import DEFAULT_DB_ALIAS, connections
from manoir.db._levels import Callback, Level, close_level, open_level, terminate, wait_surely
from manoir.exceptions import NotSupportedError, TransactionManagementError

__all__ = [
    "Atomic",
    "TransactionManagementError",
    "aon_commit",
    "asavepoint",
    "asavepoint_commit",
    "asavepoint_rollback",
    "atomic",
    "clean_savepoints",
    "commit",
    "get_autocommit",
    "get_connection",
    "get_rollback",
    "mark_for_rollback_on_error",
    "on_commit",
    "rollback",
    "savepoint",
    "savepoint_commit",
    "savepoint_rollback",
    "set_autocommit",
    "set_rollback",
]

P = ParamSpec("P")
R = TypeVar("R")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])

logger = logging.getLogger("manoir.db.transaction")


def get_connection(using: str | None = None) -> Connection:
    """Return the connection object of a database (None: the default one)."""
    return connections[DEFAULT_DB_ALIAS if using is None else using]


class Atomic:
    """The block that `atomic()` opens; made by that function."""

    def __init__(self, using: str | None, savepoint: bool, durable: bool, *, fixture: bool = False) -> None:
        self.using = using
        self.savepoint = savepoint
        self.durable = durable
        self.fixture = fixture
        self.levels: list[Level] = []

    async def __aenter__(self) -> None:
        level = await open_level(
            get_connection(self.using),
            savepoint=self.savepoint,
            durable=self.durable,
            fixture=self.fixture,
            owner=self,
        )
        self.levels.append(level)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        callbacks, cancelled = await close_level(self.level_to_close(), error)
        await run_callbacks(callbacks)
        if cancelled:
            raise_cancelled()

    def __enter__(self) -> None:
        wait(self.__aenter__())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        level = self.level_to_close()
        try:
            callbacks, cancelled = wait_surely(lambda: close_level(level, error))
        except Abandoned:
            terminate(level)
            raise
        run_callbacks_in_sync(callbacks)
        if cancelled:
            raise_cancelled()

    def level_to_close(self) -> Level:
        """Return the level of this block in the present context; the latest, if the context is another one."""
        current = get_connection(self.using).level
        for level in current.chain() if current is not None else ():
            if level.owner is self:
                self.levels.remove(level)
                return level
        if not self.levels:
            raise TransactionManagementError("This atomic() block was left more often than entered.")
        return self.levels.pop()

    def __call__(self, func: Decorated) -> Decorated:
        """Run each call of `func`, of either colour, in a block of its own."""
        if inspect.isasyncgenfunction(func) or inspect.isgeneratorfunction(func):
            raise TypeError(
                f"atomic cannot decorate the generator {func.__qualname__}: the block would be open while others run."
                " Use `with atomic():` around its parts."
            )
        if inspect.iscoroutinefunction(func):

            @functools.wraps(func)
            async def atomic_coroutine(*args: Any, **kwargs: Any) -> Any:
                async with Atomic(self.using, self.savepoint, self.durable):
                    return await func(*args, **kwargs)

            return cast(Decorated, atomic_coroutine)

        @functools.wraps(func)
        def atomic_function(*args: Any, **kwargs: Any) -> Any:
            with Atomic(self.using, self.savepoint, self.durable):
                return func(*args, **kwargs)

        return cast(Decorated, atomic_function)


@overload
def atomic(using: Decorated) -> Decorated: ...
@overload
def atomic(using: str | None = None, savepoint: bool = True, durable: bool = False) -> Atomic: ...
def atomic(using: Any = None, savepoint: bool = True, durable: bool = False) -> Any:
    """Make all or nothing of a block or a function: `with`, `async with`, or a decorator for both colours.

    The outermost block is a transaction: it commits at its end and rolls back when an exception leaves it. A block
    inside is a savepoint. Tasks and threads that are started inside share the transaction and take turns on it.

    Args:
        using: alias of the database; None: the default one. A function: the decorator was written without brackets.
        savepoint: False: an inner block makes no savepoint; an exception that leaves it rolls everything back.
        durable: the block must be the outermost, so that its end is a commit.

    Returns:
        A context manager and decorator, or the decorated function.

    Raises:
        RuntimeError: a durable block stands inside another block.
        TransactionManagementError: the enclosing block cannot run statements any more.

    Example:
        >>> @atomic
        ... async def transfer() -> None: ...
    """
    if callable(using):
        return Atomic(None, savepoint, durable)(cast(Callable[..., Any], using))
    return Atomic(using, savepoint, durable)


# -- after the commit -------------------------------------------------------------------------------------------------


def on_commit(func: Callable[[], Any], using: str | None = None, robust: bool = False) -> None:
    """Call `func` when the transaction of this context has been committed; at once when there is none.

    Args:
        func: a function of either colour without arguments. It is forgotten when the block that it was registered in
            is rolled back.
        using: alias of the database; None: the default one.
        robust: log its errors and go on with the other functions; otherwise the first error is raised and the rest
            does not run.

    Raises:
        TypeError: `func` cannot be called.
        TransactionManagementError: the block in which it was registered has ended or failed.
    """
    callback = Callback(checked_callable(func), robust)
    level = callback_level(using)
    if level is None:
        run_callbacks_in_sync([callback])
    else:
        level.callbacks.append(callback)


async def aon_commit(func: Callable[[], Any], using: str | None = None, robust: bool = False) -> None:
    """Do what `on_commit` does; outside of a transaction it awaits `func`."""
    callback = Callback(checked_callable(func), robust)
    level = callback_level(using)
    if level is None:
        await run_callbacks([callback])
    else:
        level.callbacks.append(callback)


def checked_callable(func: Callable[[], Any]) -> Callable[[], Any]:
    if not callable(func):
        raise TypeError(f"on_commit() takes a function without arguments, not {func!r}. Did you call it already?")
    return func


def callback_level(using: str | None) -> Level | None:
    """Return the level that keeps a callback, or None outside of a transaction."""
    level = get_connection(using).level
    if level is None or not level.in_transaction:
        return None
    if not level.is_open or level.needs_rollback:
        raise TransactionManagementError(
            f"on_commit() was called in an atomic() block on {level.connection.describe} that has ended or failed."
        )
    return level


async def run_callbacks(callbacks: list[Callback]) -> None:
    """Run what waited for a commit, in order; sync functions run as SYNC_VIEWS says."""
    for callback in callbacks:
        try:
            if inspect.iscoroutinefunction(callback.func):
                await callback.func()
            else:
                outcome = await run_sync(callback.func)
                if inspect.isawaitable(outcome):
                    await outcome
        except Exception:
            log_or_raise(callback)


def run_callbacks_in_sync(callbacks: list[Callback]) -> None:
    """Run what waited for a commit, in order, in sync code."""
    for callback in callbacks:
        try:
            outcome = callback.func()
            if inspect.iscoroutine(outcome):
                wait(outcome)
        except Exception:
            log_or_raise(callback)


def log_or_raise(callback: Callback) -> None:
    """Inside an except block: raise on, unless the callback is robust."""
    if not callback.robust:
        raise
    name = getattr(callback.func, "__qualname__", repr(callback.func))
    logger.exception("The on_commit function %s failed.", name)


def raise_cancelled() -> None:
    """Deliver a cancellation that came while a commit ran, now that its work is done."""
    raise asyncio.CancelledError


# -- the fate of a block ----------------------------------------------------------------------------------------------


def innermost(using: str | None, what: str) -> Level:
    level = get_connection(using).level
    if level is None or not level.in_transaction:
        raise TransactionManagementError(f"{what} needs an atomic() block around it.")
    return level


def get_rollback(using: str | None = None) -> bool:
    """Say whether the innermost block will be rolled back at its end.

    Raises:
        TransactionManagementError: there is no block.
    """
    return innermost(using, "get_rollback()").needs_rollback


def set_rollback(rollback: bool, using: str | None = None) -> None:
    """Decide that the innermost block is rolled back at its end; or, with False, that it is not.

    False only helps after the database itself is back at a known point: see `savepoint_rollback`.

    Raises:
        TransactionManagementError: there is no block.
    """
    innermost(using, "set_rollback()").needs_rollback = rollback


@contextmanager
def mark_for_rollback_on_error(using: str | None = None) -> Generator[None]:
    """Let the innermost block be rolled back if an exception leaves this one; no savepoint is made."""
    try:
        yield
    except Exception:
        level = get_connection(using).level
        if level is not None and level.in_transaction:
            level.needs_rollback = True
        raise


# -- savepoints by hand -----------------------------------------------------------------------------------------------


async def asavepoint(using: str | None = None) -> str | None:
    """Begin a savepoint and return its id; None outside of a transaction. `atomic()` is nearly always the better way."""
    connection = get_connection(using)
    if not connection.in_atomic_block:
        return None
    return (await open_level(connection, manual=True)).savepoint


async def asavepoint_commit(sid: str | None, using: str | None = None) -> None:
    """Keep what was done since the savepoint `sid`, and end it.

    Raises:
        TransactionManagementError: `sid` is no open savepoint of this task.
    """
    if sid is not None:
        for level in savepoints_down_to(sid, using):
            await close_level(level, None)


async def asavepoint_rollback(sid: str | None, using: str | None = None) -> None:
    """Undo what was done since the savepoint `sid`, and end it.

    Raises:
        TransactionManagementError: `sid` is no open savepoint of this task.
    """
    if sid is not None:
        for level in savepoints_down_to(sid, using):
            level.needs_rollback = True
            await close_level(level, None)


def savepoints_down_to(sid: str, using: str | None) -> list[Level]:
    """Return the savepoints from the innermost out to `sid`."""
    found: list[Level] = []
    level = get_connection(using).level
    while level is not None and level.manual:
        found.append(level)
        if level.savepoint == sid:
            return found
        level = level.parent
    raise TransactionManagementError(
        f"{sid!r} is no open savepoint of this task: it has ended, an atomic() block was opened since and is still open,"
        " or a sibling task opened it. Use `atomic()` in tasks that share a transaction."
    )


savepoint = blocking_function(asavepoint)
savepoint_commit = blocking_function(asavepoint_commit)
savepoint_rollback = blocking_function(asavepoint_rollback)


def clean_savepoints(using: str | None = None) -> None:
    """Do nothing: names of savepoints are never reused. Here because it is documented."""


# -- autocommit -------------------------------------------------------------------------------------------------------


def get_autocommit(using: str | None = None) -> bool:
    """Say whether each statement is its own transaction: True outside of `atomic()`."""
    return not get_connection(using).in_atomic_block


def set_autocommit(autocommit: bool, using: str | None = None) -> None:
    """Accept True, which is how it always is outside of `atomic()`.

    Raises:
        TransactionManagementError: inside of `atomic()`.
        NotSupportedError: `autocommit` is False: a pooled connection has no state between statements.
    """
    if get_connection(using).in_atomic_block:
        raise TransactionManagementError("set_autocommit() cannot be used inside of atomic().")
    if not autocommit:
        raise NotSupportedError(
            "Autocommit cannot be switched off: connections are pooled and keep no state between statements."
            " Put the statements into `with atomic():`."
        )


def commit(using: str | None = None) -> None:
    """Do nothing outside of `atomic()`, where every statement is committed already.

    Raises:
        TransactionManagementError: inside of `atomic()`, which commits by itself.
    """
    refuse_in_block("commit()", using)


def rollback(using: str | None = None) -> None:
    """Do nothing outside of `atomic()`, where nothing is left to undo.

    Raises:
        TransactionManagementError: inside of `atomic()`: raise an exception, or `set_rollback(True)`.
    """
    refuse_in_block("rollback()", using)


def refuse_in_block(what: str, using: str | None) -> None:
    if get_connection(using).in_atomic_block:
        raise TransactionManagementError(
            f"{what} cannot be used inside of atomic(), which ends its transaction itself."
        )

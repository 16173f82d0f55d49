"""Who watches the statements: wrappers around their execution, observers of their end, the log of DEBUG.

When nobody watches, a statement pays one attribute test (`connection.watched`).
"""

from __future__ import annotations

import inspect
import time
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from manoir import bridge

if TYPE_CHECKING:
    from manoir.db._connection import Connection

LOG_LENGTH = 9000
"""Statements that the log of DEBUG keeps at most."""

Execute: TypeAlias = Callable[[str, Any, bool, dict[str, Any]], Any]
Wrapper: TypeAlias = Callable[[Execute, str, Any, bool, dict[str, Any]], Any]
"""`wrapper(execute, sql, params, many, context)`, of either colour; it calls `execute` with the same arguments."""


@dataclass(frozen=True, slots=True)
class QueryEvent:
    """One statement that has run.

    Attributes:
        alias: the database.
        sql: its text, with placeholders.
        params: its arguments; for `many` the rows of arguments.
        many: it ran once per row of arguments.
        seconds: how long it took, waiting included.
        error: what it raised, or None.
    """

    alias: str
    sql: str
    params: Any
    many: bool
    seconds: float
    error: BaseException | None


Observer: TypeAlias = Callable[[QueryEvent], None]


@dataclass(frozen=True, slots=True)
class Watcher:
    """What watches one database in the present context: a wrapper or an observer."""

    connection: Any
    wrapper: Wrapper | None = None
    observer: Observer | None = None


watchers: ContextVar[tuple[Watcher, ...]] = ContextVar("manoir.db.watchers", default=())
request_log: ContextVar[deque[QueryEvent] | None] = ContextVar("manoir.db.log", default=None)
process_log: deque[QueryEvent] = deque(maxlen=LOG_LENGTH)


@contextmanager
def watching(connection: Connection, watcher: Watcher) -> Generator[None]:
    """Add a watcher to the present context, and to the count that makes the connection look for watchers."""
    previous = watchers.get()
    watchers.set((*previous, watcher))
    connection.watched += 1
    try:
        yield
    finally:
        connection.watched -= 1
        watchers.set(previous)


def reset_queries() -> None:
    """Begin an empty log of statements for the present context (a request) and what it calls."""
    request_log.set(deque(maxlen=LOG_LENGTH))


def logged_queries(alias: str) -> list[dict[str, str]]:
    """Return the log of the present context, or of the process, as `connection.queries` documents it."""
    log = request_log.get()
    events = process_log if log is None else log
    return [
        {"sql": f"{len(event.params)} times: {event.sql}" if event.many else event.sql, "time": f"{event.seconds:.3f}"}
        for event in events
        if event.alias == alias
    ]


async def watched(
    connection: Connection, run: Callable[[str, Any], Awaitable[Any]], sql: str, params: Any, *, many: bool
) -> Any:
    """Run a statement under everything that watches this connection in the present context."""
    mine = [watcher for watcher in watchers.get() if watcher.connection is connection]
    started = time.perf_counter()
    error: BaseException | None = None
    try:
        return await wrapped(connection, [one.wrapper for one in mine if one.wrapper], run, sql, params, many)
    except BaseException as raised:
        error = raised
        raise
    finally:
        event = QueryEvent(connection.alias, sql, params, many, time.perf_counter() - started, error)
        if connection.logs_queries:
            log = request_log.get()
            (process_log if log is None else log).append(event)
        for watcher in mine:
            if watcher.observer is not None:
                watcher.observer(event)


async def wrapped(
    connection: Connection,
    wrappers: list[Wrapper],
    run: Callable[[str, Any], Awaitable[Any]],
    sql: str,
    params: Any,
    many: bool,
) -> Any:
    """Call the innermost wrapper around the rest; a sync wrapper runs on the loop, where its `execute` can wait."""
    if not wrappers:
        return await run(sql, params)
    *outer, wrapper = wrappers

    async def execute(sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        return await wrapped(connection, outer, run, sql, params, many)

    context = {"connection": connection}
    if inspect.iscoroutinefunction(wrapper) or inspect.iscoroutinefunction(getattr(wrapper, "__call__", None)):  # noqa: B004
        return await wrapper(execute, sql, params, many, context)

    def execute_in_sync(sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        return bridge.wait(execute(sql, params, many, context))

    return await bridge.spawn(wrapper, execute_in_sync, sql, params, many, context)

"""Levels: a transaction, and each block or savepoint inside it, as links of a chain that a context variable holds.

A level has a turn. A statement holds the turn of its level while it runs; an inner level holds its parent's turn until
it ends. So tasks that share a transaction run one after the other, and savepoints never interleave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from manoir.bridge import Abandoned, wait
from manoir.db._link import Link
from manoir.db._pool import Pool
from manoir.db._turn import Turn
from manoir.exceptions import TransactionManagementError

if TYPE_CHECKING:
    from manoir.db._connection import Connection

T = TypeVar("T")

TURN_SECONDS = 30.0
"""The longest wait for the turn of a level."""

variables: dict[str, ContextVar[Level | None]] = {}


def level_variable(alias: str) -> ContextVar[Level | None]:
    """Return the context variable that holds the innermost open level of one database."""
    if alias not in variables:
        variables[alias] = ContextVar(f"manoir.db.level.{alias}", default=None)
    return variables[alias]


def context_holds_transaction() -> bool:
    """Say whether code of this context holds a connection, so that the bridge gives it threads of its own."""
    levels = [variable.get() for variable in variables.values()]
    return any(level is not None and level.is_open for level in levels)


@dataclass(frozen=True, slots=True)
class Callback:
    """A function that `on_commit` keeps until the transaction is through.

    Attributes:
        func: of either colour, without arguments.
        robust: its errors are logged instead of raised.
    """

    func: Callable[[], Any]
    robust: bool


class Level:
    """One open block on one connection.

    Attributes:
        connection: the database it belongs to.
        pool: where its link came from.
        link: the physical connection that the whole chain shares.
        parent: the enclosing level; None for the outermost.
        previous: what the context variable held before.
        loop: the event loop it lives on.
        in_transaction: False for a link that is merely held.
        savepoint: name of its savepoint; None for the outermost and for `savepoint=False`.
        manual: opened by `savepoint()` and not by a block.
        fixture: opened by a test fixture: `durable` blocks may stand inside.
        is_open: statements may still run.
        needs_rollback: an error or `set_rollback(True)` decided how it ends.
        callbacks: what `on_commit` registered here.
        owner: the `Atomic` that opened it.
    """

    __slots__ = (
        "callbacks",
        "connection",
        "fixture",
        "in_transaction",
        "is_open",
        "link",
        "loop",
        "manual",
        "needs_rollback",
        "owner",
        "parent",
        "pool",
        "previous",
        "savepoint",
        "turn",
    )

    def __init__(self, connection: Connection, pool: Pool, link: Link, parent: Level | None) -> None:
        self.connection = connection
        self.pool = pool
        self.link = link
        self.parent = parent
        self.previous: Level | None = None
        self.loop = pool.loop
        self.turn = Turn()
        self.in_transaction = True
        self.savepoint: str | None = None
        self.manual = False
        self.fixture = False
        self.is_open = True
        self.needs_rollback = False
        self.callbacks: list[Callback] = []
        self.owner: Any = None

    def chain(self) -> Iterator[Level]:
        """This level, its parent, and so on outwards."""
        level: Level | None = self
        while level is not None:
            yield level
            level = level.parent

    def check_usable(self) -> None:
        """Refuse a statement here.

        Raises:
            TransactionManagementError: the block has ended, waits for its rollback, or lives on another loop.
        """
        if not self.is_open:
            raise TransactionManagementError(
                f"The atomic() block on {self.connection.describe} that this task started in has ended. A task that"
                " outlives its block cannot query through it: await the task inside the block, or start it outside."
            )
        if self.needs_rollback:
            raise TransactionManagementError(
                f"An error occurred inside this atomic() block on {self.connection.describe}, so it can only be rolled"
                " back: no queries until it ends. To go on after an expected error, put what may fail into an inner"
                " atomic() and catch the error outside of that."
            )
        if asyncio.get_running_loop() is not self.loop:
            raise TransactionManagementError(
                f"The transaction on {self.connection.describe} belongs to another event loop. Connections live on one"
                " loop: run this code there, or outside of the transaction's context."
            )

    async def take_turn(self, limit_seconds: float = TURN_SECONDS) -> None:
        """Wait until no other task uses this level.

        Raises:
            TransactionManagementError: the level cannot be used, or the turn did not come in time.
        """
        self.check_usable()
        if self.turn.busy:
            holder = self.turn.holder
            if holder is not None and holder.manual:
                raise TransactionManagementError(
                    f"A sibling task opened a savepoint on {self.connection.describe} and has not ended it: this"
                    " statement would become part of it. Use `async with atomic():` in tasks that share a transaction."
                )
            if not await self.turn.acquire(limit_seconds):
                raise TransactionManagementError(
                    f"Waited {limit_seconds:g} seconds for another task's statement or inner atomic() block on"
                    f" {self.connection.describe}. Does that block wait for this task?"
                )
            if not self.is_open or self.needs_rollback:
                self.turn.release()
                self.check_usable()
        else:
            self.turn.busy = True

    def enter(self) -> None:
        """Make this the level of the present context."""
        variable = level_variable(self.connection.alias)
        self.previous = variable.get()
        variable.set(self)

    def leave(self) -> None:
        """Give the context back the level it had before, if this one is still its own."""
        variable = level_variable(self.connection.alias)
        current = variable.get()
        if current is not None and self in current.chain():
            variable.set(self.previous)


@contextmanager
def within(level: Level | None, alias: str) -> Generator[None]:
    """Let statements of the block run on `level`; None: outside of every transaction."""
    variable = level_variable(alias)
    previous = variable.get()
    variable.set(level)
    try:
        yield
    finally:
        variable.set(previous)


async def open_level(
    connection: Connection,
    *,
    savepoint: bool = True,
    durable: bool = False,
    manual: bool = False,
    fixture: bool = False,
    owner: Any = None,
) -> Level:
    """Open a transaction, or a block inside the one that is open, and enter it."""
    parent = connection.level
    if durable and parent is not None and any(one.in_transaction and not one.fixture for one in parent.chain()):
        raise RuntimeError(
            "atomic(durable=True) is to store its writes where it ends, but a block around it is still open: open it outside."
        )
    if parent is None:
        level = await open_outermost(connection)
    else:
        level = await open_inner(connection, parent, savepoint=savepoint)
    level.manual = manual
    level.fixture = fixture
    level.owner = owner
    level.enter()
    return level


async def open_outermost(connection: Connection, *, writes: bool = True) -> Level:
    """Open a transaction on a link of its own, without entering it."""
    pool = connection.pool()
    link = await connection.begin_transaction(pool, None, writes=writes)
    return Level(connection, pool, link, None)


async def open_inner(connection: Connection, parent: Level, *, savepoint: bool) -> Level:
    await parent.take_turn()
    level = Level(connection, parent.pool, parent.link, parent)
    try:
        if not parent.in_transaction:
            await connection.begin_transaction(parent.pool, parent.link)
        elif savepoint:
            level.savepoint = connection.new_savepoint_name()
            await connection.control(parent.link, f"SAVEPOINT {level.savepoint}")
    except BaseException:
        if parent.in_transaction:
            parent.needs_rollback = True
        parent.turn.release()
        raise
    parent.turn.holder = level
    return level


def wait_surely(closing: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Wait for what gives something back, from sync code.

    In a worker thread a cancellation may arrive before the first step of a coroutine, which then never runs: it is made
    once more, and the cancellation goes on afterwards.
    """
    begun = False

    async def run() -> T:
        nonlocal begun
        begun = True
        return await closing()

    try:
        return wait(run())
    except asyncio.CancelledError:
        if not begun:
            wait(run())
        raise


async def open_held(connection: Connection) -> Level | None:
    """Keep one link without a transaction, and reset it afterwards; None inside a level, which keeps one already."""
    parent = connection.level
    if parent is not None:
        parent.link.dirty = True
        return None
    pool = connection.pool()
    level = Level(connection, pool, await connection.acquire(pool), None)
    level.in_transaction = False
    level.link.dirty = True
    level.enter()
    return level


def close_held_in_sync(level: Level) -> None:
    """Give a held link back from sync code."""
    try:
        wait_surely(lambda: close_held(level))
    except Abandoned:
        terminate(level)
        raise


async def close_held(level: Level) -> None:
    """Give the link back, after the statement that may still run on it; a statement that was torn away dropped it."""
    if not level.is_open:
        level.leave()
        return
    level.is_open = False
    level.leave()
    await take_last_turn(level)
    level.pool.release(level.link)


async def close_level(level: Level, error: BaseException | None) -> tuple[list[Callback], bool]:
    """End a block: commit or release it, or roll it back when `error` left it.

    Returns:
        What `on_commit` kept, if this was the end of a transaction that was committed; and whether the caller was
        cancelled while the commit ran.
    """
    if not level.is_open:
        level.leave()
        if error is None:
            raise TransactionManagementError(
                f"The connection of this atomic() block on {level.connection.describe} was closed before the block"
                " ended: what it wrote was rolled back."
            )
        return [], False
    close_manual_savepoints(level)
    level.is_open = False
    try:
        await take_last_turn(level)
        if level.parent is None or not level.parent.in_transaction:
            return await close_transaction(level, error)
        await close_inner(level, level.parent, error)
        return [], False
    finally:
        level.leave()
        if level.parent is not None:
            level.parent.turn.release()


async def take_last_turn(level: Level) -> None:
    """Wait for statements of other tasks that still run on a level that ends; without their end it is dropped."""
    try:
        in_time = await level.turn.acquire(TURN_SECONDS)
    except BaseException:
        terminate(level)
        raise
    if not in_time:
        terminate(level)
        raise TransactionManagementError(
            f"An atomic() block on {level.connection.describe} ended, but another task still used it after"
            f" {TURN_SECONDS:g} seconds: the transaction was rolled back and its connection closed."
        )


def close_manual_savepoints(level: Level) -> None:
    """End the savepoints that `savepoint()` opened below and nobody ended: they end with the block."""
    inner = level.turn.holder
    if inner is None or not inner.manual:
        return
    close_manual_savepoints(inner)
    inner.is_open = False
    level.callbacks.extend(inner.callbacks)
    level.needs_rollback = level.needs_rollback or inner.needs_rollback
    inner.leave()
    level.turn.release()


async def close_transaction(level: Level, error: BaseException | None) -> tuple[list[Callback], bool]:
    """End the transaction itself and give its link back."""
    connection, pool, link = level.connection, level.pool, level.link
    held = level.parent is not None
    if error is None and not level.needs_rollback:
        try:
            cancelled = await connection.commit(link)
        except BaseException as failure:
            await roll_back(level, failure)
            raise
        connection.transaction_over(pool, link)
        if not held:
            connection.release(pool, link)
        return level.callbacks, cancelled
    await roll_back(level, error)
    return [], False


async def roll_back(level: Level, error: BaseException | None) -> None:
    """Roll the transaction back; when that fails, or nobody can wait for it, drop the link, which does the same."""
    connection, pool, link = level.connection, level.pool, level.link
    held = level.parent is not None
    if link.is_closed():
        connection.transaction_over(pool, link)
        if not held:
            pool.discard(link)
    elif isinstance(error, asyncio.CancelledError) and not connection.is_local and not held:
        # A second network round trip could be cancelled as well: the pool does it in the background.
        connection.transaction_over(pool, link)
        pool.clean(link)
    else:
        try:
            await connection.control(link, "ROLLBACK")
        except BaseException as failure:
            connection.transaction_over(pool, link)
            pool.throw_away(link)
            if error is None or not isinstance(failure, Exception):
                raise
        else:
            connection.transaction_over(pool, link)
            if not held:
                pool.release(link)


async def close_inner(level: Level, parent: Level, error: BaseException | None) -> None:
    """End a block inside a transaction."""
    connection, link, savepoint = level.connection, level.link, level.savepoint
    if savepoint is None:
        parent.callbacks.extend(level.callbacks if error is None else ())
        parent.needs_rollback = parent.needs_rollback or level.needs_rollback or error is not None
    elif error is None and not level.needs_rollback:
        try:
            await connection.control(link, f"RELEASE SAVEPOINT {savepoint}")
        except BaseException:
            await roll_back_to(level, parent, savepoint)
            raise
        parent.callbacks.extend(level.callbacks)
    else:
        await roll_back_to(level, parent, savepoint)


async def roll_back_to(level: Level, parent: Level, savepoint: str) -> None:
    """Undo what the block did; if that fails, everything around it has to be undone."""
    if level.link.is_closed():
        parent.needs_rollback = True
        return
    try:
        await level.connection.control(
            level.link, f"ROLLBACK TO SAVEPOINT {savepoint}", f"RELEASE SAVEPOINT {savepoint}"
        )
    except Exception:
        parent.needs_rollback = True
    except BaseException:
        parent.needs_rollback = True
        raise


def terminate(level: Level) -> None:
    """End the whole chain without waiting: the link is dropped, which rolls everything back."""
    for one in level.chain():
        one.is_open = False
        one.needs_rollback = True
        outermost = one
        outermost.callbacks.clear()
    level.leave()
    level.connection.transaction_over(level.pool, level.link)
    level.pool.throw_away(level.link)

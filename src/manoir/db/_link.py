"""One physical connection to a database, as the pool and the transactions see it; each backend has its own class."""

from __future__ import annotations

import asyncio
import functools
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

Row: TypeAlias = Any
"""A row as the driver gives it: a tuple or an asyncpg Record; both are read by position."""


@dataclass(frozen=True, slots=True)
class RawResult:
    """What a raw statement answered.

    Attributes:
        rows: all rows, as tuples; None for a statement without a result.
        description: per column (name, type code or None, None, None, None, None, None), as the DB-API has it; or None.
        rowcount: rows affected or returned; -1 when the database does not say.
    """

    rows: list[tuple[Any, ...]] | None
    description: tuple[tuple[Any, ...], ...] | None
    rowcount: int


class Link(ABC):
    """One physical connection. Used by one task at a time: by whoever took it from the pool.

    Attributes:
        dirty: session state may have been changed (raw SQL, SET, LISTEN): the pool resets it before the next use.
        has_writer_turn: it holds the one turn that writers of a database share, where the database has only one.
        expires_at: loop time after which it is not used again; None: never.
    """

    __slots__ = ("dirty", "expires_at", "has_writer_turn")

    def __init__(self) -> None:
        self.dirty = False
        self.has_writer_turn = False
        self.expires_at: float | None = None

    @abstractmethod
    def fetch(self, sql: str, args: Sequence[Any]) -> Awaitable[list[Row]]:
        """Run a statement and return all its rows."""

    @abstractmethod
    def fetch_row(self, sql: str, args: Sequence[Any]) -> Awaitable[Row | None]:
        """Run a statement and return its first row."""

    @abstractmethod
    def execute(self, sql: str, args: Sequence[Any]) -> Awaitable[int]:
        """Run a statement and return the number of rows it affected."""

    @abstractmethod
    def execute_many(self, sql: str, args: Iterable[Sequence[Any]]) -> Awaitable[int]:
        """Run a statement once per row of arguments, all or none."""

    @abstractmethod
    def raw(self, sql: str, args: Sequence[Any]) -> Awaitable[RawResult]:
        """Run whatever a user wrote."""

    @abstractmethod
    def stream(self, sql: str, args: Sequence[Any], chunk_size: int) -> AsyncGenerator[list[Row], None]:
        """Read the rows of a statement in chunks, inside the transaction that is open."""

    @abstractmethod
    async def begin(self, *, writes: bool = True) -> None:
        """Open a transaction; `writes` says that it will probably write."""

    @abstractmethod
    async def commit(self) -> bool:
        """Commit, to the end even if the caller is cancelled meanwhile.

        Returns:
            The caller was cancelled while the commit ran and has to be told so when its work is done.

        Raises:
            TransactionManagementError: the database rolled back instead.
        """

    @abstractmethod
    async def control(self, *statements: str) -> None:
        """Run ROLLBACK, SAVEPOINT and their kin, in order."""

    @abstractmethod
    def needs_cleaning(self) -> bool:
        """Say whether a transaction is still open or the session is dirty."""

    @abstractmethod
    async def clean(self) -> None:
        """Roll back what is open and reset the session; an error means that the link has to be thrown away."""

    def clean_at_once(self) -> bool:
        """Clean without waiting, where the backend can; False: it has to be done by `clean`."""
        return False

    @abstractmethod
    def is_closed(self) -> bool:
        """Say whether the link is known to be gone."""

    @abstractmethod
    async def close(self) -> None:
        """Say goodbye to the server."""

    @abstractmethod
    def terminate(self) -> None:
        """Drop the connection at once, without waiting."""


async def to_the_end(work: Coroutine[Any, Any, T]) -> tuple[T, bool]:
    """Run `work` to its end, even if the caller is cancelled meanwhile; also return whether it was.

    A cancelled task cancels the future that it waits for. So the caller waits for a stand-in, and `work` never hears of
    it; a task of its own and `asyncio.shield` would do the same for four times the price.
    """
    cancelled = False
    while True:
        try:
            future = work.send(None)
        except StopIteration as end:
            return end.value, cancelled
        if future is None:  # a bare turn of the loop
            future = asyncio.get_running_loop().create_future()
            future.get_loop().call_soon(future.set_result, None)
        future._asyncio_future_blocking = False
        while not future.done():
            stand_in = future.get_loop().create_future()
            future.add_done_callback(functools.partial(wake, stand_in))
            try:
                await stand_in
            except asyncio.CancelledError:
                cancelled = True


def wake(stand_in: asyncio.Future[None], future: asyncio.Future[Any]) -> None:
    """Wake who waits for a stand-in."""
    if not stand_in.done():
        stand_in.set_result(None)

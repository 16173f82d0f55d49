"""Streams: large results in chunks, inside a transaction or in one of their own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any, Self

from manoir.db._levels import Level, close_level, open_outermost
from manoir.db._link import Row

if TYPE_CHECKING:
    from manoir.db._connection import Connection


class Stream:
    """An async iterator over chunks of rows.

    Attributes:
        level: what the stream reads on; `with connection.within(stream.level):` lets other reads share its connection.
            None before the first chunk, and for a database in memory.
    """

    def __init__(self, connection: Connection, sql: str, args: Sequence[Any], chunk_size: int) -> None:
        if chunk_size < 1:
            raise ValueError(f"chunk_size is {chunk_size}, but has to be at least 1.")
        self.connection = connection
        self.sql = sql
        self.args = args
        self.chunk_size = chunk_size
        self.level: Level | None = None
        self._chunks: AsyncGenerator[list[Row], None] | None = None
        self._owns_level = False
        self._done = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Row]:
        if self._done:
            raise StopAsyncIteration
        if self._chunks is None:
            await self._start()
        assert self._chunks is not None
        try:
            chunk = await self._next_chunk(self._chunks)
        except BaseException as error:
            await self._finish(error)
            self.connection.reraise(error)
        if chunk is None:
            await self._finish(None)
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """End the stream before its last row and give its connection back."""
        if not self._done:
            await self._finish(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *details: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        # Left without aclose(): nothing here may wait, so the pool cleans the link in the background.
        level = self.level
        if self._owns_level and level is not None and not level.loop.is_closed():
            level.loop.call_soon_threadsafe(give_back, level)

    async def _start(self) -> None:
        connection = self.connection
        self.level = connection.level
        if self.level is None and connection.features.is_in_memory:
            # Its only link must not be kept from others, and its rows are in memory anyway.
            self._chunks = in_chunks(await connection.fetch(self.sql, self.args), self.chunk_size)
            return
        if self.level is None:
            self.level = await open_outermost(connection, writes=False)
            self._owns_level = True
        self._chunks = self.level.link.stream(self.sql, self.args, self.chunk_size)

    async def _next_chunk(self, chunks: AsyncGenerator[list[Row], None]) -> list[Row] | None:
        """Read one chunk in the turn of the level; the rest of the time others may use the link."""
        level = self.level
        if level is None:
            return await anext(chunks, None)
        await level.take_turn()
        try:
            return await anext(chunks, None)
        except BaseException as error:
            self.connection.statement_failed(level, error)
            raise
        finally:
            level.turn.release()

    async def _finish(self, error: BaseException | None) -> None:
        self._done = True
        chunks, self._chunks = self._chunks, None
        level, self.level = self.level, None
        if chunks is not None:
            await chunks.aclose()
        if self._owns_level and level is not None:
            await close_level(level, error)


def give_back(level: Level) -> None:
    """Give back the link of a stream that nobody will read any further."""
    level.is_open = False
    level.pool.clean(level.link)


async def in_chunks(rows: list[Row], size: int) -> AsyncGenerator[list[Row], None]:
    """Cut a list into chunks."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]

"""The cursor: raw SQL with `%s` placeholders, shaped as the DB-API documents it, in both colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from manoir.bridge import blocking, wait
from manoir.db._levels import Level, close_held, close_held_in_sync, open_held
from manoir.db._link import RawResult
from manoir.db._placeholders import translate
from manoir.exceptions import InterfaceError, ProgrammingError

if TYPE_CHECKING:
    from manoir.db._connection import Connection

Params = Sequence[Any] | Mapping[str, Any] | None


class Cursor:
    """Runs raw SQL on one database.

    Inside `with connection.cursor() as cursor:` (or `async with`) all statements run on one physical connection, which
    is reset afterwards; without it, each statement outside of a transaction takes a connection of the pool. Results are
    read as a whole when a statement runs; `connection.stream` reads large ones in chunks.

    Attributes:
        description: seven-tuples per column of the last result, name first; None when it had no result.
        rowcount: rows that the last statement affected or returned; -1 when unknown.
        arraysize: rows that `fetchmany()` returns unless told.

    Example:
        >>> with connection.cursor() as cursor:
        ...     cursor.execute("SELECT %s + 1", [41])
        ...     cursor.fetchone()
        (42,)
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1
        self.arraysize = 1
        self._rows: list[tuple[Any, ...]] | None = None
        self._position = 0
        self._level: Level | None = None
        self._closed = False

    async def aexecute(self, sql: str, params: Params = None) -> Self:
        """Run one statement.

        Args:
            sql: the statement, with `%s` or `%(name)s` placeholders where `params` are given.
            params: a list or a mapping of values; None: the text is passed on as it is.

        Raises:
            ProgrammingError: the statement is wrong, or placeholders and parameters do not fit.
            DatabaseError: whatever else the database refuses.
        """
        if self._closed:
            raise InterfaceError("This cursor is closed: open another by connection.cursor().")
        text, args = translate(sql, params, self.connection.placeholder_style)
        self._keep(await self.connection.run_raw(text, args))
        return self

    execute = blocking(aexecute)

    async def aexecutemany(self, sql: str, param_list: Iterable[Sequence[Any] | Mapping[str, Any]]) -> Self:
        """Run one statement once per member of `param_list`, all or none."""
        if self._closed:
            raise InterfaceError("This cursor is closed: open another by connection.cursor().")
        rows: list[Sequence[Any]] = []
        text = sql
        for params in param_list:
            text, args = translate(sql, params, self.connection.placeholder_style)
            rows.append(args)
        count = await self.connection.execute_many(text, rows) if rows else 0
        self._keep(RawResult(None, None, count))
        return self

    executemany = blocking(aexecutemany)

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row, or None."""
        rows = self._result()
        if self._position >= len(rows):
            return None
        self._position += 1
        return rows[self._position - 1]

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Return the next `size` rows (None: `arraysize`), fewer at the end."""
        rows = self._result()
        start = self._position
        self._position = min(len(rows), start + (self.arraysize if size is None else size))
        return rows[start : self._position]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows that are left."""
        rows = self._result()
        start, self._position = self._position, len(rows)
        return rows[start:]

    async def afetchone(self) -> tuple[Any, ...] | None:
        """Return the next row, or None."""
        return self.fetchone()

    async def afetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Return the next `size` rows (None: `arraysize`), fewer at the end."""
        return self.fetchmany(size)

    async def afetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows that are left."""
        return self.fetchall()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        while (row := self.fetchone()) is not None:
            yield row

    async def aclose(self) -> None:
        """Forget the result and give the physical connection back."""
        level = self._end()
        if level is not None:
            await close_held(level)

    def close(self) -> None:
        """Forget the result and give the physical connection back."""
        level = self._end()
        if level is not None:
            close_held_in_sync(level)

    def _end(self) -> Level | None:
        self._closed = True
        self._rows = None
        level, self._level = self._level, None
        return level

    async def __aenter__(self) -> Self:
        if not self.connection.features.is_in_memory:
            self._level = await open_held(self.connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __enter__(self) -> Self:
        return wait(self.__aenter__())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _keep(self, result: RawResult) -> None:
        self._rows, self.description, self.rowcount = result.rows, result.description, result.rowcount
        self._position = 0

    def _result(self) -> list[tuple[Any, ...]]:
        if self._rows is None:
            raise ProgrammingError("There is no result to fetch: the last statement returned no rows, or none has run.")
        return self._rows

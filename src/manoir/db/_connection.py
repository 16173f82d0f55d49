"""The connection: one object per database and process, through which every statement goes, whatever the backend.

Outside of a transaction a statement takes a link out of the pool and gives it back, or keeps it for the next one
(`together`); inside, it takes its turn on the link of the transaction. A backend adds how to connect, its types, and how it names its errors.
"""

from __future__ import annotations

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, ClassVar, Literal, NoReturn
from weakref import WeakSet

from manoir.bridge import blocking, on_loop_close, set_transaction_threads
from manoir.conf import settings
from manoir.db._columns import ColumnType, Converter, Features
from manoir.db._cursor import Cursor
from manoir.db._inspecting import InspectedTable
from manoir.db._keeping import Hold, Together, kept_variable
from manoir.db._levels import Level, level_variable, terminate, within
from manoir.db._link import Link, RawResult, Row
from manoir.db._pool import Pool
from manoir.db._stream import Stream
from manoir.db._watching import Observer, Watcher, Wrapper, logged_queries, watched, watching
from manoir.exceptions import (
    ImproperlyConfigured,
    ManoirError,
    NotSupportedError,
    ProgrammingError,
    nearest,
)

POOL_OPTIONS: dict[str, float | None] = {"max_size": 10, "timeout": None, "max_lifetime": 3600.0}
"""What OPTIONS["pool"] may say: links per loop, seconds to wait for one (DB_POOL_TIMEOUT unless told), seconds it lives."""

savepoint_numbers = itertools.count(1)
live_connections: WeakSet[Connection] = WeakSet()


class Connection(ABC):
    """A database of DATABASES.

    Attributes:
        alias: its name in DATABASES.
        settings_dict: its entry in DATABASES, defaults filled in.
        vendor: `"sqlite"` or `"postgresql"`.
        display_name: the product's name for people.
        is_local: talking to it crosses no network.
        placeholder_style: `"?"` or `"$"` (for `$1`).
        watched: how many watchers and logs look at statements now; 0 makes them cost nothing.
        pinned_level: what code without a level of its own joins (a live server under test); usually None.
    """

    vendor: ClassVar[str]
    display_name: ClassVar[str]
    is_local: ClassVar[bool]
    placeholder_style: ClassVar[Literal["?", "$"]]
    known_options: ClassVar[frozenset[str]]
    max_name_length: ClassVar[int] = 200

    def __init__(self, alias: str, settings_dict: dict[str, Any]) -> None:
        self.alias = alias
        self.settings_dict = settings_dict
        self.options: dict[str, Any] = dict(settings_dict.get("OPTIONS") or {})
        self.pool_options = self.read_pool_options()
        self.check_options()
        self.variable = level_variable(alias)
        self.kept = kept_variable(alias)
        self.pools: dict[asyncio.AbstractEventLoop, Pool] = {}
        self.latest_pool: Pool | None = None
        self.pinned_level: Level | None = None
        self.logs_queries = bool(settings.DEBUG)
        self.watched = 1 if self.logs_queries else 0
        self._dialect: Any = None
        live_connections.add(self)

    # -- what a backend says ----------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def features(self) -> Features:
        """What this database can do."""

    @abstractmethod
    async def connect(self) -> Link:
        """Open a physical connection.

        Raises:
            OperationalError: the database cannot be reached; says which, where, and what to do.
        """

    @abstractmethod
    def load_dialect(self) -> Any:
        """Import SQLAlchemy and make the dialect whose texts this backend's driver runs."""

    @abstractmethod
    def sql_type(self, column_type: ColumnType) -> str:
        """Return the type of a column as DDL writes it."""

    @abstractmethod
    def to_driver(self, column_type: ColumnType) -> Converter | None:
        """Return what turns a canonical value (never None) into one for the driver; None: nothing has to be done."""

    @abstractmethod
    def from_driver(self, column_type: ColumnType) -> Converter | None:
        """Return what turns a value of the driver (never None) into the canonical one; None: nothing has to be done."""

    @abstractmethod
    def map_error(self, error: BaseException) -> ManoirError | None:
        """Return manoir's error for one of the driver, without the values it may tell; None for a foreign one."""

    @abstractmethod
    async def table_names(self) -> list[str]:
        """Return the names of the tables that a project may own, sorted."""

    async def estimated_rows(self, tables: Iterable[str]) -> dict[str, int]:
        """Return about how many rows tables have, without reading them.

        Args:
            tables: their names.

        Returns:
            Numbers by table; without those of which the database keeps none, which on SQLite are all.
        """
        return {}

    @abstractmethod
    async def create_database(self, name: str, *, template: str | None = None) -> None:
        """Create an empty database (or a copy of `template`) on the same server, for tests."""

    @abstractmethod
    async def database_exists(self, name: str) -> bool:
        """Say whether a database is there."""

    @abstractmethod
    async def drop_database(self, name: str) -> None:
        """Drop a database that `create_database` made; a missing one is no error."""

    @abstractmethod
    def test_name(self) -> str:
        """Return the name of the database that tests use instead of this one."""

    @abstractmethod
    async def defer_constraints(self) -> None:
        """Inside a transaction: let foreign keys point to rows that come later; its end checks them."""

    @abstractmethod
    async def check_constraints(self, table_names: Iterable[str] | None = None) -> None:
        """Inside a transaction: check foreign keys that were deferred now, and at each statement again.

        Args:
            table_names: tables to check; None: all.

        Raises:
            IntegrityError: a row points to none; names it.
        """

    @abstractmethod
    def sequence_reset_sql(self, columns: Iterable[tuple[str, str]]) -> list[str]:
        """Return statements that let counters go on behind the greatest key.

        Args:
            columns: pairs of a table and its column that the database counts.
        """

    @abstractmethod
    async def flush_sql(self, tables: Iterable[str], *, reset_sequences: bool = True) -> list[str]:
        """Return statements that empty tables which refer to each other only.

        Args:
            tables: their names.
            reset_sequences: start their counters anew.
        """

    @abstractmethod
    async def inspect_tables(self, *, views: bool = False, partitions: bool = False) -> list[InspectedTable]:
        """Describe the tables that are there, by name; also views, and partitions where there are any."""

    # -- settings ---------------------------------------------------------------------------------------------------

    @property
    def describe(self) -> str:
        """The database in a message: never its password."""
        return f"the database {self.alias!r}"

    def read_pool_options(self) -> dict[str, Any]:
        """Return OPTIONS["pool"] with its defaults."""
        given = self.options.pop("pool", None)
        defaults = POOL_OPTIONS | {"timeout": settings.DB_POOL_TIMEOUT}
        if given is None or given is True:
            return defaults
        if not isinstance(given, Mapping):
            raise ImproperlyConfigured(
                f'DATABASES[{self.alias!r}]["OPTIONS"]["pool"] is {given!r}, but has to be True or a dict with'
                f" {', '.join(map(repr, POOL_OPTIONS))}."
            )
        for name in given:
            if name not in POOL_OPTIONS:
                raise ImproperlyConfigured(
                    f'DATABASES[{self.alias!r}]["OPTIONS"]["pool"] has an unknown key {name!r}.'
                    f"{nearest(str(name), POOL_OPTIONS)} Known: {', '.join(POOL_OPTIONS)}."
                )
        return defaults | dict(given)

    def check_options(self) -> None:
        """Refuse OPTIONS that this backend does not know."""
        for name in self.options:
            if name not in self.known_options:
                raise ImproperlyConfigured(
                    f'DATABASES[{self.alias!r}]["OPTIONS"] has an unknown key {name!r} for {self.display_name}.'
                    f"{nearest(name, self.known_options)} Known: {', '.join(sorted(self.known_options))}, pool."
                )

    @property
    def dialect(self) -> Any:
        """SQLAlchemy's dialect for this database; SQLAlchemy is imported when it is first asked for."""
        if self._dialect is None:
            self._dialect = self.load_dialect()
        return self._dialect

    def quote_name(self, name: str) -> str:
        """Return a table's or column's name as SQL writes it.

        Raises:
            ProgrammingError: no name of this database can look like that.
        """
        if not name or "\x00" in name or len(name) > self.max_name_length:
            raise ProgrammingError(f"{name[:80]!r} cannot be a name in {self.display_name}.")
        return '"' + name.replace('"', '""') + '"'

    # -- links ------------------------------------------------------------------------------------------------------

    def pool(self) -> Pool:
        """Return the pool of the running loop."""
        loop = asyncio.get_running_loop()
        pool = self.latest_pool
        if pool is not None and pool.loop is loop and not pool.closed:
            return pool
        pool = self.pools.get(loop)
        if pool is None or pool.closed:
            self.forget_closed_loops()
            pool = self.pools[loop] = Pool(
                self.connect,
                describe=self.describe,
                loop=loop,
                max_size=self.pool_options["max_size"],
                timeout=self.pool_options["timeout"],
                max_lifetime=self.pool_options["max_lifetime"],
            )
            on_loop_close(pool.aclose)
            set_transaction_threads(sum(one.pool_options["max_size"] for one in live_connections))
        self.latest_pool = pool
        return pool

    def forget_closed_loops(self) -> None:
        """Drop the pools of loops that were closed without a farewell."""
        for loop in [loop for loop in self.pools if loop.is_closed()]:
            self.pools.pop(loop).terminate()

    async def acquire(self, pool: Pool) -> Link:
        """Take the link that `together()` keeps, or one out of the pool."""
        kept = self.kept.get()
        if kept is None:
            return pool.take() or await pool.acquire()
        return kept.take(pool) or await kept.acquire(pool)

    def release(self, pool: Pool, link: Link) -> None:
        """Give a link back after use, to `together()` or to the pool."""
        kept = self.kept.get()
        if kept is None:
            pool.release(link)
        else:
            kept.release(pool, link)

    async def begin_transaction(self, pool: Pool, link: Link | None, *, writes: bool = True) -> Link:
        """Begin a transaction, which probably `writes`, on `link`, or on one out of the pool."""
        held = link is not None
        if link is None:
            link = await self.acquire(pool)
        try:
            await link.begin(writes=writes)
        except BaseException as error:
            if not held:
                pool.release_after(link, error)
            self.reraise(error)
        return link

    async def commit(self, link: Link) -> bool:
        """Commit; see `Link.commit`."""
        try:
            return await link.commit()
        except BaseException as error:
            self.reraise(error)

    async def control(self, link: Link, *statements: str) -> None:
        """Run statements that steer a transaction."""
        try:
            await link.control(*statements)
        except BaseException as error:
            self.reraise(error)

    def transaction_over(self, pool: Pool, link: Link) -> None:
        """A transaction on `link` has ended, one way or the other."""

    def new_savepoint_name(self) -> str:
        """Return a name no other savepoint of the process has."""
        return f"s{next(savepoint_numbers)}"

    def reraise(self, error: BaseException) -> NoReturn:
        """Raise manoir's error for one of the driver, or `error` itself."""
        mapped = self.map_error(error)
        if mapped is None:
            raise error
        raise mapped from error

    # -- statements -------------------------------------------------------------------------------------------------
    # Plain functions that return coroutines: a frame less for each statement.

    def fetch(self, sql: str, args: Sequence[Any] = ()) -> Coroutine[Any, Any, list[Row]]:
        """Run a statement and return all its rows.

        Args:
            sql: text with the driver's placeholders, as `connection.dialect` compiles it.
            args: driver values, by position.

        Returns:
            Rows that are read by position.

        Raises:
            DatabaseError: what the database refuses, by kind; the driver's error is its cause.
            TransactionManagementError: the transaction of this context cannot run statements any more.
        """
        if self.watched:
            return watched(self, lambda sql, args: self.run("fetch", sql, args), sql, args, many=False)
        return self.run("fetch", sql, args)

    def fetch_row(self, sql: str, args: Sequence[Any] = ()) -> Coroutine[Any, Any, Row | None]:
        """Run a statement and return its first row, or None."""
        if self.watched:
            return watched(self, lambda sql, args: self.run("fetch_row", sql, args), sql, args, many=False)
        return self.run("fetch_row", sql, args)

    def execute(self, sql: str, args: Sequence[Any] = ()) -> Coroutine[Any, Any, int]:
        """Run a statement and return the number of rows it affected (0 where there is no such number)."""
        if self.watched:
            return watched(self, lambda sql, args: self.run("execute", sql, args), sql, args, many=False)
        return self.run("execute", sql, args)

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement once per row of arguments, all or none, and return the number of rows affected."""
        rows = rows if isinstance(rows, list) else list(rows)
        if self.watched:
            return await watched(self, lambda sql, rows: self.run("execute_many", sql, rows), sql, rows, many=True)
        return await self.run("execute_many", sql, rows)

    async def run_raw(self, sql: str, args: Sequence[Any]) -> RawResult:
        """Run what a user wrote; its link is reset before the next use."""
        if self.watched:
            return await watched(self, lambda sql, args: self.run("raw", sql, args), sql, args, many=False)
        return await self.run("raw", sql, args)

    # hot path: benchmarks/db.py
    async def run(self, operation: str, sql: str, args: Any) -> Any:
        """Run one operation of a link: on the level of this context, or on a link out of the pool."""
        level = self.variable.get()
        if level is not None or self.pinned_level is not None:
            level = self.level
            if level is not None:
                return await self.run_in(level, operation, sql, args)
        pool = self.latest_pool
        if pool is None or pool.loop is not asyncio.get_running_loop() or pool.closed:
            pool = self.pool()
        kept = self.kept.get()
        link = pool.take() if kept is None else kept.take(pool)
        if link is None:
            link = await self.acquire(pool)
        try:
            result = await getattr(link, operation)(sql, args)
        except BaseException as error:
            pool.release_after(link, error)
            self.reraise(error)
        if kept is None:
            pool.release(link)
        else:
            kept.release(pool, link)
        return result

    async def run_in(self, level: Level, operation: str, sql: str, args: Any) -> Any:
        """Run one operation in its turn on the link of a level."""
        await level.take_turn()
        try:
            return await getattr(level.link, operation)(sql, args)
        except BaseException as error:
            self.statement_failed(level, error)
            self.reraise(error)
        finally:
            level.turn.release()

    def statement_failed(self, level: Level, error: BaseException) -> None:
        """A statement on a level's link did not end well: the innermost block can only be rolled back."""
        if isinstance(error, (Exception, asyncio.CancelledError)):
            if level.in_transaction:
                level.needs_rollback = True
        else:
            terminate(level)

    def stream(self, sql: str, args: Sequence[Any] = (), chunk_size: int = 2000) -> Stream:
        """Read a large result in chunks.

        Args:
            sql: text with the driver's placeholders.
            args: driver values, by position.
            chunk_size: rows per chunk, at least 1.

        Returns:
            An async iterator over lists of rows. Outside of a transaction it keeps one connection, in a transaction of
            its own (`stream.level`), until it is read to the end or closed by `aclose()`.
        """
        return Stream(self, sql, args, chunk_size)

    def cursor(self) -> Cursor:
        """Return a cursor for raw SQL; use it as a context manager of either colour."""
        return Cursor(self)

    # -- transactions -----------------------------------------------------------------------------------------------

    @property
    def level(self) -> Level | None:
        """The level that a statement of this context would run on."""
        level = self.variable.get()
        if level is not None and level.connection is self:
            return level
        return self.pinned_level

    @property
    def in_atomic_block(self) -> bool:
        """Say whether this context is inside `atomic()`."""
        level = self.level
        return level is not None and level.in_transaction

    @property
    def needs_rollback(self) -> bool:
        """Say whether the innermost block can only be rolled back."""
        level = self.level
        return level is not None and level.needs_rollback

    def within(self, level: Level | None) -> AbstractContextManager[None]:
        """Let statements of the block run on `level`, for example that of a stream; None: outside of a transaction."""
        return within(level, self.alias)

    def hold(self) -> Hold:
        """Keep one physical connection for the block, without a transaction (`with` and `async with`).

        For what belongs to a session: `SET`, advisory locks, `PRAGMA`. The connection is reset afterwards. `atomic()`
        inside the block begins on the same connection; inside of `atomic()` the block changes nothing.
        """
        return Hold(self)

    def together(self) -> Together:
        """Let the statements of the block share one physical connection where they can (`with` and `async with`).

        For a few statements in a row, none of which needs a transaction: they wait for a connection once instead of each.
        Nothing else that waits belongs into the block, because it would keep the connection from others meanwhile. It
        promises nothing: statements at a time (`gather`) run on several connections, `atomic()` and `stream()` take the
        connection over, an error gives it back. On SQLite the block changes nothing: there is no network to spare, and
        who reads must not keep a connection from who writes.

        Example:
            >>> async with connection.together():
            ...     [count] = await connection.fetch_row("SELECT count(*) FROM account")
            ...     total = await connection.fetch_row("SELECT sum(balance) FROM account")
        """
        return Together(self)

    # -- watching ---------------------------------------------------------------------------------------------------

    def execute_wrapper(self, wrapper: Wrapper) -> AbstractContextManager[None]:
        """Call `wrapper(execute, sql, params, many, context)` around every statement of the block.

        The wrapper, of either colour, calls `execute` with the same arguments and returns what that returns. It wraps
        statements of this context: of this task and of what it calls, not of others.
        """
        return watching(self, Watcher(self, wrapper=wrapper))

    def observe(self, observer: Observer) -> AbstractContextManager[None]:
        """Call `observer(event)` with a `QueryEvent` after every statement of the block's context."""
        return watching(self, Watcher(self, observer=observer))

    @property
    def queries(self) -> list[dict[str, str]]:
        """With DEBUG, the statements of this request (or of this process): dicts with `sql` and `time` in seconds."""
        return logged_queries(self.alias)

    def follow_debug(self, debug: bool) -> None:
        """Begin or end the log of statements."""
        if debug != self.logs_queries:
            self.logs_queries = debug
            self.watched += 1 if debug else -1

    # -- life -------------------------------------------------------------------------------------------------------

    async def aensure_connection(self) -> None:
        """Connect, if no physical connection is open.

        Raises:
            OperationalError: the database cannot be reached; says which, where, and what to do.
        """
        if self.level is None:
            pool = self.pool()
            self.release(pool, await self.acquire(pool))

    ensure_connection = blocking(aensure_connection)

    async def ais_usable(self) -> bool:
        """Say whether the database answers."""
        try:
            await self.fetch("SELECT 1")
        except ManoirError:
            return False
        return True

    is_usable = blocking(ais_usable)

    async def aclose(self) -> None:
        """Close the idle connections of this loop, and those in use when they come back; the next use opens new ones."""
        pool = self.pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            self.latest_pool = None
            await pool.aclose()
        self.forget_closed_loops()

    close = blocking(aclose)

    def terminate(self) -> None:
        """Drop every physical connection at once, without waiting."""
        pools, self.pools = self.pools, {}
        self.latest_pool = None
        for pool in pools.values():
            with suppress(Exception):
                pool.terminate()

    def forget(self) -> None:
        """Begin anew in a forked child; the parent's connections are left alone."""
        self.pools = {}
        self.latest_pool = None
        self.pinned_level = None

    def listen(self, *channels: str) -> AsyncIterator[Any]:
        """Listen for notifications; only where `features.has_listen`."""
        raise NotSupportedError(f"{self.display_name} has no LISTEN. Use PostgreSQL for {self.describe}.")

    async def notify(self, channel: str, payload: str = "") -> None:
        """Send a notification; inside a transaction it is sent when that commits."""
        raise NotSupportedError(f"{self.display_name} has no NOTIFY. Use PostgreSQL for {self.describe}.")

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__qualname__} alias={self.alias!r}>"

"""The SQLite backend: one file, many readers, one writer at a time."""

from __future__ import annotations

import asyncio
import itertools
import re
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from manoir import bridge
from manoir.conf import settings
from manoir.db._columns import ColumnType, Converter, Features
from manoir.db._connection import Connection
from manoir.db._inspecting import InspectedTable
from manoir.db._link import Link
from manoir.db._pool import Pool
from manoir.db.sqlite import _adapters
from manoir.db.sqlite._functions import register
from manoir.db.sqlite._inspecting import inspect_tables
from manoir.db.sqlite._link import SQLiteLink, is_busy
from manoir.db.sqlite._turnstile import Turnstile
from manoir.db.sqlite._worker import Worker
from manoir.exceptions import (
    DatabaseError,
    DataError,
    ImproperlyConfigured,
    IntegrityError,
    InterfaceError,
    InternalError,
    ManoirError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

OLDEST_VERSION = (3, 37)
DEFAULT_TIMEOUT_SECONDS = 5.0
CACHED_STATEMENTS = 1024
MEMORY = ":memory:"
MAX_SHOWN_VIOLATIONS = 5

memory_numbers = itertools.count(1)

COLUMN_TYPES: dict[str, str] = {
    "smallint": "smallint",
    "int": "integer",
    "bigint": "bigint",
    "decimal": "decimaltext",
    "float": "real",
    "bool": "bool",
    "char": "varchar",
    "text": "text",
    "date": "date",
    "time": "time",
    "datetime": "datetime",
    "duration": "bigint",
    "uuid": "char(32)",
    "json": "text",
    "binary": "BLOB",
}

READING = re.compile(r"[\s(]*(?:select|values|explain|pragma)\b", re.IGNORECASE)
WRITING_WORD = re.compile(r"\b(?:insert|update|delete|replace)\b", re.IGNORECASE)
WITH = re.compile(r"\s*with\b", re.IGNORECASE)

ERRORS: tuple[tuple[type[sqlite3.Error], type[ManoirError]], ...] = (
    (sqlite3.IntegrityError, IntegrityError),
    (sqlite3.DataError, DataError),
    (sqlite3.OperationalError, OperationalError),
    (sqlite3.ProgrammingError, ProgrammingError),
    (sqlite3.NotSupportedError, NotSupportedError),
    (sqlite3.InternalError, InternalError),
    (sqlite3.DatabaseError, DatabaseError),
    (sqlite3.InterfaceError, InterfaceError),
)

HINTS = {
    sqlite3.SQLITE_FULL: " Nothing of the statement was written; make room on the disk of the file.",
    sqlite3.SQLITE_READONLY: " May this user write to the file and to its directory, and is the disk mounted for writing?",
    sqlite3.SQLITE_NOTADB: " NAME (or DATABASE_URL) is the path of a file that is no SQLite database.",
    sqlite3.SQLITE_CORRUPT: " Stop the server and restore a backup; `PRAGMA integrity_check` tells what is damaged.",
}
"""What to do, by SQLite's primary error code."""


class SQLiteConnection(Connection):
    """A database of DATABASES whose ENGINE is `manoir.db.sqlite`.

    OPTIONS: `timeout` (seconds to wait for another process's lock, 5), `command_timeout` (seconds a statement may run, else
    DB_TIMEOUT), `transaction_mode` (`"IMMEDIATE"`, `"DEFERRED"` or
    `"EXCLUSIVE"`), `init_command` (statements for each new connection, such as `"PRAGMA cache_size=-20000"`),
    `cached_statements` (1024), `threads` (True: each connection on a thread of its own, False: inline; None: a thread
    on server loops, inline in scripts and tests), `pool`.
    """

    vendor: ClassVar[str] = "sqlite"
    display_name: ClassVar[str] = "SQLite"
    is_local: ClassVar[bool] = True
    placeholder_style: ClassVar[Literal["?", "$"]] = "?"
    known_options: ClassVar[frozenset[str]] = frozenset(
        {"timeout", "command_timeout", "transaction_mode", "init_command", "cached_statements", "threads"}
    )

    def __init__(self, alias: str, settings_dict: dict[str, Any]) -> None:
        super().__init__(alias, settings_dict)
        if sqlite3.sqlite_version_info < OLDEST_VERSION:
            raise ImproperlyConfigured(
                f"SQLite 3.37 or later is required, but this Python has {sqlite3.sqlite_version}."
            )
        self.name = str(settings_dict.get("NAME") or "")
        if not self.name:
            raise ImproperlyConfigured(
                f'DATABASES[{alias!r}] has no NAME: give the path of a file, such as BASE_DIR / "db.sqlite3" (in'
                f' DATABASE_URL: sqlite:///db.sqlite3), or ":memory:".'
            )
        self.in_memory = self.name == MEMORY
        self.timeout = float(self.options.get("timeout", DEFAULT_TIMEOUT_SECONDS))
        self.begin_sql = self.read_transaction_mode()
        if self.in_memory:
            self.pool_options["max_size"] = 1
            self.pool_options["max_lifetime"] = None
            # One name per object: all its connections see the same database, those of another object a different one.
            self.path = f"file:/manoir-{next(memory_numbers)}?vfs=memdb"
        else:
            self.path = self.name
        self.keeper: sqlite3.Connection | None = None
        self.turnstile = None if self.in_memory else Turnstile(self.path, self.timeout / 2)

    def read_transaction_mode(self) -> str:
        mode = str(self.options.get("transaction_mode") or "IMMEDIATE").upper()
        if mode not in ("IMMEDIATE", "DEFERRED", "EXCLUSIVE"):
            raise ImproperlyConfigured(
                f'DATABASES[{self.alias!r}]["OPTIONS"]["transaction_mode"] is {mode!r}, but has to be "IMMEDIATE",'
                ' "DEFERRED" or "EXCLUSIVE".'
            )
        return f"BEGIN {mode}"

    @property
    def features(self) -> Features:
        return FEATURES_IN_MEMORY if self.in_memory else FEATURES

    # -- connecting -------------------------------------------------------------------------------------------------

    async def connect(self) -> Link:
        if self.in_memory and self.keeper is None:
            self.keeper = self.open_raw()
        loop = asyncio.get_running_loop()
        threads = self.options.get("threads")
        worker = None
        if threads or (threads is None and not bridge.is_own_loop(loop)):
            worker = Worker(loop, f"manoir-sqlite-{self.alias}")
        link = SQLiteLink(
            worker,
            timeout=self.timeout,
            time_limit=self.options.get("command_timeout", settings.DB_TIMEOUT),
            begin_sql=self.begin_sql,
            prepare_session=self.prepare_session,
        )
        try:
            await link.open(self.open_raw)
        except sqlite3.Error as error:
            if isinstance(error, sqlite3.OperationalError) and is_busy(error):
                self.reraise(error)
            raise OperationalError(self.explain_failure(error)) from error
        return link

    def open_raw(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self.path,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=int(self.options.get("cached_statements", CACHED_STATEMENTS)),
            uri=self.in_memory,
        )
        try:
            register(raw)
            if not self.in_memory:
                raw.execute("PRAGMA journal_mode = WAL").close()
            self.prepare_session(raw)
        except BaseException:
            raw.close()
            raise
        return raw

    def prepare_session(self, raw: sqlite3.Connection) -> None:
        """Bring the settings of a session to what the project says."""
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute("PRAGMA synchronous = NORMAL")
        raw.execute("PRAGMA legacy_alter_table = OFF")
        raw.execute("PRAGMA defer_foreign_keys = OFF")
        for command in str(self.options.get("init_command") or "").split(";"):
            if command.strip():
                raw.execute(command)

    def explain_failure(self, error: sqlite3.Error) -> str:
        """Say why a file cannot be opened, and what to do."""
        where = f"{self.describe} ({self.name})"
        folder = Path(self.name).resolve().parent
        if not folder.is_dir():
            cure = f"the directory {folder} does not exist. Create it, or correct NAME (or DATABASE_URL)."
        elif Path(self.name).is_dir():
            cure = "it is a directory. NAME (or DATABASE_URL) has to be the path of a file."
        elif "not a database" in str(error):
            cure = "the file is no SQLite database. Correct NAME (or DATABASE_URL), or move the file away."
        else:
            cure = f"{error}. May this user write to {folder} and to the file?"
        return f"SQLite cannot open {where}: {cure}"

    def terminate(self) -> None:
        super().terminate()
        keeper, self.keeper = self.keeper, None
        if keeper is not None:
            keeper.close()

    # -- one writer at a time ---------------------------------------------------------------------------------------

    async def run(self, operation: str, sql: str, args: Any) -> Any:
        if operation != "execute_many" and is_reading(sql):
            return await super().run(operation, sql, args)
        level = self.level
        if level is not None and level.in_transaction:
            return await super().run(operation, sql, args)
        pool = self.pool()
        await self.take_writer_turn(pool)
        ticket = None
        try:
            ticket = await self.enter_turnstile()
            return await super().run(operation, sql, args)
        finally:
            Turnstile.leave(ticket)
            pool.writer.release()

    async def begin_transaction(self, pool: Pool, link: Link | None, *, writes: bool = True) -> Link:
        # The turn first, then the link: those who wait to write must not keep links from those who read.
        if writes and self.begin_sql != "BEGIN DEFERRED":
            await self.take_writer_turn(pool)
            ticket = None
            try:
                ticket = await self.enter_turnstile()
                link = await super().begin_transaction(pool, link, writes=True)
            except BaseException:
                pool.writer.release()
                raise
            finally:
                Turnstile.leave(ticket)
            link.has_writer_turn = True
            return link
        return await super().begin_transaction(pool, link, writes=writes)

    def transaction_over(self, pool: Pool, link: Link) -> None:
        if link.has_writer_turn:
            link.has_writer_turn = False
            pool.writer.release()

    async def enter_turnstile(self) -> int | None:
        """Queue behind the writers of other processes."""
        return None if self.turnstile is None else await self.turnstile.enter()

    async def take_writer_turn(self, pool: Pool) -> None:
        """Queue behind the other writers of this loop.

        Raises:
            OperationalError: they took longer than OPTIONS["timeout"].
        """
        if not pool.writer.busy:
            pool.writer.busy = True
        elif not await pool.writer.acquire(self.timeout):
            raise OperationalError(
                f"{self.describe.capitalize()} is locked: another transaction of this process has been writing for"
                f" {self.timeout:g} seconds. SQLite has one writer at a time: keep transactions short, or raise"
                ' OPTIONS["timeout"].'
            )

    # -- types ------------------------------------------------------------------------------------------------------

    def sql_type(self, column_type: ColumnType) -> str:
        name = COLUMN_TYPES[column_type.kind]
        if column_type.kind == "char" and column_type.length is not None:
            name = f"varchar({int(column_type.length)})"
        elif column_type.kind == "decimal":
            if column_type.digits is not None:
                name = f"decimaltext({int(column_type.digits)}, {int(column_type.places or 0)})"
            name += " COLLATE decimal"
        elif column_type.auto:
            name = "integer"
        if column_type.collation is not None:
            name += f" COLLATE {self.quote_name(column_type.collation)}"
        return name

    def to_driver(self, column_type: ColumnType) -> Converter | None:
        return _adapters.to_driver(column_type)

    def from_driver(self, column_type: ColumnType) -> Converter | None:
        return _adapters.from_driver(column_type)

    def load_dialect(self) -> Any:
        from sqlalchemy.dialects.sqlite import pysqlite  # 245 ms: only who compiles a statement pays

        return pysqlite.dialect(dbapi=sqlite3, paramstyle="qmark")

    # -- errors -----------------------------------------------------------------------------------------------------

    def map_error(self, error: BaseException) -> ManoirError | None:
        if isinstance(error, sqlite3.OperationalError):
            return self.map_operational(error)
        for theirs, ours in ERRORS:
            if isinstance(error, theirs):
                hint = HINTS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
                return ours(f"{error} (in {self.describe}){f'.{hint}' if hint else ''}")
        if isinstance(error, OverflowError):
            return DataError(f"An integer is too large for SQLite: it holds 64 bits (in {self.describe}).")
        if isinstance(error, UnicodeEncodeError):
            return DataError(f"A text with half of a surrogate pair cannot be stored (in {self.describe}).")
        return None

    def map_operational(self, error: sqlite3.OperationalError) -> ManoirError:
        """SQLite calls a missing table operational; it is the statement that is wrong."""
        message = str(error)
        if is_busy(error):
            return OperationalError(
                f"{self.describe.capitalize()} is locked: another process has been writing to it for {self.timeout:g}"
                ' seconds. Keep its transactions short, or raise OPTIONS["timeout"].'
            )
        code = getattr(error, "sqlite_errorcode", 0)
        if code == sqlite3.SQLITE_INTERRUPT:
            return OperationalError(
                f'A statement took longer than OPTIONS["command_timeout"] or DB_TIMEOUT allows (in {self.describe}).'
            )
        if code == sqlite3.SQLITE_ERROR:
            if message.startswith(("no such table", "no such column")) or "has no column named" in message:
                message += ". Have the migrations been applied? Run `manoir migrate`"
            return ProgrammingError(f"{message} (in {self.describe}).")
        hint = HINTS.get(code & 0xFF, "")
        return OperationalError(f"{message} (in {self.describe}).{hint}")

    # -- tables and databases ---------------------------------------------------------------------------------------

    async def table_names(self) -> list[str]:
        rows = await self.fetch(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
        return [row[0] for row in rows]

    async def defer_constraints(self) -> None:
        await self.execute("PRAGMA defer_foreign_keys = ON")

    async def check_constraints(self, table_names: Iterable[str] | None = None) -> None:
        if table_names is None:
            broken = list(await self.fetch("PRAGMA foreign_key_check"))
        else:
            broken = [
                row
                for table in table_names
                for row in await self.fetch(f"PRAGMA foreign_key_check({self.quote_name(table)})")
            ]
        if broken:
            shown = [f"{table} row {rowid} -> {target}" for table, rowid, target, _key in broken[:MAX_SHOWN_VIOLATIONS]]
            more = f" and {len(broken) - len(shown)} more" if len(broken) > len(shown) else ""
            raise IntegrityError(f"Foreign keys point to rows that do not exist: {', '.join(shown)}{more}.")
        await self.execute("PRAGMA defer_foreign_keys = OFF")

    def sequence_reset_sql(self, columns: Iterable[tuple[str, str]]) -> list[str]:
        return []  # SQLite's counters follow what is inserted

    async def flush_sql(self, tables: Iterable[str], *, reset_sequences: bool = True) -> list[str]:
        names = list(tables)
        statements = [f"DELETE FROM {self.quote_name(name)}" for name in names]  # noqa: S608 - quoted names
        counts = await self.fetch("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
        if names and reset_sequences and counts:
            listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
            statements.append(f"UPDATE sqlite_sequence SET seq = 0 WHERE name IN ({listed})")  # noqa: S608 - literals
        return statements

    async def inspect_tables(self, *, views: bool = False, partitions: bool = False) -> list[InspectedTable]:
        return await inspect_tables(self, views=views)

    def test_name(self) -> str:
        return str((self.settings_dict.get("TEST") or {}).get("NAME") or MEMORY)

    async def create_database(self, name: str, *, template: str | None = None) -> None:
        if name == MEMORY:
            return
        await self.drop_database(name)
        with sqlite3.connect(name) as target:
            if template is not None:
                with sqlite3.connect(template) as source:
                    source.backup(target)
                source.close()
        target.close()

    async def database_exists(self, name: str) -> bool:
        return name != MEMORY and Path(name).is_file()

    async def drop_database(self, name: str) -> None:
        if name != MEMORY:
            for suffix in ("", "-wal", "-shm", "-journal"):
                with suppress(FileNotFoundError):
                    Path(name + suffix).unlink()


@lru_cache(maxsize=4096)
def is_reading(sql: str) -> bool:
    """Say whether a statement surely only reads; in doubt it queues with the writers, which does no harm."""
    if READING.match(sql):
        return True
    return WITH.match(sql) is not None and WRITING_WORD.search(sql) is None


FEATURES = Features(
    can_rollback_ddl=True,
    has_concurrent_indexes=False,
    has_deferrable_constraints=False,
    has_covering_indexes=False,
    has_distinct_on=False,
    has_filter_clause=True,
    has_full_join=sqlite3.sqlite_version_info >= (3, 39),
    has_lateral_joins=False,
    has_listen=False,
    has_native_arrays=False,
    has_nulls_distinct=False,
    has_partial_indexes=True,
    has_expression_indexes=True,
    has_regular_expressions=True,
    has_returning=True,
    has_select_for_update=False,
    has_upsert=True,
    has_native_types=False,
    is_in_memory=False,
    max_parameters=32766,
    max_identifier_length=None,
    single_writer=True,
)

FEATURES_IN_MEMORY = Features(
    **{name: getattr(FEATURES, name) for name in FEATURES.__dataclass_fields__} | {"is_in_memory": True}
)

"""The PostgreSQL backend."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from manoir.conf import settings
from manoir.db._columns import ColumnType, Converter, Features
from manoir.db._connection import Connection
from manoir.db._inspecting import InspectedTable
from manoir.db._link import Link
from manoir.db.postgresql import _adapters
from manoir.db.postgresql._errors import error_for, error_for_client
from manoir.db.postgresql._inspecting import inspect_tables
from manoir.db.postgresql._link import PostgreSQLLink
from manoir.db.postgresql._listen import Listener
from manoir.exceptions import ImproperlyConfigured, ManoirError, OperationalError

CACHED_STATEMENTS = 1024
CACHEABLE_STATEMENT_BYTES = 65_536
DEFAULT_PORT = 5432
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
PLAN_CACHE_MODES = ("auto", "force_custom_plan", "force_generic_plan")

COLUMN_TYPES: dict[str, str] = {
    "smallint": "smallint",
    "int": "integer",
    "bigint": "bigint",
    "decimal": "numeric",
    "float": "double precision",
    "bool": "boolean",
    "char": "varchar",
    "text": "text",
    "date": "date",
    "time": "time",
    "datetime": "timestamp with time zone",
    "duration": "interval",
    "uuid": "uuid",
    "json": "jsonb",
    "binary": "bytea",
}


class PostgreSQLConnection(Connection):
    """A database of DATABASES whose ENGINE is `manoir.db.postgresql`.

    HOST may be a name, an address or the directory of a socket. OPTIONS: `sslmode` (as libpq has it), `sslrootcert`,
    `sslcert`, `sslkey`, `connect_timeout` (seconds, else DB_CONNECT_TIMEOUT), `command_timeout` (seconds a statement may
    take, else DB_TIMEOUT), `application_name`, `options` or `server_settings` (a dict of parameters for each session),
    `plan_cache_mode` (`"auto"`, `"force_custom_plan"` or `"force_generic_plan"`), `statement_cache_size` (1024),
    `pgbouncer` (True behind PgBouncer in transaction mode: no prepared statements), `pool`.
    """

    vendor: ClassVar[str] = "postgresql"
    display_name: ClassVar[str] = "PostgreSQL"
    is_local: ClassVar[bool] = False
    placeholder_style: ClassVar[Literal["?", "$"]] = "$"
    max_name_length: ClassVar[int] = 63
    known_options: ClassVar[frozenset[str]] = frozenset(
        {
            "application_name",
            "command_timeout",
            "connect_timeout",
            "pgbouncer",
            "plan_cache_mode",
            "server_settings",
            "sslcert",
            "sslkey",
            "sslmode",
            "sslrootcert",
            "statement_cache_size",
        }
    )

    def __init__(self, alias: str, settings_dict: dict[str, Any]) -> None:
        super().__init__(alias, settings_dict)
        self.name = str(settings_dict.get("NAME") or "")
        if not self.name:
            raise ImproperlyConfigured(
                f"DATABASES[{alias!r}] has no NAME: give the name of a PostgreSQL database (in DATABASE_URL: the part"
                " behind the last slash, postgresql://user@host/name)."
            )
        self.choose("sslmode", SSL_MODES)
        self.choose("plan_cache_mode", PLAN_CACHE_MODES)
        self.zone = ZoneInfo(
            settings_dict.get("TIME_ZONE") or ("UTC" if settings.USE_TZ else settings.TIME_ZONE or "UTC")
        )

    def choose(self, option: str, choices: tuple[str, ...]) -> None:
        """Refuse an option with a value that is none of its choices."""
        value = self.options.get(option)
        if value is not None and value not in choices:
            raise ImproperlyConfigured(
                f'DATABASES[{self.alias!r}]["OPTIONS"][{option!r}] is {value!r}, but has to be one of'
                f" {', '.join(map(repr, choices))}."
            )

    @property
    def features(self) -> Features:
        return FEATURES

    # -- connecting -------------------------------------------------------------------------------------------------

    async def connect(self) -> Link:
        return PostgreSQLLink(await self.connect_driver())

    async def connect_driver(self, database: str | None = None) -> Any:
        """Open an asyncpg connection, to `database` or the one of the settings."""
        asyncpg = load_asyncpg(self.alias)
        try:
            return await asyncpg.connect(**self.connect_arguments(database))
        except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise OperationalError(self.explain_failure(error)) from error

    def connect_arguments(self, database: str | None) -> dict[str, Any]:
        given, options = self.settings_dict, self.options
        pgbouncer = bool(options.get("pgbouncer"))
        arguments: dict[str, Any] = {
            "database": database or self.name,
            "host": given.get("HOST") or None,
            "port": int(given["PORT"]) if given.get("PORT") else None,
            "user": given.get("USER") or None,
            "password": given.get("PASSWORD") or None,
            "timeout": options.get("connect_timeout", settings.DB_CONNECT_TIMEOUT),
            "command_timeout": options.get("command_timeout", settings.DB_TIMEOUT),
            "statement_cache_size": 0 if pgbouncer else int(options.get("statement_cache_size", CACHED_STATEMENTS)),
            "max_cached_statement_lifetime": 0,
            "max_cacheable_statement_size": CACHEABLE_STATEMENT_BYTES,
            "server_settings": self.server_settings(pgbouncer=pgbouncer),
        }
        if options.get("sslmode"):
            arguments["ssl"] = self.ssl_context(options["sslmode"])
        return arguments

    def server_settings(self, *, pgbouncer: bool) -> dict[str, str]:
        """Return the parameters of each session; PgBouncer passes on only those it tracks."""
        chosen = {"timezone": self.zone.key, "application_name": str(self.options.get("application_name", "manoir"))}
        if not pgbouncer and self.options.get("plan_cache_mode"):
            chosen["plan_cache_mode"] = self.options["plan_cache_mode"]
        given = self.options.get("server_settings") or {}
        return chosen | {str(name): str(value) for name, value in given.items()}

    def ssl_context(self, mode: str) -> Any:
        """Return what asyncpg takes for an sslmode; a context of ours where certificates are named."""
        files = {name: self.options.get(name) for name in ("sslrootcert", "sslcert", "sslkey")}
        if not any(files.values()) or mode in ("disable", "allow", "prefer"):
            return mode
        import ssl  # loads OpenSSL: only who names certificates pays

        context = ssl.create_default_context(cafile=files["sslrootcert"])
        context.check_hostname = mode == "verify-full"
        if mode == "require" and not files["sslrootcert"]:
            context.verify_mode = ssl.CERT_NONE
        if files["sslcert"]:
            context.load_cert_chain(files["sslcert"], files["sslkey"])
        return context

    @property
    def where(self) -> str:
        """The server in a message."""
        host = self.settings_dict.get("HOST") or "localhost"
        port = self.settings_dict.get("PORT") or DEFAULT_PORT
        return f"{host}/.s.PGSQL.{port}" if str(host).startswith("/") else f"{host}:{port}"

    def explain_failure(self, error: BaseException) -> str:
        """Say which database cannot be reached, why, and what to do; never the password."""
        sqlstate = str(getattr(error, "sqlstate", ""))
        setting = f"DATABASES[{self.alias!r}] (or DATABASE_URL)"
        if sqlstate in ("28P01", "28000"):
            user = self.settings_dict.get("USER") or "of this process"
            why = f"the server refuses the user {user!r}. Check USER and PASSWORD of {setting}."
        elif sqlstate == "3D000":
            why = f"there is no database {self.name!r} on this server. Create it (createdb {self.name}), or correct NAME of {setting}."
        elif sqlstate == "53300":
            why = 'the server has no connections left. Lower OPTIONS["pool"]["max_size"], or raise max_connections.'
        elif isinstance(error, TimeoutError):
            why = f"no answer in time. Check HOST and PORT of {setting}, and the firewall between."
        elif isinstance(error, OSError):
            refused = isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error)
            reason = "the connection was refused" if refused else str(error.strerror or error)
            why = f"{reason}. Is the server running? Check HOST and PORT of {setting}."
        else:
            why = f"{type(error).__name__}: {getattr(error, 'message', None) or error}. Check {setting}."
        return f"PostgreSQL cannot be reached for {self.describe} ({self.name!r} at {self.where}): {why}"

    # -- types ------------------------------------------------------------------------------------------------------

    def sql_type(self, column_type: ColumnType) -> str:
        name = COLUMN_TYPES[column_type.kind]
        if column_type.kind == "char" and column_type.length is not None:
            name = f"varchar({int(column_type.length)})"
        elif column_type.kind == "decimal" and column_type.digits is not None:
            name = f"numeric({int(column_type.digits)}, {int(column_type.places or 0)})"
        if column_type.auto:
            name += " GENERATED BY DEFAULT AS IDENTITY"
        if column_type.collation is not None:
            name += f" COLLATE {self.quote_name(column_type.collation)}"
        return name

    def to_driver(self, column_type: ColumnType) -> Converter | None:
        return _adapters.to_driver(column_type, self.zone)

    def from_driver(self, column_type: ColumnType) -> Converter | None:
        return _adapters.from_driver(column_type, self.zone)

    def load_dialect(self) -> Any:
        from sqlalchemy.dialects.postgresql import asyncpg  # 245 ms: only who compiles a statement pays

        return asyncpg.dialect()

    # -- errors -----------------------------------------------------------------------------------------------------

    def map_error(self, error: BaseException) -> ManoirError | None:
        if isinstance(error, ManoirError):
            return None
        if isinstance(error, TimeoutError):
            return OperationalError(
                f'A statement took longer than OPTIONS["command_timeout"] or DB_TIMEOUT allows (in {self.describe}).'
            )
        if isinstance(error, Exception):
            return error_for(error, self.describe) or error_for_client(error, self.describe, load_asyncpg(self.alias))
        return None

    # -- notifications ----------------------------------------------------------------------------------------------

    def listen(self, *channels: str) -> Listener:
        """Listen for notifications on a connection of its own, outside the pool.

        Args:
            *channels: names of channels, at least one.

        Returns:
            An async iterator of `Notification`; with `async with` it listens from then on, else from its first step.

        Raises:
            OperationalError: while iterating, when the connection is lost.
        """
        return Listener(self, channels)

    async def notify(self, channel: str, payload: str = "") -> None:
        """Send a notification; inside a transaction it is sent when that commits.

        Args:
            channel: its name.
            payload: text of less than 8,000 bytes.
        """
        await self.fetch("SELECT pg_notify($1, $2)", (channel, payload))

    # -- tables and databases ---------------------------------------------------------------------------------------

    async def table_names(self) -> list[str]:
        rows = await self.fetch(
            "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p')"
            " AND NOT c.relispartition AND pg_catalog.pg_table_is_visible(c.oid)"
            " AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
            " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
            " ORDER BY c.relname"
        )
        return [row[0] for row in rows]

    async def defer_constraints(self) -> None:
        await self.execute("SET CONSTRAINTS ALL DEFERRED")

    async def check_constraints(self, table_names: Iterable[str] | None = None) -> None:
        # PostgreSQL remembers what was deferred, whichever table it was; the constraints are made as INITIALLY DEFERRED.
        await self.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await self.execute("SET CONSTRAINTS ALL DEFERRED")

    def sequence_reset_sql(self, columns: Iterable[tuple[str, str]]) -> list[str]:
        statements: list[str] = []
        for table, column in columns:
            name, key = self.quote_name(table), self.quote_name(column)
            sequence = f"pg_get_serial_sequence({literal(name)}, {literal(column)})"
            statements.append(
                f"SELECT setval({sequence}, coalesce(max({key}), 1), max({key}) IS NOT NULL) FROM {name}"  # noqa: S608 - quoted names
            )
        return statements

    async def flush_sql(self, tables: Iterable[str], *, reset_sequences: bool = True) -> list[str]:
        names = ", ".join(self.quote_name(table) for table in tables)
        return [f"TRUNCATE {names}{' RESTART IDENTITY' if reset_sequences else ''}"] if names else []

    async def inspect_tables(self, *, views: bool = False, partitions: bool = False) -> list[InspectedTable]:
        return await inspect_tables(self, views=views, partitions=partitions)

    async def estimated_rows(self, tables: Iterable[str]) -> dict[str, int]:
        # -1 stands for a table that was never analysed.
        rows = await self.fetch(
            "SELECT c.relname, c.reltuples::bigint FROM pg_catalog.pg_class c WHERE c.relname = ANY($1::text[])"
            " AND c.relkind IN ('r', 'p', 'm') AND c.reltuples >= 0 AND pg_catalog.pg_table_is_visible(c.oid)",
            ([str(table) for table in tables],),
        )
        return {row[0]: row[1] for row in rows}

    def test_name(self) -> str:
        return str((self.settings_dict.get("TEST") or {}).get("NAME") or f"test_{self.name}")

    async def create_database(self, name: str, *, template: str | None = None) -> None:
        given = self.settings_dict.get("TEST") or {}
        sql = f"CREATE DATABASE {self.quote_name(name)}"
        chosen_template = template or given.get("TEMPLATE")
        if chosen_template:
            sql += f" TEMPLATE {self.quote_name(chosen_template)}"
        if given.get("CHARSET"):
            sql += f" ENCODING '{checked_word(given['CHARSET'])}'"
        await self.drop_database(name)
        await self.administer(sql)

    async def database_exists(self, name: str) -> bool:
        driver = await self.connect_administrator()
        try:
            return bool(await driver.fetchval("SELECT true FROM pg_catalog.pg_database WHERE datname = $1", name))
        finally:
            await driver.close()

    async def drop_database(self, name: str) -> None:
        await self.administer(f"DROP DATABASE IF EXISTS {self.quote_name(name)} WITH (FORCE)")

    async def administer(self, sql: str) -> None:
        """Run a statement beside all databases of the project."""
        driver = await self.connect_administrator()
        try:
            await driver.execute(sql)
        except Exception as error:
            self.reraise(error)
        finally:
            await driver.close()

    async def connect_administrator(self) -> Any:
        """Connect to the server's own database, or, where a host has none, to the project's."""
        try:
            return await self.connect_driver("postgres")
        except OperationalError:
            return await self.connect_driver()


def literal(text: str) -> str:
    """Return text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def checked_word(value: Any) -> str:
    """Refuse what cannot be the name of an encoding."""
    word = str(value)
    if not word.replace("-", "").replace("_", "").isalnum():
        raise ImproperlyConfigured(f'TEST["CHARSET"] is {word!r}, which is no name of an encoding.')
    return word


def load_asyncpg(alias: str) -> ModuleType:
    """Import asyncpg when it is first needed."""
    try:
        import asyncpg
    except ModuleNotFoundError as error:
        raise ImproperlyConfigured(
            f"DATABASES[{alias!r}] is a PostgreSQL database, but asyncpg is not installed: pip install"
            " 'manoir[postgresql]'."
        ) from error
    return asyncpg


FEATURES = Features(
    can_rollback_ddl=True,
    has_concurrent_indexes=True,
    has_deferrable_constraints=True,
    has_covering_indexes=True,
    has_distinct_on=True,
    has_filter_clause=True,
    has_full_join=True,
    has_lateral_joins=True,
    has_listen=True,
    has_native_arrays=True,
    has_nulls_distinct=True,
    has_partial_indexes=True,
    has_expression_indexes=True,
    has_regular_expressions=True,
    has_returning=True,
    has_select_for_update=True,
    has_upsert=True,
    has_native_types=True,
    is_in_memory=False,
    max_parameters=32767,
    max_identifier_length=63,
    single_writer=False,
)

"""`connections`: one connection object per database of DATABASES, made when it is first asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, cast

from manoir.bridge import blocking, can_wait, wait
from manoir.conf import counterpart_hint, import_module, on_change, settings
from manoir.db._connection import Connection, live_connections
from manoir.exceptions import ImproperlyConfigured, nearest

DEFAULT_DB_ALIAS = "default"
BACKENDS = ("manoir.db.sqlite", "manoir.db.postgresql")

DATABASE_DEFAULTS: dict[str, Any] = {
    "ENGINE": "",
    "NAME": "",
    "USER": "",
    "PASSWORD": "",
    "HOST": "",
    "PORT": "",
    "OPTIONS": {},
    "ATOMIC_REQUESTS": False,
    "AUTOCOMMIT": True,
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": False,
    "TIME_ZONE": None,
    "TEST": {},
}
TEST_DEFAULTS: dict[str, Any] = {
    "CHARSET": None,
    "COLLATION": None,
    "DEPENDENCIES": None,
    "MIGRATE": True,
    "MIRROR": None,
    "NAME": None,
    "TEMPLATE": None,
}


def complete(alias: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of DATABASES with its defaults."""
    for name in given:
        if name not in DATABASE_DEFAULTS:
            raise ImproperlyConfigured(
                f"DATABASES[{alias!r}] has an unknown key {name!r}.{nearest(name, DATABASE_DEFAULTS)}"
                f" Known: {', '.join(DATABASE_DEFAULTS)}."
            )
    test = TEST_DEFAULTS | dict(given.get("TEST") or {})
    return {**DATABASE_DEFAULTS, **given, "OPTIONS": dict(given.get("OPTIONS") or {}), "TEST": test}


def make_connection(alias: str, given: Mapping[str, Any]) -> Connection:
    """Make the connection object of a database; nothing is opened yet.

    Raises:
        ImproperlyConfigured: ENGINE names no backend, or the backend refuses an option.
    """
    completed = complete(alias, given)
    engine = str(completed["ENGINE"])
    if not engine:
        raise ImproperlyConfigured(
            f"DATABASES[{alias!r}] has no ENGINE. Set it to {' or '.join(map(repr, BACKENDS))}, or set DATABASE_URL."
        )
    try:
        module = import_module(engine)
        backend = module.Connection
    except (ModuleNotFoundError, AttributeError, ValueError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name and not (engine + ".").startswith(error.name + "."):
            raise  # the backend is there, but something it needs is not
        hint = counterpart_hint(engine) or nearest(engine, BACKENDS)
        raise ImproperlyConfigured(
            f'DATABASES[{alias!r}]["ENGINE"] is {engine!r}, which is no database backend.{hint}'
            f" Backends: {', '.join(BACKENDS)}."
        ) from error
    return cast("type[Connection]", backend)(alias, completed)


_followers: list[Callable[[], object]] = []


def on_databases_change(follow: Callable[[], object]) -> None:
    """Have a function called whenever `override` changes which databases there are."""
    _followers.append(follow)


def tell_of_change() -> None:
    for follow in _followers:
        follow()


class Connections:
    """The databases of the project by alias: `connections["default"]`.

    Example:
        >>> [alias for alias in connections]
        ['default']
    """

    def __init__(self) -> None:
        self._made: dict[str, Connection] = {}
        self._overrides: list[Mapping[str, Mapping[str, Any]]] = []

    @property
    def settings(self) -> Mapping[str, Mapping[str, Any]]:
        """DATABASES, or what `override` put in its place."""
        databases: Mapping[str, Mapping[str, Any]] = settings.DATABASES
        return {**databases, **self._overrides[-1]} if self._overrides else databases

    # hot path: benchmarks/db.py
    def __getitem__(self, alias: str) -> Connection:
        try:
            return self._made[alias]
        except KeyError:
            return self._make(alias)

    def _make(self, alias: str) -> Connection:
        databases = self.settings
        if alias not in databases:
            if alias == DEFAULT_DB_ALIAS:
                raise ImproperlyConfigured("No database is configured: set DATABASES in the settings, or DATABASE_URL.")
            raise ConnectionDoesNotExist(
                f"DATABASES has no {alias!r}.{nearest(str(alias), databases)} It has: {', '.join(databases) or 'none'}."
            )
        connection = self._made[alias] = make_connection(alias, databases[alias])
        return connection

    def __contains__(self, alias: object) -> bool:
        return alias in self.settings

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def all(self, initialized_only: bool = False) -> list[Connection]:
        """Return the connection objects of all databases, or of those that were used."""
        return list(self._made.values()) if initialized_only else [self[alias] for alias in self]

    @contextmanager
    def using(self, alias: str, connection: Connection) -> Generator[None]:
        """Let `connections[alias]` be this connection object for a block; it stays open afterwards."""
        replaced = self._made.get(alias)
        self._made[alias] = connection
        try:
            yield
        finally:
            if replaced is None:
                del self._made[alias]
            else:
                self._made[alias] = replaced

    def override(self, databases: Mapping[str, Mapping[str, Any]]) -> DatabaseOverride:
        """Use other databases for a block, on fresh connections that are closed at its end (`with` and `async with`).

        Args:
            databases: entries of DATABASES by alias; aliases that are not named keep theirs.

        Example:
            >>> with connections.override({"default": {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}}):
            ...     connections["default"].vendor
            'sqlite'
        """
        return DatabaseOverride(self, databases)

    async def aclose_all(self) -> None:
        """Close the physical connections of this loop to all databases."""
        for connection in list(self._made.values()):
            await connection.aclose()

    close_all = blocking(aclose_all)


class ConnectionDoesNotExist(ImproperlyConfigured, KeyError):
    """`connections["name"]` names no entry of DATABASES."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show its repr


class DatabaseOverride:
    """The block of `connections.override()`."""

    def __init__(self, handler: Connections, databases: Mapping[str, Mapping[str, Any]]) -> None:
        self.handler = handler
        self.databases = databases
        self.replaced: dict[str, Connection] = {}

    def start(self) -> None:
        """Put the databases in place."""
        handler = self.handler
        base = handler._overrides[-1] if handler._overrides else {}
        handler._overrides.append({**base, **self.databases})
        self.replaced = {alias: handler._made.pop(alias) for alias in self.databases if alias in handler._made}
        tell_of_change()

    def stop(self) -> list[Connection]:
        """Bring the former connections back and return those that have to be closed."""
        made = self.handler._made
        self.handler._overrides.pop()
        used = [made.pop(alias) for alias in self.databases if alias in made]
        made.update(self.replaced)
        tell_of_change()
        return used

    async def astop(self) -> None:
        """Bring the former connections back and close those of the block."""
        for connection in self.stop():
            await connection.aclose()
            connection.terminate()

    async def __aenter__(self) -> Connections:
        self.start()
        return self.handler

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.astop()

    def __enter__(self) -> Connections:
        self.start()
        return self.handler

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if can_wait():
            wait(self.astop())
        else:  # directly in a coroutine, which cannot wait here: without a farewell
            for connection in self.stop():
                connection.terminate()


class DefaultConnection:
    """`connection`: stands for `connections["default"]`, whatever that is at the time."""

    def __getattr__(self, name: str) -> Any:
        return getattr(connections[DEFAULT_DB_ALIAS], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(connections[DEFAULT_DB_ALIAS], name, value)

    def __eq__(self, other: object) -> bool:
        return other is self or connections[DEFAULT_DB_ALIAS] is other

    def __hash__(self) -> int:
        return hash(connections[DEFAULT_DB_ALIAS])

    def __repr__(self) -> str:
        return repr(connections[DEFAULT_DB_ALIAS])


connections = Connections()
connection = cast(Connection, DefaultConnection())

forgotten: list[Any] = []
"""Links that a forked child inherited: they belong to the parent, so the child neither uses nor closes them."""


def forget_after_fork() -> None:
    """In a forked child: begin with no physical connections, and leave those of the parent alone."""
    for one in list(live_connections):
        forgotten.extend(one.pools.values())
        one.forget()


def follow_setting(name: str, value: Any, enter: bool) -> None:
    """DEBUG begins and ends the log of statements."""
    if name == "DEBUG":
        for one in list(live_connections):
            one.follow_debug(bool(value))


on_change(follow_setting)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_after_fork)

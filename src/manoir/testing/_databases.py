"""The test databases of a process: created and migrated once, lent to the tests that ask, emptied after those that commit.

Every other test finds connections that refuse to connect, so that no forgotten fixture lets a test write into the
project's own database.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeAlias, cast

from manoir.apps import apps
from manoir.bridge import wait
from manoir.commands import call_command
from manoir.db import Connection, connections, create_test_database, destroy_test_database, flush, transaction
from manoir.db import make_connection as connection_of
from manoir.exceptions import DatabaseAccessRefused, ImproperlyConfigured, nearest
from manoir.migrations import create_missing_tables
from manoir.models.signals import post_migrate
from manoir.serializers import load_records, serialize

MEMORY = ":memory:"

Aliases: TypeAlias = Iterable[str] | Literal["__all__"]
"""Aliases of databases, or all there are."""

_made: dict[str, Connection] | None = None
_rows: dict[str, list[dict[str, Any]]] = {}
"""What migrations have put into each test database, where a test case wants it again."""


class EndOfTest(Exception):
    """Leaves the transaction of a test, so that it is rolled back."""


@contextmanager
def databases_out_of_reach() -> Generator[None]:
    """Refuse every query of the block, except inside of `allowed`."""
    with ExitStack() as stack:
        for alias in connections:
            try:
                guard = connection_of(alias, connections.settings[alias])
            except ImproperlyConfigured:
                continue  # whoever uses it is told
            cast(Any, guard).connect = refuse_to_connect(alias)
            stack.enter_context(connections.using(alias, guard))
        yield


def refuse_to_connect(alias: str) -> Callable[[], Any]:
    """Return what stands in the place of `Connection.connect`."""

    async def connect() -> NoReturn:
        raise DatabaseAccessRefused(
            f"A test queried the database {alias!r} without asking for it. Give the test the fixture `db` (or"
            " `transactional_db`, if it commits), mark it `@pytest.mark.manoir_db`, or make its class a TestCase that has"
            f" {alias!r} in `databases`."
        )

    return connect


@contextmanager
def test_databases(*, keep: bool = False, anew: bool = False, remember: bool = False) -> Generator[None]:
    """Create and migrate a test database for each entry of DATABASES; drop them at the end.

    An SQLite database in memory has one connection, which a live server could not share, so tests get a file in a
    temporary directory instead.

    Args:
        keep: use databases of the last run, migrate them forward, and keep them for the next run.
        anew: make them anew all the same.
        remember: keep in mind which rows migrations made, for `restore_rows`.
    """
    global _made
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="manoir-test-"))
        made = make_databases(stack, Path(folder), keep=keep, anew=anew)
        for alias, connection in made.items():
            with connections.using(alias, connection):
                migrate(alias, connection)
                if remember and connection.alias == alias:
                    _rows[alias] = rows_of(alias)
        _made = made
        try:
            yield
        finally:
            _made = None
            _rows.clear()


test_databases.__test__ = False  # pyright: ignore[reportFunctionMemberAccess]  # no test, whatever its name says


def make_databases(stack: ExitStack, folder: Path, *, keep: bool, anew: bool) -> dict[str, Connection]:
    """Create the databases, and have `stack` close and drop them."""
    suffix = os.environ.get("PYTEST_XDIST_WORKER", "")
    created: dict[tuple[str, ...], dict[str, Any]] = {}
    made: dict[str, Connection] = {}
    mirrors: dict[str, str] = {}
    for alias, given in connections.settings.items():
        mirrored = (given.get("TEST") or {}).get("MIRROR")
        if mirrored:
            mirrors[alias] = str(mirrored)
            continue
        place = tuple(str(given.get(name, "")) for name in ("ENGINE", "HOST", "PORT", "NAME"))
        entry = created.get(place)
        if entry is None:
            entry = create_test_database(alias, suffix=suffix, keep=keep and not anew)
            if entry["NAME"] == MEMORY:
                entry["NAME"] = str(folder / f"{alias}.sqlite3")
            elif not keep:
                stack.callback(destroy_test_database, entry, alias)
            created[place] = entry
        made[alias] = connection_of(alias, entry)
        stack.callback(close, made[alias])
    for alias, mirrored in mirrors.items():
        if mirrored not in made:
            raise ImproperlyConfigured(
                f'DATABASES[{alias!r}]["TEST"]["MIRROR"] is {mirrored!r}, which is no other database of DATABASES.'
                f"{nearest(mirrored, made)}"
            )
        made[alias] = made[mirrored]
    return made


def migrate(alias: str, connection: Connection) -> None:
    """Bring the tables of a test database up to date, those of apps without migrations included."""
    if connection.alias != alias:
        return  # a mirror
    migrated = bool((connection.settings_dict["TEST"] or {}).get("MIGRATE", True))
    if migrated:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    create_missing_tables(connection, migrated=migrated)


def close(connection: Connection) -> None:
    """Close all physical connections of a test database."""
    wait(connection.aclose())
    connection.terminate()


def known_aliases(aliases: Aliases) -> list[str]:
    """Return the aliases, checked.

    Raises:
        ImproperlyConfigured: DATABASES has no such alias, or no test databases were made.
    """
    if _made is None:
        raise ImproperlyConfigured(
            "There is no test database: tests that need one are run by `manoir test`, or by pytest with manoir's plug-in."
        )
    if aliases == "__all__":
        return list(_made)
    for alias in aliases:
        if alias not in _made:
            raise ImproperlyConfigured(
                f"A test asks for the database {alias!r}, which DATABASES does not have.{nearest(alias, _made)}"
                f" It has: {', '.join(_made)}."
            )
    return list(aliases)


@contextmanager
def allowed(aliases: Aliases) -> Generator[list[str]]:
    """Let the block use test databases; gives their aliases."""
    names = known_aliases(aliases)
    assert _made is not None
    with ExitStack() as stack:
        for alias in names:
            stack.enter_context(connections.using(alias, _made[alias]))
        yield names


@contextmanager
def allow_databases(*aliases: str) -> Generator[None]:
    """Let a block query the test databases: for fixtures of a wider scope than a test, which ask for `manoir_test_databases`.

    What the block writes stays for all tests of the run.

    Args:
        *aliases: databases of DATABASES; all of them when none is named.

    Example:
        >>> @pytest.fixture(scope="session")
        ... def world(manoir_test_databases):
        ...     with allow_databases():
        ...         call_command("load_world", verbosity=0)
    """
    with allowed(aliases or "__all__"):
        yield


@contextmanager
def rolled_back(aliases: Iterable[str]) -> Generator[None]:
    """Run a block in a transaction of each database, and roll them back; `durable` blocks may stand inside."""
    with ExitStack() as stack:
        for alias in aliases:
            block = transaction.Atomic(alias, savepoint=True, durable=False, fixture=True)
            block.__enter__()
            stack.callback(block.__exit__, EndOfTest, EndOfTest(), None)
        yield


def flush_all(aliases: Iterable[str]) -> None:
    """Empty every table, except for the record of migrations; rows that `migrate` makes come back.

    These are content types and permissions, and whatever a project's receivers of `post_migrate` make.
    """
    for alias in aliases:
        flush(alias)
        wait(tell_receivers(alias))


def rows_of(alias: str) -> list[dict[str, Any]]:
    """Return all rows of a database as dicts."""
    models = [model for model in apps.get_models() if not model._meta.proxy and not model._meta.swapped]
    tables = set(wait(connections[alias].table_names()))
    rows = [row for model in models if model._meta.db_table in tables for row in model._base_manager.using(alias).all()]
    return serialize("python", rows, include_secrets=True)


def restore_rows(aliases: Iterable[str]) -> None:
    """Put databases into the state in which migrations left them."""
    for alias in aliases:
        flush(alias)
        load_records(_rows.get(alias, []), using=alias)


async def tell_receivers(alias: str) -> None:
    """Send `post_migrate` for each app with models, as `migrate` does at its end."""
    if not post_migrate.receivers:
        return
    for config in apps.get_app_configs():
        if config.models_module is not None:
            await post_migrate.asend(
                sender=config,
                app_config=config,
                verbosity=0,
                interactive=False,
                using=alias,
                stdout=None,
                apps=apps,
                plan=[],
            )

"""The databases of the test session: one per vendor, made when it is first asked for, dropped at the end.

`on_create` lets a package of tests make its tables in them once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from manoir.apps import apps
from manoir.bridge import wait
from manoir.db import Connection, connections, make_connection
from tests.services import require_postgresql

VENDORS = ("sqlite", "postgresql")

Prepare = Callable[[Connection], Awaitable[None]]

_prepare: list[Prepare] = []
_made: dict[str, Connection] = {}
_folder = tempfile.TemporaryDirectory(prefix="manoir-tests-")


def on_create(prepare: Prepare) -> Prepare:
    """Have an `async def prepare(connection)` called once for each vendor's database, outside of a transaction.

    While it runs, `connections["default"]` is that connection, and the apps are those of `tests.settings`, whatever the
    test has that asked first. It is called at once for databases that are there already.
    """
    _prepare.append(prepare)
    for connection in _made.values():
        run_prepare(prepare, connection)
    return prepare


def run_prepare(prepare: Prepare, connection: Connection) -> None:
    with own_apps(), connections.using("default", connection):
        wait(prepare(connection))


@contextmanager
def own_apps() -> Generator[None]:
    names = import_module("tests.settings").INSTALLED_APPS
    if not apps.ready or [config.name for config in apps.get_app_configs()] == names:
        yield
        return
    apps.set_installed_apps(names)
    try:
        yield
    finally:
        apps.unset_installed_apps()


def entry(vendor: str, name: str, **options: Any) -> dict[str, Any]:
    """Return an entry of DATABASES for a database of the tests; `name` is used as it is."""
    if vendor == "sqlite":
        return {"ENGINE": "manoir.db.sqlite", "NAME": str(Path(_folder.name) / f"{name}.sqlite3"), "OPTIONS": options}
    url = urlsplit(require_postgresql())
    return {
        "ENGINE": "manoir.db.postgresql",
        "NAME": name,
        "USER": url.username or "postgres",
        "PASSWORD": url.password or "",
        "HOST": url.hostname or "127.0.0.1",
        "PORT": url.port or "",
        "OPTIONS": options,
    }


def session_name(purpose: str) -> str:
    return f"manoir_{purpose}_{os.getpid()}"


def session_connection(vendor: str) -> Connection:
    """Return the connection object of a vendor's session database."""
    if vendor not in _made:
        connection = make_connection("default", entry(vendor, session_name("tests")))
        wait(connection.create_database(connection.settings_dict["NAME"]))
        _made[vendor] = connection
        for prepare in _prepare:
            run_prepare(prepare, connection)
    return _made[vendor]


def drop_all() -> None:
    """Close and drop the session databases."""
    while _made:
        _, connection = _made.popitem()
        wait(drop(connection))
    _folder.cleanup()


async def drop(connection: Connection) -> None:
    await connection.aclose()
    connection.terminate()
    await connection.drop_database(connection.settings_dict["NAME"])

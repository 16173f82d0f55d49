"""A database with a history, and projects made in a directory of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import manoir
from manoir.bridge import wait
from manoir.db import Connection, connections, make_connection
from tests import databases
from tests.migrations.history import History
from tests.migrations.project import Project

manoir.setup()


@pytest.fixture(scope="session")
def postgresql_database() -> Iterator[Connection]:
    """One PostgreSQL database for all tests of the room: creating one for each would take most of their time."""
    databases.require_postgresql()
    connection = make_connection("default", databases.entry("postgresql", databases.session_name("migrations")))
    wait(connection.create_database(connection.settings_dict["NAME"]))
    yield connection
    wait(databases.drop(connection))


@pytest.fixture
def empty_database(vendor: str, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """`connections["default"]` on a database without tables, in which tests may commit."""
    if vendor == "sqlite":
        yield request.getfixturevalue("committing_database")
        return
    connection = request.getfixturevalue("postgresql_database")
    with connections.using("default", connection):
        yield connection
        wait(connection.execute("DROP SCHEMA public CASCADE"))
        wait(connection.execute("CREATE SCHEMA public"))
        wait(connection.aclose())  # statements prepared for the old tables


@pytest.fixture
def history(empty_database: Connection) -> History:
    """An empty database per test and the history that the test writes."""
    return History(empty_database)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A directory for apps of the test's own."""
    made = Project(tmp_path)
    yield made
    made.close()

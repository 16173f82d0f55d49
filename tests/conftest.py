"""Fixtures that several rooms share; the databases are explained in `tests/databases.py`."""

from __future__ import annotations

import importlib.util
import os
import signal
import threading
from collections.abc import Generator, Iterator
from typing import Any

import hypothesis
import pytest

from manoir.conf import settings

if importlib.util.find_spec("tests.settings") is not None:
    os.environ.setdefault("MANOIR_SETTINGS_MODULE", "tests.settings")
elif not settings.configured:
    settings.configure(SECRET_KEY="only for tests " * 4, USE_TZ=True)

from manoir.bridge import wait
from manoir.db import Connection, connections, make_connection, transaction
from manoir.server._garbage import Settling
from tests import databases, leaks
from tests.browser import chromium

pytest_runtest_setup, pytest_runtest_teardown = leaks.pytest_runtest_setup, leaks.pytest_runtest_teardown

# Applications that tests start here are no workers: Hypothesis looks for objects that would be set aside.
Settling.has_begun = True

# What a shell starts in the background ignores Ctrl-C, and so would all that tests start and interrupt.
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples for everybody, and no test fails because its machine is busy.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None)
hypothesis.settings.load_profile("house")


class EndOfTest(Exception):
    """Leaves the transaction of a test, so that it is rolled back."""


@pytest.fixture(params=databases.VENDORS)
def vendor(request: pytest.FixtureRequest) -> str:
    """A database product: each test that asks for it runs once per product."""
    name: str = request.param
    if name == "postgresql":
        databases.require_postgresql()
    return name


@pytest.fixture
def database(vendor: str) -> Iterator[Connection]:
    """`connections["default"]` on the vendor's session database, inside a transaction that is rolled back at the end."""
    connection = databases.session_connection(vendor)
    with connections.using("default", connection):
        block = transaction.Atomic(None, savepoint=True, durable=False, fixture=True)
        block.__enter__()
        try:
            yield connection
        finally:
            block.__exit__(EndOfTest, EndOfTest(), None)


@pytest.fixture
def committing_database(vendor: str) -> Iterator[Connection]:
    """`connections["default"]` on an empty database of its own, for tests that commit or use several connections."""
    connection = make_connection("default", databases.entry(vendor, databases.session_name("committing")))
    wait(connection.create_database(connection.settings_dict["NAME"]))
    with connections.using("default", connection):
        yield connection
    wait(databases.drop(connection))


@pytest.fixture(scope="module")
def browser(site: str) -> Iterator[Any]:
    """Chromium, for a module that has a fixture `site` with a live server."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session", autouse=True)
def _drop_databases() -> Iterator[Any]:
    yield
    databases.drop_all()


LONG = ("slow", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files with long tests first: where processes share the tests, nobody waits for the last of them."""
    long = {item.path for item in items if any(map(item.get_closest_marker, LONG))}
    items.sort(key=lambda item: item.path not in long)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let what a test printed or logged travel between processes: half a character (a lone surrogate) cannot."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report

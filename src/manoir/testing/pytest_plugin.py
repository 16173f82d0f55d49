"""The pytest plug-in: async tests, test databases, clients, settings, a live server.

`async def` tests run on the bridge's own loop, in the context of their fixtures, so that a fixture's transaction, the
test and the view it calls are one.

Options: `--reuse-db` keeps the test database for the next run, `--create-db` makes it anew all the same,
`--ms` (or `MANOIR_SETTINGS_MODULE` in the ini file or the environment) names the settings.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Coroutine, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from manoir import bridge
from manoir._setup import setup
from manoir.conf import settings as project_settings
from manoir.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from _pytest.python import Function

    from manoir.testing import AsyncClient, AsyncRequestFactory, Client, LiveServer, RequestFactory

DATABASE_FIXTURES = frozenset({"db", "transactional_db"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of manoir."""
    group = parser.getgroup("manoir")
    group.addoption("--reuse-db", action="store_true", help="keep the test database for the next run")
    group.addoption("--create-db", action="store_true", help="make the test database anew, even with --reuse-db")
    group.addoption("--ms", dest="manoir_settings", help="settings module of the project")
    parser.addini("MANOIR_SETTINGS_MODULE", "settings module of the project")


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Name the project's settings before its modules are imported."""
    options = early_config.known_args_namespace
    module = getattr(options, "manoir_settings", None) or os.environ.get("MANOIR_SETTINGS_MODULE")
    module = module or early_config.getini("MANOIR_SETTINGS_MODULE")
    if module:
        os.environ["MANOIR_SETTINGS_MODULE"] = str(module)
        root = str(early_config.rootpath)
        if root not in sys.path and Path(root, *str(module).split(".")[:1]).exists():
            sys.path.insert(0, root)


def pytest_configure(config: pytest.Config) -> None:
    """Set the project up, where there is one."""
    config.addinivalue_line(
        "markers", "django_db: gives the test the fixture db (accepted for projects that come from Django)"
    )
    config.addinivalue_line(
        "markers", "manoir_db(transaction=False): gives the test the fixture db, or transactional_db"
    )
    if project_settings.configured or os.environ.get("MANOIR_SETTINGS_MODULE"):
        try:
            setup()
        except ImproperlyConfigured as error:
            raise pytest.UsageError(str(error)) from None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: Function) -> bool | None:
    """Run a coroutine test to its end, in the context of its fixtures."""
    property_test = getattr(pyfuncitem.obj, "hypothesis", None)
    if property_test is not None and inspect.iscoroutinefunction(property_test.inner_test):
        property_test.inner_test = _in_sync(property_test.inner_test)
        return None
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    bridge.run(pyfuncitem.obj(**arguments))
    return True


def _in_sync(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a sync test of an async one, for Hypothesis, which calls it once for each example."""

    @functools.wraps(test)
    def run_test(*args: Any, **kwargs: Any) -> None:
        bridge.run(test(*args, **kwargs))

    return run_test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give marked tests and test cases of unittest their database, and let committing tests run last."""
    for item in items:
        mark = item.get_closest_marker("manoir_db") or item.get_closest_marker("django_db")
        fixtures: list[str] = getattr(item, "fixturenames", [])
        if mark is not None and not DATABASE_FIXTURES & set(fixtures):
            fixtures.insert(0, "transactional_db" if mark.kwargs.get("transaction") else "db")
        if getattr(getattr(item, "cls", None), "needs_database", False) and "manoir_test_databases" not in fixtures:
            fixtures.insert(0, "manoir_test_databases")
    items.sort(key=lambda item: "transactional_db" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def manoir_test_databases(request: pytest.FixtureRequest) -> Generator[None]:
    """The test databases of the run: created, migrated, dropped at its end unless `--reuse-db` says otherwise."""
    from manoir.testing._databases import test_databases  # the plug-in loads with every pytest, most parts on need

    options = request.config.option
    with test_databases(keep=options.reuse_db, anew=options.create_db):
        yield


@pytest.fixture
def db(request: pytest.FixtureRequest, manoir_test_databases: None) -> Generator[None]:
    """The test database, inside a transaction that is rolled back after the test."""
    from manoir.testing._databases import inside_transactions

    if "transactional_db" in request.fixturenames:
        yield  # the test commits; that fixture cleans up
        return
    with inside_transactions():
        yield


@pytest.fixture
def transactional_db(manoir_test_databases: None) -> Generator[None]:
    """The test database for tests that commit; its tables are emptied after the test."""
    from manoir.testing._databases import flush_all

    yield
    flush_all()


@pytest.fixture
def client() -> Client:
    """A test client."""
    from manoir.testing import Client

    return Client()


@pytest.fixture
def async_client() -> AsyncClient:
    """A test client for `async def` tests."""
    from manoir.testing import AsyncClient

    return AsyncClient()


@pytest.fixture
def rf() -> RequestFactory:
    """A factory of requests."""
    from manoir.testing import RequestFactory

    return RequestFactory()


@pytest.fixture
def async_rf() -> AsyncRequestFactory:
    """A factory of requests for `async def` tests."""
    from manoir.testing import AsyncRequestFactory

    return AsyncRequestFactory()


class SettingsFixture:
    """The settings, to be changed by assignment; each change lasts until the end of the test."""

    def __init__(self) -> None:
        self.__dict__["_blocks"] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(project_settings, name)

    def __setattr__(self, name: str, value: Any) -> None:
        block = project_settings.override(**{name: value})
        block.__enter__()
        self.__dict__["_blocks"].append(block)

    def finish(self) -> None:
        """Take every change back."""
        while self.__dict__["_blocks"]:
            self.__dict__["_blocks"].pop().__exit__(None, None, None)


@pytest.fixture
def settings() -> Generator[SettingsFixture]:
    """The settings of the project: `settings.DEBUG = True` lasts until the end of the test."""
    fixture = SettingsFixture()
    yield fixture
    fixture.finish()


@pytest.fixture
def mailoutbox() -> list[Any]:
    """The messages sent during the test."""
    from manoir import mail

    mail.outbox.clear()
    return mail.outbox


@pytest.fixture
def assert_num_queries() -> Any:
    """`with assert_num_queries(3): …` asserts the number of queries; the failure lists them."""
    from manoir.testing import assert_num_queries

    return assert_num_queries


@pytest.fixture
def live_server(transactional_db: None) -> Generator[LiveServer]:
    """A real server on a free port of 127.0.0.1: `live_server.url`."""
    from manoir.testing import LiveServer

    server = LiveServer()
    server.start()
    yield server
    server.stop()

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
import traceback
from collections.abc import Callable, Coroutine, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from manoir import bridge
from manoir._setup import setup
from manoir.conf import settings as project_settings
from manoir.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from _pytest.python import Function

    from manoir.testing import AsyncClient, AsyncRequestFactory, Client, LiveServer, RequestFactory

TEST_DATABASES = "manoir_test_databases"

SUITES = tuple(f"manoir.{room}.compliance" for room in ("cache", "db", "mail", "sessions", "storage", "tasks"))
"""Modules whose asserts are for pytest to explain."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options of manoir."""
    rewrite_suites_only(pluginmanager)
    group = parser.getgroup("manoir")
    group.addoption("--reuse-db", action="store_true", help="keep the test database for the next run")
    group.addoption("--create-db", action="store_true", help="make the test database anew, even with --reuse-db")
    group.addoption("--ms", dest="manoir_settings", help="settings module of the project")
    parser.addini("MANOIR_SETTINGS_MODULE", "settings module of the project")


def rewrite_suites_only(pluginmanager: pytest.PytestPluginManager) -> None:
    """Keep pytest from rewriting the asserts of all of manoir.

    It does so to every module of a distribution that brings a plug-in, which takes longer than the import itself, in
    each run that finds no cache of bytecode: the first one, and all in CI. pytest has no public name for leaving it.
    """
    marked: Any = getattr(getattr(pluginmanager, "rewrite_hook", None), "_must_rewrite", None)
    if marked is not None:
        marked.discard("manoir")
    pytest.register_assert_rewrite(*SUITES)


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
    """Set the project up, where there is one, and prepare the process for tests."""
    config.addinivalue_line(
        "markers", 'manoir_db(transaction=False, databases=["default"]): lets the test use its databases'
    )
    config.addinivalue_line("markers", "django_db: the same, for projects that come from Django")
    if not (project_settings.configured or os.environ.get("MANOIR_SETTINGS_MODULE")):
        return
    try:
        setup()
    except ImproperlyConfigured as error:
        raise pytest.UsageError(str(error)) from None
    except Exception as error:  # most often: a module of the project cannot be imported
        lines = traceback.format_exception(error, limit=-6)
        raise pytest.UsageError(f"The project could not be set up.\n{''.join(lines)}") from None
    from manoir.testing._environment import test_environment  # the plug-in loads with every pytest, this on need

    stack = ExitStack()
    stack.enter_context(test_environment())
    config.add_cleanup(stack.close)


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
        fixtures: list[str] = getattr(item, "fixturenames", [])
        mark = database_mark(item)
        if mark is not None:
            wanted = "transactional_db" if mark.kwargs.get("transaction") else "db"
            if wanted not in fixtures and "transactional_db" not in fixtures:
                fixtures.insert(0, wanted)
        if kind_of_case(item) and TEST_DATABASES not in fixtures:
            fixtures.insert(0, TEST_DATABASES)
    items.sort(key=commits)


def database_mark(item: pytest.Item) -> pytest.Mark | None:
    """Return the mark by which a test asks for its databases."""
    return item.get_closest_marker("manoir_db") or item.get_closest_marker("django_db")


def kind_of_case(item: pytest.Item) -> Literal["", "rolled back", "commits"]:
    """Say which of manoir's test cases with a database the item belongs to; empty for none."""
    cases: Any = sys.modules.get("manoir.testing._cases")  # a test case has imported it
    owner = getattr(item, "cls", None)
    if cases is None or owner is None or not issubclass(owner, cases.SimpleTestCase) or not owner.databases:
        return ""
    return (
        "commits"
        if issubclass(owner, cases.TransactionTestCase) and not issubclass(owner, cases.TestCase)
        else "rolled back"
    )


def commits(item: pytest.Item) -> bool:
    """Say whether a test commits, and empties tables after itself."""
    return "transactional_db" in getattr(item, "fixturenames", ()) or kind_of_case(item) == "commits"


@pytest.fixture(scope="session")
def manoir_test_databases(request: pytest.FixtureRequest) -> Generator[None]:
    """The test databases of the run: created, migrated, dropped at its end unless `--reuse-db` says otherwise."""
    from manoir.testing._databases import test_databases  # loaded on need, like all of manoir.testing here

    options = request.config.option
    remember = any(getattr(getattr(item, "cls", None), "serialized_rollback", False) for item in request.session.items)
    with test_databases(keep=options.reuse_db, anew=options.create_db, remember=remember):
        yield


def wanted_databases(request: pytest.FixtureRequest) -> Any:
    """Return the aliases that the mark of a test names; without, all there are."""
    mark = database_mark(request.node)
    return (mark.kwargs.get("databases") if mark is not None else None) or "__all__"


@pytest.fixture
def db(request: pytest.FixtureRequest, manoir_test_databases: None) -> Generator[None]:
    """The test databases, inside transactions that are rolled back after the test.

    The test, of either colour, and the views that its client calls share the transaction.
    """
    from manoir.testing._databases import allowed, rolled_back

    if "transactional_db" in request.fixturenames:
        yield  # the test commits; that fixture cleans up
        return
    with allowed(wanted_databases(request)) as aliases, rolled_back(aliases):
        yield


@pytest.fixture
def transactional_db(request: pytest.FixtureRequest, manoir_test_databases: None) -> Generator[None]:
    """The test databases, for tests that commit; their tables are emptied after the test."""
    from manoir.testing._databases import allowed, flush_all

    with allowed(wanted_databases(request)) as aliases:
        yield
        flush_all(aliases)


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
        self.__dict__["_changes"] = ExitStack()

    def __getattr__(self, name: str) -> Any:
        return getattr(project_settings, name)

    def __setattr__(self, name: str, value: Any) -> None:
        from manoir.testing import override_settings

        self.__dict__["_changes"].enter_context(override_settings(**{name: value}))

    def __delattr__(self, name: str) -> None:
        """Act as if neither the project nor manoir defined the setting."""
        self.__setattr__(name, getattr(project_settings, name))
        delattr(project_settings, name)

    def finish(self) -> None:
        """Take every change back."""
        self.__dict__["_changes"].close()


@pytest.fixture
def settings() -> Generator[SettingsFixture]:
    """The settings of the project: `settings.DEBUG = True` lasts until the end of the test."""
    fixture = SettingsFixture()
    try:
        yield fixture
    finally:
        fixture.finish()


@pytest.fixture
def mailoutbox() -> list[Any]:
    """The messages sent during the test: `manoir.mail.outbox`, empty at its begin."""
    from manoir import mail

    mail.outbox.clear()
    return mail.outbox


@pytest.fixture
def assert_num_queries() -> Any:
    """`with assert_num_queries(3): …` asserts the number of queries; the failure lists them."""
    from manoir.testing import assert_num_queries

    return assert_num_queries


@pytest.fixture
def capture_on_commit_callbacks() -> Any:
    """`with capture_on_commit_callbacks(execute=True) as callbacks: …` runs what waits for a commit."""
    from manoir.testing import capture_on_commit_callbacks

    return capture_on_commit_callbacks


@pytest.fixture
def live_server(transactional_db: None) -> Generator[LiveServer]:
    """A real server on a free port of 127.0.0.1: `live_server.url`."""
    from manoir.testing import LiveServer

    server = LiveServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()

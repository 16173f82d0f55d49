"""Test cases in the form of unittest, with their databases, their client and manoir's assertions."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, ClassVar

from manoir import bridge
from manoir.db import DEFAULT_DB_ALIAS
from manoir.serializers import aload_fixtures
from manoir.testing._assertions import Assertions
from manoir.testing._client import AsyncClient, Client
from manoir.testing._commits import capture_on_commit_callbacks
from manoir.testing._databases import Aliases, allowed, flush_all, known_aliases, restore_rows, rolled_back
from manoir.testing._live import LiveServer
from manoir.testing._overrides import modify_settings, override_settings
from manoir.testing._queries import assert_num_queries


class SimpleTestCase(Assertions):
    """A test case without database; tests, `setUp`, `tearDown` and cleanups may be `def` or `async def`.

    Attributes:
        client, async_client: fresh clients for each test.
        client_class, async_client_class: their classes.
        databases: aliases of databases that its tests may query, or `"__all__"`.

    Example:
        >>> class PageTests(SimpleTestCase):
        ...     async def test_front_page(self):
        ...         self.assertContains(await self.async_client.get("/"), "Welcome")
    """

    client_class: ClassVar[type[Client]] = Client
    async_client_class: ClassVar[type[AsyncClient]] = AsyncClient
    client: Client
    async_client: AsyncClient
    databases: ClassVar[Aliases] = ()
    class_overrides: ClassVar[tuple[override_settings, ...]] = ()

    @classmethod
    def setUpClass(cls) -> None:
        """Change the settings that decorators of the class name, and let its databases be used."""
        super().setUpClass()
        for override in cls.class_overrides:
            cls.enterClassContext(override)
        if cls.databases:
            cls.enterClassContext(allowed(cls.databases))

    # The methods of unittest's that call a test's parts: its own support for coroutines overrides the same ones.

    def _callSetUp(self) -> None:
        self.client = self.client_class()
        self.async_client = self.async_client_class()
        run_either_colour(self.setUp)

    def _callTestMethod(self, method: Callable[[], Any]) -> None:
        run_either_colour(method)

    def _callTearDown(self) -> None:
        run_either_colour(self.tearDown)

    def _callCleanup(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        run_either_colour(function, *args, **kwargs)

    def settings(self, **changes: Any) -> override_settings:
        """Change settings inside a `with` block."""
        return override_settings(**changes)

    def modify_settings(self, **changes: Any) -> modify_settings:
        """Change settings that are lists: `self.modify_settings(MIDDLEWARE={"append": "…", "remove": ["…"]})`."""
        return modify_settings(**changes)

    def assertNumQueries(
        self,
        num: int,
        func: Callable[..., Any] | None = None,
        *args: Any,
        using: str = DEFAULT_DB_ALIAS,
        **kwargs: Any,
    ) -> Any:
        """Assert that a block, or a call of `func` (of either colour), runs `num` queries."""
        context = assert_num_queries(num, using=using)
        if func is None:
            return context
        with context:
            run_either_colour(func, *args, **kwargs)
        return None


def run_either_colour(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call a function, and run what it returns if that is a coroutine."""
    result = function(*args, **kwargs)
    if inspect.iscoroutine(result):
        bridge.run(result)


class TransactionTestCase(SimpleTestCase):
    """A test case that may commit: the tables of its databases are emptied after each test.

    Attributes:
        databases: aliases of the databases it uses, or `"__all__"`; the others refuse queries.
        fixtures: names of fixtures, as `loaddata` takes them, that are loaded into each of these databases before each
            test.
        serialized_rollback: each test finds the rows that migrations made; without, the first test that commits empties
            their tables.
    """

    databases: ClassVar[Aliases] = (DEFAULT_DB_ALIAS,)
    fixtures: ClassVar[Sequence[str]] = ()
    serialized_rollback: ClassVar[bool] = False

    def _callSetUp(self) -> None:
        self.addCleanup(flush_all, known_aliases(self.databases))
        if self.serialized_rollback:
            restore_rows(known_aliases(self.databases))
        self.load_fixtures()
        super()._callSetUp()

    @classmethod
    def load_fixtures(cls) -> None:
        """Load the fixtures of the class.

        Raises:
            CommandError: one is not there (the nearest is named), or cannot be loaded.
        """
        if isinstance(cls.fixtures, str):
            raise TypeError(f"fixtures of {cls.__qualname__} is a list of names; write fixtures = [{cls.fixtures!r}].")
        if cls.fixtures:
            for alias in known_aliases(cls.databases):
                run_either_colour(aload_fixtures, *cls.fixtures, using=alias)


class TestCase(TransactionTestCase):
    """A test case inside a transaction that is rolled back: the class's data is made once, each test has a savepoint.

    Attributes:
        databases: aliases of the databases it uses, or `"__all__"`; the others refuse queries.
        fixtures: names of fixtures, loaded once for the class, before `setUpTestData`.

    Example:
        >>> class BookTests(TestCase):
        ...     @classmethod
        ...     def setUpTestData(cls):
        ...         cls.book = Book.objects.create(title="Dune")
        ...
        ...     def test_title(self):
        ...         self.assertContains(self.client.get("/books/"), "Dune")
    """

    @classmethod
    def setUpTestData(cls) -> Any:
        """Make data that all tests of the class share, as `def` or `async def`; each test sees it as it was made."""

    @classmethod
    def setUpClass(cls) -> None:
        """Open the class's transaction and make its data."""
        super().setUpClass()
        cls.enterClassContext(rolled_back(known_aliases(cls.databases)))
        cls.load_fixtures()
        before = dict(vars(cls))
        run_either_colour(cls.setUpTestData)
        for name, value in list(vars(cls).items()):
            if name not in before or before[name] is not value:
                setattr(cls, name, TestData(name, value))
                cls.addClassCleanup(restore_attribute, cls, name, before)

    def _callSetUp(self) -> None:
        stack = ExitStack()
        stack.enter_context(rolled_back(known_aliases(self.databases)))
        self.addCleanup(stack.close)
        SimpleTestCase._callSetUp(self)  # without TransactionTestCase's: nothing has to be emptied

    @classmethod
    def captureOnCommitCallbacks(
        cls, *, using: str = DEFAULT_DB_ALIAS, execute: bool = False
    ) -> capture_on_commit_callbacks:
        """Collect what `transaction.on_commit()` is given inside a `with` block; run it at the end with `execute`."""
        return capture_on_commit_callbacks(using=using, execute=execute)


def restore_attribute(cls: type[Any], name: str, before: dict[str, Any]) -> None:
    """Take back what `setUpTestData` did to the class."""
    if name in before:
        setattr(cls, name, before[name])
    elif name in vars(cls):
        delattr(cls, name)


class TestData:
    """An attribute made by `setUpTestData`: each test gets a copy of its own; what cannot be copied is shared."""

    __test__ = False

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return self.value
        # One memo for a test, so that what refers to each other still does.
        memo: dict[int, Any] = instance.__dict__.setdefault("_test_data_memo", {})
        try:
            own = copy.deepcopy(self.value, memo)
        except TypeError:
            own = self.value
        instance.__dict__[self.name] = own
        return own


class LiveServerTestCase(TransactionTestCase):
    """A test case beside a real server, for browsers and HTTP clients.

    Attributes:
        host, port: where the server listens; port 0 means a free one.
        live_server_url: where it is, without a slash at the end.
        server_thread: the running `LiveServer`.
    """

    host: ClassVar[str] = "127.0.0.1"
    port: ClassVar[int] = 0
    server_thread: ClassVar[LiveServer]
    live_server_url: ClassVar[str] = ""

    @classmethod
    def setUpClass(cls) -> None:
        """Start the server."""
        super().setUpClass()
        cls.server_thread = LiveServer(cls.host, cls.port)
        cls.server_thread.start()
        cls.addClassCleanup(cls.server_thread.stop)
        cls.live_server_url = cls.server_thread.url

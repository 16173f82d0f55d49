"""Test cases in the form of unittest, with their databases, their client and manoir's assertions."""

from __future__ import annotations

import copy
import inspect
import unittest
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from manoir import bridge
from manoir.db import DEFAULT_DB_ALIAS, transaction
from manoir.testing._assertions import Assertions
from manoir.testing._client import AsyncClient, Client
from manoir.testing._databases import flush_all, rolled_back
from manoir.testing._live import LiveServer
from manoir.testing._overrides import modify_settings, override_settings
from manoir.testing._queries import assert_num_queries


class SimpleTestCase(Assertions, unittest.TestCase):
    """A test case without database; `async def` tests run too, and settings may be changed for a while.

    Attributes:
        client, async_client: fresh clients for each test.
        client_class, async_client_class: their classes.
    """

    client_class: ClassVar[type[Client]] = Client
    async_client_class: ClassVar[type[AsyncClient]] = AsyncClient
    client: Client
    async_client: AsyncClient

    def _callSetUp(self) -> None:
        self.client = self.client_class()
        self.async_client = self.async_client_class()
        self._run(self.setUp)

    def _callTestMethod(self, method: Callable[[], Any]) -> None:
        self._run(method)

    def _callTearDown(self) -> None:
        self._run(self.tearDown)

    @staticmethod
    def _run(method: Callable[[], Any]) -> None:
        """Call a method of either colour."""
        result = method()
        if inspect.iscoroutine(result):
            bridge.run(result)

    def settings(self, **changes: Any) -> AbstractContextManager[Any]:
        """Change settings inside a `with` block."""
        return override_settings(**changes)

    def modify_settings(self, **changes: Any) -> AbstractContextManager[Any]:
        """Change settings that are lists: `modify_settings(MIDDLEWARE={"append": "…", "remove": ["…"]})`."""
        return modify_settings(**changes)

    def assertNumQueries(
        self, num: int, func: Any = None, *args: Any, using: str = DEFAULT_DB_ALIAS, **kwargs: Any
    ) -> Any:
        """Assert that a block, or a call of `func`, runs `num` queries."""
        context = assert_num_queries(num, using=using)
        if func is None:
            return context
        with context:
            func(*args, **kwargs)
        return None


class TransactionTestCase(SimpleTestCase):
    """A test case that may commit: all tables are emptied after each test.

    Attributes:
        databases: aliases of the databases it uses.
    """

    databases: ClassVar[Collection[str]] = (DEFAULT_DB_ALIAS,)
    needs_database: ClassVar[bool] = True

    def _callTearDown(self) -> None:
        try:
            super()._callTearDown()
        finally:
            flush_all()


class TestCase(TransactionTestCase):
    """A test case inside a transaction that is rolled back: the class's data once, each test in a savepoint.

    Example:
        >>> class BookTests(TestCase):
        ...     @classmethod
        ...     def setUpTestData(cls):
        ...         cls.book = Book.objects.create(title="Dune")
        ...
        ...     def test_title(self):
        ...         self.assertContains(self.client.get("/books/"), "Dune")
    """

    _blocks: ClassVar[list[Any]] = []

    @classmethod
    def setUpTestData(cls) -> None:
        """Make data that all tests of the class share; each test sees it as it was made."""

    @classmethod
    def setUpClass(cls) -> None:
        """Open the class's transaction and make its data."""
        super().setUpClass()
        cls._blocks = [rolled_back(alias) for alias in cls.databases]
        for block in cls._blocks:
            block.__enter__()
        try:
            before = set(vars(cls))
            result: Any = cls.setUpTestData()
            if inspect.iscoroutine(result):
                bridge.run(result)
            for name in set(vars(cls)) - before:
                setattr(cls, name, TestData(name, vars(cls)[name]))
        except BaseException:
            cls._roll_back_class()
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        """Roll the class's transaction back."""
        cls._roll_back_class()
        super().tearDownClass()

    @classmethod
    def _roll_back_class(cls) -> None:
        for block, alias in zip(reversed(cls._blocks), reversed(list(cls.databases)), strict=True):
            transaction.set_rollback(True, using=alias)
            block.__exit__(None, None, None)
        cls._blocks = []

    def _callSetUp(self) -> None:
        self._savepoints = [rolled_back(alias) for alias in self.databases]
        for block in self._savepoints:
            block.__enter__()
        self.addCleanup(self._roll_back_test)
        super()._callSetUp()

    def _roll_back_test(self) -> None:
        for block, alias in zip(reversed(self._savepoints), reversed(list(self.databases)), strict=True):
            transaction.set_rollback(True, using=alias)
            block.__exit__(None, None, None)

    def _callTearDown(self) -> None:
        SimpleTestCase._callTearDown(self)

    @classmethod
    def captureOnCommitCallbacks(
        cls, *, using: str = DEFAULT_DB_ALIAS, execute: bool = False
    ) -> AbstractContextManager[list[Any]]:
        """Collect what `transaction.on_commit()` is given inside a `with` block; run it at the end with `execute`."""
        return transaction.capture_on_commit_callbacks(using=using, execute=execute)


class TestData:
    """An attribute made by `setUpTestData`: each test gets a copy of its own."""

    __test__ = False

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return self.value
        memo: dict[int, Any] = instance.__dict__.setdefault("_test_data_memo", {})
        own = copy_of(self.value, memo)
        instance.__dict__[self.name] = own
        return own


def copy_of(value: Any, memo: dict[int, Any]) -> Any:
    """Copy a value deeply; what cannot be copied is shared."""
    try:
        return copy.deepcopy(value, memo)
    except TypeError:
        return value


class LiveServerTestCase(TransactionTestCase):
    """A test case beside a real server, for browsers: `self.live_server_url`."""

    live_server: ClassVar[LiveServer]
    live_server_url: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        """Start the server."""
        super().setUpClass()
        cls.live_server = LiveServer()
        cls.live_server.start()
        cls.live_server_url = cls.live_server.url

    @classmethod
    def tearDownClass(cls) -> None:
        """Stop the server."""
        cls.live_server.stop()
        super().tearDownClass()

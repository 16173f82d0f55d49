"""What tests of writes and relations share: the library's tables, calls of either colour, counted statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import manoir
from manoir.apps import apps
from manoir.bridge import run, wait
from tests import databases

manoir.setup()

from tests.models.tables import create_tables  # noqa: E402  # models need apps

Do = Callable[..., Any]


async def make_library(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("library").get_models())


databases.on_create(make_library)


def call_sync(owner: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    return getattr(owner, name)(*args, **kwargs)


def call_async(owner: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    async def main() -> Any:
        return await getattr(owner, f"a{name}")(*args, **kwargs)

    return run(main())


@pytest.fixture(params=["sync", "async"])
def do(request: pytest.FixtureRequest) -> Do:
    """`do(book, "save", force_insert=True)` calls `save` or awaits `asave`."""
    return call_sync if request.param == "sync" else call_async


@pytest.fixture
def library(database: Any) -> Any:
    """The connection to an empty library."""
    return database


@contextmanager
def statements(connection: Any) -> Iterator[list[str]]:
    """The texts of the statements that the block sends."""
    found: list[str] = []
    with connection.observe(lambda event: found.append(event.sql)):
        yield found


__all__ = ["Do", "do", "library", "make_library", "statements", "wait"]

"""The tables of models with files, an empty shelf for each test, and calls of either colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import manoir
from manoir.apps import apps
from manoir.bridge import run
from tests import databases

manoir.setup()

from tests.gallery.models import shelf  # noqa: E402  # models need apps
from tests.models.tables import create_tables  # noqa: E402

Do = Callable[..., Any]


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("gallery").get_models())


@pytest.fixture(autouse=True)
def _empty_shelf() -> None:
    shelf.__init__(base_url="/shelf/")


def call_sync(target: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    return getattr(target, name)(*args, **kwargs)


def call_async(target: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    async def main() -> Any:
        return await getattr(target, f"a{name}")(*args, **kwargs)

    return run(main())


@pytest.fixture(params=["sync", "async"])
def do(request: pytest.FixtureRequest) -> Do:
    """`do(note, "save")` calls `save` or awaits `asave`."""
    return call_sync if request.param == "sync" else call_async

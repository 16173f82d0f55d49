"""The tables of tests/library on both databases, and a few rows whose answers are known."""

from __future__ import annotations

from typing import Any

import pytest

import manoir
from manoir.apps import apps
from manoir.bridge import wait
from tests import databases

manoir.setup()

from tests.models.query.data import Shop, fill  # noqa: E402  # models need apps
from tests.models.tables import create_tables  # noqa: E402


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("library").get_models())


@pytest.fixture
def shop(database: Any) -> Shop:
    """A filled library; see `data.py`."""
    return wait(fill(database))

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import manoir
from manoir.apps import apps
from manoir.conf import settings
from tests import databases

manoir.setup()

from tests.models.tables import create_tables  # noqa: E402


@databases.on_create
async def _tables(connection: Any) -> None:
    present = set(await connection.table_names())
    for label in ("contenttypes", "auth", "sessions"):
        models = list(apps.get_app_config(label).get_models())
        if not present & {model._meta.db_table for model in models}:
            await create_tables(connection, models)


@pytest.fixture(autouse=True)
def _hosts() -> Iterator[None]:
    with settings.override(ALLOWED_HOSTS=["testserver", "www.testserver"], DEBUG=False):
        yield

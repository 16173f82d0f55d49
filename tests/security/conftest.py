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
    if "django_session" not in await connection.table_names():
        await create_tables(connection, apps.get_app_config("sessions").get_models())


@pytest.fixture(autouse=True)
def _hosts() -> Iterator[None]:
    with settings.override(ALLOWED_HOSTS=["testserver", "www.testserver"], DEBUG=False):
        yield

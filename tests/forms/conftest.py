"""The test project, and the tables of `tests/library` on both databases."""

from __future__ import annotations

from typing import Any

import manoir
from manoir.apps import apps
from tests import databases

manoir.setup()

from tests.models.tables import create_tables  # noqa: E402  # models need apps


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("library").get_models())

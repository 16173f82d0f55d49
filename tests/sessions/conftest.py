from __future__ import annotations

from typing import Any

import manoir
from manoir.apps import apps
from tests import databases

manoir.setup()

from tests.models.tables import create_tables  # noqa: E402


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("sessions").get_models())

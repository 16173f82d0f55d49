from __future__ import annotations

from typing import Any

import manoir
from manoir.apps import apps
from tests import databases

manoir.setup()

from tests.models.tables import create_tables  # noqa: E402


@databases.on_create
async def _tables(connection: Any) -> None:
    if "django_content_type" not in await connection.table_names():
        await create_tables(connection, apps.get_app_config("contenttypes").get_models())
    if "library_book" not in await connection.table_names():
        await create_tables(connection, apps.get_app_config("library").get_models())
    if "labels_label" not in await connection.table_names():
        await create_tables(connection, apps.get_app_config("labels").get_models())

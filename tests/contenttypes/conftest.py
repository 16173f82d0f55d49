from __future__ import annotations

from typing import Any

import manoir
from manoir.apps import apps
from tests import databases

manoir.setup()

from tests.models.tables import create_tables  # noqa: E402


@databases.on_create
async def _tables(connection: Any) -> None:
    """All that points to a content type goes with it, so that their tables have to be there."""
    present = set(await connection.table_names())
    for label in ("contenttypes", "auth", "library", "labels"):
        models = list(apps.get_app_config(label).get_models())
        if models and not present & {model._meta.db_table for model in models}:
            await create_tables(connection, models)

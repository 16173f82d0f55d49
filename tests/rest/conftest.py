from __future__ import annotations

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
    present = await connection.table_names()
    for label, table in (
        ("contenttypes", "django_content_type"),
        ("auth", "auth_user"),
        ("sessions", "django_session"),
        ("library", "library_book"),
        ("rest", "rest_token"),
    ):
        if table not in present:
            await create_tables(connection, apps.get_app_config(label).get_models())


@pytest.fixture(autouse=True)
def _quick_passwords():
    with settings.override(PASSWORD_HASHERS=["manoir.auth.MD5PasswordHasher", *settings.PASSWORD_HASHERS]):
        yield

from __future__ import annotations

from typing import Any

import pytest

import manoir
from manoir.apps import apps
from manoir.conf import settings
from tests import databases

manoir.setup()

from manoir.auth import acreate_permissions  # noqa: E402
from manoir.bridge import run, wait  # noqa: E402
from manoir.contenttypes import ContentType  # noqa: E402
from manoir.testing import AsyncClient, Client  # noqa: E402
from tests.models.tables import create_tables  # noqa: E402


@databases.on_create
async def _tables(connection: Any) -> None:
    # Whatever refers to users is asked when one is deleted, so the tables of all of manoir's apps have to be there.
    present = await connection.table_names()
    for config in apps.get_app_configs():
        missing = [model for model in config.get_models() if model._meta.db_table not in present]
        if config.name.startswith("manoir.") and missing:
            await create_tables(connection, missing)


@pytest.fixture(autouse=True)
def _quick_passwords():
    with settings.override(PASSWORD_HASHERS=["manoir.auth.MD5PasswordHasher", *settings.PASSWORD_HASHERS]):
        yield


@pytest.fixture
def permissions(database) -> None:
    ContentType.objects.clear_cache()
    wait(acreate_permissions(apps.get_app_config("auth")))
    yield
    ContentType.objects.clear_cache()


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Any:
    """Send requests by a client of either colour, which is `ask.client`: `ask("get", "/accounts/login/")`."""
    client: Any = Client() if request.param == "sync" else AsyncClient()

    def send(method: str, *args: Any, **options: Any) -> Any:
        answer = getattr(client, method)(*args, **options)
        return run(answer) if request.param == "async" else answer

    send.client = client
    return send

"""The app `archive`, installed for the tests of this room, with its tables in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import manoir
from manoir.apps import apps
from tests import databases
from tests.models.tables import create_tables

manoir.setup()
apps.set_installed_apps(["tests.library", "tests.serializers.archive"])
MODELS = [*apps.get_app_config("library").get_models(), *apps.get_app_config("archive").get_models()]
apps.unset_installed_apps()


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, MODELS)


@pytest.fixture(autouse=True, scope="module")
def archive() -> Iterator[None]:
    apps.set_installed_apps(["manoir.contenttypes", "manoir.auth", "tests.library", "tests.serializers.archive"])
    yield
    apps.unset_installed_apps()

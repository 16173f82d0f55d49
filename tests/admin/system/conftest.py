"""A project with the admin of `tests.admin.system.site` and with tasks, on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from manoir.apps import apps
from manoir.auth import Permission, acreate_permissions, get_user_model
from manoir.bridge import wait
from manoir.testing import Client, override_settings
from tests import databases
from tests.admin.lists.conftest import LABELS, SETTINGS
from tests.models.tables import create_tables

APPS = [*SETTINGS["INSTALLED_APPS"], "manoir.tasks"]
TASKS = {
    "default": {
        "BACKEND": "manoir.tasks.DatabaseBackend",
        "QUEUES": ["default", "mail"],
        "SCHEDULES": {"look around": {"task": "tests.admin.system.site.look_around", "every": 3_600}},
    }
}
CACHES = {
    "default": {"BACKEND": "manoir.cache.LocMemCache", "LOCATION": "system pages"},
    "away": {"BACKEND": "manoir.cache.RedisCache", "LOCATION": "redis://somebody:secret@127.0.0.1:1/3"},
}


@databases.on_create
async def _tables(connection: Any) -> None:
    with override_settings(INSTALLED_APPS=APPS):
        for label in (*LABELS, "manoir_tasks"):
            await create_tables(connection, list(apps.get_app_config(label).get_models()))


@pytest.fixture(autouse=True, scope="package")
def _project() -> Iterator[None]:
    changed = {"INSTALLED_APPS": APPS, "ROOT_URLCONF": "tests.admin.system.site", "TASKS": TASKS, "CACHES": CACHES}
    with override_settings(**{**SETTINGS, **changed}):
        yield


@pytest.fixture
def staff(database: Any) -> Callable[..., Client]:
    """Make a client of somebody on the staff with permissions; none: of a superuser."""
    wait(acreate_permissions(apps.get_app_config("manoir_tasks")))
    numbers = iter(range(100))

    def make(*codenames: str) -> Client:
        user = get_user_model().objects.create_user(f"person{next(numbers)}", is_staff=True, is_superuser=not codenames)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return make

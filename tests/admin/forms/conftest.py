"""A project with the admin of `tests.admin.forms.site`, on each database, for every test of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import manoir

manoir.setup()

from manoir.apps import apps  # noqa: E402
from manoir.auth import Permission, acreate_permissions, get_user_model  # noqa: E402
from manoir.bridge import wait  # noqa: E402
from manoir.testing import Client, override_settings  # noqa: E402
from tests import databases  # noqa: E402
from tests import settings as project  # noqa: E402
from tests.admin.project import SETTINGS as PROJECT  # noqa: E402
from tests.models.tables import create_tables  # noqa: E402

APPS = [
    *project.INSTALLED_APPS,
    *(
        name
        for name in ("manoir.messages", "manoir.staticfiles", "manoir.admin", "tests.admin.forms.site")
        if name not in project.INSTALLED_APPS
    ),
]

SETTINGS: dict[str, Any] = {
    **PROJECT,
    "INSTALLED_APPS": APPS,
    "ROOT_URLCONF": "tests.admin.forms.site.urls",
    "TEMPLATES": [
        {
            "BACKEND": "manoir.templates.Engine",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "manoir.templates.context_processors.request",
                    "manoir.auth.context_processors.auth",
                    "manoir.messages.context_processors.messages",
                ]
            },
        }
    ],
}


@databases.on_create
async def _tables(connection: Any) -> None:
    with override_settings(INSTALLED_APPS=APPS):
        present = set(await connection.table_names())
        for config in apps.get_app_configs():
            missing = [model for model in config.get_models() if model._meta.db_table not in present]
            if missing and (config.name.startswith("manoir.") or config.label == "atelier"):
                await create_tables(connection, missing)


@pytest.fixture(autouse=True, scope="package")
def _project() -> Iterator[None]:
    with override_settings(**SETTINGS):
        yield


@pytest.fixture
def people(database: Any) -> None:
    """Permissions of the apps exist."""
    for label in ("auth", "admin", "atelier"):
        wait(acreate_permissions(apps.get_app_config(label)))


@pytest.fixture
def staff(people: None) -> Any:
    """Make a client of somebody on the staff who has the given permissions: `staff("view_tool")`."""

    def sign_in(*codenames: str, **fields: Any) -> Client:
        user = get_user_model().objects.create_user("helper", "helper@example.com", "secret", is_staff=True, **fields)
        if codenames:
            rows = list(Permission.objects.filter(codename__in=codenames))
            assert len(rows) >= len(set(codenames)), "a permission is missing"
            user.user_permissions.set(rows)
        made = Client()
        made.force_login(user)
        made.user = user
        return made

    return sign_in

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
from manoir.contenttypes import ContentType  # noqa: E402
from manoir.testing import Client, override_settings  # noqa: E402
from tests import databases  # noqa: E402
from tests import settings as project  # noqa: E402
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
    "INSTALLED_APPS": APPS,
    "ROOT_URLCONF": "tests.admin.forms.site.urls",
    "STATIC_URL": "/static/",
    "PASSWORD_HASHERS": ["manoir.auth.MD5PasswordHasher"],
    "MIDDLEWARE": [
        "manoir.middleware.SecurityMiddleware",
        "manoir.sessions.SessionMiddleware",
        "manoir.middleware.CommonMiddleware",
        "manoir.security.CsrfViewMiddleware",
        "manoir.auth.AuthenticationMiddleware",
        "manoir.messages.MessageMiddleware",
        "manoir.middleware.XFrameOptionsMiddleware",
        "manoir.middleware.ContentSecurityPolicyMiddleware",
    ],
    "SECURE_CSP": {"default-src": ["'self'"], "base-uri": ["'none'"], "form-action": ["'self'"]},
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


@pytest.fixture(autouse=True)
def _no_content_types() -> Iterator[None]:
    ContentType.objects.clear_cache()
    yield
    ContentType.objects.clear_cache()


@pytest.fixture
def people(database: Any) -> None:
    """Permissions of the apps exist."""
    for label in ("auth", "admin", "atelier"):
        wait(acreate_permissions(apps.get_app_config(label)))


@pytest.fixture
def boss(people: None) -> Any:
    """A superuser."""
    return get_user_model().objects.create_superuser("boss", "boss@example.com", "secret")


@pytest.fixture
def client(boss: Any) -> Client:
    """A client that the superuser is signed in with."""
    made = Client()
    made.force_login(boss)
    return made


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

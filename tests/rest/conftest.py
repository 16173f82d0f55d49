from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import manoir
from manoir.apps import apps
from manoir.bridge import run
from manoir.cache import caches
from manoir.conf import settings
from tests import databases

manoir.setup()

from manoir.testing import APIClient, AsyncAPIClient  # noqa: E402
from tests.models.tables import create_tables  # noqa: E402
from tests.rest.notebook import Folder, Note  # noqa: E402

MIDDLEWARE = [
    "manoir.sessions.SessionMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.auth.AuthenticationMiddleware",
    "manoir.middleware.ContentSecurityPolicyMiddleware",
]


@databases.on_create
async def _tables(connection: Any) -> None:
    for label in ("contenttypes", "auth", "sessions", "library", "rest"):
        await create_tables(connection, apps.get_app_config(label).get_models())
    await create_tables(connection, [Folder, Note])


@pytest.fixture(autouse=True)
def _quick_passwords():
    with settings.override(PASSWORD_HASHERS=["manoir.auth.MD5PasswordHasher", *settings.PASSWORD_HASHERS]):
        yield


@pytest.fixture(autouse=True)
def _empty_caches():
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()


class Caller:
    """An APIClient of one colour, called by sync tests: `api.get(path)`, whatever the colour."""

    def __init__(self, colour: str, **options: Any) -> None:
        self.colour = colour
        self.client: Any = (APIClient if colour == "sync" else AsyncAPIClient)(**options)

    def __getattr__(self, name: str) -> Any:
        member = getattr(self.client, name)
        if self.colour == "sync" or name not in {"get", "head", "post", "put", "patch", "delete", "options"}:
            return member
        return lambda *args, **kwargs: run(member(*args, **kwargs))

    def login(self, user: Any) -> None:
        self.client.force_login(user)


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def api(colour: str) -> Any:
    """A client in the project of `tests.rest.notebook`."""
    with settings.override(ROOT_URLCONF="tests.rest.notebook", MIDDLEWARE=MIDDLEWARE):
        yield Caller(colour)


@pytest.fixture
def people(database: Any) -> SimpleNamespace:
    """Ann and Bob, a folder of each with two notes."""
    from manoir.auth import User

    found = SimpleNamespace()
    for name in ("ann", "bob"):
        user = User.objects.create_user(name, password=f"{name}-secret", is_staff=name == "bob")
        folder = Folder.objects.create(owner=user, name=f"{name}'s")
        notes = [Note.objects.create(folder=folder, title=f"{name} {number}", stars=number) for number in (1, 2)]
        setattr(found, name, SimpleNamespace(user=user, folder=folder, notes=notes))
    return found

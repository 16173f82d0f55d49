"""A small site of the library's books, on both databases, asked through the whole handler."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import manoir
from manoir.apps import apps
from manoir.conf import settings
from tests import databases

manoir.setup()

from manoir.bridge import run  # noqa: E402  # models need apps
from manoir.testing import AsyncClient, Client  # noqa: E402
from tests.library.models import Author, Book, Tag  # noqa: E402
from tests.models.tables import create_tables  # noqa: E402

TEMPLATES = Path(__file__).parent / "templates"


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("library").get_models())


@pytest.fixture(autouse=True)
def site() -> Iterator[None]:
    """The settings of the site."""
    with settings.override(
        ROOT_URLCONF="tests.views.urls",
        MIDDLEWARE=[],
        TEMPLATES=[{"BACKEND": "manoir.templates.Engine", "DIRS": [TEMPLATES]}],
    ):
        yield


@pytest.fixture
def books(database: Any) -> list[Book]:
    """Seven books of one author; the first has a tag."""
    ada = Author.objects.create(name="Ada", email="ada@example.com")
    made = [Book.objects.create(title=f"Book {number}", author=ada, isbn=f"isbn-{number}") for number in range(1, 8)]
    made[0].tags.add(Tag.objects.create(label="Maths", slug="maths"))
    return made


Ask = Callable[..., Any]


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """`ask("get", "/path", data)`: a request by the sync or the async client."""
    if request.param == "sync":
        return lambda method, *args, **kwargs: getattr(Client(), method)(*args, **kwargs)

    async def send(method: str, *args: Any, **kwargs: Any) -> Any:
        return await getattr(AsyncClient(), method)(*args, **kwargs)

    return lambda *args, **kwargs: run(send(*args, **kwargs))

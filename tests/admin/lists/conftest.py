"""A project with the admin of `tests.admin.lists.site`, on each database, for every test of this folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

import manoir

manoir.setup()

from manoir.apps import apps  # noqa: E402
from manoir.auth import Permission, acreate_permissions, get_user_model  # noqa: E402
from manoir.bridge import run, wait  # noqa: E402
from manoir.testing import AsyncClient, CaptureQueriesContext, Client, override_settings  # noqa: E402
from tests import databases  # noqa: E402
from tests.admin.project import SETTINGS as PROJECT  # noqa: E402
from tests.library.models import Author, Book, Publisher, Tag  # noqa: E402
from tests.models.tables import create_tables  # noqa: E402

APPS = [
    "manoir.contenttypes",
    "manoir.auth",
    "manoir.sessions",
    "manoir.messages",
    "manoir.staticfiles",
    "manoir.admin",
    "tests.library",
]

SETTINGS: dict[str, Any] = {**PROJECT, "INSTALLED_APPS": APPS, "ROOT_URLCONF": "tests.admin.lists.site"}

LABELS = ("contenttypes", "auth", "sessions", "admin", "library")


@databases.on_create
async def _tables(connection: Any) -> None:
    with override_settings(INSTALLED_APPS=APPS):
        for label in LABELS:
            await create_tables(connection, list(apps.get_app_config(label).get_models()))


@pytest.fixture(autouse=True, scope="package")
def _project() -> Iterator[None]:
    with override_settings(**SETTINGS):
        yield


@pytest.fixture
def people(database: Any) -> None:
    """Permissions of the apps exist."""
    for label in ("auth", "admin", "library"):
        wait(acreate_permissions(apps.get_app_config(label)))


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, boss: Any) -> Any:
    """Send a request as the superuser, by the client of either colour: `ask("get", "/admin/")`."""
    client: Any = Client() if request.param == "sync" else AsyncClient()
    client.force_login(boss) if request.param == "sync" else run(client.aforce_login(boss))

    def send(method: str, *args: Any, **options: Any) -> Any:
        answer = getattr(client, method)(*args, **options)
        return run(answer) if request.param == "async" else answer

    return send


@pytest.fixture
def staff(people: None) -> Any:
    """Make a client of somebody on the staff with permissions: `staff("view_book")`."""

    def sign_in(*codenames: str, name: str = "helper") -> Client:
        user = get_user_model().objects.create_user(name, f"{name}@example.com", "secret", is_staff=True)
        rows = list(Permission.objects.filter(codename__in=codenames))
        assert len(rows) == len(set(codenames))
        user.user_permissions.set(rows)
        made = Client()
        made.force_login(user)
        return made

    return sign_in


@pytest.fixture
def at_most(database: Any) -> Any:
    """`with at_most(12): …` fails, and lists them, when there are more queries."""

    @contextmanager
    def watch(limit: int) -> Iterator[Any]:
        with CaptureQueriesContext(database) as queries:
            yield queries
        shown = "\n".join(query["sql"][:300] for query in queries)
        assert len(queries) <= limit, f"{len(queries)} queries:\n{shown}"

    return watch


@pytest.fixture
def books(database: Any) -> list[Book]:
    """Twenty-five books by three authors, at two publishers, with tags."""
    authors = Author.objects.bulk_create([Author(name=name) for name in ("Ann", "Bob", "Cem")])
    houses = Publisher.objects.bulk_create(
        [Publisher(name=name, country=country) for name, country in (("North", "NO"), ("South", "ZA"), ("Idle", "XX"))]
    )
    tags = Tag.objects.bulk_create([Tag(label=label, slug=label) for label in ("red", "blue")])
    made = Book.objects.bulk_create(
        [
            Book(
                title=f"Book {number:02}",
                isbn=f"{number:013}",
                price=Decimal(number),
                pages=number * 10,
                author=authors[number % 3],
                publisher=houses[number % 2] if number % 5 else None,
                published=dt.date(2020 + number % 4, 1 + number % 12, 1 + number),
                status="live" if number % 2 else "draft",
                on_sale=number % 3 == 0,
                subtitle="sub" if number % 4 == 0 else None,
            )
            for number in range(25)
        ]
    )
    through = Book.tags.through
    through.objects.bulk_create(
        through(book=book, tag=tag)
        for number, book in enumerate(made)
        for tag in (tags if number % 4 == 0 else tags[:1] if number % 2 == 0 else [])
    )
    return made

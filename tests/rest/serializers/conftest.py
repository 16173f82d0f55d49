"""What tests of serializers share: the library's rows, calls of either colour, and counted statements."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from manoir.bridge import run
from tests.library.models import Author, Book, Publisher, Review, Tag
from tests.models.colours import statements


class Colour:
    """Checks, saves and shows a serializer, as sync code or in a coroutine."""

    def __init__(self, name: str) -> None:
        self.name = name

    def valid(self, serializer: Any, **options: Any) -> bool:
        return serializer.is_valid(**options) if self.name == "sync" else run(serializer.ais_valid(**options))

    def save(self, serializer: Any, **values: Any) -> Any:
        return serializer.save(**values) if self.name == "sync" else run(serializer.asave(**values))

    def data(self, serializer: Any) -> Any:
        return serializer.data if self.name == "sync" else run(serializer.adata())


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> Colour:
    return Colour(request.param)


@pytest.fixture
def rows(database: Any) -> SimpleNamespace:
    """Two authors, three tags, two books."""
    ann = Author.objects.create(name="Ann", email="ann@example.com", born=dt.date(1970, 1, 2))
    bob = Author.objects.create(name="Bob", mentor=ann)
    house = Publisher.objects.create(name="House", founded=dt.date(1900, 1, 1))
    tags = [Tag.objects.create(label=label, slug=label.lower()) for label in ("Art", "Bees", "Cats")]
    emma = Book.objects.create(title="Emma", price=Decimal("12.50"), author=ann, publisher=house, pages=10, isbn="1")
    dune = Book.objects.create(title="Dune", price=Decimal("8.00"), author=bob, rating=4.5)
    emma.tags.set(tags[:2])
    dune.tags.set(tags[1:])
    Review.objects.create(book=emma, reader="Eve", stars=5)
    Review.objects.create(book=emma, reader="Sam", stars=1)
    return SimpleNamespace(ann=ann, bob=bob, house=house, tags=tags, emma=emma, dune=dune, connection=database)


@pytest.fixture
def counted(database: Any) -> Any:
    """`with counted() as found:` collects the texts of the statements."""
    return lambda: statements(database)

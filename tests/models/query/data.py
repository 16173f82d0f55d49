"""Rows for tests of queries: written by plain SQL, kept as Python objects, from which expected answers are computed."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from tests.library import models as library

from manoir.models._queryset import QuerySet

UTC = dt.UTC


@dataclass
class PublisherRow:
    id: int
    name: str
    country: str = ""
    founded: dt.date | None = None
    website: str = ""


@dataclass
class AuthorRow:
    id: int
    name: str
    email: str | None = None
    born: dt.date | None = None
    active: bool = True
    mentor_id: int | None = None


@dataclass
class ProfileRow:
    author_id: int
    bio: str = ""
    preferences: Any = field(default_factory=dict)
    address: str | None = None


@dataclass
class TagRow:
    id: int
    label: str
    slug: str


@dataclass
class BookRow:
    id: int
    title: str
    author_id: int
    created: dt.datetime = dt.datetime(2026, 1, 1, 12, tzinfo=UTC)
    updated: dt.datetime = dt.datetime(2026, 1, 1, 12, tzinfo=UTC)
    subtitle: str | None = None
    isbn: str | None = None
    price: Decimal = Decimal("0.00")
    pages: int = 0
    rating: float | None = None
    published: dt.date | None = None
    status: str = "draft"
    on_sale: bool = False
    size: Any = None
    extra: Any = None
    cover: bytes | None = None
    reading_time: dt.timedelta | None = None
    publisher_id: int | None = None
    sequel_to_id: int | None = None


@dataclass
class ReviewRow:
    id: uuid.UUID
    book_id: int
    reader: str
    stars: int = 3
    text: str = ""
    posted: dt.datetime = dt.datetime(2026, 1, 1, tzinfo=UTC)
    posted_at: dt.time | None = None
    helpful: int = 0


@dataclass
class LinkRow:
    id: int
    book_id: int
    tag_id: int


@dataclass
class Shop:
    """All rows, by table."""

    publishers: list[PublisherRow]
    authors: list[AuthorRow]
    profiles: list[ProfileRow]
    tags: list[TagRow]
    books: list[BookRow]
    reviews: list[ReviewRow]
    links: list[LinkRow]

    def tags_of(self, book: BookRow) -> list[TagRow]:
        return [tag for link in self.links if link.book_id == book.id for tag in self.tags if tag.id == link.tag_id]

    def reviews_of(self, book: BookRow) -> list[ReviewRow]:
        return [review for review in self.reviews if review.book_id == book.id]

    def books_of(self, author: AuthorRow) -> list[BookRow]:
        return [book for book in self.books if book.author_id == author.id]


def make_shop() -> Shop:
    day = dt.date
    return Shop(
        publishers=[
            PublisherRow(1, "Atlas", "de", day(1950, 1, 1)),
            PublisherRow(2, "Beacon", "us", day(1854, 5, 6)),
            PublisherRow(3, "Comet", "us"),
        ],
        authors=[
            AuthorRow(1, "Ann", "ann@example.org", day(1970, 3, 1)),
            AuthorRow(2, "Bob", None, day(1980, 7, 15), mentor_id=1),
            AuthorRow(3, "Cid", "cid@example.org", None, active=False, mentor_id=1),
            AuthorRow(4, "Dee", None, None),
        ],
        profiles=[
            ProfileRow(
                1,
                "Writes a lot.",
                {"theme": "dark", "langs": ["en", "de"], "depth": {"level": 3}, 'a"b': 1, "on": True},
            ),
            ProfileRow(2, "", {"theme": "light", "nothing": None, "count": 1}),
        ],
        tags=[
            TagRow(1, "Sea", "sea"),
            TagRow(2, "War", "war"),
            TagRow(3, "Love", "love"),
            TagRow(4, "Unused", "unused"),
        ],
        books=[
            BookRow(
                1,
                "Alpha",
                1,
                price=Decimal("10.00"),
                pages=100,
                rating=4.5,
                published=day(2001, 1, 31),
                status="live",
                on_sale=True,
                publisher_id=1,
                isbn="1111111111111",
                reading_time=dt.timedelta(hours=2),
                extra={"a": 1, "b": [1, 2]},
            ),
            BookRow(
                2,
                "beta 100%",
                1,
                price=Decimal("9.50"),
                pages=250,
                rating=3.0,
                published=day(2001, 12, 31),
                status="live",
                publisher_id=2,
                subtitle="a_b",
                sequel_to_id=1,
                reading_time=dt.timedelta(minutes=90, microseconds=5),
            ),
            BookRow(
                3,
                "Gamma",
                2,
                price=Decimal("100.25"),
                pages=250,
                published=None,
                status="gone",
                publisher_id=2,
                subtitle="",
            ),
            BookRow(
                4,
                "delta*[x]?",
                3,
                price=Decimal("9.50"),
                pages=0,
                rating=5.0,
                published=day(2010, 6, 1),
                on_sale=True,
                extra=[1, 2, 3],
            ),
            BookRow(
                5,
                "Épsilon",
                2,
                price=Decimal("0.00"),
                pages=1000,
                rating=1.25,
                published=day(2020, 2, 29),
                status="live",
                cover=b"\x00\xff",
                subtitle="Sub",
                created=dt.datetime(2025, 12, 31, 23, 30, tzinfo=UTC),
                size={"width": 1, "height": 2, "notes": []},
            ),
        ],
        reviews=[
            ReviewRow(
                uuid.UUID(int=1),
                1,
                "rex",
                5,
                "Great",
                dt.datetime(2026, 1, 2, 3, 4, 5, 600000, tzinfo=UTC),
                dt.time(8, 30),
            ),
            ReviewRow(
                uuid.UUID(int=2),
                1,
                "sue",
                1,
                "Bad",
                dt.datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC),
                dt.time(23, 59, 59),
            ),
            ReviewRow(uuid.UUID(int=3), 2, "rex", 3, "", dt.datetime(2025, 12, 31, 22, 0, tzinfo=UTC)),
            ReviewRow(
                uuid.UUID(int=4), 3, "tom", 5, "Great war", dt.datetime(2024, 7, 4, 12, 0, tzinfo=UTC), helpful=7
            ),
        ],
        links=[
            LinkRow(1, 1, 1),
            LinkRow(2, 1, 2),
            LinkRow(3, 2, 1),
            LinkRow(4, 3, 3),
            LinkRow(5, 3, 2),
            LinkRow(6, 5, 1),
        ],
    )


TABLES = (
    ("publishers", library.Publisher),
    ("authors", library.Author),
    ("profiles", library.Profile),
    ("tags", library.Tag),
    ("books", library.Book),
    ("reviews", library.Review),
    ("links", library.Book._meta.get_field("tags").remote_field.through),
)


async def fill(connection: Any) -> Shop:
    """Write all rows and answer them."""
    shop = make_shop()
    for name, model in TABLES:
        meta = model._meta
        for row in getattr(shop, name):
            columns, values = [], []
            for one in fields(row):
                model_field = meta.get_field(one.name)
                value = getattr(row, one.name)
                convert = connection.to_driver(model_field.column_type)
                columns.append(connection.quote_name(model_field.column))
                values.append(value if value is None or convert is None else convert(value))
            marks = [f"${n}" if connection.vendor == "postgresql" else "?" for n in range(1, len(values) + 1)]
            table = connection.quote_name(meta.db_table)
            await connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(marks)})", values)
    return shop


def objects(model: Any) -> QuerySet[Any, Any]:
    return QuerySet(model)

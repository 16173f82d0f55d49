"""Each lookup on each kind of column, against the same question asked of Python objects."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.library.models import Author, Book, Profile, Publisher, Review, Status
from tests.models.query.data import BookRow, Shop, objects

from manoir.exceptions import FieldError, FieldTypeError
from manoir.models import F, Value

UTC = dt.UTC
DAY = dt.date


def has(value: str | None, test: Callable[[str], Any]) -> bool:
    return value is not None and bool(test(value))


BOOKS: list[tuple[dict[str, Any], Callable[[BookRow], Any]]] = [
    ({"title": "Alpha"}, lambda b: b.title == "Alpha"),
    ({"title__exact": "alpha"}, lambda b: False),
    ({"title__iexact": "alpha"}, lambda b: b.title == "Alpha"),
    ({"title__iexact": "beta 100%"}, lambda b: b.title == "beta 100%"),
    ({"title__contains": "a"}, lambda b: "a" in b.title),
    ({"title__contains": "A"}, lambda b: "A" in b.title),
    ({"title__contains": "%"}, lambda b: "%" in b.title),
    ({"title__contains": "_"}, lambda b: "_" in b.title),
    ({"title__contains": "*["}, lambda b: "*[" in b.title),
    ({"title__contains": "]?"}, lambda b: "]?" in b.title),
    ({"title__contains": "!"}, lambda b: False),
    ({"title__contains": "É"}, lambda b: "É" in b.title),
    ({"title__contains": ""}, lambda b: True),
    ({"title__icontains": "A"}, lambda b: "a" in b.title.lower()),
    ({"title__icontains": "%"}, lambda b: "%" in b.title),
    ({"title__startswith": "b"}, lambda b: b.title.startswith("b")),
    ({"title__startswith": "B"}, lambda b: False),
    ({"title__istartswith": "B"}, lambda b: b.title.lower().startswith("b")),
    ({"title__endswith": "a"}, lambda b: b.title.endswith("a")),
    ({"title__endswith": "?"}, lambda b: b.title.endswith("?")),
    ({"title__iendswith": "A"}, lambda b: b.title.lower().endswith("a")),
    ({"subtitle__contains": "_"}, lambda b: has(b.subtitle, lambda s: "_" in s)),
    ({"subtitle": None}, lambda b: b.subtitle is None),
    ({"subtitle": ""}, lambda b: b.subtitle == ""),
    ({"subtitle__iexact": None}, lambda b: b.subtitle is None),
    ({"subtitle__isnull": True}, lambda b: b.subtitle is None),
    ({"subtitle__isnull": False}, lambda b: b.subtitle is not None),
    ({"title__regex": r"^[A-Z]"}, lambda b: re.search(r"^[A-Z]", b.title)),
    ({"title__iregex": r"^g.m+A$"}, lambda b: re.search(r"(?i)^g.m+A$", b.title)),
    ({"title__in": ["Alpha", "Gamma", "nope"]}, lambda b: b.title in ("Alpha", "Gamma")),
    ({"title__in": []}, lambda b: False),
    ({"title__in": {"Alpha"}}, lambda b: b.title == "Alpha"),
    ({"title__gt": "Gamma"}, None),
    ({"pages": 250}, lambda b: b.pages == 250),
    ({"pages": "250"}, lambda b: b.pages == 250),
    ({"pages__gt": 100}, lambda b: b.pages > 100),
    ({"pages__gte": 100}, lambda b: b.pages >= 100),
    ({"pages__lt": 250}, lambda b: b.pages < 250),
    ({"pages__lte": 250}, lambda b: b.pages <= 250),
    ({"pages__gt": 99.5}, lambda b: b.pages > 99.5),
    ({"pages__gte": 99.5}, lambda b: b.pages >= 99.5),
    ({"pages__lt": 100.5}, lambda b: b.pages < 100.5),
    ({"pages__lte": Decimal("100.5")}, lambda b: b.pages <= 100.5),
    ({"pages": 100.5}, lambda b: False),
    ({"pages": 100.0}, lambda b: b.pages == 100),
    ({"pages__gt": -1}, lambda b: True),
    ({"pages__range": (100, 250)}, lambda b: 100 <= b.pages <= 250),
    ({"pages__range": (100, 10**30)}, lambda b: b.pages >= 100),
    ({"pages__range": (10**30, 10**31)}, lambda b: False),
    ({"pages": 10**30}, lambda b: False),
    ({"pages__lt": 10**30}, lambda b: True),
    ({"pages__gt": -(10**30)}, lambda b: True),
    ({"pages__gte": 10**30}, lambda b: False),
    ({"pages__in": [100, 10**30, None, 250.0]}, lambda b: b.pages in (100, 250)),
    ({"pages__contains": "5"}, lambda b: "5" in str(b.pages)),
    ({"price": Decimal("9.50")}, lambda b: b.price == Decimal("9.5")),
    ({"price": "9.5"}, lambda b: b.price == Decimal("9.5")),
    ({"price": 10}, lambda b: b.price == 10),
    ({"price__lt": 10}, lambda b: b.price < 10),
    ({"price__lt": Decimal("9.996")}, lambda b: b.price < Decimal("9.996")),
    ({"price__gt": 9.5}, lambda b: b.price > Decimal("9.5")),
    ({"price__gt": Decimal("10000000000")}, lambda b: False),
    ({"price__in": [Decimal("9.5"), 10, "100.25"]}, lambda b: b.price in (Decimal("9.5"), 10, Decimal("100.25"))),
    ({"price__range": (9, 50)}, lambda b: 9 <= b.price <= 50),
    ({"rating": 4.5}, lambda b: b.rating == 4.5),
    ({"rating__gte": 3}, lambda b: b.rating is not None and b.rating >= 3),
    ({"rating__in": [4.5, 5]}, lambda b: b.rating in (4.5, 5.0)),
    ({"published": DAY(2001, 1, 31)}, lambda b: b.published == DAY(2001, 1, 31)),
    ({"published": "2001-01-31"}, lambda b: b.published == DAY(2001, 1, 31)),
    ({"published__lt": DAY(2010, 6, 1)}, lambda b: b.published and b.published < DAY(2010, 6, 1)),
    ({"published__year": 2001}, lambda b: b.published and b.published.year == 2001),
    ({"published__year__exact": 2001}, lambda b: b.published and b.published.year == 2001),
    ({"published__year__gt": 2001}, lambda b: b.published and b.published.year > 2001),
    ({"published__year__gte": 2010}, lambda b: b.published and b.published.year >= 2010),
    ({"published__year__lt": 2010}, lambda b: b.published and b.published.year < 2010),
    ({"published__year__lte": 2010}, lambda b: b.published and b.published.year <= 2010),
    ({"published__year__in": [2001, 2020]}, lambda b: b.published and b.published.year in (2001, 2020)),
    ({"published__year": 10**6}, lambda b: False),
    ({"published__year__lt": 10**6}, lambda b: b.published is not None),
    ({"published__month": 12}, lambda b: b.published and b.published.month == 12),
    ({"published__month__gt": 5}, lambda b: b.published and b.published.month > 5),
    ({"published__day": 31}, lambda b: b.published and b.published.day == 31),
    ({"published__week_day": 4}, lambda b: b.published and b.published.isoweekday() % 7 + 1 == 4),
    ({"published__iso_week_day": 3}, lambda b: b.published and b.published.isoweekday() == 3),
    ({"published__week": 1}, lambda b: b.published and b.published.isocalendar().week == 1),
    ({"published__iso_year": 2002}, lambda b: b.published and b.published.isocalendar().year == 2002),
    ({"published__quarter": 1}, lambda b: b.published and (b.published.month + 2) // 3 == 1),
    ({"published__isnull": True}, lambda b: b.published is None),
    ({"created__year": 2025}, lambda b: b.created.year == 2025),
    ({"created__date": DAY(2025, 12, 31)}, lambda b: b.created.date() == DAY(2025, 12, 31)),
    ({"created__date__lt": DAY(2026, 1, 1)}, lambda b: b.created.date() < DAY(2026, 1, 1)),
    ({"created__hour": 23}, lambda b: b.created.hour == 23),
    ({"created__minute": 30}, lambda b: b.created.minute == 30),
    ({"created__time__gte": dt.time(13)}, lambda b: b.created.time() >= dt.time(13)),
    ({"created__lt": dt.datetime(2026, 1, 1, tzinfo=UTC)}, lambda b: b.created < dt.datetime(2026, 1, 1, tzinfo=UTC)),
    ({"status": "live"}, lambda b: b.status == "live"),
    ({"status": Status.LIVE}, lambda b: b.status == "live"),
    ({"status__in": [Status.LIVE, "gone"]}, lambda b: b.status in ("live", "gone")),
    ({"on_sale": True}, lambda b: b.on_sale),
    ({"on_sale": False}, lambda b: not b.on_sale),
    ({"on_sale__in": [True]}, lambda b: b.on_sale),
    ({"reading_time": dt.timedelta(hours=2)}, lambda b: b.reading_time == dt.timedelta(hours=2)),
    ({"reading_time__lt": dt.timedelta(hours=2)}, lambda b: b.reading_time and b.reading_time < dt.timedelta(hours=2)),
    ({"cover": b"\x00\xff"}, lambda b: b.cover == b"\x00\xff"),
    ({"cover__in": [b"\x00\xff", b"x"]}, lambda b: b.cover == b"\x00\xff"),
    ({"author": 1}, lambda b: b.author_id == 1),
    ({"author_id": 1}, lambda b: b.author_id == 1),
    ({"author__pk": 1}, lambda b: b.author_id == 1),
    ({"author__id__gt": 1}, lambda b: b.author_id > 1),
    ({"author__in": [1, 2]}, lambda b: b.author_id in (1, 2)),
    ({"author_id__in": [3]}, lambda b: b.author_id == 3),
    ({"publisher": None}, lambda b: b.publisher_id is None),
    ({"publisher__isnull": False}, lambda b: b.publisher_id is not None),
    ({"publisher__name": "Beacon"}, lambda b: b.publisher_id == 2),
    ({"publisher__founded": None}, lambda b: b.publisher_id is None),
    ({"sequel_to__title": "Alpha"}, lambda b: b.sequel_to_id == 1),
    ({"pk": 3}, lambda b: b.id == 3),
    ({"pk__in": (1, 3)}, lambda b: b.id in (1, 3)),
    ({"title": "x\x00y"}, lambda b: False),
    ({"title__contains": "\x00"}, lambda b: False),
    ({"title": "\ud800"}, lambda b: False),
    ({"title__in": ["\ud800", "\x00", "Alpha"]}, lambda b: b.title == "Alpha"),
    ({"title": F("title")}, lambda b: True),
    ({"pages__gt": F("author_id") * 100}, lambda b: b.pages > b.author_id * 100),
    ({"pages__gte": Value(250)}, lambda b: b.pages >= 250),
    ({"price__lt": F("pages")}, lambda b: b.price < b.pages),
    ({"title__startswith": F("author__name")}, lambda b: False),
]


@pytest.mark.parametrize(("lookups", "expected"), BOOKS, ids=[str(lookups) for lookups, _ in BOOKS])
async def test_lookup_and_its_complement(shop: Shop, lookups: dict[str, Any], expected: Any) -> None:
    found = {book.id async for book in objects(Book).filter(**lookups)}
    if expected is not None:
        assert found == {row.id for row in shop.books if expected(row)}
    left_out = {book.id async for book in objects(Book).exclude(**lookups)}
    assert found | left_out == {row.id for row in shop.books}
    assert not found & left_out


def test_instances_stand_for_their_keys(shop: Shop) -> None:
    ann = objects(Author).get(name="Ann")
    assert {book.id for book in objects(Book).filter(author=ann)} == {1, 2}
    assert {book.id for book in objects(Book).filter(author__in=[ann, 3])} == {1, 2, 4}
    assert {book.id for book in objects(Book).filter(author=ann, author_id=ann.pk)} == {1, 2}
    beta = objects(Book).get(pk=2)
    assert [author.name for author in objects(Author).filter(books=beta)] == ["Ann"]
    assert [profile.pk for profile in objects(Profile).filter(author=ann)] == [1]
    assert [review.reader for review in objects(Review).filter(book__author=ann).order_by("pk")] == [
        "rex",
        "sue",
        "rex",
    ]


def test_instance_of_another_model_is_refused(shop: Shop) -> None:
    publisher = objects(Publisher).get(pk=1)
    with pytest.raises(
        FieldTypeError, match=r"library.Book.author is compared with a Publisher instance; it has to be a Author"
    ):
        objects(Book).filter(author=publisher)
    with pytest.raises(ValueError, match="not saved yet"):
        objects(Book).filter(author=Author(name="New"))


def test_values_of_the_wrong_type_are_refused_at_the_call() -> None:
    with pytest.raises(FieldTypeError, match=r"library.Book.pages expects .*'abc'"):
        objects(Book).filter(pages="abc")
    for lookups in (
        {"price__lt": "cheap"},
        {"published": "yesterday"},
        {"author": "Ann"},
        {"pages__in": ["1", "x"]},
        {"pages__in": [[1]]},
        {"pages__in": 5},
        {"title__in": "Alpha"},
        {"pages__range": 5},
        {"pages__range": (1, 2, 3)},
        {"pages__isnull": 1},
        {"pages__gt": None},
        {"title__contains": None},
        {"title__regex": 5},
        {"rating": "NaN!"},
    ):
        with pytest.raises(FieldTypeError):
            objects(Book).filter(**lookups)


def test_unknown_names_list_the_near_ones() -> None:
    with pytest.raises(
        FieldError,
        match=r"Book has no field 'titel' \(in filter\(\), .*test_lookups.py:\d+\). Did you mean 'title' or 'subtitle'\?.* Fields: .*title",
    ):
        objects(Book).filter(titel="x")
    with pytest.raises(
        FieldError,
        match=r"library.Book.title has no lookup or transform 'icontain' .*Did you mean 'icontains'.*Known: .*startswith",
    ):
        objects(Book).filter(title__icontain="x")
    with pytest.raises(FieldError, match="Author has no field 'nam'"):
        objects(Book).filter(author__nam="x")
    with pytest.raises(FieldError, match=r"Author has no field 'contains', and it is no lookup of a relation either"):
        objects(Book).filter(author__contains="x")
    with pytest.raises(FieldError, match="has no lookup or transform 'hour'"):
        objects(Book).filter(published__hour=1)
    with pytest.raises(FieldError):
        objects(Book).filter(title__exact__exact="x")


def test_a_list_of_any_length_has_one_text(shop: Shop) -> None:
    texts = {str(objects(Book).filter(pk__in=range(1, length)).query) for length in (2, 3, 50)}
    assert len(texts) == 1
    assert objects(Book).filter(pk__in=list(range(5_000))).count() == 5


def test_in_takes_querysets(shop: Shop) -> None:
    actives = objects(Author).filter(active=True)
    assert {book.id for book in objects(Book).filter(author__in=actives)} == {1, 2, 3, 5}
    assert {book.id for book in objects(Book).filter(author__name__in=actives.values("name"))} == {1, 2, 3, 5}
    assert {book.id for book in objects(Book).exclude(author__in=actives)} == {4}
    assert {book.id for book in objects(Book).filter(pk__in=objects(Book).order_by("-pages")[:2])} >= {5}
    assert list(objects(Book).filter(author__in=actives.none())) == []
    with pytest.raises(FieldError, match="has to read one value"):
        objects(Book).filter(author__in=actives.values("id", "name"))


def test_exact_takes_a_queryset_of_one_row(shop: Shop) -> None:
    longest = objects(Book).order_by("-pages").values("pk")[:1]
    assert objects(Book).get(pk=longest).title == "Épsilon"
    with pytest.raises(ValueError, match="may have several rows"):
        objects(Book).filter(pk=objects(Book).values("pk"))

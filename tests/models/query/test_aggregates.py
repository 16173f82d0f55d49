"""annotate, aggregate, GROUP BY and HAVING."""

from __future__ import annotations

import datetime as dt
import statistics
from decimal import Decimal
from typing import Any

import pytest
from tests.library.models import Author, Book, Publisher, Review, Tag
from tests.models.query.data import Shop, objects

from manoir.exceptions import FieldError
from manoir.models import F, Q, Value
from manoir.models._aggregates import Avg, Count, Max, Min, StdDev, Sum, Variance
from manoir.models._choosing import Case, When
from manoir.models._subqueries import Exists, OuterRef
from manoir.models.functions import Coalesce, Lower, TruncMonth


def test_counts_of_related_rows(shop: Shop) -> None:
    authors = objects(Author).annotate(book_count=Count("books")).order_by("pk")
    assert [author.book_count for author in authors] == [2, 2, 1, 0]
    assert [author.name for author in authors.filter(book_count__gte=2)] == ["Ann", "Bob"]
    assert [author.name for author in authors.filter(book_count__gte=2, name="Bob")] == ["Bob"]
    assert [author.name for author in authors.exclude(book_count__gte=2)] == ["Cid", "Dee"]
    assert [author.name for author in authors.filter(Q(book_count=0) | Q(name="Ann"))] == ["Ann", "Dee"]
    assert [author.name for author in objects(Author).annotate(n=Count("books")).order_by("-n", "-name")] == [
        "Bob",
        "Ann",
        "Cid",
        "Dee",
    ]
    assert authors.count() == 4
    assert authors.filter(book_count=2).count() == 2
    assert authors.filter(book_count=2).exists()
    assert not authors.filter(book_count=7).exists()


def test_filter_before_and_after_annotate(shop: Shop) -> None:
    before = objects(Author).filter(books__price__gt=9).annotate(n=Count("books")).order_by("pk")
    assert [(author.name, author.n) for author in before] == [("Ann", 2), ("Bob", 1), ("Cid", 1)]
    after = objects(Author).annotate(n=Count("books", distinct=True)).filter(books__price__gt=9).order_by("pk")
    assert {(author.name, author.n) for author in after} == {("Ann", 2), ("Bob", 2), ("Cid", 1)}


def test_conditional_and_distinct_aggregates(shop: Shop) -> None:
    found = (
        objects(Author)
        .annotate(
            live=Count("books", filter=Q(books__status="live"), distinct=True), tags=Count("books__tags", distinct=True)
        )
        .order_by("pk")
    )
    assert [(author.live, author.tags) for author in found] == [(2, 2), (1, 3), (0, 0), (0, 0)]
    total = objects(Book).aggregate(
        live=Sum("pages", filter=Q(status="live")),
        none=Sum("pages", filter=Q(pk=-1)),
        zero=Sum("pages", filter=Q(pk=-1), default=0),
    )
    assert total == {"live": 1350, "none": None, "zero": 0}


def test_aggregates_over_all_rows(shop: Shop) -> None:
    books = shop.books
    found = objects(Book).aggregate(
        Count("pk"), Sum("price"), Min("published"), Max("title"), pages=Avg("pages"), span=Sum("reading_time")
    )
    assert found == {
        "pk__count": 5,
        "price__sum": sum(book.price for book in books),
        "published__min": dt.date(2001, 1, 31),
        "title__max": found["title__max"],
        "pages": 320.0,
        "span": dt.timedelta(hours=3, minutes=30, microseconds=5),
    }
    assert type(found["pages"]) is float
    assert type(found["price__sum"]) is Decimal
    assert objects(Book).aggregate(x=Avg("price"))["x"] == Decimal("25.85")
    assert objects(Book).aggregate(low=Min("price"), high=Max("price")) == {
        "low": Decimal("0.00"),
        "high": Decimal("100.25"),
    }
    assert objects(Book).aggregate(n=Count("*"), named=Count("subtitle")) == {"n": 5, "named": 3}
    assert objects(Book).filter(pk__in=[]).aggregate(n=Count("pk"), s=Sum("pages")) == {"n": 0, "s": None}
    assert objects(Book).aggregate(total=Sum(F("price") * F("pages")))["total"] == sum(
        book.price * book.pages for book in books
    )
    assert objects(Book).aggregate(x=Sum("pages") + Count("pk"))["x"] == 1605
    assert objects(Book).aggregate() == {}


def test_spread(shop: Shop) -> None:
    pages = [book.pages for book in shop.books]
    found = objects(Book).aggregate(
        a=StdDev("pages"), b=StdDev("pages", sample=True), c=Variance("pages"), d=Variance("pages", sample=True)
    )
    expected = [
        statistics.pstdev(pages),
        statistics.stdev(pages),
        statistics.pvariance(pages),
        statistics.variance(pages),
    ]
    assert list(found.values()) == pytest.approx(expected)


def test_values_before_annotate_group(shop: Shop) -> None:
    by_status = objects(Book).values("status").annotate(n=Count("pk"), total=Sum("pages")).order_by("status")
    assert [(row["status"].value, row["n"], row["total"]) for row in by_status] == [
        ("draft", 1, 0),
        ("gone", 1, 250),
        ("live", 3, 1350),
    ]
    by_author = objects(Book).values("author__name").annotate(n=Count("pk")).order_by("-n", "author__name")
    assert list(by_author) == [
        {"author__name": "Ann", "n": 2},
        {"author__name": "Bob", "n": 2},
        {"author__name": "Cid", "n": 1},
    ]
    assert list(by_author.filter(n__gt=1).values_list("author__name", flat=True)) == ["Ann", "Bob"]
    assert by_author.count() == 3
    assert list(objects(Book).values_list("pages").annotate(Count("pk")).order_by("pages")) == [
        (0, 1),
        (100, 1),
        (250, 2),
        (1000, 1),
    ]
    computed = objects(Book).values(first=Lower("author__name")).annotate(n=Count("pk")).order_by("first")
    assert next(iter(computed)) == {"first": "ann", "n": 2}
    months = (
        objects(Review).annotate(month=TruncMonth("posted")).values("month").annotate(n=Count("pk")).order_by("month")
    )
    assert [row["n"] for row in months] == [1, 1, 1, 1]


def test_meta_ordering_does_not_split_groups(shop: Shop) -> None:
    assert sorted((row["author"], row["n"]) for row in objects(Book).values("author").annotate(n=Count("pk"))) == [
        (1, 2),
        (2, 2),
        (3, 1),
    ]


def test_values_after_annotate_keep_the_group_of_the_row(shop: Shop) -> None:
    rows = objects(Book).annotate(n=Count("tags")).values("pages", "n").order_by("pages", "n")
    assert [(row["pages"], row["n"]) for row in rows] == [(0, 0), (100, 2), (250, 1), (250, 2), (1000, 1)]


def test_aggregates_of_annotations(shop: Shop) -> None:
    assert objects(Author).annotate(n=Count("books")).aggregate(Avg("n"), top=Max("n")) == {"n__avg": 1.25, "top": 2}
    assert objects(Book).order_by("-pages")[:2].aggregate(Sum("pages"))["pages__sum"] == 1250
    assert objects(Book).values("pages").distinct().aggregate(s=Sum("pages"))["s"] == 1350
    assert objects(Book).annotate(double=F("pages") * 2).aggregate(s=Sum("double"))["s"] == 3200
    assert objects(Book).filter(tags__label__in=["Sea", "War"]).distinct().aggregate(n=Count("pk"), s=Sum("pages")) == {
        "n": 4,
        "s": 1600,
    }
    low = objects(Book).filter(price__lt=10)
    assert low.union(objects(Book).filter(pages=250)).count() == 4


def test_computed_values(shop: Shop) -> None:
    books = (
        objects(Book)
        .annotate(
            double=F("price") * 2,
            half=F("pages") / 2,
            long=Q(pages__gt=200),
            has_tags=Exists(objects(Tag).filter(books=OuterRef("pk"))),
            one=Value(1),
        )
        .order_by("pk")
    )
    first = books[0]
    assert (first.double, first.half, first.long, first.has_tags, first.one) == (Decimal("20.00"), 50, False, True, 1)
    assert type(first.long) is bool
    assert [book.pk for book in books.filter(long=True)] == [2, 3, 5]
    assert [book.pk for book in books.filter(has_tags=False)] == [4]
    assert [book.pk for book in books.filter(double__gt=20)] == [3]
    cased = objects(Book).annotate(
        kind=Case(
            When(pages__gte=500, then=Value("long")), When(Q(pages=0), then=Value("none")), default=Value("short")
        )
    )
    assert dict(cased.values_list("pk", "kind")) == {1: "short", 2: "short", 3: "short", 4: "none", 5: "long"}
    assert cased.values("kind").annotate(n=Count("pk")).get(kind="short")["n"] == 3
    assert [book.pk for book in cased.order_by("kind", "pk")] == [5, 4, 1, 2, 3]
    assert objects(Book).annotate(sub=Coalesce("subtitle", Value("-"))).get(pk=1).sub == "-"
    assert objects(Book).aggregate(n=Sum(Case(When(on_sale=True, then=1), default=0)))["n"] == 2


def test_alias_is_not_part_of_the_row(shop: Shop) -> None:
    found = objects(Author).alias(n=Count("books")).filter(n=2).order_by("-n", "pk")
    assert [author.name for author in found] == ["Ann", "Bob"]
    assert "n" not in vars(found[0])
    assert set(objects(Tag).alias(x=Lower("label")).values().get(pk=1)) == {"id", "label", "slug"}


def test_annotated_rows_are_sorted_sliced_and_counted(shop: Shop) -> None:
    queryset = objects(Publisher).annotate(n=Count("books"), top=Max("books__price"))
    assert [(row.name, row.n, row.top) for row in queryset] == [
        ("Atlas", 1, Decimal("10.00")), ("Beacon", 2, Decimal("100.25")), ("Comet", 0, None)
    ]  # fmt: skip
    assert [row.name for row in queryset.order_by(F("top").desc(nulls_last=True))[:2]] == ["Beacon", "Atlas"]
    assert queryset.filter(n__gt=0)[:1].count() == 1
    related = objects(Book).select_related("author", "publisher").annotate(n=Count("tags")).order_by("-n", "pk")
    assert [(book.pk, vars(book)["author"].name, book.n) for book in related][:2] == [(1, "Ann", 2), (3, "Bob", 2)]


def test_names_and_nesting_are_checked() -> None:
    with pytest.raises(ValueError, match="Book has a field of that name"):
        objects(Book).annotate(title=Value(1))
    with pytest.raises(TypeError, match="Two values would be called 'tags__count'"):
        objects(Book).annotate(Count("tags"), Count("tags"))
    with pytest.raises(TypeError, match=r"No name follows from .*pages"):
        objects(Book).annotate(Count(F("pages") + 1))
    with pytest.raises(FieldError, match="is an aggregate itself"):
        objects(Book).annotate(n=Count("tags")).annotate(m=Sum("n"))
    with pytest.raises(TypeError, match="takes an aggregate such as Sum"):
        objects(Book).aggregate(n=F("pages"))
    with pytest.raises(FieldError, match=r"no field 'tagz' \(in annotate\(n=…\)"):
        objects(Book).annotate(n=Count("tagz"))
    with pytest.raises(ValueError, match="counts rows, which all differ"):
        Count("*", distinct=True)
    with pytest.raises(TypeError, match="this aggregate has no DISTINCT"):
        Max("pages", distinct=True)
    with pytest.raises(TypeError, match=r"needs to know the order of these groups.*order_by"):
        objects(Book).values("author").annotate(n=Count("pk")).first()
    with pytest.raises(FieldError, match="mixes"):
        objects(Book).annotate(x=F("price") * F("rating"))


def test_unknown_annotation_lists_annotations(shop: Shop) -> Any:
    with pytest.raises(FieldError, match="Did you mean 'tag_count'"):
        objects(Book).annotate(tag_count=Count("tags")).filter(tag_coun=1)

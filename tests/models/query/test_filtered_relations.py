"""FilteredRelation: relations under a name of their own, joined to the rows that fulfil a condition."""

from __future__ import annotations

from typing import Any

import pytest
from tests.library.models import Author, Book, Publisher, Tag
from tests.models.colours import statements
from tests.models.query.data import Shop, objects

from manoir.bridge import wait
from manoir.exceptions import FieldError, NotSupportedError
from manoir.models import Count, Exists, F, FilteredRelation, OuterRef, Q, Subquery, Sum
from manoir.models._plan import plans_of


def long_books(least: int = 200) -> Any:
    return objects(Author).annotate(
        long=FilteredRelation("books", condition=Q(books__pages__gte=least)),
    )


def test_rows_without_a_match_stay(shop: Shop) -> None:
    rows = long_books().order_by("name", "long__pages").values_list("name", "long__title", "long__pages")
    assert list(rows) == [
        ("Ann", "beta 100%", 250),
        ("Bob", "Gamma", 250),
        ("Bob", "Épsilon", 1000),
        ("Cid", None, None),
        ("Dee", None, None),
    ]


def test_conditions_meet_the_joined_rows(shop: Shop) -> None:
    assert [author.name for author in long_books().filter(long__title__icontains="gam")] == ["Bob"]
    assert [author.name for author in long_books().filter(long__isnull=True)] == ["Cid", "Dee"]
    assert sorted({author.name for author in long_books().filter(long__isnull=False)}) == ["Ann", "Bob"]
    assert [author.name for author in long_books().filter(long=2)] == ["Ann"]
    assert [author.name for author in long_books().filter(long__pages__gt=500, long__status="live")] == ["Bob"]
    assert [author.name for author in long_books().filter(long__publisher__name="Beacon")] == ["Ann", "Bob"]
    assert [author.name for author in long_books().filter(Q(long__pages=1000) | Q(name="Dee"))] == ["Bob", "Dee"]


def test_filters_of_several_calls_meet_the_same_row(shop: Shop) -> None:
    both = long_books(0).filter(long__title="Alpha").filter(long__pages=250)
    assert list(both) == []
    assert str(both.query).count("JOIN") == 1


def test_excluded_are_rows_that_any_match_excludes(shop: Shop) -> None:
    assert [author.name for author in long_books().exclude(long__title="Gamma").distinct()] == ["Ann", "Cid", "Dee"]
    assert [author.name for author in long_books().exclude(long__pages__lt=300).distinct()] == ["Cid", "Dee"]


def test_aggregates_count_the_joined_rows(shop: Shop) -> None:
    counted = long_books().annotate(n=Count("long"), pages=Sum("long__pages")).order_by("name")
    assert [(author.name, author.n, author.pages) for author in counted] == [
        ("Ann", 1, 250),
        ("Bob", 2, 1250),
        ("Cid", 0, None),
        ("Dee", 0, None),
    ]
    assert counted.count() == 4
    assert counted.filter(n__gt=1).get().name == "Bob"
    assert long_books().aggregate(n=Count("long"), pages=Sum("long__pages")) == {"n": 3, "pages": 1500}
    assert long_books().filter(long__isnull=False).count() == 3


def test_values_of_the_condition_change_and_the_text_does_not(shop: Shop, database: Any) -> None:
    assert {author.name for author in long_books(200).filter(long__isnull=False)} == {"Ann", "Bob"}
    compiled = plans_of(database).compiled
    assert {author.name for author in long_books(900).filter(long__isnull=False)} == {"Bob"}
    assert plans_of(database).compiled == compiled


def test_two_joins_over_one_relation(shop: Shop) -> None:
    authors = objects(Author).annotate(
        short=FilteredRelation("books", condition=Q(books__pages__lte=100)),
        long=FilteredRelation("books", condition=Q(books__pages__lte=250)),
    )
    rows = authors.filter(name="Ann").order_by("long__pages").values_list("short__title", "long__title")
    assert list(rows) == [("Alpha", "Alpha"), ("Alpha", "beta 100%")]


def test_many_to_many_joins_have_no_row_half_way(shop: Shop) -> None:
    books = objects(Book).annotate(sea=FilteredRelation("tags", condition=Q(tags__slug="sea")))
    assert list(books.order_by("pk").values_list("pk", "sea__label")) == [
        (1, "Sea"),
        (2, "Sea"),
        (3, None),
        (4, None),
        (5, "Sea"),
    ]
    assert {book.pk for book in books.exclude(sea__label="Sea")} == {3, 4}
    tags = objects(Tag).annotate(live=FilteredRelation("books", condition=Q(books__status="live"))).order_by("pk")
    assert [(tag.label, tag.n) for tag in tags.annotate(n=Count("live"))] == [
        ("Sea", 3),
        ("War", 1),
        ("Love", 0),
        ("Unused", 0),
    ]


def test_relations_behind_relations(shop: Shop) -> None:
    authors = objects(Author).annotate(sea=FilteredRelation("books__tags", condition=Q(books__tags__slug="sea")))
    assert list(authors.order_by("pk").values_list("name", "sea__label")) == [
        ("Ann", "Sea"),
        ("Ann", "Sea"),
        ("Bob", "Sea"),
        ("Cid", None),
        ("Dee", None),
    ]
    live = Q(books__tags__slug="sea", books__status="live", books__pages__gt=100)
    one = objects(Author).annotate(sea=FilteredRelation("books__tags", condition=live)).filter(sea__isnull=False)
    assert [author.name for author in one.order_by("name")] == ["Ann", "Bob"]


def test_conditions_compare_with_columns_of_the_queried_row(shop: Shop) -> None:
    books = objects(Book).annotate(
        mate=FilteredRelation("author__books", condition=Q(author__books__pages__gt=F("pages"))),
    )
    assert list(books.order_by("pk").values_list("pk", "mate__pk")) == [(1, 2), (2, None), (3, 5), (4, None), (5, None)]
    young = objects(Book).annotate(by=FilteredRelation("author", condition=Q(author__active=True, pages__gt=0)))
    assert list(young.order_by("pk").values_list("pk", "by__name")) == [
        (1, "Ann"),
        (2, "Ann"),
        (3, "Bob"),
        (4, None),
        (5, "Bob"),
    ]
    assert {book.pk for book in books.exclude(mate__pages=1000)} == {1, 2, 4, 5}
    named = objects(Book).annotate(own=FilteredRelation("tags", condition=Q(tags__label=F("title"))))
    assert {book.pk for book in named.filter(own__isnull=True)} == {1, 2, 3, 4, 5}
    with pytest.raises(NotSupportedError, match=r"cannot be excluded by .*use Exists\(\)"):
        named.exclude(own__label="x")


def test_joined_rows_are_read_along(shop: Shop, database: Any) -> None:
    books = objects(Book).annotate(by=FilteredRelation("author", condition=Q(author__active=True)))
    with statements(database) as sent:
        rows = [(book.pk, book.by.name if book.by else None) for book in books.select_related("by").order_by("pk")]
    assert len(sent) == 1
    assert rows == [(1, "Ann"), (2, "Ann"), (3, "Bob"), (4, None), (5, "Bob")]
    with statements(database) as sent:
        authors = [
            (author.name, author.long and author.long.publisher.name)
            for author in long_books()
            .select_related("long__publisher")
            .filter(long__publisher__isnull=False)
            .order_by("long__pk")
        ]
    assert len(sent) == 1
    assert authors == [("Ann", "Beacon"), ("Bob", "Beacon")]


def test_without_a_condition_it_is_another_name(shop: Shop) -> None:
    authors = objects(Author).alias(work=FilteredRelation("books")).filter(work__title="Gamma")
    assert [author.name for author in authors] == ["Bob"]
    assert "work" not in vars(authors[0])


def test_orders_and_subqueries(shop: Shop) -> None:
    authors = long_books().filter(long__isnull=False)
    assert [author.name for author in authors.order_by("-long__pages")] == ["Bob", "Ann", "Bob"]
    assert [author.name for author in authors.order_by("-long", "pk")] == ["Bob", "Ann", "Bob"]  # as books are
    assert {book.pk for book in objects(Book).filter(author__in=authors)} == {1, 2, 3, 5}
    title = long_books().filter(pk=OuterRef("author"), long__pages__gt=500).values("long__title")[:1]
    assert dict(objects(Book).annotate(x=Subquery(title)).values_list("pk", "x")) == {
        1: None,
        2: None,
        3: "Épsilon",
        4: None,
        5: "Épsilon",
    }
    wordy = FilteredRelation("books", condition=Q(Exists(objects(Tag).filter(slug="war")), books__pages=250))
    assert sorted(objects(Author).annotate(x=wordy).filter(x__isnull=False).values_list("name", flat=True)) == [
        "Ann",
        "Bob",
    ]


def test_rows_chosen_by_a_join_are_changed_and_deleted(shop: Shop) -> None:
    books = objects(Book).annotate(by=FilteredRelation("author", condition=Q(author__active=True)))
    assert books.filter(by__isnull=True).update(pages=7) == 1
    assert objects(Book).get(pages=7).pk == 4
    assert books.filter(by__isnull=True).delete()[0] >= 1
    assert {book.pk for book in objects(Book)} == {1, 2, 3, 5}


def test_querysets_with_joins_are_combined(shop: Shop) -> None:
    anns = objects(Author).filter(name="Ann")
    assert [author.name for author in (anns & long_books().filter(long__pages=250))] == ["Ann"]
    assert sorted(author.name for author in (anns | long_books().filter(long__pages=1000))) == ["Ann", "Bob"]


def test_both_colours(shop: Shop) -> None:
    async def names() -> list[str]:
        return [author.name async for author in long_books().filter(long__pages=250).order_by("name")]

    assert wait(names()) == ["Ann", "Bob"]


def test_far_sides_that_are_one(shop: Shop) -> None:
    books = objects(Book).annotate(next=FilteredRelation("sequel", condition=Q(sequel__pages__gt=100)))
    assert [book.pk for book in books.filter(next__isnull=False)] == [1]
    assert [book.next.title for book in books.select_related("next").filter(next__isnull=False)] == ["beta 100%"]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: FilteredRelation(""), ValueError, "needs the name of a relation"),
        (lambda: FilteredRelation(3), TypeError, "3 is not the name of a field"),
        (lambda: FilteredRelation("books", condition="x"), TypeError, "is a Q or a comparison, not 'x'"),
        (lambda: objects(Author).annotate(FilteredRelation("books")), TypeError, "needs a name: write annotate"),
        (
            lambda: objects(Author).annotate(x=FilteredRelation("bokos")),
            FieldError,
            r"no.* named 'bokos'.*mean 'books'",
        ),
        (lambda: objects(Author).annotate(x=FilteredRelation("name")), FieldError, "none named 'name'"),
        (
            lambda: objects(Author).annotate(x=FilteredRelation("books__pages")),
            FieldError,
            "Book has none named 'pages'",
        ),
        (lambda: objects(Author).annotate(books=FilteredRelation("books")), ValueError, "has a field of that name"),
        (lambda: objects(Author).annotate(a__b=FilteredRelation("books")), FieldError, "cannot hold '__' itself"),
        (
            lambda: objects(Author).annotate(x=FilteredRelation("books", condition=Q(books__tags__slug="sea"))),
            FieldError,
            r"is about its rows and the queried ones, not about 'books__tags",
        ),
        (
            lambda: objects(Author).annotate(x=FilteredRelation("books", condition=Q(students__name="x"))),
            FieldError,
            "not about 'students'",
        ),
        (
            lambda: objects(Author).annotate(x=FilteredRelation("books", condition=Q(books__pagse=1))),
            FieldError,
            "Did you mean 'pages'",
        ),
        (lambda: long_books().filter(lnog__pages=1), FieldError, r"no field 'lnog'.*Did you mean 'long'"),
        (lambda: long_books().filter(long__pagse=1), FieldError, "pagse"),
        (lambda: long_books().only("long__pages"), FieldError, r"no field 'long' \(in only\(\)"),
    ],
)
def test_mistakes_are_named(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_relations_compare_by_what_they_say() -> None:
    assert FilteredRelation("books", condition=Q(a=1)) == FilteredRelation("books", condition=Q(a=1))
    assert FilteredRelation("books", condition=Q(a=1)) != FilteredRelation("books", condition=Q(a=2))
    assert len({FilteredRelation("books"), FilteredRelation("books"), FilteredRelation("tags")}) == 2


def test_publishers_of_live_books(shop: Shop) -> None:
    publishers = objects(Publisher).annotate(live=FilteredRelation("books", condition=Q(books__status="live")))
    assert list(publishers.annotate(n=Count("live")).order_by("pk").values_list("name", "n")) == [
        ("Atlas", 1),
        ("Beacon", 1),
        ("Comet", 0),
    ]

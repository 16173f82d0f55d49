"""What rows are: instances, dicts, tuples; order, slices, distinct rows, columns left for later."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from tests.library.models import Author, Book, Profile, Publisher, Review, Size, Status, Tag
from tests.models.query.data import Shop, objects

from manoir.bridge import spawn
from manoir.exceptions import FieldError, NotSupportedError, SynchronousOnlyOperation
from manoir.models import F, Value
from manoir.models._subqueries import OuterRef, Subquery
from manoir.models.functions import Lower, Upper


def titles(queryset: Any) -> list[str]:
    return [book.title for book in queryset]


def test_instances_have_the_types_of_their_fields(shop: Shop) -> None:
    book = objects(Book).get(pk=5)
    row = shop.books[4]
    assert type(book) is Book
    for name in (
        "title",
        "price",
        "pages",
        "rating",
        "published",
        "on_sale",
        "created",
        "cover",
        "author_id",
        "subtitle",
    ):
        assert getattr(book, name) == getattr(row, name)
        assert type(getattr(book, name)) is type(getattr(row, name))
    assert book.status is Status.LIVE
    assert book.size == Size(1, 2)
    assert objects(Book).get(pk=2).reading_time == dt.timedelta(minutes=90, microseconds=5)
    assert objects(Book).get(pk=1).extra == {"a": 1, "b": [1, 2]}
    review = objects(Review).get(reader="sue")
    assert (review.posted_at, review.id) == (dt.time(23, 59, 59), shop.reviews[1].id)
    assert book._state.adding is False
    assert book._state.db == "default"


def test_instances_of_one_query_know_each_other(shop: Shop) -> None:
    books = list(objects(Book).select_related("author"))
    origin = vars(books[0])["_origin"]
    assert all(vars(book)["_origin"] is origin for book in books)
    assert [peer() for peer in origin.peers] == books
    authors = [vars(book)["author"] for book in books]
    assert [peer() for peer in vars(authors[0])["_origin"].peers] == authors


def test_get_says_what_it_found(shop: Shop) -> None:
    with pytest.raises(Book.DoesNotExist, match="No Book fits this query"):
        objects(Book).get(pk=99)
    with pytest.raises(Book.MultipleObjectsReturned, match=r"get\(\) is for one Book, but 2 fit"):
        objects(Book).get(author=1)
    assert objects(Book).filter(author=1).get(title="Alpha").pk == 1


async def test_both_colours_answer_the_same(shop: Shop) -> None:
    queryset = objects(Book).filter(price__lt=50).order_by("-price", "pk")
    awaited = [book.pk async for book in queryset.all()]

    def sync() -> dict[str, Any]:
        return {
            "rows": [book.pk for book in queryset.all()],
            "first": queryset.first(),
            "last": queryset.last(),
            "count": queryset.count(),
            "exists": queryset.exists(),
            "get": queryset.get(pk=1),
            "len": len(queryset.all()),
            "index": queryset.all()[1],
            "values": list(queryset.values_list("pk", flat=True)),
            "iterator": [book.pk for book in queryset.iterator()],
            "bulk": queryset.in_bulk([1, 2]),
        }

    found = await spawn(sync)
    assert found["rows"] == found["values"] == found["iterator"] == awaited == [1, 2, 4, 5]
    assert found["first"] == await queryset.afirst()
    assert found["last"] == await queryset.alast()
    assert found["count"] == found["len"] == await queryset.acount() == 4
    assert found["exists"] is await queryset.aexists() is True
    assert found["get"] == await queryset.aget(pk=1)
    assert found["index"].pk == 2
    assert found["bulk"] == await queryset.ain_bulk([1, 2])
    assert [book.pk async for book in queryset.aiterator(chunk_size=2)] == awaited


async def test_sync_use_in_a_coroutine_is_refused(database: Any) -> None:
    for use in (list, len, bool, lambda rows: rows[0], lambda rows: rows.get(pk=1), lambda rows: rows.count()):
        with pytest.raises(SynchronousOnlyOperation, match=r"async for|aget|acount"):
            use(objects(Book))
    assert "not evaluated" in repr(objects(Book))


def test_rows_are_read_once(shop: Shop) -> None:
    queryset = objects(Tag)
    assert len(queryset) == 4
    assert queryset.count() == 4
    assert bool(queryset)
    assert list(queryset) is not queryset._result
    assert queryset[0] is queryset[0]
    assert queryset[1:3] == list(queryset)[1:3]
    assert queryset.all()._result is None
    assert repr(objects(Tag)) == "<QuerySet [<Tag: Love>, <Tag: Sea>, <Tag: Unused>, <Tag: War>]>"


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 2), (1, 3), (None, 2), (2, None), (0, 0), (3, 1), (4, 99), (10, 12), (None, None)]
)
def test_slices(shop: Shop, start: int | None, stop: int | None) -> None:
    every = titles(objects(Book).order_by("pk"))
    assert titles(objects(Book).order_by("pk")[start:stop]) == every[start:stop]
    assert titles(objects(Book).order_by("pk")[1:4][start:stop]) == every[1:4][start:stop]
    assert objects(Book).order_by("pk")[start:stop].count() == len(every[start:stop])
    assert objects(Book).order_by("pk")[start:stop].exists() == bool(every[start:stop])


def test_slices_that_make_no_sense(shop: Shop) -> None:
    assert titles(objects(Book).order_by("pk")[::2]) == ["Alpha", "Gamma", "Épsilon"]
    with pytest.raises(ValueError, match="counted from its start, not by -1"):
        objects(Book)[-1]
    with pytest.raises(ValueError, match="counted from its start, not by -1"):
        objects(Book)[:-1]
    with pytest.raises(TypeError, match=r"by a whole number or a slice.*not by 'x'"):
        objects(Book)["x"]  # type: ignore[call-overload]
    with pytest.raises(IndexError, match="no row 9"):
        objects(Book)[9]
    for change in (
        lambda q: q.filter(pk=1),
        lambda q: q.exclude(pk=1),
        lambda q: q.order_by("pk"),
        lambda q: q.reverse(),
        lambda q: q.latest("pk"),
    ):
        with pytest.raises(TypeError, match="slice"):
            change(objects(Book)[:2])


def test_orders(shop: Shop) -> None:
    assert [tag.label for tag in objects(Tag)] == ["Love", "Sea", "Unused", "War"]
    assert [b.pk for b in objects(Book).order_by("-pages", "-pk")] == [5, 3, 2, 1, 4]
    assert [b.pk for b in objects(Book).order_by("-pages", "-pk").reverse()] == [4, 1, 2, 3, 5]
    assert [b.pk for b in objects(Book).order_by("author__name", "pk")] == [1, 2, 3, 5, 4]
    assert [b.pk for b in objects(Book).order_by("author", "pk")] == [1, 2, 3, 5, 4]
    assert [b.pk for b in objects(Book).order_by("-author", "pk")] == [4, 3, 5, 1, 2]
    assert [b.pk for b in objects(Book).order_by("-author_id", "pk")] == [4, 3, 5, 1, 2]
    assert [b.pk for b in objects(Book).order_by(F("rating").desc(nulls_last=True))] == [4, 1, 2, 5, 3]
    assert [b.pk for b in objects(Book).order_by(F("rating").asc(nulls_first=True))] == [3, 5, 2, 1, 4]
    assert [b.pk for b in objects(Book).order_by(Book.rating.desc(nulls_last=True)).reverse()] == [3, 5, 2, 1, 4]
    assert [b.pk for b in objects(Book).order_by(Book.price * -1, Book.pk)] == [3, 1, 2, 4, 5]
    assert [b.pk for b in objects(Book).order_by("published__year", "pk").filter(published__isnull=False)] == [
        1,
        2,
        4,
        5,
    ]
    assert [b.pk for b in objects(Book).order_by(Lower("title").desc()).filter(pk__lt=4)] == [3, 2, 1]
    assert {b.pk for b in objects(Book).order_by("?")} == {1, 2, 3, 4, 5}
    assert "ORDER BY" not in str(objects(Book).order_by().query)
    assert objects(Book).ordered
    assert not objects(Book).order_by().ordered
    assert not objects(Profile).ordered


def test_an_order_goes_on_behind_the_one_that_a_queryset_has(shop: Shop) -> None:
    books = objects(Book).order_by("-author__name")
    assert [b.pk for b in books.order_by(*books.query.order_by, "pk")] == [4, 3, 5, 1, 2]
    with pytest.raises(FieldError):
        objects(Tag).order_by(*books.query.order_by)


def test_unknown_orders_are_refused() -> None:
    for term in ("titel", "-titel", "--title", "title; DROP", "title DESC", "author__nam", "", "-", "title__nope", 5):
        with pytest.raises(FieldError):
            objects(Book).order_by(term)
    with pytest.raises(ValueError, match="leave it out, or pass True"):
        F("title").asc(nulls_first=False)
    with pytest.raises(ValueError, match="exclude each other"):
        F("title").asc(nulls_first=True, nulls_last=True)


def test_ends(shop: Shop) -> None:
    assert objects(Book).order_by("pages").first().pk == 4
    assert objects(Book).order_by("pages").last().pk == 5
    assert objects(Profile).first().pk == 1
    assert objects(Profile).last().pk == 2
    assert objects(Profile).filter(pk=99).first() is None
    assert objects(Book).order_by("pk")[1:3].last().pk == 3
    assert objects(Book).order_by("pk")[1:3].first().pk == 2
    assert objects(Review).latest().reader == "sue"
    assert objects(Review).earliest().reader == "tom"
    assert objects(Book).latest("pages", "pk").pk == 5
    assert objects(Book).earliest("-pages").pk == 5
    with pytest.raises(ValueError, match="get_latest_by"):
        objects(Tag).latest()
    with pytest.raises(Book.DoesNotExist):
        objects(Book).filter(pk=0).earliest("pk")


def test_values(shop: Shop) -> None:
    assert objects(Book).values("pk", "title").get(pk=1) == {"pk": 1, "title": "Alpha"}
    assert objects(Book).values("author", "author_id", "author__name").get(pk=1) == {
        "author": 1,
        "author_id": 1,
        "author__name": "Ann",
    }
    assert next(iter(objects(Tag).values(low=Lower("label")).order_by("low"))) == {"low": "love"}
    assert list(objects(Tag).values("pk", big=Upper("slug")).filter(pk=1)) == [{"pk": 1, "big": "SEA"}]
    assert objects(Tag).values().get(pk=1) == {"id": 1, "label": "Sea", "slug": "sea"}
    assert objects(Book).values("publisher__name").get(pk=4) == {"publisher__name": None}
    assert sorted(row["tags__label"] for row in objects(Book).filter(pk=1).values("tags__label")) == ["Sea", "War"]
    assert objects(Book).values("published__year").get(pk=1) == {"published__year": 2001}
    assert objects(Book).values("extra__a").get(pk=1) == {"extra__a": 1}
    assert objects(Book).values("status").get(pk=1) == {"status": Status.LIVE}
    assert list(objects(Book).values(Book.title, Book.author.name).filter(pk=1)) == [
        {"title": "Alpha", "author__name": "Ann"}
    ]
    assert objects(Book).filter(pk=1).values("title", "pk").first() == {"title": "Alpha", "pk": 1}
    assert list(objects(Book).filter(pk=1).values("title").values("pk")) == [{"pk": 1}]


def test_values_list(shop: Shop) -> None:
    books = objects(Book).order_by("pk")
    assert next(iter(books.values_list("pk", "title"))) == (1, "Alpha")
    assert list(books.values_list("pk", flat=True)) == [1, 2, 3, 4, 5]
    assert list(books.values_list(Book.price, flat=True))[:2] == [Decimal("10.00"), Decimal("9.50")]
    row = books.values_list("pk", "author__name", named=True)[0]
    assert (row.pk, row.author__name) == (1, "Ann")
    assert next(iter(books.values_list(F("pages") + 1, Value("x")))) == (101, "x")
    assert len(books.values_list()[0]) == len(Book._meta.concrete_fields)
    with pytest.raises(TypeError, match="2 fields are named: name one"):
        books.values_list("pk", "title", flat=True)
    with pytest.raises(TypeError, match="ask for one of them"):
        books.values_list("pk", flat=True, named=True)
    with pytest.raises(FieldError, match="no field 'titel'"):
        books.values_list("titel")
    with pytest.raises(FieldError, match="no transform 'nope'"):
        books.values("title__nope")


def test_distinct(shop: Shop, vendor: str) -> None:
    assert list(objects(Book).order_by("pages").values_list("pages", flat=True).distinct()) == [0, 100, 250, 1000]
    assert objects(Book).values("pages").distinct().count() == 4
    ordered_elsewhere = objects(Book).order_by("author__name", "pk").values_list("pages", flat=True).distinct()
    assert list(ordered_elsewhere) == [100, 250, 250, 1000, 0]
    if vendor == "postgresql":
        firsts = objects(Book).order_by("author_id", "-pages").distinct("author_id")
        assert [book.pk for book in firsts] == [2, 5, 4]
    else:
        with pytest.raises(NotSupportedError, match="DISTINCT ON"):
            list(objects(Book).distinct("author_id"))


def test_select_related(shop: Shop) -> None:
    book = objects(Book).select_related("author__mentor", "publisher", "sequel_to", "sequel").get(pk=3)
    values = vars(book)
    assert values["author"].name == "Bob"
    assert vars(values["author"])["mentor"].name == "Ann"
    assert values["publisher"].name == "Beacon"
    assert values["sequel_to"] is None
    assert values["sequel"] is None
    first = objects(Book).select_related("sequel").get(pk=1)
    assert vars(first)["sequel"].title == "beta 100%"
    assert vars(vars(first)["sequel"])["sequel_to"] is first
    author = objects(Author).select_related("profile").get(pk=1)
    assert vars(author)["profile"].preferences["theme"] == "dark"
    assert vars(objects(Author).select_related("profile").get(pk=4))["profile"] is None
    whole = objects(Book).select_related().get(pk=1)
    assert "author" in vars(whole)
    assert "publisher" not in vars(whole)
    assert "author" not in vars(objects(Book).select_related("author").select_related(None).get(pk=1))
    assert vars(objects(Book).select_related(Book.author).get(pk=1))["author"].name == "Ann"
    for name in ("tags", "titel", "title", "author__books", "reviews"):
        with pytest.raises(FieldError, match=r"cannot follow .* Such relations: .*(author|mentor)"):
            objects(Book).select_related(name)
    with pytest.raises(TypeError, match="fills instances, and values"):
        objects(Book).values("pk").select_related("author")


def test_only_and_defer(shop: Shop) -> None:
    def missing(queryset: Any) -> set[str]:
        book = queryset.get(pk=1)
        return {field.attname for field in Book._meta.concrete_fields} - set(vars(book))

    every = {field.attname for field in Book._meta.concrete_fields}
    assert missing(objects(Book).only("title")) == every - {"id", "title"}
    assert missing(objects(Book).only("title").only(Book.price)) == every - {"id", "price"}
    assert missing(objects(Book).defer("title", "cover")) == {"title", "cover"}
    assert missing(objects(Book).defer("title").defer("cover")) == {"title", "cover"}
    assert missing(objects(Book).defer("title").defer(None)) == set()
    assert missing(objects(Book).only("title", "cover").defer("cover")) == every - {"id", "title"}
    book = objects(Book).select_related("author").only("title", "author__name").get(pk=1)
    assert {"id", "title", "author_id"} <= set(vars(book))
    assert set(vars(vars(book)["author"])) == {"id", "name", "_origin"}
    assert isinstance(objects(Book).only("title").get(pk=1), Book)
    with pytest.raises(FieldError, match="no field 'titel'"):
        objects(Book).only("titel")
    with pytest.raises(TypeError, match="is for instances, and values"):
        objects(Book).values("pk").only("title")


def test_sets(shop: Shop) -> None:
    low, live = objects(Book).filter(price__lt=10), objects(Book).filter(status="live")
    assert {book.pk for book in low.union(live)} == {1, 2, 4, 5}
    assert sorted(book.pk for book in low.union(live, all=True)) == [1, 2, 2, 4, 5, 5]
    assert {book.pk for book in low.intersection(live)} == {2, 5}
    assert {book.pk for book in low.difference(live)} == {4}
    assert [book.pk for book in low.union(live).order_by("-pages")[:2]] == [5, 2]
    assert low.union(live).count() == 4
    assert low.union(live).exists()
    assert list(
        low.values_list("title", flat=True).union(objects(Tag).values_list("label", flat=True)).order_by("title")
    )
    assert low.union(live.none()).count() == 3
    assert list(low.intersection(live.none())) == []
    assert {row["pk"] for row in low.union(live).values("pk")} == {1, 2, 4, 5}
    assert {book.pk for book in low.order_by("-price", "pk")[:1].union(live.order_by("-price")[:1])} == {1, 2}
    for call in (
        lambda q: q.filter(pk=1),
        lambda q: q.exclude(pk=1),
        lambda q: q.annotate(x=Value(1)),
        lambda q: q.distinct(),
        lambda q: q.select_related("author"),
    ):
        with pytest.raises(NotSupportedError, match=r"cannot change what union\(\) gives"):
            call(low.union(live))
    with pytest.raises(FieldError, match="equally many values"):
        low.values_list("pk").union(objects(Tag).values_list("pk", "label"))


def test_and_or_of_querysets(shop: Shop) -> None:
    low, live = objects(Book).filter(price__lt=10), objects(Book).filter(status="live")
    assert {book.pk for book in low & live} == {2, 5}
    assert {book.pk for book in low | live} == {1, 2, 4, 5}
    assert {book.pk for book in low | live.none()} == {2, 4, 5}
    with pytest.raises(TypeError, match="conditions of one model, but here are Book and"):
        low | objects(Tag)


def test_in_bulk_contains_dates(shop: Shop) -> None:
    assert {key: book.title for key, book in objects(Book).in_bulk([1, 3, 99]).items()} == {1: "Alpha", 3: "Gamma"}
    assert objects(Tag).in_bulk(["sea"], field_name="slug")["sea"].pk == 1
    assert len(objects(Book).in_bulk()) == 5
    assert objects(Book).in_bulk([]) == {}
    with pytest.raises(ValueError, match="name a unique field"):
        objects(Book).in_bulk([1], field_name="title")
    alpha = objects(Book).get(pk=1)
    assert objects(Book).filter(pages=100).contains(alpha)
    assert not objects(Book).filter(pages=250).contains(alpha)
    assert not objects(Book).contains(objects(Tag).get(pk=1))
    with pytest.raises(ValueError, match="has none: save it first"):
        objects(Book).contains(Book(title="x"))
    assert list(objects(Book).dates("published", "year")) == [
        dt.date(2001, 1, 1),
        dt.date(2010, 1, 1),
        dt.date(2020, 1, 1),
    ]
    assert next(iter(objects(Book).dates("published", "month", order="DESC"))) == dt.date(2020, 2, 1)
    assert list(objects(Review).datetimes("posted", "month")) == [
        dt.datetime(2024, 7, 1, tzinfo=dt.UTC), dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 2, 1, tzinfo=dt.UTC),
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"dates\(\) cuts to .*, not to 'hour'"):
        objects(Book).dates("published", "hour")  # type: ignore[arg-type]
    with pytest.raises(FieldError, match="no date field"):
        objects(Book).dates("title", "year")


def test_subqueries_as_values(shop: Shop) -> None:
    newest = objects(Review).filter(book=OuterRef("pk")).order_by("-posted")
    books = objects(Book).annotate(reader=Subquery(newest.values("reader")[:1])).order_by("pk")
    assert [book.reader for book in books] == ["sue", "rex", "tom", None, None]
    assert [book.pk for book in books.filter(reader="rex")] == [2]
    assert list(books.values_list("reader", flat=True))[:2] == ["sue", "rex"]
    assert {
        p.pk for p in objects(Publisher).filter(pk__in=Subquery(objects(Book).filter(pages=250).values("publisher")))
    } == {2}
    with pytest.raises(TypeError, match="Wrap the queryset"):
        objects(Book).annotate(reader=newest)


def test_explain_takes_known_words_only(shop: Shop, vendor: str) -> None:
    assert objects(Book).explain()
    if vendor == "postgresql":
        assert "Plan" in objects(Book).explain(format="json", analyze=True)
    for options in ({"format": "evil"}, {"analyze; DROP TABLE x": True}, {"analyze": "true); DROP"}, {"verbos": True}):
        with pytest.raises(ValueError):
            objects(Book).explain(**options)


@pytest.mark.parametrize("name", ["_meta", "_origin", "_state", "_prefetched", "save", "delete", "pk", "__dict__"])
def test_annotations_cannot_take_the_place_of_what_every_model_has(shop: Shop, name: str) -> None:
    with pytest.raises((ValueError, FieldError)):
        objects(Book).annotate(**{name: F("pages")})

"""Instances out of SQL that a project wrote itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from tests.library.models import Author, Book, Review, Status
from tests.models.colours import statements
from tests.models.query.data import Shop, objects

from manoir.bridge import spawn, wait
from manoir.exceptions import (
    FieldDoesNotExist,
    FieldError,
    ProgrammingError,
    RelationNotLoaded,
    SynchronousOnlyOperation,
)
from manoir.models import RawQuerySet
from manoir.models._plan import plans_of

BOOKS = "SELECT * FROM library_book ORDER BY id"


def titles(queryset: Any) -> list[str]:
    return [book.title for book in queryset]


def test_columns_become_fields_of_their_types(shop: Shop) -> None:
    first, *others = objects(Book).raw(BOOKS)
    assert (first.title, first.price, first.published) == ("Alpha", Decimal("10.00"), dt.date(2001, 1, 31))
    assert (first.status, first.on_sale, first.extra) == (Status.LIVE, True, {"a": 1, "b": [1, 2]})
    assert (first.reading_time, first.created) == (dt.timedelta(hours=2), dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC))
    assert [type(first), first.get_deferred_fields(), first._state.adding, first._state.db] == [
        Book,
        set(),
        False,
        "default",
    ]
    assert len(others) == 4
    review = objects(Review).raw("SELECT * FROM library_review WHERE stars = 3")[0]
    assert review == Review.objects.get(stars=3)


def test_the_order_of_columns_is_nobodys_matter(shop: Shop) -> None:
    book = objects(Book).raw("SELECT title, pages, price, id FROM library_book WHERE id = 2")[0]
    assert (book.pk, book.title, book.pages, book.price) == (2, "beta 100%", 250, Decimal("9.50"))
    assert [book.pk for book in objects(Book).raw("SELECT id FROM library_book ORDER BY id")] == [1, 2, 3, 4, 5]


def test_columns_that_are_not_read_are_deferred(shop: Shop, database: Any) -> None:
    books = list(objects(Book).raw("SELECT id, title FROM library_book ORDER BY id"))
    assert "pages" in books[0].get_deferred_fields()
    with statements(database) as sent:
        assert [book.pages for book in books] == [100, 250, 250, 0, 1000]
    assert len(sent) == 1


def test_relations_load_for_all_rows_at_once(shop: Shop, database: Any) -> None:
    books = list(objects(Book).raw(BOOKS))
    with statements(database) as sent:
        assert [book.author.name for book in books] == ["Ann", "Ann", "Bob", "Cid", "Bob"]
    assert len(sent) == 1
    with statements(database) as sent:
        books = list(objects(Book).raw(BOOKS).prefetch_related("tags"))
        assert [len(book.tags.all()) for book in books] == [2, 1, 2, 0, 1]
    assert len(sent) == 2


def test_further_columns_become_attributes(shop: Shop) -> None:
    books = objects(Book).raw("SELECT *, pages * 2 AS twice, 'x' AS letter FROM library_book ORDER BY id")
    assert [(book.twice, book.letter) for book in books] == [(200, "x"), (500, "x"), (500, "x"), (0, "x"), (2000, "x")]
    joined = objects(Book).raw(
        "SELECT b.id, b.title, a.name AS writer FROM library_book b JOIN library_author a ON a.id = b.author_id ORDER BY b.id"
    )
    assert [(book.title, book.writer) for book in joined][:2] == [("Alpha", "Ann"), ("beta 100%", "Ann")]


def test_translations_say_what_columns_mean(shop: Shop) -> None:
    books = objects(Book).raw(
        "SELECT id AS number, title AS name, author_id AS writer FROM library_book ORDER BY id",
        translations={"number": "pk", "name": "title", "writer": "author", "unused": "pages"},
    )
    assert [(book.pk, book.title, book.author_id) for book in books][:2] == [(1, "Alpha", 1), (2, "beta 100%", 1)]
    assert books.columns == ["pk", "title", "author"]


def test_values_travel_beside_the_text(shop: Shop) -> None:
    wild = "x' OR 1 = 1 --"
    assert titles(objects(Book).raw("SELECT * FROM library_book WHERE title = %s", [wild])) == []
    assert titles(
        objects(Book).raw("SELECT * FROM library_book WHERE title = %s OR pages = %s ORDER BY id", ["Alpha", 0])
    ) == [
        "Alpha",
        "delta*[x]?",
    ]
    named = "SELECT * FROM library_book WHERE pages > %(least)s AND pages < %(most)s ORDER BY id"
    assert titles(objects(Book).raw(named, {"least": 99, "most": 251})) == ["Alpha", "beta 100%", "Gamma"]
    assert titles(objects(Book).raw("SELECT * FROM library_book WHERE price = %s ORDER BY id", [Decimal("9.5")])) == [
        "beta 100%",
        "delta*[x]?",
    ]
    assert titles(objects(Book).raw("SELECT * FROM library_book WHERE published = %s", (dt.date(2001, 1, 31),))) == [
        "Alpha"
    ]
    assert titles(objects(Book).raw("SELECT * FROM library_book WHERE status = %s", [Status.GONE])) == ["Gamma"]
    assert titles(
        objects(Book).raw("SELECT * FROM library_book WHERE reading_time > %s", [dt.timedelta(minutes=100)])
    ) == ["Alpha"]
    assert titles(
        objects(Book).raw("SELECT * FROM library_book WHERE created < %s", [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)])
    ) == ["Épsilon"]


def test_percent_signs_without_values_are_themselves(shop: Shop) -> None:
    assert titles(objects(Book).raw("SELECT * FROM library_book WHERE title LIKE '%100%'")) == ["beta 100%"]
    with_values = "SELECT * FROM library_book WHERE title LIKE '%%100%%' AND pages = %s"
    assert titles(objects(Book).raw(with_values, [250])) == ["beta 100%"]


def test_rows_are_read_once_and_when_they_are_asked_for(shop: Shop, database: Any) -> None:
    with statements(database) as sent:
        books = objects(Book).raw(BOOKS)
    assert sent == []
    with statements(database) as sent:
        assert (len(books), bool(books), books[1].pk, [book.pk for book in books[:2]], books[-1].pk) == (
            5,
            True,
            2,
            [1, 2],
            5,
        )
        assert books[0] in books
    assert len(sent) == 1
    with statements(database) as sent:
        assert [book.pk for book in books.iterator()] == [1, 2, 3, 4, 5]
        assert len(books.using("default")) == 5
    assert len(sent) == 2
    assert not objects(Book).raw("SELECT * FROM library_book WHERE id = 0")
    with pytest.raises(IndexError):
        books[9]


def test_coroutines_wait_for_rows(shop: Shop) -> None:
    async def main() -> None:
        books = objects(Book).raw("SELECT * FROM library_book WHERE pages = %s ORDER BY id", [250])
        with pytest.raises(SynchronousOnlyOperation, match="use `async for`"):
            list(books)
        assert [book.title async for book in books] == ["beta 100%", "Gamma"]
        assert [books[0].pk, len(books)] == [2, 2]
        assert [book.pk async for book in books.aiterator()] == [2, 3]
        with pytest.raises(RelationNotLoaded):
            books[0].author
        again = objects(Book).raw(BOOKS)
        assert await spawn(lambda: [book.author.name for book in again]) == ["Ann", "Ann", "Bob", "Cid", "Bob"]

    wait(main())


def test_managers_have_it_too(shop: Shop) -> None:
    books = Book.objects.raw(BOOKS)
    assert isinstance(books, RawQuerySet)
    assert books.db == "default"
    assert repr(books) == f"<RawQuerySet: {BOOKS}>"
    author = Author.objects.get(pk=1)
    assert len(author.books.raw(BOOKS)) == 5  # whatever was said before


def test_columns_that_are_known_make_no_code_anew(shop: Shop, database: Any) -> None:
    list(objects(Book).raw("SELECT id, title FROM library_book"))
    before = plans_of(database).compiled
    assert len(objects(Book).raw("SELECT id, title FROM library_book WHERE pages = %s", [250])) == 2
    assert plans_of(database).compiled == before


def test_instances_are_saved_as_others_are(shop: Shop) -> None:
    book = objects(Book).raw("SELECT id, title, pages FROM library_book WHERE id = 1")[0]
    book.pages = 7
    book.save()
    assert Book.objects.get(pk=1).pages == 7
    assert Book.objects.get(pk=1).price == Decimal("10.00")


@pytest.mark.parametrize(
    ("sql", "options", "error", "message"),
    [
        (
            "SELECT title FROM library_book",
            {},
            FieldDoesNotExist,
            r"needs the primary key of Book \(id\).*It got title",
        ),
        (
            "SELECT id FROM library_book",
            {"translations": {"id": "tilte"}},
            FieldError,
            r"'tilte'.*Did you mean 'title'",
        ),
        ("SELECT id, 1 AS save FROM library_book", {}, FieldError, r"a column named 'save'.*another name by AS"),
        ('SELECT id, 1 AS "a b" FROM library_book', {}, FieldError, "a column named 'a b'"),
        (
            "SELECT id FROM library_book WHERE id = %s",
            {"params": [1, 2]},
            ProgrammingError,
            "1 placeholders, but 2 parameters",
        ),
        ("SELECT id FROM library_book WHERE id = %s", {"params": "1"}, ProgrammingError, r"write \[value\]"),
        (
            "SELECT id FROM library_book WHERE id = %(x)s",
            {"params": {"y": 1}},
            ProgrammingError,
            "No parameter is named 'x'",
        ),
        ("SELECT id FROM library_bok", {}, Exception, "library_bok"),
    ],
)
def test_mistakes_are_named(shop: Shop, sql: str, options: Any, error: type[Exception], message: str) -> None:
    books = objects(Book).raw(sql, **options)
    with pytest.raises(error, match=message):
        list(books)


def test_sql_is_text(shop: Shop) -> None:
    with pytest.raises(TypeError, match="takes SQL as text, not 5"):
        objects(Book).raw(5)


def test_statements_without_rows_are_refused(shop: Shop) -> None:
    with pytest.raises(ProgrammingError, match="this statement gives none"):
        list(objects(Book).raw("UPDATE library_book SET pages = 1"))

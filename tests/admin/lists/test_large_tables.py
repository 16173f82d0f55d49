"""Tables that are too large to count: estimates, pages from the end, and going on behind a row."""

from __future__ import annotations

import re
from html import unescape

import pytest

from manoir.admin import LargeTablePaginator
from manoir.admin._counts import Counted, count, count_tables
from manoir.admin._keyset import anchor, beyond, terms_of
from manoir.testing import override_settings
from tests.admin.lists.site import site
from tests.library.models import Author, Book

LIST = "/admin/library/book/"


@pytest.fixture
def large(vendor):
    """Ten rows are a large table; only PostgreSQL estimates."""
    with override_settings(ADMIN_COUNT_LIMIT=10):
        yield
    return vendor


def titles(text):
    return re.findall(r">(Book \d\d)</a>", text)


def link(text, rel):
    found = re.search(rf'rel="{rel}" href="([^"]*)"', text)
    return None if found is None else unescape(found[1])


def test_counts(books, vendor):
    assert count(Book.objects.all(), 30) == Counted(25)
    estimate = count(Book.objects.all(), 10)
    if vendor == "sqlite":
        assert estimate == Counted(25)
    else:
        assert estimate.exact is False
        assert estimate.number >= 11
    assert count(Book.objects.filter(title__lt="Book 05"), 10) == Counted(5)
    assert count(Book.objects.none(), 10) == Counted(0)
    assert count(Book.objects.all()[:20], 10) == Counted(20)
    with override_settings(ADMIN_COUNT_LIMIT=None):
        assert count(Book.objects.all()) == Counted(25)


def test_tables_are_counted_by_one_query(books, at_most):
    with at_most(2):
        found = count_tables([Book.objects.all(), Author.objects.filter(name="Ann"), Book.objects.none()])
    assert [one.number for one in found] == [25, 1, 0]
    assert count_tables([]) == []


@pytest.mark.parametrize("per_page", [1, 3, 7, 10, 24, 25, 26])
def test_pages_are_the_same_from_either_end(books, per_page):
    rows = Book.objects.order_by("-author__name", "title")
    paginator = LargeTablePaginator(rows, per_page)
    found = [book.pk for number in paginator.page_range for book in paginator.page(number).object_list]
    assert found == [book.pk for book in rows]
    peeked = LargeTablePaginator(rows, per_page)
    peeked.peek()
    assert peeked.count == 25
    assert [book.pk for book in peeked.page(1)] == found[:per_page]


def test_pages_with_orphans_and_lists(books):
    paginator = LargeTablePaginator(Book.objects.order_by("title"), 10, orphans=5)
    assert [len(paginator.page(number).object_list) for number in paginator.page_range] == [10, 15]
    assert LargeTablePaginator([1, 2, 3], 2).page(2).object_list == [3]


@pytest.mark.parametrize("order", ["", "o=1", "o=-1", "o=4.1", "o=-5.1"])
def test_next_and_previous_miss_no_row(client, books, large, order):
    """Whatever the estimate says, going on reaches every row once, in the order of the list."""
    expected = titles(client.get(f"{LIST}?{order}&all=").content.decode())
    if not expected or len(expected) < 25:  # an estimated list is not shown as a whole
        with override_settings(ADMIN_COUNT_LIMIT=None):
            expected = titles(client.get(f"{LIST}?{order}&all=").content.decode())
    text = client.get(f"{LIST}?{order}").content.decode()
    found, pages = titles(text), 1
    while (address := link(text, "next")) is not None and pages < 9:
        text = client.get(LIST + address).content.decode()
        found += titles(text)
        pages += 1
    assert found == expected
    assert pages == 3
    back = [titles(text)]
    while (address := link(text, "prev")) is not None and len(back) < 9:
        text = client.get(LIST + address).content.decode()
        back.insert(0, titles(text))
    assert [title for page in back for title in page] == expected


def test_the_last_page_has_the_last_rows(client, books, large):
    text = client.get(f"{LIST}?o=1").content.decode()
    last = max(int(number) for number in re.findall(r'id="page-(\d+)"', text))
    assert titles(client.get(f"{LIST}?o=1&p={last}").content.decode())[-1] == "Book 24"


def test_the_page_says_that_it_estimates(client, books, large, vendor):
    text = client.get(LIST).content.decode()
    assert ("about" in text.partition('id="list-summary"')[2][:60]) is (vendor == "postgresql")
    assert ("Show all" in text) is (vendor == "sqlite")


@pytest.mark.parametrize("name", ["_after", "_before"])
def test_rows_that_are_gone_or_foreign_are_no_anchor(client, books, large, monkeypatch, name):
    """H01, H37: only a row of this list counts, and only its key is taken out of the address."""
    monkeypatch.setattr(
        site.get_model_admin(Book), "get_queryset", lambda request: Book.objects.filter(author__name="Ann")
    )
    monkeypatch.setattr(site.get_model_admin(Book), "list_per_page", 2)
    plain = titles(client.get(f"{LIST}?o=1&p=2").content.decode())
    for key in (books[1].pk, "x", "9" * 40, "1;DROP", ""):
        assert titles(client.get(f"{LIST}?o=1&p=2&{name}={key}").content.decode()) == plain


def test_orders_that_allow_it():
    assert terms_of(Book, ["-title", "pk"]) == [("title", True), ("id", False)]
    assert terms_of(Book, ["-pk", "title"]) == [("id", True)]
    for order in (
        ["title"],
        ["rating", "pk"],
        ["author__name", "pk"],
        ["author", "pk"],
        [object(), "pk"],
        ["nothing", "pk"],
    ):
        assert terms_of(Book, order) is None


def test_rows_beyond_a_row(books):
    terms = terms_of(Book, ["status", "-price", "pk"])
    rows = Book.objects.order_by("status", "-price", "pk")
    every = list(rows)
    for place, book in enumerate(every):
        assert list(rows.filter(beyond(book, terms, backwards=False))) == every[place + 1 :]
        assert list(rows.filter(beyond(book, terms, backwards=True))) == every[:place]
    assert anchor(rows, str(every[3].pk)) == every[3]
    assert anchor(rows, "nonsense") is None

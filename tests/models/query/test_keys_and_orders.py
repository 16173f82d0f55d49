"""Rows by key in every form, orders that leave no tie, and what the rows of several querysets have."""

from __future__ import annotations

from typing import Any

import pytest
from tests.library.models import Author, Book, Publisher
from tests.models.query.data import Shop, objects

from manoir.exceptions import FieldError
from manoir.models import Count, F


def test_rows_by_key_in_every_form(shop: Shop) -> None:
    books = objects(Book).filter(pk__lte=2)
    assert books.values("title", "pages").in_bulk() == {
        1: {"title": "Alpha", "pages": 100},
        2: {"title": "beta 100%", "pages": 250},
    }
    assert books.values_list("pages", "pk").in_bulk([2, 3]) == {2: (250, 2)}
    assert books.values_list("title", flat=True).in_bulk([1]) == {1: "Alpha"}
    assert books.values_list("title", named=True).in_bulk([1])[1].title == "Alpha"
    assert books.values("author__name").in_bulk(["1111111111111"], field_name="isbn") == {
        "1111111111111": {"author__name": "Ann"}
    }
    assert books.annotate(n=Count("tags")).values("n").in_bulk() == {1: {"n": 2}, 2: {"n": 1}}
    with pytest.raises(TypeError, match="groups have none"):
        objects(Book).values("author").annotate(n=Count("pk")).in_bulk()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: objects(Book).order_by("pk"), True),
        (lambda: objects(Book).order_by("pages", "-id"), True),
        (lambda: objects(Book).order_by("title", "author_id"), True),
        (lambda: objects(Publisher), True),
        (lambda: objects(Publisher).order_by(F("name").desc()), True),
        (lambda: objects(Book).order_by("title"), False),
        (lambda: objects(Book).order_by("isbn"), False),
        (lambda: objects(Book).order_by("author__pk"), False),
        (lambda: objects(Book).order_by("?"), False),
        (lambda: objects(Book).order_by(), False),
        (lambda: objects(Author), False),
        (lambda: objects(Book).filter(tags__label="Sea").order_by("pk"), False),
    ],
)
def test_orders_that_leave_no_tie(make: Any, expected: bool) -> None:
    assert make().totally_ordered is expected


def test_what_rows_of_several_querysets_do_not_have_is_named(shop: Shop) -> None:
    both = objects(Book).filter(pk=1).union(objects(Book).filter(pk=2))
    assert list(both.values_list("pk", "title").order_by("-pk")) == [(2, "beta 100%"), (1, "Alpha")]
    with pytest.raises(FieldError, match=r"union\(\) has no 'title' in its rows.*name it in values\(\)\. They have pk"):
        list(both.order_by("-title").values_list("pk", flat=True))

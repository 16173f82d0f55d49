"""Pages: numbers, offsets, cursors; their caps (H56) and their parameters (H48)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir import rest
from manoir.auth import User
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.rest._keyset import Keyset
from manoir.rest.pagination import remove_query_param, replace_query_param
from manoir.testing import assert_num_queries
from tests.rest.conftest import Caller
from tests.rest.notebook import Note, NoteSerializer


class Numbers(rest.PageNumberPagination):
    page_size = 3
    page_size_query_param = "page_size"
    max_page_size = 5


class Offsets(rest.LimitOffsetPagination):
    default_limit = 3
    max_limit = 5


class Cursors(rest.CursorPagination):
    page_size = 3
    ordering = ("stars", "-title")


@pytest.fixture
def listed(colour, people):
    """A client of a list of ten notes; `listed(pagination)` gives a function from a path to its JSON."""
    Note.objects.all().delete()
    stars = [3, None, 1, 1, 2, None, 3, 3, 1, 2]
    titles = "bababbaacc"
    Note.objects.bulk_create(
        Note(folder=people.ann.folder, title=title, stars=star) for title, star in zip(titles, stars, strict=True)
    )

    def make(pagination, **members):
        view = type("Notes", (rest.ListAPIView,), {"queryset": Note.objects.all(), "serializer_class": NoteSerializer, "permission_classes": [rest.AllowAny], "pagination_class": pagination, **members})  # fmt: skip
        caller = Caller(colour)
        caller.force_authenticate(people.ann.user)
        from manoir.urls import path

        return caller, [path("", view.as_view())]

    return make


def asked(caller, urls, address="/", status=200):
    with settings.override(ROOT_URLCONF=urls, MIDDLEWARE=[]):
        answer = caller.get(address)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_page_numbers(listed):
    caller, urls = listed(Numbers)
    first = asked(caller, urls)
    assert (first["count"], first["previous"], len(first["results"])) == (10, None, 3)
    assert first["next"] == "http://testserver/?page=2"
    second = asked(caller, urls, "/?page=2&q=x")
    assert second["previous"] == "http://testserver/?q=x"
    last = asked(caller, urls, "/?page=last")
    assert (last["next"], len(last["results"])) == (None, 1)
    assert last["previous"] == "http://testserver/?page=3"


@pytest.mark.parametrize("page", ["0", "5", "-1", "abc", "1.5", "9" * 50, "%00", "%F0%9F%98%80"])
def test_a_page_that_is_not_there_is_404(listed, page):
    caller, urls = listed(Numbers)
    assert set(asked(caller, urls, f"/?page={page}", 404)) == {"detail"}


@pytest.mark.parametrize(("size", "expected"), [("2", 2), ("5", 5), ("6", 5), ("1000000", 5), ("9" * 30, 3), ("0", 3), ("-1", 3), ("x", 3)])  # fmt: skip
@pytest.mark.parametrize("pagination", [Numbers, Offsets])
def test_sizes_are_capped(listed, pagination, size, expected):
    """H56: limits table."""
    caller, urls = listed(pagination)
    name = "page_size" if pagination is Numbers else "limit"
    assert len(asked(caller, urls, f"/?{name}={size}")["results"]) == expected


@pytest.mark.parametrize(
    ("pagination", "query"),
    [
        (Numbers, "page=1&page=2"),
        (Offsets, "limit=1&limit=2"),
        (Offsets, "offset=1&offset=2"),
        (Cursors, "cursor=a&cursor=b"),
    ],
)
def test_a_parameter_that_comes_twice_is_400(listed, pagination, query):
    """H48."""
    caller, urls = listed(pagination)
    assert "give it once" in asked(caller, urls, f"/?{query}", 400)["detail"]


def test_limit_and_offset(listed):
    caller, urls = listed(Offsets)
    first = asked(caller, urls)
    assert (first["count"], first["previous"], len(first["results"])) == (10, None, 3)
    assert first["next"] == "http://testserver/?limit=3&offset=3"
    later = asked(caller, urls, "/?limit=4&offset=4")
    assert later["previous"] == "http://testserver/?limit=4"
    assert later["next"] == "http://testserver/?limit=4&offset=8"
    assert asked(caller, urls, "/?offset=100")["results"] == []
    assert asked(caller, urls, f"/?offset={'9' * 30}")["results"]  # no number: the first page


def walk(caller, urls, link, key):
    """Follow links to the end; the pages in the order they came."""
    pages = []
    while link is not None:
        page = asked(caller, urls, link)
        pages.append([row["id"] for row in page["results"]])
        link = page[key]
        assert len(pages) < 30
    return pages


@pytest.mark.parametrize("ordering", [("stars", "-title"), ("-stars",), ("title",), ("id",), ("-pk",), ("folder", "-stars"), "pinned"])  # fmt: skip
def test_cursors_go_through_all_rows_and_back(listed, ordering):
    """Equal values and NULL among them: each row comes once, in the same order both ways."""
    caller, urls = listed(type("C", (Cursors,), {"ordering": ordering}))
    pages = walk(caller, urls, "/", "next")
    rows = [pk for page in pages for pk in page]
    assert (len(rows), len(set(rows))) == (10, 10)
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    last = "/"
    link = asked(caller, urls)["next"]
    while link is not None:
        last, link = link, asked(caller, urls, link)["next"]
    back = walk(caller, urls, asked(caller, urls, last)["previous"], "previous")
    assert [pk for page in reversed(back) for pk in page] == rows[:9]


def test_cursors_stay_right_while_rows_come_and_go(listed, people):
    caller, urls = listed(type("C", (Cursors,), {"ordering": "id"}))
    first = asked(caller, urls)
    ids = [row["id"] for row in first["results"]]
    Note.objects.filter(pk__in=ids).delete()
    second = asked(caller, urls, first["next"])
    assert [row["id"] for row in second["results"]] == [ids[-1] + n for n in (1, 2, 3)]
    assert asked(caller, urls, second["previous"])["results"] == []


def test_cursors_do_not_count(listed):
    caller, urls = listed(Cursors)
    with assert_num_queries(2):  # the page, and which of its notes' folders are visible
        asked(caller, urls)


@pytest.mark.parametrize("cursor", ["x", "a:b:c", "bz0xJnA9NQ==", "9" * 3_000, "%00", "é"])
def test_what_is_no_cursor_is_404(listed, cursor):
    caller, urls = listed(Cursors)
    assert asked(caller, urls, f"/?cursor={cursor}", 404) == {"detail": "This cursor is not valid here."}


def test_a_cursor_of_another_order_or_changed_is_404(listed):
    caller, urls = listed(Cursors)
    cursor = asked(caller, urls)["next"].partition("cursor=")[2]
    _, others = listed(type("C", (Cursors,), {"ordering": "-id"}))
    asked(caller, others, f"/?cursor={cursor}", 404)
    asked(caller, urls, f"/?cursor={cursor[:-1]}{'A' if cursor[-1] != 'A' else 'B'}", 404)


def test_cursors_follow_the_ordering_filter(listed):
    caller, urls = listed(Cursors, ordering_fields=["title"])
    first = asked(caller, urls, "/?ordering=-title")
    assert [row["title"] for row in first["results"]] == ["c", "c", "b"]
    second = asked(caller, urls, first["next"])
    assert [row["title"] for row in second["results"]] == ["b", "b", "b"]


def test_cursors_order_by_columns_only():
    with pytest.raises(ImproperlyConfigured, match="'folder__name' is none"):
        Keyset(Note, ("folder__name",))


def test_cursors_hold_no_secret():
    """H37: what a cursor holds can be read by whoever has it."""
    with pytest.raises(ImproperlyConfigured, match="password is secret"):
        Keyset(User, ("-password",))


def test_lists_without_pages_are_whole(listed):
    caller, urls = listed(None)
    assert len(asked(caller, urls)) == 10


def test_page_size_of_the_settings(listed):
    caller, urls = listed(rest.PageNumberPagination)
    assert len(asked(caller, urls)) == 10
    with settings.override(REST_FRAMEWORK={"PAGE_SIZE": 4}):
        assert len(asked(caller, urls)["results"]) == 4


def test_paginators_of_either_colour(listed):
    class Sync(rest.PageNumberPagination):
        page_size = 3

        def paginate_queryset(self, queryset, request, view=None):
            return super().paginate_queryset(queryset.filter(title="b"), request, view)

        def get_paginated_response(self, data):
            return rest.Response({"total": self.page.paginator.count, "rows": data})

    class Async(rest.BasePagination):
        async def apaginate_queryset(self, queryset, request, view=None):
            return [row async for row in queryset[:2]]

        def get_paginated_response(self, data):
            return rest.Response({"rows": data})

    found = asked(*listed(Sync))
    assert (found["total"], len(found["rows"])) == (4, 3)
    assert len(asked(*listed(Async))["rows"]) == 2


def test_pages_cost_three_queries_for_any_size(listed, people):
    """The count, the page, and which of its notes' folders are visible."""
    Note.objects.bulk_create(Note(folder=people.ann.folder, title="x") for _ in range(200))
    big = type("Big", (rest.PageNumberPagination,), {"page_size": 200})
    caller, urls = listed(big)
    Note.objects.bulk_create(Note(folder=people.ann.folder, title="x") for _ in range(200))
    with assert_num_queries(3):
        assert len(asked(caller, urls)["results"]) == 200


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4), st.text(max_size=5), st.text(max_size=5))
@hypothesis_settings(max_examples=60)
def test_parameters_of_addresses_are_replaced_and_removed(fields, key, value):
    from manoir.http import QueryDict

    query = QueryDict(mutable=True)
    query.update(fields)
    url = f"http://a.example/x/?{query.urlencode()}"
    replaced = QueryDict(replace_query_param(url, key, value).partition("?")[2])
    assert replaced.dict() == {**fields, key: value}
    removed = QueryDict(remove_query_param(url, key).partition("?")[2])
    assert removed.dict() == {name: text for name, text in fields.items() if name != key}

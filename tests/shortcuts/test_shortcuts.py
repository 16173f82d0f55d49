"""render, redirect and the objects-or-404, in both colours."""

from __future__ import annotations

import pytest

from manoir import shortcuts
from manoir.exceptions import (
    ContentNotRenderedError,
    Http404,
    MultipleObjectsReturned,
    NoReverseMatch,
    TemplateDoesNotExist,
)
from manoir.models import Q
from manoir.shortcuts import (
    aget_list_or_404,
    aget_object_or_404,
    get_list_or_404,
    get_object_or_404,
    redirect,
    render,
    resolve_url,
)
from manoir.testing import Client, RequestFactory
from manoir.urls import reverse
from tests.library.models import Author, Book
from tests.shortcuts import urls

rf = RequestFactory()


@pytest.fixture
def books(database):
    ada = Author.objects.create(name="Ada")
    return [Book.objects.create(title=title, author=ada) for title in ("A", "B")]


def test_the_door_names_what_is_there():
    assert [name for name in shortcuts.__all__ if not getattr(shortcuts, name).__doc__] == []


@pytest.mark.parametrize(("path", "status"), [("/sync/", 201), ("/async/", 201), ("/early/", 200)])
def test_render_in_either_colour(books, path, status):
    response = Client().get(path)
    assert (response.status_code, response.text) == (status, f"A:Ada;B:Ada;{path}")


def test_render_in_sync_code_is_done_at_once(books):
    response = render(rf.get("/x/"), "books.html", {"books": Book.objects.all()})
    assert (response.text, response.headers["Content-Type"]) == ("A:Ada;B:Ada;/x/", "text/html; charset=utf-8")


async def test_render_in_a_coroutine_waits_for_the_handler():
    response = render(rf.get("/x/"), ["missing.html", "books.html"], {"books": []})
    with pytest.raises(ContentNotRenderedError):
        _ = response.content
    assert response.render().text == "/x/"


def test_render_of_a_missing_template_is_named():
    with pytest.raises(TemplateDoesNotExist, match=r"boks\.html"):
        render(rf.get("/"), "boks.html")


def test_redirects_of_names_and_views(books):
    pk = books[0].pk
    first, second = Client().get(f"/sync/{pk}/"), Client().get(f"/async/{pk}/")
    assert [(r.status_code, r.headers["Location"]) for r in (first, second)] == [
        (302, f"/async/{pk}/"),
        (301, f"/sync/{pk}/"),
    ]
    assert Client().get("/sync/999/").status_code == Client().get("/async/999/").status_code == 404


class Page:
    def get_absolute_url(self):
        return "/page/"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Page(), "/page/"),
        (urls.sync_list, "/sync/"),
        ("/books/", "/books/"),
        ("../x/", "../x/"),
        ("./", "./"),
        ("https://example.com/a", "https://example.com/a"),
        ("page.html", "page.html"),
    ],
)
def test_what_a_redirect_may_name(target, expected):
    assert (resolve_url(target), redirect(target).headers["Location"]) == (expected, expected)


def test_lazy_urls_are_urls():
    from manoir.urls import reverse_lazy

    assert resolve_url(reverse_lazy("book-async", args=[3])) == reverse("book-async", args=[3])


def test_names_that_do_not_exist_are_named():
    for arguments in ({}, {"pk": 1}):
        with pytest.raises(NoReverseMatch, match="book-asnyc"):
            resolve_url("book-asnyc", **arguments)


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({}, 302),
        ({"permanent": True}, 301),
        ({"preserve_request": True}, 307),
        ({"permanent": True, "preserve_request": True}, 308),
    ],
)
def test_kinds_of_redirects(options, status):
    assert redirect("/x/", **options).status_code == status


@pytest.mark.parametrize(
    "source", [Book, Book.objects, Book.objects.filter(price=0)], ids=["model", "manager", "queryset"]
)
def test_objects_or_404(books, source):
    assert get_object_or_404(source, title="A") == books[0]
    assert get_object_or_404(source, Q(title="A") | Q(title="Z")) == books[0]
    assert get_list_or_404(source, title__in=["A", "B"]) == books
    with pytest.raises(Http404, match="There is no Book like this"):
        get_object_or_404(source, title="Z")
    with pytest.raises(Http404, match="There is no Book like this"):
        get_list_or_404(source, title="Z")
    with pytest.raises(MultipleObjectsReturned):
        get_object_or_404(source)


async def test_objects_or_404_in_a_coroutine(database):
    ada = await Author.objects.acreate(name="Ada")
    assert await aget_object_or_404(Author, name="Ada") == ada
    assert await aget_list_or_404(Author.objects.all(), name="Ada") == [ada]
    with pytest.raises(Http404):
        await aget_object_or_404(Author, name="Z")
    with pytest.raises(Http404):
        await aget_list_or_404(Author, name="Z")


def test_related_managers_are_sources_too(books):
    assert get_object_or_404(books[0].author.books, title="A") == books[0]
    assert get_list_or_404(books[0].author.books) == books


def test_anything_else_is_refused_with_its_name():
    with pytest.raises(ValueError, match=r"get_object_or_404\(\) must be a model, a manager or a queryset, not 'str'"):
        get_object_or_404("Book", pk=1)  # pyright: ignore[reportArgumentType]

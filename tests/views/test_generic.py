"""Generic views on real URLs, templates and rows, asked by both clients on both databases."""

from __future__ import annotations

import threading

import pytest

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.testing import AsyncClient, RequestFactory, assert_num_queries
from manoir.views.generic import CreateView, DetailView, FormView, ListView, TemplateView
from tests.library.models import Author, Book
from tests.views import site

rf = RequestFactory()


def text(response):
    return response.text.strip()


# -- templates and redirects ------------------------------------------------------------------------------------------


def test_template_view_has_what_the_url_captured_and_extra_context(ask):
    assert text(ask("get", "/page/x-1/")) == "Extra|x-1|page.html"
    assert text(ask("get", "/page-of-pattern/")) == "Given||page.html"


@pytest.mark.parametrize(
    ("path", "status", "url"),
    [
        ("/old/a/?q=1", 302, "/new/a/?q=1"),
        ("/named/a/", 301, "/page/a/"),
        ("/any/x", 302, "/x"),
        ("/any//evil.example.com", 302, "/%2Fevil.example.com"),
    ],
)
def test_redirects(ask, path, status, url):
    response = ask("get", path)
    assert (response.status_code, response.headers["Location"]) == (status, url)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "head"])
def test_redirects_of_nowhere_are_gone_for_every_method(ask, method):
    assert ask(method, "/gone/").status_code == 410


# -- lists and details ------------------------------------------------------------------------------------------------


def test_a_list_reads_each_relation_once(ask, books):
    with assert_num_queries(3):
        response = ask("get", "/books/")
    assert text(response).startswith("Book 1(Ada:Maths);Book 2(Ada:);")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/books/paged/", "Book 7(Ada:);Book 6(Ada:);Book 5(Ada:);1/3"),
        ("/books/paged/?page=3", "Book 1(Ada:Maths);3/3"),
        ("/books/paged/?page=last", "Book 1(Ada:Maths);3/3"),
        ("/books/paged/2/", "Book 4(Ada:);Book 3(Ada:);Book 2(Ada:);2/3"),
    ],
)
def test_pages_of_a_list(ask, books, path, expected):
    assert text(ask("get", path)) == expected


@pytest.mark.parametrize("page", ["0", "4", "-1", "x", "1.5", "9" * 5000, "%00"])
def test_pages_that_do_not_exist_are_404(ask, books, page):
    assert ask("get", f"/books/paged/?page={page}").status_code == 404


def test_an_empty_list_may_be_404(ask, database):
    assert (ask("get", "/books/none/").status_code, ask("get", "/books/").status_code) == (404, 200)


def test_the_context_names_the_list(books):
    view = site.PagedBooks()
    view.setup(rf.get("/"))
    view.object_list = view.get_queryset()
    context = view.get_context_data(extra=1)
    assert (context["book_list"], context["is_paginated"], context["extra"], context["view"]) == (
        context["object_list"],
        True,
        1,
        view,
    )


def test_sync_overrides_run_in_a_thread_and_reach_super(ask, books):
    assert text(ask("get", "/books/sync/")) == "Book 6(Ada:);Book 7(Ada:);"


async def test_sync_overrides_leave_the_loop_unless_told_otherwise(database):
    await AsyncClient().get("/books/sync/")
    assert threading.current_thread() not in (site.threads["get_queryset"], site.threads["get_context_data"])
    await AsyncClient().get("/books/mixed/")
    assert (site.threads["get"], site.threads["get_queryset"]) != (threading.current_thread(),) * 2
    assert site.threads["get"] is threading.current_thread()
    with settings.override(SYNC_VIEWS="loop"):
        await AsyncClient().get("/books/sync/")
        assert {site.threads["get_queryset"], site.threads["get_context_data"]} == {threading.current_thread()}


def test_async_overrides_run_on_the_loop_and_reach_super(ask, books):
    assert text(ask("get", "/books/async/")) == "Book 6(Ada:);Book 7(Ada:);"
    assert {site.threads["aget_queryset"], site.threads["aget_context_data"]} == {threading.current_thread()}


def test_an_async_handler_and_a_sync_hook_go_together(ask, books):
    response = ask("get", "/books/mixed/")
    assert (text(response), response.headers["X-Colour"]) == ("Book 6(Ada:);Book 7(Ada:);", "async")


def test_details(ask, books):
    assert text(ask("get", f"/books/{books[0].pk}/")) == "Book 1 by Ada"
    assert text(ask("get", "/isbn/isbn-2/")) == "Book 2 by Ada"
    with assert_num_queries(1):
        assert text(ask("get", f"/loaded/{books[0].pk}/")) == "BOOK 1 by Ada"


@pytest.mark.parametrize("pk", ["0", "999999999999999999999999", "abc", "1%27--"])
def test_what_is_not_there_is_404(ask, books, pk):
    assert ask("get", f"/books/{pk}/").status_code == 404


def test_a_pattern_that_captures_no_key_is_named(database):
    with pytest.raises(AttributeError, match="cannot tell which object is meant"):
        site.BookDetail.as_view()(rf.get("/"))


# -- forms ------------------------------------------------------------------------------------------------------------


def test_a_form_is_shown_checked_and_answered(ask, database):
    assert 'value="Hi"' in ask("get", "/contact/").text
    wrong = ask("post", "/contact/", {"text": "too long"})
    assert (wrong.status_code, "at most 5 characters" in wrong.text) == (200, True)
    right = ask("post", "/contact/", {"text": "ok"})
    assert (right.status_code, right.headers["Location"]) == (302, "/thanks/")


@pytest.mark.parametrize(("path", "name"), [("new/", "Ada"), ("new/sync/", "ADA"), ("new/async/", "ADA")])
def test_creating(ask, database, path, name):
    assert "<input" in ask("get", f"/authors/{path}").text
    response = ask("post", f"/authors/{path}", {"name": "Ada", "email": "a@example.com"})
    author = Author.objects.get()
    assert (response.status_code, response.headers["Location"], author.name) == (302, f"/authors/{author.pk}/", name)


def test_creating_what_is_wrong_shows_the_form_again(ask, books):
    response = ask("post", "/authors/new/", {"name": "", "email": "ada@example.com"})
    assert (response.status_code, Author.objects.count()) == (200, 1)
    assert "This field is required." in response.text
    assert "Author with this Email already exists." in response.text


def test_a_lost_race_shows_the_form_again(ask, database):
    response = ask("post", "/authors/new/racing/", {"name": "Slow", "email": "a@example.com"})
    assert (response.status_code, Author.objects.get().name) == (200, "Faster")
    assert "Author with this Email already exists." in response.text


def test_changing(ask, books):
    author = books[0].author
    assert 'value="Ada"' in ask("get", f"/authors/{author.pk}/edit/").text
    response = ask("post", f"/authors/{author.pk}/edit/", {"name": "Grace", "email": ""})
    assert (response.status_code, Author.objects.get().name, Author.objects.get().email) == (302, "Grace", None)
    assert ask("post", "/authors/99/edit/", {"name": "x"}).status_code == 404


def test_deleting_asks_first(ask, books):
    path = f"/books/{books[0].pk}/delete/"
    assert text(ask("get", path)) == "Delete Book 1?"
    assert Book.objects.count() == 7
    response = ask("post", path)
    assert (response.status_code, response.headers["Location"]) == (302, "/books/?gone=Book%201")
    assert (Book.objects.count(), ask("post", path).status_code) == (6, 404)


def test_delete_requests_delete(ask, books):
    assert (ask("delete", f"/books/{books[0].pk}/delete/").status_code, Book.objects.count()) == (302, 6)


# -- mistakes ---------------------------------------------------------------------------------------------------------

MISTAKES = [
    (TemplateView, {}, "needs either a template_name"),
    (ListView, {}, "has no queryset"),
    (DetailView, {}, "has no queryset"),
    (FormView, {"template_name": "contact.html"}, "has no form"),
    (CreateView, {"model": Author}, "needs 'fields'"),
    (CreateView, {"model": Author, "fields": ["name"], "form_class": site.ContactForm}, "keep one of them"),
]


@pytest.mark.parametrize(("cls", "options", "message"), MISTAKES)
def test_what_is_missing_is_named(database, cls, options, message):
    with pytest.raises(ImproperlyConfigured, match=message):
        cls.as_view(**options)(rf.get("/"), pk=1)


def test_a_form_without_a_place_to_go_is_named(database):
    class Nowhere(FormView):
        form_class = site.ContactForm
        template_name = "contact.html"

    with pytest.raises(ImproperlyConfigured, match=r"has no URL to go to\. Define success_url"):
        Nowhere.as_view()(rf.post("/", {"text": "ok"}))

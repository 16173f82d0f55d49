"""The list: columns, links, search, order, pages, and how few queries that takes."""

from __future__ import annotations

import re
from html import unescape

import pytest

from manoir import admin
from manoir.admin import ModelAdmin
from manoir.exceptions import ImproperlyConfigured
from manoir.testing import Client
from tests.admin.lists.site import site
from tests.library.models import Author, Book, Publisher

LIST = "/admin/library/book/"


def page(client, query=""):
    answer = client.get(LIST + query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def titles(client, query=""):
    return re.findall(r">(Book \d\d)</a>", page(client, query))


def cells(text, row=0):
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall(
        r'data-label="([^"]*)"><div class="v">(.*?)</div></t[dh]>', body.split("<tr data-row")[row + 1], re.S
    )
    return {label: " ".join(unescape(re.sub(r"<[^>]+>", "", value)).split()) for label, value in found}


def test_columns(client, books):
    text = page(client, "?o=1")
    assert cells(text, 1)["Title"] == "Book 01"
    assert cells(text, 1) | {"Price": "", "On sale": ""} == {
        "Title": "Book 01",
        "Author": "Bob",
        "Country": "ZA",
        "Price": "",
        "Length": "10 pp.",
        "Cheap?": "Yes",
        "On sale": "",
        "Status": "On sale",
        "Published": "Feb. 2, 2021",
        "Tags": "-",
    }
    assert cells(text, 0)["Length"] == "unknown"
    assert cells(text, 0)["Country"] == "-"
    assert cells(text, 0)["Tags"] == "blue, red"


def test_queries_do_not_grow_with_rows(client, books, at_most):
    """D4: relations in columns load for all rows at once, whatever the list shows."""
    with at_most(12):
        page(client, "?q=book&on_sale__exact=0&o=4")
    with at_most(12):
        assert client.get("/admin/library/author/").status_code == 200
    with at_most(12):
        assert client.get("/admin/library/publisher/").status_code == 200


def test_links(client, books, monkeypatch):
    model_admin = site.get_model_admin(Book)
    first = Book.objects.order_by("title").first()
    assert f'<a href="/admin/library/book/{first.pk}/change/" data-open>Book 00</a>' in page(client)
    monkeypatch.setattr(model_admin, "list_display_links", ["author"])
    assert f'<a href="/admin/library/book/{first.pk}/change/" data-open>Ann</a>' in page(client)
    monkeypatch.setattr(model_admin, "list_display_links", None)
    assert "data-open" not in page(client)


def test_filters_go_along_to_the_form(client, books):
    first = Book.objects.get(title="Book 00")
    kept = "_changelist_filters=on_sale__exact%3D1%26q%3DBook%2B00"
    assert f"/admin/library/book/{first.pk}/change/?{kept}" in unescape(page(client, "?on_sale__exact=1&q=Book+00"))


FOUND = [
    ("Book 07", ["Book 07"]),
    ("07 book", ["Book 07"]),
    ('"Book 1"', [f"Book {number}" for number in range(10, 20)]),
    ("bo", [f"Book {number:02}" for number in range(10)]),
    ("ob", []),
    ("0000000000012", ["Book 12"]),
    ("000012", []),
    ("blue 04", ["Book 04"]),
    ("Ann 03", ["Book 03"]),
    ("nn 03", []),
    ("%", []),
    ("_", []),
    ("\x00", [f"Book {number:02}" for number in range(10)]),
]


def test_search(client, books):
    for words, expected in FOUND:
        address = f"?o=1&q={words.replace('%', '%25').replace(chr(0), '%00')}"
        assert titles(client, address) == expected, words


def test_rows_that_are_found_twice_are_shown_once(client, books):
    """A word that several tags have joins several rows."""
    assert len(titles(client, "?q=e&o=1")) == len(set(titles(client, "?q=e&o=1"))) == 10


def test_search_has_caps(client, books):
    """H44: what is typed is cut before work is done."""
    assert page(client, "?q=" + "a%20" * 2000)
    assert page(client, "?q=" + "x" * 5000)
    assert page(client, "?q=%22" + "%5C" * 500)


def test_search_of_numbers_and_lookups(client, books):
    model_admin = ModelAdmin(Book, site)
    for fields, word, expected in (
        (["pages"], "70", ["Book 07"]),
        (["pages"], "seventy", []),
        (["=title"], '"book 07"', ["Book 07"]),
        (["@title"], "07", ["Book 07"]),
        (["title__endswith"], "07", ["Book 07"]),
        (["pages__gte"], "240", ["Book 24"]),
        (["author"], "x", []),
    ):
        model_admin.search_fields = fields
        found, twice = model_admin.get_search_results(None, Book.objects.order_by("title"), word)
        assert [book.title for book in found] == expected, fields
        assert twice is False
    model_admin.search_fields = ["titel"]
    with pytest.raises(ImproperlyConfigured, match="has nothing called 'titel'"):
        model_admin.get_search_results(None, Book.objects.all(), "x")


def test_order(client, books):
    assert titles(client, "?o=-1")[0] == "Book 24"
    assert titles(client, "?o=4")[0] == "Book 00"
    assert titles(client, "?o=-5")[0] == "Book 24"  # a computed column with `ordering`
    assert titles(client, "?o=6") == titles(client)  # one without
    assert titles(client, "?o=2.-1")[:2] == ["Book 24", "Book 21"]
    assert titles(client, "?o=-2.1")[:2] == ["Book 02", "Book 05"]
    for nonsense in ("99", "x", "-", "1..2", "1.1.1", "0", "-99999999999999999999", "²"):
        assert len(titles(client, f"?o={nonsense}")) == 10
    text = page(client, "?o=2.-1")
    assert 'aria-sort="ascending"' in text
    assert 'href="?o=-2.-1"' in text  # again turns it round
    assert 'href="?o=1.2"' in text  # another one goes first
    assert 'href="?o=-1"' in text  # and it can be taken out


def test_sortable_by(client, books, monkeypatch):
    monkeypatch.setattr(site.get_model_admin(Book), "sortable_by", ["title"])
    text = page(client)
    assert 'id="sort-title"' in text
    assert 'id="sort-price"' not in text
    assert titles(client, "?o=-4") == titles(client)


def test_pages(client, books):
    assert titles(client, "?o=1&p=2")[0] == "Book 10"
    assert titles(client, "?o=1&p=3") == [f"Book {number}" for number in range(20, 25)]
    text = page(client, "?o=1&p=2")
    assert 'rel="prev" href="?o=1"' in text
    assert 'rel="next" href="?o=1&amp;p=3"' in text
    assert len(titles(client, "?all=")) == 25
    assert "Show all" in text
    for wrong in ("0", "-1", "99", "x", "1e9", "9" * 400):
        assert client.get(f"{LIST}?p={wrong}")["Location"] == f"{LIST}?e=1"


def test_show_all_has_a_limit(client, books, monkeypatch):
    monkeypatch.setattr(site.get_model_admin(Book), "list_max_show_all", 20)
    assert len(titles(client, "?all=")) == 10
    assert "Show all" not in page(client)


def test_the_number_of_rows(client, books, monkeypatch):
    assert "25 books</span>" in page(client)
    assert "1 book of 25</span>" in page(client, "?q=Book+07")
    monkeypatch.setattr(site.get_model_admin(Book), "show_full_result_count", False)
    assert "1 book</span>" in page(client, "?q=Book+07")


def test_nothing_found(client, books):
    text = page(client, "?q=zzz")
    assert "Nothing is found" in text
    assert "<table" not in text


def test_an_empty_table(client, database):
    assert "There are no books yet" in page(client)


def test_dates(client, books):
    text = page(client)
    assert re.findall(r'<a href="\?published__year=(\d+)">', text) == ["2020", "2021", "2022", "2023"]
    text = page(client, "?published__year=2021")
    assert "All dates" in text
    assert "published__month=2&amp;published__year=2021" in text
    assert "Showing" not in text
    text = page(client, "?published__year=2021&published__month=2")
    assert titles(client, "?published__year=2021&published__month=2&o=1") == ["Book 01", "Book 13"]
    assert "published__day=2&amp;published__month=2" in text
    assert titles(client, "?published__year=2021&published__month=2&published__day=2") == ["Book 01"]
    for wrong in (
        "published__year=x",
        "published__year=2021&published__month=13",
        "published__year=0",
        "published__year=99999",
    ):
        assert client.get(f"{LIST}?{wrong}")["Location"] == f"{LIST}?e=1"


def test_dates_of_datetimes(client, books):
    from tests.library.models import Review

    Review.objects.create(book=books[0], reader="Sam")
    text = client.get("/admin/library/review/?posted__year=2026&posted__month=1").content.decode()
    assert "Sam" in text
    assert "January 1" in text
    assert "Nothing is found" in client.get("/admin/library/review/?posted__year=2025").content.decode()


def test_hooks_of_either_colour(client, books):
    class Sync(ModelAdmin):
        def get_list_display(self, request):
            return ["title"]

        def get_queryset(self, request):
            return super().get_queryset(request).filter(author__name="Ann")

    class Async(ModelAdmin):
        async def aget_list_display(self, request):
            return ["title"]

        async def aget_queryset(self, request):
            ann = await Author.objects.aget(name="Ann")
            return (await super().aget_queryset(request)).filter(author=ann)

        async def aget_search_results(self, request, queryset, search_term):
            return queryset.filter(title=search_term), False

        async def ahas_add_permission(self, request):
            return False

    for cls in (Sync, Async):
        one = admin.AdminSite(name="one")
        one.register(Book, cls)
        from manoir.testing import override_settings
        from manoir.urls import path

        class Urls:
            urlpatterns = [path("admin/", one.urls)]

        with override_settings(ROOT_URLCONF=Urls):
            text = page(client)
            assert text.count("<tr data-row") == 9
            assert text.count('<th scope="col"') == 1
        if cls is Async:
            with override_settings(ROOT_URLCONF=Urls):
                assert titles(client, "?q=Book+00") == ["Book 00"]
                assert "data-add" not in page(client)


def test_columns_of_either_colour(client, books, monkeypatch):
    @admin.display(description="Mates")
    async def mates(book):
        return await Book.objects.filter(author_id=book.author_id).acount()

    monkeypatch.setattr(site.get_model_admin(Book), "list_display", ["title", mates])
    monkeypatch.setattr(site.get_model_admin(Book), "list_editable", ())
    assert cells(page(client, "?o=1"))["Mates"] == "9"


def test_where_views_run():
    from manoir.admin._colour import view_mode

    class Plain(ModelAdmin):
        list_display = ["title"]

    class Blocking(ModelAdmin):
        def get_list_display(self, request):
            return ["title"]

    class Waiting(ModelAdmin):
        async def aget_list_display(self, request):
            return ["title"]

    assert view_mode(Plain(Book, site)) == "loop"
    assert view_mode(Waiting(Book, site)) == "loop"
    assert view_mode(Blocking(Book, site)) is None
    named = Plain(Book, site)
    named.list_display = [lambda book: "x"]
    assert view_mode(named) is None


def test_own_templates_and_urls(client, books, tmp_path, monkeypatch):
    model_admin = site.get_model_admin(Publisher)
    (tmp_path / "mine.html").write_text("mine {{ cl.result_count }}")
    monkeypatch.setattr(model_admin, "change_list_template", "mine.html")
    from manoir.testing import override_settings

    engines = [{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True, "DIRS": [str(tmp_path)]}]
    with override_settings(TEMPLATES=engines):
        assert client.get("/admin/library/publisher/").content == b"mine 3"


def test_popups(client, books):
    author = Author.objects.get(name="Ann")
    text = client.get("/admin/library/author/?_popup=1").content.decode()
    assert f'data-popup-opener="{author.pk}"' in text
    assert 'class="sidebar"' not in text
    assert 'name="action"' not in text
    assert client.get("/admin/library/book/?_popup=1&_to_field=isbn").status_code == 403
    assert client.get("/admin/library/book/?_popup=1&_to_field=id").status_code == 200
    assert client.get("/admin/library/author/?_popup=1&_to_field=password").status_code == 403


def test_who_may_only_see(staff, books):
    client = staff("view_book")
    text = page(client)
    assert titles(client)
    assert "data-add" not in text
    assert "delete_selected" not in text
    assert "put_on_sale" not in text
    assert 'name="form-0-price"' not in text
    assert client.get("/admin/library/author/").status_code == 403
    assert Client().get(LIST).status_code == 302

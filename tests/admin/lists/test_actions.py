"""Actions on chosen rows, deleting them, and exporting them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from manoir import admin
from manoir.admin import LogEntry, ModelAdmin
from manoir.admin._export import plain
from manoir.bridge import run
from manoir.http import HttpResponse
from manoir.testing import AsyncClient, Client
from tests.admin.lists.site import site
from tests.library.models import Author, Book, Review, Tag

LIST = "/admin/library/book/"


def send(client, action, rows, **more):
    return client.post(LIST, {"action": action, "_selected_action": [row.pk for row in rows], "index": "0", **more})


def said(client):
    return client.get(LIST).content.decode()


def test_the_menu(client, books):
    text = client.get(LIST).content.decode()
    assert "Delete the chosen books" in text
    assert "Put the chosen books on sale" in text
    assert "Say &lt;b&gt;hello&lt;/b&gt;" in text
    assert '<option value="mark_gone">Mark as gone</option>' in text
    assert 'name="action"' not in client.get("/admin/library/review/").content.decode()  # actions = None


def test_a_function(ask, books):
    answer = ask("post", LIST, {"action": "put_on_sale", "_selected_action": [books[1].pk, books[2].pk], "index": "0"})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert Book.objects.filter(pk__in=[books[1].pk, books[2].pk], on_sale=True).count() == 2
    assert Book.objects.filter(on_sale=True).count() == 11
    assert "2 on sale now" in ask("get", LIST).content.decode()


def test_a_method_and_a_coroutine(client, books):
    send(client, "mark_gone", books[:3])
    assert Book.objects.filter(status="gone").count() == 3
    send(client, "greet", books[:4])
    assert "&lt;i&gt;hello&lt;/i&gt; 4" in said(client)  # H14: what an action says is escaped


def test_all_rows_of_all_pages(client, books):
    answer = client.post(f"{LIST}?status__exact=live", {"action": "mark_gone", "select_across": "1", "index": "0"})
    assert answer["Location"] == f"{LIST}?status__exact=live"
    assert Book.objects.filter(status="gone").count() == 12


def test_rows_outside_of_the_list_are_not_touched(client, books):
    """H01, H03: what is chosen is looked for among the rows of the list."""
    client.post(
        f"{LIST}?status__exact=live",
        {"action": "mark_gone", "_selected_action": [book.pk for book in books], "index": "0"},
    )
    assert Book.objects.filter(status="gone").count() == 12


def test_nothing_chosen(client, books):
    send(client, "mark_gone", [])
    assert "choose rows first" in said(client)
    send(client, "", books[:2])
    assert "No action was chosen" in said(client)


def test_names_that_are_no_actions_do_nothing(client, books):
    """H03: names come out of the menu, not out of the class."""
    for name in ("get_urls", "delete_model", "__class__", "nothing", "has_delete_permission", "x" * 500):
        assert send(client, name, books[:2]).status_code == 302, name
        assert "No action was chosen" in said(client), name
    assert Book.objects.count() == 25


def test_keys_that_cannot_be(client, books):
    answer = client.post(
        LIST, {"action": "mark_gone", "_selected_action": ["x", "1;DROP", "9" * 40, "\x00"], "index": "0"}
    )
    assert answer.status_code == 302
    assert Book.objects.filter(status="gone").count() == 0


def test_the_lower_menu(client, books, monkeypatch):
    monkeypatch.setattr(site.get_model_admin(Book), "actions_on_bottom", True)
    assert client.get(LIST).content.decode().count('name="action"') == 2
    client.post(LIST, {"action": ["", "mark_gone"], "_selected_action": [books[0].pk], "index": "1"})
    assert Book.objects.get(pk=books[0].pk).status == "gone"


def test_actions_ask_for_permissions(staff, books):
    """H03: an action that the user may not run is neither offered nor run."""
    client = staff("view_book")
    text = client.get(LIST).content.decode()
    assert "export_as_csv" in text
    assert "greet" in text
    assert "mark_gone" not in text
    for name in ("mark_gone", "put_on_sale", "delete_selected"):
        send(client, name, books[:2], post="yes")
    assert Book.objects.filter(status="gone").count() == 0
    assert Book.objects.count() == 25


def test_an_action_may_answer(client, books, monkeypatch):
    def answer(modeladmin, request, queryset):
        return HttpResponse(f"{queryset.count()} rows")

    monkeypatch.setattr(site.get_model_admin(Book), "actions", [answer])
    assert send(client, "answer", books[:2]).content == b"2 rows"


def test_hooks(books, rf):
    class Mine(ModelAdmin):
        actions = ["mark"]

        def mark(self, request, queryset): ...

        def get_actions(self, request):
            found = super().get_actions(request)
            del found["delete_selected"]
            return found

    model_admin = Mine(Book, site)
    request = rf.get("/")
    request.user = type("User", (), {"has_perm": lambda self, name: True, "is_active": True})()
    assert list(model_admin.get_actions(request)) == ["export_as_csv", "mark"]
    assert dict(model_admin.get_action_choices(request))["mark"] == "Mark"
    assert model_admin.get_action("nothing") is None
    assert model_admin.get_action("delete_selected")[0] is admin.delete_selected


# -- deleting ----------------------------------------------------------------------------------------------------------


def test_deleting_asks_first(client, books):
    Review.objects.create(book=books[0], reader="Sam")
    text = send(client, "delete_selected", books[:2]).content.decode()
    assert "Delete these rows?" in text
    assert "Book 00" in text
    assert "Book 01" in text
    assert Book.objects.count() == 25
    answer = send(client, "delete_selected", books[:2], post="yes")
    assert answer.status_code == 302
    assert (Book.objects.count(), Review.objects.count()) == (23, 0)
    assert "2 books deleted" in said(client)
    assert [entry.object_repr for entry in LogEntry.objects.order_by("object_repr")] == ["Book 00", "Book 01"]


@pytest.mark.parametrize(("number", "words"), [(1, "Delete the chosen book and all that belongs to it?"),
                                               (2, "Delete the chosen books and all that belongs to them?")])  # fmt: skip
def test_deleting_asks_for_one_row_and_for_several(client, books, number, words):
    assert words in send(client, "delete_selected", books[:number]).content.decode()


def test_deleting_goes_on_from_its_own_page(client, books):
    import re

    text = send(client, "delete_selected", books[:3]).content.decode()
    form = text.partition('<div class="card">')[2].partition("</form>")[0]
    data: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        data.setdefault(name, []).append(value)
    data.pop("csrfmiddlewaretoken")
    assert client.post(LIST, data).status_code == 302
    assert Book.objects.count() == 22


def test_a_link_deletes_nothing(client, books):
    """M17: what GET says is not done."""
    client.get(f"{LIST}?action=delete_selected&post=yes&_selected_action={books[0].pk}&index=0")
    assert Book.objects.count() == 25


def test_deleting_asks_for_each_row(client, books, monkeypatch):
    """H01: a permission of single objects is asked for each chosen one, and nothing is deleted if one is refused."""
    model_admin = site.get_model_admin(Book)
    monkeypatch.setattr(
        model_admin, "has_delete_permission", lambda request, obj=None: obj is None or obj.title != "Book 01"
    )
    assert send(client, "delete_selected", books[:3], post="yes").status_code == 403
    assert Book.objects.count() == 25
    assert send(client, "delete_selected", [books[0], books[2]], post="yes").status_code == 302
    assert Book.objects.count() == 23


def test_deleting_needs_permission_for_what_goes_along(staff, books):
    Review.objects.create(book=books[0], reader="Sam")
    client = staff("view_book", "delete_book")
    text = send(client, "delete_selected", books[:1]).content.decode()
    assert "Cannot delete" in text
    assert send(client, "delete_selected", books[:1], post="yes").status_code == 403
    assert Book.objects.count() == 25


def test_too_many_rows_are_not_deleted_at_once(client, books, monkeypatch):
    from manoir.admin import _delete_selected

    monkeypatch.setattr(_delete_selected, "MOST_ROWS", 5)
    send(client, "delete_selected", books, post="yes", select_across="1")
    assert Book.objects.count() == 25
    assert "25 rows are too many to delete at once" in said(client)


# -- changing rows in the list -----------------------------------------------------------------------------------------


def rows_form(client, query="", **changes):
    """What a browser sends for the list, with changes by name."""
    import re

    text = client.get(LIST + query).content.decode()
    text = text.partition('id="changelist-form"')[2].partition("</form>")[0]
    data = {}
    for tag in re.findall(r"<input [^>]*>", text):
        found = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if found.get("type") == "checkbox" and "checked" not in tag:
            continue
        if found.get("name", "").startswith("form-"):
            data[found["name"]] = found.get("value", "on")
    return {**data, "_save": "1", **changes}


def test_rows_are_changed(client, books):
    data = rows_form(client, "?o=1", **{"form-2-price": "99.50", "form-1-on_sale": "on"})
    assert data["form-TOTAL_FORMS"] == "10"
    assert data["form-1-id"] == str(books[1].pk)
    answer = client.post(f"{LIST}?o=1", data)
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?o=1")
    assert Book.objects.get(pk=books[2].pk).price == Decimal("99.50")
    assert Book.objects.get(pk=books[1].pk).on_sale is True
    assert "2 books changed" in said(client)
    entries = list(LogEntry.objects.order_by("object_repr"))
    assert [(entry.object_repr, entry.action_flag) for entry in entries] == [("Book 01", 2), ("Book 02", 2)]
    assert "price" in entries[1].get_change_message()


def test_mistakes_are_shown_and_nothing_is_saved(client, books):
    data = rows_form(client, "?o=1", **{"form-0-price": "nonsense", "form-1-price": "5"})
    text = client.post(f"{LIST}?o=1", data).content.decode()
    assert "Nothing was saved" in text
    assert "errorlist" in text
    assert Book.objects.get(pk=books[1].pk).price == 1


def test_forged_rows_change_nothing(client, books, monkeypatch):
    """H01, H02: keys outside of the queryset, undeclared fields, more forms than there are."""
    model_admin = site.get_model_admin(Book)
    monkeypatch.setattr(model_admin, "get_queryset", lambda request: Book.objects.filter(author__name="Ann"))
    data = rows_form(client, "?o=1", **{"form-0-title": "Hacked", "form-0-status": "gone"})
    client.post(f"{LIST}?o=1", data)
    assert not Book.objects.filter(title="Hacked").exists()
    assert not Book.objects.filter(status="gone").exists()
    data = rows_form(client, "?o=1", **{"form-0-id": str(books[1].pk), "form-0-price": "77"})
    assert client.post(f"{LIST}?o=1", data).status_code == 200
    assert not Book.objects.filter(price=77).exists()
    data = rows_form(client, "?o=1", **{"form-TOTAL_FORMS": "11", "form-9-price": "3", "form-9-on_sale": "on"})
    client.post(f"{LIST}?o=1", data)
    assert Book.objects.count() == 25
    data = rows_form(client, "?o=1", **{"form-TOTAL_FORMS": "1000000000", "form-INITIAL_FORMS": "1000000000"})
    assert client.post(f"{LIST}?o=1", data).status_code == 200  # H44: the caps of formsets


def test_rows_that_may_not_be_changed_are_closed(client, books, monkeypatch):
    """H01, H03: permission is asked for each row; a forged value of a closed row is ignored."""
    model_admin = site.get_model_admin(Book)
    monkeypatch.setattr(
        model_admin, "has_change_permission", lambda request, obj=None: obj is None or obj.title != "Book 01"
    )
    text = client.get(f"{LIST}?o=1").content.decode()
    assert 'name="form-0-price"' in text
    assert 'name="form-1-price"' not in text
    data = rows_form(client, "?o=1", **{"form-1-price": "66", "form-2-price": "55"})
    assert client.post(f"{LIST}?o=1", data).status_code == 302
    assert Book.objects.get(pk=books[1].pk).price == 1
    assert Book.objects.get(pk=books[2].pk).price == 55


def test_what_a_form_only_shows_is_closed_in_the_list(client, books, monkeypatch):
    """H02, H03: `get_readonly_fields` holds for the user and the row, whichever page writes."""
    model_admin = site.get_model_admin(Book)
    monkeypatch.setattr(
        model_admin,
        "get_readonly_fields",
        lambda request, obj=None: ["price", "is_cheap"] if obj is not None and obj.title == "Book 01" else [],
    )
    data = rows_form(client, "?o=1", **{"form-1-price": "66", "form-1-on_sale": "on", "form-2-price": "55"})
    assert client.post(f"{LIST}?o=1", data).status_code == 302
    first, second = Book.objects.get(pk=books[1].pk), Book.objects.get(pk=books[2].pk)
    assert (first.price, first.on_sale, second.price) == (1, True, 55)


def test_who_may_only_see_changes_nothing(staff, books):
    client = staff("view_book")
    data = {
        "_save": "1",
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": books[0].pk,
        "form-0-price": "44",
    }
    assert client.post(LIST, data).status_code == 403
    assert Book.objects.get(pk=books[0].pk).price == 0


def test_saving_uses_the_hooks_of_the_form(client, books, monkeypatch):
    saved = []
    model_admin = site.get_model_admin(Book)
    monkeypatch.setattr(
        model_admin,
        "save_model",
        lambda request, obj, form, change: saved.append((obj.title, form.changed_data, change)),
    )
    client.post(f"{LIST}?o=1", rows_form(client, "?o=1", **{"form-2-price": "99.50"}))
    assert saved == [("Book 02", ["price"], True)]


# -- CSV ---------------------------------------------------------------------------------------------------------------


def table(answer):
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_export_of_the_list(client, books):
    answer = client.get("/admin/library/book/export/?status__exact=live&o=-1")
    assert answer["Content-Disposition"] == 'attachment; filename="library-book.csv"'
    rows = table(answer)
    assert rows[0][:6] == ["title", "author", "country", "price", "Length", "Cheap?"]
    assert [row[0] for row in rows[1:3]] == ["Book 23", "Book 21"]
    assert len(rows) == 13
    assert rows[1] == ["Book 23", "Cem", "ZA", "23.00", "230 pp.", "false", "false", "On sale", "2023-12-24", ""]


def test_export_of_chosen_rows(client, books):
    rows = table(send(client, "export_as_csv", books[:2]))
    assert [row[0] for row in rows[1:]] == ["Book 00", "Book 01"]


def test_export_in_async_code(boss, books):
    async def read():
        client = AsyncClient()
        await client.aforce_login(boss)
        answer = await client.get("/admin/library/author/export/")
        return b"".join([part async for part in answer.streaming_content])

    assert run(read()).decode().splitlines()[1].startswith('"Ann","Ann","","","true","","Book 00, Book 03')


def test_export_reads_in_pieces(client, books, at_most, monkeypatch):
    """A table of any size: some hundred rows at a time, relations of each piece at once."""
    from manoir.admin import _export

    monkeypatch.setattr(_export, "CHUNK_ROWS", 10)
    with at_most(20):
        rows = table(client.get("/admin/library/book/export/"))
    assert len(rows) == 26


CELLS = [
    ("=1+1", "'=1+1"),
    ("+1", "'+1"),
    ("-1", "'-1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    (" =1", "' =1"),
    ("\n=1", "'\n=1"),
    ("＝1", "'＝1"),
    ('"=1', "'\"=1"),
    ("\ufeff=1", "'\ufeff=1"),
    ("|calc", "'|calc"),
    ("a=1", "a=1"),
    ("-", "'-"),
    ("", ""),
    (None, ""),
    (-5, -5),
    (Decimal("-1.50"), Decimal("-1.50")),
    (True, "true"),
    (["=a", "b"], "'=a, b"),
]


@pytest.mark.parametrize(("value", "expected"), CELLS)
def test_no_cell_is_a_formula(value, expected):
    """M10: what a spreadsheet would run gets an apostrophe; numbers stay numbers."""
    assert plain(value) == expected


def test_a_file_without_formulas(client, books):
    """M10, in a whole file."""
    Author.objects.create(name='=HYPERLINK("http://evil.example/")')
    rows = table(client.get("/admin/library/author/export/?q=HYPERLINK"))
    assert rows[1][0] == '\'=HYPERLINK("http://evil.example/")'


def test_secrets_are_not_exported(client, boss):
    """H38: a column of hashes shows nothing and is not in the file."""
    rows = table(client.get("/admin/auth/user/export/"))
    assert rows[0] == ["username", "staff status"] or "password" not in rows[0]
    assert boss.password not in client.get("/admin/auth/user/").content.decode()


def test_export_asks_for_permission(staff, books, monkeypatch):
    client = staff("view_tag")
    assert client.get("/admin/library/book/export/").status_code == 403
    assert client.get("/admin/library/tag/export/").status_code == 200
    assert Client().get("/admin/library/tag/export/").status_code == 302
    monkeypatch.setattr(site.get_model_admin(Tag), "export_fields", ())
    assert client.get("/admin/library/tag/export/").status_code == 403
    assert "export" not in client.get("/admin/library/tag/").content.decode()


def test_columns_of_the_export(client, books, monkeypatch):
    monkeypatch.setattr(site.get_model_admin(Book), "export_fields", ["isbn", "author__name"])
    assert table(client.get("/admin/library/book/export/?o=1"))[:2] == [["isbn", "name"], ["0000000000000", "Ann"]]


def test_export_filters_as_the_list_does(client, books):
    assert client.get("/admin/library/book/export/?author__name__startswith=A").status_code == 400
    assert client.get("/admin/library/book/export/?on_sale__exact=maybe").status_code == 302

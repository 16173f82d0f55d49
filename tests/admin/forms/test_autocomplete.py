"""Searches of autocomplete fields: what is found, and who may ask for what."""

from __future__ import annotations

import re

import pytest

from manoir.auth import Permission
from manoir.db import connection
from manoir.testing import CaptureQueriesContext
from tests.admin.forms.browser import form_data
from tests.admin.forms.site.models import Guild, Person, Tool, Workshop

URL = "/admin/autocomplete/"


@pytest.fixture
def guilds(database):
    return [Guild.objects.create(name=f"Guild {number:02}", slug=f"g{number}") for number in range(45)]


def ask(client, field="guild", model="person", **extra):
    return client.get(URL, {"app_label": "atelier", "model_name": model, "field_name": field, **extra})


def test_rows_are_found_page_by_page(client, guilds):
    first = ask(client, term="guild").json()
    assert [row["text"] for row in first["results"][:2]] == ["Guild 00", "Guild 01"]
    assert (len(first["results"]), first["pagination"]["more"]) == (20, True)
    last = ask(client, term="guild", page="3").json()
    assert (len(last["results"]), last["pagination"]["more"]) == (5, False)
    assert ask(client, term="guild 07").json()["results"] == [{"id": str(guilds[7].pk), "text": "Guild 07"}]
    assert ask(client, term="nothing").json()["results"] == []


def test_a_field_that_searches_stays_one_above_a_thousand_rows(client, guilds):
    """It is there for such tables, and reads only the row that is chosen."""
    Guild.objects.bulk_create([Guild(name=f"More {number}", slug=f"m{number}") for number in range(1_000)])
    person = Person.objects.create(name="Ada", guild=guilds[3])
    url = f"/admin/atelier/person/{person.pk}/change/"
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        text = client.get(url).text
    assert re.search(r'<select name="guild"[^>]* data-autocomplete=', text)
    assert f'<option value="{guilds[3].pk}" selected>Guild 03</option>' in text
    assert "Guild 04" not in text
    assert not [query["sql"] for query in queries if "1001" in query["sql"]]


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "1.5", ""])
def test_pages_that_cannot_be(client, guilds, page):
    assert ask(client, page=page).status_code == 200


def test_an_answer_takes_three_queries(client, guilds):
    ask(client)
    with CaptureQueriesContext(connection) as queries:
        ask(client, term="guild")
    assert len(queries) == 3  # session, user, rows


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("person", "name"),
        ("person", "token"),
        ("workshop", "guild"),
        ("workshop", "keeper"),
        ("nothing", "guild"),
        ("person", "nothing"),
        ("", ""),
    ],
)
def test_only_relations_that_a_form_searches_for_are_answered(client, guilds, model, field):
    """H37: the view is no way to read any table."""
    assert ask(client, field=field, model=model).status_code == 403


def test_other_apps_are_not_answered(client):
    query = {"app_label": "auth", "model_name": "permission", "field_name": "content_type"}
    assert client.get(URL, query).status_code == 403
    assert client.get(URL).status_code == 403


def test_the_related_rows_must_be_allowed_to_be_seen(staff, guilds):
    client = staff("change_person")
    assert ask(client).status_code == 403


def test_who_may_see_them_searches(staff, guilds):
    assert ask(staff("change_person", "view_guild")).status_code == 200


def test_who_may_see_the_rows_but_not_the_form_does_not_search_through_it(staff, guilds):
    assert ask(staff("view_guild")).status_code == 403


def test_rows_come_out_of_the_related_queryset_and_its_limits(client, guilds, monkeypatch):
    """H01."""
    from tests.admin.forms.site.admin import GuildAdmin

    monkeypatch.setattr(GuildAdmin, "get_queryset", lambda self, request: Guild.objects.filter(name__endswith="7"))
    assert len(ask(client).json()["results"]) == 4
    field = Person._meta.get_field("guild")
    monkeypatch.setattr(field.remote_field, "limit_choices_to", {"name__startswith": "Guild 1"})
    assert [row["text"] for row in ask(client).json()["results"]] == ["Guild 17"]


def test_writing_methods_are_refused(client):
    """M17."""
    assert client.post(URL, {}).status_code == 405


# -- the widget -------------------------------------------------------------------------------------------------------


def test_only_the_chosen_row_stands_in_the_page(client, guilds):
    person = Person.objects.create(name="Ada", guild=guilds[3])
    url = f"/admin/atelier/person/{person.pk}/change/"
    page = client.get(url)
    assert page.text.count("Guild 0") == 1
    assert 'data-autocomplete="/admin/autocomplete/"' in page.text
    data = form_data(page, scripting=True, guild=str(guilds[40].pk))
    assert client.post(url, data).status_code == 302
    person.refresh_from_db()
    assert person.guild == guilds[40]


def test_without_scripting_the_key_is_typed(client, guilds):
    person = Person.objects.create(name="Ada", guild=guilds[3])
    url = f"/admin/atelier/person/{person.pk}/change/"
    data = form_data(client.get(url), scripting=False)
    assert data["guild-keys"] == [str(guilds[3].pk)]
    assert client.post(url, {**data, "guild-keys": str(guilds[9].pk)}).status_code == 302
    person.refresh_from_db()
    assert person.guild == guilds[9]
    assert client.post(url, form_data(client.get(url), **{"guild-keys": ""})).status_code == 302
    person.refresh_from_db()
    assert person.guild is None
    for wrong in ("999999", "x", "1,2"):
        assert client.post(url, {**form_data(client.get(url)), "guild-keys": wrong}).status_code == 200


def test_rows_of_an_inline_are_named_by_one_query(client, guilds, monkeypatch):
    from tests.admin.forms.site.admin import ToolInline

    workshop = Workshop.objects.create(name="Forge")
    for number in range(20):
        Tool.objects.create(workshop=workshop, name=f"T{number}", owner=Person.objects.create(name=f"P{number}"))
    monkeypatch.setattr(ToolInline, "autocomplete_fields", ["owner"])
    url = f"/admin/atelier/workshop/{workshop.pk}/change/"
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(url)
    assert page.text.count('selected="">P1<') + page.text.count("selected>P1<") == 1
    assert len(queries) <= 12


def test_a_relation_of_an_inline_is_searched_for_by_who_may_open_its_page(staff, guilds, monkeypatch):
    from tests.admin.forms.site.admin import ToolAdmin, ToolInline

    monkeypatch.setattr(ToolAdmin, "autocomplete_fields", [])
    monkeypatch.setattr(ToolInline, "autocomplete_fields", ["owner"])
    Person.objects.create(name="Ada")
    client = staff("view_person")
    assert ask(client, model="tool", field="owner").status_code == 403
    client.user.user_permissions.add(Permission.objects.get(codename="change_workshop"))
    assert ask(client, model="tool", field="owner").json()["results"][0]["text"] == "Ada"

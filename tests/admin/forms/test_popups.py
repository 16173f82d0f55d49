"""Windows for related objects: what they are opened with, and what they give back."""

from __future__ import annotations

import json

import pytest

from tests.admin.forms.browser import form_data
from tests.admin.forms.site.models import Guild, Seal


@pytest.fixture
def guild(database):
    return Guild.objects.create(name="Smiths", slug="the-smiths")


def answer(page):
    return json.loads(page.context["popup_response_data"])


def test_a_relation_to_another_field_than_the_key_gives_that_back(client, guild):
    seal = Seal.objects.create(guild=guild)
    page = client.get(f"/admin/atelier/seal/{seal.pk}/change/")
    assert form_data(page)["guild"] == ["the-smiths"]
    url = "/admin/atelier/guild/the-smiths/change/?_to_field=slug"
    assert f'href="{url}"' in page.text
    popup = client.get(f"{url}&_popup=1")
    data = form_data(popup, slug="the-bakers")
    assert (data["_to_field"], data["_popup"]) == (["slug"], ["1"])
    assert answer(client.post(f"{url}&_popup=1", data)) == {
        "action": "change", "value": "the-smiths", "obj": "Smiths", "new_value": "the-bakers",
    }  # fmt: skip


def test_links_of_a_window_stay_with_its_field(client, guild):
    page = client.get("/admin/atelier/guild/the-smiths/change/?_to_field=slug&_popup=1")
    assert 'href="/admin/atelier/guild/the-smiths/delete/?_popup=1&amp;_to_field=slug"' in page.text
    page = client.get("/admin/atelier/guild/the-smiths/delete/?_to_field=slug&_popup=1")
    data = {"post": "yes", "_popup": "1", "_to_field": "slug"}
    assert answer(client.post("/admin/atelier/guild/the-smiths/delete/", data)) == {
        "action": "delete",
        "value": "the-smiths",
    }
    assert not Guild.objects.exists()


def test_a_new_object_gives_back_the_field_that_is_asked_for(client, guild):
    url = "/admin/atelier/guild/add/?_to_field=slug&_popup=1"
    data = form_data(client.get(url), name="Bakers", slug="the-bakers")
    assert answer(client.post(url, data)) == {"value": "the-bakers", "obj": "Bakers"}


def test_errors_stay_in_the_window(client, guild):
    url = "/admin/atelier/guild/add/?_popup=1"
    page = client.post(url, form_data(client.get(url), name=""))
    assert page.status_code == 200
    assert form_data(page)["_popup"] == ["1"]
    assert "<nav" not in page.text


def test_a_window_needs_permissions_like_any_page(staff, guild):
    """H03."""
    client = staff("change_seal")
    assert client.get("/admin/atelier/guild/add/?_popup=1").status_code == 403
    assert (
        client.post("/admin/atelier/guild/add/?_popup=1", {"name": "x", "slug": "x", "_popup": "1"}).status_code == 403
    )
    assert Guild.objects.count() == 1


def test_what_a_window_gives_back_is_data_not_script(client, guild):
    """H14, M02."""
    name = "</main><script>alert(1)</script>&quot;"
    page = client.post("/admin/atelier/guild/add/", {"name": name, "slug": "x", "_popup": "1"})
    assert answer(page)["obj"] == name
    assert "<script>alert" not in page.text
    assert page.text.count("<script") == 1

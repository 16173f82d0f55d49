"""Rows that point to the object of the page by a content type and a key."""

from __future__ import annotations

import pytest

from manoir.forms import BaseGenericInlineFormSet, generic_inlineformset_factory
from tests.admin.forms.browser import form_data
from tests.admin.forms.site import admin
from tests.admin.forms.site.models import Guild, Remark, Tool, Workshop

PREFIX = "atelier-remark-content_type-object_id"


@pytest.fixture
def workshop(database, monkeypatch):
    monkeypatch.setattr(admin.WorkshopAdmin, "inlines", [admin.RemarkInline])
    made = Workshop.objects.create(name="Forge")
    Remark.objects.create(text="Loud", content_object=made)
    Remark.objects.create(text="Elsewhere", content_object=Guild.objects.create(pk=made.pk, name="G", slug="g"))
    return made


def url(workshop, page="change"):
    return f"/admin/atelier/workshop/{workshop.pk}/{page}/"


def remarks(obj):
    return [one.text for one in Remark.objects.all() if one.content_object == obj]


def test_rows_of_this_object_only_are_shown_changed_and_added(client, workshop):
    page = client.get(url(workshop))
    data = form_data(page, **{f"{PREFIX}-0-text": "Louder", f"{PREFIX}-1-text": "Dusty"})
    assert (data[f"{PREFIX}-INITIAL_FORMS"], "Elsewhere" in page.text) == (["1"], False)
    assert client.post(url(workshop), data).status_code == 302
    assert remarks(workshop) == ["Louder", "Dusty"]
    data = form_data(client.get(url(workshop)), **{f"{PREFIX}-0-DELETE": "on"})
    assert client.post(url(workshop), data).status_code == 302
    assert remarks(workshop) == ["Dusty"]


def test_a_new_object_is_added_with_rows(client, workshop):
    add = "/admin/atelier/workshop/add/"
    data = form_data(client.get(add), **{"name": "Kiln", f"{PREFIX}-0-text": "Hot"})
    assert client.post(add, data).status_code == 302
    assert remarks(Workshop.objects.get(name="Kiln")) == ["Hot"]


def test_rows_of_other_objects_are_out_of_reach(client, workshop):
    """H02."""
    foreign = Remark.objects.get(text="Elsewhere")
    data = form_data(client.get(url(workshop)))
    for changes in ({f"{PREFIX}-0-id": str(foreign.pk)}, {f"{PREFIX}-1-id": str(foreign.pk), f"{PREFIX}-1-text": "x"}):
        assert client.post(url(workshop), {**data, **changes}).status_code == 200
    client.post(
        url(workshop),
        {**data, f"{PREFIX}-1-text": "New", f"{PREFIX}-1-object_id": "1", f"{PREFIX}-1-content_type": "1"},
    )
    assert remarks(workshop) == ["Loud", "New"]
    foreign.refresh_from_db()
    assert foreign.text == "Elsewhere"


def test_rights_are_asked_for_the_rows(staff, workshop):
    """H03."""
    client = staff("change_workshop", "view_remark")
    page = client.get(url(workshop))
    assert "Loud" in page.text
    data = {**form_data(page), f"{PREFIX}-0-text": "Forged", f"{PREFIX}-0-DELETE": "on", f"{PREFIX}-TOTAL_FORMS": "2",
            f"{PREFIX}-1-text": "Forged too"}  # fmt: skip
    assert client.post(url(workshop), data).status_code == 302
    assert remarks(workshop) == ["Loud"]


def test_rows_go_with_their_object_and_are_named_before(client, workshop):
    page = client.get(url(workshop, "delete"))
    assert "Remark: Loud" in page.text
    assert "Elsewhere" not in page.text
    assert dict(page.context["model_count"])["remarks"] == 1
    assert client.post(url(workshop, "delete"), {"post": "yes"}).status_code == 302
    assert list(Remark.objects.values_list("text", flat=True)) == ["Elsewhere"]


async def test_the_formset_in_a_coroutine(database):
    workshop = await Workshop.objects.acreate(name="Forge")
    made = generic_inlineformset_factory(Remark, fields=["text"], extra=1)
    assert issubclass(made, BaseGenericInlineFormSet)
    data = {f"{PREFIX}-TOTAL_FORMS": "1", f"{PREFIX}-INITIAL_FORMS": "0", f"{PREFIX}-0-text": "Loud"}
    formset = made(data, instance=workshop)
    assert await formset.ais_valid(), formset.errors
    rows = await formset.asave()
    assert [(row.text, row.object_id) for row in rows] == [("Loud", workshop.pk)]


def test_which_key():
    with pytest.raises(ValueError, match=r"no field 'content_typ'\. Did you mean 'content_type'"):
        generic_inlineformset_factory(Remark, ct_field="content_typ", fields=["text"])
    with pytest.raises(ValueError, match="no foreign key to ContentType"):
        generic_inlineformset_factory(Tool, ct_field="owner", fk_field="name", fields=["name"])

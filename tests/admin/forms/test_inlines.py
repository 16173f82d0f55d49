"""Rows of other models on the page of an object: shown, added, changed, deleted, as far as somebody may."""

from __future__ import annotations

import datetime as dt

import pytest

from manoir.admin import LogEntry
from manoir.db import connection
from manoir.testing import CaptureQueriesContext, override_settings
from tests.admin.forms.browser import form_data
from tests.admin.forms.site.models import Person, Pledge, Skill, Tool, Visit, Workshop


@pytest.fixture
def workshop(database):
    made = Workshop.objects.create(name="Forge", town="Ulm")
    for name in ("Anvil", "Hammer"):
        Tool.objects.create(workshop=made, name=name, price=5)
    return made


def url(workshop):
    return f"/admin/atelier/workshop/{workshop.pk}/change/"


def tools():
    return list(Tool.objects.values_list("name", flat=True))


def test_rows_stand_on_the_page_with_empty_ones_and_a_template(client, workshop):
    data = form_data(client.get(url(workshop)))
    assert (data["tools-TOTAL_FORMS"], data["tools-INITIAL_FORMS"]) == (["3"], ["2"])
    assert (data["tools-0-name"], data["tools-1-name"], data["tools-2-name"]) == (["Anvil"], ["Hammer"], [""])
    text = client.get(url(workshop)).text
    assert 'name="tools-__prefix__-name"' in text
    assert "<template data-inline-template>" in text


def test_rows_are_added_changed_and_deleted_together_with_the_object(client, workshop):
    data = form_data(
        client.get(url(workshop)),
        **{"name": "Smithy", "tools-0-name": "Big anvil", "tools-1-DELETE": "on", "tools-2-name": "Tongs"},
    )
    assert client.post(url(workshop), data).status_code == 302
    workshop.refresh_from_db()
    assert (workshop.name, tools()) == ("Smithy", ["Big anvil", "Tongs"])
    message = LogEntry.objects.get().get_change_message()
    assert message == "Changed name. Added tool “Tongs”. Changed name for tool “Big anvil”. Deleted tool “Hammer”."


def test_an_object_is_added_with_its_rows(client, database):
    data = form_data(
        client.get("/admin/atelier/workshop/add/"), **{"name": "Kiln", "tools-0-name": "Wheel", "tools-0-price": "3"}
    )
    assert client.post("/admin/atelier/workshop/add/", data).status_code == 302
    assert Tool.objects.get().workshop.name == "Kiln"


def test_an_error_in_a_row_saves_nothing_and_is_named(client, workshop):
    data = form_data(client.get(url(workshop)), **{"name": "Smithy", "tools-0-price": "much", "tools-2-name": "Anvil"})
    page = client.post(url(workshop), data)
    assert page.status_code == 200
    assert '<a href="#id_tools-0-price">Tools 1, Price</a>' in page.text
    assert form_data(page)["tools-2-name"] == ["Anvil"]
    workshop.refresh_from_db()
    assert (workshop.name, tools()) == ("Forge", ["Anvil", "Hammer"])


def test_rows_that_must_differ_by_parent_are_checked_before_the_database_complains(client, workshop):
    page = client.post(url(workshop), form_data(client.get(url(workshop)), **{"tools-2-name": "Anvil"}))
    assert page.status_code == 200
    assert tools() == ["Anvil", "Hammer"]


def test_keys_looked_up_by_hand_show_the_name(client, workshop):
    guest = Person.objects.create(name="Grace")
    Visit.objects.create(workshop=workshop, guest=guest, day=dt.date(2026, 1, 2))
    page = client.get(url(workshop))
    assert f'<a href="/admin/atelier/person/{guest.pk}/change/">Grace</a>' in page.text
    assert client.post(url(workshop), form_data(page, **{"visit_set-0-guest": "999"})).status_code == 200


def test_a_row_that_others_need_stays_and_says_why(client, workshop):
    hammer = Tool.objects.get(name="Hammer")
    Pledge.objects.create(tool=hammer, workshop=Workshop.objects.create(name="Other"))
    page = client.post(url(workshop), form_data(client.get(url(workshop)), **{"tools-1-DELETE": "on", "name": "New"}))
    assert page.status_code == 200
    assert "a row cannot be deleted while others need it" in page.text
    assert (tools(), Workshop.objects.get(pk=workshop.pk).name) == (["Anvil", "Hammer"], "Forge")


def test_rows_of_a_many_to_many_relation(client, workshop, monkeypatch):
    from tests.admin.forms.site import admin

    first, second = Skill.objects.create(name="Casting"), Skill.objects.create(name="Forging")
    workshop.skills.add(first)
    monkeypatch.setattr(admin.WorkshopAdmin, "inlines", [admin.SkillInline])
    monkeypatch.setattr(admin.WorkshopAdmin, "exclude", ["skills"])
    prefix = "Workshop_skills"
    page = client.get(url(workshop))
    data = form_data(page)
    assert data[f"{prefix}-0-skill"] == [str(first.pk)]
    data.update({f"{prefix}-TOTAL_FORMS": ["2"], f"{prefix}-1-skill": [str(second.pk)], f"{prefix}-0-DELETE": ["on"]})
    assert client.post(url(workshop), data).status_code == 302
    assert list(workshop.skills.all()) == [second]


@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=None)
def test_very_many_rows_are_shown_by_pages(client, workshop):
    Tool.objects.bulk_create([Tool(workshop=workshop, name=f"Nail {number:05}") for number in range(10_000)])
    page = client.get(url(workshop))
    assert "Rows 1 to 100 of 10002." in page.text
    assert len(page.text) < 400_000
    page = client.get(f"{url(workshop)}?tools-page=2&_changelist_filters=q%3Dx")
    assert 'href="?_changelist_filters=q%3Dx&amp;tools-page=3">Next rows</a>' in page.text
    data = form_data(client.get(f"{url(workshop)}?tools-page=100"))
    assert data["tools-0-name"] == ["Nail 09898"]
    data = form_data(client.get(f"{url(workshop)}?tools-page=101"), **{"tools-1-name": "Last nail"})
    assert client.post(f"{url(workshop)}?tools-page=101", data).status_code == 302
    assert Tool.objects.filter(name="Last nail").count() == 1
    assert Tool.objects.count() == 10_002
    for number in ("0", "x", "999999999", "-1"):
        assert client.get(f"{url(workshop)}?tools-page={number}").status_code == 200


def test_no_more_rows_are_shown_than_can_be_sent_back(client, workshop):
    """A page that DATA_UPLOAD_MAX_NUMBER_FIELDS would refuse could be opened, and never saved."""
    Tool.objects.bulk_create([Tool(workshop=workshop, name=f"Nail {number}") for number in range(200)])
    with override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=250):
        page = client.get(url(workshop))
        assert "of 202." in page.text
        data = form_data(page, **{"tools-0-name": "Big anvil"})
        assert client.post(url(workshop), data).status_code == 302
    assert Tool.objects.filter(name="Big anvil").exists()


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"classes": ["collapse", "own"]}, '<details class="inline-group tabular collapse own"'),
        ({"verbose_name": "thing"}, '<h2 id="tools-title">Things</h2>'),
        ({"verbose_name_plural": "many things"}, '<h2 id="tools-title">Many things</h2>'),
        ({"max_num": 1}, '<h2 id="tools-title">Tool</h2>'),
        ({"can_delete": False, "ordering": ["-name"]}, 'name="tools-0-name" value="Hammer"'),
        ({"show_change_link": True}, '/change/">Change</a>'),
        ({"readonly_fields": ["double"], "double": lambda self, obj: 2 * (obj.price or 0)}, "10.00"),
        ({"view_on_site": lambda self, obj: f"/tools/{obj.pk}/"}, ">View on site</a>"),
        ({"template": "admin/edit_inline/stacked.html"}, '<section class="inline-group stacked'),
        ({"extra": 0, "min_num": 4}, 'name="tools-3-name"'),
    ],
    ids=lambda value: str(value)[:30],
)
def test_options_of_an_inline(client, workshop, monkeypatch, options, shown):
    from tests.admin.forms.site import admin

    monkeypatch.setattr(admin.WorkshopAdmin, "inlines", [type("Own", (admin.ToolInline,), options)])
    page = client.get(url(workshop))
    assert page.status_code == 200
    assert shown in page.text
    assert client.post(url(workshop), form_data(page)).status_code == (200 if "min_num" in options else 302)


# -- what somebody may ------------------------------------------------------------------------------------------------


def test_an_inline_of_which_nothing_may_be_done_is_not_there(staff, workshop):
    page = staff("change_workshop").get(url(workshop))
    assert "tools-TOTAL_FORMS" not in page.text
    assert "Anvil" not in page.text


def test_rows_that_may_only_be_seen_have_no_inputs(staff, workshop):
    page = staff("change_workshop", "view_tool").get(url(workshop))
    assert "Anvil" in page.text
    data = form_data(page)
    assert "tools-0-name" not in data
    assert "tools-0-DELETE" not in data
    assert "tools-2-name" not in data


def row_data(workshop, **changes):
    """A request by hand: all rows with a new name, one of them deleted, and one more."""
    first, second = workshop.tools.order_by("pk")
    return {
        "name": "Forge", "town": "Ulm",
        "tools-TOTAL_FORMS": "3", "tools-INITIAL_FORMS": "2", "tools-MIN_NUM_FORMS": "0", "tools-MAX_NUM_FORMS": "1000",
        "tools-0-id": str(first.pk), "tools-0-workshop": str(workshop.pk), "tools-0-name": "Forged", "tools-0-price": "1",
        "tools-1-id": str(second.pk), "tools-1-workshop": str(workshop.pk), "tools-1-name": "Hammer", "tools-1-price": "5",
        "tools-1-DELETE": "on",
        "tools-2-id": "", "tools-2-workshop": str(workshop.pk), "tools-2-name": "Added", "tools-2-price": "1",
        **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("permissions", "left"),
    [
        (["view_tool"], ["Anvil", "Hammer"]),
        (["add_tool"], None),
        (["view_tool", "add_tool"], ["Anvil", "Hammer", "Added"]),
        (["change_tool"], ["Forged", "Hammer"]),
        (["change_tool", "delete_tool"], ["Forged"]),
        (["view_tool", "delete_tool"], ["Anvil"]),
        (["change_tool", "add_tool", "delete_tool"], ["Forged", "Added"]),
        ([], ["Anvil", "Hammer"]),
    ],
)
def test_forged_rows_change_what_somebody_may_change_and_nothing_else(staff, workshop, permissions, left):
    """H03, H44: permissions are asked on the server for each kind of write, whatever the management form says."""
    client = staff("change_workshop", *permissions)
    answer = client.post(url(workshop), row_data(workshop))
    # Who may only add sees no rows, so rows that are sent are none of theirs.
    assert answer.status_code == (200 if left is None else 302)
    assert tools() == (["Anvil", "Hammer"] if left is None else left)


def test_who_may_only_add_adds(staff, workshop):
    client = staff("change_workshop", "add_tool")
    page = client.get(url(workshop))
    assert "Anvil" not in page.text
    assert client.post(url(workshop), form_data(page, **{"tools-0-name": "Saw"})).status_code == 302
    assert tools() == ["Anvil", "Hammer", "Saw"]


def test_rows_of_others_are_out_of_reach(client, workshop):
    """H02: a hidden key of a row that belongs to another object."""
    other = Workshop.objects.create(name="Other")
    foreign = Tool.objects.create(workshop=other, name="Foreign")
    for changes in (
        {"tools-0-id": str(foreign.pk)},
        {"tools-2-id": str(foreign.pk)},
        {"tools-2-workshop": str(other.pk)},
        {"tools-0-workshop": str(other.pk)},
        {"tools-1-id": str(Tool.objects.get(name="Anvil").pk)},
        {"tools-0-id": "1 OR 1=1"},
    ):
        assert client.post(url(workshop), row_data(workshop, **changes)).status_code == 200, changes
        assert tools() == ["Anvil", "Hammer", "Foreign"], changes
        assert foreign.workshop_id == Tool.objects.get(name="Foreign").workshop_id


@pytest.mark.parametrize(
    "changes",
    [
        {"tools-TOTAL_FORMS": "1000000000"},
        {"tools-TOTAL_FORMS": "-1"},
        {"tools-TOTAL_FORMS": "x"},
        {"tools-TOTAL_FORMS": "99999999999999999999999999"},
        {"tools-INITIAL_FORMS": "1000000000"},
        {"tools-INITIAL_FORMS": "x"},
    ],
)
def test_forged_management_forms_save_nothing(client, workshop, changes):
    """H44."""
    page = client.post(url(workshop), row_data(workshop, **changes))
    assert page.status_code == 200
    assert tools() == ["Anvil", "Hammer"]
    assert Workshop.objects.get(pk=workshop.pk).name == "Forge"


def test_a_missing_management_form_saves_nothing(client, workshop):
    page = client.post(url(workshop), {"name": "Smithy", "town": "Ulm"})
    assert page.status_code == 200
    assert "Load the page again" in page.text
    assert Workshop.objects.get(pk=workshop.pk).name == "Forge"


def test_who_may_only_see_the_object_sees_the_rows_and_sends_nothing(staff, workshop):
    client = staff("view_workshop", "change_tool", "add_tool", "delete_tool")
    page = client.get(url(workshop))
    assert page.status_code == 200
    assert "Anvil" in page.text
    assert 'name="_save"' not in page.text
    assert "tools-0-name" not in form_data(page)
    assert client.post(url(workshop), row_data(workshop)).status_code == 403
    assert tools() == ["Anvil", "Hammer"]


def test_rows_are_saved_as_new_rows_of_a_new_object(client, workshop, monkeypatch):
    from tests.admin.forms.site.admin import WorkshopAdmin

    monkeypatch.setattr(WorkshopAdmin, "save_as", True)
    data = form_data(client.get(url(workshop)), name="Twin", _saveasnew="1")
    assert client.post(url(workshop), data).status_code == 302
    twin = Workshop.objects.get(name="Twin")
    assert list(twin.tools.values_list("name", flat=True)) == ["Anvil", "Hammer"]
    assert workshop.tools.count() == 2


# -- queries ----------------------------------------------------------------------------------------------------------


def test_a_form_with_relations_and_three_inlines_of_twenty_rows_needs_twelve_queries(staff, database, monkeypatch):
    """D4: the signed-in user and its permissions included."""
    from tests.admin.forms.site import admin

    made = Workshop.objects.create(name="Forge")
    people = [Person.objects.create(name=f"Person {number}") for number in range(20)]
    skills = [Skill.objects.create(name=f"Skill {number}") for number in range(20)]
    made.skills.set(skills[:5])
    made.friends.set(people[:5])
    made.keeper = made.patron = people[0]
    made.save()
    for number, person in enumerate(people):
        Tool.objects.create(workshop=made, name=f"Tool {number}", owner=person)
        Visit.objects.create(workshop=made, guest=person, day=dt.date(2026, 1, 1))

    class Befriended(admin.admin.TabularInline):
        model = Workshop.friends.through
        extra = 0

    made.friends.set(people)
    monkeypatch.setattr(admin.WorkshopAdmin, "inlines", [admin.ToolInline, admin.VisitInline, Befriended])
    monkeypatch.setattr(admin.WorkshopAdmin, "exclude", ["friends"])
    client = staff(
        "change_workshop", "view_tool", "change_tool", "add_tool", "change_visit", "add_visit", "delete_visit",
        "change_person", "view_person", "change_skill", "view_guild",
    )  # fmt: skip
    client.get(url(made))
    with CaptureQueriesContext(connection) as queries:
        page = client.get(url(made))
    assert page.status_code == 200
    data = form_data(page)
    assert (data["tools-INITIAL_FORMS"], data["visit_set-INITIAL_FORMS"]) == (["20"], ["20"])
    assert len(queries) <= 12, "\n".join(str(query) for query in queries.captured_queries)


def test_saving_does_not_ask_for_each_row(client, database):
    """Twenty rows, one changed and one added."""
    made = Workshop.objects.create(name="Forge")
    for number in range(20):
        Tool.objects.create(workshop=made, name=f"Tool {number}", owner=Person.objects.create(name=f"P{number}"))
    data = form_data(client.get(url(made)), **{"tools-3-price": "9", "tools-20-name": "Saw"})
    with CaptureQueriesContext(connection) as queries:
        assert client.post(url(made), data).status_code == 302
    assert len(queries) <= 22, "\n".join(str(query["sql"]) for query in queries.captured_queries)
    assert Tool.objects.filter(price=9).count() == 1

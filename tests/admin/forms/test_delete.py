"""The page that asks before a deletion: what goes, what forbids it, who may."""

from __future__ import annotations

import datetime as dt

import pytest

from manoir.admin import LogEntry
from manoir.auth import get_user_model
from manoir.db import connection
from manoir.testing import CaptureQueriesContext, RequestFactory
from tests.admin.forms.site.admin import WorkshopAdmin, site
from tests.admin.forms.site.models import Guild, Oath, Person, Pledge, Repair, Skill, Tool, Visit, Workshop


@pytest.fixture
def workshop(database):
    made = Workshop.objects.create(name="Forge")
    anvil = Tool.objects.create(workshop=made, name="Anvil")
    Tool.objects.create(workshop=made, name="Hammer")
    Repair.objects.create(tool=anvil, cost=3)
    made.skills.add(Skill.objects.create(name="Casting"))
    return made


def url(obj):
    return f"/admin/atelier/{obj._meta.model_name}/{obj.pk}/delete/"


def test_the_page_names_what_goes_and_counts_it(client, workshop):
    page = client.get(url(workshop))
    assert page.status_code == 200
    assert f'Tool: <a href="/admin/atelier/tool/{Tool.objects.get(name="Anvil").pk}/change/">Anvil</a>' in page.text
    assert "Repair: repair" in page.text
    assert dict(page.context["model_count"]) == {
        "workshops": 1, "tools": 2, "repairs": 1, "workshop-skill relationships": 1,
    }  # fmt: skip
    assert Workshop.objects.exists()


def test_the_object_goes_with_all_that_belongs_to_it_and_the_log_knows(client, workshop):
    answer = client.post(url(workshop), {"post": "yes"})
    assert answer.headers["Location"] == "/admin/atelier/workshop/"
    assert (Workshop.objects.count(), Tool.objects.count(), Repair.objects.count()) == (0, 0, 0)
    entry = LogEntry.objects.get()
    assert (entry.is_deletion(), entry.object_repr, str(entry)) == (True, "Forge", "Deleted “Forge.”")
    text = str(next(iter(client.get("/admin/atelier/guild/add/").context["messages"])))
    assert text == "The workshop “Forge” was deleted."


def test_protected_objects_are_named_and_nothing_goes(client, database):
    person = Person.objects.create(name="Ada")
    Oath.objects.create(person=person, text="Never again")
    page = client.get(url(person))
    assert "Oath: Never again" in page.text
    assert "Yes, delete" not in page.text
    assert client.post(url(person), {"post": "yes"}).status_code == 200
    assert Person.objects.exists()
    assert not LogEntry.objects.exists()


def test_restricted_objects_forbid_it_unless_they_go_too(client, workshop):
    anvil = Tool.objects.get(name="Anvil")
    pledge = Pledge.objects.create(tool=anvil, workshop=workshop)
    page = client.get(url(anvil))
    assert f"Pledge: pledge {pledge.pk}" in page.text
    assert client.post(url(anvil), {"post": "yes"}).status_code == 200
    assert Tool.objects.count() == 2
    assert client.post(url(workshop), {"post": "yes"}).status_code == 302
    assert not Pledge.objects.exists()


def test_a_row_that_appears_between_question_and_deletion_forbids_it_too(client, database, monkeypatch):
    from tests.admin.forms.site.admin import PersonAdmin

    person = Person.objects.create(name="Ada")

    def swear(self, request, obj):
        Oath.objects.create(person=obj, text="Too late")
        obj.delete()

    monkeypatch.setattr(PersonAdmin, "delete_model", swear)
    page = client.post(url(person), {"post": "yes"})
    assert "a row cannot be deleted while others need it" in page.text
    assert (Person.objects.count(), LogEntry.objects.count()) == (1, 0)


def test_permissions_of_all_that_goes_are_needed(staff, workshop):
    """H03."""
    client = staff("delete_workshop", "view_workshop")
    page = client.get(url(workshop))
    assert page.context["perms_lacking"] == ["tool"]
    assert "Yes, delete" not in page.text
    assert client.post(url(workshop), {"post": "yes"}).status_code == 403
    assert Workshop.objects.count() == 1


@pytest.mark.parametrize("permissions", [[], ["view_workshop"], ["change_workshop", "add_workshop", "view_workshop"]])
def test_who_may_not_delete_does_not_get_the_page(staff, workshop, permissions):
    """H03: not even for keys that do not exist, so nobody finds out which do."""
    client = staff(*permissions)
    for method in (client.get, client.post):
        assert method(url(workshop)).status_code == 403
        assert method("/admin/atelier/workshop/999/delete/").status_code == 403
    assert Workshop.objects.count() == 1


def test_very_many_rows_are_counted_and_not_all_named(client, workshop):
    Tool.objects.bulk_create([Tool(workshop=workshop, name=f"Nail {number}") for number in range(1_500)])
    some = Tool.objects.filter(name__startswith="Nail")[:600]
    Repair.objects.bulk_create([Repair(tool=tool) for tool in some])
    with CaptureQueriesContext(connection) as queries:
        page = client.get(url(workshop))
    counts = dict(page.context["model_count"])
    assert (counts["tools"], counts["repairs"]) == (1_502, 601)
    assert "… 1452 more: tools" in page.text
    assert len(page.text) < 60_000
    assert len(queries) < 20
    assert client.post(url(workshop), {"post": "yes"}).status_code == 302
    assert not Tool.objects.exists()


def test_rows_that_only_lose_their_relation_stay(client, database):
    guild = Guild.objects.create(name="Smiths", slug="smiths")
    Person.objects.create(name="Ada", guild=guild)
    assert dict(client.get(url(guild)).context["model_count"]) == {"guilds": 1}
    client.post(url(guild), {"post": "yes"})
    assert Person.objects.get().guild is None


def test_a_row_that_is_reached_on_two_ways_counts_once(client, workshop):
    ada = Person.objects.create(name="Ada")
    Visit.objects.create(workshop=workshop, guest=ada, day=dt.date(2026, 1, 1))
    request = RequestFactory().get("/")
    request.user = get_user_model().objects.get()
    admin = WorkshopAdmin(Workshop, site)
    nested, counts, needed, protected = admin.get_deleted_objects([workshop, ada], request)
    assert counts["visits"] == 1
    assert (needed, protected) == (set(), [])
    assert [len(entry) if isinstance(entry, list) else 0 for entry in nested] == [0, 4, 0]


def test_a_missing_object_leads_to_the_first_page(client, workshop):
    assert client.get("/admin/atelier/workshop/999/delete/").headers["Location"] == "/admin/"

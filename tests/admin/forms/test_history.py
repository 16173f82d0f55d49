"""What was done with an object, by whom, and which fields changed from what to what."""

from __future__ import annotations

import json

import pytest

from manoir.admin import LogEntry
from manoir.admin.models import CHANGE
from manoir.auth import get_user_model
from manoir.testing import Client
from tests.admin.forms.browser import form_data
from tests.admin.forms.site.models import Guild, Person, Skill, Tool, Workshop


@pytest.fixture
def guild(database):
    return Guild.objects.create(name="Smiths", slug="smiths")


def url(obj, page="history"):
    return f"/admin/atelier/{obj._meta.model_name}/{obj.pk}/{page}/"


def edit(client, obj, **changes):
    answer = client.post(url(obj, "change"), form_data(client.get(url(obj, "change")), **changes))
    assert answer.status_code == 302
    return LogEntry.objects.first()


def rows(page):
    return [
        (part["of"], row["field"], row["old"], row["new"])
        for entry in page.context["entries"]
        for part in entry.differences
        for row in part["rows"]
    ]


def test_secrets_that_a_form_takes_are_named_and_not_quoted(guild):
    """H38: a secret of the model, and whatever is typed into the input of a password."""
    from manoir import forms
    from manoir.admin._differences import steps

    class Keys(forms.ModelForm):
        token = forms.CharField()
        pin = forms.CharField(widget=forms.PasswordInput, required=False)

        class Meta:
            model = Person
            fields = ["name"]

    person = Person.objects.create(name="Ada", token="old token")
    sent = {"name": "Ada L.", "token": "new token", "pin": "1234"}
    form = Keys(sent, instance=person, initial={"token": "old token"})
    assert form.is_valid()
    message = json.dumps(steps(form, [], add=False))
    assert "Ada L." in message
    assert not [word for word in ("old token", "new token", "1234") if word in message]


def test_each_change_shows_old_and_new(client, guild):
    edit(client, guild, name="Bakers")
    page = client.get(url(guild))
    assert rows(page) == [("", "name", "Smiths", "Bakers")]
    assert "<del>Smiths</del>" in page.text
    assert "<ins>Bakers</ins>" in page.text
    assert "boss" in page.text


def test_relations_are_named_and_many_of_them_listed(client, guild):
    first, second = Skill.objects.create(name="Casting"), Skill.objects.create(name="Forging")
    ada, eve = Person.objects.create(name="Ada"), Person.objects.create(name="Eve")
    workshop = Workshop.objects.create(name="Forge", keeper=ada, patron=ada)
    workshop.skills.add(first)
    edit(client, workshop, keeper=str(eve.pk), patron=str(eve.pk), skills=[str(first.pk), str(second.pk)])
    assert rows(client.get(url(workshop))) == [
        ("", "keeper", "Ada", "Eve"),
        ("", "patron", "Ada", "Eve"),
        ("", "skills", "Casting", "Casting, Forging"),
    ]


def test_rows_of_inlines_are_part_of_it(client, guild):
    workshop = Workshop.objects.create(name="Forge")
    Tool.objects.create(workshop=workshop, name="Anvil", price=1)
    edit(client, workshop, **{"tools-0-price": "2.5"})
    assert rows(client.get(url(workshop))) == [("tool “Anvil”", "price", "1.00", "2.5")]


def test_long_texts_are_cut_and_payloads_escaped(client, guild):
    """H14."""
    edit(client, guild, motto="<script>alert(1)</script>" + "x" * 170)
    page = client.get(url(guild))
    assert "<script>alert" not in page.text
    person = Person.objects.create(name="Ada")
    edit(client, person, bio="y" * 5_000)
    assert len(LogEntry.objects.first().change_message) < 600


def test_of_long_texts_the_place_is_shown_where_they_differ(client, guild):
    person = Person.objects.create(name="Ada", bio="w" * 1_000 + "old end")
    edit(client, person, bio="w" * 1_000 + "new end")
    ((_of, field, old, new),) = rows(client.get(url(person)))
    assert (field, old, new) == ("bio", "…" + "w" * 40 + "old end", "…" + "w" * 40 + "new end")


def test_people_can_be_filtered_by(client, guild, boss):
    other = get_user_model().objects.create_superuser("second", "s@example.com", "secret")
    second = Client()
    second.force_login(other)
    edit(client, guild, motto="one")
    edit(second, guild, motto="two")
    assert len(client.get(url(guild)).context["entries"]) == 2
    page = client.get(f"{url(guild)}?actor={other.pk}")
    assert [entry.log.user for entry in page.context["entries"]] == [other]
    for forged in ("999", "x", "1 OR 1=1", "%00"):
        assert len(client.get(f"{url(guild)}?actor={forged}").context["entries"]) == 2


def test_long_histories_have_pages(client, guild, boss):
    for number in range(60):
        LogEntry.objects.log_actions(boss.pk, [guild], CHANGE, f"step {number}")
    page = client.get(url(guild))
    assert "Page 1 of 2" in page.text
    assert "step 59" in page.text
    assert "step 0<" in client.get(f"{url(guild)}?p=2").text
    assert client.get(f"{url(guild)}?p=x").status_code == 200


def test_messages_of_other_writers_are_read_or_shown_as_they_are(client, guild, boss):
    django = [{"changed": {"fields": ["Name"]}}, {"added": {"name": "tool", "object": "Saw"}}]
    for message, shown in [
        (json.dumps(django), "Changed Name. Added tool “Saw”."),
        ("A plain <b>text</b>.", "A plain &lt;b&gt;text&lt;/b&gt;."),
        ("[broken", "[broken"),
        ("[1, 2]", "[1, 2]"),
        ('[{"changed": 7}]', "No fields changed."),
    ]:
        LogEntry.objects.all().delete()
        LogEntry.objects.log_actions(boss.pk, [guild], CHANGE, message)
        assert shown in client.get(url(guild)).text


def test_who_may_not_see_the_object_does_not_see_its_history(staff, guild):
    """H03."""
    assert staff("delete_guild").get(url(guild)).status_code == 403


def test_a_missing_object_leads_to_the_first_page(client, guild):
    assert client.get("/admin/atelier/guild/999/history/").headers["Location"] == "/admin/"


def test_a_site_chooses_what_its_dashboard_shows_of_the_log(client, guild, boss, monkeypatch):
    from tests.admin.forms.site.admin import site

    other = get_user_model().objects.create_superuser("second", "s@example.com", "secret")
    LogEntry.objects.log_actions(other.pk, [guild], CHANGE, "theirs")
    assert "Smiths" not in client.get("/admin/").text
    monkeypatch.setattr(type(site), "get_log_entries", lambda self, request: LogEntry.objects.all())
    assert "Smiths" in client.get("/admin/").text


# -- the log itself ---------------------------------------------------------------------------------------------------


async def test_log_actions_in_both_colours(boss):
    guilds = [await Guild.objects.acreate(name=f"G{number}", slug=f"g{number}") for number in range(3)]
    entries = await LogEntry.objects.alog_actions(
        boss.pk, Guild.objects.all(), CHANGE, [{"changed": {"fields": ["x"]}}]
    )
    assert len(entries) == 3
    one = await LogEntry.objects.alog_actions(boss.pk, [guilds[0]], CHANGE, "plain", single_object=True)
    assert one.pk is not None
    assert await one.aget_edited_object() == guilds[0]


def test_addresses_of_entries(boss, guild):
    entry = LogEntry.objects.log_actions(boss.pk, [guild], CHANGE, "", single_object=True)
    assert entry.get_admin_url() == f"/admin/atelier/guild/{guild.pk}/change/"
    assert entry.get_edited_object() == guild
    entry.content_type_id = None
    assert entry.get_admin_url() is None


def test_names_of_objects_are_cut(boss, database):
    long = Person.objects.create(name="n" * 100)
    long.name = "n" * 300
    entry = LogEntry.objects.log_actions(boss.pk, [long], CHANGE, "", single_object=True)
    assert len(entry.object_repr) == 200

"""Pages that add and change an object: what they show, save, log, and where they lead."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest

from manoir.admin import LogEntry
from manoir.testing import AsyncClient
from tests.admin.forms.browser import form_data
from tests.admin.forms.site.admin import PersonAdmin
from tests.admin.forms.site.models import Country, Guild, Person, Rank, Skill

ADD_GUILD = "/admin/atelier/guild/add/"


def change(obj):
    return f"/admin/atelier/{obj._meta.model_name}/{obj.pk}/change/"


def messages_of(client):
    return [str(message) for message in client.get("/admin/atelier/guild/add/").context["messages"]]


@pytest.fixture
def guild(database):
    return Guild.objects.create(name="Smiths", slug="smiths")


@pytest.fixture
def person(guild):
    return Person.objects.create(
        name="Ada",
        rank=Rank.MASTER,
        guild=guild,
        born=dt.date(1990, 2, 3),
        joined=dt.datetime(2020, 1, 2, 8, 30, tzinfo=dt.UTC),
        starts=dt.time(8, 15),
        details={"a": 1},
        pay=Decimal("12.50"),
    )


# -- adding -----------------------------------------------------------------------------------------------------------


def test_the_page_to_add_shows_an_empty_form(client):
    page = client.get(ADD_GUILD)
    assert page.status_code == 200
    assert form_data(page)["slug"] == [""]
    assert page.headers["Cache-Control"].startswith("max-age=0")


def test_an_object_is_added_and_logged(client):
    answer = client.post(ADD_GUILD, {"name": "Smiths", "slug": "smiths"})
    guild = Guild.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/atelier/guild/")
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.is_addition(), entry.get_change_message()) == (str(guild.pk), True, "Added.")
    assert messages_of(client) == [
        f'The guild “<a href="/admin/atelier/guild/{guild.pk}/change/">Smiths</a>” was added.'
    ]


@pytest.mark.parametrize(
    ("button", "place"),
    [
        ("_save", r"/admin/atelier/guild/"),
        ("_continue", r"/admin/atelier/guild/\d+/change/"),
        ("_addanother", r"/admin/atelier/guild/add/"),
    ],
)
def test_buttons_lead_on(client, guild, button, place):
    added = client.post(ADD_GUILD, {"name": "Bakers", "slug": "bakers", button: "1"})
    assert re.fullmatch(place, added.headers["Location"])
    page = client.get(change(guild))
    changed = client.post(change(guild), form_data(page, motto="Iron", **{button: "1"}))
    assert re.fullmatch(place, changed.headers["Location"])


def test_errors_are_named_with_links_to_their_fields_and_nothing_is_saved(client, guild):
    page = client.post(ADD_GUILD, {"name": "", "slug": "smiths"})
    assert page.status_code == 200
    assert "Please mend 2 things" in page.text
    assert '<a href="#id_name">Name</a>: This field is required.' in page.text
    assert 'aria-invalid="true"' in page.text
    assert 'id="id_slug_error"' in page.text
    assert Guild.objects.count() == 1
    assert not LogEntry.objects.exists()


def test_first_values_come_out_of_the_address_for_fields_of_the_form_only(client, guild):
    page = client.get(f"/admin/atelier/person/add/?name=Eve&guild={guild.pk}&token=hushed&pay=7")
    data = form_data(page)
    assert (data["name"], data["guild"], data["pay"]) == (["Eve"], [str(guild.pk)], ["7"])
    assert 'name="token"' not in page.text
    assert "hushed" not in page.text


def test_many_to_many_first_values_have_commas(client, guild):
    first, second = Skill.objects.create(name="Forge"), Skill.objects.create(name="Glaze")
    data = form_data(client.get(f"/admin/atelier/workshop/add/?skills={first.pk},{second.pk}"))
    assert sorted(data["skills"]) == sorted([str(first.pk), str(second.pk)])


def test_filters_of_the_list_are_kept(client, guild):
    answer = client.post(f"{change(guild)}?_changelist_filters=q%3Dsmi", form_data(client.get(change(guild))))
    assert answer.headers["Location"] == "/admin/atelier/guild/?q=smi"


# -- changing ---------------------------------------------------------------------------------------------------------


def test_what_the_page_shows_comes_back_unchanged(client, person):
    before = Person.objects.values().get()
    answer = client.post(change(person), form_data(client.get(change(person))))
    assert answer.status_code == 302
    assert Person.objects.values().get() == before
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


def test_all_kinds_of_fields_are_changed_and_the_log_knows_old_and_new(client, person):
    bakers = Guild.objects.create(name="Bakers", slug="bakers")
    page = client.get(change(person))
    data = form_data(
        page,
        **{
            "name": "Ada L", "rank": "j", "guild": str(bakers.pk), "guild-keys": None, "active": None, "born": "1991-01-01",
            "joined_0": "2021-05-06", "joined_1": "09:00:00", "starts": "07:00", "bio": "x" * 500, "pay": "99.90",
            "details": '{"b": 2}',
        },
    )  # fmt: skip
    assert client.post(change(person), data).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.rank, person.guild, person.active, person.pay) == (
        "Ada L", "j", bakers, False, Decimal("99.90"),
    )  # fmt: skip
    page = client.get(f"/admin/atelier/person/{person.pk}/history/")
    for old, new in [
        ("Ada", "Ada L"),
        ("Master", "Journeyman"),
        ("Smiths", "Bakers"),
        ("Yes", "No"),
        ("12.50", "99.90"),
    ]:
        assert f"<td><del>{old}</del></td><td><ins>{new}</ins></td>" in page.text
    assert "x" * 201 not in page.text


def test_secret_fields_have_no_input_and_are_never_shown(client, person):
    """H38."""
    page = client.get(change(person))
    assert 'name="token"' not in page.text
    assert "hush" not in page.text
    client.post(change(person), form_data(page, token="stolen"))
    person.refresh_from_db()
    assert person.token == "hush-hush"


def test_fields_that_are_only_shown_are_not_taken(client, person):
    """H02."""
    page = client.get(change(person))
    assert "Good day, Ada" in page.text
    assert "ADA" in page.text
    assert str(person.number) in page.text
    number = person.number
    client.post(change(person), form_data(page, number="0" * 32, greeting="x", shout="y", id="999", pk="999"))
    person.refresh_from_db()
    assert (person.number, Person.objects.count()) == (number, 1)


def test_rows_of_fields_classes_and_descriptions(client, person):
    page = client.get(change(person))
    assert '<div class="form-row field-row">' in page.text
    assert '<details class="module collapse">' in page.text
    assert '<div class="description"><b>When</b></div>' in page.text
    assert "Loud name" in page.text


def test_a_group_that_is_folded_opens_where_there_is_something_to_mend(client, person):
    page = client.post(change(person), form_data(client.get(change(person)), pay="much"))
    assert '<details class="module collapse" open>' in page.text


def in_tabs(monkeypatch, *classes):
    names = ["name", "email", "rank"]
    groups = [(name, {"fields": [name], "classes": list(own)}) for name, own in zip(names, classes, strict=False)]
    monkeypatch.setattr(PersonAdmin, "fieldsets", groups)


def test_groups_behind_tabs_are_sections_with_links_to_them(client, person, monkeypatch):
    in_tabs(monkeypatch, ["tab", "collapse"], [], ["tab"])
    page = client.get(change(person))
    assert '<a href="#tab-1" id="tab-1-name">Name</a>' in page.text
    assert '<section class="panel" id="tab-2" aria-labelledby="tab-2-name">' in page.text
    assert "<details" not in page.text.partition("<form class")[2]
    own, strip, first, second = (
        page.text.index(mark) for mark in ('name="email"', "data-tabs", 'name="name"', 'name="rank"')
    )
    assert own < strip < first < second
    assert client.post(change(person), form_data(page, name="Grace")).status_code == 302


def test_a_tab_says_how_many_mistakes_are_in_it(client, person, monkeypatch):
    in_tabs(monkeypatch, ["tab"], ["tab"])
    page = client.post(change(person), form_data(client.get(change(person)), email="nowhere"))
    assert '<a href="#tab-1" id="tab-1-name">' in page.text
    assert '<a href="#tab-2" id="tab-2-name" class="has-errors">' in page.text


def test_one_tab_alone_is_a_group_like_any_other(client, person, monkeypatch):
    in_tabs(monkeypatch, ["tab"], [])
    page = client.get(change(person))
    assert "data-tabs" not in page.text
    assert '<fieldset class="module tab">' in page.text


def test_a_missing_object_leads_to_the_first_page(client, guild):
    answer = client.get("/admin/atelier/guild/999/change/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert "There is no guild with the key “999”" in messages_of(client)[0]


@pytest.mark.parametrize("key", ["x", "1'", "99999999999999999999999", "_00", "_"])
def test_keys_that_cannot_be_are_missing_objects(client, guild, key):
    for model in ("guild", "country"):
        assert client.get(f"/admin/atelier/{model}/{key}/change/").headers["Location"] == "/admin/"


def test_keys_may_have_any_characters(client):
    country = Country.objects.create(code="a/b_c?d", name="Odd")
    page = client.get("/admin/atelier/country/a_2Fb_5Fc_3Fd/change/")
    assert form_data(page)["name"] == ["Odd"]
    client.post("/admin/atelier/country/a_2Fb_5Fc_3Fd/change/", form_data(page, name="Even"))
    country.refresh_from_db()
    assert country.name == "Even"


def test_view_on_site_and_history_are_linked(client, person):
    page = client.get(change(person))
    assert f'href="/people/{person.pk}/"' in page.text
    assert f'href="/admin/atelier/person/{person.pk}/history/"' in page.text


def test_buttons_stand_above_too_where_the_model_admin_says_so(client):
    assert client.get("/admin/atelier/workshop/add/").text.count('name="_save"') == 2


def test_a_secret_among_fields_that_are_only_shown_stays_one(client, person, monkeypatch):
    """H38."""
    from tests.admin.forms.site.admin import PersonAdmin

    monkeypatch.setattr(PersonAdmin, "fieldsets", None)
    monkeypatch.setattr(PersonAdmin, "fields", ["name", "token"])
    monkeypatch.setattr(PersonAdmin, "readonly_fields", ["token"])
    page = client.get(change(person))
    assert "field-token" in page.text
    assert "hush" not in page.text
    monkeypatch.setattr(PersonAdmin, "readonly_fields", [])
    page = client.get(change(person))
    assert "hush" not in page.text
    assert client.post(change(person), form_data(page, token="stolen")).status_code == 302
    person.refresh_from_db()
    assert person.token == "hush-hush"


def test_templates_of_a_project_and_variables_of_a_view(client):
    page = client.get(change(Country.objects.create(code="x", name="X")))
    assert "Own words: &lt;more&gt;" in page.text
    assert ">Own button</button>" in page.text
    assert ('name="_addanother"' in page.text, "danger-link" in page.text) == (False, False)


# -- as new -----------------------------------------------------------------------------------------------------------


def test_an_object_is_saved_as_a_new_one(client, person):
    page = client.get(change(person))
    assert 'name="_saveasnew"' in page.text
    answer = client.post(change(person), form_data(page, name="Twin", _saveasnew="1"))
    twin = Person.objects.get(name="Twin")
    assert answer.headers["Location"] == change(twin)
    assert (Person.objects.count(), person.name) == (2, "Ada")
    assert LogEntry.objects.get().is_addition()


def test_saving_as_new_shows_errors_on_a_page_that_only_saves_as_new(client, person):
    page = client.post(change(person), form_data(client.get(change(person)), name="", _saveasnew="1"))
    assert page.status_code == 200
    assert Person.objects.count() == 1


def test_saving_as_new_is_no_way_around_where_it_is_off(client, guild):
    client.post(change(guild), form_data(client.get(change(guild)), motto="Same", _saveasnew="1"))
    assert Guild.objects.get().motto == "Same"


# -- others at the same time ------------------------------------------------------------------------------------------


def test_a_change_over_somebody_elses_is_said_first(client, guild):
    page = client.get(change(guild))
    Guild.objects.update(motto="Theirs")
    second = client.post(change(guild), form_data(page, motto="Mine"))
    assert second.status_code == 200
    assert "Somebody else changed this meanwhile" in second.text
    assert Guild.objects.get().motto == "Theirs"
    assert client.post(change(guild), form_data(second)).status_code == 302
    assert Guild.objects.get().motto == "Mine"


def test_the_digest_says_nothing_about_values(client, guild):
    first = form_data(client.get(change(guild)))["_seen"]
    assert "smiths" not in first[0].lower()
    assert form_data(client.get(change(guild)))["_seen"] == first


def test_what_the_database_refuses_becomes_an_error_on_the_page(client, guild, monkeypatch):
    """Somebody takes the name between the check and the INSERT."""
    from tests.admin.forms.site.admin import GuildAdmin

    def too_late(self, request, obj, form, change):
        Guild.objects.create(name=obj.name, slug=obj.slug)
        obj.save()

    monkeypatch.setattr(GuildAdmin, "save_model", too_late)
    page = client.post(ADD_GUILD, {"name": "Bakers", "slug": "bakers"})
    assert page.status_code == 200
    assert "The database refused this" in page.text
    assert Guild.objects.count() == 1


# -- methods and popups -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_reading_writes_nothing(client, guild, method):
    """M17."""
    getattr(client, method)(f"{ADD_GUILD}?name=x&slug=x&_save=1")
    getattr(client, method)(f"{change(guild)}?motto=x&_save=1")
    getattr(client, method)(f"/admin/atelier/guild/{guild.pk}/delete/?post=yes")
    assert Guild.objects.values_list("name", "motto").get() == ("Smiths", "")
    assert not LogEntry.objects.exists()


def test_a_popup_hands_back_what_was_added(client, guild):
    page = client.get(f"{ADD_GUILD}?_popup=1")
    assert "<nav" not in page.text
    answer = client.post(ADD_GUILD, form_data(page, name="<b>", slug="b"))
    assert answer.status_code == 200
    assert "&quot;obj&quot;: &quot;&lt;b&gt;&quot;" in answer.text.replace("&#34;", "&quot;")
    assert "<script>" not in answer.text


def test_a_popup_hands_back_what_was_changed_and_deleted(client, guild):
    page = client.get(f"{change(guild)}?_popup=1&_to_field=id")
    answer = client.post(f"{change(guild)}?_popup=1", form_data(page, name="Bakers"))
    assert answer.context["answer"] == {
        "action": "change", "value": str(guild.pk), "obj": "Bakers", "new_value": str(guild.pk),
    }  # fmt: skip
    answer = client.post(f"/admin/atelier/guild/{guild.pk}/delete/", {"post": "yes", "_popup": "1"})
    assert answer.context["answer"] == {"action": "delete", "value": str(guild.pk)}


def test_a_popup_gives_away_no_other_field(client, person):
    """H37: `_to_field` must be what some relation points to."""
    for url in (f"{change(person)}?_to_field=token", "/admin/atelier/person/add/?_to_field=token"):
        assert client.get(url).status_code == 400
        assert client.post(url, {"_to_field": "token"}).status_code == 400


async def test_in_a_coroutine(boss):
    client = AsyncClient()
    await client.aforce_login(boss)
    answer = await client.post(ADD_GUILD, {"name": "Smiths", "slug": "smiths"})
    assert answer.status_code == 302
    guild = await Guild.objects.aget()
    page = await client.get(change(guild))
    assert (await client.post(change(guild), form_data(page, motto="Iron"))).status_code == 302
    assert (await Guild.objects.aget()).motto == "Iron"

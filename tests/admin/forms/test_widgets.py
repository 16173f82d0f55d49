"""Inputs of the admin: native dates, files, keys, links beside relations, radio buttons, two lists."""

from __future__ import annotations

import datetime as dt

import pytest

from manoir import admin as admin_room
from manoir import forms, models
from manoir.admin import widgets
from manoir.conf import settings
from manoir.http import SimpleUploadedFile
from manoir.i18n import override
from tests.admin.forms.browser import form_data
from tests.admin.forms.site.admin import site
from tests.admin.forms.site.models import Guild, Person, Sheet, Skill, Tool, Workshop

CHANGE_PERSON = "/admin/atelier/person/{}/change/"


@pytest.mark.parametrize("language", ["en", "de", "fr", "ja"])
def test_dates_and_times_go_to_and_fro_in_every_language(client, language):
    person = Person.objects.create(
        name="Ada",
        born=dt.date(990, 2, 3),
        joined=dt.datetime(2020, 12, 31, 23, 59, 58, tzinfo=dt.UTC),
        starts=dt.time(7),
    )
    before = Person.objects.values("born", "joined", "starts").get()
    with override(language), settings.override(LANGUAGE_CODE=language):
        page = client.get(CHANGE_PERSON.format(person.pk))
        assert 'value="0990-02-03"' in page.text
        assert 'type="time"' in page.text
        assert client.post(CHANGE_PERSON.format(person.pk), form_data(page)).status_code == 302
    assert Person.objects.values("born", "joined", "starts").get() == before


def test_moments_are_those_of_the_time_zone(client):
    person = Person.objects.create(name="Ada", joined=dt.datetime(2020, 6, 30, 23, 30, tzinfo=dt.UTC))
    with settings.override(TIME_ZONE="Europe/Berlin"):
        data = form_data(client.get(CHANGE_PERSON.format(person.pk)))
        assert (data["joined_0"], data["joined_1"]) == (["2020-07-01"], ["01:30:00"])
        client.post(CHANGE_PERSON.format(person.pk), {**data, "joined_1": "02:30"})
    person.refresh_from_db()
    assert person.joined == dt.datetime(2020, 7, 1, 0, 30, tzinfo=dt.UTC)


def test_a_file_is_sent_kept_replaced_and_removed(client, tmp_path):
    with settings.override(MEDIA_ROOT=str(tmp_path), MEDIA_URL="/media/"):
        add = "/admin/atelier/sheet/add/"
        page = client.get(add)
        assert 'enctype="multipart/form-data"' in page.text
        data = form_data(page, title="Plan", paper=SimpleUploadedFile("plan.txt", b"walls"))
        assert client.post(add, data).status_code == 302
        sheet = Sheet.objects.get()
        assert (tmp_path / sheet.paper.name).read_bytes() == b"walls"
        url = f"/admin/atelier/sheet/{sheet.pk}/change/"
        page = client.get(url)
        assert f'<a href="/media/{sheet.paper.name}">' in page.text
        client.post(url, form_data(page, title="Plans"))
        sheet.refresh_from_db()
        assert sheet.paper.name == "papers/plan.txt"
        client.post(url, {**form_data(client.get(url)), "paper-clear": "on"})
        sheet.refresh_from_db()
        assert not sheet.paper


def test_a_hostile_file_name_stays_in_its_folder(client, tmp_path):
    with settings.override(MEDIA_ROOT=str(tmp_path / "media"), MEDIA_URL="/media/"):
        paper = SimpleUploadedFile("../../<script>.html", b"x")
        client.post("/admin/atelier/sheet/add/", {"title": "Plan", "paper": paper})
        assert "<script>" not in client.get(f"/admin/atelier/sheet/{Sheet.objects.get().pk}/change/").text
        assert list(tmp_path.iterdir()) == [tmp_path / "media"]


def test_an_address_is_a_link_only_where_it_is_safe(client):
    good = Person.objects.create(name="Ada", website="https://example.com/")
    bad = Person.objects.create(name="Eve", website="javascript:alert(1)")
    assert '<a href="https://example.com/"' in client.get(CHANGE_PERSON.format(good.pk)).text
    assert 'href="javascript' not in client.get(CHANGE_PERSON.format(bad.pk)).text


def test_radio_buttons_stand_for_choices(client):
    page = client.get("/admin/atelier/person/add/")
    assert page.text.count('type="radio"') == 3
    assert 'class="radiolist"' in page.text


def test_links_beside_a_relation_are_those_that_may_be_followed(staff, database):
    workshop = Workshop.objects.create(name="Forge", guild=Guild.objects.create(name="G", slug="g"))
    url = f"/admin/atelier/workshop/{workshop.pk}/change/"
    page = staff("change_workshop", "view_guild").get(url)
    assert f'href="/admin/atelier/guild/{workshop.guild.pk}/change/?_to_field=id"' in page.text
    for kind in ("add-related", "change-related", "delete-related"):
        assert kind not in page.text
    assert "view-related" in page.text


def test_keys_by_hand_for_many_to_many(client, monkeypatch):
    from tests.admin.forms.site.admin import WorkshopAdmin

    monkeypatch.setattr(WorkshopAdmin, "filter_horizontal", [])
    monkeypatch.setattr(WorkshopAdmin, "raw_id_fields", ["skills"])
    first, second = Skill.objects.create(name="Casting"), Skill.objects.create(name="Forging")
    workshop = Workshop.objects.create(name="Forge")
    workshop.skills.add(first)
    url = f"/admin/atelier/workshop/{workshop.pk}/change/"
    data = form_data(client.get(url))
    assert data["skills"] == [str(first.pk)]
    client.post(url, {**data, "skills": f"{first.pk}, {second.pk}"})
    assert list(workshop.skills.all()) == [first, second]
    for wrong in ("x", "1,,x", "99999"):
        assert client.post(url, {**data, "skills": wrong}).status_code == 200
    client.post(url, {**data, "skills": ""})
    assert not workshop.skills.exists()


def test_selects_of_rows_share_what_they_read(client):
    workshop = Workshop.objects.create(name="Forge")
    owner = Person.objects.create(name="Ada")
    for number in range(5):
        Tool.objects.create(workshop=workshop, name=f"T{number}", owner=owner)
    page = client.get(f"/admin/atelier/workshop/{workshop.pk}/change/")
    assert page.text.count(f'<option value="{owner.pk}" selected>Ada</option>') == 5


def test_a_form_that_narrows_its_choices_keeps_them_to_itself(client, monkeypatch):
    from tests.admin.forms.site.admin import ToolInline

    class OnlyAda(forms.ModelForm):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.fields["owner"].queryset = Person.objects.filter(name="Ada")

    monkeypatch.setattr(ToolInline, "form", OnlyAda)
    Person.objects.create(name="Ada")
    Person.objects.create(name="Eve")
    page = client.get("/admin/atelier/workshop/add/")
    inline = page.text[page.text.index('id="tools-group"') :]
    assert "Eve" not in inline
    assert "Eve" in page.text


def test_overrides_reach_fields_and_their_relatives():
    class Narrow(admin_room.ModelAdmin):
        formfield_overrides = {models.CharField: {"widget": forms.Textarea}, models.TextField: {"strip": False}}

    made = Narrow(Person, site)
    assert isinstance(made.formfield_for_dbfield(Person._meta.get_field("name"), None).widget, forms.Textarea)
    bio = made.formfield_for_dbfield(Person._meta.get_field("bio"), None)
    assert (type(bio.widget), bio.strip) == (widgets.AdminTextareaWidget, False)
    assert isinstance(made.formfield_for_dbfield(Person._meta.get_field("born"), None).widget, widgets.AdminDateWidget)


def test_the_door_of_widgets_has_what_is_documented():
    for name in ("AdminDateWidget", "AdminTimeWidget", "AdminSplitDateTime", "FilteredSelectMultiple", "AutocompleteSelect",
                 "ForeignKeyRawIdWidget", "RelatedFieldWidgetWrapper", "AdminFileWidget", "AdminTextareaWidget"):  # fmt: skip
        assert getattr(widgets, name).__module__.startswith("manoir.admin")


def test_a_select_of_very_many_rows_becomes_an_input_of_keys(client, monkeypatch):
    """H44: a page never holds a hundred thousand choices."""
    from manoir.admin import _shared_choices

    monkeypatch.setattr(_shared_choices, "MOST_CHOICES", 10)
    people = [Person.objects.create(name=f"Person {number}") for number in range(30)]
    workshop = Workshop.objects.create(name="Forge", keeper=people[25])
    workshop.friends.add(people[3])
    for number in range(3):
        Tool.objects.create(workshop=workshop, name=f"T{number}", owner=people[number + 20])
    url = f"/admin/atelier/workshop/{workshop.pk}/change/"
    page = client.get(url)
    data = form_data(page)
    assert "<option" not in page.text[page.text.index("field-keeper") : page.text.index("field-patron")]
    assert (data["keeper-keys"], data["friends-keys"]) == ([str(people[25].pk)], [str(people[3].pk)])
    assert ">Person 25</a>" in page.text
    assert ">Person 20</a>" in page.text
    data.update({"keeper-keys": str(people[29].pk), "friends-keys": f"{people[1].pk},{people[2].pk}"})
    assert client.post(url, {**data, "tools-1-owner-keys": ""}).status_code == 302
    workshop.refresh_from_db()
    assert (workshop.keeper, set(workshop.friends.all())) == (people[29], {people[1], people[2]})
    assert Tool.objects.get(name="T1").owner is None
    for wrong in ({"keeper-keys": "999999"}, {"friends-keys": "x"}, {"keeper-keys": f"{people[1].pk},{people[2].pk}"}):
        assert client.post(url, {**form_data(client.get(url)), **wrong}).status_code == 200


def test_a_moment_may_have_one_input(client, monkeypatch):
    from tests.admin.forms.site.admin import PersonAdmin

    class OneInput(forms.ModelForm):
        class Meta:
            model = Person
            exclude = ()
            widgets = {"joined": forms.DateTimeInput(attrs={"type": "datetime-local"})}

    overridden = {models.DateTimeField: {"widget": forms.DateTimeInput}}
    person = Person.objects.create(name="Ada", joined=dt.datetime(2020, 1, 2, 8, 30, tzinfo=dt.UTC))
    url = CHANGE_PERSON.format(person.pk)
    for options in ({"form": OneInput}, {"formfield_overrides": overridden}):
        with monkeypatch.context() as patch:
            for name, value in options.items():
                patch.setattr(PersonAdmin, name, value)
            data = form_data(client.get(url))
            assert "joined_0" not in data
            assert client.post(url, {**data, "joined": "2021-03-04T05:06"}).status_code == 302
        person.refresh_from_db()
        assert person.joined == dt.datetime(2021, 3, 4, 5, 6, tzinfo=dt.UTC)

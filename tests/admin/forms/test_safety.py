"""What hostile texts, people with few permissions and other sites try on the pages of forms."""

from __future__ import annotations

import datetime as dt

import pytest

from manoir.admin import LogEntry
from manoir.auth import Group, get_user_model
from manoir.testing import Client
from tests.admin.forms.browser import form_data
from tests.admin.forms.site.models import Country, Guild, Oath, Person, Skill, Tool, Visit, Workshop

PAYLOAD = '"><script>alert(1)</script><img src=x onerror=alert(2)>\'{{ 7|add:"7" }}'


@pytest.fixture
def hostile(client, boss):
    """Every text of every object is a payload, and so is the name of the user."""
    boss.first_name = boss.username = PAYLOAD[:100]
    boss.save()
    guild = Guild.objects.create(name=PAYLOAD, slug="x", motto=PAYLOAD)
    person = Person.objects.create(name=PAYLOAD, email=PAYLOAD, bio=PAYLOAD, guild=guild, details={"a": PAYLOAD},
                                   website=f"javascript:{PAYLOAD}")  # fmt: skip
    workshop = Workshop.objects.create(name=PAYLOAD, town=PAYLOAD, guild=guild, keeper=person, patron=person)
    workshop.skills.add(Skill.objects.create(name=PAYLOAD[:50]))
    tool = Tool.objects.create(workshop=workshop, name=PAYLOAD, owner=person)
    Visit.objects.create(workshop=workshop, guest=person, day=dt.date(2026, 1, 1), note=PAYLOAD)
    Oath.objects.create(person=person, text=PAYLOAD)
    country = Country.objects.create(code=PAYLOAD[:20], name=PAYLOAD[:50])
    Group.objects.create(name=PAYLOAD)
    for obj in (guild, person, workshop, tool):
        LogEntry.objects.log_actions(boss.pk, [obj], 2, [
            {"changed": {"fields": [PAYLOAD], "name": PAYLOAD, "object": PAYLOAD,
                         "differences": [{"field": PAYLOAD, "old": PAYLOAD, "new": PAYLOAD}]}}])  # fmt: skip
    return {"guild": guild, "person": person, "workshop": workshop, "tool": tool, "country": country}


def hostile_pages(hostile):
    for name, obj in hostile.items():
        key = obj.pk if name != "country" else "_22_3E_3Cscript_3Ealert(1)_3C_2F"
        for page in ("change/", "delete/", "history/", "change/?_popup=1"):
            yield f"/admin/atelier/{name}/{key}/{page}"
    yield "/admin/atelier/workshop/add/?name=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&skills=%3Cscript%3E,1&patron=%3Cscript%3E"
    yield "/admin/atelier/guild/add/?_changelist_filters=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&_to_field=id&_popup=1"
    yield f"/admin/auth/user/{get_user_model().objects.get().pk}/change/"
    yield f"/admin/auth/user/{get_user_model().objects.get().pk}/password/"
    yield "/admin/auth/group/add/"
    yield "/admin/admin/logentry/"


def test_payloads_are_texts_in_every_slot_of_every_page(client, hostile):
    """H14."""
    for url in hostile_pages(hostile):
        page = client.get(url)
        assert page.status_code == 200, url
        assert "<script>" not in page.text, url
        assert "<img src=x" not in page.text, url
        assert 'href="javascript:' not in page.text, url
        assert '7|add:"7"' not in page.text.replace("&#34;", "&quot;"), url


def test_payloads_that_are_sent_come_back_as_texts(client, hostile):
    """H14: in fields after an error, in messages, in popups."""
    url = f"/admin/atelier/workshop/{hostile['workshop'].pk}/change/"
    data = form_data(client.get(url))
    forged = {name: PAYLOAD for name in data if not name.startswith("csrf")}
    for sent in ({**data, **forged}, {**data, "tools-0-price": PAYLOAD, "patron": PAYLOAD, "_seen": PAYLOAD}):
        page = client.post(url, sent)
        assert page.status_code == 200
        assert "<script>" not in page.text
    client.post("/admin/atelier/skill/add/", {"name": "<script>alert(1)</script>"})
    assert "<script>" not in client.get("/admin/atelier/guild/add/").text
    answer = client.post("/admin/atelier/skill/add/", {"name": "</main><script>alert(1)</script>", "_popup": "1"})
    assert "<script>alert" not in answer.text


def test_no_page_has_a_script_or_a_style_of_its_own(client, hostile):
    """M02: a policy without 'unsafe-inline' is enough."""
    for url in hostile_pages(hostile):
        page = client.get(url)
        assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
        for forbidden in ("<style", " style=", "<script>", " onclick=", " onload=", "javascript:"):
            assert forbidden not in page.text.replace("javascript:&#34;", "").replace('value="javascript:', ""), (
                url,
                forbidden,
            )


def test_pages_are_kept_by_nobody(client, hostile):
    for url in hostile_pages(hostile):
        control = client.get(url).headers["Cache-Control"]
        assert "private" in control
        assert "no-store" in control


# -- attempts ---------------------------------------------------------------------------------------------------------


def attempts(guild):
    add, own = "/admin/atelier/guild/add/", f"/admin/atelier/guild/{guild.pk}"
    data = {"name": "Forged", "slug": "forged"}
    return {
        "add page": ("get", add, None, {"add_guild"}),
        "add": ("post", add, data, {"add_guild"}),
        "add by popup": ("post", f"{add}?_popup=1", {**data, "_popup": "1"}, {"add_guild"}),
        "see": ("get", f"{own}/change/", None, {"view_guild", "change_guild"}),
        "change": ("post", f"{own}/change/", data, {"change_guild"}),
        "save as new": ("post", f"{own}/change/", {**data, "_saveasnew": "1"}, {"change_guild"}),
        "history": ("get", f"{own}/history/", None, {"view_guild", "change_guild"}),
        "delete page": ("get", f"{own}/delete/", None, {"delete_guild"}),
        "delete": ("post", f"{own}/delete/", {"post": "yes"}, {"delete_guild"}),
        "delete by popup": ("post", f"{own}/delete/", {"post": "yes", "_popup": "1"}, {"delete_guild"}),
    }


@pytest.mark.parametrize("permissions", [[], ["view_guild"], ["add_guild"], ["change_guild"], ["delete_guild"]])
def test_staff_does_what_it_may_and_nothing_else(staff, people, permissions):
    """H03: all pages and writes, against each permission alone."""
    guild = Guild.objects.create(name="Smiths", slug="smiths")
    client = staff(*permissions)
    for name, (method, url, data, needed) in attempts(guild).items():
        allowed = bool(needed & set(permissions))
        before = list(Guild.objects.order_by("pk").values_list("pk", "name"))
        answer = client.get(url) if method == "get" else client.post(url, data)
        assert (answer.status_code == 403) is not allowed, name
        if not allowed:
            assert list(Guild.objects.order_by("pk").values_list("pk", "name")) == before, name
        Guild.objects.exclude(pk=guild.pk).delete()
        guild.save()


@pytest.mark.parametrize("who", ["nobody", "customer", "inactive"])
def test_who_is_no_staff_gets_no_page(people, who):
    """H03."""
    guild = Guild.objects.create(name="Smiths", slug="smiths")
    client = Client()
    if who != "nobody":
        user = get_user_model().objects.create_superuser("eve", "e@example.com", "secret")
        user.is_staff, user.is_active = who == "inactive", who != "inactive"
        user.save()
        client.force_login(user)
    for name, (method, url, data, _needed) in attempts(guild).items():
        answer = client.get(url) if method == "get" else client.post(url, data)
        assert answer.status_code == 302, name
        assert answer.headers["Location"].startswith("/admin/login/?next=/admin/"), name
    assert Guild.objects.values_list("name").get() == ("Smiths",)


def test_writes_without_a_token_are_refused(boss):
    guild = Guild.objects.create(name="Smiths", slug="smiths")
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    for name, (method, url, data, _needed) in attempts(guild).items():
        if method == "post":
            assert client.post(url, data).status_code == 403, name
    assert Guild.objects.values_list("name").get() == ("Smiths",)


def test_rows_outside_of_the_queryset_do_not_exist(client, monkeypatch):
    """H01: a ModelAdmin that narrows its rows narrows every page."""
    from tests.admin.forms.site.admin import GuildAdmin

    hidden = Guild.objects.create(name="Hidden", slug="hidden")
    monkeypatch.setattr(GuildAdmin, "get_queryset", lambda self, request: Guild.objects.exclude(name="Hidden"))
    own = f"/admin/atelier/guild/{hidden.pk}"
    for url, data in ((f"{own}/change/", {"name": "x", "slug": "x"}), (f"{own}/delete/", {"post": "yes"})):
        assert client.get(url).headers["Location"] == "/admin/"
        assert client.post(url, data).headers["Location"] == "/admin/"
    assert client.get(f"{own}/history/").headers["Location"] == "/admin/"
    assert Guild.objects.get().name == "Hidden"

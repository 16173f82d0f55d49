"""Pages that add and change an object."""

from __future__ import annotations

from manoir.admin import LogEntry
from tests.admin.forms.site.models import Guild


def test_the_page_to_add_shows_an_empty_form(client):
    page = client.get("/admin/atelier/guild/add/")
    assert page.status_code == 200
    assert 'name="slug"' in page.text


def test_an_object_is_added_logged_and_told(client):
    answer = client.post("/admin/atelier/guild/add/", {"name": "Smiths", "slug": "smiths"})
    guild = Guild.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/atelier/guild/")
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.is_addition(), entry.get_change_message()) == (str(guild.pk), True, "Added.")

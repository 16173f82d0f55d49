"""Files in the admin: stored, linked, replaced, cleared and refused like in every other form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from manoir import admin
from manoir.admin import LogEntry
from manoir.conf import settings
from manoir.http import SimpleUploadedFile
from manoir.uploads import Documents
from manoir.urls import path
from tests import databases
from tests.admin.forms.browser import form_data
from tests.gallery.models import Note, shelf
from tests.models.tables import create_tables

site = admin.AdminSite(name="files")
site.register(Note)
urlpatterns = [path("admin/", site.urls)]

ADD = "/admin/gallery/note/add/"


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, [Note])


@pytest.fixture(autouse=True)
def _site() -> Iterator[None]:
    shelf.__init__(base_url="/shelf/")
    with settings.override(ROOT_URLCONF=__name__):
        yield


def upload(name: str = "a.txt", content: bytes = b"hello") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def change(note: Note) -> str:
    return f"/admin/gallery/note/{note.pk}/change/"


def test_the_page_asks_for_a_file(client: Any):
    page = client.get(ADD).text
    assert 'enctype="multipart/form-data"' in page
    assert 'type="file" name="text"' in page


def test_a_file_is_stored_replaced_and_cleared(client: Any):
    assert client.post(ADD, {"owner": "ada", "text": upload(), "extra": upload("b.txt", b"more")}).status_code == 302
    note = Note.objects.get()
    assert (note.text.read(), note.extra.name) == (b"hello", "of/ada/b.txt")
    page = client.get(change(note))
    assert 'href="/shelf/notes/a.txt"' in page.text
    assert 'name="extra-clear"' in page.text
    sent = {**form_data(page), "extra-clear": "on"}
    assert client.post(change(note), sent).status_code == 302
    note = Note.objects.get()
    assert (note.text.name, note.extra.name) == ("notes/a.txt", "")
    sent = {**form_data(client.get(change(note))), "text": upload("c.txt", b"new")}
    assert client.post(change(note), sent).status_code == 302
    assert Note.objects.get().text.read() == b"new"
    assert "notes/a.txt" in str(LogEntry.objects.order_by("-id")[0].change_message)


def test_the_policy_of_the_model_holds_in_the_admin(client: Any, monkeypatch: pytest.MonkeyPatch):
    """H16: the admin is one more way into the field."""
    monkeypatch.setattr(Note._meta.get_field("text"), "policy", Documents())
    page = client.post(ADD, {"text": upload("x.txt", b"\x89PNG\r\n\x1a\n")})
    assert page.status_code == 200
    assert "Send one of these kinds of files" in page.text
    assert not Note.objects.exists()
    assert client.post(ADD, {"text": upload("../x.html", b"words")}).status_code == 302
    assert Note.objects.get().text.name.endswith(".txt")

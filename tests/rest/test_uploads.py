"""Files in APIs: fields made of models with files, and their policies."""

from __future__ import annotations

import re
from typing import Any

import pytest

from manoir import rest
from manoir.apps import apps
from manoir.bridge import run
from manoir.http import MultiValueDict, SimpleUploadedFile
from manoir.uploads import Documents
from tests import databases
from tests.gallery.models import Note, shelf
from tests.models.tables import create_tables


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("gallery").get_models())


def serializer_class() -> Any:
    class NoteSerializer(rest.ModelSerializer):
        class Meta:
            model = Note
            fields = ("id", "text", "owner")

    return NoteSerializer


@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch) -> Documents:
    """The policy that the model's field has."""
    made = Documents(max="1KB")
    monkeypatch.setattr(Note._meta.get_field("text"), "policy", made)
    return made


def sent(content: bytes, name: str = "a.txt") -> Any:
    return MultiValueDict({"text": [SimpleUploadedFile(name, content)]})


def test_a_file_is_stored_and_its_url_shown(database: Any):
    NoteSerializer = serializer_class()
    serializer = NoteSerializer(data=sent(b"hello"))
    assert serializer.is_valid(), serializer.errors
    note = serializer.save()
    assert note.text.read() == b"hello"
    assert NoteSerializer(note).data["text"] == note.text.url
    assert shelf.exists(note.text.name)


def test_the_policy_of_the_model_holds_in_the_api(database: Any, policy: Documents):
    """H16: what a form refuses an API refuses too, with the policy's words and code."""
    NoteSerializer = serializer_class()
    serializer = NoteSerializer(data=sent(b"\x89PNG\r\n\x1a\n"))
    assert not serializer.is_valid()
    assert serializer.errors["text"][0].code == "kind"
    assert not NoteSerializer(data=sent(b"x" * 2_000)).is_valid()
    good = NoteSerializer(data=sent(b"words", "../x.html"))
    assert good.is_valid(), good.errors
    assert re.fullmatch(r"notes/[a-z0-9]{26}\.txt", good.save().text.name)


def test_in_a_coroutine(database: Any, policy: Documents):
    NoteSerializer = serializer_class()

    async def main() -> Any:
        serializer = NoteSerializer(data=sent(b"words"))
        assert await serializer.ais_valid(), serializer.errors
        return await serializer.asave()

    assert run(main()).text.name.endswith(".txt")


def test_two_files_of_one_field_are_refused(database: Any):
    """H18: neither hides behind the other."""
    NoteSerializer = serializer_class()
    both = MultiValueDict({"text": [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"b")]})
    assert not NoteSerializer(data=both).is_valid()

from __future__ import annotations

import io
import sys

import pytest

import manoir

manoir.setup()

from manoir.apps import apps  # noqa: E402
from manoir.commands import call_command  # noqa: E402
from manoir.contenttypes import ContentType, acreate_contenttypes  # noqa: E402
from tests.labels.models import Note, Shelf  # noqa: E402


@pytest.fixture(autouse=True)
def _types(database):
    """Two types of models that are gone, one of them of an app that is gone, too; one is in use."""
    ContentType.objects.clear_cache()
    dragon = ContentType.objects.create(app_label="labels", model="dragon")
    ContentType.objects.create(app_label="castle", model="tower")
    Note.objects.create(body="of a dragon", kind=dragon, key="7")
    Note.objects.create(body="of a shelf", kind=ContentType.objects.get_for_model(Shelf), key="7")
    yield
    ContentType.objects.clear_cache()


def names():
    return sorted(f"{kind.app_label}.{kind.model}" for kind in ContentType.objects.all())


def test_types_of_models_that_are_gone_are_deleted_with_their_rows(capsys):
    call_command("remove_stale_contenttypes", interactive=False)
    assert capsys.readouterr().out == "labels.dragon, with 1 of labels.Note\nDeleted 1 content type.\n"
    assert names() == ["castle.tower", "labels.shelf"]
    assert [note.body for note in Note.objects.all()] == ["of a shelf"]
    call_command("remove_stale_contenttypes", interactive=False)
    assert capsys.readouterr().out == "No content type is stale.\n"


def test_those_of_apps_that_are_gone_only_when_asked_for(capsys):
    call_command("remove_stale_contenttypes", interactive=False, include_stale_apps=True)
    assert capsys.readouterr().out.endswith("Deleted 2 content types.\n")
    assert names() == ["labels.shelf"]


@pytest.mark.parametrize(("answer", "left"), [("no", 3), ("", 3), ("yes", 2)])
def test_it_asks_before(monkeypatch, capsys, answer, left):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{answer}\n"))
    call_command("remove_stale_contenttypes")
    assert ContentType.objects.count() == left
    assert ("Nothing was deleted." in capsys.readouterr().out) is (left == 3)


async def test_keys_that_changed_are_read_anew():
    """After a flush, or a rollback, what was remembered is not trusted."""
    config = apps.get_app_config("labels")
    await acreate_contenttypes(config)
    before = await ContentType.objects.aget_for_model(Shelf)
    await ContentType.objects.filter(pk=before.pk).adelete()
    assert await ContentType.objects.aget_for_model(Shelf) is before
    await acreate_contenttypes(config)
    after = await ContentType.objects.aget_for_model(Shelf)
    assert after.pk != before.pk
    assert await ContentType.objects.filter(pk=after.pk).aexists()

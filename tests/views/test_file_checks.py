"""Checks of where uploaded files lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from manoir.conf import settings
from manoir.storage import default_storage, private_storage
from manoir.views._file_checks import check_media_root, check_private_links, check_private_root, check_scanner
from tests.gallery.models import Note


def ids(messages: list[Any]) -> list[str]:
    return [message.id for message in messages]


@pytest.fixture
def private_field(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model with private files."""
    monkeypatch.setattr(Note._meta.get_field("text"), "storage", private_storage)


def test_files_do_not_land_among_the_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """C20: where MEDIA_ROOT is empty, they lie in the directory that the process was started in."""
    assert ids(check_media_root(None)) == []
    monkeypatch.setattr(Note._meta.get_field("text"), "storage", default_storage)
    assert ids(check_media_root(None)) == ["manoir.views.W014"]
    with settings.override(MEDIA_ROOT=tmp_path):
        assert ids(check_media_root(None)) == []
    with settings.override(STORAGES={"default": {"BACKEND": "manoir.storage.InMemoryStorage"}}):
        assert ids(check_media_root(None)) == []


def test_private_files_lie_beside_public_ones(tmp_path: Path):
    media = tmp_path / "media"
    with settings.override(MEDIA_ROOT=media):
        assert ids(check_private_root(None)) == []
        for inside in (media, media / "private", media / "a" / "b"):
            with settings.override(PRIVATE_MEDIA_ROOT=inside):
                assert ids(check_private_root(None)) == ["manoir.views.E011"]
        with settings.override(PRIVATE_MEDIA_ROOT=tmp_path / "media-2"):
            assert ids(check_private_root(None)) == []
    with settings.override(STATIC_ROOT=tmp_path, PRIVATE_MEDIA_ROOT=tmp_path / "x"):
        assert ids(check_private_root(None)) == ["manoir.views.E011"]


def test_private_files_need_a_place():
    assert ids(check_private_root(None)) == []


def test_private_files_of_a_model_need_a_place(private_field: None):
    assert ids(check_private_root(None)) == ["manoir.views.E010"]


def test_links_need_a_route(private_field: None):
    assert ids(check_private_links(None)) == ["manoir.views.W012"]
    with settings.override(ROOT_URLCONF="tests.views.media_urls", MEDIA_URL="/media/"):
        assert ids(check_private_links(None)) == []
    with settings.override(PRIVATE_MEDIA_URL="https://files.example.com/"):
        assert ids(check_private_links(None)) == []


def test_without_private_files_no_route_is_needed():
    assert ids(check_private_links(None)) == []


def test_a_scanner_that_cannot_be_used():
    assert ids(check_scanner(None)) == []
    with settings.override(UPLOAD_SCANNER={"BACKEND": "manoir.uploads.ClamAV", "OPTIONS": {"address": "nowhere"}}):
        assert ids(check_scanner(None)) == ["manoir.views.E013"]

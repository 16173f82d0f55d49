"""The admin in other languages: every text is in the catalogues, whole and compiled, and the pages are made of them."""

from __future__ import annotations

import importlib.util
import re
from gettext import GNUTranslations
from pathlib import Path

import pytest

import manoir.admin
from manoir.testing import override_settings
from tests.admin.forms.browser import form_data
from tests.admin.forms.site.models import Guild, Person, Tool, Workshop

LOCALE = Path(manoir.admin.__file__).parent / "locale"
LANGUAGES = sorted(folder.name for folder in LOCALE.iterdir())
SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "catalogues.py"
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?\w+>")


def translations(language):
    with (LOCALE / language / "LC_MESSAGES" / "manoir.mo").open("rb") as file:
        return {key: text for key, text in vars(GNUTranslations(file))["_catalog"].items() if key}


@pytest.fixture
def workshop(database):
    guild = Guild.objects.create(name="Smiths", slug="smiths")
    ada = Person.objects.create(name="Ada", guild=guild)
    workshop = Workshop.objects.create(name="Forge", guild=guild, keeper=ada)
    Tool.objects.create(workshop=workshop, name="Anvil", owner=ada)
    return workshop


def test_there_are_languages():
    assert LANGUAGES == ["de", "fr"]


def test_catalogues_are_whole_and_compiled():
    """Run scripts/catalogues.py after a text was changed, and translate what it names."""
    pytest.importorskip("babel")
    spec = importlib.util.spec_from_file_location("catalogues", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    files = script.catalogue_files()
    assert [file.parts[-3] for file in files if LOCALE in file.parents] == LANGUAGES
    assert [fault for file in files for fault in script.faults(file)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_places_and_tags(language):
    for key, text in translations(language).items():
        if isinstance(key, tuple):  # a plural may name the number that the singular says in words
            assert set(PLACES.findall(text)) >= set(PLACES.findall(key[0])), key
        else:
            assert sorted(PLACES.findall(text)) == sorted(PLACES.findall(key)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_stand_in_attributes(language):
    """A quote would end the attribute that a text stands in."""
    for text in translations(language).values():
        assert '"' not in text


PAGES = ["/admin/", "/admin/atelier/", "/admin/atelier/guild/", "/admin/atelier/guild/?q=nothing", "/admin/auth/user/",
         "/admin/atelier/workshop/add/", "/admin/auth/user/add/", "/admin/password_change/", "/admin/atelier/guild/?x=1"]  # fmt: skip
OBJECT_PAGES = ["change", "delete", "history"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_the_admin_stays_english(client, workshop, language):
    texts = [key for key in translations(language) if isinstance(key, str) and " " in key and not PLACES.search(key)]
    assert len(texts) > 80
    urls = [*PAGES, *(f"/admin/atelier/workshop/{workshop.pk}/{page}/" for page in OBJECT_PAGES)]
    with override_settings(LANGUAGE_CODE=language):
        for url in urls:
            page = client.get(url)
            assert f'<html lang="{language}">' in page.text, url
            assert [text for text in texts if text in page.text] == [], url


def test_what_happened_is_said_in_the_language_of_the_page(client, workshop):
    url = f"/admin/atelier/workshop/{workshop.pk}/change/"
    with override_settings(LANGUAGE_CODE="de"):
        page = client.get(url)
        wrong = client.post(url, form_data(page, name=""))
        assert "Bitte berichtigen Sie eine Sache. Nichts wurde gespeichert." in wrong.text
        assert "Dieses Feld ist erforderlich." in wrong.text
        client.post(url, form_data(page, name="Hütte"))
        assert "Geändert: workshop" in client.get(url).text

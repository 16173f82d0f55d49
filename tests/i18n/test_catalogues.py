from __future__ import annotations

import struct
from pathlib import Path

import pytest

from manoir import i18n
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured

GERMAN = {
    "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n",
    "Dear reader": "Werte Leserin",
    "month name\x04May": "Mai",
    "%d book\x00%d books": "%d Buch\x00%d Bücher",
    "November": "November (de)",
}
SWISS = {"": "Content-Type: text/plain; charset=UTF-8\n", "Dear reader": "Grüezi"}


def write_catalogue(folder: Path, locale: str, messages: dict[str, str], domain: str = "django") -> Path:
    """Write a compiled catalogue: GNU's documented .mo format."""
    entries = sorted((key.encode(), value.encode()) for key, value in messages.items())
    file = folder / locale / "LC_MESSAGES" / f"{domain}.mo"
    file.parent.mkdir(parents=True)
    keys = b"".join(key + b"\0" for key, _ in entries)
    values = b"".join(value + b"\0" for _, value in entries)
    tables, offset = [], 28 + 16 * len(entries)
    for index in (0, 1):
        for entry in entries:
            tables.append(struct.pack("<II", len(entry[index]), offset))
            offset += len(entry[index]) + 1
    head = struct.pack("<IIIIIII", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, 0)
    file.write_bytes(head + b"".join(tables) + keys + values)
    return file


@pytest.fixture
def locale_path(tmp_path: Path):
    write_catalogue(tmp_path, "de", GERMAN)
    write_catalogue(tmp_path, "de_CH", SWISS)
    languages = [("en", "English"), ("de", "German"), ("de-ch", "Swiss"), ("fr", "French")]
    with settings.override(LOCALE_PATHS=[tmp_path], LANGUAGES=languages, LANGUAGE_CODE="en", USE_I18N=True):
        yield tmp_path


def test_messages_are_translated(locale_path: Path):
    with i18n.override("de"):
        assert i18n.gettext("Dear reader") == "Werte Leserin"
        assert i18n.pgettext("month name", "May") == "Mai"
        assert i18n.ngettext("%d book", "%d books", 1) == "%d Buch"
        assert i18n.ngettext("%d book", "%d books", 2) == "%d Bücher"
    assert i18n.gettext("Dear reader") == "Dear reader"


def test_lazy_text_follows_the_language(locale_path: Path):
    text = i18n.gettext_lazy("Dear reader")
    plural = i18n.ngettext_lazy("%d book", "%d books")
    with i18n.override("de"):
        assert (str(text), plural % 3) == ("Werte Leserin", "3 Bücher")
    assert (str(text), plural % 3) == ("Dear reader", "3 books")


def test_a_variant_falls_back_to_its_language(locale_path: Path):
    with i18n.override("de-ch"):
        assert (i18n.gettext("Dear reader"), i18n.pgettext("month name", "May")) == ("Grüezi", "Mai")


def test_unknown_text_and_the_empty_text_stay(locale_path: Path):
    with i18n.override("de"):
        assert (i18n.gettext("Nobody says this"), i18n.gettext("")) == ("Nobody says this", "")
    with i18n.override("fr"):
        assert i18n.gettext("Dear reader") == "Dear reader"


@pytest.mark.parametrize(
    ("language", "text"), [("de", "Dieses Feld ist erforderlich."), ("fr", "Ce champ est obligatoire.")]
)
def test_rooms_that_are_no_apps_have_catalogues_too(locale_path: Path, language: str, text: str):
    with i18n.override(language):
        assert i18n.gettext("This field is required.") == text


def test_a_project_says_it_its_own_way(locale_path: Path):
    write_catalogue(locale_path, "fr", {"This field is required.": "Il faut le remplir."})
    i18n.forget_catalogues()
    with i18n.override("fr"):
        assert i18n.gettext("This field is required.") == "Il faut le remplir."


def test_language_code_serves_what_another_language_lacks_but_never_english(locale_path: Path):
    with settings.override(LANGUAGE_CODE="de"):
        with i18n.override("fr"):
            assert i18n.gettext("Dear reader") == "Werte Leserin"
        with i18n.override("en"):
            assert i18n.gettext("Dear reader") == "Dear reader"


def test_the_first_locale_path_wins(locale_path: Path, tmp_path_factory: pytest.TempPathFactory):
    stronger = tmp_path_factory.mktemp("stronger")
    write_catalogue(stronger, "de", {"": GERMAN[""], "Dear reader": "Hallo"}, domain="manoir")
    with settings.override(LOCALE_PATHS=[stronger, locale_path]), i18n.override("de"):
        assert (i18n.gettext("Dear reader"), i18n.pgettext("month name", "May")) == ("Hallo", "Mai")


def test_no_translation_without_use_i18n_and_after_deactivate_all(locale_path: Path):
    with i18n.override("de"), settings.override(USE_I18N=False):
        assert i18n.gettext("Dear reader") == "Dear reader"
    with i18n.override(None):
        assert i18n.gettext("Dear reader") == "Dear reader"


def test_a_broken_catalogue_is_named(locale_path: Path):
    broken = locale_path / "fr" / "LC_MESSAGES" / "django.mo"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"not a catalogue")
    i18n.forget_catalogues()
    with i18n.override("fr"), pytest.raises(ImproperlyConfigured, match=r"fr/LC_MESSAGES/django\.mo is no compiled"):
        i18n.gettext("Dear reader")


def test_month_names_are_translated(locale_path: Path):
    from datetime import date

    with i18n.override("de"):
        assert i18n.date_format(date(2026, 11, 2), "F") == "November (de)"
        assert i18n.http_date(1793577600) == "Mon, 02 Nov 2026 00:00:00 GMT"

"""Dates and numbers as languages write them, out of the Unicode CLDR that Babel carries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from manoir import i18n
from manoir.conf import settings
from manoir.i18n import _cldr, _formats
from manoir.i18n._names import LANGUAGE_NAMES

MOMENT = datetime(2026, 9, 3, 14, 5)
LANGUAGES = [(code, names[0]) for code, names in LANGUAGE_NAMES.items()]


@pytest.fixture(autouse=True)
def all_languages() -> Iterator[None]:
    with settings.override(LANGUAGES=LANGUAGES, LANGUAGE_CODE="en-us", TIME_ZONE="UTC", USE_I18N=True):
        yield


def written(language: str, value: Any = MOMENT, form: str | None = None) -> Any:
    with i18n.override(language):
        return i18n.localize(value) if form is None else i18n.date_format(value, form)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Sept. 3, 2026, 2:05 p.m."), ("en-us", "Sept. 3, 2026, 2:05 p.m."), ("en-gb", "3 September 2026, 14:05"),
        ("de", "3. September 2026, 14:05"), ("de-at", "3. September 2026, 14:05"), ("fr", "3 septembre 2026, 14:05"),
        ("ru", "3 сентября 2026\u202fг., 14:05"), ("pt-br", "3 de setembro de 2026 14:05"), ("fi", "3. syyskuuta 2026 14.05"),
        ("zh-hans", "2026年9月3日 14:05"), ("hu", "2026. szeptember 3. 14:05"), ("es-mx", "3 de septiembre de 2026, 2:05\u202fp.m."),
    ],
)  # fmt: skip
def test_moments(language: str, text: str):
    assert written(language) == text


def test_the_forms_of_a_date():
    assert [written("de", MOMENT, form) for form in ("SHORT_DATE_FORMAT", "SHORT_DATETIME_FORMAT")] == [
        "03.09.2026", "03.09.2026, 14:05",
    ]  # fmt: skip
    assert written("ru", MOMENT, "YEAR_MONTH_FORMAT") == "сентябрь 2026\u202fг."
    assert written("ru", MOMENT, "MONTH_DAY_FORMAT") == "3 сентября"
    assert written("de", time(8, 5)) == "08:05"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Do Donnerstag sep Sep Sept. September September PM"),
        ("fr", "jeu. jeudi sept. sept. sept. septembre septembre PM"),
        ("cs", "čt čtvrtek zář zář zář září září odp."),
    ],
)
def test_names(language: str, text: str):
    assert written(language, MOMENT, "D l b M N F E A") == text


def test_a_catalogue_stands_above_the_cldr(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("manoir.i18n._dateformat.gettext", lambda text: "Scheiding" if text == "September" else text)
    assert written("de", MOMENT, "F Y") == "Scheiding 2026"


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "1.234.567,50"), ("fr", "1\u202f234\u202f567,50"), ("hi", "12,34,567.50"), ("ar", "1,234,567.50"), ("en-gb", "1,234,567.50")],
)  # fmt: skip
def test_numbers(language: str, text: str):
    with i18n.override(language):
        assert i18n.number_format(Decimal("1234567.5"), 2, force_grouping=True) == text


def test_weeks_begin_where_most_speakers_live():
    assert [i18n.get_format("FIRST_DAY_OF_WEEK", lang=code) for code in ("en", "de", "pt-br", "ar", "fa")] == [
        0,
        1,
        0,
        6,
        6,
    ]


def test_what_people_type_is_read():
    assert i18n.get_format("DATE_INPUT_FORMATS", lang="de") == ["%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d"]
    assert i18n.get_format("DATE_INPUT_FORMATS", lang="bg")[0] == "%d.%m.%Y"
    assert i18n.get_format("TIME_INPUT_FORMATS", lang="fi")[:3] == ["%H.%M.%S", "%H.%M.%S.%f", "%H.%M"]
    assert i18n.get_format("DATETIME_INPUT_FORMATS", lang="de")[2] == "%d.%m.%Y %H:%M"


@pytest.mark.parametrize("language", [code for code in LANGUAGE_NAMES if code not in _cldr.ENGLISH])
def test_each_language_reads_what_it_writes(language: str):
    """No format is left in letters of CLDR, and what a form shows is read as the same value."""
    with i18n.override(language):
        for value in (date(2026, 11, 30), datetime(2026, 1, 2, 23, 4, 5), time(7, 8, 9)):
            kind = {date: "DATE", datetime: "DATETIME", time: "TIME"}[type(value)]
            shown = i18n.localize_input(value)
            read = datetime.strptime(shown, i18n.get_format(f"{kind}_INPUT_FORMATS")[0])
            assert {"DATE": read.date(), "DATETIME": read, "TIME": read.time()}[kind] == value
            assert i18n.localize(value)
        for name in _formats.FORMAT_NAMES:
            assert i18n.get_format(name) not in (None, "", [])
        number = i18n.number_format(Decimal("1234.5"))
        assert Decimal(i18n.sanitize_separators(number)) == Decimal("1234.5")


def test_what_a_project_says_counts_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(_formats.registered, "de", {"DATE_FORMAT": "d.m.y"})
    monkeypatch.setattr(_formats, "cached", {})
    assert i18n.get_format("DATE_FORMAT", lang="de-at") == i18n.get_format("DATE_FORMAT", lang="de") == "d.m.y"
    assert i18n.get_format("DECIMAL_SEPARATOR", lang="de") == ","
    assert i18n.get_format("DATE_FORMAT", lang="de", use_l10n=False) == "N j, Y"


def test_without_babel_formats_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_cldr, "find_spec", lambda name: None)
    monkeypatch.setattr(_formats, "cached", {})
    for table in (_cldr.known_formats, _cldr.known_names):
        monkeypatch.setattr(_cldr, table.__name__, table.__wrapped__)
    assert written("fr") == "Sept. 3, 2026, 2:05 p.m."


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("d 'de' MMMM 'de' y", r"j \d\e E \d\e Y"), ("d MMMM G y", "j E Y"), ("yyyy'年'", "Y年"), ("h 'o''clock' a", r"g \o'\c\l\o\c\k A"),
        ("''yy", "'Y"), ("QQQ y", None),
    ],
)  # fmt: skip
def test_patterns(pattern: str, text: str | None):
    assert _cldr.converted(pattern) == text

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from manoir import i18n
from manoir.conf import settings
from manoir.i18n import dateformat


@pytest.fixture(autouse=True)
def german():
    languages = [("en", "English"), ("de", "German")]
    with settings.override(LANGUAGES=languages, LANGUAGE_CODE="en-us", TIME_ZONE="Europe/Paris", USE_I18N=True):
        i18n.register_formats(
            "de",
            {
                "DATE_FORMAT": "j. F Y",
                "DECIMAL_SEPARATOR": ",",
                "THOUSAND_SEPARATOR": ".",
                "NUMBER_GROUPING": 3,
                "DATE_INPUT_FORMATS": ["%d.%m.%Y"],
            },
        )
        yield


MOMENT = datetime(2026, 3, 5, 15, 4, 9, 70, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))


@pytest.mark.parametrize(
    ("character", "text"),
    [
        ("a", "p.m."), ("A", "PM"), ("b", "mar"), ("c", "2026-03-05T15:04:09.000070-03:30"), ("d", "05"), ("D", "Thu"),
        ("e", "UTC-03:30"), ("E", "March"), ("f", "3:04"), ("F", "March"), ("g", "3"), ("G", "15"), ("h", "03"),
        ("H", "15"), ("i", "04"), ("I", ""), ("j", "5"), ("l", "Thursday"), ("L", "False"), ("m", "03"), ("M", "Mar"),
        ("n", "3"), ("N", "March"), ("o", "2026"), ("O", "-0330"), ("P", "3:04 p.m."), ("s", "09"), ("S", "th"),
        ("r", "Thu, 05 Mar 2026 15:04:09 -0330"), ("t", "31"), ("T", "UTC-03:30"), ("u", "000070"), ("U", "1772735649"),
        ("w", "4"), ("W", "10"), ("y", "26"), ("Y", "2026"), ("z", "64"), ("Z", "-12600"),
    ],
)  # fmt: skip
def test_format_characters(character: str, text: str):
    assert dateformat.format(MOMENT, character) == text


def test_named_zones_know_daylight_saving():
    assert dateformat.format(datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Paris")), "I T O") == "1 CEST +0200"
    assert dateformat.format(datetime(2026, 7, 1), "I T O U") == "1 CEST +0200 1782856800"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (time(0), "midnight"),
        (time(12), "noon"),
        (time(1), "1 a.m."),
        (time(0, 5), "12:05 a.m."),
        (time(13, 30), "1:30 p.m."),
    ],
)
def test_the_clock_of_p(value: time, text: str):
    assert dateformat.time_format(value, "P") == text


def test_ordinals():
    days = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31]
    assert [dateformat.format(date(2026, 1, day), "S") for day in days] == [
        "st", "nd", "rd", "th", "th", "th", "th", "st", "nd", "rd", "st",
    ]  # fmt: skip


def test_backslash_escapes():
    assert dateformat.format(date(2026, 11, 2), r"jS \o\f F") == "2nd of November"
    assert dateformat.format(date(2026, 11, 2), "j\\") == "2\\"


def test_a_date_has_no_time_and_a_time_no_date():
    with pytest.raises(TypeError, match=r"'H:i' asks a date for a time \('H'\)"):
        dateformat.format(date(2026, 1, 1), "H:i")
    with pytest.raises(TypeError, match=r"'Y' asks a time for a date \('Y'\)"):
        dateformat.time_format(time(1), "Y")


def test_a_format_is_capped():
    with pytest.raises(ValueError, match="at most 1000 characters"):
        dateformat.format(date(2026, 1, 1), "j" * 1001)


def test_formats_of_the_settings_and_of_a_language():
    day = date(2026, 9, 3)
    assert (i18n.date_format(day), i18n.date_format(day, "SHORT_DATE_FORMAT")) == ("Sept. 3, 2026", "09/03/2026")
    with i18n.override("de"):
        assert i18n.date_format(day) == "3. September 2026"
        assert i18n.date_format(day, use_l10n=False) == "Sept. 3, 2026"
        assert i18n.get_format("DATE_INPUT_FORMATS") == ["%d.%m.%Y", "%Y-%m-%d"]
    assert i18n.get_format("DATE_FORMAT", lang="de") == "j. F Y"


def test_a_changed_setting_is_seen_at_once():
    with settings.override(TIME_FORMAT="H:i"):
        assert i18n.time_format(time(8)) == "08:00"
    assert i18n.time_format(time(8)) == "8 a.m."


def test_a_format_name_never_reads_another_setting():
    assert i18n.get_format("SECRET_KEY") == "SECRET_KEY"
    assert settings.SECRET_KEY not in i18n.date_format(datetime(2026, 1, 1), "SECRET_KEY")


def test_unknown_formats_cannot_be_registered():
    with pytest.raises(ValueError, match="DATE_FORMATT: no such format"):
        i18n.register_formats("de", {"DATE_FORMATT": "j"})


def test_format_modules_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "own_formats" / "de"
    package.mkdir(parents=True)
    (tmp_path / "own_formats" / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "formats.py").write_text('DATE_FORMAT = "d.m.y"\n')
    monkeypatch.syspath_prepend(tmp_path)
    with settings.override(FORMAT_MODULE_PATH="own_formats"):
        assert i18n.get_format("DATE_FORMAT", lang="de") == "d.m.y"
        assert i18n.get_format("DATE_FORMAT", lang="en") == "N j, Y"
    for name in [name for name in sys.modules if name.startswith("own_formats")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("value", "positions", "text"),
    [
        (1234567, None, "1234567"), (Decimal("1234.5678"), 2, "1234.56"), (Decimal("1.5"), 3, "1.500"),
        (Decimal(2), 2, "2.00"), (0.1, None, "0.1"), (1e21, None, "1000000000000000000000"), (Decimal("-0.001"), 2, "0.00"),
        (-5, None, "-5"), (float("nan"), 2, "NaN"), (float("inf"), None, "Infinity"), ("12.3", 1, "12.3"),
        (Decimal("1e-7"), None, "0.0000001"),
    ],
)  # fmt: skip
def test_numbers(value: Any, positions: int | None, text: str):
    assert i18n.number_format(value, positions) == text


def test_numbers_with_a_hopeless_exponent_keep_it():
    assert i18n.number_format(Decimal("1e1000000"), 2) == "1e+1000000"
    assert i18n.number_format(Decimal("1.23456e-99999"), 2) == "1.23e-99999"


def test_grouping():
    assert i18n.number_format(1234567.5, force_grouping=True) == "1,234,567.5"
    with i18n.override("de"), settings.override(USE_THOUSAND_SEPARATOR=True):
        assert i18n.number_format(Decimal("-1234567.5"), 2) == "-1.234.567,50"
    i18n.register_formats("de", {"NUMBER_GROUPING": (3, 2, 0)})
    assert i18n.get_format("NUMBER_GROUPING", lang="de") == (3, 2, 0)
    with i18n.override("de"):
        assert i18n.number_format(123456789, force_grouping=True) == "12.34.56.789"


def test_localize():
    values: list[Any] = [1.5, True, "a", date(2026, 9, 3), datetime(2026, 9, 3, 12), time(12), None]
    assert [i18n.localize(value) for value in values] == [
        "1.5", "True", "a", "Sept. 3, 2026", "Sept. 3, 2026, noon", "noon", None,
    ]  # fmt: skip


def test_localize_input():
    values: list[Any] = [1.5, date(2026, 9, 3), datetime(2026, 9, 3, 12, tzinfo=UTC), time(12), "a"]
    assert [i18n.localize_input(value) for value in values] == [
        "1.5", "2026-09-03", "2026-09-03 12:00:00", "12:00:00", "a",
    ]  # fmt: skip


def test_separators_that_people_type():
    assert i18n.sanitize_separators("1.5") == "1.5"
    assert i18n.sanitize_separators(1.5) == 1.5
    with i18n.override("de"):
        assert i18n.sanitize_separators("1234,5") == "1234.5"
        with settings.override(USE_THOUSAND_SEPARATOR=True):
            assert i18n.sanitize_separators("1.234,5") == "1234.5"
            assert i18n.sanitize_separators("1.234") == "1234"
            assert i18n.sanitize_separators("1.2") == "1.2"
    with settings.override(USE_THOUSAND_SEPARATOR=True):
        assert i18n.sanitize_separators("1,234.5") == "1234.5"

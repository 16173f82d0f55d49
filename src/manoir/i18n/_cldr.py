"""How languages write dates and numbers, out of the Unicode CLDR, which the package Babel carries (`manoir[i18n]`).

CLDR writes patterns by letters of its own (`d. MMMM y`, Unicode Technical Standard 35, part 4); here they become
Django's documented format characters (`j. E Y`), and `strftime` formats where people type. Years have four digits.
English is left to the settings, whose defaults are Django's documented ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Final

from manoir.i18n._languages import to_locale

ENGLISH: Final = frozenset({"en", "en-us"})
TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)
"""Quoted text, a run of one letter, or another character."""
DIRECTION = re.compile("[\u061c\u200e\u200f]")
"""Marks of direction in patterns: no one types them."""

LETTERS: Final[dict[str, str]] = {
    "y": "Y", "yy": "Y", "yyyy": "Y",
    "M": "n", "MM": "m", "MMM": "N", "MMMM": "E", "L": "n", "LL": "m", "LLL": "M", "LLLL": "F",
    "d": "j", "dd": "d", "E": "D", "EEE": "D", "EEEE": "l", "cccc": "l",
    "h": "g", "hh": "h", "H": "G", "HH": "H", "m": "i", "mm": "i", "s": "s", "ss": "s", "a": "A", "B": "A",
}  # fmt: skip
"""Fields of CLDR as format characters."""

DIRECTIVES: Final[dict[str, str]] = {
    "y": "%Y", "yy": "%Y", "yyyy": "%Y", "M": "%m", "MM": "%m", "L": "%m", "LL": "%m", "d": "%d", "dd": "%d",
}  # fmt: skip
"""Fields of CLDR as `strftime` directives."""

Names = tuple[str, ...]


def formats_of(form: str) -> Mapping[str, Any]:
    """Return the formats of a language by their names in FORMAT_NAMES.

    Args:
        form: a code of LANGUAGES, such as `"de"` or `"zh-hans"`.

    Returns:
        Nothing for English, for languages that CLDR does not know, and where Babel is not installed.
    """
    return {} if form in ENGLISH else known_formats(form)


@lru_cache(512)
def known_formats(form: str) -> Mapping[str, Any]:
    locale = locale_of(form)
    if locale is None:
        return {}
    skeletons, dates, times = locale.datetime_skeletons, locale.date_formats, locale.time_formats
    day, hour = converted(dates["long"].pattern), converted(times["short"].pattern)
    short = converted(dates["short"].pattern)
    found = {
        "DATE_FORMAT": day,
        "TIME_FORMAT": hour,
        "DATETIME_FORMAT": joined(str(locale.datetime_formats["long"]), day, hour),
        "SHORT_DATE_FORMAT": short,
        "SHORT_DATETIME_FORMAT": joined(str(locale.datetime_formats["short"]), short, hour),
        "MONTH_DAY_FORMAT": converted(str(skeletons.get("MMMMd", ""))),
        "YEAR_MONTH_FORMAT": converted(str(skeletons.get("yMMMM", ""))),
        **numbers_of(locale),
        **inputs_of(dates["short"].pattern, times["short"].pattern),
        "FIRST_DAY_OF_WEEK": (locale.first_week_day + 1) % 7,
    }
    return {name: value for name, value in found.items() if value not in ("", None)}


def locale_of(form: str) -> Any:
    """Babel's locale for a language, with the country where most of its speakers live, which decides a week's first day."""
    if find_spec("babel") is None:
        return None
    from babel import Locale, UnknownLocaleError  # optional, and slow to import
    from babel.core import get_global

    try:
        locale: Any = Locale.parse(to_locale(form))
        if locale.territory is None:
            likely = get_global("likely_subtags").get(str(locale))
            locale = Locale.parse(likely) if likely else locale
    except (UnknownLocaleError, ValueError):
        return None
    return locale


def numbers_of(locale: Any) -> dict[str, Any]:
    """How a language separates digits. Digits are written as 0 to 9, so the symbols are those that go with them."""
    symbols = locale.number_symbols.get("latn") or {}
    first, second = locale.decimal_formats[None].grouping
    return {
        "DECIMAL_SEPARATOR": symbols.get("decimal"),
        "THOUSAND_SEPARATOR": symbols.get("group"),
        "NUMBER_GROUPING": first if first == second else (first, second, 0),
    }


# -- patterns ---------------------------------------------------------------------------------------------------------


def converted(pattern: str) -> str | None:
    """A pattern of CLDR in format characters; None where it has a field that these cannot write."""
    found = translated(pattern)
    return None if found is None else re.sub(" {2,}", " ", found).strip()


def translated(pattern: str) -> str | None:
    out: list[str] = []
    for match in TOKEN.finditer(pattern):
        token = match[0]
        if match[2] is None:
            out.append(escaped(token if match[1] is None else match[1].replace("''", "'") or "'"))
        elif token[0] == "G":  # the era, which goes without saying
            continue
        elif token in LETTERS:
            out.append(LETTERS[token])
        else:
            return None
    return "".join(out)


def escaped(text: str) -> str:
    """Text as it stands in a format: what could be a format character has a backslash in front."""
    return re.sub(r"([A-Za-z\\])", r"\\\1", text)


def joined(pattern: str, day: str | None, hour: str | None) -> str | None:
    """A date and a time as one format; in CLDR's pattern `{1}` is the date and `{0}` the time."""
    if day is None or hour is None:
        return None
    parts = re.split(r"(\{[01]\})", pattern)
    chosen = {"{1}": day, "{0}": hour}
    return "".join(chosen[part] if part in chosen else translated(part) or "" for part in parts)


def inputs_of(day: str, hour: str) -> dict[str, Any]:
    """What people type: the short date with a year of four digits or two, and times with the language's separator."""
    found: dict[str, Any] = {}
    separator = "." if re.search(r"[Hh]\.mm", hour) else ":"
    times = [separator.join(parts) for parts in (("%H", "%M", "%S"), ("%H", "%M", "%S.%f"), ("%H", "%M"))]
    found["TIME_INPUT_FORMATS"] = times
    written = typed(day)
    if written is not None:
        dates = [written, written.replace("%Y", "%y")]
        found["DATE_INPUT_FORMATS"] = dates
        found["DATETIME_INPUT_FORMATS"] = [f"{date} {time}" for date in dates for time in times]
    return found


def typed(pattern: str) -> str | None:
    """A short date of CLDR as a `strftime` format; words in it are not typed."""
    out: list[str] = []
    for match in TOKEN.finditer(DIRECTION.sub("", pattern)):
        if match[2] is None:
            out.append(match[0].replace("%", "%%") if match[1] is None else "")
        elif match[0] in DIRECTIVES:
            out.append(DIRECTIVES[match[0]])
        elif match[0][0] != "G":
            return None
    text = "".join(out)
    if "'" in pattern:  # what stood behind a word goes with it
        text = text.rstrip(" .\u00a0\u202f")
    return text.strip()


# -- names ------------------------------------------------------------------------------------------------------------


def name_of(form: str | None, letter: str, index: int) -> str | None:
    """Return the name of a month or day in a language; None where the text of the source stays.

    Args:
        form: the language in use; None is none.
        letter: the format character that writes it.
        index: 0 is January, Monday, or before noon.
    """
    # hot path of pages in other languages: one look into a table
    if form is None or form in ENGLISH:
        return None
    names = known_names(form).get(letter)
    return None if names is None else names[index]


@lru_cache(512)
def known_names(form: str) -> Mapping[str, Names]:
    locale = locale_of(form)
    if locale is None:
        return {}
    months, days, periods = locale.months, locale.days, locale.day_periods["format"]["abbreviated"]
    short = month_names(months["stand-alone"]["abbreviated"])
    halves = (periods["am"], periods["pm"])
    return {
        "F": month_names(months["stand-alone"]["wide"]),
        "E": month_names(months["format"]["wide"]),
        "N": month_names(months["format"]["abbreviated"]),
        "M": short,
        "b": tuple(name.lower() for name in short),
        "l": tuple(days["stand-alone"]["wide"][index] for index in range(7)),
        "D": tuple(days["stand-alone"]["abbreviated"][index] for index in range(7)),
        "a": halves,
        "A": halves,
    }


def month_names(names: Mapping[int, str]) -> Names:
    return tuple(names[number] for number in range(1, 13))

"""How dates, times and numbers are written and read in a language.

A format is looked for in this order: the modules of FORMAT_MODULE_PATH for the language, formats that were registered
for it (`register_formats`), the Unicode CLDR where Babel is installed, then the settings, whose defaults are English.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

from manoir.conf import settings
from manoir.i18n import _numberformat
from manoir.i18n._cldr import formats_of
from manoir.i18n._dateformat import render
from manoir.i18n._languages import candidates, get_language, get_supported_language_variant, to_locale

FORMAT_NAMES: Final = frozenset(
    {
        "DATE_FORMAT",
        "DATE_INPUT_FORMATS",
        "DATETIME_FORMAT",
        "DATETIME_INPUT_FORMATS",
        "DECIMAL_SEPARATOR",
        "FIRST_DAY_OF_WEEK",
        "MONTH_DAY_FORMAT",
        "NUMBER_GROUPING",
        "SHORT_DATE_FORMAT",
        "SHORT_DATETIME_FORMAT",
        "THOUSAND_SEPARATOR",
        "TIME_FORMAT",
        "TIME_INPUT_FORMATS",
        "YEAR_MONTH_FORMAT",
    }
)
"""The only names a format can be asked by: anything else is a format itself, never the name of another setting."""

ISO_INPUT_FORMATS: Final[dict[str, tuple[str, ...]]] = {
    "DATE_INPUT_FORMATS": ("%Y-%m-%d",),
    "TIME_INPUT_FORMATS": ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M"),
    "DATETIME_INPUT_FORMATS": (
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M:%S.%f",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d",
    ),
}
"""Always accepted, after the language's own."""

MAX_NUMBER_LENGTH: Final = 400

registered: dict[str, Mapping[str, Any]] = {"en": {"NUMBER_GROUPING": 3}}
cached: dict[tuple[str, str], Any] = {}
"""Formats by name and language, both out of closed sets."""


def register_formats(language: str, formats: Mapping[str, Any]) -> None:
    """Give a language its formats; FORMAT_MODULE_PATH still stands above them.

    Args:
        language: a code such as `"de"`; variants (`"de-at"`) use it too.
        formats: names and values as in a `formats` module: `{"DATE_FORMAT": "j. F Y", "DECIMAL_SEPARATOR": ","}`.

    Raises:
        ValueError: a name is no format.
    """
    unknown = sorted(set(formats) - FORMAT_NAMES)
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no such format. There are: {', '.join(sorted(FORMAT_NAMES))}.")
    registered[language.lower()] = dict(formats)
    cached.clear()


def reset_format_cache() -> None:
    """Forget the formats found so far, so that changed settings are seen. Overriding settings does it by itself."""
    cached.clear()


def forget_formats(name: str, value: Any = None, enter: bool = True) -> None:
    if name in FORMAT_NAMES or name in {"FORMAT_MODULE_PATH", "LANGUAGES", "LANGUAGE_CODE"}:
        cached.clear()


settings.on_change(forget_formats)


def format_modules(form: str) -> list[ModuleType]:
    paths = settings.FORMAT_MODULE_PATH or ()
    modules: list[ModuleType] = []
    for path in (paths,) if isinstance(paths, str) else paths:
        name = f"{path}.{to_locale(form)}"
        # The package of FORMAT_MODULE_PATH must exist, a language in it need not.
        import_module(path)
        if find_spec(name) is not None and find_spec(f"{name}.formats") is not None:
            modules.append(import_module(f"{name}.formats"))
    return modules


def find_format(name: str, language: str) -> Any:
    for form in candidates(language):
        for module in format_modules(form):
            if hasattr(module, name):
                return getattr(module, name)
        if name in registered.get(form, {}):
            return registered[form][name]
    for form in candidates(language):
        if name in (known := formats_of(form)):
            return known[name]
    return getattr(settings, name)


def get_format(format_type: str, lang: str | None = None, use_l10n: bool | None = None) -> Any:
    """Return the format of that name for a language.

    Args:
        format_type: such as `"DATE_FORMAT"` or `"DECIMAL_SEPARATOR"`; what is no name of a format is one itself.
        lang: a code; None is the language in use.
        use_l10n: False reads the settings only; None and True look at the language.

    Returns:
        A string, a number for `FIRST_DAY_OF_WEEK`, a list of strings for `…_INPUT_FORMATS`.

    Example:
        >>> get_format("DECIMAL_SEPARATOR")
        '.'
        >>> get_format("Y-m-d")
        'Y-m-d'
    """
    name = str(format_type)
    if name not in FORMAT_NAMES:
        return name
    language = lang or get_language()
    if use_l10n is False or language is None:
        return getattr(settings, name)
    language = get_supported_language_variant(language)
    try:
        return cached[name, language]
    except KeyError:
        pass
    value = find_format(name, language)
    if name in ISO_INPUT_FORMATS:
        value = [*value, *(iso for iso in ISO_INPUT_FORMATS[name] if iso not in value)]
    cached[name, language] = value
    return value


def date_format(value: date, format: str | None = None, use_l10n: bool | None = None) -> str:
    """Write a date or datetime as the language in use does.

    Args:
        value: the date.
        format: name of a format (`"SHORT_DATE_FORMAT"`) or format characters (`"d M Y"`); None is `DATE_FORMAT`.
        use_l10n: False takes the settings' format.

    Example:
        >>> date_format(date(2026, 9, 3))
        'Sept. 3, 2026'
    """
    return render(value, get_format(format or "DATE_FORMAT", use_l10n=use_l10n))


def time_format(value: time | datetime, format: str | None = None, use_l10n: bool | None = None) -> str:
    """Write a time as the language in use does.

    Args:
        value: the time.
        format: name of a format or format characters; None is `TIME_FORMAT`.
        use_l10n: False takes the settings' format.

    Example:
        >>> time_format(time(8, 0))
        '8 a.m.'
    """
    return render(value, get_format(format or "TIME_FORMAT", use_l10n=use_l10n))


def number_format(
    value: Decimal | float | str,
    decimal_pos: int | None = None,
    use_l10n: bool | None = None,
    force_grouping: bool = False,
) -> str:
    """Write a number with the separators of the language in use.

    Args:
        value: the number.
        decimal_pos: digits after the decimal separator, cut or filled up with zeros; None leaves them.
        use_l10n: False takes the settings' separators.
        force_grouping: True groups digits although USE_THOUSAND_SEPARATOR is off.

    Example:
        >>> number_format(Decimal("1234.5"), 2)
        '1234.50'
    """
    return _numberformat.format(
        value,
        get_format("DECIMAL_SEPARATOR", use_l10n=use_l10n),
        decimal_pos,
        get_format("NUMBER_GROUPING", use_l10n=use_l10n),
        get_format("THOUSAND_SEPARATOR", use_l10n=use_l10n),
        grouped=force_grouping or (use_l10n is not False and settings.USE_THOUSAND_SEPARATOR),
    )


def localize(value: Any, use_l10n: bool | None = None) -> Any:
    """Write a number, date or time as the language in use does; everything else comes back as it is.

    Example:
        >>> localize(date(2026, 9, 3))
        'Sept. 3, 2026'
    """
    if isinstance(value, (str, bool)):
        return str(value) if isinstance(value, bool) else value
    if isinstance(value, (int, float, Decimal)):
        return number_format(value, use_l10n=use_l10n)
    if isinstance(value, datetime):
        return date_format(value, "DATETIME_FORMAT", use_l10n=use_l10n)
    if isinstance(value, date):
        return date_format(value, use_l10n=use_l10n)
    if isinstance(value, time):
        return time_format(value, use_l10n=use_l10n)
    return value


def localize_input(value: Any, default: str | None = None) -> Any:
    """Write a value as a form field of the language in use would accept it.

    Args:
        value: a number, date, time or anything else, which comes back as it is.
        default: `strftime` format for dates and times; None is the first input format of the language.

    Example:
        >>> localize_input(date(2026, 9, 3))
        '2026-09-03'
    """
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float, Decimal)):
        return number_format(value)
    if isinstance(value, datetime):
        return value.strftime(default or get_format("DATETIME_INPUT_FORMATS")[0])
    if isinstance(value, date):
        return value.strftime(default or get_format("DATE_INPUT_FORMATS")[0])
    if isinstance(value, time):
        return value.strftime(default or get_format("TIME_INPUT_FORMATS")[0])
    return value


def sanitize_separators(value: Any) -> Any:
    """Turn a number as a person types it in the language in use into one that Python reads.

    Args:
        value: what was typed; anything but a string comes back as it is.

    Returns:
        The text without thousand separators and with `.` before the fraction.

    Example:
        >>> sanitize_separators("1,234.5") if settings.USE_THOUSAND_SEPARATOR else "1234.5"
        '1234.5'
    """
    if not isinstance(value, str) or len(value) > MAX_NUMBER_LENGTH:
        return value
    decimal_separator: str = get_format("DECIMAL_SEPARATOR")
    whole, separator, fraction = value.rpartition(decimal_separator)
    if not separator:
        whole, fraction = value, ""
    if settings.USE_THOUSAND_SEPARATOR:
        thousands: str = get_format("THOUSAND_SEPARATOR")
        if thousands == "." and not separator and value.count(".") == 1 and len(value.rpartition(".")[2]) != 3:
            # A single dot that cannot separate thousands was meant as a decimal point.
            return value
        # People type plain spaces where a language writes no-break ones.
        for form in {thousands, unicodedata.normalize("NFKD", thousands)} - {""}:
            whole = whole.replace(form, "")
    return f"{whole}.{fraction}" if separator else whole

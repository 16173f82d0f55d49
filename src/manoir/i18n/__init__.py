"""Languages: translated text, the language in use, and how dates and numbers are written in it.

The room's map:

- `_lazy`: text that is decided when it is read (`gettext_lazy`, `lazystr`, `format_lazy`).
- `_translate`, `_catalogues`: the gettext functions, and the compiled catalogues behind them.
- `_languages`, `_info`, `_names`: codes, the closed set of LANGUAGES, `activate` and `override`, names of languages.
- `_formats`, `_numberformat`, `_dateformat`, `dateformat`: dates, times and numbers, written and read; `_cldr`: as the
  Unicode CLDR says.
"""

from __future__ import annotations

from manoir.i18n import dateformat
from manoir.i18n._catalogues import forget_catalogues
from manoir.i18n._dateformat import http_date
from manoir.i18n._formats import (
    date_format,
    get_format,
    localize,
    localize_input,
    number_format,
    register_formats,
    reset_format_cache,
    sanitize_separators,
    time_format,
)
from manoir.i18n._info import get_language_info
from manoir.i18n._languages import (
    LanguageInfo,
    activate,
    check_for_language,
    deactivate,
    deactivate_all,
    get_language,
    get_language_bidi,
    get_language_from_path,
    get_language_from_request,
    get_supported_language_variant,
    override,
    parse_accept_lang_header,
    preferred_language,
    to_language,
    to_locale,
)
from manoir.i18n._lazy import LazyString, format_lazy, join_lazy, lazy, lazystr
from manoir.i18n._translate import (
    gettext,
    gettext_lazy,
    gettext_noop,
    ngettext,
    ngettext_lazy,
    npgettext,
    npgettext_lazy,
    pgettext,
    pgettext_lazy,
)

__all__ = [
    "LanguageInfo",
    "LazyString",
    "activate",
    "check_for_language",
    "date_format",
    "dateformat",
    "deactivate",
    "deactivate_all",
    "forget_catalogues",
    "format_lazy",
    "get_format",
    "get_language",
    "get_language_bidi",
    "get_language_from_path",
    "get_language_from_request",
    "get_language_info",
    "get_supported_language_variant",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "http_date",
    "join_lazy",
    "lazy",
    "lazystr",
    "localize",
    "localize_input",
    "ngettext",
    "ngettext_lazy",
    "npgettext",
    "npgettext_lazy",
    "number_format",
    "override",
    "parse_accept_lang_header",
    "pgettext",
    "pgettext_lazy",
    "preferred_language",
    "register_formats",
    "reset_format_cache",
    "sanitize_separators",
    "time_format",
    "to_language",
    "to_locale",
]

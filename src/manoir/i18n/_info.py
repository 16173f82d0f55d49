"""What is known about a language, its name in the language in use among it."""

from __future__ import annotations

from manoir.i18n._languages import LanguageInfo, language_facts
from manoir.i18n._translate import gettext


def get_language_info(lang_code: str) -> LanguageInfo:
    """Tell the names and the direction of a language, of its more general form where only that is known.

    Args:
        lang_code: a code such as `"de"` or `"pt-br"`.

    Returns:
        A dict with `bidi`, `code`, `name` (English), `name_local` and `name_translated` (in the language in use).

    Raises:
        KeyError: neither CLDR's table nor LANGUAGES knows the code.

    Example:
        >>> get_language_info("de")["name_local"]
        'Deutsch'
    """
    code, name, name_local, bidi = language_facts(lang_code)
    return LanguageInfo(bidi=bidi, code=code, name=name, name_local=name_local, name_translated=gettext(name))

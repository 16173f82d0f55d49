"""Compiled GNU gettext catalogues: where they are found, and in which order they are asked.

For a language, the catalogues of LOCALE_PATHS come first, then those of the installed apps, in their order, then those of
manoir's rooms that are no apps, then the same for the more general form of the language, then LANGUAGE_CODE's. Text that none of them knows stays as it is.
"""

from __future__ import annotations

import gettext as gnu
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from manoir.apps import apps
from manoir.conf import ENVIRONMENT_VARIABLE, settings
from manoir.exceptions import ImproperlyConfigured
from manoir.i18n._languages import Unset, active, candidates, get_supported_language_variant, to_locale

DOMAINS: Final = ("manoir", "django")
"""Names of the files below `<locale>/LC_MESSAGES/`; the second one serves catalogues that a Django project brings."""

HOUSE: Final = Path(__file__).resolve().parent.parent
ROOMS: Final = ("forms", "validators")
"""Rooms that speak to visitors without being apps."""

SOURCE_TEXT: Final = gnu.NullTranslations()
"""Answers every message with itself."""

catalogues: dict[str, gnu.NullTranslations] = {}
"""Loaded catalogues by language; keys are codes of LANGUAGES, so their number is bounded."""


def locale_folders() -> Iterator[Path]:
    """Give the folders that may hold catalogues, the strongest first."""
    for folder in settings.LOCALE_PATHS:
        yield Path(folder)
    for app in apps.get_app_configs() if apps.ready else ():
        yield Path(app.path) / "locale"
    for room in ROOMS:
        yield HOUSE / room / "locale"


def catalogue_files(code: str) -> Iterator[Path]:
    """Give the existing catalogue files of a language, the strongest first."""
    for form in candidates(code):
        for folder in locale_folders():
            for domain in DOMAINS:
                file = folder / to_locale(form) / "LC_MESSAGES" / f"{domain}.mo"
                if file.is_file():
                    yield file


def read_catalogue(file: Path) -> gnu.GNUTranslations:
    try:
        with file.open("rb") as stream:
            return gnu.GNUTranslations(stream)
    except (OSError, ValueError, IndexError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{file} is no compiled gettext catalogue ({error}). Compile it again.") from error


def load(code: str) -> gnu.NullTranslations:
    """Read and chain the catalogues of a language; `SOURCE_TEXT` when there is none."""
    files = list(catalogue_files(code))
    default = get_supported_language_variant(settings.LANGUAGE_CODE)
    # English is the language of the source, so an English reader is never answered in LANGUAGE_CODE.
    if code.partition("-")[0] != "en":
        files += [file for file in catalogue_files(default) if file not in files]
    chain = [read_catalogue(file) for file in files]
    for catalogue in chain[1:]:
        chain[0].add_fallback(catalogue)
    return chain[0] if chain else SOURCE_TEXT


def current() -> gnu.NullTranslations:
    """Return the catalogues of the language in use."""
    code = active.get()
    if code is None or not translating():
        return SOURCE_TEXT
    if isinstance(code, Unset):
        code = settings.LANGUAGE_CODE.lower()
    found = catalogues.get(code)
    if found is None:
        found = load(code)
        # Without its apps the answer is not final.
        if apps.ready:
            catalogues[code] = found
    return found


def translating() -> bool:
    """Tell whether to translate at all; a script without settings reads the source's text, its errors for example."""
    try:
        return settings.USE_I18N
    except ImproperlyConfigured:
        if os.environ.get(ENVIRONMENT_VARIABLE):
            raise
        return False


def forget_catalogues(name: str = "", value: Any = None, enter: bool = True) -> None:
    """Drop the loaded catalogues, so that they are read again at their next use."""
    if not name or name in {"LOCALE_PATHS", "LANGUAGES", "LANGUAGE_CODE", "INSTALLED_APPS"}:
        catalogues.clear()


settings.on_change(forget_catalogues)

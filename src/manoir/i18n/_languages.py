"""Which language is in use: codes, the closed set of supported ones, and the choice of the current context.

Every code that enters (a cookie, a header, a path, `activate`) is matched against the languages of LANGUAGES; nothing
else is ever stored or becomes the key of a cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ContextDecorator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, Protocol, TypedDict

from manoir.conf import settings
from manoir.exceptions import nearest
from manoir.i18n._names import LANGUAGE_NAMES, RIGHT_TO_LEFT

MAX_CODE_LENGTH: Final = 64
MAX_ACCEPT_LENGTH: Final = 500
MAX_ACCEPT_LANGUAGES: Final = 32

LANGUAGE_CODE = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8}){0,5}", re.IGNORECASE | re.ASCII)
QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII)

ALIASES = {
    "no": "nb",
    "zh-cn": "zh-hans",
    "zh-my": "zh-hans",
    "zh-sg": "zh-hans",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "zh-tw": "zh-hant",
}
"""Codes in common use whose language is listed under another one."""


class Unset:
    """The current context has chosen no language: LANGUAGE_CODE holds."""


UNSET: Final = Unset()
active: ContextVar[str | Unset | None] = ContextVar("manoir.i18n.language", default=UNSET)
"""Code of the language in use; None after `deactivate_all`."""


class LanguageInfo(TypedDict):
    """What `get_language_info` knows about a language."""

    bidi: bool
    code: str
    name: str
    name_local: str
    name_translated: str


class LanguageRequest(Protocol):
    """The part of a request that a language can be read from."""

    @property
    def COOKIES(self) -> Any: ...
    @property
    def headers(self) -> Any: ...
    @property
    def path_info(self) -> str: ...


supported: dict[str, str] = {}


def supported_languages() -> dict[str, str]:
    """Return code → English name of LANGUAGES, with LANGUAGE_CODE among them; built once per settings."""
    if not supported:
        supported.update((code.lower(), name) for code, name in settings.LANGUAGES)
        default = settings.LANGUAGE_CODE.lower()
        supported.setdefault(default, LANGUAGE_NAMES.get(default, (default, default))[0])
    return supported


def forget_languages(name: str, value: Any = None, enter: bool = True) -> None:
    if name in {"LANGUAGES", "LANGUAGE_CODE"}:
        supported.clear()


settings.on_change(forget_languages)


def candidates(code: str) -> Iterator[str]:
    """Give the code itself, then its more general forms, each followed by its alias."""
    parts = code.split("-")
    for length in range(len(parts), 0, -1):
        form = "-".join(parts[:length])
        yield form
        if form in ALIASES:
            yield ALIASES[form]


def get_supported_language_variant(lang_code: str, strict: bool = False) -> str:
    """Find the language of LANGUAGES that serves `lang_code` best.

    Args:
        lang_code: a code such as `"de-at"`, of any case.
        strict: True looks only at the code and its more general forms (`"de"`), False also at siblings (`"de-ch"`).

    Returns:
        A code of LANGUAGES, in lower case.

    Raises:
        LookupError: nothing in LANGUAGES fits.

    Example:
        >>> get_supported_language_variant("de-at")
        'de'
    """
    languages = supported_languages()
    if lang_code and len(lang_code) <= MAX_CODE_LENGTH:
        code = lang_code.lower()
        if code in languages:
            return code
        if LANGUAGE_CODE.fullmatch(code):
            for form in candidates(code):
                if form in languages:
                    return form
            generic = code.partition("-")[0]
            siblings = () if strict else (form for form in languages if form.startswith(f"{generic}-"))
            for form in siblings:
                return form
    raise LookupError(
        f"{lang_code[:MAX_CODE_LENGTH]!r} is no language of LANGUAGES.{nearest(lang_code[:MAX_CODE_LENGTH], languages)}"
    )


def check_for_language(lang_code: str) -> bool:
    """Tell whether `lang_code`, or a more general form of it, is in LANGUAGES."""
    try:
        get_supported_language_variant(lang_code, strict=True)
    except LookupError:
        return False
    return True


def activate(language: str) -> None:
    """Use `language` from now on, in this context (request, task, test).

    Args:
        language: a code of LANGUAGES; a variant such as `"de-at"` falls back to `"de"` where only that is listed.

    Raises:
        LookupError: nothing in LANGUAGES fits.

    Example:
        >>> activate("en")
        >>> get_language()
        'en'
        >>> deactivate()
    """
    active.set(get_supported_language_variant(language, strict=True))


def deactivate() -> None:
    """Use LANGUAGE_CODE again."""
    active.set(UNSET)


def deactivate_all() -> None:
    """Use no language at all: every text stays as it stands in the source."""
    active.set(None)


class override(ContextDecorator):
    """Use a language inside a `with` block or a decorated function, then the previous one again.

    Args:
        language: a code as for `activate`; None uses no language, as `deactivate_all`.
        deactivate: True returns to LANGUAGE_CODE afterwards instead of the previous language.

    Example:
        >>> with override("en"):
        ...     get_language()
        'en'
    """

    def __init__(self, language: str | None, deactivate: bool = False) -> None:
        self.language = language
        self.deactivate = deactivate
        self.previous: list[str | Unset | None] = []

    def __enter__(self) -> None:
        # Validated before anything is stored, so a refused code leaves nothing behind.
        chosen = None if self.language is None else get_supported_language_variant(self.language, strict=True)
        self.previous.append(active.get())
        active.set(chosen)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        previous = self.previous.pop()
        active.set(UNSET if self.deactivate else previous)


def get_language() -> str | None:
    """Return the code of the language in use, None after `deactivate_all`.

    Without translation (`USE_I18N = False`) that is always LANGUAGE_CODE.
    """
    code = active.get()
    if isinstance(code, Unset) or not settings.USE_I18N:
        return settings.LANGUAGE_CODE.lower()
    return code


def get_language_bidi() -> bool:
    """Tell whether the language in use is written from right to left."""
    return (get_language() or "").partition("-")[0] in RIGHT_TO_LEFT


def language_names(code: str) -> tuple[str, str] | None:
    """Return the English and the own name of a language; LANGUAGES names those that CLDR does not."""
    if code in LANGUAGE_NAMES:
        return LANGUAGE_NAMES[code]
    name = supported_languages().get(code)
    return (str(name), str(name)) if name else None


def language_facts(lang_code: str) -> tuple[str, str, str, bool]:
    """Return code, English name, own name and direction of a language or of its more general form.

    Raises:
        KeyError: no such language is known.
    """
    code = lang_code.lower()
    for form in candidates(code) if len(code) <= MAX_CODE_LENGTH else ():
        names = language_names(form)
        if names:
            return form, *names, form.partition("-")[0] in RIGHT_TO_LEFT
    raise KeyError(f"Unknown language code {lang_code[:MAX_CODE_LENGTH]!r}.{nearest(code, LANGUAGE_NAMES)}")


def to_locale(language: str) -> str:
    """Turn a language code into the name of its locale folder.

    Example:
        >>> to_locale("en-us"), to_locale("zh-hans")
        ('en_US', 'zh_Hans')
    """
    lang, *rest = language.lower().split("-")
    if not rest:
        return lang
    first = rest[0].title() if len(rest[0]) > 2 else rest[0].upper()
    return "_".join([lang, "-".join([first, *rest[1:]])])


def to_language(locale: str) -> str:
    """Turn the name of a locale folder into a language code.

    Example:
        >>> to_language("en_US")
        'en-us'
    """
    return locale.replace("_", "-").lower()


def parse_accept_lang_header(header: str) -> tuple[tuple[str, float], ...]:
    """Read an Accept-Language header: pairs of code and quality, best first; () for what cannot be read.

    Example:
        >>> parse_accept_lang_header("de;q=0.5, fr")
        (('fr', 1.0), ('de', 0.5))
    """
    if len(header) > MAX_ACCEPT_LENGTH:
        header = header[:MAX_ACCEPT_LENGTH].rpartition(",")[0]
    found: list[tuple[str, float]] = []
    for part in header.split(",", MAX_ACCEPT_LANGUAGES)[:MAX_ACCEPT_LANGUAGES]:
        code, _, quality = part.partition(";")
        code, quality = code.strip().lower(), quality.strip()
        if quality and not (quality[:2].lower() == "q=" and QUALITY.fullmatch(quality[2:])):
            return ()
        if code != "*" and not LANGUAGE_CODE.fullmatch(code):
            return ()
        weight = float(quality[2:]) if quality else 1.0
        if weight:
            found.append((code, weight))
    return tuple(sorted(found, key=lambda pair: -pair[1]))


def get_language_from_path(path: str, strict: bool = False) -> str | None:
    """Return the language of LANGUAGES whose code is the first part of `path`, or None."""
    code = path[1 : MAX_CODE_LENGTH + 2].partition("/")[0]
    if not path.startswith("/") or not LANGUAGE_CODE.fullmatch(code):
        return None
    try:
        return get_supported_language_variant(code, strict=strict)
    except LookupError:
        return None


def get_language_from_request(request: LanguageRequest, check_path: bool = False) -> str:
    """Find the language that a visitor wants: path prefix, cookie, Accept-Language, then LANGUAGE_CODE.

    Args:
        request: the request; only its path, cookies and headers are read.
        check_path: True looks at the path prefix too.

    Returns:
        A code of LANGUAGES.
    """
    if check_path and (language := get_language_from_path(request.path_info)):
        return language
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return preferred_language(cookie, request.headers.get("Accept-Language", ""))


def preferred_language(cookie: str, accept_language: str) -> str:
    """Find the language that a visitor wants by what the browser sent.

    Args:
        cookie: value of the language cookie; "" without one.
        accept_language: the header; "" without one.

    Returns:
        A code of LANGUAGES; LANGUAGE_CODE where nothing that is wanted is there.
    """
    for code in [cookie, *[code for code, _ in parse_accept_lang_header(accept_language)]]:
        if code == "*":
            break
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return get_supported_language_variant(settings.LANGUAGE_CODE)

"""The gettext functions, at once and lazy."""

from __future__ import annotations

from typing import cast

from manoir.i18n._catalogues import current
from manoir.i18n._lazy import LazyPlural, LazyString


def gettext(message: str) -> str:
    """Translate `message` into the language in use.

    Args:
        message: the text in the source's language, as it stands in the catalogues.

    Returns:
        The translation, or `message` itself where there is none.

    Example:
        >>> gettext("Welcome")
        'Welcome'
    """
    # The empty message is the header of a catalogue.
    return current().gettext(message) if message else ""


def ngettext(singular: str, plural: str, number: int) -> str:
    """Translate the form of a text that `number` asks for in the language in use.

    Example:
        >>> ngettext("%d book", "%d books", 3) % 3
        '3 books'
    """
    return current().ngettext(singular, plural, number)


def pgettext(context: str, message: str) -> str:
    """Translate `message` as it is meant in `context`, such as `"month name"` for `"May"`."""
    return current().pgettext(context, message)


def npgettext(context: str, singular: str, plural: str, number: int) -> str:
    """Translate the form that `number` asks for of a text as it is meant in `context`."""
    return current().npgettext(context, singular, plural, number)


def gettext_noop(message: str) -> str:
    """Mark `message` for translation and return it unchanged, to translate it later by a variable."""
    return message


def gettext_lazy(message: str) -> str:
    """Translate `message` at each use: for texts written at import time, such as labels.

    Example:
        >>> label = gettext_lazy("Title")
        >>> str(label)
        'Title'
    """
    return cast(str, LazyString(gettext, (message,)))


def pgettext_lazy(context: str, message: str) -> str:
    """Do `pgettext` at each use."""
    return cast(str, LazyString(pgettext, (context, message)))


def ngettext_lazy(singular: str, plural: str, number: int | str | None = None) -> str:
    """Do `ngettext` at each use.

    Args:
        singular: the text for one.
        plural: the text for many.
        number: the number; or the key of it in the mapping that `%` will bring; or None where `%` brings the number.

    Example:
        >>> ngettext_lazy("%(count)d book", "%(count)d books", "count") % {"count": 1}
        '1 book'
    """
    if isinstance(number, int):
        return cast(str, LazyString(ngettext, (singular, plural, number)))
    return cast(str, LazyPlural(ngettext, (), {"singular": singular, "plural": plural, "number": number}))


def npgettext_lazy(context: str, singular: str, plural: str, number: int | str | None = None) -> str:
    """Do `npgettext` at each use; `number` as in `ngettext_lazy`."""
    if isinstance(number, int):
        return cast(str, LazyString(npgettext, (context, singular, plural, number)))
    arguments = {"context": context, "singular": singular, "plural": plural, "number": number}
    return cast(str, LazyPlural(npgettext, (), arguments))

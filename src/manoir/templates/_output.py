"""How a value becomes text of the page: localised, and escaped unless it is safe.

Compiled code writes plain `str` (escaped) and `int` itself and calls `finish` or `finish_raw` for everything else.
"""

# hot path: benchmarks/templates.py

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import markupsafe
from markupsafe import escape

from manoir import i18n, timezone
from manoir.conf import settings
from manoir.templates._lookup import MISSING, settle
from manoir.templates._safe import SafeString

if TYPE_CHECKING:
    from collections.abc import Callable

    from manoir.templates._context import Context


def _escape_str(text: str) -> str:
    return str(escape(text))


escape_str: Callable[[str], str] = cast("Callable[[str], str]", getattr(markupsafe, "_escape_inner", _escape_str))
"""Escape a plain `str` into a plain `str`: MarkupSafe's own inner loop, which makes no Markup object."""


class NoPlainNumbers:
    """Stands in for `int` where numbers are grouped by thousands and so need `localize`."""


def plain_number_type() -> type:
    """Return `int` when an int looks the same in every language, otherwise a type that no value has."""
    return NoPlainNumbers if settings.USE_THOUSAND_SEPARATOR else int


LOCALIZED = (int, float, Decimal, datetime.date, datetime.time)


def localized(value: Any, context: Context) -> Any:
    """Return a number, date or time as text of the language in use; anything else as it is."""
    if type(value) is bool or context.use_l10n is False:
        return local_time(value, context)
    return i18n.localize(local_time(value, context), use_l10n=context.use_l10n)


def local_time(value: Any, context: Context) -> Any:
    """Return an aware datetime in the current time zone; anything else as it is."""
    return timezone.template_localtime(value, use_tz=context.use_tz) if isinstance(value, datetime.datetime) else value


def finish(value: Any, context: Context, missing: str = "") -> str:
    """Return a variable's value as escaped text.

    Args:
        value: as it was looked up, not called yet.
        context: tells whether to localise.
        missing: what stands for a variable that does not exist; not escaped.
    """
    value = settle(value)
    if value is MISSING:
        return missing
    return show(value, context)


def show(value: Any, context: Context) -> str:
    """Return a value as escaped text."""
    if isinstance(value, LOCALIZED):
        value = localized(value, context)
    if type(value) is str:
        return escape_str(value)
    html = getattr(type(value), "__html__", None)
    if html is not None:
        return str(html(value))
    return str(escape(str(value)))


def finish_raw(value: Any, context: Context, missing: str = "") -> str:
    """Return a variable's value as text where autoescaping is off."""
    value = settle(value)
    if value is MISSING:
        return missing
    return show_raw(value, context)


def show_raw(value: Any, context: Context) -> str:
    """Return a value as text where autoescaping is off."""
    if isinstance(value, LOCALIZED):
        value = localized(value, context)
    return str(value)


def render_value_in_context(value: Any, context: Context) -> str:
    """Return a value as a template would print it, for tags of your own.

    Args:
        value: any value.
        context: the context given to the tag; tells whether to escape and to localise.
    """
    return SafeString(show(value, context)) if context.autoescape else show_raw(value, context)

"""Filters of text: case, cutting, padding, quoting."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from manoir.templates import _html
from manoir.templates._library import Library, stringfilter

register = Library()
MAX_WIDTH = 100_000
KEYPAD = {char: digit for digit, chars in {"2": "abc", "3": "def", "4": "ghi", "5": "jkl", "6": "mno", "7": "pqrs",
                                           "8": "tuv", "9": "wxyz"}.items() for char in chars}  # fmt: skip
FORMAT = re.compile(r"[#0\- +]{0,5}\d{0,4}(?:\.\d{0,4})?[diouxXeEfFgGcrsa]")


def whole(value: Any, otherwise: int | None = None) -> int | None:
    """Return a number out of a filter's argument."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return otherwise


@register.filter(is_safe=True)
@stringfilter
def addslashes(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")


@register.filter(is_safe=True)
@stringfilter
def capfirst(value: str) -> str:
    return value[:1].upper() + value[1:]


@register.filter(is_safe=True)
@stringfilter
def lower(value: str) -> str:
    return value.lower()


@register.filter(is_safe=False)
@stringfilter
def upper(value: str) -> str:
    return value.upper()


@register.filter(is_safe=True)
@stringfilter
def title(value: str) -> str:
    return re.sub(r"[^\W_][\w'\u2019]*", lambda word: word[0][0].upper() + word[0][1:].lower(), value)


def padded(method: str) -> Any:
    @stringfilter
    def pad(value: str, arg: Any) -> str:
        width = whole(arg, 0) or 0
        return getattr(value, method)(width) if width <= MAX_WIDTH else value

    return pad


register.filter("center", padded("center"), is_safe=True)
register.filter("ljust", padded("ljust"), is_safe=True)
register.filter("rjust", padded("rjust"), is_safe=True)


@register.filter
def cut(value: Any, arg: Any) -> str:
    text = str(value).replace(str(arg), "")
    # Without its semicolons or ampersands an escaped text would not be escaped any more.
    return _html.SafeString(text) if isinstance(value, _html.SafeString) and not set(str(arg)) & set("&;") else text


@register.filter(is_safe=False)
@stringfilter
def escapejs(value: str) -> str:
    return _html.escapejs(value)


@register.filter(is_safe=True)
@stringfilter
def iriencode(value: str) -> str:
    return quote(value, safe="/#%[]=:;$&()+,!?*@'~")


@register.filter(is_safe=False)
@stringfilter
def urlencode(value: str, safe: Any = None) -> str:
    return quote(value, safe="/" if safe is None else str(safe))


@register.filter(is_safe=False)
@stringfilter
def make_list(value: str) -> list[str]:
    return list(value)


@register.filter(is_safe=True)
def phone2numeric(value: Any) -> str:
    return "".join(KEYPAD.get(char, char) for char in str(value).lower())


@register.filter(is_safe=True)
@stringfilter
def slugify(value: str) -> str:
    return _html.slugify(value)


@register.filter(is_safe=True)
def stringformat(value: Any, arg: Any) -> str:
    if isinstance(value, tuple):
        value = str(value)
    template = str(arg)
    if not FORMAT.fullmatch(template):
        return ""
    try:
        return ("%" + template) % (str(value) if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        return ""


@register.filter(is_safe=True)
@stringfilter
def truncatechars(value: str, arg: Any) -> str:
    length = whole(arg)
    return value if length is None else _html.truncate_chars(value, length)


@register.filter(is_safe=True)
@stringfilter
def truncatechars_html(value: str, arg: Any) -> str:
    length = whole(arg)
    return value if length is None else _html.truncate_chars_html(value, length)


@register.filter(is_safe=True)
@stringfilter
def truncatewords(value: str, arg: Any) -> str:
    length = whole(arg)
    return value if length is None else _html.truncate_words(value, length)


@register.filter(is_safe=True)
@stringfilter
def truncatewords_html(value: str, arg: Any) -> str:
    length = whole(arg)
    return value if length is None else _html.truncate_words_html(value, length)


@register.filter(is_safe=False)
@stringfilter
def wordcount(value: str) -> int:
    return len(value.split())


@register.filter(is_safe=True)
@stringfilter
def wordwrap(value: str, arg: Any) -> str:
    width = whole(arg)
    return value if width is None else _html.wrap(value, width)

"""Filters that make HTML, and those that say what is HTML already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from manoir.conf import settings
from manoir.exceptions import TemplateSyntaxError
from manoir.templates import _html, _urlize
from manoir.templates._library import Library
from manoir.templates._safe import SafeString, conditional_escape, mark_safe
from manoir.templates._safe import force_escape as escape_always

register = Library()
MAX_LIST_DEPTH = 100


@register.filter(is_safe=True)
def escape(value: Any) -> SafeString:
    return conditional_escape(value)


@register.filter(is_safe=True)
def force_escape(value: Any) -> SafeString:
    return escape_always(value)


@register.filter
def safe(value: Any) -> SafeString:
    return mark_safe(value if isinstance(value, str) else str(value))


@register.filter
def safeseq(value: Iterable[Any]) -> list[SafeString]:
    return [safe(item) for item in value]


@register.filter
def escapeseq(value: Iterable[Any]) -> list[SafeString]:
    return [conditional_escape(item) for item in value]


@register.filter(needs_autoescape=True)
def linebreaks(value: Any, autoescape: bool = True) -> SafeString:
    return _html.linebreaks(value, autoescape)


@register.filter(needs_autoescape=True)
def linebreaksbr(value: Any, autoescape: bool = True) -> SafeString:
    text = _html.normalize_newlines(_html.escaped_if(value, autoescape))
    return SafeString(text.replace("\n", "<br>"))


@register.filter(needs_autoescape=True)
def linenumbers(value: Any, autoescape: bool = True) -> SafeString:
    lines = _html.normalize_newlines(_html.escaped_if(value, autoescape)).split("\n")
    width = len(str(len(lines)))
    return SafeString("\n".join(f"{number:0{width}d}. {line}" for number, line in enumerate(lines, 1)))


@register.filter
def striptags(value: Any) -> str:
    text = _html.strip_tags(value)
    # "<<b>script>" becomes a tag when "<b>" goes, so text with a "<" left in it is not called safe.
    return SafeString(text) if isinstance(value, SafeString) and "<" not in text else text


@register.filter(needs_autoescape=True)
def urlize(value: Any, autoescape: bool = True) -> SafeString:
    return linked(value, None, autoescape)


@register.filter(needs_autoescape=True)
def urlizetrunc(value: Any, limit: Any, autoescape: bool = True) -> SafeString:
    return linked(value, int(limit), autoescape)


def linked(value: Any, limit: int | None, autoescape: bool) -> SafeString:
    text = value if isinstance(value, SafeString) else str(value)
    return _urlize.urlize(text, limit, nofollow=True, autoescape=autoescape, assume_https=settings.URLIZE_ASSUME_HTTPS)


@register.filter(needs_autoescape=True)
def unordered_list(value: Any, autoescape: bool = True) -> SafeString:
    return SafeString("\n".join(items(list_of(value), autoescape, 1)))


def list_of(value: Any) -> list[Any]:
    return list(value)


def items(values: list[Any], autoescape: bool, depth: int) -> Iterator[str]:
    """Write `<li>` elements; a list after an item is the list inside it."""
    if depth > MAX_LIST_DEPTH:
        raise TemplateSyntaxError(f"unordered_list: the lists are nested more than {MAX_LIST_DEPTH} deep.")
    indent = "\t" * depth
    position = 0
    while position < len(values):
        text = _html.escaped_if(values[position], autoescape)
        position += 1
        inner = ""
        if position < len(values) and is_nested(values[position]):
            lines = "\n".join(items(list_of(values[position]), autoescape, depth + 1))
            inner = f"\n{indent}<ul>\n{lines}\n{indent}</ul>\n{indent}"
            position += 1
        yield f"{indent}<li>{text}{inner}</li>"


def is_nested(value: Any) -> bool:
    return not isinstance(value, str) and hasattr(value, "__iter__")


@register.filter(is_safe=True)
def json_script(value: Any, element_id: Any = None) -> SafeString:
    return _html.json_script(value, None if element_id is None else str(element_id))

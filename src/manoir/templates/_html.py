"""Helpers that read text and HTML character by character: each goes over its input once, whatever it is given."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from manoir.i18n import LazyString
from manoir.templates._safe import SafeString, conditional_escape, format_html
from manoir.timezone import duration_iso_string

MAX_OPEN_TAGS = 1_000
VOID_ELEMENTS = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
TAG_NAME = re.compile(r"/?([a-zA-Z][^\s/>]{0,100})")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


# -- tags and text ----------------------------------------------------------------------------------------------------


def pieces(html: str) -> Iterator[tuple[bool, str]]:
    """Cut HTML into `(is a tag, piece)`; a `<` that opens no tag, or one that nothing closes, is text."""
    done = 0
    position = html.find("<")
    while position >= 0:
        end = tag_end(html, position)
        if end < 0:
            break
        if end:
            if done < position:
                yield False, html[done:position]
            yield True, html[position:end]
            done = end
        position = html.find("<", end or position + 1)
    if done < len(html):
        yield False, html[done:]


def tag_end(html: str, start: int) -> int:
    """Return the offset after the tag or comment that begins at `start`: 0 when it is none, -1 when nothing ends it."""
    following = html[start + 1 : start + 2]
    if not (following.isascii() and (following.isalpha() or following in ("/", "!", "?"))) or not following:
        return 0
    if html.startswith("<!--", start):
        end = html.find("-->", start + 4)
        return end + 3 if end >= 0 else -1
    end = html.find(">", start + 1)
    return end + 1 if end >= 0 else -1


def strip_tags(value: object) -> str:
    """Return text without its HTML tags and comments. The result is not safe HTML: print it escaped.

    Example:
        >>> strip_tags("<b>Joel</b> <button>is</button> a <span>slug</span>")
        'Joel is a slug'
    """
    return "".join(piece for is_tag, piece in pieces(str(value)) if not is_tag)


# -- truncation -------------------------------------------------------------------------------------------------------


def truncate_chars(text: str, length: int, ending: str = "…") -> str:
    """Cut text to a number of characters, the ending among them; combining characters do not count."""
    text = unicodedata.normalize("NFC", text)
    room = max(length - visible_length(ending), 0)
    if length <= 0:
        return ""
    cut = count = 0
    for position, char in enumerate(text):
        if unicodedata.combining(char):
            continue
        count += 1
        if count == room + 1:
            cut = position
        if count > length:
            return text[:cut] + ending
    return text


def visible_length(text: str) -> int:
    return sum(not unicodedata.combining(char) for char in text)


def truncate_words(text: str, length: int, ending: str = " …") -> str:
    """Cut text to a number of words; white space becomes single spaces."""
    words = text.split()
    if len(words) <= length:
        return " ".join(words)
    return " ".join(words[: max(length, 0)]) + ending


class HtmlTruncator:
    """Copies HTML until enough text was seen, then closes what is open.

    Args:
        length: how many units of text are kept.
        ending: what follows cut text.
        units: cuts a text into the units that count (characters or words) and what stands between.
    """

    def __init__(self, length: int, ending: str, units: Callable[[str], Iterator[tuple[bool, str]]]) -> None:
        self.length = length
        self.ending = ending
        self.units = units
        self.out: list[str] = []
        self.open: list[str] = []
        self.counts: dict[str, int] = {}

    def truncate(self, html: str) -> str:
        if self.length <= 0:
            return ""
        seen = 0
        for is_tag, piece in pieces(html):
            if is_tag:
                self.out.append(piece)
                self.follow(piece)
                continue
            for counts, unit in self.units(piece):
                if counts and seen == self.length:
                    return self.closed()
                seen += counts
                self.out.append(unit)
        return html

    def follow(self, tag: str) -> None:
        """Keep account of open elements; one pass, since each element is opened and closed once."""
        name = TAG_NAME.match(tag, 1)
        if name is None:
            return
        element = name[1].lower()
        if tag.startswith("</"):
            if self.counts.get(element):
                while self.open:
                    last = self.open.pop()
                    self.counts[last] -= 1
                    if last == element:
                        break
        elif element not in VOID_ELEMENTS and not tag.endswith("/>") and len(self.open) < MAX_OPEN_TAGS:
            self.open.append(element)
            self.counts[element] = self.counts.get(element, 0) + 1

    def closed(self) -> str:
        while self.ending[:1].isspace() and self.out and self.out[-1].isspace():
            self.out.pop()
        text = "".join(self.out) + self.ending
        return text + "".join(f"</{element}>" for element in reversed(self.open))


def characters(text: str) -> Iterator[tuple[bool, str]]:
    """Cut text into characters; an entity is one."""
    position = 0
    while position < len(text):
        entity = ENTITY.match(text, position) if text[position] == "&" else None
        unit = entity[0] if entity else text[position]
        yield not unicodedata.combining(unit[0]), unit
        position += len(unit)


def words(text: str) -> Iterator[tuple[bool, str]]:
    """Cut text into words and the white space between them."""
    for match in re.finditer(r"\s+|\S+", text):
        yield not match[0].isspace(), match[0]


def truncate_chars_html(html: str, length: int, ending: str = "…") -> str:
    """Cut HTML to a number of characters of text, the ending among them, and close open tags."""
    shown = 0
    for is_tag, piece in pieces(html):
        if not is_tag:
            for counts, _unit in characters(piece):
                shown += counts
                if shown > length:
                    return (
                        HtmlTruncator(max(length - visible_length(ending), 0), ending, characters).truncate(html)
                        or ending
                    )
    return html


def truncate_words_html(html: str, length: int, ending: str = " …") -> str:
    """Cut HTML to a number of words of text and close open tags."""
    return HtmlTruncator(length, ending, words).truncate(html)


# -- paragraphs and lines ---------------------------------------------------------------------------------------------


def normalize_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def linebreaks(value: object, autoescape: bool = False) -> SafeString:
    """Turn blank lines into paragraphs and other line ends into `<br>`."""
    text = normalize_newlines(escaped_if(value, autoescape))
    paragraphs = re.split("\n\n+", text)
    return SafeString("\n\n".join("<p>" + paragraph.replace("\n", "<br>") + "</p>" for paragraph in paragraphs))


def escaped_if(value: object, autoescape: bool) -> str:
    """Return text, escaped unless it is safe or escaping is off."""
    return str(conditional_escape(value)) if autoescape else str(value)


def wrap(text: str, width: int) -> str:
    """Break lines at spaces so that they are no longer than `width`, where words allow it."""
    lines: list[str] = []
    for line in normalize_newlines(text).split("\n"):
        current: list[str] = []
        length = 0
        for word in line.split(" "):
            if current and length + 1 + len(word) > width:
                lines.append(" ".join(current))
                current, length = [word], len(word)
            else:
                length += len(word) + bool(current)
                current.append(word)
        lines.append(" ".join(current))
    return "\n".join(lines)


# -- scripts ----------------------------------------------------------------------------------------------------------

JS_ESCAPES = {ord(char): f"\\u{ord(char):04X}" for char in "\\'\"><&=-;`\u2028\u2029\x7f"}
JS_ESCAPES.update({code: f"\\u{code:04X}" for code in range(32)})
JSON_ESCAPES = {ord(char): f"\\u{ord(char):04X}" for char in "<>&"}


def escapejs(value: object) -> SafeString:
    r"""Escape text for use inside a quoted JavaScript string; what could end the string or the script is `\uXXXX`."""
    return SafeString(str(value).translate(JS_ESCAPES))


def json_script(
    value: object, element_id: str | None = None, encoder: type[json.JSONEncoder] | None = None
) -> SafeString:
    r"""Write a value as JSON into a `<script>` element that scripts can read.

    Args:
        value: anything JSON knows, and dates, times, durations, decimals, UUIDs.
        element_id: the element's id; None gives it none.
        encoder: another JSON encoder.

    Returns:
        Safe HTML.

    Example:
        >>> json_script({"a": "</script>"}, "data")
        Markup('<script id="data" type="application/json">{"a": "\\u003C/script\\u003E"}</script>')
    """
    text = json.dumps(value, cls=encoder) if encoder else json.dumps(value, default=json_default)
    content = SafeString(text.translate(JSON_ESCAPES))
    if element_id:
        return format_html('<script id="{}" type="application/json">{}</script>', element_id, content)
    return format_html('<script type="application/json">{}</script>', content)


def json_default(value: Any) -> Any:
    if isinstance(value, datetime):
        text = value.isoformat()
        if value.microsecond:
            text = text[:23] + text[26:]  # JavaScript knows milliseconds
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    if isinstance(value, (Decimal, UUID, LazyString)):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON: {value!r}")


def slugify(value: object, allow_unicode: bool = False) -> str:
    """Turn text into what a URL can carry: lower case, letters, digits, hyphens and underscores.

    Example:
        >>> slugify("Joel is a slug!")
        'joel-is-a-slug'
    """
    text = str(value)
    text = unicodedata.normalize("NFKC" if allow_unicode else "NFKD", text)
    if not allow_unicode:
        text = text.encode("ascii", "ignore").decode("ascii")
    kept = "".join(char for char in text.lower() if char.isalnum() or char in "_-" or char.isspace())
    return "-".join(part for part in re.split(r"[-\s]+", kept) if part).strip("-_")

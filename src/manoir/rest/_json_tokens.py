"""JSON for a page: pieces with a kind, so that the template can colour them, and links where a text is an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_COLOURED = 200_000
"""Characters of JSON that are coloured; what is longer is shown plain."""
MAX_LINK = 2_000

# A string without its end, which other renderers may write, goes to the end of the text: looking for it anew behind each of
# its escaped quotes would take minutes.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|-?\d[\d.eE+-]*|true|false|null', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of JSON.

    Attributes:
        text: as it is in the JSON.
        kind: `key`, `text`, `number`, `word`; "" for what is between.
        href: where it leads; "" for no link.
    """

    text: str
    kind: str = ""
    href: str = ""


def tokens_of(text: str) -> list[Token]:
    """Return the pieces of a JSON text; together they are the text.

    Example:
        >>> [token.kind for token in tokens_of('{"a": 1}')]
        ['', 'key', '', 'number', '']
    """
    if len(text) > MAX_COLOURED:
        return [Token(text)]
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() > end:
            found.append(Token(text[end : match.start()]))
        found.append(token_of(match[0], text, match.end()))
        end = match.end()
    if end < len(text):
        found.append(Token(text[end:]))
    return found


def token_of(piece: str, text: str, end: int) -> Token:
    if not piece.startswith('"'):
        return Token(piece, "word" if piece[0].isalpha() else "number")
    if text[end : end + 1] == ":":
        return Token(piece, "key")
    return Token(piece, "text", safe_href(piece[1:-1]))


def safe_href(address: str) -> str:
    """Return an address that a page may link to: http or https, and nothing that a browser could read otherwise (H13)."""
    if not address.startswith(("http://", "https://")) or len(address) > MAX_LINK or "\\" in address:
        return ""
    if any(character.isspace() or ord(character) < 33 for character in address):
        return ""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return ""
    return address if host else ""

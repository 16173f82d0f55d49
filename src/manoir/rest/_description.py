"""What a view says about itself, for a page: paragraphs of text, and code between backticks."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_DESCRIPTION = 20_000
"""Characters of a description that are taken apart; what is longer is one piece."""

_CODE = re.compile(r"(`[^`\n]+`)")
_ITEM = re.compile(r"[-*] ")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a paragraph.

    Attributes:
        text: what it says, without the backticks.
        code: it stood between backticks.
        item: it begins a line of its own, as an item of a list does.
    """

    text: str
    code: bool = False
    item: bool = False


def paragraphs_of(text: str) -> list[list[Piece]]:
    r"""Return the paragraphs of a description; lines that were broken in a docstring are one again.

    Example:
        >>> [piece.text for piece in paragraphs_of("Call `note_pin`\nfirst.")[0]]
        ['Call ', 'note_pin', ' first.']
    """
    if len(text) > MAX_DESCRIPTION:
        return [[Piece(text)]]
    return [pieces_of(part) for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


def pieces_of(paragraph: str) -> list[Piece]:
    lines = [line.strip() for line in paragraph.splitlines()]
    found: list[Piece] = []
    for number, line in enumerate(lines):
        item = number > 0 and bool(_ITEM.match(line))
        words = line if number == 0 or item else f" {line}"
        for part in _CODE.split(words):
            if part:
                code = len(part) > 2 and part[0] == part[-1] == "`"
                found.append(Piece(part[1:-1] if code else part, code, item))
                item = False
    return joined(found)


def joined(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with neighbours of plain text as one."""
    found: list[Piece] = []
    for piece in pieces:
        if found and not (piece.code or piece.item or found[-1].code):
            found[-1] = Piece(found[-1].text + piece.text, False, found[-1].item)
        else:
            found.append(piece)
    return found

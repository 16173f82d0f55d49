"""Escaping what could forge a log line or drive a terminal."""

from __future__ import annotations

import re

# C0 without tab, DEL and C1, line and paragraph separators, marks that change the direction of text, lone surrogates.
UNSAFE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
UNSAFE_IN_BLOCKS = re.compile(UNSAFE.pattern.replace("\x0a-\x1f", "\x0b-\x1f"))
NAMES = {"\n": "\\n", "\r": "\\r", "\x1b": "\\x1b"}


def escape_control(text: str) -> str:
    r"""Return text on one line, with control and bidirectional characters spelt as escapes.

    Example:
        >>> escape_control("GET /\r\nFAKE")
        'GET /\\r\\nFAKE'
    """
    return UNSAFE.sub(spell, text) if UNSAFE.search(text) else text


def escape_block(text: str) -> str:
    """Return text of several lines, such as a traceback, indented: no line of it looks like the start of a record."""
    lines = UNSAFE_IN_BLOCKS.sub(spell, text).split("\n")
    return "\n".join(f"  {line}" for line in lines)


def spell(match: re.Match[str]) -> str:
    char = match.group()
    number = ord(char)
    return NAMES.get(char) or (f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")

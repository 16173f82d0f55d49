"""Template source to tokens, in one pass: text, `{{ variable }}`, `{% tag %}` and `{# comment #}`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MAX_SOURCE_LENGTH = 5_000_000
CLOSERS = {"%": "%}", "{": "}}", "#": "#}"}


class TokenType(Enum):
    """What kind of piece a token is."""

    TEXT = 0
    VAR = 1
    BLOCK = 2
    COMMENT = 3


KINDS = {"%": TokenType.BLOCK, "{": TokenType.VAR, "#": TokenType.COMMENT}


@dataclass(slots=True)
class Token:
    """One piece of a template.

    Attributes:
        token_type: text, variable, tag or comment.
        contents: the text itself, or what stands between the braces, stripped.
        lineno: line of the template, from 1.
        column: offset of the piece in its line, from 0.
        raw: the piece as written.
    """

    token_type: TokenType
    contents: str
    lineno: int
    column: int
    raw: str

    def split_contents(self) -> list[str]:
        """Split a tag's contents at spaces, keeping quoted text (also in filter arguments) whole.

        Example:
            >>> Token(TokenType.BLOCK, 'with name="a b"|upper', 1, 0, "").split_contents()
            ['with', 'name="a b"|upper']
        """
        return smart_split(self.contents)


def smart_split(text: str) -> list[str]:
    """Split text at white space that is not inside quotes; an unmatched quote is an ordinary character."""
    bits: list[str] = []
    start = position = 0
    end = len(text)
    quotes = "\"'"
    while position < end:
        char = text[position]
        if char in quotes:
            close = after_quoted(text, position)
            if close == 0:
                quotes = quotes.replace(char, "")  # nothing closes any later one either
            position = close or position + 1
        elif char.isspace():
            if start < position:
                bits.append(text[start:position])
            position += 1
            start = position
        else:
            position += 1
    if start < end:
        bits.append(text[start:end])
    return bits


def after_quoted(text: str, start: int) -> int:
    """Return the offset after the quoted text that begins at `start`, 0 when nothing closes it."""
    quote = text[start]
    position = start + 1
    while True:
        close = text.find(quote, position)
        if close < 0:
            return 0
        backslashes = 0
        while text[close - 1 - backslashes] == "\\":
            backslashes += 1
        if backslashes % 2 == 0:
            return close + 1
        position = close + 1


def tokenize(source: str) -> list[Token]:
    """Cut template source into tokens whose `raw` texts, joined, are the source again.

    A tag, variable or comment never spans lines: what is not closed on its line is text. Between `{% verbatim %}` and
    its end everything is text.
    """
    return Lexer(source).tokens()


class Lexer:
    """One walk over the source, from brace to brace."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.found: list[Token] = []
        self.lineno = 1
        self.line_start = 0  # offset where the current line begins
        self.done = 0  # everything before this offset is in `found`
        self.verbatim_end: str | None = None

    def tokens(self) -> list[Token]:
        source = self.source
        hopeless = dict.fromkeys(CLOSERS, 0)  # per kind: up to this offset no closer follows on the same line
        position = source.find("{")
        while position >= 0:
            kind = source[position + 1 : position + 2]
            end = self.end_of(kind, position, hopeless) if kind in KINDS else 0
            if end:
                self.piece(kind, position, end)
                position = source.find("{", self.done)
            else:
                position = source.find("{", position + 1)
        self.text_until(len(source))
        return self.found

    def end_of(self, kind: str, position: int, hopeless: dict[str, int]) -> int:
        """Return the offset after the piece that opens at `position`, 0 when it is not closed on its line."""
        if position < hopeless[kind]:
            return 0
        close = self.source.find(CLOSERS[kind], position + 2)
        newline = self.source.find("\n", position, close if close >= 0 else len(self.source))
        if close < 0 or newline >= 0:
            hopeless[kind] = newline if newline >= 0 else len(self.source)
            return 0
        return close + 2

    def piece(self, kind: str, start: int, end: int) -> None:
        contents = self.source[start + 2 : end - 2].strip()
        if self.verbatim_end is not None:
            if kind != "%" or contents != self.verbatim_end:
                self.text_until(end)
                return
            self.verbatim_end = None
        elif kind == "%" and (contents == "verbatim" or contents.startswith("verbatim ")):
            self.verbatim_end = "end" + contents
        self.text_until(start)
        raw = self.source[start:end]
        self.found.append(Token(KINDS[kind], contents, self.lineno, start - self.line_start, raw))
        self.done = end

    def text_until(self, end: int) -> None:
        """Add the source up to `end` as text and count its lines."""
        if end == self.done:
            return
        raw = self.source[self.done : end]
        self.found.append(Token(TokenType.TEXT, raw, self.lineno, self.done - self.line_start, raw))
        newlines = raw.count("\n")
        if newlines:
            self.lineno += newlines
            self.line_start = self.done + raw.rindex("\n") + 1
        self.done = end

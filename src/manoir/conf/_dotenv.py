"""Parsing `.env` files: NAME=value lines with quotes, comments and `export`; never an interpolation."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_letters, digits

from manoir.exceptions import ImproperlyConfigured

MAX_BYTES = 1_000_000
MAX_NAMES = 10_000
NAME_START = frozenset(ascii_letters + "_")
NAME_REST = NAME_START | frozenset(digits)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'", "$": "$"}


def parse_dotenv(text: str, source: str = ".env") -> dict[str, str]:
    r"""Parse the text of a `.env` file.

    One `NAME=value` a line, `export` before it allowed. An unquoted value ends at ` #` or at the line's end and loses
    the spaces around it. 'Single quotes' keep everything as it is; "double quotes" know \n \r \t \\ \" \$; quoted
    values may span lines. `$` and backticks mean nothing. Of two lines with one name the last counts.

    Args:
        text: what the file holds.
        source: name of the file, for errors.

    Returns:
        Values by name, in the file's order.

    Raises:
        ImproperlyConfigured: a line is no assignment or a quote is not closed; the message names the line, never a value.

    Example:
        >>> parse_dotenv("export DEBUG=on  # while developing\nGREETING='it costs $5'")
        {'DEBUG': 'on', 'GREETING': 'it costs $5'}
    """
    if len(text) > MAX_BYTES:
        raise ImproperlyConfigured(f"{source} is longer than {MAX_BYTES:,} characters; it should hold settings only.")
    return Parser(text.removeprefix("\ufeff").replace("\r\n", "\n"), source).parse()


@dataclass(slots=True)
class Parser:
    """One pass over the text; `position` only moves forwards."""

    text: str
    source: str
    position: int = 0

    def parse(self) -> dict[str, str]:
        values: dict[str, str] = {}
        while self.skip_blank():
            name = self.read_name()
            values[name] = self.read_value(name)
            if len(values) > MAX_NAMES:
                raise self.error(f"there are more than {MAX_NAMES:,} names")
        return values

    def skip_blank(self) -> bool:
        """Skip spaces, empty lines and comments; tell whether something is left."""
        while self.position < len(self.text):
            char = self.text[self.position]
            if char == "#":
                self.rest_of_line()
            elif not char.isspace():
                return True
            else:
                self.position += 1
        return False

    def read_name(self) -> str:
        line_end = self.line_end()
        name, equals, _ = self.text[self.position : line_end].partition("=")
        bare = name.strip()
        if bare.startswith(("export ", "export\t")):
            bare = bare[len("export") :].strip()
        if not equals:
            raise self.error("there is no '=': write NAME=value")
        if not bare or bare[0] not in NAME_START or not NAME_REST.issuperset(bare):
            raise self.error("the part before '=' is no name (letters, digits and _, not starting with a digit)")
        self.position += len(name) + 1
        return bare

    def read_value(self, name: str) -> str:
        while self.position < len(self.text) and self.text[self.position] in " \t":
            self.position += 1
        quote = self.text[self.position : self.position + 1]
        if quote not in ("'", '"'):
            return strip_comment(self.rest_of_line())
        value = self.read_quoted(quote, name)
        rest = self.rest_of_line().strip()
        if rest and not rest.startswith("#"):
            raise self.error(f"there is text after the closing quote of {name}", line_back=1)
        return value

    def read_quoted(self, quote: str, name: str) -> str:
        opened = self.position
        self.position += 1
        parts: list[str] = []
        while self.position < len(self.text):
            char = self.text[self.position]
            self.position += 1
            if char == quote:
                return "".join(parts)
            if char == "\\" and quote == '"':
                following = self.text[self.position : self.position + 1]
                self.position += 1
                parts.append(ESCAPES.get(following, "\\" + following))
            else:
                parts.append(char)
        self.position = opened
        raise self.error(f"the quote that opens the value of {name} is never closed")

    def line_end(self) -> int:
        end = self.text.find("\n", self.position)
        return len(self.text) if end < 0 else end

    def rest_of_line(self) -> str:
        start, end = self.position, self.line_end()
        self.position = min(end + 1, len(self.text))
        return self.text[start:end]

    def error(self, what: str, *, line_back: int = 0) -> ImproperlyConfigured:
        at = self.position - line_back
        return ImproperlyConfigured(f"{self.source}, line {self.text.count(chr(10), 0, at) + 1}: {what}.")


def strip_comment(value: str) -> str:
    """Return an unquoted value without its comment: a `#` at the start or after white space begins one."""
    for position, char in enumerate(value):
        if char == "#" and (position == 0 or value[position - 1] in " \t"):
            return value[:position].strip()
    return value.strip()

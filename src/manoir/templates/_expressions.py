"""Expressions of the template language: `book.author.name|default:"nobody"|upper`, from text to typed nodes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from manoir.exceptions import TemplateSyntaxError
from manoir.templates._lexer import after_quoted

MAX_EXPRESSION_LENGTH = 10_000
MAX_FILTERS = 50
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as it was registered.

    Attributes:
        name: how templates call it.
        function: takes the value and at most one argument.
        is_safe: a safe value stays safe after this filter.
        needs_autoescape: the function takes `autoescape`.
        expects_localtime: aware datetimes are turned into local time before.
        least, most: how many arguments after the value it takes.
    """

    name: str
    function: Callable[..., Any]
    is_safe: bool = False
    needs_autoescape: bool = False
    expects_localtime: bool = False
    least: int = 0
    most: int = 1


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: number or text; `translate` for `_("text")`."""

    value: str | int | float
    translate: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A dotted variable, cut at its dots."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.names)


Atom: TypeAlias = Literal | Path


@dataclass(frozen=True, slots=True)
class FilterCall:
    """One filter of an expression, with its argument if it has one."""

    filter: Filter
    argument: Atom | None


@dataclass(frozen=True, slots=True)
class Expression:
    """A variable or constant and the filters it passes through.

    Attributes:
        text: as written.
        head: what stands before the first `|`.
        filters: what it passes through, in order.
    """

    text: str
    head: Atom
    filters: tuple[FilterCall, ...] = ()


FindFilter: TypeAlias = Callable[[str], Filter]


def parse_expression(text: str, find_filter: FindFilter) -> Expression:
    """Read an expression.

    Args:
        text: the expression, without braces.
        find_filter: returns the filter of a name, or raises TemplateSyntaxError.

    Raises:
        TemplateSyntaxError: what cannot be read, and where.
    """
    if len(text) > MAX_EXPRESSION_LENGTH:
        raise TemplateSyntaxError(
            f"an expression of {len(text)} characters is too long ({MAX_EXPRESSION_LENGTH} at most)."
        )
    head, position = read_atom(text, 0)
    filters: list[FilterCall] = []
    while (position := skip_spaces(text, position)) < len(text):
        if text[position] != "|":
            raise cannot_read(text, position)
        call, position = read_filter(text, skip_spaces(text, position + 1), find_filter)
        filters.append(call)
        if len(filters) > MAX_FILTERS:
            raise TemplateSyntaxError(f"more than {MAX_FILTERS} filters in one expression.")
    return Expression(text, head, tuple(filters))


def skip_spaces(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def read_filter(text: str, position: int, find_filter: FindFilter) -> tuple[FilterCall, int]:
    name = WORD.match(text, position)
    if name is None:
        raise cannot_read(text, position)
    found = find_filter(name[0])
    position = name.end()
    argument: Atom | None = None
    if text[position : position + 1] == ":":
        argument, position = read_atom(text, position + 1)
    given = argument is not None
    if not found.least <= given <= found.most:
        wanted = "no argument" if found.most == 0 else "an argument, as in " + f'{found.name}:"…"'
        raise TemplateSyntaxError(f"the filter {found.name!r} takes {wanted}.")
    return FilterCall(found, argument), position


def read_atom(text: str, position: int) -> tuple[Atom, int]:
    """Read a constant or a variable at `position`; returns it and the offset after it."""
    first = text[position : position + 1]
    if first in ('"', "'"):
        return read_string(text, position)
    if first == "_" and text[position + 1 : position + 2] == "(":
        return read_translation(text, position)
    number = NUMBER.match(text, position)
    if number is not None and not WORD.match(text, number.end()) and text[number.end() : number.end() + 1] != ".":
        return Literal(number_of(number[0], text)), number.end()
    return read_path(text, position)


def number_of(digits: str, text: str) -> int | float:
    if digits.endswith("."):
        raise TemplateSyntaxError(f"{digits!r} in {text!r} ends with a dot; write {digits[:-1]} or {digits}0.")
    if len(digits) > 1000:
        raise TemplateSyntaxError(f"a number of {len(digits)} digits is too long.")
    return float(digits) if any(char in ".eE" for char in digits) else int(digits)


def read_string(text: str, position: int) -> tuple[Literal, int]:
    end = after_quoted(text, position)
    if not end:
        raise TemplateSyntaxError(f"the quote {text[position]} in {text!r} is never closed.")
    quote = text[position]
    content = text[position + 1 : end - 1].replace("\\" + quote, quote).replace("\\\\", "\\")
    return Literal(content), end


def read_translation(text: str, position: int) -> tuple[Literal, int]:
    start = position + 2
    if text[start : start + 1] not in ('"', "'"):
        raise TemplateSyntaxError(f'_(…) in {text!r} takes one quoted text, as in _("Welcome").')
    literal, end = read_string(text, start)
    if text[end : end + 1] != ")":
        raise TemplateSyntaxError(f"_( in {text!r} is never closed.")
    return Literal(literal.value, translate=True), end + 1


def read_path(text: str, position: int) -> tuple[Path, int]:
    names: list[str] = []
    while True:
        word = WORD.match(text, position)
        if word is None:
            raise cannot_read(text, position)
        if word[0].startswith("_"):
            raise TemplateSyntaxError(f"{word[0]!r} in {text!r} begins with an underscore; such names are private.")
        names.append(word[0])
        position = word.end()
        if text[position : position + 1] != ".":
            return Path(tuple(names)), position
        position += 1


def cannot_read(text: str, position: int) -> TemplateSyntaxError:
    if not text:
        return TemplateSyntaxError("there is nothing between the braces.")
    if position >= len(text):
        return TemplateSyntaxError(f"{text!r} ends where a name or a value was expected.")
    hint = " No space may follow the colon of a filter." if position and text[position - 1] == ":" else ""
    return TemplateSyntaxError(f"could not read {text!r} at {text[position:]!r}.{hint}")

"""Conditions of `{% if %}`: read by precedence, written as one Python expression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from manoir.exceptions import TemplateSyntaxError
from manoir.templates._expressions import Expression, Literal

if TYPE_CHECKING:
    from manoir.templates._emitter import Code, Emitter
    from manoir.templates._parser import Parser

MAX_DEPTH = 50
MAX_WORDS = 1_000
BINDING = {"or": 6, "and": 7, "not": 8, "in": 9, "not in": 9, "is": 10, "is not": 10}
BINDING.update(dict.fromkeys(("==", "!=", "<", ">", "<=", ">="), 10))
"""How strongly operators bind, as documented: `or` least, comparisons most."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Binary:
    """Two conditions and what stands between them."""

    operator: str
    left: Condition
    right: Condition


Condition: TypeAlias = Operand | Not | Binary


def parse_condition(bits: list[str], parser: Parser) -> Condition:
    """Read a condition.

    Args:
        bits: the words after `if`.
        parser: reads the values in it.

    Raises:
        TemplateSyntaxError: a value or an operator is missing or too much.
    """
    return ConditionParser(merge_words(bits), parser).whole()


def merge_words(bits: list[str]) -> list[str]:
    """Join `not in` and `is not` to one operator each."""
    words: list[str] = []
    for bit in bits:
        if words and (words[-1], bit) in (("not", "in"), ("is", "not")):
            words[-1] = f"{words[-1]} {bit}"
        else:
            words.append(bit)
    return words


class ConditionParser:
    """Reads operators by how strongly they bind."""

    def __init__(self, words: list[str], parser: Parser) -> None:
        self.words = words
        self.parser = parser
        self.position = 0
        self.depth = 0

    def whole(self) -> Condition:
        if len(self.words) > MAX_WORDS:
            raise TemplateSyntaxError(f"a condition of {len(self.words)} words is too long ({MAX_WORDS} at most).")
        if not self.words:
            raise TemplateSyntaxError("a condition is missing.")
        condition = self.condition(0)
        if self.position < len(self.words):
            raise TemplateSyntaxError(f"an operator is missing before {self.words[self.position]!r}.")
        return condition

    def condition(self, least: int) -> Condition:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TemplateSyntaxError(f"the condition is nested more than {MAX_DEPTH} deep.")
        left = self.operand()
        comparisons = 0
        while self.position < len(self.words):
            operator = self.words[self.position]
            binding = BINDING.get(operator, -1)
            if binding <= least or operator == "not":
                break
            self.position += 1
            comparisons += operator not in ("and", "or")
            if comparisons > MAX_DEPTH:
                raise TemplateSyntaxError(f"more than {MAX_DEPTH} comparisons follow each other.")
            left = Binary(operator, left, self.condition(binding))
        self.depth -= 1
        return left

    def operand(self) -> Condition:
        if self.position >= len(self.words):
            raise TemplateSyntaxError(f"a value is missing after {self.words[-1]!r}.")
        word = self.words[self.position]
        self.position += 1
        if word == "not":
            return Not(self.condition(BINDING["not"]))
        if word in BINDING:
            raise TemplateSyntaxError(f"a value is missing before {word!r}.")
        if word in ("=", "&&", "||", "!", "===", "<>"):
            raise TemplateSyntaxError(f"{word!r} is no operator; use one of {', '.join(BINDING)}.")
        return Operand(self.parser.expression(word))


def operands(condition: Condition) -> Iterator[Expression]:
    """Return the values in a condition."""
    pending = [condition]
    while pending:
        part = pending.pop()
        if isinstance(part, Operand):
            yield part.expression
        elif isinstance(part, Not):
            pending.append(part.condition)
        else:
            pending.extend((part.right, part.left))


def condition_code(out: Emitter, condition: Condition) -> Code:
    """Return the Python of a condition, which evaluates no more of it than is needed."""
    if isinstance(condition, Operand):
        expression = condition.expression
        if isinstance(expression.head, Literal) and not expression.head.translate and not expression.filters:
            return out.plain(repr(expression.head.value))
        return out.code(expression, "none")
    if isinstance(condition, Not):
        code = condition_code(out, condition.condition)
        return out.mapped([code], lambda inner: f"(not {inner})")
    if condition.operator in ("and", "or"):
        codes = [condition_code(out, part) for part in chain(condition)]
        return out.mapped(codes, lambda *sides: "(" + f" {condition.operator} ".join(sides) + ")")
    left, right = condition_code(out, condition.left), condition_code(out, condition.right)
    return out.mapped([left, right], lambda *sides: infix(condition.operator, *sides))


def chain(condition: Binary) -> list[Condition]:
    """Return the parts of `a or b or c`, so that a long one is not a deep one."""
    parts: list[Condition] = [condition.right]
    left = condition.left
    while isinstance(left, Binary) and left.operator == condition.operator:
        parts.append(left.right)
        left = left.left
    return [left, *reversed(parts)]


def infix(operator: str, left: str, right: str) -> str:
    if operator in ("in", "not in"):
        return f"contained({left}, {right}, {operator == 'not in'})"
    if operator == "<":
        return f"less({left}, {right})"
    if operator == "<=":
        return f"less_or_equal({left}, {right})"
    if operator == ">":
        return f"less({right}, {left})"
    if operator == ">=":
        return f"less_or_equal({right}, {left})"
    return f"({left} {operator} {right})"

"""Lays Python expressions out as a formatter would: on one line where they fit, else one item a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 88
INDENT = 4


@dataclass(frozen=True, slots=True)
class Group:
    """A call, list, tuple, set or dict.

    Attributes:
        opening: what stands before the items, bracket included.
        items: pairs of what stands before an item (`"name="`, `'"key": '`, "") and the item.
        closing: the bracket at the end.
        single_comma: one item alone is followed by a comma (tuples).
    """

    opening: str
    items: tuple[tuple[str, Node], ...]
    closing: str
    single_comma: bool = False


Node: TypeAlias = str | Group


def call(name: str, args: list[Node], kwargs: dict[str, Node]) -> Group:
    """A call of a name."""
    return Group(f"{name}(", (*[("", arg) for arg in args], *[(f"{key}=", arg) for key, arg in kwargs.items()]), ")")


def bracketed(opening: str, items: list[Node], closing: str) -> Group:
    """A list, tuple or set."""
    return Group(opening, tuple([("", item) for item in items]), closing, single_comma=opening == "(")


def flat(node: Node) -> str:
    """The expression on one line."""
    if isinstance(node, str):
        return node
    comma = "," if node.single_comma and len(node.items) == 1 else ""
    return f"{node.opening}{', '.join([before + flat(item) for before, item in node.items])}{comma}{node.closing}"


def laid_out(node: Node, indent: int = 0, used: int = 0, behind: int = 0) -> str:
    """The expression over as many lines as it needs.

    Args:
        node: the expression.
        indent: columns that its lines are indented by.
        used: columns of its first line that are taken.
        behind: columns that are needed behind its last line.
    """
    line = flat(node)
    if isinstance(node, str) or (used + len(line) + behind <= WIDTH and "\n" not in line) or not node.items:
        return line
    inner = indent + INDENT
    pad = " " * inner
    together = ", ".join([before + flat(item) for before, item in node.items])
    calls = node.opening.endswith("(") and node.opening != "("
    if calls and inner + len(together) <= WIDTH:
        return f"{node.opening}\n{pad}{together}\n{' ' * indent}{node.closing}"
    lines = [f"{pad}{before}{laid_out(item, inner, inner + len(before), 1)}," for before, item in node.items]
    return "\n".join([node.opening, *lines, " " * indent + node.closing])

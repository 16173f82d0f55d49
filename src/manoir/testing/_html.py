"""HTML compared by what it means: a tree without the accidents of white space, quotes and order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeAlias

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)  # elements that have no end tag
BOOLEAN = frozenset(
    [
        "allowfullscreen",
        "async",
        "autofocus",
        "autoplay",
        "checked",
        "controls",
        "default",
        "defer",
        "disabled",
        "formnovalidate",
        "hidden",
        "inert",
        "ismap",
        "itemscope",
        "loop",
        "multiple",
        "muted",
        "nomodule",
        "novalidate",
        "open",
        "playsinline",
        "readonly",
        "required",
        "reversed",
        "selected",
    ]
)


class InvalidHTML(ValueError):
    """A text is no HTML: an end tag has no start."""


@dataclass
class Element:
    """An element with its attributes, sorted, and its content."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: list[Node] = field(default_factory=list["Node"])

    def elements(self) -> Iterator[Element]:
        """This element and all inside it."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.elements()

    def __str__(self) -> str:
        inner = "\n".join(str(child) for child in self.children)
        if not self.name:
            return inner
        attributes = "".join(f' {name}="{value}"' for name, value in self.attributes)
        lines = "".join(f"\n    {line}" for line in inner.splitlines())
        end = "" if self.name in VOID else f"\n</{self.name}>" if inner else f"</{self.name}>"
        return f"<{self.name}{attributes}>{lines}{end}"


Node: TypeAlias = "Element | str"


class TreeBuilder(HTMLParser):
    """Builds the tree of a fragment; elements that are left open end with the one around them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, or add one that has no end tag."""
        element = Element(tag, tuple(sorted(normal_attribute(name, value) for name, value in attrs)))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element that ends itself."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the element, and those inside it that were left open."""
        if tag in VOID:
            return
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].name == tag:
                del self.open[depth:]
                return
        line, column = self.getpos()
        raise InvalidHTML(f"</{tag}> closes nothing that is open (line {line}, column {column}).")

    def handle_data(self, data: str) -> None:
        """Add text; what stands in several pieces, around a comment, is one."""
        children = self.open[-1].children
        if children and isinstance(children[-1], str):
            children[-1] += data
        else:
            children.append(data)


def normal_attribute(name: str, value: str | None) -> tuple[str, str]:
    """Return an attribute as it is compared: classes sorted, booleans without value."""
    value = value or ""
    if name == "class":
        value = " ".join(sorted(value.split()))
    if name in BOOLEAN and value == name:
        value = ""
    return name, value


def parse_html(html: str) -> Element:
    """Return the tree of a fragment; the root has no name.

    Raises:
        InvalidHTML: an end tag has no start.
    """
    builder = TreeBuilder()
    builder.feed(html)
    builder.close()
    for element in list(builder.root.elements()):
        texts = (" ".join(child.split()) if isinstance(child, str) else child for child in element.children)
        element.children = [child for child in texts if child]
    return builder.root


def count_html(needle: Element, haystack: Element) -> int:
    """Count how often a fragment stands in another; a text may be part of a longer one."""
    wanted = needle.children
    if len(wanted) == 1 and isinstance(wanted[0], str):
        text = wanted[0]
        return sum(
            child.count(text) for element in haystack.elements() for child in element.children if isinstance(child, str)
        )
    if not wanted:
        return 0
    return sum(
        element.children[start : start + len(wanted)] == wanted
        for element in haystack.elements()
        for start in range(len(element.children) - len(wanted) + 1)
    )

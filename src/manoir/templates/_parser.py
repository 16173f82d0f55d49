"""Tokens to nodes. Each tag has a compile function `(parser, token) -> Node`, built-in tags and yours alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from manoir.exceptions import TemplateSyntaxError, nearest
from manoir.templates._expressions import Expression, Filter, Literal, parse_expression
from manoir.templates._lexer import Token, TokenType
from manoir.templates._nodes import Node, NodeList, TextNode, VariableNode, describe, is_located, located
from manoir.templates._resolve import FilterExpression

if TYPE_CHECKING:
    from manoir.templates._library import Library
    from manoir.templates._unit import Unit

MAX_DEPTH = 100
MAX_TOKENS = 200_000

CompileFunction: TypeAlias = "Callable[[Parser, Token], Node]"


class Parser:
    """Reads the tokens of one template.

    Attributes:
        tokens: what is left to read, the next token last.
        tags: compile functions by the name of their tag.
        filters: filters by name.
        libraries: what `{% load %}` can load, by name.
        unit: the template that is being read.
        blocks: `{% block %}` nodes by name.
        partials: `{% partialdef %}` nodes by name.
        memory: what tags keep while one template is read, such as named cycles.
    """

    def __init__(self, tokens: Sequence[Token], unit: Unit, builtins: Iterable[Library] = ()) -> None:
        if len(tokens) > MAX_TOKENS:
            raise TemplateSyntaxError(f"{unit.display_name}: {len(tokens)} tags are too many ({MAX_TOKENS} at most).")
        self.tokens: list[Token] = list(tokens)[::-1]
        self.unit = unit
        self.origin = unit.origin
        self.engine = unit.engine
        self.tags: dict[str, CompileFunction] = {}
        self.filters: dict[str, Filter] = {}
        self.blocks: dict[str, Any] = {}
        self.partials: dict[str, Any] = {}
        self.memory: dict[str, Any] = {}
        self.open: list[Token] = []
        self.current: Token | None = None
        for library in builtins:
            self.add_library(library)

    def add_library(self, library: Library) -> None:
        """Make the tags and filters of a library known."""
        self.tags.update(library.tags)
        self.filters.update(library.filter_entries)

    # -- reading ----------------------------------------------------------------------------------------------------

    def parse(self, parse_until: Iterable[str] | None = None) -> NodeList:
        """Read nodes up to one of the given tags, or to the end of the template.

        Args:
            parse_until: names of tags to stop before (`("else", "endif")`); that tag stays the next token.

        Returns:
            The nodes that were read.

        Raises:
            TemplateSyntaxError: anything wrong in the template, with file, line and tag.
        """
        stop = tuple(parse_until or ())
        nodelist = NodeList()
        nodelist.unit = self.unit
        while self.tokens:
            token = self.tokens[-1]
            if token.token_type is TokenType.BLOCK and stop_name(token, stop):
                return nodelist
            self.tokens.pop()
            self.add(nodelist, token, stop)
        if stop:
            raise self.unclosed(stop)
        return nodelist

    def add(self, nodelist: NodeList, token: Token, stop: tuple[str, ...]) -> None:
        """Turn one token into a node."""
        if token.token_type is TokenType.TEXT:
            self.append(nodelist, TextNode(token.contents), token)
        elif token.token_type is TokenType.VAR:
            if not token.contents:
                raise self.error(token, "there is nothing between the braces.")
            self.current = token
            self.append(nodelist, VariableNode(self.expression(token.contents, token)), token)
        elif token.token_type is TokenType.BLOCK:
            self.append(nodelist, self.compile(token, stop), token)

    def append(self, nodelist: NodeList, node: Node, token: Token) -> None:
        if node.must_be_first and any(not isinstance(other, TextNode) for other in nodelist):
            raise self.error(token, "must be the first tag of the template.")
        node.token = token
        node._unit = self.unit
        nodelist.append(node)

    def compile(self, token: Token, stop: tuple[str, ...]) -> Node:
        """Call the compile function of a tag."""
        command = (token.contents.split(None, 1) or [""])[0]
        if not command:
            raise self.error(token, "the tag is empty.")
        function = self.tags.get(command)
        if function is None:
            raise self.error(token, self.unknown(command, stop))
        if len(self.open) >= MAX_DEPTH:
            raise self.error(token, f"tags are nested more than {MAX_DEPTH} deep.")
        self.open.append(token)
        self.current = token
        try:
            node = function(self, token)
        except TemplateSyntaxError as error:
            if is_located(error):
                raise
            raise self.error(token, str(error)) from error
        self.open.pop()
        return node

    def next_token(self) -> Token:
        """Take the next token."""
        return self.tokens.pop()

    def prepend_token(self, token: Token) -> None:
        """Put a token back."""
        self.tokens.append(token)

    def delete_first_token(self) -> None:
        """Drop the next token, usually the end tag `parse` stopped before."""
        self.tokens.pop()

    def skip_past(self, endtag: str) -> None:
        """Drop all tokens up to and with a tag."""
        while self.tokens:
            token = self.tokens.pop()
            if token.token_type is TokenType.BLOCK and token.contents == endtag:
                return
        raise self.unclosed((endtag,))

    def body(self, *ends: str) -> tuple[NodeList, Token]:
        """Read nodes up to one of the given tags, take that tag too, and return both."""
        nodes = self.parse(ends)
        return nodes, self.next_token()

    # -- expressions ------------------------------------------------------------------------------------------------

    def expression(self, text: str, token: Token | None = None) -> Expression:
        """Read an expression."""
        try:
            return parse_expression(text, self.find_filter)
        except TemplateSyntaxError as error:
            raise self.error(token or self.current, str(error)) from error

    def compile_filter(self, token: str) -> FilterExpression:
        """Read an expression for a tag of your own; its `resolve(context)` gives the value."""
        return FilterExpression(token, self)

    def find_filter(self, filter_name: str) -> Filter:
        """Return a filter.

        Raises:
            TemplateSyntaxError: no such filter; the message names near ones, and libraries that have it.
        """
        found = self.filters.get(filter_name)
        if found is not None:
            return found
        hint = nearest(filter_name, self.filters) or self.library_with(filter_name, "filter_entries")
        raise TemplateSyntaxError(f"there is no filter {filter_name!r}.{hint}")

    # -- errors -----------------------------------------------------------------------------------------------------

    def error(self, token: Token | None, message: object) -> TemplateSyntaxError:
        """Return an error that says where in the template it is; raise it."""
        if isinstance(message, TemplateSyntaxError) and is_located(message):
            return message
        return located(str(message), token, self.unit.display_name)

    def unknown(self, command: str, stop: tuple[str, ...]) -> str:
        if stop:
            opened = self.open[-1] if self.open else None
            opener = f" {describe(opened)}, opened on line {opened.lineno}, comes first." if opened else ""
            if command.startswith("end") or command in ("else", "elif", "empty"):
                return f"this does not belong here: {either(stop)} was expected.{opener}"
        elif command.startswith("end") and command[3:] in self.tags:
            return f"nothing is open that this could end: there is no {{% {command[3:]} %}} before it."
        hint = nearest(command, [*self.tags, *stop]) or self.library_with(command, "tags")
        return f"there is no tag {command!r}.{hint}"

    def library_with(self, name: str, kind: str) -> str:
        """Name the library that defines a tag or filter, ready to be added to a message."""
        for library, entries in self.engine.known_libraries(kind):
            if name in entries:
                return f" It is in a library: write {{% load {library} %}} first."
        return ""

    def unclosed(self, stop: tuple[str, ...]) -> TemplateSyntaxError:
        opened = self.open[-1] if self.open else None
        return self.error(
            opened, f"opened here and never closed: {either(stop)} was expected before the template ends."
        )


def stop_name(token: Token, stop: tuple[str, ...]) -> bool:
    command = token.contents.split(None, 1)
    return bool(command) and (command[0] in stop or token.contents in stop)


def either(names: tuple[str, ...]) -> str:
    """Write tags as `{% else %} or {% endif %}`."""
    tags = [f"{{% {name} %}}" for name in dict.fromkeys(names)]
    return tags[0] if len(tags) == 1 else ", ".join(tags[:-1]) + " or " + tags[-1]


def literal_text(expression: Expression) -> str | None:
    """Return the text of an expression that is a constant text, otherwise None."""
    head = expression.head
    if not isinstance(head, Literal) or head.translate or expression.filters:
        return None
    return head.value if isinstance(head.value, str) else None


def token_kwargs(bits: list[str], parser: Parser, support_legacy: bool = False) -> dict[str, FilterExpression]:
    """Take `name=value` arguments off the front of a tag's words, for tags of your own.

    Args:
        bits: the words; what is read is removed.
        parser: the parser the tag's compile function got.
        support_legacy: also read the old form `value as name and value as name`.

    Returns:
        Expressions by name.
    """
    return {name: FilterExpression(text, parser) for name, text in take_keywords(bits, support_legacy).items()}


def take_keywords(bits: list[str], legacy: bool = False) -> dict[str, str]:
    """Take `name=value` words off the front; returns texts of expressions by name."""
    found: dict[str, str] = {}
    while bits:
        name, equals, value = bits[0].partition("=")
        if equals and name.isidentifier() and value:
            found[name] = value
            del bits[0]
        elif legacy and len(bits) >= 3 and bits[1] == "as":
            found[bits[2]] = bits[0]
            del bits[:3]
            if bits[:1] == ["and"] and len(bits) >= 4:
                del bits[0]
        else:
            break
    return found

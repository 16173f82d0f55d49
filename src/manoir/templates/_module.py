"""From lines of Python to functions whose tracebacks point into the template.

Each generated line remembers the template token it was written for. After parsing, every node of the syntax tree is
moved to that token's line and column, and the code is compiled under the template's own file name: so a traceback
shows the template's line with the tag underlined, and the debugger stops in it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from manoir.templates._context import Context
    from manoir.templates._lexer import Token
    from manoir.templates._unit import Unit

RenderFunction: TypeAlias = "Callable[[Context, list[str]], None]"
Line: TypeAlias = "tuple[int, str, Token | None]"
"""Depth of indentation, code, and what it was written for."""


class Module:
    """The functions of one template and the objects they use."""

    def __init__(self, unit: Unit, names: dict[str, Any]) -> None:
        self.unit = unit
        self.namespace: dict[str, Any] = dict(names)
        self.namespace.update(__name__=unit.module_name, __loader__=unit, __template__=unit)
        self.lines: list[Line] = []
        self.constants: dict[tuple[type, Any], str] = {}
        self.count = 0

    def constant(self, value: Any) -> str:
        """Return the name by which the code can use an object; equal text and numbers share one."""
        key = (type(value), value if isinstance(value, (str, int, float)) else id(value))
        name = self.constants.get(key)
        if name is None:
            name = self.constants[key] = f"c{len(self.constants)}"
            self.namespace[name] = value
        return name

    def function_name(self, wish: str) -> str:
        """Return an unused name for a function, readable in tracebacks where the wish allows it."""
        self.count += 1
        plain = wish if wish.isascii() and wish.isidentifier() else "body"
        return f"{plain}_{self.count}"

    def add(self, lines: list[Line]) -> None:
        self.lines.extend(lines)

    def source(self) -> str:
        """Return the generated Python, for people who debug the compiler."""
        return "\n".join(" " * depth + code for depth, code, _token in self.lines) + "\n"

    def build(self) -> dict[str, Any]:
        """Compile everything added so far and return the namespace with its functions."""
        tree = ast.parse(self.source())
        place = Places(self.unit, [token for _depth, _code, token in self.lines])
        for node in ast.walk(tree):
            place.move(node)
        code = compile(tree, self.unit.filename, "exec", dont_inherit=True)
        exec(code, self.namespace)  # noqa: S102 - this is a compiler; names and texts in it are checked or repr()ed
        return self.namespace


class Places:
    """Where in the template each generated line belongs."""

    def __init__(self, unit: Unit, tokens: list[Token | None]) -> None:
        self.unit = unit
        self.tokens = tokens
        self.known: dict[int, tuple[int, int, int]] = {}

    def move(self, node: ast.AST) -> None:
        generated = getattr(node, "lineno", None)
        if generated is None:
            return
        place = self.known.get(generated)
        if place is None:
            place = self.known[generated] = self.of(self.tokens[generated - 1])
        node.__dict__.update(lineno=place[0], end_lineno=place[0], col_offset=place[1], end_col_offset=place[2])

    def of(self, token: Token | None) -> tuple[int, int, int]:
        """Return line and the first and last column, in UTF-8 bytes as Python counts them."""
        if token is None:
            return 1, 0, 0
        before = len(self.unit.line(token.lineno)[: token.column].encode("utf-8", "replace"))
        return token.lineno, before, before + len(token.raw.partition("\n")[0].encode("utf-8", "replace"))

"""One template, from source to functions: parsed once, compiled once with escaping and once without, as needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from manoir.exceptions import nearest
from manoir.templates import _support
from manoir.templates._emitter import Emitter
from manoir.templates._expressions import Expression
from manoir.templates._lexer import MAX_SOURCE_LENGTH, tokenize
from manoir.templates._module import Module, RenderFunction
from manoir.templates._nodes import NodeList, located
from manoir.templates._parser import Parser
from manoir.templates._safe import SafeString

if TYPE_CHECKING:
    from collections.abc import Callable

    from manoir.templates._context import Context
    from manoir.templates._engine import Engine
    from manoir.templates._loader import Origin


@dataclass(frozen=True, slots=True)
class Compiled:
    """The functions of one template.

    Attributes:
        root: renders the whole template, as if it extended nothing.
        blocks: render its blocks, by name.
        parent: returns what it extends, None when it extends nothing.
        partials: render its partials, by name.
    """

    root: RenderFunction
    blocks: dict[str, RenderFunction]
    parent: Callable[[Context], Any] | None
    partials: dict[str, RenderFunction]


class Unit:
    """One template's source and everything made of it.

    Args:
        engine: finds libraries, filters and other templates.
        source: the template.
        name: its name, None for templates made of strings.
        origin: where it came from.

    Raises:
        TemplateSyntaxError: anything wrong in it.
    """

    def __init__(self, engine: Engine, source: str, name: str | None, origin: Origin) -> None:
        self.engine = engine
        self.source = source
        self.name = name
        self.origin = origin
        self.display_name = name or origin.name
        # tracebacks show lines of a file name without angle brackets only; `get_source` gives them
        self.filename = "template string" if origin.name.startswith("<") else origin.name
        self.module_name = f"template {self.display_name}"
        self.string_if_invalid = engine.string_if_invalid
        self.compiled: dict[bool, Compiled] = {}
        self.functions: dict[tuple[int, bool], tuple[NodeList, RenderFunction]] = {}
        if len(source) > MAX_SOURCE_LENGTH:
            raise located(
                f"{len(source)} characters are too many ({MAX_SOURCE_LENGTH} at most).", None, self.display_name
            )
        parser = Parser(tokenize(source), self, engine.builtin_libraries())
        self.nodelist = parser.parse()
        self.blocks: dict[str, Any] = parser.blocks
        self.partials: dict[str, Any] = parser.partials
        for used, token in parser.memory.get("partials used", ()):
            if used not in self.partials:
                raise parser.error(token, f"this template has no partial {used!r}.{nearest(used, self.partials)}")
        self.extends: Any = next((node for node in self.nodelist if hasattr(node, "find_parent")), None)

    def line(self, number: int) -> str:
        """Return a line of the source, without its end."""
        lines = self.source.split("\n", number)
        return lines[number - 1] if number <= len(lines) else ""

    def get_source(self, name: str) -> str:
        """Return the source, for tracebacks (this object is the `__loader__` of the generated functions)."""
        return self.source

    def code(self, autoescape: bool) -> Compiled:
        """Return the functions of this template, compiled on first use."""
        compiled = self.compiled.get(autoescape)
        if compiled is None:
            compiled = self.compiled[autoescape] = self.compile(autoescape)
        return compiled

    def compile(self, autoescape: bool) -> Compiled:
        module = self.module()
        parent = root = None
        if self.extends is not None:
            parent = self.write_value(module, self.extends.parent, autoescape, "text")
        else:
            root = Emitter(module, "template", self.nodelist, autoescape=autoescape).function()
        names = {
            name: Emitter(module, f"block_{name}", block.nodelist, autoescape=autoescape, block=name).function()
            for name, block in self.blocks.items()
        }
        pieces = {
            name: Emitter(module, f"partial_{name}", partial.nodelist, autoescape=autoescape, scoped=True).function()
            for name, partial in self.partials.items()
        }
        namespace = module.build()
        return Compiled(
            namespace[root] if root else _support.nothing,
            {name: namespace[function] for name, function in names.items()},
            namespace[parent] if parent else None,
            {name: namespace[function] for name, function in pieces.items()},
        )

    def module(self) -> Module:
        return Module(self, _support.NAMES)

    def write_value(self, module: Module, expression: Expression, autoescape: bool, missing: str) -> str:
        emitter = Emitter(module, "value", NodeList(), autoescape=autoescape)
        return emitter.value_function(emitter.code(expression, missing))

    def value_function(
        self, expression: Expression, autoescape: bool, ignore_failures: bool
    ) -> Callable[[Context], Any]:
        """Return a function that gives the value of an expression."""
        module = self.module()
        name = self.write_value(module, expression, autoescape, "none" if ignore_failures else "text")
        return module.build()[name]

    def nodelist_function(self, nodelist: NodeList, autoescape: bool) -> RenderFunction:
        """Return a function that renders nodes; compiled on first use."""
        key = (id(nodelist), autoescape)
        known = self.functions.get(key)
        if known is None:
            module = self.module()
            name = Emitter(module, "nodes", nodelist, autoescape=autoescape).function()
            # The list is kept beside its function, so that its id stays its own.
            known = self.functions[key] = nodelist, module.build()[name]
        return known[1]

    def render_nodelist(self, nodelist: NodeList, context: Context) -> SafeString:
        """Return the text of nodes, for custom tags."""
        out: list[str] = []
        self.nodelist_function(nodelist, context.autoescape)(context, out)
        return SafeString("".join(out))

"""Writes one Python function out of nodes: text, values, scopes and lookups.

Variables of `{% for %}` and `{% with %}` become Python locals, other variables are read from the context once, at the
top of the function. A function that holds a tag which may set variables behind the compiler's back (a custom tag with
`render(context)` or `takes_context`) is *dynamic*: it keeps every variable in the context, as such tags expect.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from manoir.templates._expressions import Atom, Expression, FilterCall, Literal, Path
from manoir.templates._nodes import CompiledNode, Node, NodeList, walk
from manoir.templates._safe import SafeString
from manoir.templates._writer import Writer

if TYPE_CHECKING:
    from manoir.templates._module import Line, Module

DICT_NAMES = frozenset(dir(dict))
LOOP_VALUES = frozenset({"counter", "counter0", "revcounter", "revcounter0", "first", "last", "length"})
OUTLINE_DEPTH = 30
"""Indentation from which bodies become functions of their own (Python allows 100, and 20 nested loops)."""
OUTLINE_BLOCKS = 8
MAX_DIRECT = 8
"""Names of a dotted variable that are looked up in place; Python nests brackets 200 deep."""


@dataclass(slots=True)
class Code:
    """A Python expression in two forms: `fast` may raise where `slow` does not, which is "" when `fast` is enough."""

    fast: str
    slow: str = ""

    @property
    def sure(self) -> str:
        return self.slow or self.fast


@dataclass(slots=True)
class Loop:
    """A `{% for %}` that is being written.

    Attributes:
        index: local with the number of the current item, from 0.
        length: local with the number of items.
        instance: local with the `forloop` object, "" when nothing needs it.
        parent: the loop around it in the same function.
        start: index of the line where it begins, for what must be set up before it.
        depth: indentation there.
    """

    index: str
    length: str
    instance: str
    parent: Loop | None
    start: int
    depth: int


@dataclass(slots=True)
class Scope:
    """Variables that exist as locals of the generated function."""

    names: dict[str, str] = field(default_factory=dict[str, str])
    unsure: set[str] = field(default_factory=set[str])
    loop: Loop | None = None


class Emitter(Writer):
    """Writes one function.

    Args:
        module: what the function becomes part of.
        name: its name.
        nodes: what it renders.
        autoescape: whether it escapes what it prints.
        block: name of the `{% block %}` it renders, None for other functions.
        scoped: variables set inside are gone after it.
    """

    def __init__(
        self,
        module: Module,
        name: str,
        nodes: NodeList,
        *,
        autoescape: bool = True,
        block: str | None = None,
        scoped: bool = False,
    ) -> None:
        super().__init__(module)
        self.name = module.function_name(name)
        self.nodes = nodes
        self.autoescape = autoescape
        self.block = block
        self.scoped = scoped or block is not None
        self.dynamic = changes_context(nodes)
        self.shares = shares_context(nodes)
        self.roots: dict[str, str] = {}
        self.scopes: list[Scope] = []
        self.kinds: dict[str, tuple[str, str]] = {}

    # -- the whole function -----------------------------------------------------------------------------------------

    def function(self) -> str:
        """Write the function into the module and return its name."""
        if self.scoped:
            with self.scope([self.nodes]):
                if self.block is not None:
                    self.bind_block()
                self.body(self.nodes)
        else:
            with self.root_scope():
                self.body(self.nodes)
        self.flush()
        self.finish(["w = out.append"])
        return self.name

    def value_function(self, code: Code) -> str:
        """Write a function that returns the value of one expression."""
        self.line(f"return {code.sure}")
        self.finish([])
        return self.name

    def finish(self, first: list[str]) -> None:
        arguments = "context, out" if first else "context"
        head: list[Line] = [(0, f"def {self.name}({arguments}):", None)]
        if self.roots or self.dynamic:
            head.append((1, "lookup = context.lookup", None))
        head.extend((1, line, None) for line in (*first, *self.prologue))
        self.module.add(head + (self.lines or [(1, "pass", None)]))

    def body(self, nodes: Iterable[Node]) -> None:
        """Write nodes one after the other."""
        token = self.token
        for node in nodes:
            self.token = node.token or token
            if isinstance(node, CompiledNode):
                node.emit(self)
            else:
                self.rendered_node(node)
        self.token = token

    # -- output -----------------------------------------------------------------------------------------------------

    def output(self, expression: Expression) -> None:
        """Write the value of an expression, localised and escaped."""
        head = expression.head
        if isinstance(head, Literal) and not head.translate and not expression.filters:
            if isinstance(head.value, str):
                return self.text(head.value)
        elif self.is_super(head) and not expression.filters:
            return self.call_super()
        code = self.code(expression, "raw")
        self.print_value(self.stored(code), called=bool(expression.filters), missing=self.invalid(expression))
        return None

    def print_value(self, name: str, called: bool = True, missing: str = "") -> None:
        """Write what a local holds, localised and escaped; `called` if it is known not to be a method to call."""
        function = ("show" if called else "finish") + ("" if self.autoescape else "_raw")
        extra = f", {missing!r}" if missing and not called else ""
        result = self.temp()
        text = f"esc({name})" if self.autoescape else name
        self.line(
            f"{result} = {text} if type({name}) is str else {name} if type({name}) is {self.plain_number()}"
            f" else {function}({name}, context{extra})"
        )
        self.string(result)
        if len(self.parts) > 60:
            self.flush()

    def plain_number(self) -> str:
        return self.shared("plain_number_type()", "n")

    def invalid(self, expression: Expression) -> str:
        """Return what stands for the expression when its variable does not exist."""
        text = self.unit.string_if_invalid
        return text.replace("%s", str(expression.head)) if "%s" in text else text

    # -- expressions ------------------------------------------------------------------------------------------------

    def stored(self, code: Code) -> str:
        """Evaluate code now and return the local that holds the value."""
        if not code.slow and code.fast.isidentifier():
            return code.fast
        name = self.temp()
        if not code.slow:
            self.line(f"{name} = {code.fast}")
            return name
        self.line(f"try: {name} = {code.fast}")
        with self.unflushed("except Exception as error:"):
            self.line("if not is_miss(error): raise")
            self.line(f"{name} = {code.slow}")
        return name

    def value(self, expression: Expression) -> str:
        """Evaluate an expression for a tag: called, and "" (or string_if_invalid) where it is missing."""
        return self.stored(self.code(expression, "text"))

    def value_or_none(self, expression: Expression) -> str:
        """Evaluate an expression for a condition or loop: called, and None where it is missing."""
        return self.stored(self.code(expression, "none"))

    def code(self, expression: Expression, missing: str) -> Code:
        """Return the Python of an expression.

        Args:
            expression: what to evaluate.
            missing: what becomes of a missing variable: "raw" leaves MISSING (and methods uncalled) when no filter
                follows, "text" makes it "" or string_if_invalid, "none" makes it None.
        """
        head = self.atom(expression.head)
        if isinstance(expression.head, Literal):
            return Code(self.filtered(head.fast, expression.filters))
        if missing == "raw" and not expression.filters:
            return head
        invalid = self.invalid(expression) if missing != "none" else ""
        if invalid:
            return self.code_or_invalid(
                head, expression, self.constant(SafeString(invalid)) if missing == "raw" else repr(invalid)
            )
        cleaner = "clean_none" if missing == "none" else "clean"
        return Code(
            self.filtered(self.cleaned(head.fast, cleaner), expression.filters),
            head.slow and self.filtered(f"{cleaner}({head.slow})", expression.filters),
        )

    def plain(self, code: str) -> Code:
        """Return code that cannot fail."""
        return Code(code)

    def mapped(self, codes: Sequence[Code], write: Callable[..., str]) -> Code:
        """Return code made of other code, in both forms."""
        slow = write(*(code.sure for code in codes)) if any(code.slow for code in codes) else ""
        return Code(write(*(code.fast for code in codes)), slow)

    def code_or_invalid(self, head: Code, expression: Expression, invalid: str) -> Code:
        """Return code that skips the filters when the variable is missing."""
        name = self.temp()
        filtered = self.filtered(name, expression.filters)
        return Code(f"({invalid} if ({name} := settle({head.sure})) is MISSING else {filtered})")

    def cleaned(self, code: str, cleaner: str) -> str:
        name = code if code.isidentifier() else self.temp()
        first = code if code.isidentifier() else f"{name} := {code}"
        return f"({name} if type({first}) in INERT else {cleaner}({name}))"

    def filtered(self, code: str, filters: Sequence[FilterCall]) -> str:
        for call in filters:
            found = call.filter
            if found.expects_localtime:
                code = f"local_time({code}, context)"
            arguments = [code]
            if call.argument is not None:
                arguments.append(self.argument(call.argument))
            if found.needs_autoescape:
                arguments.append(f"autoescape={self.autoescape}")
            function = self.constant(found.function)
            if found.is_safe:
                code = f"kept_safe({', '.join((function, *arguments))})"
            else:
                code = f"{function}({', '.join(arguments)})"
        return code

    def argument(self, atom: Atom) -> str:
        """Return the Python of a filter's argument."""
        code = self.atom(atom)
        return code.fast if isinstance(atom, Literal) else self.cleaned(code.sure, "clean")

    def atom(self, atom: Atom) -> Code:
        if isinstance(atom, Path):
            return self.path(atom.names)
        if atom.translate:
            return Code(f"translated({atom.value!r})")
        if isinstance(atom.value, str):
            return Code(self.constant(SafeString(atom.value)))
        return Code(repr(atom.value) if isinstance(atom.value, int) else self.constant(atom.value))

    def path(self, names: tuple[str, ...]) -> Code:
        """Return the Python that looks a dotted variable up."""
        if names[:2] == ("block", "super") and self.is_super(Path(names[:2])):
            return self.lookups(Code(f"super_text(context, {self.name}, {self.visible()})"), names[2:])
        if names[0] == "forloop" and (loop := self.loop()) is not None:
            return self.loop_path(loop, names[1:])
        if len(names) == 1 and names[0] in ("True", "False", "None"):
            return Code(names[0])
        return self.lookups(Code(self.read(names[0])), names[1:])

    def lookups(self, code: Code, names: tuple[str, ...]) -> Code:
        if not names:
            return code
        fast = code.fast
        for name in names[:MAX_DIRECT]:
            fast = self.lookup(fast, name)
        if names[MAX_DIRECT:]:
            fast = f"look_path({fast}, {names[MAX_DIRECT:]!r})"
        slow = f"look_path({code.fast}, {names!r})"
        return Code(slow) if fast.startswith("look(") else Code(fast, slow)

    def lookup(self, code: str, name: str) -> str:
        """Return the Python of one step: directly where the type allows it, otherwise by `look`."""
        if code in self.kinds:
            plain, is_dict = self.kinds[code]
            otherwise = f"look({code}, {name!r})"
            return (
                f"({code}.{name} if {plain} else {code}[{name!r}] if {is_dict} else {otherwise})"
                if direct(name)
                else otherwise
            )
        value = code if code.isidentifier() else self.temp()
        first = code if code.isidentifier() else f"({value} := {code})"
        if direct(name):
            return (
                f"({value}.{name} if (k := type({first})) in PLAIN else {value}[{name!r}] if k is dict"
                f" else look({value}, {name!r}))"
            )
        return f"look({code}, {name!r})"

    def hoist_kinds(self, local: str, name: str, nodes: NodeList) -> None:
        """Ask once for the type of a loop variable whose names are looked up several times."""
        uses = sum(path[0] == name and len(path) > 1 and direct(path[1]) for path in paths(nodes))
        if uses < 2 or self.dynamic or name in assigned(within(nodes)):
            return
        plain, is_dict = self.temp(), self.temp()
        self.line(f"{is_dict} = type({local}) is dict; {plain} = type({local}) in PLAIN")
        self.kinds[local] = plain, is_dict

    # -- variables --------------------------------------------------------------------------------------------------

    def read(self, name: str) -> str:
        """Return the Python that reads a variable: a local, or a lookup in the context."""
        for scope in reversed(self.scopes):
            if name in scope.names:
                return scope.names[name]
        if self.dynamic:
            return f"lookup({name!r})"
        if name not in self.roots:
            self.roots[name] = self.once(f"lookup({name!r})", "r")
        return self.roots[name]

    @contextmanager
    def root_scope(self) -> Generator[None]:
        self.scopes.append(Scope())
        self.declare_assigned([self.nodes])
        yield
        self.scopes.pop()

    @contextmanager
    def scope(self, nodelists: Sequence[NodeList]) -> Generator[None]:
        """Open a scope: variables set inside are gone after it."""
        if self.dynamic:
            with self.guarded("context.dicts.append({})", "context.dicts.pop()"):
                self.scopes.append(Scope())
                yield
                self.scopes.pop()
            return
        self.scopes.append(Scope())
        self.declare_assigned(nodelists)
        yield
        self.scopes.pop()

    def declare_assigned(self, nodelists: Sequence[NodeList]) -> None:
        """Give a local to each variable that a tag of this scope sets, with the value it has before."""
        if self.dynamic:
            return
        scope = self.scopes[-1]
        for name in (name for nodes in nodelists for name in assigned(walk(nodes, same_scope))):
            if name not in scope.names:
                outer = self.read(name)
                scope.names[name] = self.temp()
                scope.unsure.add(name)
                self.statement(f"{scope.names[name]} = {outer}")

    def bind(self, name: str, code: str) -> None:
        """Set a variable of the innermost scope."""
        if self.dynamic:
            self.line(f"context[{name!r}] = {code}")
            return
        scope = self.scopes[-1]
        local = scope.names.get(name) or self.temp()
        scope.names[name] = local
        scope.unsure.discard(name)
        self.line(f"{local} = {code}")

    def assign(self, name: str, code: str) -> None:
        """Set a variable from a tag, as in `{% url "home" as link %}`."""
        if self.dynamic:
            self.line(f"context[{name!r}] = {code}")
            return
        self.line(f"{self.scopes[-1].names[name]} = {code}")
        if len(self.scopes) == 1 and not self.scoped:
            self.line(f"context[{name!r}] = {self.scopes[0].names[name]}")

    def visible(self) -> str:
        """Return the Python of a dict of all locals, for code that reads them from the context; "None" for none."""
        names: dict[str, str] = {}
        unsure: set[str] = set()
        for scope in self.scopes:
            names.update(scope.names)
            unsure.difference_update(scope.names)
            unsure |= scope.unsure
            if scope.loop is not None:
                names["forloop"] = self.loop_object(scope.loop)
        if not names:
            return "None"
        code = "{" + ", ".join(f"{name!r}: {local}" for name, local in names.items()) + "}"
        return f"present({code})" if unsure else code

    # -- loops and blocks -------------------------------------------------------------------------------------------

    def loop(self) -> Loop | None:
        for scope in reversed(self.scopes):
            if "forloop" in scope.names:
                return None
            if scope.loop is not None:
                return scope.loop
        return None

    def loop_path(self, loop: Loop, names: tuple[str, ...]) -> Code:
        """Return the Python of `forloop.…` inside a loop of this function."""
        here: Loop | None = loop
        rest = names
        while here is not None and rest[:1] == ("parentloop",) and len(rest) > 1:
            here, rest = here.parent, rest[1:]
        if here is not None and len(rest) == 1 and rest[0] in LOOP_VALUES:
            return Code(loop_value(here, rest[0]))
        return Code(f"look_path({self.loop_object(loop)}, {names!r})" if names else self.loop_object(loop))

    def loop_object(self, loop: Loop | None) -> str:
        """Return the Python of a `forloop` object."""
        if loop is None:
            return self.read("forloop") if not any(scope.loop for scope in self.scopes) else "None"
        if loop.instance:
            return loop.instance
        return f"ForLoop({loop.length}, {self.loop_object(loop.parent)}, {loop.index})"

    def before_loop(self, code: str) -> bool:
        """Write a line before the innermost loop; False when there is none in this function."""
        loop = self.loop()
        if loop is None or self.dynamic:
            return False
        self.lines.insert(loop.start, (loop.depth, code, self.token))
        return True

    def bind_block(self) -> None:
        if (
            self.dynamic
            or self.shares
            or any(path[0] == "block" and path[:2] != ("block", "super") for path in paths(self.nodes))
        ):
            self.bind("block", f"BlockReference({self.block!r}, context, {self.name})")

    def reads(self, name: str, nodes: NodeList) -> bool:
        """Whether nodes of this function read a variable."""
        return any(path[0] == name for path in paths(nodes))

    def reads_super(self, nodes: NodeList) -> bool:
        return any(path[:2] == ("block", "super") for path in paths(nodes))

    def is_super(self, atom: Atom) -> bool:
        """Whether an expression is `block.super` of the block this function renders."""
        if not isinstance(atom, Path) or atom.names != ("block", "super") or self.block is None or self.dynamic:
            return False
        return not any("block" in scope.names for scope in self.scopes[1:])

    def call_super(self) -> None:
        self.statement(f"call_super(context, {self.buffer}, {self.name}, {self.visible()})")

    def too_deep(self) -> bool:
        return self.depth > OUTLINE_DEPTH or self.blocks > OUTLINE_BLOCKS

    def outlined(self, nodes: NodeList) -> None:
        """Write nodes as a function of their own and call it."""
        inner = Emitter(self.module, "part", nodes, autoescape=self.autoescape)
        self.statement(f"scoped(context, {self.buffer}, {inner.function()}, {self.visible()})")

    def rendered_node(self, node: Node) -> None:
        """Write the call of a custom tag's `render(context)`."""
        self.flush()
        result = self.temp()
        self.line(f"{result} = rendered({self.constant(node)}, context)")
        self.string(result)
        self.flush()


def direct(name: str) -> bool:
    """Whether a name can stand in Python as `.name` and `["name"]`, and is no method of dict."""
    return name.isascii() and name.isidentifier() and not keyword.iskeyword(name) and name not in DICT_NAMES


def loop_value(loop: Loop, name: str) -> str:
    index, length = loop.index, loop.length
    return {
        "counter": f"({index} + 1)",
        "counter0": index,
        "revcounter": f"({length} - {index})",
        "revcounter0": f"({length} - {index} - 1)",
        "first": f"({index} == 0)",
        "last": f"({index} == {length} - 1)",
        "length": length,
    }[name]


def inlined(node: Node) -> bool:
    return isinstance(node, CompiledNode) and node.inlined


def same_scope(node: Node) -> bool:
    return isinstance(node, CompiledNode) and node.inlined and not node.opens_scope


def within(nodes: Iterable[Node]) -> Iterator[Node]:
    """Return all nodes that become part of the same function."""
    return walk(nodes, inlined)


def shares_context(nodes: Iterable[Node]) -> bool:
    """Whether some node hands the context to code that reads variables the compiler cannot see."""
    return any(not isinstance(node, CompiledNode) or node.shares_context for node in within(nodes))


def changes_context(nodes: Iterable[Node]) -> bool:
    """Whether some node hands the context to code that may set variables; every custom `Node` may."""
    return any(not isinstance(node, CompiledNode) or node.changes_context for node in within(nodes))


def assigned(nodes: Iterable[Node]) -> Iterator[str]:
    """Return the variables that nodes set in the scope around them."""
    for node in nodes:
        if isinstance(node, CompiledNode):
            yield from node.assigns()


def paths(nodes: Iterable[Node]) -> Iterator[tuple[str, ...]]:
    """Return the dotted variables that nodes of one function read."""
    for node in within(nodes):
        if isinstance(node, CompiledNode):
            for expression in node.expressions():
                yield from paths_of(expression)


def paths_of(expression: Expression) -> Iterator[tuple[str, ...]]:
    for atom in (expression.head, *(call.argument for call in expression.filters)):
        if isinstance(atom, Path):
            yield atom.names

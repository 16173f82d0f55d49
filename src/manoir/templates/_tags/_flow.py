"""Conditions, loops and scopes: `if`, `for`, `with`, `ifchanged`, `cycle`, `firstof`, `regroup`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from manoir.exceptions import TemplateSyntaxError
from manoir.templates._calls import variable_name
from manoir.templates._conditions import Condition, condition_code, operands, parse_condition
from manoir.templates._emitter import Loop, shares_context
from manoir.templates._expressions import Expression
from manoir.templates._lexer import Token
from manoir.templates._nodes import CompiledNode, NodeList
from manoir.templates._parser import CompileFunction, Parser, take_keywords

if TYPE_CHECKING:
    from manoir.templates._emitter import Emitter


# -- if ---------------------------------------------------------------------------------------------------------------


class IfNode(CompiledNode):
    """`{% if %}` with its `elif` and `else`; the condition of `else` is None."""

    child_nodelists = ()

    def __init__(self, branches: list[tuple[Condition | None, NodeList]]) -> None:
        self.branches = branches

    def nodelists(self) -> Iterator[NodeList]:
        return (nodes for _condition, nodes in self.branches)

    def expressions(self) -> Iterable[Expression]:
        for condition, _nodes in self.branches:
            if condition is not None:
                yield from operands(condition)

    def emit(self, out: Emitter) -> None:
        if out.too_deep():
            return out.outlined(NodeList.of(self))
        out.flush()
        codes = [condition_code(out, condition) for condition, _nodes in self.branches if condition is not None]
        if any(code.slow for code in codes[1:]):
            chosen = self.choose(out)
            tests = [f"{chosen} == {number}" for number in range(len(codes))]
        else:
            first = out.stored(codes[0]) if codes[0].slow else codes[0].fast
            tests = [first, *(code.fast for code in codes[1:])]
        for number, (condition, nodes) in enumerate(self.branches):
            head = "else:" if condition is None else f"{'elif' if number else 'if'} {tests[number]}:"
            with out.indented(head):
                out.body(nodes)
        return None

    def choose(self, out: Emitter) -> str:
        """Write the number of the branch to take into a local, asking no condition after the first that holds."""
        chosen = out.temp()
        out.line(f"{chosen} = -1")
        for number, (condition, _nodes) in enumerate(self.branches):
            if condition is None:
                break
            if number == 0:
                self.choose_one(out, condition, chosen, number)
            else:
                with out.indented(f"if {chosen} < 0:"):
                    self.choose_one(out, condition, chosen, number)
        return chosen

    def choose_one(self, out: Emitter, condition: Condition, chosen: str, number: int) -> None:
        out.line(f"if {out.stored(condition_code(out, condition))}: {chosen} = {number}")


def compile_if(parser: Parser, token: Token) -> IfNode:
    branches: list[tuple[Condition | None, NodeList]] = []
    condition: Condition | None = parse_condition(token.split_contents()[1:], parser)
    while True:
        nodes = parser.parse(("elif", "else", "endif") if condition is not None else ("endif",))
        branches.append((condition, nodes))
        end = parser.next_token()
        words = end.split_contents()
        if words[0] == "endif":
            return IfNode(branches)
        try:
            condition = parse_condition(words[1:], parser) if words[0] == "elif" else None
        except TemplateSyntaxError as error:
            raise parser.error(end, error) from error


# -- for --------------------------------------------------------------------------------------------------------------


class ForNode(CompiledNode):
    """`{% for %}` with its `empty`."""

    child_nodelists = ("nodelist", "empty")
    opens_scope = True

    def __init__(
        self, names: list[str], values: Expression, is_reversed: bool, nodelist: NodeList, empty: NodeList | None
    ) -> None:
        self.names = names
        self.values = values
        self.is_reversed = is_reversed
        self.nodelist = nodelist
        self.empty = empty

    def expressions(self) -> Iterable[Expression]:
        return (self.values,)

    def emit(self, out: Emitter) -> None:
        if out.too_deep():
            return out.outlined(NodeList.of(self))
        out.flush()
        values = out.value_or_none(self.values)
        items = out.temp()
        out.line(f"{items} = {values} if type({values}) is list else as_sized({values})")
        if self.is_reversed:
            out.line(f"{items} = as_list({items})[::-1]")
        if self.empty is None:
            self.emit_loop(out, items)
            return None
        with out.indented(f"if len({items}):"):
            self.emit_loop(out, items)
        with out.indented("else:"), out.scope([self.empty]):
            out.body(self.empty)
        return None

    def emit_loop(self, out: Emitter, items: str) -> None:
        shared = out.dynamic or shares_context(self.nodelist)
        counted = shared or out.depth > 15 or out.reads("forloop", self.nodelist) or out.reads_super(self.nodelist)
        index, length, instance = (out.temp() if counted else "0" for _ in range(3))
        with out.scope([self.nodelist]):
            parent = out.loop()
            if counted:
                out.statement(f"{length} = len({items})")
            if shared:
                out.line(f"{instance} = ForLoop({length}, {out.loop_object(parent)})")
            loop = Loop(index, length, instance if shared else "", parent, 0, out.depth)
            if out.dynamic:
                out.line(f"context['forloop'] = {instance}")
            else:
                out.scopes[-1].loop = loop
            item = out.temp()
            out.flush()
            loop.start = len(out.lines)
            head = f"for {index}, {item} in enumerate({items}):" if counted else f"for {item} in {items}:"
            with out.indented(head, block=True):
                if shared:
                    out.line(f"{instance}.counter0 = {index}")
                self.bind_names(out, item)
                out.body(self.nodelist)

    def bind_names(self, out: Emitter, item: str) -> None:
        if len(self.names) == 1:
            out.bind(self.names[0], item)
        else:
            many = len(self.names)
            out.line(f"if type({item}) is not tuple or len({item}) != {many}: {item} = unpacked({item}, {many})")
            for position, name in enumerate(self.names):
                out.bind(name, f"{item}[{position}]")
        if not out.dynamic:
            for name in self.names:
                out.hoist_kinds(out.scopes[-1].names[name], name, self.nodelist)


def compile_for(parser: Parser, token: Token) -> ForNode:
    bits = token.split_contents()[1:]
    is_reversed = len(bits) > 3 and bits[-1] == "reversed"
    if is_reversed:
        del bits[-1]
    if len(bits) < 3 or bits[-2] != "in":
        raise TemplateSyntaxError("it reads {% for item in items %} or {% for key, value in items reversed %}.")
    names = [variable_name(name.strip()) for name in " ".join(bits[:-2]).split(",")]
    values = parser.expression(bits[-1])
    nodelist, end = parser.body("empty", "endfor")
    empty = parser.body("endfor")[0] if end.contents == "empty" else None
    return ForNode(names, values, is_reversed, nodelist, empty)


# -- with -------------------------------------------------------------------------------------------------------------


class WithNode(CompiledNode):
    """`{% with a=b %}`."""

    opens_scope = True

    def __init__(self, values: dict[str, Expression], nodelist: NodeList) -> None:
        self.values = values
        self.nodelist = nodelist

    def expressions(self) -> Iterable[Expression]:
        return self.values.values()

    def emit(self, out: Emitter) -> None:
        if out.too_deep():
            return out.outlined(NodeList.of(self))
        locals_ = {name: out.value(expression) for name, expression in self.values.items()}
        with out.scope([self.nodelist]):
            for name, local in locals_.items():
                out.bind(name, local)
            out.body(self.nodelist)
        return None


def compile_with(parser: Parser, token: Token) -> WithNode:
    bits = token.split_contents()[1:]
    texts = take_keywords(bits, legacy=True)
    if not texts or bits:
        raise TemplateSyntaxError("it reads {% with name=value %}." + (f" What is {bits[0]!r}?" if bits else ""))
    values = {variable_name(name): parser.expression(text) for name, text in texts.items()}
    nodelist, _end = parser.body("endwith")
    return WithNode(values, nodelist)


TAGS: dict[str, CompileFunction] = {"if": compile_if, "for": compile_for, "with": compile_with}

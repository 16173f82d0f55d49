"""What changes from one round of a loop to the next: `cycle`, `resetcycle`, `ifchanged`, `regroup`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from manoir.exceptions import TemplateSyntaxError, nearest
from manoir.templates._calls import variable_name
from manoir.templates._emitter import Scope
from manoir.templates._expressions import Expression, Path
from manoir.templates._lexer import Token
from manoir.templates._nodes import CompiledNode, NodeList
from manoir.templates._parser import CompileFunction, Parser

if TYPE_CHECKING:
    from manoir.templates._emitter import Emitter

cell_numbers = count(1)
"""Numbers of what tags remember during one rendering of a template, unique in the process."""


# -- cycle ------------------------------------------------------------------------------------------------------------


class CycleNode(CompiledNode):
    """`{% cycle a b c as name silent %}`."""

    child_nodelists = ()

    def __init__(self, values: list[Expression], name: str | None, silent: bool) -> None:
        self.values = values
        self.name = name
        self.silent = silent
        self.cell = next(cell_numbers)

    def expressions(self) -> Iterable[Expression]:
        return self.values

    def assigns(self) -> Iterable[str]:
        return (self.name,) if self.name else ()

    def emit(self, out: Emitter) -> None:
        cell = out.shared(f"context.frame.cells.setdefault({self.cell}, [0])", "y")
        turn, value = out.temp(), out.temp()
        out.line(f"{turn} = {cell}[0]; {cell}[0] = ({turn} + 1) % {len(self.values)}")
        for number, expression in enumerate(self.values):
            with out.indented(f"{'elif' if number else 'if'} {turn} == {number}:"):
                out.line(f"{value} = {out.value(expression)}")
        if self.name:
            out.assign(self.name, value)
        if not self.silent:
            out.print_value(value)


class CycleAgainNode(CompiledNode):
    """`{% cycle name %}`: the next value of a cycle that was named before."""

    child_nodelists = ()

    def __init__(self, cycle: CycleNode) -> None:
        self.cycle = cycle

    def expressions(self) -> Iterable[Expression]:
        return self.cycle.expressions()

    def assigns(self) -> Iterable[str]:
        return self.cycle.assigns()

    def emit(self, out: Emitter) -> None:
        self.cycle.emit(out)


class ResetCycleNode(CompiledNode):
    """`{% resetcycle %}`: a cycle begins again with its first value."""

    child_nodelists = ()

    def __init__(self, cycle: CycleNode) -> None:
        self.cycle = cycle

    def emit(self, out: Emitter) -> None:
        out.statement(f"context.frame.cells.setdefault({self.cycle.cell}, [0])[0] = 0")


def named_cycles(parser: Parser) -> dict[str, CycleNode]:
    return parser.memory.setdefault("cycles", {})


def compile_cycle(parser: Parser, token: Token) -> CycleNode | CycleAgainNode:
    bits = token.split_contents()[1:]
    if not bits:
        raise TemplateSyntaxError('it takes values: {% cycle "odd" "even" %}.')
    if len(bits) == 1:
        return CycleAgainNode(named_cycle(parser, bits[0]))
    silent = False
    if len(bits) > 3 and bits[-3] == "as":
        if bits[-1] != "silent":
            raise TemplateSyntaxError(f"only 'silent' may stand at the end, not {bits[-1]!r}.")
        silent = True
        del bits[-1]
    name = None
    if len(bits) > 2 and bits[-2] == "as":
        name = variable_name(bits[-1])
        del bits[-2:]
    node = CycleNode([parser.expression(bit) for bit in bits], name, silent)
    if name:
        named_cycles(parser)[name] = node
    parser.memory["last cycle"] = node
    return node


def named_cycle(parser: Parser, name: str) -> CycleNode:
    known = named_cycles(parser)
    if name not in known:
        raise TemplateSyntaxError(f"there is no cycle {name!r} before this.{nearest(name, known)}")
    return known[name]


def compile_resetcycle(parser: Parser, token: Token) -> ResetCycleNode:
    bits = token.split_contents()[1:]
    if len(bits) > 1:
        raise TemplateSyntaxError("it takes the name of one cycle, or nothing.")
    if bits:
        return ResetCycleNode(named_cycle(parser, bits[0]))
    last: CycleNode | None = parser.memory.get("last cycle")
    if last is None:
        raise TemplateSyntaxError("there is no cycle before this.")
    return ResetCycleNode(last)


# -- ifchanged --------------------------------------------------------------------------------------------------------


class IfChangedNode(CompiledNode):
    """`{% ifchanged %}`: what is inside, when it or the given values differ from the last round."""

    child_nodelists = ("nodelist", "otherwise")

    def __init__(self, values: list[Expression], nodelist: NodeList, otherwise: NodeList | None) -> None:
        self.values = values
        self.nodelist = nodelist
        self.otherwise = otherwise
        self.cell = next(cell_numbers)

    def expressions(self) -> Iterable[Expression]:
        return self.values

    def emit(self, out: Emitter) -> None:
        out.flush()
        if self.values:
            now = out.temp()
            out.line(f"{now} = [{', '.join(out.value_or_none(value) for value in self.values)}]")
        else:
            with out.captured() as now:
                out.body(self.nodelist)
        last = f"s{self.cell}"
        if out.before_loop(f"{last} = MISSING"):
            test, keep = f"{last} is MISSING or {last} != {now}", f"{last} = {now}"
        else:
            cells = out.temp()
            out.line(f"{cells} = changed_cells(context)")
            test = f"{self.cell} not in {cells} or {cells}[{self.cell}] != {now}"
            keep = f"{cells}[{self.cell}] = {now}"
        with out.indented(f"if {test}:"):
            out.line(keep)
            if self.values:
                out.body(self.nodelist)
            else:
                out.string(now)
        if self.otherwise is not None:
            with out.indented("else:"):
                out.body(self.otherwise)


def compile_ifchanged(parser: Parser, token: Token) -> IfChangedNode:
    values = [parser.expression(bit) for bit in token.split_contents()[1:]]
    nodelist, end = parser.body("else", "endifchanged")
    otherwise = parser.body("endifchanged")[0] if end.contents == "else" else None
    return IfChangedNode(values, nodelist, otherwise)


# -- regroup ----------------------------------------------------------------------------------------------------------


class GroupedResult(NamedTuple):
    """A run of items with the same value.

    Attributes:
        grouper: the value they share.
        list: the items.
    """

    grouper: Any
    list: list[Any]

    @classmethod
    def of(cls, pairs: Iterable[tuple[Any, Any]]) -> list[GroupedResult]:
        """Group pairs of value and item, which come in order."""
        groups: list[GroupedResult] = []
        for value, item in pairs:
            if groups and groups[-1].grouper == value:
                groups[-1].list.append(item)
            else:
                groups.append(cls(value, [item]))
        return groups


ITEM = " "
"""Name under which the item is bound: no template can write it."""


class RegroupNode(CompiledNode):
    """`{% regroup books by author as groups %}`."""

    child_nodelists = ()

    def __init__(self, values: Expression, key: Expression, name: str) -> None:
        self.values = values
        self.key = key
        self.name = name

    def expressions(self) -> Iterable[Expression]:
        return (self.values, self.key)

    def assigns(self) -> Iterable[str]:
        return (self.name,)

    def emit(self, out: Emitter) -> None:
        values = out.value_or_none(self.values)
        pairs, item = out.temp(), out.temp()
        out.statement(f"{pairs} = []")
        with out.indented(f"for {item} in as_sized({values}):", block=True):
            out.scopes.append(Scope({ITEM: item}))
            key = out.value_or_none(self.key)
            out.scopes.pop()
            out.line(f"{pairs}.append(({key}, {item}))")
        out.assign(self.name, f"{out.constant(GroupedResult.of)}({pairs})")


def compile_regroup(parser: Parser, token: Token) -> RegroupNode:
    bits = token.split_contents()
    if len(bits) != 6 or bits[2] != "by" or bits[4] != "as":
        raise TemplateSyntaxError("it reads {% regroup books by author as groups %}.")
    key = parser.expression(f"item.{bits[3]}")
    assert isinstance(key.head, Path)
    key = Expression(key.text, Path((ITEM, *key.head.names[1:])), key.filters)
    return RegroupNode(parser.expression(bits[1]), key, variable_name(bits[5]))


TAGS: dict[str, CompileFunction] = {
    "cycle": compile_cycle,
    "resetcycle": compile_resetcycle,
    "ifchanged": compile_ifchanged,
    "regroup": compile_regroup,
}

"""Named pieces of a template: `partialdef` and `partial`, and `page.html#name` from outside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from manoir.exceptions import TemplateSyntaxError
from manoir.templates._calls import variable_name
from manoir.templates._expressions import Expression
from manoir.templates._lexer import Token
from manoir.templates._nodes import CompiledNode, NodeList
from manoir.templates._parser import CompileFunction, Parser, take_keywords

if TYPE_CHECKING:
    from manoir.templates._emitter import Emitter


class PartialDefNode(CompiledNode):
    """`{% partialdef card %}`: a piece that is rendered by name; with `inline` also where it stands."""

    inlined = False
    opens_scope = True

    def __init__(self, name: str, inline: bool, nodelist: NodeList) -> None:
        self.name = name
        self.inline = inline
        self.nodelist = nodelist
        self.shares_context = inline

    def emit(self, out: Emitter) -> None:
        if self.inline:
            out.statement(partial_call(out, self.name, out.visible()))


def partial_call(out: Emitter, name: str, variables: str) -> str:
    return f"call_partial(context, {out.buffer}, {out.constant(out.unit)}, {name!r}, {variables})"


def compile_partialdef(parser: Parser, token: Token) -> PartialDefNode:
    bits = token.split_contents()[1:]
    inline = bits[1:] == ["inline"]
    if not bits or (bits[1:] and not inline):
        raise TemplateSyntaxError("it takes a name, and `inline`: {% partialdef card inline %}.")
    name = bits[0]
    if name in parser.partials:
        raise TemplateSyntaxError(f"there is a partial {name!r} already in this template.")
    parser.partials[name] = None
    nodelist, end = parser.body("endpartialdef", f"endpartialdef {name}")
    if end.split_contents() not in (["endpartialdef"], ["endpartialdef", name]):
        raise parser.error(end, f"this ends another partial: {{% endpartialdef {name} %}} was expected here.")
    node = parser.partials[name] = PartialDefNode(name, inline, nodelist)
    return node


class PartialNode(CompiledNode):
    """`{% partial card %}`: renders a partial of this template, with `with` as an include has it."""

    child_nodelists = ()
    shares_context = True

    def __init__(self, name: str, values: dict[str, Expression]) -> None:
        self.name = name
        self.values = values

    def expressions(self) -> Iterable[Expression]:
        return self.values.values()

    def emit(self, out: Emitter) -> None:
        variables = out.visible()
        if self.values:
            given = ", ".join(f"{name!r}: {out.value(expression)}" for name, expression in self.values.items())
            variables = f"{{**({variables} or {{}}), {given}}}"
        out.statement(partial_call(out, self.name, variables))


def compile_partial(parser: Parser, token: Token) -> PartialNode:
    bits = token.split_contents()[1:]
    if not bits:
        raise TemplateSyntaxError("it takes the name of a partial: {% partial card %}.")
    name = bits.pop(0)
    values: dict[str, Expression] = {}
    if bits[:1] == ["with"]:
        del bits[0]
        values = {variable_name(key): parser.expression(text) for key, text in take_keywords(bits).items()}
        if not values:
            raise TemplateSyntaxError('"with" needs at least one name=value.')
    if bits:
        raise TemplateSyntaxError(f"{bits[0]!r} is not expected here; a partial takes `with name=value`.")
    parser.memory.setdefault("partials used", []).append((name, token))
    return PartialNode(name, values)


TAGS: dict[str, CompileFunction] = {"partialdef": compile_partialdef, "partial": compile_partial}

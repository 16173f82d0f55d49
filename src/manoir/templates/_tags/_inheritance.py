"""Templates made of templates: `extends`, `block`, `include`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from manoir.exceptions import TemplateSyntaxError
from manoir.templates._calls import variable_name
from manoir.templates._expressions import Expression
from manoir.templates._lexer import Token
from manoir.templates._loader import relative_name
from manoir.templates._nodes import CompiledNode, Node, NodeList, located
from manoir.templates._parser import CompileFunction, Parser, literal_text, take_keywords

if TYPE_CHECKING:
    from manoir.templates._context import Context
    from manoir.templates._emitter import Emitter
    from manoir.templates._template import Template


class BlockNode(CompiledNode):
    """`{% block name %}`: a function of its own, which templates further down replace."""

    shares_context = True
    inlined = False
    opens_scope = True

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def emit(self, out: Emitter) -> None:
        out.statement(f"call_block(context, {out.buffer}, {self.name!r}, {out.visible()})")


def compile_block(parser: Parser, token: Token) -> BlockNode:
    bits = token.split_contents()
    if len(bits) != 2:
        raise TemplateSyntaxError("a block has one word as its name: {% block content %}.")
    name = bits[1]
    other = parser.blocks.get(name)
    if other is not None:
        line = other if isinstance(other, int) else other.token.lineno  # a number while that block is still open
        raise TemplateSyntaxError(f"there is a block {name!r} already in this template, on line {line}.")
    parser.blocks[name] = token.lineno
    nodelist, end = parser.body("endblock", f"endblock {name}")
    words = end.split_contents()
    if words not in (["endblock"], ["endblock", name]):
        raise parser.error(end, f"this ends another block: {{% endblock {name} %}} was expected here.")
    node = parser.blocks[name] = BlockNode(name, nodelist)
    return node


class ExtendsNode(CompiledNode):
    """`{% extends %}`: the template fills the blocks of another one."""

    child_nodelists = ("nodelist",)
    must_be_first = True

    def __init__(self, parent: Expression, nodelist: NodeList, name: str | None) -> None:
        self.parent = parent
        self.nodelist = nodelist
        self.name = name

    @property
    def is_constant(self) -> bool:
        """Whether the parent is the same in every rendering."""
        return self.name is not None

    def find_parent(self, context: Context, children: Sequence[Template]) -> Template:
        """Return the template that `children[-1]`, this node's template, extends."""
        child = children[-1]
        engine = child.engine
        if self.name is not None:
            skip = [template.origin for template in children if template.name == self.name]
            return engine.get_template(self.name, skip=skip or None)
        code = child.unit.code(context.autoescape)
        assert code.parent is not None
        parent: Any = code.parent(context)
        if not parent:
            raise parser_error(self, f"the variable {self.parent.text!r} has no value, so there is nothing to extend.")
        if hasattr(parent, "unit"):
            return parent
        if hasattr(getattr(parent, "template", None), "unit"):
            return parent.template
        return engine.get_template(absolute(str(parent), child.name))

    def expressions(self) -> Iterable[Expression]:
        return (self.parent,)

    def emit(self, out: Emitter) -> None:
        """Write nothing: the parent is rendered instead."""


def parser_error(node: Node, message: str) -> TemplateSyntaxError:
    return located(message, node.token, node._unit.display_name if node._unit else "template")


def absolute(name: str, current: str | None) -> str:
    try:
        return relative_name(current, name)
    except ValueError as error:
        raise TemplateSyntaxError(str(error)) from error


def compile_extends(parser: Parser, token: Token) -> ExtendsNode:
    bits = token.split_contents()
    if len(bits) != 2:
        raise TemplateSyntaxError('it takes one template: {% extends "base.html" %}.')
    parent = parser.expression(bits[1])
    name = literal_text(parent)
    nodelist = parser.parse()
    return ExtendsNode(parent, nodelist, None if name is None else absolute(name, parser.unit.name))


class IncludeNode(CompiledNode):
    """`{% include %}`: another template, with the variables of this one."""

    child_nodelists = ()
    shares_context = True

    def __init__(self, template: Expression, name: str | None, values: dict[str, Expression], only: bool) -> None:
        self.template = template
        self.name = name
        self.values = values
        self.only = only

    def expressions(self) -> Iterable[Expression]:
        return (self.template, *self.values.values())

    def emit(self, out: Emitter) -> None:
        out.flush()
        if self.name is not None:
            target = repr(self.name)
        else:
            target = out.value(self.template)
        values = ", ".join(f"{name!r}: {out.value(expression)}" for name, expression in self.values.items())
        found = f"find_included(context, {target}, {out.unit.name!r})"
        variables = "None" if self.only else out.visible()
        out.line(f"include(context, {out.buffer}, {found}, {variables}, {{{values}}}, {self.only})")


def compile_include(parser: Parser, token: Token) -> IncludeNode:
    bits = token.split_contents()[1:]
    if not bits:
        raise TemplateSyntaxError('it takes a template: {% include "card.html" with book=book only %}.')
    template = parser.expression(bits.pop(0))
    values: dict[str, Expression] = {}
    only = False
    while bits:
        option = bits.pop(0)
        if option == "only" and not only:
            only = True
        elif option == "with" and not values:
            texts = take_keywords(bits)
            if not texts:
                raise TemplateSyntaxError('"with" needs at least one name=value.')
            values = {variable_name(name): parser.expression(text) for name, text in texts.items()}
        else:
            raise TemplateSyntaxError(
                f"{option!r} is not expected here; an include takes `with name=value` and `only`."
            )
    name = literal_text(template)
    if name is not None:
        name = absolute(name, parser.unit.name)
    return IncludeNode(template, name, values, only)


TAGS: dict[str, CompileFunction] = {"block": compile_block, "extends": compile_extends, "include": compile_include}

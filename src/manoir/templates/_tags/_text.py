"""Tags that print, change or leave out text."""

from __future__ import annotations

import pprint
import random
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from manoir import timezone
from manoir.conf import settings
from manoir.exceptions import TemplateSyntaxError, nearest
from manoir.i18n import date_format
from manoir.templates._calls import take_target
from manoir.templates._emitter import shares_context
from manoir.templates._expressions import Expression
from manoir.templates._lexer import Token
from manoir.templates._nodes import CompiledNode, Node, NodeList, TextNode
from manoir.templates._parser import CompileFunction, Parser
from manoir.templates._safe import escape

if TYPE_CHECKING:
    from manoir.templates._context import Context
    from manoir.templates._emitter import Emitter


# -- escaping ---------------------------------------------------------------------------------------------------------


class AutoescapeNode(CompiledNode):
    """`{% autoescape on %}` and `{% autoescape off %}`, also for included templates and blocks."""

    def __init__(self, on: bool, nodelist: NodeList) -> None:
        self.on = on
        self.nodelist = nodelist

    def emit(self, out: Emitter) -> None:
        outer, out.autoescape = out.autoescape, self.on
        if shares_context(self.nodelist):
            before = out.temp()
            out.statement(f"{before} = context.autoescape")
            with out.guarded(f"context.autoescape = {self.on}", f"context.autoescape = {before}"):
                out.body(self.nodelist)
        else:
            out.body(self.nodelist)
        out.autoescape = outer


def compile_autoescape(parser: Parser, token: Token) -> AutoescapeNode:
    bits = token.split_contents()
    if len(bits) != 2 or bits[1] not in ("on", "off"):
        raise TemplateSyntaxError("it takes `on` or `off`.")
    nodelist, _end = parser.body("endautoescape")
    return AutoescapeNode(bits[1] == "on", nodelist)


class FilterNode(CompiledNode):
    """`{% filter upper|linebreaks %}`: text through filters."""

    def __init__(self, expression: Expression, nodelist: NodeList) -> None:
        self.expression = expression
        self.nodelist = nodelist

    def expressions(self) -> Iterable[Expression]:
        return (self.expression,)

    def emit(self, out: Emitter) -> None:
        with out.captured() as text:
            out.body(self.nodelist)
        result = out.temp()
        out.line(f"{text} = SafeString({text})")
        out.line(f"{result} = str({out.filtered(text, self.expression.filters)})")
        out.string(result)


def compile_filter(parser: Parser, token: Token) -> FilterNode:
    _name, _, rest = token.contents.partition(" ")
    expression = parser.expression(f"var|{rest.strip()}")
    for call in expression.filters:
        if call.filter.name in ("escape", "safe"):
            raise TemplateSyntaxError(f"the filter {call.filter.name!r} cannot be used here; use {{% autoescape %}}.")
    nodelist, _end = parser.body("endfilter")
    return FilterNode(expression, nodelist)


class SpacelessNode(CompiledNode):
    """`{% spaceless %}`: no white space between tags."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def emit(self, out: Emitter) -> None:
        with out.captured() as text:
            out.body(self.nodelist)
        out.line(f"{text} = {out.constant(without_spaces)}({text})")
        out.string(text)


def without_spaces(html: str) -> str:
    return re.sub(r">\s+<", "><", html.strip())


def compile_spaceless(parser: Parser, token: Token) -> SpacelessNode:
    return SpacelessNode(parser.body("endspaceless")[0])


# -- text that is not template ----------------------------------------------------------------------------------------


class VerbatimNode(CompiledNode):
    """`{% verbatim %}`: text as it is."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def emit(self, out: Emitter) -> None:
        out.body(self.nodelist)


def compile_verbatim(parser: Parser, token: Token) -> Node:
    return VerbatimNode(parser.body("endverbatim", "end" + token.contents)[0])


def compile_comment(parser: Parser, token: Token) -> Node:
    parser.skip_past("endcomment")
    return TextNode("")


SYNTAX = {
    "openblock": "{%",
    "closeblock": "%}",
    "openvariable": "{{",
    "closevariable": "}}",
    "openbrace": "{",
    "closebrace": "}",
    "opencomment": "{#",
    "closecomment": "#}",
}


def compile_templatetag(parser: Parser, token: Token) -> Node:
    bits = token.split_contents()[1:]
    if len(bits) != 1 or bits[0] not in SYNTAX:
        hint = nearest(bits[0], SYNTAX) if bits else ""
        raise TemplateSyntaxError(f"it takes one of {', '.join(SYNTAX)}.{hint}")
    return TextNode(SYNTAX[bits[0]])


# -- values -----------------------------------------------------------------------------------------------------------


class FirstOfNode(CompiledNode):
    """`{% firstof a b "otherwise" %}`: the first value that is true."""

    child_nodelists = ()

    def __init__(self, values: list[Expression], name: str | None) -> None:
        self.values = values
        self.name = name

    def expressions(self) -> Iterable[Expression]:
        return self.values

    def assigns(self) -> Iterable[str]:
        return (self.name,) if self.name else ()

    def emit(self, out: Emitter) -> None:
        value = out.temp()
        out.line(f"{value} = ''")
        for expression in self.values:
            with out.indented(f"if not {value}:"):
                out.line(f"{value} = {out.value_or_none(expression)}")
        with out.indented(f"if not {value}:"):
            out.line(f"{value} = ''")
        if self.name:
            out.assign(self.name, f"SafeString({'show' if out.autoescape else 'show_raw'}({value}, context))")
        else:
            out.print_value(value)


def compile_firstof(parser: Parser, token: Token) -> FirstOfNode:
    bits = token.split_contents()[1:]
    name = take_target(bits)
    if not bits:
        raise TemplateSyntaxError('it takes values: {% firstof title name "untitled" %}.')
    return FirstOfNode([parser.expression(bit) for bit in bits], name)


class WidthRatioNode(CompiledNode):
    """`{% widthratio value maximum width %}`: the width of a bar."""

    child_nodelists = ()

    def __init__(self, values: list[Expression], name: str | None) -> None:
        self.values = values
        self.name = name

    def expressions(self) -> Iterable[Expression]:
        return self.values

    def assigns(self) -> Iterable[str]:
        return (self.name,) if self.name else ()

    def emit(self, out: Emitter) -> None:
        arguments = ", ".join(out.value(value) for value in self.values)
        result = out.temp()
        out.line(f"{result} = {out.constant(width_ratio)}({arguments})")
        if self.name:
            out.assign(self.name, result)
        else:
            out.string(result)


def width_ratio(value: Any, maximum: Any, width: Any) -> str:
    try:
        width = int(width)
    except (TypeError, ValueError, OverflowError):
        raise TemplateSyntaxError(f"widthratio: the last argument must be a number, not {width!r}.") from None
    try:
        return str(round(float(value) / float(maximum) * width))
    except ZeroDivisionError:
        return "0"
    except (TypeError, ValueError, OverflowError):
        return ""


def compile_widthratio(parser: Parser, token: Token) -> WidthRatioNode:
    bits = token.split_contents()[1:]
    name = take_target(bits)
    if len(bits) != 3:
        raise TemplateSyntaxError("it takes three values: {% widthratio value maximum width %}.")
    return WidthRatioNode([parser.expression(bit) for bit in bits], name)


class NowNode(CompiledNode):
    """`{% now "Y" %}`: the current date or time."""

    child_nodelists = ()

    def __init__(self, template: Expression, name: str | None) -> None:
        self.template = template
        self.name = name

    def expressions(self) -> Iterable[Expression]:
        return (self.template,)

    def assigns(self) -> Iterable[str]:
        return (self.name,) if self.name else ()

    def emit(self, out: Emitter) -> None:
        result = out.temp()
        out.line(f"{result} = {out.constant(now_as)}({out.value(self.template)})")
        if self.name:
            out.assign(self.name, result)
        else:
            out.print_value(result)


def now_as(template: Any) -> str:
    moment = timezone.now()
    return date_format(timezone.localtime(moment) if timezone.is_aware(moment) else moment, str(template))


def compile_now(parser: Parser, token: Token) -> NowNode:
    bits = token.split_contents()[1:]
    name = take_target(bits)
    if len(bits) != 1:
        raise TemplateSyntaxError('it takes a format: {% now "Y-m-d H:i" %}.')
    return NowNode(parser.expression(bits[0]), name)


# -- for developers ---------------------------------------------------------------------------------------------------


class DebugNode(CompiledNode):
    """`{% debug %}`: the variables, in DEBUG only."""

    child_nodelists = ()
    shares_context = True

    def emit(self, out: Emitter) -> None:
        result = out.temp()
        out.statement(f"{result} = {out.constant(debug_text)}(context, {out.visible()})")
        out.string(result)


def debug_text(context: Context, variables: dict[str, Any] | None) -> str:
    if not settings.DEBUG:
        return ""
    shown = context.flatten() | (variables or {})
    return str(escape(pprint.pformat(shown)))


def compile_debug(parser: Parser, token: Token) -> DebugNode:
    return DebugNode()


PASSAGE = (
    "Lorem ipsum dolor sit amet, consectetur adipisicing elit, sed do eiusmod tempor incididunt ut labore et dolore "
    "magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo "
    "consequat. Duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. "
    "Excepteur sint occaecat cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id est laborum."
)
WORDS = tuple(dict.fromkeys(re.findall(r"[a-z]+", PASSAGE.lower())))
MAX_LOREM = 1_000


class LoremNode(CompiledNode):
    """`{% lorem 3 p %}`: filler text."""

    child_nodelists = ()

    def __init__(self, count: Expression, method: str, is_random: bool) -> None:
        self.count = count
        self.method = method
        self.is_random = is_random

    def expressions(self) -> Iterable[Expression]:
        return (self.count,)

    def emit(self, out: Emitter) -> None:
        result = out.temp()
        out.line(f"{result} = {out.constant(filler)}({out.value(self.count)}, {self.method!r}, {self.is_random})")
        out.string(result)


def filler(count: Any, method: str, is_random: bool) -> str:
    try:
        number = min(max(int(count), 0), MAX_LOREM)
    except (TypeError, ValueError):
        number = 1
    if method == "w":
        start = [] if is_random else list(WORDS[:number])
        return " ".join(start + [random.choice(WORDS) for _ in range(number - len(start))])  # noqa: S311
    paragraphs = [PASSAGE if not (is_random or place) else random_paragraph() for place in range(number)]
    return "\n\n".join(f"<p>{text}</p>" if method == "p" else text for text in paragraphs)


def random_paragraph() -> str:
    sentences = [" ".join(random.sample(WORDS, random.randint(6, 12))) for _ in range(random.randint(2, 5))]  # noqa: S311
    return " ".join(f"{sentence.capitalize()}." for sentence in sentences)


def compile_lorem(parser: Parser, token: Token) -> LoremNode:
    bits = token.split_contents()[1:]
    is_random = bits[-1:] == ["random"]
    if is_random:
        bits.pop()
    method = bits.pop() if bits and bits[-1] in ("w", "p", "b") else "b"
    if len(bits) > 1:
        raise TemplateSyntaxError("it takes a number, one of w, p or b, and `random`: {% lorem 3 p random %}.")
    return LoremNode(parser.expression(bits[0] if bits else "1"), method, is_random)


def compile_load(parser: Parser, token: Token) -> Node:
    bits = token.split_contents()[1:]
    if len(bits) >= 3 and bits[-2] == "from":
        library = parser.engine.library(bits[-1])
        for name in bits[:-2]:
            known = name in library.tags or name in library.filter_entries
            if not known:
                hint = nearest(name, [*library.tags, *library.filter_entries])
                raise TemplateSyntaxError(f"the library {bits[-1]!r} has no tag or filter {name!r}.{hint}")
            if name in library.tags:
                parser.tags[name] = library.tags[name]
            if name in library.filter_entries:
                parser.filters[name] = library.filter_entries[name]
        return TextNode("")
    if not bits:
        raise TemplateSyntaxError("it takes names of libraries: {% load i18n shop_tags %}.")
    for name in bits:
        parser.add_library(parser.engine.library(name))
    return TextNode("")


TAGS: dict[str, CompileFunction] = {
    "autoescape": compile_autoescape,
    "comment": compile_comment,
    "debug": compile_debug,
    "filter": compile_filter,
    "firstof": compile_firstof,
    "load": compile_load,
    "lorem": compile_lorem,
    "now": compile_now,
    "spaceless": compile_spaceless,
    "templatetag": compile_templatetag,
    "verbatim": compile_verbatim,
    "widthratio": compile_widthratio,
}

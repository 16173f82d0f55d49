"""Tags made of functions: their arguments are checked against the signature when a template is compiled."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from manoir.exceptions import TemplateSyntaxError, nearest
from manoir.templates._expressions import Expression
from manoir.templates._lexer import Token
from manoir.templates._nodes import CompiledNode, Node, NodeList

if TYPE_CHECKING:
    from manoir.templates._emitter import Emitter
    from manoir.templates._parser import Parser


@dataclass(frozen=True, slots=True)
class Signature:
    """What a tag's function takes from the template.

    Attributes:
        function: the function itself.
        name: name of the tag.
        takes_context: whether the context is passed first.
        positional: names of the arguments that may be given in order.
        required: names of the arguments without default.
        keyword_only: names of the arguments that must be named.
        varargs, varkw: whether further positional or named arguments are taken.
    """

    function: Callable[..., Any]
    name: str
    takes_context: bool
    positional: tuple[str, ...]
    required: frozenset[str]
    keyword_only: tuple[str, ...]
    varargs: bool
    varkw: bool

    @classmethod
    def of(cls, function: Any, name: str | None, *, takes_context: bool, takes_content: bool = False) -> Signature:
        """Read the signature of a function.

        Raises:
            TypeError: the first arguments are not called as they must be.
        """
        if not callable(function):
            raise TypeError(f"A tag is made of a function, not of {function!r}.")
        plain = inspect.unwrap(function)
        tag = name or plain.__name__
        parameters = list(inspect.signature(plain).parameters.values())
        first = [*(["context"] if takes_context else []), *(["content"] if takes_content else [])]
        if [parameter.name for parameter in parameters[: len(first)]] != first:
            wanted = " and ".join(map(repr, first))
            raise TypeError(
                f"The first argument of the tag {tag!r} must be called {wanted}: {plain.__qualname__}{inspect.signature(plain)}"
            )
        rest = parameters[len(first) :]
        ordered = [p for p in rest if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        named = [p for p in rest if p.kind is p.KEYWORD_ONLY]
        return cls(
            function,
            tag,
            takes_context,
            tuple(p.name for p in ordered),
            frozenset(p.name for p in (*ordered, *named) if p.default is p.empty),
            tuple(p.name for p in named),
            any(p.kind is p.VAR_POSITIONAL for p in rest),
            any(p.kind is p.VAR_KEYWORD for p in rest),
        )


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments of one use of a tag."""

    args: tuple[Expression, ...]
    kwargs: dict[str, Expression]

    def expressions(self) -> Iterator[Expression]:
        yield from self.args
        yield from self.kwargs.values()

    def emit(self, out: Emitter, *first: str) -> str:
        """Evaluate the arguments and return the Python of the list of them."""
        code = [*first, *(out.value(expression) for expression in self.args)]
        named = {name: out.value(expression) for name, expression in self.kwargs.items()}
        plain = {name: value for name, value in named.items() if name.isascii()}
        code.extend(f"{name}={value}" for name, value in plain.items())
        rest = {name: value for name, value in named.items() if name not in plain}
        if rest:
            code.append("**{" + ", ".join(f"{name!r}: {value}" for name, value in rest.items()) + "}")
        return ", ".join(code)


def read_arguments(bits: list[str], signature: Signature, parser: Parser) -> Arguments:
    """Check the words after a tag's name against the signature.

    Raises:
        TemplateSyntaxError: too many, too few, unknown or repeated arguments.
    """
    args: list[Expression] = []
    kwargs: dict[str, Expression] = {}
    for bit in bits:
        name, equals, text = bit.partition("=")
        if equals and name.isidentifier():
            take_keyword(name, parser.expression(text), kwargs, len(args), signature)
        elif kwargs:
            raise TemplateSyntaxError(
                f"{signature.name!r} takes values without a name before those with one: move {bit} forward."
            )
        else:
            args.append(parser.expression(bit))
    if len(args) > len(signature.positional) and not signature.varargs:
        raise TemplateSyntaxError(
            f"{signature.name!r} takes {len(signature.positional)} values without a name at most, not {len(args)}."
        )
    given = {*signature.positional[: len(args)], *kwargs}
    absent = [name for name in (*signature.positional, *signature.keyword_only) if name in signature.required - given]
    if absent:
        names = ", ".join(map(repr, absent))
        raise TemplateSyntaxError(f"{signature.name!r} needs a value for {names}, which is missing.")
    return Arguments(tuple(args), kwargs)


def take_keyword(
    name: str, expression: Expression, kwargs: dict[str, Expression], positional: int, signature: Signature
) -> None:
    known = (*signature.positional, *signature.keyword_only)
    if name not in known and not signature.varkw:
        raise TemplateSyntaxError(f"{signature.name!r} takes no argument called {name!r}.{nearest(name, known)}")
    if name in kwargs or name in signature.positional[:positional]:
        raise TemplateSyntaxError(f"{signature.name!r} is given {name!r} twice: give it once.")
    kwargs[name] = expression


def take_target(bits: list[str]) -> str | None:
    """Take `as name` off the end of a tag's words."""
    if len(bits) >= 2 and bits[-2] == "as":
        target = bits[-1]
        del bits[-2:]
        return variable_name(target)
    return None


def variable_name(name: str) -> str:
    """Return a name that a tag may set.

    Raises:
        TemplateSyntaxError: it is no name, or begins with an underscore.
    """
    if not name.isidentifier() or name.startswith("_"):
        raise TemplateSyntaxError(f"{name!r} cannot be the name of a variable.")
    return name


@dataclass(frozen=True, slots=True)
class FunctionTag:
    """The compile functions of a tag that is made of a function."""

    signature: Signature
    end_name: str = ""
    filename: Any = None

    def compile_simple(self, parser: Parser, token: Token) -> Node:
        bits = token.split_contents()[1:]
        target = take_target(bits)
        return SimpleNode(self.signature, read_arguments(bits, self.signature, parser), target, None)

    def compile_block(self, parser: Parser, token: Token) -> Node:
        bits = token.split_contents()[1:]
        target = take_target(bits)
        arguments = read_arguments(bits, self.signature, parser)
        nodelist, _end = parser.body(self.end_name)
        return SimpleNode(self.signature, arguments, target, nodelist)

    def compile_inclusion(self, parser: Parser, token: Token) -> Node:
        bits = token.split_contents()[1:]
        return InclusionNode(self.signature, read_arguments(bits, self.signature, parser), self.filename)


class SimpleNode(CompiledNode):
    """The use of a `simple_tag` or `simple_block_tag`."""

    def __init__(
        self, signature: Signature, arguments: Arguments, target: str | None, nodelist: NodeList | None
    ) -> None:
        self.signature = signature
        self.arguments = arguments
        self.target = target
        self.nodelist = nodelist
        self.shares_context = self.changes_context = signature.takes_context

    def expressions(self) -> Iterable[Expression]:
        return self.arguments.expressions()

    def assigns(self) -> Iterable[str]:
        return (self.target,) if self.target else ()

    def emit(self, out: Emitter) -> None:
        first = ["context"] if self.signature.takes_context else []
        if self.nodelist is not None:
            with out.captured() as content:
                out.body(self.nodelist)
            safe = out.temp()
            out.line(f"{safe} = SafeString({content})")
            first.append(safe)
        else:
            out.flush()
        function = out.constant(self.signature.function)
        result = out.temp()
        out.line(f"{result} = {function}({self.arguments.emit(out, *first)})")
        if inspect.iscoroutinefunction(inspect.unwrap(self.signature.function)):
            out.line(f"{result} = awaited({result})")
        if self.target:
            out.assign(self.target, result)
        else:
            text = out.temp()
            out.line(f"{text} = {'tag_text' if out.autoescape else 'str'}({result})")
            out.string(text)


class InclusionNode(CompiledNode):
    """The use of an `inclusion_tag`."""

    child_nodelists = ()

    def __init__(self, signature: Signature, arguments: Arguments, filename: Any) -> None:
        self.signature = signature
        self.arguments = arguments
        self.filename = filename
        self.shares_context = self.changes_context = signature.takes_context

    def expressions(self) -> Iterable[Expression]:
        return self.arguments.expressions()

    def emit(self, out: Emitter) -> None:
        function = out.constant(self.signature.function)
        values = out.temp()
        first = ["context"] if self.signature.takes_context else []
        out.flush()
        out.line(f"{values} = awaited({function}({self.arguments.emit(out, *first)}))")
        out.line(f"include_values(context, {out.buffer}, {out.constant(self.filename)}, {values})")

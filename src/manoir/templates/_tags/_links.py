"""Tags of addresses and of the request: `url`, `querystring`, `csp_nonce_attr`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from manoir.exceptions import NoReverseMatch, TemplateSyntaxError
from manoir.http import QueryDict
from manoir.templates._calls import Arguments, take_target
from manoir.templates._expressions import Expression
from manoir.templates._lexer import Token
from manoir.templates._lookup import MISSING
from manoir.templates._nodes import CompiledNode
from manoir.templates._parser import CompileFunction, Parser
from manoir.templates._safe import conditional_escape, format_html
from manoir.urls import reverse

if TYPE_CHECKING:
    from manoir.templates._context import Context
    from manoir.templates._emitter import Emitter


def read_bits(bits: list[str], parser: Parser) -> Arguments:
    """Read positional and named arguments that no signature checks."""
    args: list[Expression] = []
    kwargs: dict[str, Expression] = {}
    for bit in bits:
        name, equals, text = bit.partition("=")
        if equals and name.isidentifier():
            kwargs[name] = parser.expression(text)
        else:
            args.append(parser.expression(bit))
    return Arguments(tuple(args), kwargs)


class CallNode(CompiledNode):
    """A tag that is the call of one function, which also gets the context."""

    child_nodelists = ()

    def __init__(self, arguments: Arguments, name: str | None) -> None:
        self.arguments = arguments
        self.name = name

    def function(self) -> Any:
        raise TypeError("a CallNode says which function it calls")

    def expressions(self) -> Iterable[Expression]:
        return self.arguments.expressions()

    def assigns(self) -> Iterable[str]:
        return (self.name,) if self.name else ()

    def emit(self, out: Emitter) -> None:
        args = [out.value(expression) for expression in self.arguments.args]
        kwargs = {name: out.value(expression) for name, expression in self.arguments.kwargs.items()}
        named = "{" + ", ".join(f"{name!r}: {value}" for name, value in kwargs.items()) + "}"
        result = out.temp()
        request = out.read("request")
        out.statement(
            f"{result} = {out.constant(self.function())}(context, {request}, [{', '.join(args)}], {named}, {bool(self.name)})"
        )
        if self.name:
            out.assign(self.name, result)
        else:
            out.print_value(result)


class UrlNode(CallNode):
    """`{% url "book" book.pk as link %}`."""

    def function(self) -> Any:
        return address


def address(context: Context, request: Any, args: list[Any], kwargs: dict[str, Any], silent: bool) -> str:
    request = context.request if context.request is not None else request
    view, *positional = args
    if isinstance(view, str):
        view = str(view)
    if not view:
        raise NoReverseMatch("{% url %} got an empty name: is the variable that holds it set?")
    try:
        return reverse(view, args=positional, kwargs=kwargs, current_app=current_app(request))
    except NoReverseMatch:
        if silent:
            return ""
        raise


def current_app(request: Any) -> str | None:
    if request is None or request is MISSING:
        return None
    found = getattr(request, "current_app", None)
    return found or getattr(getattr(request, "resolver_match", None), "namespace", None)


def compile_url(parser: Parser, token: Token) -> UrlNode:
    bits = token.split_contents()[1:]
    name = take_target(bits)
    arguments = read_bits(bits, parser)
    if not arguments.args:
        raise TemplateSyntaxError('it takes the name of a view: {% url "book" book.pk %}. Names of URLs are quoted.')
    return UrlNode(arguments, name)


class QueryStringNode(CallNode):
    """`{% querystring page=2 %}`."""

    def function(self) -> Any:
        return query_string


def query_string(context: Context, request: Any, args: list[Any], kwargs: dict[str, Any], silent: bool) -> str:
    params = QueryDict(mutable=True)
    for mapping in args or [current_query(context, request)]:
        if mapping is None or mapping == "":
            continue
        if not isinstance(mapping, Mapping):
            raise TemplateSyntaxError(f"querystring: positional arguments are mappings, not {mapping!r}.")
        merge(params, mapping)
    merge(params, kwargs)
    text = params.urlencode()
    return f"?{text}"


def current_query(context: Context, request: Any) -> Any:
    request = context.request if context.request is not None else request
    if request is MISSING or request is None:
        raise TemplateSyntaxError(
            "querystring: there is no request in this context; give a mapping, or add "
            "'manoir.templates.context_processors.request' to context_processors."
        )
    return request.GET


def merge(params: QueryDict, values: Mapping[Any, Any]) -> None:
    """Set parameters; None removes one, a list gives several."""
    lists = values.lists() if isinstance(values, QueryDict) else values.items()
    for key, value in lists:
        if not isinstance(key, str):
            raise TemplateSyntaxError(f"querystring: names of parameters are text, not {key!r}.")
        if value is None:
            params.pop(key, None)
        elif hasattr(value, "__iter__") and not isinstance(value, str):
            params.setlist(key, [str(item) for item in value])
        else:
            params[key] = str(value)


def compile_querystring(parser: Parser, token: Token) -> QueryStringNode:
    bits = token.split_contents()[1:]
    name = take_target(bits)
    return QueryStringNode(read_bits(bits, parser), name)


class NonceNode(CompiledNode):
    """`{% csp_nonce_attr %}`: ` nonce="…"` of this answer's Content-Security-Policy; with a `Media`, its elements."""

    child_nodelists = ()

    def __init__(self, media: Expression | None) -> None:
        self.media = media

    def expressions(self) -> Iterable[Expression]:
        return () if self.media is None else (self.media,)

    def emit(self, out: Emitter) -> None:
        result = out.temp()
        nonce = f"context, {out.read('csp_nonce')}, {out.read('request')}"
        if self.media is None:
            out.statement(f"{result} = {out.constant(nonce_attribute)}({nonce})")
        else:
            media = out.value(self.media)
            out.statement(f"{result} = {out.constant(media_with_nonce)}({media}, {nonce})")
        out.string(result)


def current_nonce(context: Context, nonce: Any, request: Any) -> str:
    if nonce is MISSING or not nonce:
        request = context.request if context.request is not None else request
        nonce = getattr(request, "csp_nonce", None)
    return str(nonce) if nonce else ""


def nonce_attribute(context: Context, nonce: Any, request: Any) -> str:
    value = current_nonce(context, nonce, request)
    return str(format_html('nonce="{}"', value)) if value else ""


def media_with_nonce(media: Any, context: Context, nonce: Any, request: Any) -> str:
    if not media:
        return ""
    if not hasattr(media, "render"):
        raise TemplateSyntaxError(f"it takes a Media, as form.media is, not {type(media).__name__}.")
    value = current_nonce(context, nonce, request)
    return str(conditional_escape(media.render({"nonce": value} if value else None)))


def compile_nonce(parser: Parser, token: Token) -> NonceNode:
    bits = token.split_contents()[1:]
    if len(bits) > 1:
        raise TemplateSyntaxError("it takes one argument at most, a form's media.")
    return NonceNode(parser.expression(bits[0]) if bits else None)


TAGS: dict[str, CompileFunction] = {
    "csp_nonce_attr": compile_nonce,
    "querystring": compile_querystring,
    "url": compile_url,
}

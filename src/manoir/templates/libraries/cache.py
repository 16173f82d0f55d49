"""The tag `cache`: a piece of a page that is rendered once in a while."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from manoir.cache import caches
from manoir.exceptions import InvalidCacheBackendError, TemplateSyntaxError
from manoir.templates._expressions import Expression
from manoir.templates._lexer import Token
from manoir.templates._library import Library
from manoir.templates._nodes import CompiledNode, NodeList
from manoir.templates._parser import Parser

if TYPE_CHECKING:
    from manoir.templates._emitter import Emitter

__all__ = ["make_template_fragment_key", "register"]

register = Library()
FRAGMENTS = "template_fragments"


def make_template_fragment_key(fragment_name: str, vary_on: Iterable[object] | None = None) -> str:
    """Return the key under which `{% cache %}` keeps a fragment, so that it can be deleted.

    Args:
        fragment_name: name in the tag.
        vary_on: the further values in the tag, in order.
    """
    digest = hashlib.sha256()
    for value in vary_on or ():
        text = str(value).encode()
        digest.update(f"{len(text)}:".encode() + text)  # lengths keep ("ab", "c") apart from ("a", "bc")
    return f"template.cache.{fragment_name}.{digest.hexdigest()}"


def fragment_cache(using: Any) -> Any:
    """Return the cache a tag names; otherwise the cache called `template_fragments`, or the default one."""
    if using is not None:
        return caches[str(using)]
    try:
        return caches[FRAGMENTS]
    except InvalidCacheBackendError:
        return caches["default"]


def seconds(value: Any) -> int | None:
    """Return a timeout; None never expires."""
    if value is None or value == "":
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise TemplateSyntaxError(f"cache: the timeout is a number of seconds, not {value!r}.") from None


class CacheNode(CompiledNode):
    """`{% cache 600 sidebar user.pk using="default" %}`."""

    def __init__(
        self, timeout: Expression, name: str, vary_on: list[Expression], using: Expression | None, nodelist: NodeList
    ) -> None:
        self.timeout = timeout
        self.name = name
        self.vary_on = vary_on
        self.using = using
        self.nodelist = nodelist

    def expressions(self) -> Iterable[Expression]:
        """Return timeout, further values and the cache's name."""
        return (self.timeout, *self.vary_on, *((self.using,) if self.using else ()))

    def emit(self, out: Emitter) -> None:
        """Write the look into the cache, and the nodes for a miss."""
        using = out.value(self.using) if self.using else "None"
        values = ", ".join(out.value(value) for value in self.vary_on)
        timeout = out.value_or_none(self.timeout)
        cache, key, text = out.temp(), out.temp(), out.temp()
        out.line(f"{cache} = {out.constant(fragment_cache)}({using})")
        out.line(f"{key} = {out.constant(make_template_fragment_key)}({self.name!r}, [{values}])")
        out.line(f"{text} = {cache}.get({key})")
        with out.indented(f"if {text} is None:"):
            with out.captured() as rendered:
                out.body(self.nodelist)
            out.line(f"{text} = {rendered}")
            out.line(f"{cache}.set({key}, {text}, {out.constant(seconds)}({timeout}))")
        out.string(text)


@register.tag("cache")
def compile_cache(parser: Parser, token: Token) -> CacheNode:
    """Read `{% cache %}`."""
    bits = token.split_contents()[1:]
    using = None
    if bits and bits[-1].startswith("using="):
        using = parser.expression(bits.pop().removeprefix("using="))
    if len(bits) < 2:
        raise TemplateSyntaxError("it takes seconds and a name: {% cache 600 sidebar user.pk %}.")
    timeout, name, *vary_on = bits
    nodelist, _end = parser.body("endcache")
    return CacheNode(parser.expression(timeout), name, [parser.expression(bit) for bit in vary_on], using, nodelist)

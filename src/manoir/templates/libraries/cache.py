"""The tag `cache`: a piece of a page that is rendered once in a while."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from manoir.cache import caches, make_template_fragment_key
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


def fragment_cache(using: Any) -> Any:
    """Return the cache a tag names; otherwise the cache called `template_fragments`, or the default one."""
    if using is not None:
        return caches[str(using)]
    try:
        return caches[FRAGMENTS]
    except InvalidCacheBackendError:
        return caches["default"]


def seconds(value: Any) -> int | None:
    """Return a timeout; None never expires. A variable that is missing is "", and a mistake."""
    if value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise TemplateSyntaxError(f"cache: the timeout is a number of seconds, or None, not {value!r}.") from None


class Guard:
    """Watches a fragment while it is rendered, so that nothing of one visitor is kept for others.

    A CSRF token and a nonce belong to one visitor and one answer. A session, its user and cookies belong to one visitor,
    too: a fragment that is the first to look at them does not name them among the values that it varies on.

    Args:
        context: the context of the template.
    """

    def __init__(self, context: Any) -> None:
        self.request = getattr(context, "request", None) or context.get("request")
        self.session = getattr(self.request, "session", None)
        self.was_accessed = getattr(self.session, "accessed", False)
        self.used_cookies = self._used_cookies()
        self.tokens = self._tokens()

    def _used_cookies(self) -> bool:
        return bool(getattr(self.request, "cookies_used", False))

    def _tokens(self) -> int:
        return getattr(getattr(self.request, "csrf", None), "used", 0)

    def allows(self, text: str) -> bool:
        """Tell whether what was rendered may be kept."""
        nonce = getattr(self.request, "csp_nonce_used", None)
        accessed = getattr(self.session, "accessed", False)
        if accessed != self.was_accessed or self._used_cookies() != self.used_cookies:
            return False
        return self._tokens() == self.tokens and not (nonce and nonce in text)


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
        timeout = out.value(self.timeout)
        cache, key, text, guard = out.temp(), out.temp(), out.temp(), out.temp()
        out.line(f"{cache} = {out.constant(fragment_cache)}({using})")
        out.line(f"{key} = {out.constant(make_template_fragment_key)}({self.name!r}, [{values}])")
        out.line(f"{text} = {cache}.get({key})")
        with out.indented(f"if {text} is None:"):
            out.line(f"{guard} = {out.constant(Guard)}(context)")
            with out.captured() as rendered:
                out.body(self.nodelist)
            out.line(f"{text} = {rendered}")
            with out.indented(f"if {guard}.allows({text}):"):
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

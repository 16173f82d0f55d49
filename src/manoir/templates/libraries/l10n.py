"""How values are localised: the tag `localize`, the filters `localize` and `unlocalize`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir import i18n
from manoir.exceptions import TemplateSyntaxError
from manoir.templates._lexer import Token
from manoir.templates._library import Library
from manoir.templates._nodes import CompiledNode, NodeList
from manoir.templates._parser import Parser

if TYPE_CHECKING:
    from manoir.templates._emitter import Emitter

__all__ = ["register"]

register = Library()


@register.filter
def localize(value: Any) -> str:
    """Write a value as the language in use does, inside `{% localize off %}` too."""
    return str(i18n.localize(value, use_l10n=True))


@register.filter
def unlocalize(value: Any) -> str:
    """Write a value as Python does."""
    return str(value)


class LocalizeNode(CompiledNode):
    """`{% localize off %}`: whether printed values are localised."""

    def __init__(self, on: bool, nodelist: NodeList) -> None:
        self.on = on
        self.nodelist = nodelist

    def emit(self, out: Emitter) -> None:
        """Write the nodes with the context's switch set."""
        before = out.temp()
        out.statement(f"{before} = context.use_l10n")
        with out.guarded(f"context.use_l10n = {self.on}", f"context.use_l10n = {before}"):
            out.body(self.nodelist)


@register.tag("localize")
def compile_localize(parser: Parser, token: Token) -> LocalizeNode:
    """Read `{% localize on %}`."""
    bits = token.split_contents()[1:]
    if len(bits) > 1 or (bits and bits[0] not in ("on", "off")):
        raise TemplateSyntaxError("it takes `on` or `off`.")
    nodelist, _end = parser.body("endlocalize")
    return LocalizeNode(bits != ["off"], nodelist)

"""Time zones in templates: `localtime`, `timezone`, `get_current_timezone`; filters `localtime`, `utc`, `timezone`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from manoir import timezone
from manoir.exceptions import TemplateSyntaxError
from manoir.templates._expressions import Expression
from manoir.templates._lexer import Token
from manoir.templates._library import Library
from manoir.templates._nodes import CompiledNode, NodeList
from manoir.templates._parser import Parser

if TYPE_CHECKING:
    from manoir.templates._emitter import Emitter

__all__ = ["register"]

register = Library()


class LocalDatetime(datetime):
    """A datetime that was moved to a zone on purpose: printing it does not move it again."""

    convert_to_local_time = False


def moved(value: Any, zone: tzinfo | None) -> Any:
    """Return a datetime in another zone; "" for anything else."""
    if not isinstance(value, datetime):
        return ""
    try:
        if timezone.is_naive(value):
            value = timezone.make_aware(value, timezone.get_default_timezone())
        local = timezone.localtime(value, zone)
    except Exception:
        return ""
    return LocalDatetime.combine(local.date(), local.timetz())


@register.filter
def localtime(value: Any) -> Any:
    """Move a datetime to the current time zone."""
    return moved(value, timezone.get_current_timezone())


@register.filter
def utc(value: Any) -> Any:
    """Move a datetime to UTC."""
    return moved(value, UTC)


@register.filter("timezone")
def in_timezone(value: Any, arg: Any) -> Any:
    """Move a datetime to a zone, given as an object or by name."""
    try:
        zone = arg if isinstance(arg, tzinfo) else ZoneInfo(str(arg))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
    return moved(value, zone)


class LocalTimeNode(CompiledNode):
    """`{% localtime on %}`: whether datetimes are printed in local time."""

    def __init__(self, on: bool, nodelist: NodeList) -> None:
        self.on = on
        self.nodelist = nodelist

    def emit(self, out: Emitter) -> None:
        """Write the nodes with the context's switch set."""
        before = out.temp()
        out.statement(f"{before} = context.use_tz")
        with out.guarded(f"context.use_tz = {self.on}", f"context.use_tz = {before}"):
            out.body(self.nodelist)


@register.tag("localtime")
def compile_localtime(parser: Parser, token: Token) -> LocalTimeNode:
    """Read `{% localtime on %}`."""
    bits = token.split_contents()[1:]
    if len(bits) > 1 or (bits and bits[0] not in ("on", "off")):
        raise TemplateSyntaxError("it takes `on` or `off`.")
    nodelist, _end = parser.body("endlocaltime")
    return LocalTimeNode(bits != ["off"], nodelist)


class TimezoneNode(CompiledNode):
    """`{% timezone "Europe/Paris" %}`: another current time zone."""

    def __init__(self, zone: Expression, nodelist: NodeList) -> None:
        self.zone = zone
        self.nodelist = nodelist

    def expressions(self) -> Iterable[Expression]:
        """Return the zone."""
        return (self.zone,)

    def emit(self, out: Emitter) -> None:
        """Write the nodes inside an override of the zone."""
        zone = out.value_or_none(self.zone)
        with out.indented(f"with {out.constant(timezone.override)}({zone}):", block=True):
            out.body(self.nodelist)


@register.tag("timezone")
def compile_timezone(parser: Parser, token: Token) -> TimezoneNode:
    """Read `{% timezone zone %}`."""
    bits = token.split_contents()[1:]
    if len(bits) != 1:
        raise TemplateSyntaxError('it takes a time zone, or None: {% timezone "Europe/Paris" %}.')
    zone = parser.expression(bits[0])
    return TimezoneNode(zone, parser.body("endtimezone")[0])


@register.simple_tag
def get_current_timezone() -> str:
    """Return the name of the current time zone."""
    return timezone.get_current_timezone_name()

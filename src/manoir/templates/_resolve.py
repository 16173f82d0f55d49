"""Variables and expressions as objects, for custom tags that evaluate them while rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir.exceptions import TemplateSyntaxError, VariableDoesNotExist
from manoir.i18n import gettext
from manoir.templates._expressions import Expression, Literal, parse_expression
from manoir.templates._lookup import MISSING, look, settle
from manoir.templates._safe import SafeString

if TYPE_CHECKING:
    from collections.abc import Callable

    from manoir.templates._context import BaseContext, Context
    from manoir.templates._parser import Parser


class Variable:
    """A dotted variable or a constant of a template, without filters.

    Args:
        var: as a template would write it: `book.author.name`, `"text"`, `3`.

    Raises:
        TemplateSyntaxError: it cannot be read, or a name begins with an underscore.

    Example:
        >>> Variable("book.title").resolve({"book": {"title": "Emma"}})
        'Emma'
    """

    def __init__(self, var: str) -> None:
        self.var = var
        self.atom = parse_expression(var, no_filter).head

    def resolve(self, context: BaseContext | dict[str, Any]) -> Any:
        """Return the value.

        Raises:
            VariableDoesNotExist: the context has no such variable, or a later name is not there.
        """
        if isinstance(self.atom, Literal):
            return literal_value(self.atom)
        first, *rest = self.atom.names
        value = context.get(first, MISSING)
        for name in rest:
            value = look(value, name)
        value = settle(value)
        if value is MISSING:
            raise VariableDoesNotExist(f"There is no {self.var!r} in this context.")
        return value

    def __str__(self) -> str:
        return self.var

    def __repr__(self) -> str:
        return f"<Variable: {self.var}>"


def no_filter(name: str) -> Any:
    raise TemplateSyntaxError(f"a Variable has no filters ({name!r}); use parser.compile_filter().")


def literal_value(literal: Literal) -> Any:
    value = literal.value
    if not isinstance(value, str):
        return value
    return SafeString(gettext(value)) if literal.translate else SafeString(value)


class FilterExpression:
    """A variable with its filters, compiled when it is first resolved. Made by `parser.compile_filter()`.

    Attributes:
        token: the expression as written.
    """

    def __init__(self, token: str, parser: Parser) -> None:
        self.token = token
        self.expression: Expression = parser.expression(token)
        self.unit = parser.unit
        self._functions: dict[tuple[bool, bool], Callable[[Context], Any]] = {}

    @property
    def var(self) -> Variable:
        """What stands before the first filter."""
        return Variable(self.token.partition("|")[0].strip())

    def resolve(self, context: Context, ignore_failures: bool = False) -> Any:
        """Return the value.

        Args:
            context: the context a tag's `render` got.
            ignore_failures: a missing variable becomes None instead of "" (or `string_if_invalid`).
        """
        key = (context.autoescape, ignore_failures)
        function = self._functions.get(key)
        if function is None:
            function = self._functions[key] = self.unit.value_function(self.expression, *key)
        return function(context)

    def __str__(self) -> str:
        return self.token

    def __repr__(self) -> str:
        return f"<FilterExpression {self.token!r}>"

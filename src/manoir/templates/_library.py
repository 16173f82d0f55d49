"""`Library`: how apps register tags and filters of their own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, overload

from manoir.templates._calls import FunctionTag, Signature
from manoir.templates._expressions import Filter
from manoir.templates._parser import CompileFunction

F = TypeVar("F", bound=Callable[..., Any])


class Library:
    """A collection of tags and filters, loaded by `{% load %}`. A module in `templatetags/` has one called `register`.

    Attributes:
        tags: compile functions by the name of their tag.
        filters: filter functions by name.
        filter_entries: filters with their options, by name.

    Example:
        >>> register = Library()
        >>> @register.filter
        ... def shout(value):
        ...     return f"{value}!"
        >>> @register.simple_tag
        ... def add(a, b=1):
        ...     return a + b
    """

    def __init__(self) -> None:
        self.tags: dict[str, CompileFunction] = {}
        self.filters: dict[str, Callable[..., Any]] = {}
        self.filter_entries: dict[str, Filter] = {}

    # -- low-level tags ---------------------------------------------------------------------------------------------

    def tag(self, name: Any = None, compile_function: CompileFunction | None = None) -> Any:
        """Register a compile function `(parser, token) -> Node`.

        Works as `@register.tag`, `@register.tag("name")`, `@register.tag(name="name")` and
        `register.tag("name", function)`.

        Args:
            name: name of the tag; None takes the function's.
            compile_function: the function, when this is not used as a decorator.

        Raises:
            TypeError: the arguments fit none of these forms.
        """
        if callable(name) and compile_function is None:
            return self.tag_function(name)
        if name is not None and not isinstance(name, str):
            raise TypeError(f"tag() takes a name and a compile function, not {name!r}.")
        if compile_function is not None:
            self.tags[name or function_name(compile_function)] = compile_function
            return compile_function
        return lambda function: self.tag(name or function_name(function), function)

    def tag_function(self, func: Any) -> Any:
        """Register a compile function under its own name."""
        self.tags[function_name(func)] = func
        return func

    # -- filters ----------------------------------------------------------------------------------------------------

    def filter(self, name: Any = None, filter_func: Callable[..., Any] | None = None, **flags: bool) -> Any:
        """Register a filter: a function of a value and at most one argument.

        Works as `@register.filter`, `@register.filter("name")`, `@register.filter(name="name", is_safe=True)` and
        `register.filter("name", function)`.

        Args:
            name: name of the filter; None takes the function's.
            filter_func: the function, when this is not used as a decorator.
            **flags: `is_safe` (safe text stays safe), `needs_autoescape` (pass `autoescape=`), `expects_localtime`
                (datetimes arrive in local time).

        Raises:
            TypeError: the arguments fit none of these forms, or the function cannot be a filter.
        """
        unknown = set(flags) - {"is_safe", "needs_autoescape", "expects_localtime"}
        if unknown:
            raise TypeError(f"filter() does not know the flag {sorted(unknown)[0]!r}.")
        if callable(name) and filter_func is None:
            return self.add_filter(function_name(name), name, flags)
        if name is not None and not isinstance(name, str):
            raise TypeError(f"filter() takes a name and a function, not {name!r}.")
        if filter_func is not None:
            return self.add_filter(name or function_name(filter_func), filter_func, flags)
        return lambda function: self.add_filter(name or function_name(function), function, flags)

    def filter_function(self, func: F, **flags: bool) -> F:
        """Register a filter under its own name."""
        return self.add_filter(function_name(func), func, flags)

    def add_filter(self, name: str, function: F, flags: dict[str, bool]) -> F:
        plain = inspect.unwrap(function)
        least, most = argument_counts(plain, needs_autoescape=flags.get("needs_autoescape", False))
        self.filters[name] = function
        for flag, value in flags.items():
            setattr(function, flag, value)
        self.filter_entries[name] = Filter(name, function, least=least, most=most, **flags)
        return function

    # -- tags made of functions -------------------------------------------------------------------------------------

    @overload
    def simple_tag(self, func: F, /) -> F: ...
    @overload
    def simple_tag(
        self, func: None = None, /, *, takes_context: bool | None = None, name: str | None = None
    ) -> Callable[[F], F]: ...
    def simple_tag(self, func: Any = None, /, *, takes_context: bool | None = None, name: str | None = None) -> Any:
        """Register a function as a tag that prints what the function returns, escaped; `as name` stores it instead.

        Args:
            func: the function, of either colour; its arguments are those of the tag.
            takes_context: the function's first argument is called `context` and gets the context.
            name: name of the tag; None takes the function's.

        Raises:
            TypeError: `takes_context` is set but the first argument is not called `context`.
        """

        def register(function: Any) -> Any:
            signature = Signature.of(function, name, takes_context=bool(takes_context))
            self.tags[signature.name] = FunctionTag(signature).compile_simple
            return function

        return register if func is None else register(func)

    def simple_block_tag(
        self,
        func: Any = None,
        /,
        *,
        takes_context: bool | None = None,
        name: str | None = None,
        end_name: str | None = None,
    ) -> Any:
        """Register a function as a tag with an end tag; its first argument, `content`, gets the text in between.

        Args:
            func: the function.
            takes_context: the first two arguments are `context` and `content`.
            name: name of the tag; None takes the function's.
            end_name: name of the end tag; None is "end" and the tag's name.

        Raises:
            TypeError: the first arguments are not called `content`, or `context` and `content`.
        """

        def register(function: Any) -> Any:
            signature = Signature.of(function, name, takes_context=bool(takes_context), takes_content=True)
            self.tags[signature.name] = FunctionTag(
                signature, end_name=end_name or f"end{signature.name}"
            ).compile_block
            return function

        return register if func is None else register(func)

    def inclusion_tag(
        self, filename: Any, func: Any = None, takes_context: bool | None = None, name: str | None = None
    ) -> Any:
        """Register a function as a tag that renders a template with the dict the function returns.

        Args:
            filename: name of the template, a template, or names to try in order.
            func: the function; None when this is used as a decorator.
            takes_context: the function's first argument is called `context` and gets the context.
            name: name of the tag; None takes the function's.

        Raises:
            TypeError: `takes_context` is set but the first argument is not called `context`.
        """

        def register(function: Any) -> Any:
            signature = Signature.of(function, name, takes_context=bool(takes_context))
            self.tags[signature.name] = FunctionTag(signature, filename=filename).compile_inclusion
            return function

        return register if func is None else register(func)


def function_name(function: Any) -> str:
    return inspect.unwrap(function).__name__


def argument_counts(function: Callable[..., Any], needs_autoescape: bool) -> tuple[int, int]:
    """Return how many arguments a filter takes after its value, at least and at most."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a builtin without a signature
        return 0, 1
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return 0, 1
    plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if needs_autoescape:
        plain = [p for p in plain if p.name != "autoescape"]
    if not plain:
        raise TypeError(
            f"The filter {function_name(function)!r} takes no value: its first argument is what it filters."
        )
    least = sum(p.default is p.empty for p in plain) - 1
    return max(least, 0), min(len(plain) - 1, 1)


def stringfilter(func: Callable[..., Any]) -> Callable[..., Any]:
    """Make a filter get its value as plain text, whatever it was. Written below `@register.filter`.

    Example:
        >>> stringfilter(str.upper)(12.5)
        '12.5'
    """

    @wraps(func)
    def texted(value: Any, *args: Any, **kwargs: Any) -> Any:
        return func(value if type(value) is str else str(value), *args, **kwargs)

    return texted


__all__ = ["Library", "stringfilter"]

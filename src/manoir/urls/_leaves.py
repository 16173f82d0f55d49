"""A URLconf laid flat: one leaf for each view, in the order of declaration, with everything on the way to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from manoir.urls._conf import URLPattern, URLResolver
from manoir.urls._converters import Converter, IntConverter, PathConverter, SlugConverter, StringConverter
from manoir.urls._pattern import Parameter, Pattern, RoutePattern, Token


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """One view of a URLconf.

    Attributes:
        order: position among all views; the first that matches wins.
        pattern: the line of the URLconf.
        chain: the prefixes it was included under, outermost first, and its own pattern.
        tokens: the whole route, when it consists of `path()` only; None with a regular expression in it.
        route: the whole route as text.
        extra: keyword arguments that are added, those of the prefixes included.
        app_names: applications on the way.
        namespaces: instances on the way.
        parameters: the parameters of the route.
        casts: name of each parameter, and what makes a value of its text; None where the text is the value.
    """

    order: int
    pattern: URLPattern
    chain: tuple[Pattern, ...]
    tokens: tuple[Token, ...] | None
    route: str
    extra: Mapping[str, Any]
    app_names: tuple[str, ...]
    namespaces: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    casts: tuple[tuple[str, Callable[[str], Any] | None], ...] = ()

    def match(self, path: str) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Walk the chain over `path` (without its first slash); the slow way, for expressions and for `reverse()`."""
        prefix_args: tuple[Any, ...] = ()
        args: tuple[Any, ...] = ()
        kwargs: dict[str, Any] = {}
        for step in self.chain:
            found = step.match(path)
            if found is None:
                return None
            prefix_args += args
            path, args, named = found
            kwargs |= named
        # Positional arguments of prefixes are passed on only as long as there is no keyword argument.
        return (args if kwargs or self.extra else prefix_args + args), kwargs


@dataclass(frozen=True, slots=True)
class _Above:
    chain: tuple[Pattern, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    app_names: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()


def flatten(patterns: Any) -> list[Leaf]:
    """Return the leaves of a list of patterns, in order."""
    return [_leaf(order, pattern, above) for order, (pattern, above) in enumerate(_walk(patterns, _Above()))]


def _walk(patterns: Any, above: _Above) -> Iterator[tuple[URLPattern, _Above]]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, _below(entry, above))
        else:
            yield entry, above


def _below(entry: URLResolver, above: _Above) -> _Above:
    return _Above(
        (*above.chain, entry.pattern),
        {**above.extra, **entry.default_kwargs},
        (*above.app_names, entry.app_name) if entry.app_name else above.app_names,
        (*above.namespaces, entry.namespace) if entry.namespace else above.namespaces,
    )


def _leaf(order: int, entry: URLPattern, above: _Above) -> Leaf:
    chain = (*above.chain, entry.pattern)
    tokens: tuple[Token, ...] | None = ()
    for step in chain:
        tokens = (*tokens, *step.tokens) if tokens is not None and isinstance(step, RoutePattern) else None
    parameters = tuple(token for token in tokens or () if isinstance(token, Parameter))
    return Leaf(
        order,
        entry,
        chain,
        tokens,
        "".join(map(str, chain)),
        {**above.extra, **entry.default_args},
        above.app_names,
        above.namespaces,
        parameters,
        tuple((parameter.name, _cast(parameter.converter)) for parameter in parameters),
    )


def _cast(converter: Converter) -> Callable[[str], Any] | None:
    # The matcher has checked the text, so the converters every project uses need no call of their own.
    if type(converter) is IntConverter:
        return int
    if type(converter) in (StringConverter, SlugConverter, PathConverter):
        return None
    return converter.to_python

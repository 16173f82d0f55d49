"""A whole URLconf, compiled: `get_resolver()`, `resolve()`, and the handlers of error pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from manoir.conf import import_module, import_string, settings
from manoir.exceptions import ImproperlyConfigured, Resolver404
from manoir.urls._conf import URLResolver, patterns_of
from manoir.urls._converters import Registry
from manoir.urls._leaves import Leaf, flatten
from manoir.urls._match import ResolverMatch
from manoir.urls._matcher import Matcher
from manoir.urls._names import Names, collect_names
from manoir.urls._pattern import Pattern, RegexPattern
from manoir.urls._state import get_urlconf


class Tried(Sequence["list[Pattern]"]):
    """The patterns that did not match, for the debug page; only built when somebody looks."""

    __slots__ = ("_leaves",)

    def __init__(self, leaves: list[Leaf]) -> None:
        self._leaves = leaves

    @overload
    def __getitem__(self, index: int) -> list[Pattern]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[Pattern]]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return [list(leaf.chain) for leaf in self._leaves][index]

    def __iter__(self) -> Iterator[list[Pattern]]:
        return (list(leaf.chain) for leaf in self._leaves)

    def __len__(self) -> int:
        return len(self._leaves)

    def __repr__(self) -> str:
        return f"<{len(self._leaves)} patterns>"


class RootResolver(URLResolver):
    """The resolver of a whole URLconf.

    Attributes:
        leaves: every view, in order.
        names: every name.

    Raises:
        ImproperlyConfigured: the URLconf cannot be imported, or is no URLconf.
    """

    def __init__(self, urlconf_name: Any) -> None:
        super().__init__(RegexPattern(r"^/"), urlconf_name)
        self._module = import_module(urlconf_name) if isinstance(urlconf_name, str) else urlconf_name
        patterns = patterns_of(self._module)
        self.leaves = flatten(patterns)
        self.names: Names = collect_names(patterns, self.leaves)
        self._find = Matcher(self.leaves).find

    @property
    def urlconf_module(self) -> Any:
        """The module, or the list, with the patterns."""
        return self._module

    def resolve(self, path: str) -> ResolverMatch:
        """Return what `path` leads to.

        Raises:
            Resolver404: nothing; its argument has the path and the patterns that were tried.
        """
        # hot path: benchmarks/urls.py
        if type(path) is not str:
            path = str(path)
        found = self._find(path[1:]) if path[:1] == "/" else None
        if found is None:
            raise Resolver404({"path": path[1:], "tried": Tried(self.leaves)})
        return ResolverMatch(found[0], found[1], found[2], self.leaves)

    def resolve_error_handler(self, view_type: int | str) -> Callable[..., Any] | None:
        """Return `handler400`, `handler403`, `handler404` or `handler500` of the URLconf.

        Args:
            view_type: the status.

        Returns:
            The view, which may be given as dotted path; None when the URLconf has none, so the standard one is used.
        """
        handler = getattr(self._module, f"handler{view_type}", None)
        return import_string(handler) if isinstance(handler, str) else handler


_resolvers: dict[Any, RootResolver] = {}
MAX_RESOLVERS = 64


def get_resolver(urlconf: Any = None) -> RootResolver:
    """Return the compiled resolver of a URLconf.

    Args:
        urlconf: dotted name, module or list of patterns; None for settings.ROOT_URLCONF.
    """
    if urlconf is None:
        urlconf = settings.ROOT_URLCONF
        if not urlconf:
            raise ImproperlyConfigured("ROOT_URLCONF is not set; name the module with your `urlpatterns`.")
    key = urlconf if isinstance(urlconf, str) else id(urlconf)
    resolver = _resolvers.get(key)
    if resolver is None:
        if isinstance(urlconf, tuple):
            urlconf = list(urlconf)  # type: ignore[arg-type]
        resolver = RootResolver(urlconf)
        if len(_resolvers) >= MAX_RESOLVERS:
            _resolvers.clear()
        # The resolver holds its URLconf, so the id of a list stays its own as long as it is a key here.
        _resolvers[key] = resolver
    return resolver


def clear_url_caches() -> None:
    """Forget the compiled URLconfs, for example after one was changed in a test."""
    _resolvers.clear()


Registry.on_change.append(clear_url_caches)


def resolve(path: str, urlconf: Any = None) -> ResolverMatch:
    """Return what a path leads to.

    Args:
        path: a path with its first slash.
        urlconf: another URLconf than that of this context.

    Raises:
        Resolver404: nothing matches.

    Example:
        >>> def book(request, pk): ...
        >>> resolve("/books/3/", [path("books/<int:pk>/", book)]).kwargs
        {'pk': 3}
    """
    return get_resolver(get_urlconf() if urlconf is None else urlconf).resolve(path)


def is_valid_path(path: str, urlconf: Any = None) -> ResolverMatch | bool:
    """Return the match of a path, False when nothing matches."""
    try:
        return resolve(path, urlconf)
    except Resolver404:
        return False


def should_append_slash(path: str, urlconf: Any = None) -> bool:
    """Return whether `path` leads nowhere, but would with a slash at its end, and its view wants to be found so.

    Views may opt out by the attribute `should_append_slash = False` (`no_append_slash`).
    """
    if path.endswith("/") or is_valid_path(path, urlconf):
        return False
    match = is_valid_path(f"{path}/", urlconf)
    return isinstance(match, ResolverMatch) and getattr(match.func, "should_append_slash", True)

"""What a path led to: the view, its arguments, and the names under which it is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from manoir.exceptions import ManoirError
from manoir.urls._conf import view_path

if TYPE_CHECKING:
    from manoir.urls._leaves import Leaf
    from manoir.urls._pattern import Pattern


class ResolverMatch:
    """The answer of `resolve()`; also `request.resolver_match`. Unpacks as `func, args, kwargs`.

    Attributes:
        func: the view.
        args: its positional arguments.
        kwargs: its keyword arguments, with those that the URLconf adds.
        captured_kwargs: only those out of the path.
    """

    __slots__ = ("_leaf", "_leaves", "args", "captured_kwargs", "func", "kwargs")

    def __init__(self, leaf: Leaf, args: tuple[Any, ...], captured: dict[str, Any], leaves: list[Leaf]) -> None:
        # hot path: benchmarks/urls.py
        self._leaf = leaf
        self._leaves = leaves
        self.func = leaf.pattern.callback
        self.args = args
        self.captured_kwargs = captured
        self.kwargs = {**captured, **leaf.extra} if leaf.extra else captured

    @property
    def extra_kwargs(self) -> dict[str, Any]:
        """Keyword arguments that the URLconf adds."""
        return dict(self._leaf.extra)

    @property
    def url_name(self) -> str | None:
        """The name of the URL pattern."""
        return self._leaf.pattern.name

    @property
    def route(self) -> str:
        """The whole route, prefixes included."""
        return self._leaf.route

    @property
    def app_names(self) -> list[str]:
        """Applications on the way, outermost first."""
        return list(self._leaf.app_names)

    @property
    def app_name(self) -> str:
        """The same, joined by colons."""
        return ":".join(self._leaf.app_names)

    @property
    def namespaces(self) -> list[str]:
        """Instance namespaces on the way, outermost first."""
        return list(self._leaf.namespaces)

    @property
    def namespace(self) -> str:
        """The same, joined by colons."""
        return ":".join(self._leaf.namespaces)

    @property
    def view_name(self) -> str:
        """Name for `reverse()` with its namespaces; the path of the view when it has no name."""
        return ":".join((*self._leaf.namespaces, self._leaf.pattern.name or view_path(self.func)))

    @property
    def _func_path(self) -> str:
        return view_path(self.func)

    @property
    def tried(self) -> list[list[Pattern]]:
        """The patterns declared before the one that matched, each with its prefixes."""
        return [list(leaf.chain) for leaf in self._leaves[: self._leaf.order + 1]]

    def __getitem__(self, index: int) -> Any:
        return (self.func, self.args, self.kwargs)[index]

    def __iter__(self) -> Iterator[Any]:
        return iter((self.func, self.args, self.kwargs))

    def __repr__(self) -> str:
        return (
            f"ResolverMatch(func={view_path(self.func)}, args={self.args!r}, kwargs={self.kwargs!r}, "
            f"url_name={self.url_name!r}, app_names={self.app_names!r}, namespaces={self.namespaces!r}, "
            f"route={self.route!r})"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        raise ManoirError("A ResolverMatch cannot be pickled; keep its view_name and arguments.")

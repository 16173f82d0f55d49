"""The URL patterns of a project as the debug page of 404 lists them, and those that an address nearly is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from manoir.urls import Resolver404, URLPattern, get_resolver, resolve

MOST_ROUTES: Final = 200
"""Routes that a page lists, and among which near ones are looked for."""
LONGEST_PATH: Final = 200
NEAR: Final = 0.7
"""How alike an address and a route have to be, from 0 to 1."""

_VARIABLE = re.compile(r"<[^>]*>")
_PLAIN = re.compile(r"/(?!/)[\w./~@+:-]*")


@dataclass(frozen=True, slots=True)
class Route:
    """One URL pattern.

    Attributes:
        text: its route below `/`, all that it is included by before it.
        name: with its namespaces, as `reverse` takes it; "" without one.
    """

    text: str
    name: str


def routes(patterns: Any = None, prefix: str = "", namespace: str = "") -> Iterator[Route]:
    """Yield each URL pattern of the project, in the order in which they are tried."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        text = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield Route(text, f"{namespace}{pattern.name}" if pattern.name else "")
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, text, inner)


def near_addresses(path: str, known: list[Route]) -> list[str]:
    """Return addresses that a mistyped one may have meant, the nearest first; what is variable in a route is taken from it.

    Example:
        >>> near_addresses("/citys/berlin/", [Route("cities/<slug:name>/", "city"), Route("about/", "about")])
        ['/cities/berlin/']
    """
    if not 1 < len(path) <= LONGEST_PATH:
        return []
    parts = path.removeprefix("/").split("/")
    found: dict[str, float] = {}
    for route in known[:MOST_ROUTES]:
        address, likeness = compared(route.text.split("/"), parts)
        if likeness >= NEAR and address != path and _PLAIN.fullmatch(address):
            found[address] = max(likeness, found.get(address, 0))
    return sorted(found, key=lambda address: -found[address])


def leads_somewhere(address: str) -> bool:
    """Tell whether a URL pattern matches an address."""
    try:
        resolve(address)
    except Resolver404:
        return False
    return True


def compared(pieces: list[str], parts: list[str]) -> tuple[str, float]:
    """Return the address that a route and the parts of another give, and how alike the two are where nothing is variable."""
    from difflib import SequenceMatcher  # a millisecond at each start, for what only a mistake needs

    variable = {position for position, piece in enumerate(pieces) if _VARIABLE.search(piece)}
    address = [
        part if _VARIABLE.search(piece) else piece
        for piece, part in zip_longest(pieces, parts[: len(pieces)], fillvalue="")
    ]
    fixed = "/".join(piece for position, piece in enumerate(pieces) if position not in variable)
    asked = "/".join(part for position, part in enumerate(parts) if position not in variable)
    return "/" + "/".join(address), SequenceMatcher(None, fixed, asked).ratio()


def has_own_views(patterns: Any = None) -> bool:
    """Tell whether a pattern leads to a view of the project, not only to pages that manoir's apps bring."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if not isinstance(pattern, URLPattern):
            if has_own_views(pattern.url_patterns):
                return True
            continue
        view: Any = pattern.callback
        module = str(getattr(view, "__module__", ""))
        is_page = module.startswith("manoir.views.") and getattr(view, "__name__", "") != "RedirectView"
        if is_page or not module.startswith("manoir."):
            return True
    return False

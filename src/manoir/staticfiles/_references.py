"""Which other files a style sheet or script names, and where in its text.

Only names that mean a file of the same site count: those with a scheme, `//`, `data:` or nothing but a fragment are left
alone. Comments and strings are passed over, so that `content: "url(x)"` stays what it is; one without an end goes to the
end of its line or text, so that no text is read more than once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

CSS = re.compile(
    r"""
      /\*[#@][ \t]*sourceMappingURL=(?P<map>[^\s*]+)
    | /\*.*?(?:\*/|\Z)
    | url\(\s*(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)'|(?P<bare>[^'"()\s]+))\s*\)
    | @import\s+(?:"(?P<import_double>[^"\n]*)"|'(?P<import_single>[^'\n]*)')
    | "(?:\\.|[^"\\\n])*(?:"|(?=\n)|\\?\Z) | '(?:\\.|[^'\\\n])*(?:'|(?=\n)|\\?\Z)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
SCRIPT = re.compile(r"^//[#@][ \t]*sourceMappingURL=(?P<map>\S+)", re.MULTILINE)
MODULE = re.compile(
    r"""
      ^//[#@][ \t]*sourceMappingURL=(?P<map>\S+)
    | //[^\n]* | /\*.*?(?:\*/|\Z)
    | \b(?:import|export)\b[\w\s{},*$]{0,1000}?(?:\bfrom\s*|\s|(?<=import))["'](?P<module>\.{0,2}/[^"'\n]+)["']
    | \bimport\s*\(\s*["'](?P<dynamic>\.{0,2}/[^"'\n]+)["']\s*\)
    | `(?:\\.|[^`\\])*(?:`|\\?\Z)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


class Reference(NamedTuple):
    """A place in a text where another file is named.

    Attributes:
        start, end: where its address stands.
        address: as it stands there.
        name: of the file, below STATIC_URL.
        line: the line it stands in, from 1.
        is_map: it is a source map, which browsers only ask for in their tools.
    """

    start: int
    end: int
    address: str
    name: str
    line: int
    is_map: bool


def references(name: str, text: str, prefix: str, *, modules: bool = False) -> Iterator[Reference]:
    """Yield the files of the same site that a file names.

    Args:
        name: of the file, below STATIC_URL.
        text: its content.
        prefix: path of STATIC_URL, such as `/static/`.
        modules: also look at what modules of JavaScript import.
    """
    pattern = CSS if name.endswith(".css") else MODULE if modules else SCRIPT
    for match in pattern.finditer(text):
        group = match.lastgroup
        if group is None:
            continue
        address = match[group]
        target = target_of(name, address, prefix)
        if target is not None:
            start, end = match.span(group)
            yield Reference(start, end, address, target, text.count("\n", 0, start) + 1, group == "map")


def target_of(name: str, address: str, prefix: str) -> str | None:
    """The name of the file that an address in another file means; None: it is no static file of this site."""
    path = unquote(urlsplit(address).path) if not ELSEWHERE.match(address) else ""
    if not path:
        return None
    if path.startswith("/"):
        return path.removeprefix(prefix) if path.startswith(prefix) else None
    parts: list[str] = list(PurePosixPath(name).parent.parts)
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def is_read(name: str) -> bool:
    """Whether a file is one that can name others."""
    return name.endswith((".css", ".js", ".mjs"))

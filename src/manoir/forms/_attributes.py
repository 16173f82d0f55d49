"""HTML attributes as a dictionary that writes itself, names checked and values escaped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manoir.templates import SafeString, conditional_escape, format_html

FORBIDDEN = frozenset(" \t\n\r\f\v\0\"'`<>/=")
"""What would end an attribute's name (WHATWG HTML, 13.1.2.3)."""


class Attributes(dict[str, Any]):
    """HTML attributes. True writes the bare name, None and False write nothing.

    Example:
        >>> str(Attributes({"class": 'a"b', "required": True, "hidden": False}))
        ' class="a&#34;b" required'
    """

    def __html__(self) -> SafeString:
        return flatatt(self)

    def __str__(self) -> str:
        return str(flatatt(self))


def flatatt(attrs: Mapping[str, Any]) -> SafeString:
    """Write attributes for the inside of a tag, each with a blank before it.

    Args:
        attrs: values by name. True writes the bare name, None and False write nothing; everything else is escaped.

    Raises:
        ValueError: a name could end the attribute, so it is no attribute's name.

    Example:
        >>> flatatt({"id": "x", "disabled": True})
        Markup(' id="x" disabled')
    """
    parts: list[SafeString] = []
    for name, value in attrs.items():
        if value is None or value is False:
            continue
        if not name or not FORBIDDEN.isdisjoint(name) or not name.isprintable():
            raise ValueError(f"{name!r} is no name of an HTML attribute.")
        if value is True:
            parts.append(format_html(" {}", name))
        else:
            parts.append(format_html(' {}="{}"', name, conditional_escape(value)))
    return SafeString("").join(parts)

"""The tags that every template has."""

from __future__ import annotations

from manoir.templates._library import Library
from manoir.templates._tags import _flow, _inheritance, _links, _partials, _repeating, _text

register = Library()
for module in (_flow, _repeating, _inheritance, _partials, _text, _links):
    for name, function in module.TAGS.items():
        register.tag(name, function)

__all__ = ["register"]

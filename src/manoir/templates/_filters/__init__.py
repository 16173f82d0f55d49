"""The filters that every template has."""

from __future__ import annotations

from manoir.templates._filters import _dates, _lists, _markup, _numbers, _text
from manoir.templates._library import Library

register = Library()
for module in (_text, _markup, _numbers, _lists, _dates):
    register.filters.update(module.register.filters)
    register.filter_entries.update(module.register.filter_entries)

__all__ = ["register"]

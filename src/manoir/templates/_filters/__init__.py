"""The filters that every template has."""

from __future__ import annotations

from manoir.templates._library import Library

register = Library()
register.filter("upper", lambda value: str(value).upper())

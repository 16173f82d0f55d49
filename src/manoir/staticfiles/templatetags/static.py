"""`{% static "shop/style.css" %}`: the URL of a static file."""

from __future__ import annotations

from manoir.staticfiles import static as url_of_static_file
from manoir.templates import Library

register = Library()


@register.simple_tag
def static(path: str) -> str:
    """Write the URL of a static file; `as name` keeps it in a variable."""
    return url_of_static_file(path)


@register.simple_tag
def get_static_prefix() -> str:
    """Write STATIC_URL."""
    return url_of_static_file("")

"""`{% load admin_urls %}`: addresses of the admin in templates of a project."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from manoir.admin._keys import quote
from manoir.admin._lookups import IS_POPUP_VAR, TO_FIELD_VAR
from manoir.templates import Library

register = Library()


@register.filter
def admin_urlname(value: Any, arg: str) -> str:
    """Name of a page of a model: `{% url opts|admin_urlname:"change" pk %}`."""
    return f"admin:{value.app_label}_{value.model_name}_{arg}"


@register.filter
def admin_urlquote(value: Any) -> Any:
    """A key as it stands in an address."""
    return quote(value)


@register.simple_tag(takes_context=True)
def add_preserved_filters(context: Any, url: str, popup: bool = False, to_field: str | None = None) -> str:
    """An address with the filters of the list that people came from."""
    parts = urlsplit(url)
    query = dict(parse_qsl(context.get("preserved_filters") or ""))
    if popup:
        query[IS_POPUP_VAR] = "1"
    if to_field:
        query[TO_FIELD_VAR] = to_field
    query.update(parse_qsl(parts.query))
    return urlunsplit(parts._replace(query=urlencode(query)))

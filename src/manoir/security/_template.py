"""`{% csrf_token %}`, and `csrf_token` and `csrf_input` as variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir.i18n import LazyString
from manoir.security._middleware import FIELD_NAME
from manoir.security._tokens import get_token
from manoir.templates import Library, SafeString, format_html, register_builtins

if TYPE_CHECKING:
    from manoir.http import HttpRequest

library = Library()


def csrf_input(request: HttpRequest) -> SafeString:
    """Return the hidden field that a form needs."""
    return hidden_field(get_token(request))


def hidden_field(token: Any) -> SafeString:
    """Return the hidden field with a token; nothing without one."""
    text = "" if token is None else str(token)
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD_NAME, text) if text else SafeString("")


@library.simple_tag(takes_context=True)
def csrf_token(context: Any) -> SafeString:
    """Print the hidden field that a form needs; nothing when the template is rendered without a request."""
    token = context.get("csrf_token")
    if token is None:
        request = getattr(context, "request", None) or context.get("request")
        token = get_token(request) if request is not None else None
    return hidden_field(token)


def csrf(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `csrf_token` and `csrf_input`, made when they are printed."""
    return {
        "csrf_token": LazyString(get_token, (request,)),
        "csrf_input": LazyString(csrf_input, (request,)),
    }


register_builtins(library)

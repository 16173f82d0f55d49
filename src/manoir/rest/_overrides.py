"""Requests of the pages for people: a form can only POST, so it says in hidden fields which method and body it means.

Such a request always needs the CSRF token of the page, whoever sends it, and only views that have such pages take it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from manoir.exceptions import HTTPError
from manoir.http import HttpRequest

METHOD, CONTENT, CONTENT_TYPE = "_method", "_content", "_content_type"
METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
OWN_FIELDS = (METHOD, CONTENT, CONTENT_TYPE, "csrfmiddlewaretoken")


@dataclass(frozen=True, slots=True)
class Override:
    """What a form means.

    Attributes:
        method: the HTTP method.
        content: the body; None takes the form's own fields.
        content_type: media type of that body.
    """

    method: str
    content: bytes | None
    content_type: str


def override_of(request: HttpRequest, renderer_classes: Any) -> Override | None:
    """Return what a form of a page means; None for any other request."""
    if request.method != "POST" or request.content_type not in FORMS:
        return None
    if not any(getattr(renderer, "has_forms", False) for renderer in renderer_classes):
        return None
    body = request.body_stream
    if body is None or not body.loaded:
        return None
    try:
        fields = request.POST
    except HTTPError:
        return None  # the parser says what is wrong with it
    method = str(fields.get(METHOD, "")).upper()
    if method not in METHODS:
        return None
    if CONTENT not in fields:
        return Override(method, None, "")
    return Override(method, fields[CONTENT].encode(), str(fields.get(CONTENT_TYPE, "application/json"))[:200])


def without_own_fields(fields: Any) -> Any:
    """Return the fields of a form without those that the page added."""
    found = fields.copy()
    for name in OWN_FIELDS:
        found.pop(name, None)
    return found

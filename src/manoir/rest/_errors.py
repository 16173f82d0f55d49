"""Exceptions as answers of an API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manoir.conf import settings
from manoir.db import connections, transaction
from manoir.exceptions import (
    APIException,
    APIPermissionDenied,
    Http404,
    NotFound,
    PermissionDenied,
    SuspiciousOperation,
)
from manoir.rest.response import Response
from manoir.views.decorators import non_atomic_requests


def set_rollback() -> None:
    """Have the transactions around the request (ATOMIC_REQUESTS) rolled back: the answer tells of an error.

    Nobody calls it for who was refused before the handler: what authenticators wrote, such as the count of guesses,
    has to stay.
    """
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict.get("ATOMIC_REQUESTS") and connection.in_atomic_block:
            transaction.set_rollback(True, using=connection.alias)


def outside_atomic_requests(view: Callable[..., Any]) -> Callable[..., Any]:
    """Leave a view out of ATOMIC_REQUESTS: what it finds out while it refuses has to stay."""
    for alias in settings.DATABASES:
        non_atomic_requests(alias)(view)
    return view


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an exception, None for those that are bugs: REST_FRAMEWORK["EXCEPTION_HANDLER"].

    Args:
        exc: what the view raised.
        context: `view`, `request`, `args`, `kwargs`.
    """
    error = as_api_error(exc)
    if error is None:
        return None
    headers: dict[str, Any] = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # pyright: ignore[reportAttributeAccessIssue]
    if getattr(error, "wait", None) is not None:
        headers["Retry-After"] = str(int(error.wait))  # pyright: ignore[reportAttributeAccessIssue]
    data = error.detail if isinstance(error.detail, (list, dict)) else {"detail": error.detail}
    if getattr(context.get("view"), "has_begun", True):
        set_rollback()
    return Response(data, status=error.status_code, headers=headers)


def as_api_error(exc: Exception) -> APIException | None:
    """Return an exception as an error of the API; None for those that are bugs."""
    if isinstance(exc, APIException):
        return exc
    if isinstance(exc, Http404):
        return NotFound(str(exc) or None)
    if isinstance(exc, PermissionDenied):
        return APIPermissionDenied(str(exc) or None)
    if isinstance(exc, SuspiciousOperation):  # too large, malformed, forged: what it says is meant for developers
        refused = APIException(REFUSALS.get(exc.status, REFUSALS[400]), "refused" if exc.status == 400 else "too_large")
        refused.status_code = exc.status
        return refused
    return None


REFUSALS = {400: "This request cannot be read.", 413: "The body of this request is too large."}
